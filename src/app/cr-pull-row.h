/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_PULL_ROW (cr_pull_row_get_type ())
G_DECLARE_FINAL_TYPE (CrPullRow, cr_pull_row, CR, PULL_ROW, AdwExpanderRow)

/* A pull; opened, it has a row for each query. */
GtkWidget *cr_pull_row_new (CrEngine *engine);
void cr_pull_row_show (CrPullRow *self, CrPull *pull);

G_END_DECLS
