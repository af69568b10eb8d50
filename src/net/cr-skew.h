/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

#include "base/cr-time.h"

G_BEGIN_DECLS

#define CR_TYPE_SKEW (cr_skew_get_type ())
G_DECLARE_FINAL_TYPE (CrSkew, cr_skew, CR, SKEW, GObject)

/* What a clock that is off by no more counts as. */
#define CR_SKEW_SLACK_MS (5 * 60 * G_GINT64_CONSTANT (1000))

typedef enum
{
  CR_SKEW_UNKNOWN, /* no server said what time it is within the last day */
  CR_SKEW_FINE,
  CR_SKEW_WRONG,
} CrSkewState;

/* How far this machine's clock is off, as the servers say that answer it. It is known across a
 * change of the clock and across sleep, because what a server said is kept against a clock that
 * nobody sets. Signal `changed`: the state is another one. */

/* @boot: milliseconds since some moment, sleep included, that never jump; see cr_time_boot_ms() */
CrSkew *cr_skew_new (CrClock clock, CrClock boot);
void cr_skew_set_boot_clock (CrSkew *self, CrClock boot); /* a test's own time */
/* @origin: of the server. @date_ms: what it said. @latency_ms: from the request to here */
void cr_skew_note (CrSkew *self, const char *origin, gint64 date_ms, gint64 latency_ms);
CrSkewState cr_skew_look (CrSkew *self);
gint64 cr_skew_get_ms (CrSkew *self); /* our clock less the true time; 0 unless known */
gint64 cr_skew_right_ms (CrSkew *self, gint64 ms); /* of our clock, put right in the same way */
gint64 cr_skew_now_ms (CrSkew *self); /* our clock, put right when it is known to be wrong */

G_END_DECLS
