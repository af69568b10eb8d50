/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "model/cr-explain.h"

#define N_RECORDS 4

/* Records 1 to 4 of one patient, a destination, a running run. */
static CrDb *
open_export (void)
{
  CrRecordOwner owner = { "a", "fhirsrc_1", "p1" };
  CrDb *db = fixture_open ();
  g_autoptr (CrExportRun) run = cr_export_run_new ("run_1");
  CrSaveCounts counts = { 0 };
  CrIncoming incoming[N_RECORDS];
  static const char *const ids[N_RECORDS] = { "o1", "o2", "o3", "o4" };
  g_autoptr (GError) error = NULL;

  fixture_add_patient (db, "a", "Ana");
  fixture_add_source (db, "fhirsrc_1");
  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  for (guint i = 0; i < N_RECORDS; i++)
    fixture_incoming (&incoming[i], "Observation", ids[i], "{}", ids[i], NULL, 0);
  cr_records_table_save (db, &owner, incoming, N_RECORDS, NULL, "search", NOW, &counts, &error);
  g_assert_no_error (error);

  fixture_add_destination (db, "dest_1", "Lake");
  run->destination_id = g_strdup ("dest_1");
  run->status = CR_RUN_RUNNING;
  run->created_ms = NOW;
  cr_runs_table_add (db, run, &error);
  g_assert_no_error (error);
  return db;
}

static GPtrArray *
entries_new (gint64 first, guint n)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_export_entry_free);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (entries, cr_export_entry_new (first + i, first + i));
  return entries;
}

static CrExportItem *
add_item (CrDb *db, const char *id, guint n, GPtrArray *entries)
{
  CrExportItem *item = cr_export_item_new (id);
  g_autoptr (GError) error = NULL;

  item->run_id = g_strdup ("run_1");
  item->destination_id = g_strdup ("dest_1");
  item->n = n;
  item->name = g_strdup ("Observation batch");
  item->n_resources = entries->len;
  cr_items_table_add (db, item, entries, &error);
  g_assert_no_error (error);
  return item;
}

static void
set_outcome (GPtrArray *entries, guint i, CrItemStatus status, const char *code)
{
  CrExportEntry *entry = g_ptr_array_index (entries, i);

  entry->status = status;
  entry->is_retryable = status == CR_ITEM_FAILED;
  g_free (entry->error_code);
  entry->error_code = g_strdup (code);
}

static CrDestination *
destination (CrDb *db)
{
  g_autoptr (GError) error = NULL;
  CrDestination *self = cr_destinations_table_get (db, "dest_1", &error);

  g_assert_no_error (error);
  return self;
}

static void
assert_figures (CrDb *db, guint n_delivered, guint n_failing, CrDestinationStatus status)
{
  g_autoptr (CrDestination) self = destination (db);

  g_assert_cmpint (self->n_stored, ==, N_RECORDS);
  g_assert_cmpint (self->n_delivered, ==, n_delivered);
  g_assert_cmpint (self->n_failing, ==, n_failing);
  g_assert_cmpint (self->status, ==, status);
}

static guint
n_failed (CrDb *db, const char *run_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) failed = cr_entries_table_list_failed (db, "dest_1", run_id, 100, &error);

  g_assert_no_error (error);
  return failed->len;
}

static void
settle (CrDb *db, CrExportItem *item, GPtrArray *entries)
{
  g_autoptr (GError) error = NULL;

  cr_entries_table_settle (db, item, NULL, entries, NOW + 5, &error);
  g_assert_no_error (error);
}

static void
end_run (CrDb *db, CrRunStatus status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrExportRun) run = cr_runs_table_get (db, "run_1", &error);

  run->status = status;
  cr_runs_table_save (db, run, &error);
  g_assert_no_error (error);
}

