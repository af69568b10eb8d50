/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Names the row of a GtkListView or GtkColumnView for a screen reader by the words in it, in their
 * order, and keeps the name true while they change: GTK before 4.12 leaves such rows without one.
 * Once for each cell that a factory makes. */
void cr_row_name_watch (GtkWidget *cell);
/* After the cell was shown or hidden as a whole. */
void cr_row_name_update (GtkWidget *cell);
/* Names a row of a GtkListBox by the words in it now. */
void cr_row_name_set (GtkWidget *row);
/* GTK 4.8 gives the name of a GtkDropDown to the whole; the focus is on the button in it. */
void cr_row_name_drop_down (GtkDropDown *menu, const char *name);

G_END_DECLS
