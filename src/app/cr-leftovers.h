/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A page that was left has up to a thousand widgets, which take longer to go than a frame: it is
 * hidden at once, taken apart a few at a time, and then taken from its stack. */
void cr_leftovers_add (GtkWidget *page);
/* What is left goes now. */
void cr_leftovers_flush (void);

G_END_DECLS