/* The newest that has something to send again, as long as the destination fails. */
static void
test_retry_run (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (CrDestination) waiting = NULL;
  g_autoptr (CrDestination) failing = NULL;
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (GError) error = NULL;

  run = cr_runs_table_get (db, "run_1", &error);
  run->status = CR_RUN_WAITING;
  run->waiting_for = CR_WAIT_OFFLINE;
  run->wait_until_ms = NOW + 9;
  g_assert_true (cr_runs_table_save (db, run, &error));
  waiting = destination (db);
  g_assert_cmpint (waiting->status, ==, CR_DESTINATION_RUNNING);
  g_assert_cmpstr (waiting->work->id, ==, "run_1");
  g_assert_cmpint (waiting->work->waiting_for, ==, CR_WAIT_OFFLINE);
  g_assert_cmpint (waiting->work->wait_until_ms, ==, NOW + 9);
  g_assert_null (waiting->retry_run);
  g_assert_true (cr_explain_destination_now (waiting) == cr_explain_wait (CR_WAIT_OFFLINE));

  run->status = CR_RUN_RUNNING;
  g_assert_true (cr_runs_table_save (db, run, &error));
  run->status = CR_RUN_FAILED;
  g_assert_true (cr_runs_table_save (db, run, &error));
  failing = destination (db);
  g_assert_null (failing->work);
  g_assert_cmpstr (failing->retry_run, ==, "run_1");
}

static void
test_settle (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (GPtrArray) entries = entries_new (1, 3);
  g_autoptr (CrExportItem) item = add_item (db, "item_1", 0, entries);
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (CrDestination) self = NULL;
  g_autoptr (GError) error = NULL;

  assert_figures (db, 0, 0, CR_DESTINATION_RUNNING);
  left = cr_entries_table_list (db, "item_1", &error);
  g_assert_cmpint (left->len, ==, 3);
  g_clear_pointer (&left, g_ptr_array_unref);

  set_outcome (entries, 0, CR_ITEM_SENT, NULL);
  set_outcome (entries, 1, CR_ITEM_FAILED, "refused");
  set_outcome (entries, 2, CR_ITEM_SENT, NULL);
  item->status = CR_ITEM_SENT;
  item->n_failed = 1;
  settle (db, item, entries);
  assert_figures (db, 2, 1, CR_DESTINATION_RUNNING);
  end_run (db, CR_RUN_PARTIAL);
  assert_figures (db, 2, 1, CR_DESTINATION_FAILING);
  self = destination (db);
  g_assert_cmpint (self->last_exported_ms, ==, NOW + 5);
  g_assert_cmpint (self->n_failed_runs, ==, 1);
  g_assert_null (self->work);
  g_assert_null (self->last_successful_run);

  left = cr_entries_table_list (db, "item_1", &error);
  g_assert_cmpint (left->len, ==, 1);
  g_assert_cmpint (((CrExportEntry *) left->pdata[0])->rid, ==, 2);
  g_assert_cmpstr (((CrExportEntry *) left->pdata[0])->error_code, ==, "refused");
  g_assert_cmpint (cr_items_table_count (db, "run_1", TRUE, &error), ==, 1);
  g_assert_cmpint (n_failed (db, NULL), ==, 1);
  g_assert_cmpint (n_failed (db, "run_1"), ==, 1);
  g_assert_cmpint (n_failed (db, "run_2"), ==, 0);
}

/* Where a destination that chooses ids put a record: kept when it is delivered, kept when it
 * arrived but is not complete, and never counted twice. */
