/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* In GTK 4.8 Tab goes from row to row of a GtkListView or GtkColumnView, a hundred thousand times
 * if there are so many. From here on it goes through the buttons of one row, then past the list;
 * the arrows go from row to row. */
void cr_list_keys_add (GtkWidget *list);

G_END_DECLS
