/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_DESTINATION_ROW (cr_destination_row_get_type ())
G_DECLARE_FINAL_TYPE (CrDestinationRow, cr_destination_row, CR, DESTINATION_ROW, GtkListBoxRow)

/* Where records go: how it stands, how far it is, and a button for what failed. */
GtkWidget *cr_destination_row_new (CrPage *page);
void cr_destination_row_show (CrDestinationRow *self, CrDestination *destination);
const char *cr_destination_row_get_id (CrDestinationRow *self);
/* How far an export is, also on the destination's page: the bar and the words under it. */
void
cr_destination_row_show_progress (CrDestination *destination, GtkProgressBar *bar, GtkLabel *words);

G_END_DECLS
