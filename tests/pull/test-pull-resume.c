/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "pull-test.h"
#include "store/cr-stmt-rows.h"

#include <string.h>

#define MOST_STOPS 400
#define DIRECTORY                                                                                  \
  "\"types\":[\"Practitioner\",\"PractitionerRole\",\"Organization\",\"Location\","                \
  "\"HealthcareService\",\"Medication\"]"

/* Stopped after every few steps and begun again, as by an engine that keeps crashing: each page
 * counts once. */
static void
stop_and_go (PullTest *test, guint steps)
{
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  guint n_stops = 0, n_received = 0;

  test->suspend_after = steps;
  for (;;)
    {
      g_clear_object (&pull);
      pull = pull_test_run (test);
      if (cr_pull_status_is_final (pull->status))
        break;
      g_assert_cmpint (pull->status, ==, CR_PULL_RUNNING);
      g_assert_cmpuint (n_stops++, <, MOST_STOPS);
      pull_test_requeue (test);
    }

  g_test_message ("every %u steps: stopped %u times", steps, n_stops);
  queries = pull_test_queries (test, pull->id);
  g_assert_cmpuint (n_stops, >, 0);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  pull_test_check_words (pull, queries);
  for (guint i = 0; i < queries->len; i++)
    n_received += CR_QUERY (g_ptr_array_index (queries, i))->n_received;
  g_assert_cmpuint (pull->n_received, ==, n_received);
  g_assert_cmpuint (pull->n_new, ==, n_received);
  g_assert_cmpuint (pull->n_unchanged, ==, 0);
  pull_test_check_all (test);
}

static void
test_every_few (void)
{
  static const guint steps[] = { 2, 3, 5, 9 };
  static const guint persons[] = { SMALL_PERSON, 7, LARGE_PERSON, 1 };
  g_auto (PullTest) test = { 0 };

  pull_test_open (&test, persons[0]);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      if (i > 0)
        {
          test.suspend_after = 0;
          pull_test_connect (&test, persons[i]);
        }
      stop_and_go (&test, steps[i]);
    }
}

/* Stopped once, at each of its steps. */
static void
test_each_step (void)
{
  g_auto (PullTest) test = { 0 };

  for (guint step = 1; step <= 12; step++)
    {
      g_autoptr (CrPull) stopped = NULL;
      g_autoptr (CrPull) pull = NULL;

      if (step == 1)
        pull_test_open (&test, 0);
      else
        pull_test_connect (&test, step - 1);
      test.suspend_after = step * 2 - 1;
      stopped = pull_test_run (&test);
      g_assert_cmpint (stopped->status, ==, CR_PULL_RUNNING);
      test.suspend_after = 0;
      pull_test_requeue (&test);
      pull = pull_test_run (&test);
      g_assert_cmpstr (pull->id, ==, stopped->id);
      g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
      g_assert_cmpuint (pull->n_new, ==, pull->n_received);
      pull_test_check_all (&test);
    }
}

/* The patient gives access again while a pull is open: what that allows is asked for after it,
 * once. */
static void
test_access_meanwhile (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) stopped = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) next = NULL;
  g_autoptr (CrPull) last = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  test.suspend_after = 3;
  stopped = pull_test_run (&test);
  test.suspend_after = 0;
  pull_test_requeue (&test);
  pull_test_connect (&test, SMALL_PERSON);

  pull = pull_test_run (&test);
  g_assert_cmpstr (pull->id, ==, stopped->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  next = pull_test_run (&test);
  g_assert_cmpint (next->trigger, ==, CR_PULL_TRIGGER_ACTIVATION);
  g_assert_cmpint (next->status, ==, CR_PULL_COMPLETE);
  queries = pull_test_queries (&test, next->id);
  g_assert_cmpint (pull_test_query (queries, "Observation")->since_ms, ==, 0);
  last = pull_test_run (&test);
  g_assert_cmpint (last->trigger, ==, CR_PULL_TRIGGER_MANUAL);
}

