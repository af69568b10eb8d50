/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-pace.h"

#include <stdio.h>

#include "base/cr-error.h"

#define MINUTE_MS G_GINT64_CONSTANT (60000)
#define MOST_SPREAD_MS (30 * MINUTE_MS)
#define FIRST_RETRY_MS (10 * MINUTE_MS)
#define RETRY_GROWTH 3

/**
 * cr_pace_read_quiet:
 * @text: (nullable): `22:00-06:00`, of the local day, over midnight if need be; %NULL or empty: no
 *   quiet hours
 */
gboolean
cr_pace_read_quiet (CrPace *self, const char *text, GError **error)
{
  guint from_h, from_min, to_h, to_min;
  int n = 0;

  self->quiet_from = self->quiet_to = -1;
  if (text == NULL || text[0] == '\0')
    return TRUE;
  if (sscanf (text, "%2u:%2u-%2u:%2u%n", &from_h, &from_min, &to_h, &to_min, &n) != 4 ||
      text[n] != '\0' || from_h > 23 || to_h > 23 || from_min > 59 || to_min > 59 ||
      (from_h == to_h && from_min == to_min))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "Quiet hours are two different times of the day, such as 22:00-06:00.");
      return FALSE;
    }

  self->quiet_from = (int) (from_h * 60 + from_min);
  self->quiet_to = (int) (to_h * 60 + to_min);
  return TRUE;
}

/**
 * cr_pace_spread:
 * @id: of the connection
 *
 * Returns: by how much it comes later than those that are due with it: its own share of a twentieth
 *   of the interval, always the same, so that connections made together are not pulled together
 */
gint64
cr_pace_spread (const CrPace *self, const char *id)
{
  gint64 span_ms = MIN (self->interval_ms / 20, MOST_SPREAD_MS);

  /* The hash of similar ids is similar; multiplied, its high bits are not. */
  return span_ms * (gint64) (g_str_hash (id) * 2654435769u >> 16) / 65536;
}

/**
 * cr_pace_leave_quiet:
 *
 * Returns: @at_ms, or if it falls into the quiet hours a moment after their end
 */
gint64
cr_pace_leave_quiet (const CrPace *self, const char *id, gint64 at_ms)
{
  g_autoptr (GDateTime) at = NULL;
  g_autoptr (GDateTime) day = NULL;
  g_autoptr (GDateTime) end = NULL;
  gboolean spans_midnight = self->quiet_from > self->quiet_to;
  gboolean is_quiet;
  int minute;

  if (self->quiet_from < 0 || (at = g_date_time_new_from_unix_local (at_ms / 1000)) == NULL)
    return at_ms;

  minute = g_date_time_get_hour (at) * 60 + g_date_time_get_minute (at);
  is_quiet = spans_midnight ? minute >= self->quiet_from || minute < self->quiet_to
                            : minute >= self->quiet_from && minute < self->quiet_to;
  if (!is_quiet)
    return at_ms;

  day = g_date_time_add_days (at, spans_midnight && minute >= self->quiet_from ? 1 : 0);
  end = g_date_time_new_local (g_date_time_get_year (day), g_date_time_get_month (day),
                               g_date_time_get_day_of_month (day), self->quiet_to / 60,
                               self->quiet_to % 60, 0);
  return g_date_time_to_unix (end) * 1000 + cr_pace_spread (self, id);
}

/**
 * cr_pace_next:
 * @end_ms: when the pull before ended
 *
 * Returns: when the connection's next pull starts by itself
 */
gint64
cr_pace_next (const CrPace *self, const char *id, gint64 end_ms)
{
  gint64 wait_ms = MAX (self->interval_ms, self->gap_ms) + cr_pace_spread (self, id);

  return cr_pace_leave_quiet (self, id, end_ms + wait_ms);
}

/**
 * cr_pace_retry:
 * @n: of the retry, from 1
 *
 * Returns: when it starts: 10, 30, 90 minutes and so on after the pull that failed, and never later
 *   than the pull that would come without it
 */
gint64
cr_pace_retry (const CrPace *self, const char *id, guint n, gint64 end_ms)
{
  gint64 wait_ms = FIRST_RETRY_MS;
  gint64 at_ms;

  for (guint i = 1; i < MIN (n, CR_PACE_MAX_RETRIES); i++)
    wait_ms *= RETRY_GROWTH;
  at_ms = end_ms + MAX (wait_ms, self->gap_ms) +
          cr_pace_spread (self, id) * wait_ms / MAX (self->interval_ms, wait_ms);
  return MIN (cr_pace_leave_quiet (self, id, at_ms), cr_pace_next (self, id, end_ms));
}
