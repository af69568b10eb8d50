/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-overview.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_WORK_ROW (cr_work_row_get_type ())
G_DECLARE_FINAL_TYPE (CrWorkRow, cr_work_row, CR, WORK_ROW, GtkListBoxRow)

/* A pull or an export under way: whose, how far, how long still; activated, it opens. */
GtkWidget *cr_work_row_new (void);
void cr_work_row_show (CrWorkRow *self, const CrWork *work);

G_END_DECLS
