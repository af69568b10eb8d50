/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CR_PACE_MAX_RETRIES 5

/* How often pulls start by themselves, and when they do not. */
typedef struct
{
  gint64 interval_ms; /* from the end of a pull to the next */
  gint64 gap_ms;      /* at least, whatever else says earlier */
  int quiet_from;     /* minute of the local day from which on none starts; -1: no such time */
  int quiet_to;       /* the minute at which they start again */
} CrPace;

gboolean cr_pace_read_quiet (CrPace *self, const char *text, GError **error);
gint64 cr_pace_leave_quiet (const CrPace *self, const char *id, gint64 at_ms);
gint64 cr_pace_spread (const CrPace *self, const char *id);
gint64 cr_pace_next (const CrPace *self, const char *id, gint64 end_ms);
gint64 cr_pace_retry (const CrPace *self, const char *id, guint n, gint64 end_ms);

G_END_DECLS
