/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Like gtk_widget_set_tooltip_text (), which asks the display where the pointer is, and waits for
 * it, at every call: too slow for what a list shows again and again. @text may be %NULL. */
void cr_tip_set (GtkWidget *widget, const char *text);
const char *cr_tip_get (GtkWidget *widget);

/* The words of a GtkInscription, or of a GtkLabel in @text or itself, are told whole while they are
 * cut off. */
void cr_tip_tell_cut (GtkWidget *text);

/* Whatever is cut off in a GtkDropDown or an AdwComboRow, and in the list it drops down, is told
 * whole; so is the title of an AdwEntryRow. */
void cr_tip_tell_choices (GtkWidget *menu);

G_END_DECLS
