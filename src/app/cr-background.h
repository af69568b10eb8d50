/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether Chartroom starts, without a window, when the person signs in to the desktop: by the
 * desktop's background portal, which Flatpak needs, else by a file in the autostart folder.
 *
 * Source: org.freedesktop.portal.Background, version 1; freedesktop.org “Desktop Application
 * Autostart Specification” */
void cr_background_set_autostart_async (gboolean starts,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean cr_background_set_autostart_finish (GAsyncResult *result, GError **error);

G_END_DECLS
