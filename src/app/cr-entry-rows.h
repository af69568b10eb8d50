/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Lets a screen reader hear where the focus is: on GTK 4.8, where an AdwEntryRow cannot say that
 * the text inside it has the focus, the text of every entry row under @root says the row's title.
 * Before @root is shown. */
void cr_entry_rows_name (GtkWidget *root);

G_END_DECLS
