/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-quota-words.h"

#include "app/cr-outage-banner.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

#define MINUTE_S 60
#define HOUR_S (60 * MINUTE_S)
#define DAY_S (24 * HOUR_S)

char *
cr_quota_words_short (CrSource *source)
{
  int n = source->quota.n;
  g_autofree char *number = cr_words_number (n);

  return n > 0 ? g_strdup_printf (ngettext ("%s request today", "%s requests today", (gulong) n),
                                  number)
               : g_strdup ("");
}

char *
cr_quota_words_today (CrSource *source)
{
  const CrSourceQuota *quota = &source->quota;
  g_autofree char *number = cr_words_number (quota->n);
  g_autofree char *limit = cr_words_number (quota->said_n);

  if (quota->said_s == DAY_S)
    /* Translators: two numbers */
    return g_strdup_printf (_ ("%s of the %s a day that the portal says it takes. The count begins "
                               "anew at midnight."),
                            number, limit);
  if (quota->n == 0)
    return g_strdup (_ ("None so far. The count begins anew at midnight."));
  return g_strdup_printf (_ ("%s so far. The count begins anew at midnight."), number);
}

char *
cr_quota_words_at_once (CrSource *source)
{
  guint n = source->quota.max_parallel;

  return g_strdup_printf (ngettext ("%u request, for all patients together",
                                    "%u requests, for all patients together", n),
                          n);
}

static char *
say_own_pace (const CrSourceQuota *quota)
{
  g_autofree char *number = cr_words_number (quota->per_minute);

  if (quota->per_minute == 0)
    return g_strdup (_ ("As fast as the portal answers: no limit is set."));
  if (quota->is_own)
    return g_strdup_printf (ngettext ("At most %s request a minute, as is set here.",
                                      "At most %s requests a minute, as is set here.",
                                      quota->per_minute),
                            number);
  return g_strdup_printf (ngettext ("At most %s request a minute, as this vendor’s portals take.",
                                    "At most %s requests a minute, as this vendor’s portals take.",
                                    quota->per_minute),
                          number);
}

static char *
say_window (guint seconds)
{
  if (seconds == HOUR_S)
    return g_strdup (_ ("in an hour"));
  if (seconds == MINUTE_S)
    return g_strdup (_ ("in a minute"));
  return g_strdup_printf (ngettext ("in %u second", "in %u seconds", seconds), seconds);
}

/* One of a day stands with the count of the day. */
static char *
say_learned (const CrSourceQuota *quota, gint64 now_ms)
{
  g_autofree char *number = cr_words_number (quota->said_n);
  g_autofree char *window = say_window (quota->said_s);
  g_autofree char *since = cr_words_time (quota->said_ms, now_ms);

  if (quota->said_s == 0 || quota->said_s == DAY_S)
    return g_strdup ("");
  /* Translators: how many, in how long, and a time: “The portal says that it takes 100 in a minute
   * (first seen today 09:14)” */
  return g_strdup_printf (_ ("The portal says that it takes %s %s (first seen %s). Once it says "
                             "that none are left, Chartroom waits."),
                          number, window, since);
}

char *
cr_quota_words_pace (CrSource *source, gint64 now_ms)
{
  g_autofree char *own = say_own_pace (&source->quota);
  g_autofree char *learned = say_learned (&source->quota, now_ms);

  return learned[0] != '\0' ? g_strdup_printf ("%s\n%s", own, learned) : g_steal_pointer (&own);
}

static char *
say_last (const CrSourceQuota *quota, gint64 now_ms)
{
  g_autofree char *time = cr_words_time (quota->slowed_ms, now_ms);
  g_autofree char *at = cr_words_begin (time);
  g_autofree char *number = cr_words_number (quota->slowed_n);
  g_autofree char *wait = cr_words_duration (quota->slowed_for_ms);

  if (quota->slowed_for_ms > 0)
    /* Translators: a time, how many, how long: “Today 14:03, after 812 requests that day, for 30 s”
     */
    return g_strdup_printf (ngettext ("%s, after %s request that day, for %s",
                                      "%s, after %s requests that day, for %s",
                                      (gulong) quota->slowed_n),
                            at, number, wait);
  return g_strdup_printf (ngettext ("%s, after %s request that day",
                                    "%s, after %s requests that day", (gulong) quota->slowed_n),
                          at, number);
}

char *
cr_quota_words_slowed (CrSource *source, gint64 now_ms)
{
  g_autofree char *last = say_last (&source->quota, now_ms);
  g_autofree char *waiting = cr_slow_words (source, now_ms);

  if (source->quota.slowed_ms == 0)
    return g_strdup ("");
  return source->slow_until_ms > 0 ? g_strdup_printf ("%s\n%s", last, waiting)
                                   : g_steal_pointer (&last);
}
