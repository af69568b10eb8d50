/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-destination.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_DESTINATION_ROW (cr_destination_row_get_type ())
G_DECLARE_FINAL_TYPE (CrDestinationRow, cr_destination_row, CR, DESTINATION_ROW, GtkListBoxRow)

/* Where records go: how it stands, how far it is, and a button for what failed. */
GtkWidget *cr_destination_row_new (void);
void cr_destination_row_show (CrDestinationRow *self, CrDestination *destination);
const char *cr_destination_row_get_id (CrDestinationRow *self);

G_END_DECLS
