/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-time.h"
#include "pull-rows.h"
#include "store/cr-pull-marks-table.h"
#include "store/cr-records-table.h"
#include "store/cr-stmt-rows.h"

#include <string.h>

#define DAY_MS (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

static guint
count_since (GPtrArray *queries)
{
  guint n = 0;

  for (guint i = 0; i < queries->len; i++)
    n += CR_QUERY (g_ptr_array_index (queries, i))->since_ms > 0;
  return n;
}

static gpointer
get_since (CrDb *db, gpointer data, GError **error)
{
  char **key = data;
  gint64 since_ms = cr_pull_marks_table_since (db, key[0], "Condition?patient={patient}", key[1], 0,
                                               G_MAXINT64, error);

  return g_memdup2 (&since_ms, sizeof since_ms);
}

static gint64
stored_since (PullTest *test)
{
  const char *key[] = { test->connection->id, test->connection->scopes };
  g_autofree gint64 *since_ms = cr_rig_read (test->rig, get_since, key);

  return *since_ms;
}

/* The second pull asks for changes and finds those there are; the first after days asks for all. */
static void
test_changes (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;
  g_autoptr (CrPull) third = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *query;

  pull_test_open (&test, LARGE_PERSON);
  first = pull_test_run (&test);
  queries = pull_test_queries (&test, first->id);
  g_assert_cmpuint (count_since (queries), ==, 0);
  g_assert_cmpint (stored_since (&test), >, 0);
  g_assert_cmpint (stored_since (&test), <=, first->started_ms - DAY_MS);

  cr_rig_fault (test.rig, "changed-records", "{\"types\":[\"Condition\"],\"n\":3}");
  second = pull_test_run (&test);
  g_clear_pointer (&queries, g_ptr_array_unref);
  queries = pull_test_queries (&test, second->id);
  query = pull_test_query (queries, "Condition");
  g_assert_cmpint (second->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (count_since (queries), >, 10);
  g_assert_cmpuint (second->n_changed, ==, 3);
  g_assert_cmpuint (second->n_received, <, first->n_received / 2);
  g_assert_nonnull (strstr (query->outcome, "Only what changed since"));
  pull_test_check_all (&test);

  cr_rig_set_clock_offset (8 * DAY_MS);
  third = pull_test_run (&test);
  g_clear_pointer (&queries, g_ptr_array_unref);
  queries = pull_test_queries (&test, third->id);
  cr_rig_set_clock_offset (0);
  g_assert_cmpint (third->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (count_since (queries), ==, 0);
  g_assert_cmpuint (pull_test_query (queries, "Observation")->n_received, ==,
                    pull_test_stored_count (&test, "Observation"));
}

/* A filter that the portal does not use makes the listing a whole one, and it says so. */
static void
test_ignored (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  first = pull_test_run (&test);
  cr_rig_fault (test.rig, "ignore-last-updated", "{\"types\":[\"Condition\"]}");
  second = pull_test_run (&test);
  queries = pull_test_queries (&test, second->id);
  g_assert_cmpint (pull_test_query (queries, "Condition")->since_ms, ==, 0);
  g_assert_null (pull_test_query (queries, "Condition")->outcome);
  g_assert_cmpuint (pull_test_query (queries, "Condition")->n_received, ==,
                    pull_test_stored_count (&test, "Condition"));
}

static gpointer
count_absent (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*) FROM pull_absence");

  *(gint64 *) data = cr_stmt_read_number (stmt, 0, error);
  return data;
}

/* A self link that says nothing of the question does not say either that the filter was not used:
 * what did not change is not missed. */
static void
test_self_says_nothing (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  gint64 n_absent = -1;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "opaque-self", "{\"types\":[\"Condition\"]}");
  first = pull_test_run (&test);
  g_assert_cmpint (stored_since (&test), >, 0);
  second = pull_test_run (&test);
  queries = pull_test_queries (&test, second->id);
  g_assert_cmpint (pull_test_query (queries, "Condition")->since_ms, >, 0);
  g_assert_cmpuint (pull_test_query (queries, "Condition")->n_received, <,
                    pull_test_stored_count (&test, "Condition"));
  cr_rig_read (test.rig, count_absent, &n_absent);
  g_assert_cmpint (n_absent, ==, 0);
}

/* Refused, it is asked for everything. */
static void
test_refused (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  first = pull_test_run (&test);
  cr_rig_fault (test.rig, "refuse-parameter", "{\"name\":\"_lastUpdated\"}");
  second = pull_test_run (&test);
  queries = pull_test_queries (&test, second->id);
  g_assert_cmpint (second->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (count_since (queries), ==, 0);
  g_assert_cmpuint (pull_test_query (queries, "Observation")->n_received, ==,
                    pull_test_stored_count (&test, "Observation"));
}

/* A search that failed has come no further, and one that was never whole asks for all. */
static void
test_failed (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "status", "{\"types\":[\"Observation\"],\"status\":500,\"after\":1}");
  first = pull_test_run (&test);
  g_assert_cmpint (first->status, ==, CR_PULL_PARTIAL);
  cr_rig_clear_faults (test.rig);
  second = pull_test_run (&test);
  queries = pull_test_queries (&test, second->id);
  g_assert_cmpint (pull_test_query (queries, "Observation")->since_ms, ==, 0);
  g_assert_cmpint (pull_test_query (queries, "Condition")->since_ms, >, 0);
  pull_test_check_all (&test);
}

