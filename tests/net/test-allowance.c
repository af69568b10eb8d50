/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-allowance.h"

#include "base/cr-first.h"

static void
test_headers (void)
{
  static const struct
  {
    const char *name;
    const char *value;
    guint n;
    guint window_s;
  } rows[] = {
    { "ratelimit-policy", "\"default\";q=100;w=60", 100, 60 },
    { "ratelimit-policy", "\"burst\";q=100;w=60,\"daily\";q=5000;w=86400", 5000, 86400 },
    { "ratelimit-policy", "100;w=60", 100, 60 },
    { "ratelimit-limit", "100, 100;w=60, 1000;w=3600", 1000, 3600 },
    { "x-ratelimit-limit-day", "20000", 20000, 86400 },
    { "x-ratelimit-limit-minute", "60", 60, 60 },
    /* No window, no pace. */
    { "ratelimit-limit", "100", 0, 0 },
    { "x-ratelimit-limit", "100", 0, 0 },
    { "ratelimit-policy", "\"yearly\";q=100;w=31536000", 0, 0 },
    { "ratelimit-policy", "\"odd\";q=-1;w=60", 0, 0 },
    { "ratelimit-policy", "\"odd\";q=99999999999;w=60", 0, 0 },
    { "ratelimit-policy", ";;,;w=,", 0, 0 },
    { "x-ratelimit-limit-day", "many", 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GHashTable) headers = g_hash_table_new (g_str_hash, g_str_equal);
      CrReply reply = { .status = 200, .headers = headers };
      CrAllowance allowance;

      g_hash_table_insert (headers, (char *) rows[i].name, (char *) rows[i].value);
      allowance = cr_allowance_read (&reply);
      g_assert_cmpuint (allowance.n, ==, rows[i].n);
      g_assert_cmpuint (allowance.window_s, ==, rows[i].window_s);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/net/allowance/headers", test_headers);

  return g_test_run ();
}
