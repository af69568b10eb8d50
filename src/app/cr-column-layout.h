/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_COLUMN_LAYOUT (cr_column_layout_get_type ())
G_DECLARE_FINAL_TYPE (CrColumnLayout, cr_column_layout, CR, COLUMN_LAYOUT, GtkLayoutManager)

/* One below the other like in a vertical box, for words that wrap beside a button: how wide they
 * are does not depend on how high. A box that is asked for its width at a height, as those beside
 * others are, tries a dozen widths, and every text is laid out at each. */
GtkLayoutManager *cr_column_layout_new (int spacing);

G_END_DECLS
