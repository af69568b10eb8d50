/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Where words say “5 minutes ago”, the tooltip says when exactly: one line for each. 0: there is no
 * such time. */
void cr_time_tip_set (GtkWidget *widget, gint64 first_ms, gint64 second_ms);
/* The same below other words, which may be NULL. */
void cr_time_tip_add (GtkWidget *widget, const char *words, gint64 first_ms, gint64 second_ms);

G_END_DECLS
