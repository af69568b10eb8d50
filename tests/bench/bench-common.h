/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* From now on the loop is watched, and what was used so far is left out. */
void bench_begin (void);
/* `name n seconds MB/s peak-MB above-idle-MB longest-stall-ms cpu-seconds longest-stall-cpu-ms` in
 * one line, since bench_begin(); for tools/bench to read. The last is what the main thread worked
 * in one iteration: on a machine that others use, too, the stall is longer. */
void bench_print (const char *name, guint n, gint64 n_bytes);
double bench_seconds (void);

/* A callback that keeps the result where @slot points, and the wait for it. */
void bench_keep_cb (GObject *source, GAsyncResult *result, gpointer slot);
void bench_wait (GAsyncResult **result);

G_END_DECLS
