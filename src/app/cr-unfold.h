/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Hides these parts of @page and shows them again in the frames that come after the next one, each
 * in a frame of its own. Only the first time for a page; with NULL at the end. */
void cr_unfold (GtkWidget *page, ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
