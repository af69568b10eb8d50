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
/* How far it is and how long still, or when it goes on. */
char *cr_work_row_say (const CrWork *work);
/* The same beside a bar. */
void cr_work_row_show_progress (const CrWork *work, GtkProgressBar *bar, GtkLabel *label);

G_END_DECLS
