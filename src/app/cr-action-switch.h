/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A switch that says what is so, and turns by two actions of the window: one for on, one for off.
 * Who may not take them cannot press it: it would show what is not so. */
void cr_action_switch_set_up (GtkSwitch *toggle, const char *on, const char *off, const char *id);
/* What is so: nothing is activated. */
void cr_action_switch_show (GtkSwitch *toggle, gboolean is_on);

G_END_DECLS
