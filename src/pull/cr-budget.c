/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-budget.h"

#define MINUTE_MS 60000.0
#define BURST_SHARE 10

/* A tenth may go at once and the rest is spread, so that no minute, wherever it begins, has more
 * than @per_minute. */
gint64
cr_budget_take (CrBudget *self, guint per_minute, gint64 now_ms)
{
  guint burst = MAX (1, per_minute / BURST_SHARE);
  double per_ms = MAX (per_minute - burst, 1) / MINUTE_MS;

  if (per_minute == 0)
    return 0;

  if (self->per_minute != per_minute)
    *self = (CrBudget){ per_minute, burst, now_ms };
  self->tokens = MIN (burst, self->tokens + (double) MAX (now_ms - self->filled_ms, 0) * per_ms);
  self->filled_ms = now_ms;
  if (self->tokens < 1)
    return (gint64) ((1 - self->tokens) / per_ms) + 1;

  self->tokens -= 1;
  return 0;
}
