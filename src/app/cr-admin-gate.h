/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Asks whether somebody may see and change what is for admins: the system's polkit where it knows
 * our action (data/…policy), which asks for an administrator of this computer; else, or when that
 * is refused there, the passphrase that an admin set here. */
void cr_admin_gate_ask_async (CrEngine *engine,
                              GtkWindow *window,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean cr_admin_gate_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
