/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of this program, or NULL where its schema is not installed. */
GSettings *cr_settings_new (void);

/* The size a window had when it was closed last. */
void cr_settings_restore_size (GtkWindow *window);
void cr_settings_save_size (GtkWindow *window);

G_END_DECLS
