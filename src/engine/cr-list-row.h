/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define CR_TYPE_LIST_ROW (cr_list_row_get_type ())
G_DECLARE_FINAL_TYPE (CrListRow, cr_list_row, CR, LIST_ROW, GObject)

/* A place in a live list. Its `item` (a model object; NULL while it is being loaded) is replaced
 * when the store changes, so that rows bound to it change in place. */
CrListRow *cr_list_row_new (guint position);
guint cr_list_row_get_position (CrListRow *self);
gpointer cr_list_row_get_item (CrListRow *self); /* (transfer none) (nullable) */
void cr_list_row_set_item (CrListRow *self, gpointer item);

G_END_DECLS
