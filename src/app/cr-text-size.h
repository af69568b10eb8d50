/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TEXT_USUAL_DPI (96 * 1024)

/* How large the text is that somebody chose: as `gtk-xft-dpi`, never below the usual. */
int cr_text_dpi (GtkWidget *widget);
/* Where one word may be wider than a narrow window. */
gboolean cr_text_is_large (GtkWidget *widget);
gboolean cr_text_is_large_on (GtkSettings *settings);
/* @size, made for text of the usual size, as much larger as the text is. */
int cr_text_enlarge (GtkWidget *widget, int size);

G_END_DECLS