/* Records stamped in the future, or not at all, move nothing ahead. */
static void
check_stamp (const char *meta, gboolean is_known)
{
  g_autofree char *text = g_strdup_printf ("{\"resourceType\":\"Condition\",\"id\":\"d\"%s}", meta);
  g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));
  g_autofree char *parameters =
      g_strdup_printf ("{\"types\":[\"Condition\"],\"base64\":\"%s\"}", base64);
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "extra-entry", parameters);
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpint (stored_since (&test), <=, pull->started_ms - DAY_MS);
  g_assert_cmpint (stored_since (&test) > 0, ==, is_known);
}

static void
test_future (void)
{
  check_stamp (",\"meta\":{\"lastUpdated\":\"2199-01-01T00:00:00Z\"}", TRUE);
}

static void
test_unstamped (void)
{
  check_stamp (",\"recordedDate\":\"2024-05-06\"", FALSE);
}

static gpointer
list_conditions (CrDb *db, gpointer data, GError **error)
{
  CrRecordFilter filter = { .patient_id = data, .type = "Condition" };

  return cr_records_table_list (db, &filter, TRUE, 0, 10000, error);
}

static gint64
newest_stamp (PullTest *test)
{
  static const char lead[] = "\"lastUpdated\":\"";
  g_autoptr (GPtrArray) records =
      cr_rig_read (test->rig, list_conditions, test->connection->patient_id);
  gint64 newest_ms = 0;

  for (guint i = 0; i < records->len; i++)
    {
      GBytes *body = CR_RECORD (g_ptr_array_index (records, i))->body;
      g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
      const char *at = strstr (text, lead) + strlen (lead);
      g_autofree char *stamp = g_strndup (at, strcspn (at, "\""));
      gint64 ms;

      g_assert_true (cr_time_from_string (stamp, &ms));
      newest_ms = MAX (newest_ms, ms);
    }

  return newest_ms;
}

/* Written before the mark and listed only now: within a day the overlap finds it, and what comes
 * later still the pull of everything. */
static void
check_lag (gint64 behind_ms, gboolean is_found_at_once)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;
  g_autoptr (CrPull) third = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  g_autofree char *stamp = NULL;
  g_autofree char *parameters = NULL;
  guint n_first;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "hidden-records", "{\"types\":[\"Condition\"],\"n\":1}");
  first = pull_test_run (&test);
  n_first = pull_test_stored_count (&test, "Condition");
  stamp = cr_time_to_string (newest_stamp (&test) - behind_ms);
  parameters = g_strdup_printf ("{\"types\":[\"Condition\"],\"stamp\":\"%s\"}", stamp);
  cr_rig_clear_faults (test.rig);
  cr_rig_fault (test.rig, "late-records", parameters);

  second = pull_test_run (&test);
  queries = pull_test_queries (&test, second->id);
  g_assert_cmpint (second->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpint (pull_test_query (queries, "Condition")->since_ms, >, 0);
  g_assert_cmpuint (pull_test_stored_count (&test, "Condition"), ==,
                    n_first + (is_found_at_once ? 1 : 0));

  cr_rig_set_clock_offset (8 * DAY_MS);
  third = pull_test_run (&test);
  cr_rig_set_clock_offset (0);
  g_assert_cmpint (third->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (pull_test_stored_count (&test, "Condition"), ==, n_first + 1);
}

static void
test_lag_of_hours (void)
{
  check_lag (DAY_MS / 2, TRUE);
}

static void
test_lag_of_days (void)
{
  check_lag (3 * DAY_MS, FALSE);
}

static void
test_epic (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  test.source->type = g_strdup ("epic");
  first = pull_test_run (&test);
  second = pull_test_run (&test);
  queries = pull_test_queries (&test, second->id);
  g_assert_cmpuint (count_since (queries), ==, 0);
  g_assert_cmpuint (second->n_unchanged, ==, second->n_received);
  g_assert_cmpuint (second->n_received, >, first->n_received / 2);
}

static gpointer
date_ahead (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "UPDATE pull_mark SET full_ms = full_ms + :ahead");

  cr_stmt_bind_int64 (stmt, ":ahead", 400 * DAY_MS);
  g_assert_true (cr_stmt_run (stmt, error));
  return data;
}

/* The clock was a year ahead when everything was asked for: that date says nothing. */
static void
test_dated_ahead (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;
  g_autoptr (CrPull) third = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  first = pull_test_run (&test);
  cr_rig_write (test.rig, date_ahead, test.rig);
  second = pull_test_run (&test);
  queries = pull_test_queries (&test, second->id);
  g_assert_cmpuint (count_since (queries), ==, 0);

  third = pull_test_run (&test);
  g_clear_pointer (&queries, g_ptr_array_unref);
  queries = pull_test_queries (&test, third->id);
  g_assert_cmpuint (count_since (queries), >, 0);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pull/since/changes", test_changes);
  g_test_add_func ("/pull/since/dated-ahead", test_dated_ahead);
  g_test_add_func ("/pull/since/S09-filter-ignored", test_ignored);
  g_test_add_func ("/pull/since/S09-self-says-nothing", test_self_says_nothing);
  g_test_add_func ("/pull/since/S15-filter-refused", test_refused);
  g_test_add_func ("/pull/rows/S15-no-update-time", test_epic);
  g_test_add_func ("/pull/rows/P07-mark-stays", test_failed);
  g_test_add_func ("/pull/rows/D02-stamps-in-the-future", test_future);
  g_test_add_func ("/pull/rows/D03-copy-lags-by-hours", test_lag_of_hours);
  g_test_add_func ("/pull/rows/D03-copy-lags-by-days", test_lag_of_days);
  g_test_add_func ("/pull/rows/D04-D09-no-stamps", test_unstamped);

  return g_test_run ();
}