static void
test_places (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (GPtrArray) entries = entries_new (1, 3);
  g_autoptr (CrExportItem) item = add_item (db, "item_1", 0, entries);
  g_autofree char *place = NULL, *second = NULL, *third = NULL, *none = NULL;
  g_autoptr (GError) error = NULL;

  set_outcome (entries, 0, CR_ITEM_SENT, NULL);
  ((CrExportEntry *) entries->pdata[0])->place = g_strdup ("41");
  set_outcome (entries, 1, CR_ITEM_FAILED, "not_found");
  ((CrExportEntry *) entries->pdata[1])->place = g_strdup ("42");
  set_outcome (entries, 2, CR_ITEM_FAILED, "not_found");
  settle (db, item, entries);
  assert_figures (db, 1, 2, CR_DESTINATION_RUNNING);
  g_assert_cmpint (fixture_number (db, "SELECT seq FROM delivered WHERE rid = 2"), ==, 0);

  /* A later outcome that says nothing about the place leaves it. */
  g_clear_pointer (&((CrExportEntry *) entries->pdata[0])->place, g_free);
  set_outcome (entries, 1, CR_ITEM_SENT, NULL);
  g_clear_pointer (&((CrExportEntry *) entries->pdata[1])->place, g_free);
  settle (db, item, entries);
  assert_figures (db, 2, 1, CR_DESTINATION_RUNNING);

  g_assert_cmpint (cr_delivered_table_find (db, "dest_1", 4, "Observation", "o1", &place, &error),
                   >, 0);
  g_assert_cmpstr (place, ==, "41");
  g_assert_cmpint (cr_delivered_table_find (db, "dest_1", 4, "Observation", "o2", &second, &error),
                   >, 0);
  g_assert_cmpstr (second, ==, "42");
  g_assert_cmpint (cr_delivered_table_find (db, "dest_1", 4, "Observation", "o3", &third, &error),
                   ==, 0);
  g_assert_null (third);
  g_assert_cmpint (cr_delivered_table_find (db, "dest_1", 1, "Observation", "gone", &none, &error),
                   ==, -1);
  g_assert_no_error (error);
}

/* The same outcome told twice, as after a crash, changes no figure. */
static void
test_settle_again (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (GPtrArray) entries = entries_new (1, 2);
  g_autoptr (CrExportItem) item = add_item (db, "item_1", 0, entries);

  set_outcome (entries, 0, CR_ITEM_SENT, NULL);
  set_outcome (entries, 1, CR_ITEM_FAILED, "busy");
  settle (db, item, entries);
  settle (db, item, entries);
  assert_figures (db, 1, 1, CR_DESTINATION_RUNNING);
}

/* A failure closes when the same record, or a newer version, is delivered by another item. */
static void
test_superseded (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (GPtrArray) first = entries_new (1, 2);
  g_autoptr (GPtrArray) second = entries_new (1, 1);
  g_autoptr (CrExportItem) item = add_item (db, "item_1", 0, first);
  g_autoptr (CrExportItem) retry = NULL;
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (GError) error = NULL;

  set_outcome (first, 0, CR_ITEM_FAILED, "busy");
  set_outcome (first, 1, CR_ITEM_FAILED, "busy");
  settle (db, item, first);
  g_assert_cmpint (n_failed (db, NULL), ==, 2);

  ((CrExportEntry *) second->pdata[0])->sequence = 50;
  retry = add_item (db, "item_2", 1, second);
  set_outcome (second, 0, CR_ITEM_SENT, NULL);
  settle (db, retry, second);
  assert_figures (db, 1, 1, CR_DESTINATION_RUNNING);
  g_assert_cmpint (n_failed (db, NULL), ==, 1);
  left = cr_entries_table_list (db, "item_1", &error);
  g_assert_cmpint (((CrExportEntry *) left->pdata[0])->status, ==, CR_ITEM_SUPERSEDED);
  g_assert_cmpint (((CrExportEntry *) left->pdata[1])->status, ==, CR_ITEM_FAILED);

  g_assert_true (cr_entries_table_supersede (db, "dest_1", 2, 2, &error));
  g_assert_cmpint (n_failed (db, NULL), ==, 0);
}

