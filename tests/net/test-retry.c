/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-time.h"
#include "net/cr-retry.h"

/* Wed, 21 Oct 2026 07:28:00 GMT */
#define NOW_MS G_GINT64_CONSTANT (1792567680000)

static const struct
{
  const char *value;
  gint64 wait_ms;
} forms[] = {
  { NULL, 0 },
  { "", 0 },
  { "  ", 0 },
  { "120", 120000 },
  { " 120 ", 120000 },
  { "1", 1000 },
  { "0", 1000 },
  { "-5", 1000 },
  { "2.5", 2500 },
  { "1h", 3600000 },
  { "1 hour", 3600000 },
  { "2 hours", 7200000 },
  { "30m", 1800000 },
  { "45s", 45000 },
  { "500ms", 1000 },
  { "1:00:00", 3600000 },
  { "0:00:10", 10000 },
  /* more seconds than a day has: milliseconds */
  { "120000", 120000 },
  { "3600000", 3600000 },
  { "86400", 86400000 },
  /* moments since 1970, in seconds and milliseconds */
  { "1792567710", 30000 },
  { "1792567710000", 30000 },
  { "1792560000", 1000 },
  { "99999999999", 86400000 },
  { "1e400", 0 },
  { "nan", 0 },
  { "inf", 0 },
  { "0x10", 0 },
  { "Wed, 21 Oct 2026 07:28:30 GMT", 30000 },
  { "Wednesday, 21-Oct-26 07:28:30 GMT", 30000 },
  { "Wed, 21 Oct 2026 07:00:00 GMT", 1000 },
  { "Thu, 21 Oct 2027 07:00:00 GMT", 86400000 },
  { "2026-10-21T07:29:00Z", 60000 },
  { "soon", 0 },
  { "12 parsecs", 0 },
  { "1:2", 0 },
  { "99999999999999999999", 0 },
};

static void
test_retry_after (void)
{
  gint64 now_ms;

  g_assert_true (cr_time_from_string ("2026-10-21T07:28:00Z", &now_ms));
  g_assert_cmpint (now_ms, ==, NOW_MS);

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_test_message ("“%s”", forms[i].value);
      g_assert_cmpint (cr_retry_after_ms (forms[i].value, NOW_MS), ==, forms[i].wait_ms);
    }
}

static void
test_statuses (void)
{
  static const guint yes[] = { 408, 425, 429, 500, 502, 503, 504 };
  guint n_yes = 0;

  for (guint status = 0; status < 1000; status++)
    if (cr_retry_status_is_retryable (status))
      n_yes++;
  for (guint i = 0; i < G_N_ELEMENTS (yes); i++)
    g_assert_true (cr_retry_status_is_retryable (yes[i]));
  g_assert_cmpuint (n_yes, ==, G_N_ELEMENTS (yes));
}

static void
test_backoff (void)
{
  static const gint64 limits[] = { 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000 };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_assert_cmpint (cr_retry_delay_ms (i + 1, 0), ==, 0);
      g_assert_cmpint (cr_retry_delay_ms (i + 1, G_MAXUINT32), ==, limits[i]);
      g_assert_cmpint (cr_retry_delay_ms (i + 1, G_MAXUINT32 / 2), <=, limits[i] / 2 + 1);
    }
  g_assert_cmpint (cr_retry_delay_ms (G_MAXUINT, G_MAXUINT32), ==, 30000);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/retry/after", test_retry_after);
  g_test_add_func ("/net/retry/statuses", test_statuses);
  g_test_add_func ("/net/retry/backoff", test_backoff);
  return g_test_run ();
}
