/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-first.h"
#include "base/cr-time.h"

static void
test_to_string (void)
{
  const struct
  {
    gint64 ms;
    const char *text;
  } rows[] = {
    { 0, "1970-01-01T00:00:00.000Z" },
    { 1, "1970-01-01T00:00:00.001Z" },
    { -1, "1969-12-31T23:59:59.999Z" },
    { -1000, "1969-12-31T23:59:59.000Z" },
    { 1792567680000, "2026-10-21T07:28:00.000Z" },
    { 1709164800123, "2024-02-29T00:00:00.123Z" },
    { G_MAXINT64, "0000-00-00T00:00:00.000Z" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = cr_time_to_string (rows[i].ms);

      g_assert_cmpstr (text, ==, rows[i].text);
    }
}

/* What GLib makes of the same second, over all the years there are. */
static void
test_like_glib (void)
{
  for (gint64 s = G_GINT64_CONSTANT (-62135683200); s <= G_GINT64_CONSTANT (253402387199);
       s += 86399 * 7 + 11)
    {
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (s);
      g_autofree char *wanted = NULL;
      g_autofree char *text = cr_time_to_string (s * 1000 + 7);

      if (date != NULL)
        wanted = g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d.007Z", g_date_time_get_year (date),
                                  g_date_time_get_month (date), g_date_time_get_day_of_month (date),
                                  g_date_time_get_hour (date), g_date_time_get_minute (date),
                                  g_date_time_get_second (date));
      g_assert_cmpstr (text, ==, wanted != NULL ? wanted : "0000-00-00T00:00:00.000Z");
    }
}

static void
test_from_string (void)
{
  const struct
  {
    const char *text;
    gint64 ms;
  } rows[] = {
    { "2026-10-21T07:28:00Z", 1792567680000 },   { "2026-10-21T09:28:00+02:00", 1792567680000 },
    { "2026-10-21T07:28:00.5Z", 1792567680500 }, { "2026-10-21", 1792540800000 },
    { "1969-12-31T23:59:59.999Z", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gint64 ms = 0;

      g_assert_true (cr_time_from_string (rows[i].text, &ms));
      g_assert_cmpint (ms, ==, rows[i].ms);
    }
}

/* What is read the short way is read as GLib reads it: every day of four centuries. */
static void
test_usual_form (void)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  const gint64 day_ms = 24 * 60 * 60 * G_GINT64_CONSTANT (1000);

  for (gint64 day = -73000; day < 73000; day++)
    {
      gint64 ms = day * day_ms + ((day * 7919) % 86400 + 86400) % 86400 * 1000;
      g_autofree char *text = cr_time_to_string (ms + 250);
      g_autofree char *whole = g_strndup (text, strlen ("2026-10-21T07:28:00"));
      g_autofree char *plain = g_strconcat (whole, "Z", NULL);
      g_autoptr (GDateTime) date = g_date_time_new_from_iso8601 (plain, utc);
      gint64 read_ms = 0;

      g_assert_true (cr_time_from_string (text, &read_ms));
      g_assert_cmpint (read_ms, ==, g_date_time_to_unix (date) * 1000 + 250);
      g_assert_true (cr_time_from_string (plain, &read_ms));
      g_assert_cmpint (read_ms, ==, g_date_time_to_unix (date) * 1000);
    }
}

static void
test_refuses (void)
{
  const char *bad[] = { NULL,
                        "",
                        "2026",
                        "2026-13-01",
                        "2026-02-30",
                        "tomorrow",
                        "2026-10-21T25:00:00Z",
                        "2026-10-21T07:28:00Zz" };
  gint64 ms = 42;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (cr_time_from_string (bad[i], &ms));
  g_assert_cmpint (ms, ==, 42);
}

static void
test_every_millisecond_returns (void)
{
  for (gint64 ms = 1792567680000; ms < 1792567682000; ms++)
    {
      g_autofree char *text = cr_time_to_string (ms);
      gint64 back = 0;

      g_assert_true (cr_time_from_string (text, &back));
      g_assert_cmpint (back, ==, ms);
    }
}

int
main (int argc, char *argv[])
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/time/to-string", test_to_string);
  g_test_add_func ("/base/time/like-glib", test_like_glib);
  g_test_add_func ("/base/time/from-string", test_from_string);
  g_test_add_func ("/base/time/usual-form", test_usual_form);
  g_test_add_func ("/base/time/refuses", test_refuses);
  g_test_add_func ("/base/time/every-millisecond-returns", test_every_millisecond_returns);
  return g_test_run ();
}
