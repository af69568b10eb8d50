/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A screen reader says it, wherever the focus is. → whether it can be told */
gboolean cr_announce (GtkWidget *widget, const char *words);

G_END_DECLS
