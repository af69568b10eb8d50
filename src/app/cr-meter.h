/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For tools/bench: where CHARTROOM_METER names a file, each long turn of the main loop, each frame,
 * each key and each mark is written to it, with the time of the monotonic clock and what the
 * process has used of the processor by then, in microseconds: `turn AT WALL CPU` (of the main
 * thread in that turn), `frame AT USED WALL`, `key AT USED`, `NAME AT USED`. Otherwise nothing is
 * watched. With CHARTROOM_METER_WIDTHS also what each window needs at least after each frame, and
 * the widgets that need it: `least AT WIDTH TYPE>WIDTH:TYPE…`. */
void cr_meter_start (void);
void cr_meter_watch (GtkWidget *window);
void cr_meter_mark (const char *name);

G_END_DECLS
