/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A wall clock, milliseconds since 1970-01-01T00:00:00Z. Handed down from main and the engine;
 * nothing below reads one. */
typedef gint64 (*CrClock) (void);

char *cr_time_to_string (gint64 ms);
gboolean cr_time_from_string (const char *text, gint64 *ms);
gint64 cr_time_now_ms (void);
gint64 cr_time_boot_ms (void);

G_END_DECLS
