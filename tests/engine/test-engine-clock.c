/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "engine-test-pulls.h"

#define SMALL_PERSON 4
#define HOUR_MS ((gint64) 60 * 60 * 1000)
#define DAY_MS (24 * HOUR_MS)

static CrConnection *
the_connection (EngineTest *test)
{
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS };
  g_autoptr (GPtrArray) connections = engine_test_list (test, &filter);

  g_assert_cmpuint (connections->len, ==, 1);
  return g_object_ref (g_ptr_array_index (connections, 0));
}

static gboolean
has_ended (gpointer data)
{
  g_autoptr (CrConnection) connection = the_connection (data);

  return connection->status == CR_CONNECTION_EXPIRED;
}

static gboolean
is_idle (gpointer data)
{
  return !cr_engine_is_working (((EngineTest *) data)->engine);
}

static gboolean
is_wrong (gpointer data)
{
  return cr_engine_is_clock_wrong (((EngineTest *) data)->engine, NULL, NULL);
}

static void
connect_without_refresh (EngineTest *test)
{
  g_autoptr (CrConnection) connection = NULL;

  engine_test_ahead_ms = engine_test_wrong_ms = 0;
  engine_test_make (test);
  test->is_sandbox = TRUE;
  engine_test_open (test);
  engine_test_start_sandbox (test);
  engine_test_fault (test, "PUT", "no-refresh-token", "{}");
  connection = engine_test_connect (test, SMALL_PERSON);
  g_assert_false (connection->has_refresh);
  g_object_unref (wait_for_pull (test, connection, CR_PULL_COMPLETE));
  wait_until (is_idle, test);
}

/* The machine slept over the date: nothing ends until a portal has said that it is later, and then
 * it does. */
static void
test_slept_over (void)
{
  g_auto (EngineTest) test = { .is_sandbox = TRUE };
  g_autoptr (CrConnection) before = NULL;

  connect_without_refresh (&test);
  engine_test_fault (&test, "PUT", "clock", "{\"seconds\":7200}");
  engine_test_close (&test);

  engine_test_ahead_ms = 2 * HOUR_MS;
  engine_test_open (&test);
  iterate_for (500);
  before = the_connection (&test);
  g_assert_cmpint (before->access_expires_ms, <, engine_test_clock ());
  g_assert_cmpint (before->status, ==, CR_CONNECTION_ACTIVE);
  engine_test_start_sandbox (&test);
  wait_until (has_ended, &test);
  g_assert_false (cr_engine_is_clock_wrong (test.engine, NULL, NULL));
}

static void
count_cb (CrEngine *engine, guint *n)
{
  (*n)++;
}

/* Somebody set the clock 40 days ahead, or behind: that is said, in the end it is taken back, and
 * no access ends meanwhile. */
static void
test_wrong (gconstpointer data)
{
  g_auto (EngineTest) test = { .is_sandbox = TRUE };
  g_autoptr (CrConnection) before = NULL;
  g_autoptr (CrConnection) after = NULL;
  g_autofree char *words = NULL;
  gint64 skew_s = 0;
  guint n_told = 0;
  int days = GPOINTER_TO_INT (data);

  connect_without_refresh (&test);
  engine_test_close (&test);

  engine_test_wrong_ms = days * DAY_MS;
  engine_test_open (&test);
  g_signal_connect (test.engine, "clock", G_CALLBACK (count_cb), &n_told);
  before = the_connection (&test);
  engine_test_start_sandbox (&test);
  wait_until (is_wrong, &test);
  wait_until (is_idle, &test);
  g_assert_true (cr_engine_is_clock_wrong (test.engine, &skew_s, &words));
  g_assert_cmpint (ABS (skew_s - days * DAY_MS / 1000), <, 60);
  g_assert_nonnull (strstr (words, days > 0 ? "40 days ahead" : "40 days behind"));
  g_assert_cmpuint (n_told, ==, 1);
  after = the_connection (&test);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_nonnull (after->sealed_tokens);
  g_assert_cmpint (after->access_expires_ms, ==, before->access_expires_ms);

  engine_test_wrong_ms = 0;
  g_assert_false (cr_engine_is_clock_wrong (test.engine, &skew_s, NULL));
  g_assert_cmpint (ABS (skew_s), <, 60);
  g_assert_cmpuint (n_told, ==, 2);
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/rows/D10-slept-over", test_slept_over);
  g_test_add_data_func ("/engine/rows/D10-ahead", GINT_TO_POINTER (40), test_wrong);
  g_test_add_data_func ("/engine/rows/D10-behind", GINT_TO_POINTER (-40), test_wrong);

  return g_test_run ();
}
