/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of two: a header bar without a title, and the title. It stands between the buttons of the bar
 * where there is room for all of it, else below them, in as many lines as it needs: it is never
 * cut. */
GtkLayoutManager *cr_head_layout_new (void);

G_END_DECLS
