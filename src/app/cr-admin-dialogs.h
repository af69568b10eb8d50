/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Closes what only an admin could open. @asks_too: and every question, which may be an admin's.
 * A backup that is being made or looked into goes on, and what comes of it is not asked about. */
void cr_admin_dialogs_close (GtkWindow *window, gboolean asks_too);

G_END_DECLS
