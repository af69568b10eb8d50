/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-time.h"

#include <string.h>
#include <time.h>

/**
 * cr_time_to_string:
 * @ms: milliseconds since 1970-01-01T00:00:00Z
 *
 * Returns: (transfer full): RFC 3339 in UTC with milliseconds, `2026-10-21T07:28:00.000Z`
 */
char *
cr_time_to_string (gint64 ms)
{
  g_autoptr (GDateTime) date = NULL;
  g_autofree char *seconds = NULL;
  gint64 whole = ms / 1000;
  gint64 rest = ms % 1000;

  if (rest < 0)
    {
      whole--;
      rest += 1000;
    }

  date = g_date_time_new_from_unix_utc (whole);
  if (date == NULL)
    return g_strdup ("0000-00-00T00:00:00.000Z");

  seconds = g_date_time_format (date, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%03dZ", seconds, (int) rest);
}

/**
 * cr_time_from_string:
 * @text: (nullable): RFC 3339, or a date alone (midnight UTC)
 * @ms: (out): set only on success
 */
gboolean
cr_time_from_string (const char *text, gint64 *ms)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) date = NULL;
  g_autofree char *whole = NULL;

  if (text == NULL)
    return FALSE;
  if (strchr (text, 'T') == NULL)
    whole = g_strconcat (text, "T00:00:00Z", NULL);

  date = g_date_time_new_from_iso8601 (whole != NULL ? whole : text, utc);
  if (date == NULL)
    return FALSE;

  *ms = g_date_time_to_unix (date) * 1000 + g_date_time_get_microsecond (date) / 1000;
  return TRUE;
}

/* The CrClock of the two mains. */
gint64
cr_time_now_ms (void)
{
  return g_get_real_time () / 1000;
}

/**
 * cr_time_boot_ms:
 *
 * Returns: milliseconds since the machine was started, its sleep included; nobody can set it
 */
gint64
cr_time_boot_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