/* The place on the server is gone when it is asked for again: the search starts over, once. */
static void
test_lost_place (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "status",
                "{\"types\":[\"Observation\"],\"status\":410,\"after\":1,\"count\":1}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpint (pull_test_query (queries, "Observation")->status, ==, CR_QUERY_COMPLETE);
  pull_test_check_all (&test);
}

/* What a page said is not forgotten while the pull waits among the pages behind it. */
static void
test_fault_before_wait (gconstpointer data)
{
  const char *fault = data;
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) waiting = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *query;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, fault,
                "{\"types\":[\"Observation\"],\"severity\":\"error\",\"index\":4,\"count\":1}");
  cr_rig_fault (test.rig, "rate-limit",
                "{\"types\":[\"Observation\"],\"retry_after\":\"90\",\"after\":1,\"count\":1}");
  waiting = pull_test_run (&test);
  before = pull_test_queries (&test, waiting->id);
  query = pull_test_query (before, "Observation");
  g_assert_cmpint (waiting->status, ==, CR_PULL_WAITING);
  g_assert_cmpuint (query->pages, ==, 1);

  cr_rig_clear_faults (test.rig);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  query = pull_test_query (queries, "Observation");
  g_assert_cmpstr (pull->id, ==, waiting->id);
  g_assert_cmpuint (query->pages, >, 1);
  g_assert_cmpint (query->status, ==, CR_QUERY_FAILED);
  g_assert_cmpstr (query->error_code, ==, "bad_reply");
  g_assert_nonnull (strstr (query->outcome, g_str_equal (fault, "outcome-entry")
                                                ? "Part of the records"
                                                : "another patient"));
  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  pull_test_check_words (pull, queries);
}

static gpointer
count_misses (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*) FROM unresolved");

  *(gint64 *) data = cr_stmt_read_number (stmt, 0, error);
  return data;
}

/* What the portal refused before it asked to wait is not asked for again after every wait: a portal
 * that refuses many references would never be done with. */
static void
test_misses_before_wait (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  gint64 n_misses = 0;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "status", "{" DIRECTORY ",\"status\":403,\"count\":2}");
  cr_rig_fault (test.rig, "rate-limit", "{" DIRECTORY ",\"retry_after\":\"90\"}");
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_WAITING);
  cr_rig_read (test.rig, count_misses, &n_misses);
  g_assert_cmpint (n_misses, ==, 2);

  cr_rig_clear_faults (test.rig);
  g_clear_object (&pull);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_nonnull (strstr (pull_test_query (queries, "References")->outcome, "2 of what"));
}

/* The same for files. */
static void
test_files_before_wait (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "status", "{\"types\":[\"Binary\"],\"status\":403,\"count\":2}");
  cr_rig_fault (test.rig, "rate-limit", "{\"types\":[\"Binary\"],\"retry_after\":\"90\"}");
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_WAITING);

  cr_rig_clear_faults (test.rig);
  g_clear_object (&pull);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_nonnull (strstr (pull_test_query (queries, "Attachments")->outcome, "2 of the files"));
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pull/resume/every-few", test_every_few);
  g_test_add_func ("/pull/resume/each-step", test_each_step);
  g_test_add_func ("/pull/resume/access-meanwhile", test_access_meanwhile);
  g_test_add_func ("/pull/resume/lost-place", test_lost_place);
  g_test_add_func ("/pull/resume/C11-misses-before-wait", test_misses_before_wait);
  g_test_add_func ("/pull/resume/C08-files-before-wait", test_files_before_wait);
  g_test_add_data_func ("/pull/resume/P10-error-before-wait", "outcome-entry",
                        test_fault_before_wait);
  g_test_add_data_func ("/pull/resume/P09-other-patient-before-wait", "other-patient-records",
                        test_fault_before_wait);

  return g_test_run ();
}
