/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-time.h"

#include <string.h>
#include <time.h>

#define DAY_S 86400
/* Of the years 0001 and 9999. */
#define FIRST_S G_GINT64_CONSTANT (-62135596800)
#define LAST_S G_GINT64_CONSTANT (253402300799)

/* The proleptic Gregorian calendar, counted in years that begin with March, so that the leap day is
 * their last.
 *
 * Source: https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
static void
civil_of_days (gint64 days, int *year, int *month, int *day)
{
  gint64 shifted = days + 719468;
  gint64 era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  int of_era = (int) (shifted - era * 146097);
  int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int shifted_month = (5 * of_year + 2) / 153;

  *day = of_year - (153 * shifted_month + 2) / 5 + 1;
  *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  *year = (int) (year_of_era + era * 400) + (*month <= 2 ? 1 : 0);
}

/**
 * cr_time_to_string:
 * @ms: milliseconds since 1970-01-01T00:00:00Z
 *
 * Returns: (transfer full): RFC 3339 in UTC with milliseconds, `2026-10-21T07:28:00.000Z`
 */
char *
cr_time_to_string (gint64 ms)
{
  gint64 whole = ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
  int rest = (int) (ms - whole * 1000);
  gint64 days = whole / DAY_S - (whole % DAY_S < 0 ? 1 : 0);
  int second = (int) (whole - days * DAY_S);
  int year, month, day;

  if (whole < FIRST_S || whole > LAST_S)
    return g_strdup ("0000-00-00T00:00:00.000Z");

  civil_of_days (days, &year, &month, &day);
  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, second / 3600,
                          second / 60 % 60, second % 60, rest);
}

static int
read_digits (const char *text, guint n)
{
  int value = 0;

  for (guint i = 0; i < n; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return -1;
      value = value * 10 + (text[i] - '0');
    }
  return value;
}

/* Days since 1970-01-01. Years are counted from March, so that the day a leap year has more is the
 * last. */
static gint64
count_days (int year, int month, int day)
{
  gint64 y = month > 2 ? year : year - 1;
  int m = month > 2 ? month - 3 : month + 9;

  return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* The one form that nearly every stamp has, `2026-10-21T07:28:00.000Z` with or without a fraction;
 * a pull reads as many of them as it reads records. */
static gboolean
read_usual (const char *text, gint64 *ms)
{
  static const char form[] = "dddd-dd-ddTdd:dd:dd";
  int year, month, day, hour, minute, second, fraction = 0;
  const char *rest;

  for (guint i = 0; i < sizeof form - 1; i++)
    if (form[i] == 'd' ? !g_ascii_isdigit (text[i]) : text[i] != form[i])
      return FALSE;

  year = read_digits (text, 4);
  month = read_digits (text + 5, 2);
  day = read_digits (text + 8, 2);
  hour = read_digits (text + 11, 2);
  minute = read_digits (text + 14, 2);
  second = read_digits (text + 17, 2);
  rest = text + sizeof form - 1;
  if (rest[0] == '.' && (fraction = read_digits (rest + 1, 3)) >= 0)
    rest += 4;
  if (fraction < 0 || strcmp (rest, "Z") != 0 || hour > 23 || minute > 59 || second > 59 ||
      !g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year))
    return FALSE;

  *ms =
      (((count_days (year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + fraction;
  return TRUE;
}

/**
 * cr_time_from_string:
 * @text: (nullable): RFC 3339, or a date alone (midnight UTC)
 * @ms: (out): set only on success
 */
gboolean
cr_time_from_string (const char *text, gint64 *ms)
{
  g_autoptr (GTimeZone) utc = NULL;
  g_autoptr (GDateTime) date = NULL;
  g_autofree char *whole = NULL;

  if (text == NULL)
    return FALSE;
  if (read_usual (text, ms))
    return TRUE;

  utc = g_time_zone_new_utc ();
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