/* Delivered once, then its next version fails: it is failing, and counted once. */
static void
test_fails_later (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (GPtrArray) first = entries_new (1, 1);
  g_autoptr (GPtrArray) second = entries_new (1, 1);
  g_autoptr (CrExportItem) item = add_item (db, "item_1", 0, first);
  g_autoptr (CrExportItem) next = NULL;

  set_outcome (first, 0, CR_ITEM_SENT, NULL);
  settle (db, item, first);
  ((CrExportEntry *) second->pdata[0])->sequence = 9;
  next = add_item (db, "item_2", 1, second);
  set_outcome (second, 0, CR_ITEM_FAILED, "refused");
  settle (db, next, second);
  assert_figures (db, 0, 1, CR_DESTINATION_RUNNING);
  g_assert_cmpint (n_failed (db, NULL), ==, 1);
}

static void
test_runs (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (GPtrArray) open = NULL;
  g_autoptr (CrDestination) self = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_runs_table_requeue (db, &error));
  open = cr_runs_table_list_open (db, &error);
  g_assert_cmpint (open->len, ==, 1);
  run = g_object_ref (open->pdata[0]);
  g_assert_cmpint (run->status, ==, CR_RUN_QUEUED);
  run->status = CR_RUN_RUNNING;
  run->upper_sequence = 4;
  run->bytes = G_GINT64_CONSTANT (6000000000);
  g_assert_true (cr_runs_table_save (db, run, &error));
  run->status = CR_RUN_COMPLETE;
  run->completed_ms = NOW + 8;
  g_assert_true (cr_runs_table_save (db, run, &error));
  run->status = CR_RUN_QUEUED;
  g_assert_false (cr_runs_table_save (db, run, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
  self = destination (db);
  g_assert_cmpstr (self->last_successful_run, ==, "run_1");
  g_assert_cmpint (self->status, ==, CR_DESTINATION_IDLE);
  g_assert_cmpint (cr_runs_table_count (db, "dest_1", NULL), ==, 1);
  g_assert_cmpint (cr_runs_table_count (db, NULL, NULL), ==, 1);
}

static void
test_destinations (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (CrDestination) self = destination (db);
  g_autoptr (CrDestination) twin = cr_destination_new ("dest_2");
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (cr_destination_get (self, "bucket"), ==, "lake “1”");
  g_assert_null (cr_destination_get (self, "region"));
  twin->name = g_strdup ("LÂKE");
  twin->kind = g_strdup ("s3");
  g_assert_false (cr_destinations_table_add (db, twin, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
  g_clear_error (&error);

  self->is_enabled = FALSE;
  g_assert_true (cr_destinations_table_update (db, self, &error));
  assert_figures (db, 0, 0, CR_DESTINATION_DISABLED);
  self->is_enabled = TRUE;
  self->action_required = g_strdup ("The key was refused.");
  g_assert_true (cr_destinations_table_update (db, self, &error));
  assert_figures (db, 0, 0, CR_DESTINATION_ACTION_REQUIRED);
  g_assert_false (cr_destinations_table_update (db, twin, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

static void
test_watermarks (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (cr_watermarks_table_get (db, "dest_1", "conn_1", &error), ==, 0);
  g_assert_true (cr_watermarks_table_set (db, "dest_1", "conn_1", 4, NOW, &error));
  g_assert_cmpint (cr_watermarks_table_get (db, "dest_1", "conn_1", &error), ==, 4);
  g_assert_true (cr_watermarks_table_set (db, "dest_1", "conn_1", 2, NOW, &error));
  g_assert_cmpint (cr_watermarks_table_get (db, "dest_1", "conn_1", &error), ==, 2);
  g_assert_false (cr_watermarks_table_set (db, "dest_1", "nobody", 2, NOW, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
}

/* What failed alike is one cause, from the first time it was seen to the last. */
static void
test_causes (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CrRetryPreview) preview = NULL;
  static const char *const ids[] = { "item_1", "item_2", "item_3" };
  static const char *const codes[] = { "busy", "busy", "bad_input" };
  static const gint64 times[] = { NOW + 70, NOW + 10, NOW + 40 };
  const CrErrorCause *cause;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (GPtrArray) entries = entries_new (i + 1, 1);
      g_autoptr (CrExportItem) item = add_item (db, ids[i], i, entries);

      set_outcome (entries, 0, CR_ITEM_FAILED, codes[i]);
      item->status = CR_ITEM_FAILED;
      item->n_failed = 1;
      g_assert_true (cr_entries_table_settle (db, item, NULL, entries, times[i], &error));
    }
  end_run (db, CR_RUN_PARTIAL);

  preview = cr_runs_table_preview_retry (db, "run_1", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (preview->causes->len, ==, 2);
  cause = g_ptr_array_index (preview->causes, 0);
  g_assert_cmpuint (cause->n, ==, 2);
  g_assert_cmpint (cause->first_ms, ==, NOW + 10);
  g_assert_cmpint (cause->last_ms, ==, NOW + 70);
  cause = g_ptr_array_index (preview->causes, 1);
  g_assert_cmpint (cause->first_ms, ==, NOW + 40);
  g_assert_cmpint (cause->last_ms, ==, NOW + 40);
}

/* A store of before it was noted knows when the run ended. */
static void
test_causes_of_before (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (GPtrArray) entries = entries_new (1, 1);
  g_autoptr (CrExportItem) item = add_item (db, "item_1", 0, entries);
  g_autoptr (CrRetryPreview) preview = NULL;
  g_autoptr (GError) error = NULL;
  const CrErrorCause *cause;

  set_outcome (entries, 0, CR_ITEM_FAILED, "busy");
  item->status = CR_ITEM_FAILED;
  settle (db, item, entries);
  g_assert_true (cr_db_exec (db,
                             "UPDATE export_item SET failed_ms = 0;"
                             "UPDATE export_run SET completed_ms = 1234;",
                             &error));

  preview = cr_runs_table_preview_retry (db, "run_1", &error);
  g_assert_no_error (error);
  cause = g_ptr_array_index (preview->causes, 0);
  g_assert_cmpint (cause->first_ms, ==, 1234);
  g_assert_cmpint (cause->last_ms, ==, 1234);
}

static void
test_remove (void)
{
  g_autoptr (CrDb) db = open_export ();
  g_autoptr (GPtrArray) entries = entries_new (1, 2);
  g_autoptr (CrExportItem) item = add_item (db, "item_1", 0, entries);
  g_autoptr (GError) error = NULL;

  set_outcome (entries, 0, CR_ITEM_SENT, NULL);
  set_outcome (entries, 1, CR_ITEM_FAILED, "busy");
  settle (db, item, entries);
  g_assert_true (cr_destinations_table_remove (db, "dest_1", &error));
  g_assert_cmpint (fixture_number (db, "SELECT (SELECT count(*) FROM export_run)"
                                       " + (SELECT count(*) FROM export_item)"
                                       " + (SELECT count(*) FROM export_entry)"
                                       " + (SELECT count(*) FROM delivered)"),
                   ==, 0);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM record"), ==, N_RECORDS);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/exports/retry-run", test_retry_run);
  g_test_add_func ("/store/exports/settle", test_settle);
  g_test_add_func ("/store/exports/places", test_places);
  g_test_add_func ("/store/exports/settle-again", test_settle_again);
  g_test_add_func ("/store/exports/superseded", test_superseded);
  g_test_add_func ("/store/exports/fails-later", test_fails_later);
  g_test_add_func ("/store/exports/runs", test_runs);
  g_test_add_func ("/store/exports/destinations", test_destinations);
  g_test_add_func ("/store/exports/watermarks", test_watermarks);
  g_test_add_func ("/store/exports/causes", test_causes);
  g_test_add_func ("/store/exports/causes-of-before", test_causes_of_before);
  g_test_add_func ("/store/exports/remove", test_remove);

  return g_test_run ();
}
