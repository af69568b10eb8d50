/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "engine-test-pulls.h"
#include "engine/cr-list-row.h"
#include "engine/cr-record-finder.h"

static gboolean
is_done (gpointer data)
{
  return cr_record_finder_is_done (data);
}

static gboolean
is_empty (gpointer data)
{
  return g_list_model_get_n_items (data) == 0;
}

static guint
check_each (CrRecordFinder *finder, const char *patient_id)
{
  GListModel *found = G_LIST_MODEL (finder);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < g_list_model_get_n_items (found); i++)
    {
      g_autoptr (CrListRow) row = g_list_model_get_item (found, i);
      CrRecord *record = cr_list_row_get_item (row);

      g_assert_cmpuint (cr_list_row_get_position (row), ==, i);
      g_assert_cmpstr (record->patient_id, ==, patient_id);
      g_assert_true (g_hash_table_add (seen, &record->rid));
    }
  return g_list_model_get_n_items (found);
}

static CrRecordFinder *
find (EngineTest *test, CrConnection *connection, const char *text)
{
  CrListFilter filter = { .kind = CR_LIST_RECORDS,
                          .patient_id = connection->patient_id,
                          .text = text };

  return cr_record_finder_new (test->engine, &filter);
}

static void
open_sandbox (EngineTest *test)
{
  engine_test_make (test);
  test->is_sandbox = TRUE;
  engine_test_open (test);
  engine_test_start_sandbox (test);
}

/* A search goes on to what a pull brings while it is open, and lets go of what is removed. */
static void
test_grows (void)
{
  g_auto (EngineTest) test = { .is_sandbox = TRUE };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrRecordFinder) finder = NULL;
  g_autoptr (CrRecordFinder) none = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  open_sandbox (&test);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":150}");
  connection = engine_test_connect (&test, SMALL_PERSON);
  finder = find (&test, connection, "RESOURCEtype");
  none = find (&test, connection, "no record says this");
  wait_until (is_done, finder);
  g_assert_cmpuint (cr_record_finder_get_looked (finder), <, 20);

  engine_test_fault (&test, "DELETE", NULL, "");
  pull = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  g_assert_cmpuint (pull->n_new, >, 50);
  while (cr_record_finder_get_looked (finder) < pull->n_new ||
         cr_record_finder_get_looked (none) < pull->n_new)
    iterate_for (100);
  g_assert_cmpuint (check_each (finder, connection->patient_id), >, 50);
  g_assert_cmpuint (check_each (none, connection->patient_id), ==, 0);

  cr_engine_remove_patient_async (test.engine, connection->patient_id, "tester", NULL, keep_result,
                                  &result);
  cr_removal_free (cr_engine_remove_patient_finish (test.engine, wait_result (&result), &error));
  g_assert_no_error (error);
  wait_until (is_empty, finder);
}

/* More than anybody reads are not listed, and it is known that not all were looked at. */
static void
test_most (void)
{
  g_auto (EngineTest) test = { .is_sandbox = TRUE };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrRecordFinder) finder = NULL;

  open_sandbox (&test);
  connection = engine_test_connect (&test, LARGE_PERSON);
  pull = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  finder = find (&test, connection, "resourceType");
  wait_until (is_done, finder);
  g_assert_cmpuint (check_each (finder, connection->patient_id), ==, CR_RECORD_FINDER_MOST);
  g_assert_cmpuint (cr_record_finder_get_looked (finder), >=, CR_RECORD_FINDER_MOST);
  g_assert_cmpuint (cr_record_finder_get_looked (finder), <, pull->n_new);
}

/* Let go of in the middle, it asks for nothing more, and is gone. */
static void
test_let_go (void)
{
  g_auto (EngineTest) test = { 0 };
  CrListFilter filter = { .kind = CR_LIST_RECORDS, .patient_id = "p", .text = "x" };
  CrRecordFinder *finder;

  engine_test_make (&test);
  engine_test_open (&test);
  finder = cr_record_finder_new (test.engine, &filter);
  g_assert_false (cr_record_finder_is_done (finder));
  g_assert_finalize_object (finder);
  iterate_for (200);
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/record-finder/grows", test_grows);
  g_test_add_func ("/engine/record-finder/most", test_most);
  g_test_add_func ("/engine/record-finder/let-go", test_let_go);

  return g_test_run ();
}
