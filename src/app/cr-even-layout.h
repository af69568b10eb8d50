/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_EVEN_LAYOUT (cr_even_layout_get_type ())
G_DECLARE_FINAL_TYPE (CrEvenLayout, cr_even_layout, CR, EVEN_LAYOUT, GtkLayoutManager)

/* In as few lines as there is room for, all of them equally long: six things stand in one line, or
 * in two of three, or in three of two, never five and one. */
GtkLayoutManager *cr_even_layout_new (int column_spacing, int row_spacing);

G_END_DECLS
