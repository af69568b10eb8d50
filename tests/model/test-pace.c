/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-pace.h"

#include "base/cr-error.h"

#define MINUTE_MS G_GINT64_CONSTANT (60000)
#define HOUR_MS (60 * MINUTE_MS)

static gint64
local_ms (int month, int day, int hour, int minute)
{
  g_autoptr (GDateTime) time = g_date_time_new_local (2026, month, day, hour, minute, 0);

  return g_date_time_to_unix (time) * 1000;
}

static void
test_quiet (void)
{
  CrPace pace = { .interval_ms = HOUR_MS };
  gint64 span_ms = HOUR_MS / 20;
  gint64 left_ms;

  g_assert_true (cr_pace_read_quiet (&pace, "22:00-06:30", NULL));
  g_assert_cmpint (cr_pace_leave_quiet (&pace, "a", local_ms (5, 4, 21, 59)), ==,
                   local_ms (5, 4, 21, 59));
  g_assert_cmpint (cr_pace_leave_quiet (&pace, "a", local_ms (5, 5, 6, 30)), ==,
                   local_ms (5, 5, 6, 30));
  left_ms = cr_pace_leave_quiet (&pace, "a", local_ms (5, 4, 22, 0));
  g_assert_cmpint (left_ms, >=, local_ms (5, 5, 6, 30));
  g_assert_cmpint (left_ms, <, local_ms (5, 5, 6, 30) + span_ms);
  g_assert_cmpint (cr_pace_leave_quiet (&pace, "a", local_ms (5, 5, 2, 0)), ==, left_ms);

  /* The night the clocks go forward is an hour shorter, its end is not. */
  left_ms = cr_pace_leave_quiet (&pace, "a", local_ms (3, 28, 23, 0));
  g_assert_cmpint (left_ms, >=, local_ms (3, 29, 6, 30));
  g_assert_cmpint (left_ms, <, local_ms (3, 29, 6, 30) + span_ms);

  g_assert_true (cr_pace_read_quiet (&pace, "12:00-13:00", NULL));
  g_assert_cmpint (cr_pace_leave_quiet (&pace, "a", local_ms (5, 5, 12, 59)), >=,
                   local_ms (5, 5, 13, 0));
  g_assert_true (cr_pace_read_quiet (&pace, "", NULL));
  g_assert_cmpint (cr_pace_leave_quiet (&pace, "a", 5), ==, 5);
}

static void
test_quiet_refused (void)
{
  static const char *const wrong[] = { "22",          "22:00",       "22:00-22:00",
                                       "24:00-06:00", "22:60-06:00", "22:00-06:00 or so" };
  CrPace pace;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (cr_pace_read_quiet (&pace, wrong[i], &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
    }
}

/* Two hundred that were made together do not come together: no minute has more than a tenth. */
static void
test_spread (void)
{
  CrPace pace = { .interval_ms = 24 * HOUR_MS, .quiet_from = -1 };
  guint in_minute[31] = { 0 };

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *id = g_strdup_printf ("conn_%u", i);
      gint64 late_ms = cr_pace_next (&pace, id, 0) - 24 * HOUR_MS;

      g_assert_cmpint (late_ms, >=, 0);
      g_assert_cmpint (late_ms, <=, 30 * MINUTE_MS);
      in_minute[late_ms / MINUTE_MS]++;
    }
  for (guint i = 0; i < G_N_ELEMENTS (in_minute); i++)
    g_assert_cmpuint (in_minute[i], <=, 20);
}

static void
test_retry (void)
{
  CrPace pace = { .interval_ms = 24 * HOUR_MS, .quiet_from = -1 };
  gint64 before_ms = 0;

  for (guint n = 1; n <= CR_PACE_MAX_RETRIES; n++)
    {
      gint64 at_ms = cr_pace_retry (&pace, "a", n, 0);

      g_assert_cmpint (at_ms, >, 2 * before_ms);
      g_assert_cmpint (at_ms, <=, cr_pace_next (&pace, "a", 0));
      before_ms = at_ms;
    }
  pace.interval_ms = HOUR_MS;
  g_assert_cmpint (cr_pace_retry (&pace, "a", 5, 0), ==, cr_pace_next (&pace, "a", 0));
}

static void
test_gap (void)
{
  CrPace pace = { .interval_ms = HOUR_MS, .gap_ms = 2 * HOUR_MS, .quiet_from = -1 };

  g_assert_cmpint (cr_pace_next (&pace, "a", 0), >=, 2 * HOUR_MS);
  g_assert_cmpint (cr_pace_retry (&pace, "a", 1, 0), >=, 2 * HOUR_MS);
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "Europe/Berlin", TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pace/quiet", test_quiet);
  g_test_add_func ("/pace/quiet-refused", test_quiet_refused);
  g_test_add_func ("/pace/spread", test_spread);
  g_test_add_func ("/pace/retry", test_retry);
  g_test_add_func ("/pace/gap", test_gap);

  return g_test_run ();
}
