/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-retry.h"

#include <libsoup/soup.h>
#include <string.h>

#define SECOND_MS 1000
#define DAY_MS (24 * 3600 * (gint64) SECOND_MS)
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MOST_MS 30000
/* Numbers from here on are points in time: as seconds this is 2001, as milliseconds too. */
#define EPOCH_S 1e9
#define EPOCH_MS 1e12

gboolean
cr_retry_status_is_retryable (guint status)
{
  switch (status)
    {
    case SOUP_STATUS_REQUEST_TIMEOUT:
    case 425: /* Too Early, RFC 8470 §5.2 */
    case 429: /* Too Many Requests, RFC 6585 §4 */
    case SOUP_STATUS_INTERNAL_SERVER_ERROR:
    case SOUP_STATUS_BAD_GATEWAY:
    case SOUP_STATUS_SERVICE_UNAVAILABLE:
    case SOUP_STATUS_GATEWAY_TIMEOUT:
      return TRUE;
    default:
      return FALSE;
    }
}

/* Some servers send a moment where seconds are asked for, and some milliseconds: nobody means to
 * make a client wait for more than a day. */
static gint64
wait_from_number (double number, gint64 now_ms)
{
  if (number >= EPOCH_MS)
    return (gint64) number - now_ms;
  if (number >= EPOCH_S)
    return (gint64) (number * SECOND_MS) - now_ms;
  if (number > (double) DAY_MS / SECOND_MS)
    return (gint64) number;

  return (gint64) (number * SECOND_MS);
}

static gboolean
unit_ms (const char *unit, gint64 *factor)
{
  static const struct
  {
    const char *name;
    gint64 ms;
  } units[] = {
    { "ms", 1 },        { "s", 1000 },       { "sec", 1000 },      { "secs", 1000 },
    { "second", 1000 }, { "seconds", 1000 }, { "m", 60000 },       { "min", 60000 },
    { "mins", 60000 },  { "minute", 60000 }, { "minutes", 60000 }, { "h", 3600000 },
    { "hr", 3600000 },  { "hrs", 3600000 },  { "hour", 3600000 },  { "hours", 3600000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_ascii_strcasecmp (unit, units[i].name) == 0)
      {
        *factor = units[i].ms;
        return TRUE;
      }

  return FALSE;
}

static gboolean
read_number (const char *value, gint64 now_ms, gint64 *wait_ms)
{
  const char *end = value + strspn (value, "-0123456789.");
  char *read_to = NULL;
  double number = g_ascii_strtod (value, &read_to);
  gint64 factor;

  if (end == value || read_to != end || !(number > -1e15 && number < 1e15))
    return FALSE;

  while (g_ascii_isspace (*end))
    end++;
  if (*end == '\0')
    *wait_ms = wait_from_number (number, now_ms);
  else if (unit_ms (end, &factor))
    *wait_ms = (gint64) (CLAMP (number, -1e9, 1e9) * (double) factor);
  else
    return FALSE;

  return TRUE;
}

/* `1:30:00`, hours first. */
static gboolean
read_hours (const char *value, gint64 *wait_ms)
{
  g_auto (GStrv) parts = g_strsplit (value, ":", -1);
  gint64 seconds = 0;
  guint64 part;

  if (g_strv_length (parts) != 3)
    return FALSE;

  for (guint i = 0; i < 3; i++)
    {
      if (!g_ascii_string_to_unsigned (parts[i], 10, 0, 9999, &part, NULL))
        return FALSE;
      seconds = seconds * 60 + (gint64) part;
    }

  *wait_ms = seconds * SECOND_MS;
  return TRUE;
}

static gboolean
read_date (const char *value, gint64 now_ms, gint64 *wait_ms)
{
  g_autoptr (GDateTime) date = soup_date_time_new_from_http_string (value);

  if (date == NULL)
    date = g_date_time_new_from_iso8601 (value, NULL);
  if (date == NULL)
    return FALSE;

  *wait_ms = g_date_time_to_unix (date) * SECOND_MS - now_ms;
  return TRUE;
}

/**
 * cr_retry_after_ms:
 * @value: (nullable): a `Retry-After` or a rate limit's reset header. Seconds and HTTP dates are
 *   what the standard knows; seen too are units (`1h`), `1:00:00`, milliseconds, moments in seconds
 *   or milliseconds since 1970, and what has passed already
 * @now_ms: wall clock, milliseconds since 1970
 *
 * Returns: how long to wait, 1 s to 24 h; 0 if @value is absent or cannot be read
 * Source: RFC 9110 §10.2.3
 */
gint64
cr_retry_after_ms (const char *value, gint64 now_ms)
{
  g_autofree char *text = value != NULL ? g_strstrip (g_strdup (value)) : NULL;
  gint64 wait_ms;

  if (text == NULL || *text == '\0')
    return 0;
  if (!read_number (text, now_ms, &wait_ms) && !read_hours (text, &wait_ms) &&
      !read_date (text, now_ms, &wait_ms))
    return 0;

  return CLAMP (wait_ms, SECOND_MS, DAY_MS);
}

/**
 * cr_retry_delay_ms:
 * @attempt: how many attempts were made, from 1
 * @random: any random number
 *
 * Returns: a wait between nothing and a limit that doubles from 0.5 s to 30 s, so that clients
 *   which failed together do not come back together
 */
gint64
cr_retry_delay_ms (guint attempt, guint32 random)
{
  gint64 limit = BACKOFF_FIRST_MS;

  for (guint i = 1; i < attempt && limit < BACKOFF_MOST_MS; i++)
    limit *= 2;
  limit = MIN (limit, BACKOFF_MOST_MS);

  return (gint64) (((guint64) random * (guint64) (limit + 1)) >> 32);
}
