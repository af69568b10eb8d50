/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "net/cr-skew.h"

#define NOW ((gint64) 1800000000 * 1000)
#define MINUTE_MS ((gint64) 60 * 1000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

/* Three clocks: the truth, ours, and the one that nobody sets. */
static gint64 passed_ms;
static gint64 wrong_ms;

static gint64
truth (void)
{
  return NOW + passed_ms;
}

static gint64
our_clock (void)
{
  return truth () + wrong_ms;
}

static gint64
boot_clock (void)
{
  return 1000 + passed_ms;
}

static CrSkew *
new_skew (void)
{
  passed_ms = wrong_ms = 0;
  return cr_skew_new (our_clock, boot_clock);
}

static void
assert_state (CrSkew *skew, CrSkewState state, gint64 skew_ms)
{
  g_assert_cmpint (cr_skew_look (skew), ==, state);
  g_assert_cmpint (cr_skew_get_ms (skew), ==, skew_ms);
  g_assert_cmpint (cr_skew_now_ms (skew), ==,
                   state == CR_SKEW_WRONG ? our_clock () - skew_ms : our_clock ());
}

static void
test_measured (gconstpointer data)
{
  g_autoptr (CrSkew) skew = new_skew ();
  gint64 minutes = GPOINTER_TO_INT (data);

  wrong_ms = minutes * MINUTE_MS;
  assert_state (skew, CR_SKEW_UNKNOWN, 0);
  cr_skew_note (skew, "https://one.example:443", truth (), 0);
  assert_state (skew, ABS (minutes) > 5 ? CR_SKEW_WRONG : CR_SKEW_FINE, wrong_ms);
}

/* One server that is wrong itself does not make ours wrong, nor do two against two. */
static void
test_median (void)
{
  g_autoptr (CrSkew) skew = new_skew ();

  cr_skew_note (skew, "https://liar.example:443", truth () + DAY_MS, 0);
  assert_state (skew, CR_SKEW_WRONG, -DAY_MS);
  cr_skew_note (skew, "https://one.example:443", truth (), 0);
  assert_state (skew, CR_SKEW_FINE, 0);
  cr_skew_note (skew, "https://two.example:443", truth () - MINUTE_MS, 0);
  assert_state (skew, CR_SKEW_FINE, 0);
  cr_skew_note (skew, "https://liar.example:443", truth () - DAY_MS, 0);
  assert_state (skew, CR_SKEW_FINE, MINUTE_MS);
  cr_skew_note (skew, "https://liar-too.example:443", truth () - DAY_MS, 0);
  assert_state (skew, CR_SKEW_FINE, MINUTE_MS);
}

/* What took long says only so much, and what took too long says nothing. */
static void
test_latency (void)
{
  g_autoptr (CrSkew) skew = new_skew ();

  cr_skew_note (skew, "https://slow.example:443", truth () - 6 * MINUTE_MS, 6 * MINUTE_MS);
  assert_state (skew, CR_SKEW_UNKNOWN, 0);
  cr_skew_note (skew, "https://slow.example:443", truth () - 4 * MINUTE_MS, 4 * MINUTE_MS);
  assert_state (skew, CR_SKEW_FINE, 0);
  cr_skew_note (skew, "https://slow.example:443", truth () - HOUR_MS, 4 * MINUTE_MS);
  assert_state (skew, CR_SKEW_WRONG, 56 * MINUTE_MS);
  cr_skew_note (skew, "https://slow.example:443", 0, 0);
  assert_state (skew, CR_SKEW_WRONG, 56 * MINUTE_MS);
}

/* After a day it is not known any more. */
static void
test_old (void)
{
  g_autoptr (CrSkew) skew = new_skew ();

  cr_skew_note (skew, "https://one.example:443", truth (), 0);
  passed_ms = DAY_MS - 1;
  assert_state (skew, CR_SKEW_FINE, 0);
  passed_ms = DAY_MS + 1;
  assert_state (skew, CR_SKEW_UNKNOWN, 0);
}

static void
count_cb (CrSkew *skew, guint *n)
{
  (*n)++;
}

/* Sleep is no change of the clock; setting it is one, without any answer since. */
static void
test_set (void)
{
  g_autoptr (CrSkew) skew = new_skew ();
  guint n_told = 0;

  g_signal_connect (skew, "changed", G_CALLBACK (count_cb), &n_told);
  cr_skew_note (skew, "https://one.example:443", truth (), 0);
  g_assert_cmpuint (n_told, ==, 1);
  passed_ms = 8 * HOUR_MS;
  assert_state (skew, CR_SKEW_FINE, 0);
  g_assert_cmpuint (n_told, ==, 1);
  wrong_ms = -HOUR_MS;
  assert_state (skew, CR_SKEW_WRONG, -HOUR_MS);
  g_assert_cmpuint (n_told, ==, 2);
  wrong_ms = 0;
  assert_state (skew, CR_SKEW_FINE, 0);
  g_assert_cmpuint (n_told, ==, 3);
}

int
main (int argc, char **argv)
{
  static const int minutes[] = { 0, 4, -4, 6, -6, 60 * 24 * 400, -60 * 24 * 400 };

  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (minutes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/net/skew/measured-%d", minutes[i]);

      g_test_add_data_func (path, GINT_TO_POINTER (minutes[i]), test_measured);
    }
  g_test_add_func ("/net/skew/median", test_median);
  g_test_add_func ("/net/skew/latency", test_latency);
  g_test_add_func ("/net/skew/old", test_old);
  g_test_add_func ("/net/skew/set", test_set);

  return g_test_run ();
}
