/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-window.h"

G_BEGIN_DECLS

/* Everything a person can do is an action of the window with an id as its parameter, so that
 * buttons, menus, keys and org.gtk.Actions on the bus all do the same. */
void cr_actions_add (CrWindow *window);
/* The verbs of the engine on one object: pull, cancel, disconnect, remove, export, retry, … */
void cr_verbs_add (CrWindow *window);
void cr_destination_verbs_add (CrWindow *window);
void cr_hold_verbs_add (CrWindow *window);
void cr_webhook_verbs_add (CrWindow *window);

void cr_actions_set_admin (CrWindow *window, gboolean is_admin);
/* Whether @widget or one in it does what is for admins. */
gboolean cr_actions_are_behind_lock (GtkWidget *widget);

G_END_DECLS
