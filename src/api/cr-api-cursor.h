/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *cr_api_cursor_new (const char *scope, gint64 at_ms, const char *key);
gboolean cr_api_cursor_read (const char *cursor, const char *scope, gint64 *at_ms, char **key);
char *cr_api_place_new (const char *scope, gint64 sequence, gint64 now_ms);
gboolean cr_api_place_read (const char *place, const char *scope, gint64 now_ms, gint64 *sequence);

G_END_DECLS
