/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_CELL_LAYOUT (cr_cell_layout_get_type ())
G_DECLARE_FINAL_TYPE (CrCellLayout, cr_cell_layout, CR, CELL_LAYOUT, GtkLayoutManager)

/* One below the other in the cell of a column view, for words that wrap. A column view asks how
 * high a cell is at its narrowest, however wide its column: a row would be as high as its words
 * are there. So they are as high as in the width that they had last. */
GtkLayoutManager *cr_cell_layout_new (void);

G_END_DECLS
