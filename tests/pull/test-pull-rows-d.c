/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "pull-test.h"
#include "store/cr-check.h"
#include "store/cr-pull-marks-table.h"
#include "store/cr-records-table.h"

/* portals.md §3.6: time and identity. */

static gpointer
list_records (CrDb *db, gpointer data, GError **error)
{
  CrRecordFilter filter = { .patient_id = data, .type = "Condition" };

  return cr_records_table_list (db, &filter, FALSE, 0, 10000, error);
}

static guint
count_absent (PullTest *test, guint *n_gone)
{
  g_autoptr (GPtrArray) records =
      cr_rig_read (test->rig, list_records, test->connection->patient_id);
  guint n_missed = 0;

  *n_gone = 0;
  for (guint i = 0; i < records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (records, i);

      n_missed += record->missed_ms > 0;
      *n_gone += record->gone_ms > 0;
    }
  return n_missed;
}

static void
assert_absent (PullTest *test, guint n_missed, guint n_gone)
{
  guint gone;

  g_assert_cmpuint (count_absent (test, &gone), ==, n_missed);
  g_assert_cmpuint (gone, ==, n_gone);
}

static gpointer
check (CrDb *db, gpointer data, GError **error)
{
  return cr_check_run (db, error);
}

static void
assert_rules_hold (PullTest *test)
{
  g_autoptr (GPtrArray) findings = cr_rig_read (test->rig, check, NULL);

  for (guint i = 0; i < findings->len; i++)
    g_assert_true (((CrFinding *) g_ptr_array_index (findings, i))->ok);
}

static gpointer
forget_marks (CrDb *db, gpointer data, GError **error)
{
  return cr_pull_marks_table_forget_all (db, data, error) ? data : NULL;
}

/* Only a listing of everything shows what is not there any more. */
static CrPull *
pull_whole (PullTest *test)
{
  g_assert_nonnull (cr_rig_write (test->rig, forget_marks, test->connection->id));
  return pull_test_run (test);
}

static void
pull_to_end (PullTest *test)
{
  g_autoptr (CrPull) pull = pull_whole (test);

  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
}

typedef struct
{
  const char *name;
  const char *fault; /* NULL: none */
  guint n_missed;
  guint n_gone;
} Row;

static const Row rows[] = {
  { "404", "{\"types\":[\"Condition\"],\"n\":2}", 2, 2 },
  { "410", "{\"types\":[\"Condition\"],\"n\":2,\"status\":410}", 2, 2 },
  { "200", "{\"types\":[\"Condition\"],\"n\":2,\"status\":200}", 0, 0 },
  { "403", "{\"types\":[\"Condition\"],\"n\":2,\"status\":403}", 2, 0 },
};

/* Two complete listings by the same questions, and a read that confirms: only then is it gone; when
 * it comes again it is no longer absent. */
static void
test_deleted (gconstpointer data)
{
  const Row *row = data;
  g_auto (PullTest) test = { 0 };
  guint n_before;

  pull_test_open (&test, LARGE_PERSON);
  pull_to_end (&test);
  n_before = pull_test_stored_count (&test, "Condition");
  assert_absent (&test, 0, 0);

  cr_rig_fault (test.rig, "hidden-records", row->fault);
  pull_to_end (&test);
  assert_absent (&test, row->n_missed, row->n_gone);
  pull_to_end (&test);
  assert_absent (&test, row->n_missed, row->n_gone);
  g_assert_cmpuint (pull_test_stored_count (&test, "Condition"), ==, n_before);

  cr_rig_clear_faults (test.rig);
  pull_to_end (&test);
  assert_absent (&test, 0, 0);
  assert_rules_hold (&test);
}

/* A listing that stopped half-way, one with a warning, and one after other rights prove nothing. */
static void
test_not_proven (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) partial = NULL;

  pull_test_open (&test, LARGE_PERSON);
  pull_to_end (&test);
  cr_rig_fault (test.rig, "hidden-records", rows[0].fault);

  cr_rig_fault (test.rig, "html-page", "{\"types\":[\"Condition\"]}");
  partial = pull_whole (&test);
  g_assert_cmpint (partial->status, ==, CR_PULL_PARTIAL);
  assert_absent (&test, 0, 0);

  cr_rig_clear_faults (test.rig);
  cr_rig_fault (test.rig, "hidden-records", rows[0].fault);
  cr_rig_fault (test.rig, "outcome-entry", "{\"types\":[\"Condition\"]}");
  pull_to_end (&test);
  assert_absent (&test, 0, 0);

  cr_rig_clear_faults (test.rig);
  cr_rig_fault (test.rig, "hidden-records", rows[0].fault);
  g_free (test.connection->scopes);
  test.connection->scopes = g_strdup ("patient/Condition.rs patient/Patient.rs");
  pull_to_end (&test);
  assert_absent (&test, 0, 0);
  pull_to_end (&test);
  assert_absent (&test, 2, 2);
}

/* Stopped among its confirming reads, the pull confirms the rest when it goes on. */
static void
test_resumed (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;

  pull_test_open (&test, LARGE_PERSON);
  pull_to_end (&test);
  cr_rig_fault (test.rig, "hidden-records", "{\"types\":[\"Condition\"],\"n\":4}");
  g_assert_nonnull (cr_rig_write (test.rig, forget_marks, test.connection->id));
  test.suspend_after = 3;
  do
    {
      g_clear_object (&pull);
      pull = pull_test_run (&test);
      pull_test_requeue (&test);
    }
  while (!cr_pull_status_is_final (pull->status));
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  assert_absent (&test, 4, 4);
}

/* The portal says so in its Patient: kept, and staff are told. */
static void
test_merged (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "merged-patient", "{}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_nonnull (strstr (pull_test_query (queries, "Patient")->outcome, "merged"));
  g_assert_cmpuint (pull_test_stored_count (&test, "Patient"), ==, 1);
}

/* The old id is gone: this is no pull that went well. */
static void
test_lost_patient (gconstpointer data)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *query;

  pull_test_open (&test, SMALL_PERSON);
  pull_to_end (&test);
  cr_rig_fault (test.rig, "hidden-records", data);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  query = pull_test_query (queries, "Patient");
  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  g_assert_cmpint (query->status, ==, CR_QUERY_FAILED);
  g_assert_nonnull (strstr (query->outcome, "no longer has this patient"));
  g_assert_cmpuint (pull_test_stored_count (&test, "Patient"), ==, 1);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/pull/rows/D08-deleted-", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_deleted);
    }
  g_test_add_func ("/pull/rows/D07-merged", test_merged);
  g_test_add_data_func ("/pull/rows/D07-404", "{\"types\":[\"Patient\"]}", test_lost_patient);
  g_test_add_data_func ("/pull/rows/D07-410", "{\"types\":[\"Patient\"],\"status\":410}",
                        test_lost_patient);
  g_test_add_func ("/pull/rows/D08-not-proven", test_not_proven);
  g_test_add_func ("/pull/rows/D08-resumed", test_resumed);

  return g_test_run ();
}
