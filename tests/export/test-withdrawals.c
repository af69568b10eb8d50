/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "export/cr-fhir-batch.h"
#include "export/cr-sender.h"
#include "store/cr-absence-table.h"
#include "store/cr-check.h"
#include "store/cr-connections-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-records-table.h"
#include "store/cr-removal-table.h"
#include "store/cr-stmt-rows.h"
#include "store/cr-withdrawals-table.h"

#include <string.h>

/* What is withdrawn here is withdrawn there, if the destination wants to know. */
#define N_EACH (N_OBSERVATIONS + 2)
#define OPEN "/dest-open/fhir"

static void
add_server (Fixture *fixture, const char *withdrawals)
{
  g_autofree char *url = g_strconcat (fixture->uri, OPEN, NULL);

  export_test_add_destination (fixture, "fhir", "url", url, "withdrawals", withdrawals, NULL);
}

static char *
add_folder (Fixture *fixture, const char *layout)
{
  char *path = export_test_make_folder (fixture);

  export_test_add_destination (fixture, "folder", "path", path, "layout", layout, "withdrawals",
                               "send", NULL);
  return path;
}

static void
deliver (Fixture *fixture, guint n_expected)
{
  g_autoptr (CrExportRun) run = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);

  export_test_assert_complete (run, n_expected);
}

static gint64
count (Fixture *fixture, const char *type)
{
  g_autofree char *path = g_strdup_printf (OPEN "/%s?_summary=count", type);
  g_autoptr (GBytes) answer = export_test_http (fixture, "GET", path, NULL);
  g_autoptr (JsonObject) bundle = cr_json_parse (g_bytes_get_data (answer, NULL),
                                                 (gssize) g_bytes_get_size (answer), "count", NULL);
  gint64 total = -1;

  g_assert_true (cr_json_int (bundle, "total", &total));
  return total;
}

/* What happens here ---------------------------------------------------------------------------- */

static gpointer
lose_func (CrDb *db, gpointer id, GError **error)
{
  CrRecordOwner owner = { "p0", "fhirsrc_a", "portal-p0" };
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO absence (rid, sid, missed_ms, gone_ms, http_status) SELECT r.rid, r.sid, 1,"
          " 0, 0 FROM record r JOIN stream s ON s.sid = r.sid WHERE s.patient_id = 'p0'"
          " AND r.id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  if (cr_stmt_run (stmt, error))
    cr_absence_table_settle (db, &owner, "pull_x", "Observation", id, 404, 5000, error);
  return NULL;
}

static void
lose (Fixture *fixture, const char *id)
{
  export_test_write (fixture, lose_func, (gpointer) id);
}

/* The portal lists it again, as it was. */
static void
find_again (Fixture *fixture)
{
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Observation\",\n \"id\":\"o7\",\"status\":\"final\","
                    "\"code\":{\"text\":\"c\"},\"valueQuantity\":{\"value\":1.10,\"unit\":\"7\"},"
                    "\"subject\":{\"reference\":\"Patient/portal-p0\"},"
                    "\"encounter\":{\"reference\":\"Encounter/e\"}}");
}

static gpointer
leave_func (CrDb *db, gpointer data, GError **error)
{
  cr_connections_table_set_status (db, "conn_0", CR_CONNECTION_DISCONNECTED, CR_FAILURE_NONE, 5000,
                                   error);
  return NULL;
}

static gpointer
reconnect_func (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrConnection) connection = cr_connections_table_get (db, "conn_0", error);

  connection->status = CR_CONNECTION_ACTIVE;
  cr_connections_table_save (db, connection, error);
  return NULL;
}

static gpointer
remove_func (CrDb *db, gpointer data, GError **error)
{
  cr_removal_free (cr_removal_of_patient (db, "p0", 5000, error));
  return NULL;
}

/* What comes of it ----------------------------------------------------------------------------- */

static gpointer
open_func (CrDb *db, gpointer data, GError **error)
{
  return cr_runs_table_list_open (db, error);
}

/* The one run that is open. */
static CrExportRun *
withdraw (Fixture *fixture)
{
  g_autoptr (GPtrArray) open = export_test_write (fixture, open_func, NULL);

  g_assert_cmpuint (open->len, ==, 1);
  g_assert_true (((CrExportRun *) open->pdata[0])->is_withdrawal);
  return export_test_go (fixture, open->pdata[0]);
}

static void
assert_silent (Fixture *fixture)
{
  g_autoptr (GPtrArray) open = export_test_write (fixture, open_func, NULL);

  g_assert_cmpuint (open->len, ==, 0);
}

static void
assert_withdrawn (CrExportRun *run, guint n)
{
  g_assert_cmpstr (run->error_message, ==, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, n);
}

static gpointer
receipt_func (CrDb *db, gpointer run_id, GError **error)
{
  return cr_withdrawals_receipt (db, run_id, error);
}

static void
assert_receipt (Fixture *fixture, CrExportRun *run, guint n_sent, guint n_failed, guint n_pending)
{
  g_autoptr (CrReceipt) receipt = export_test_write (fixture, receipt_func, run->id);

  g_assert_cmpuint (cr_receipt_count (receipt, CR_ITEM_SENT), ==, n_sent);
  g_assert_cmpuint (cr_receipt_count (receipt, CR_ITEM_FAILED), ==, n_failed);
  g_assert_cmpuint (cr_receipt_count (receipt, CR_ITEM_PENDING), ==, n_pending);
}

static gpointer
destination_func (CrDb *db, gpointer id, GError **error)
{
  return cr_destinations_table_get (db, id, error);
}

static void
assert_figures (Fixture *fixture, guint n_delivered, guint n_withdrawn, guint n_to_withdraw)
{
  g_autoptr (CrDestination) destination =
      export_test_write (fixture, destination_func, fixture->destination->id);

  g_assert_cmpuint (destination->n_delivered, ==, n_delivered);
  g_assert_cmpuint (destination->n_withdrawn, ==, n_withdrawn);
  g_assert_cmpuint (destination->n_to_withdraw, ==, n_to_withdraw);
}

static gpointer
check_func (CrDb *db, gpointer data, GError **error)
{
  return cr_check_run (db, error);
}

/* The test's connections have no tokens and its bodies no pull; of exports all must hold. */
static void
assert_sound (Fixture *fixture)
{
  static const char *const names[] = { "nothing-is-skipped", "deliveries-are-counted",
                                       "deliveries-are-of-records", "ended-runs-have-ended-items" };
  g_autoptr (GPtrArray) findings = export_test_write (fixture, check_func, NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      CrFinding *finding = findings->pdata[i];

      for (guint j = 0; j < G_N_ELEMENTS (names); j++)
        if (g_str_equal (finding->check, names[j]))
          g_assert_cmpstr (finding->message, ==, "holds");
    }
}

static gint64
number (Fixture *fixture, CrStoreFunc func)
{
  g_autofree gint64 *n = export_test_write (fixture, func, NULL);

  return *n;
}

/* Servers -------------------------------------------------------------------------------------- */

static void
test_not_wanted (Fixture *fixture, gconstpointer data)
{
  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_server (fixture, "keep");
  deliver (fixture, N_RECORDS);
  lose (fixture, "o7");
  export_test_write (fixture, leave_func, NULL);
  export_test_write (fixture, remove_func, NULL);
  assert_silent (fixture);
  deliver (fixture, 0);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
  g_assert_cmpint (count (fixture, "Patient"), ==, N_PATIENTS);
}

static void
test_gone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_server (fixture, "send");
  deliver (fixture, N_RECORDS);
  lose (fixture, "o7");
  assert_figures (fixture, N_RECORDS, 0, 1);
  run = withdraw (fixture);
  assert_withdrawn (run, 1);
  g_assert_cmpint (run->trigger, ==, CR_RUN_TRIGGER_WITHDRAWAL);
  assert_receipt (fixture, run, 1, 0, 0);
  assert_figures (fixture, N_RECORDS - 1, 1, 0);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS - 1);
  assert_sound (fixture);
}

/* It is not sent again as long as it is gone, and is when it comes back. */
static void
test_returned (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) rewind = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_server (fixture, "send");
  deliver (fixture, N_RECORDS);
  lose (fixture, "o7");
  run = withdraw (fixture);
  deliver (fixture, 0);
  rewind = export_test_run (fixture, CR_RUN_TRIGGER_REWIND, NULL);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS - 1);

  find_again (fixture);
  deliver (fixture, 1);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
  assert_figures (fixture, N_RECORDS, 0, 0);
  assert_sound (fixture);
}

/* What came back before it was withdrawn stays. */
static void
test_returned_before (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_server (fixture, "send");
  deliver (fixture, N_RECORDS);
  lose (fixture, "o7");
  find_again (fixture);
  run = withdraw (fixture);
  assert_withdrawn (run, 0);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
  assert_figures (fixture, N_RECORDS, 0, 0);
}

/* A server that keeps references whole lets go of children first. */
static void
test_disconnected (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-integrity", "{}");
  add_server (fixture, "send");
  deliver (fixture, N_RECORDS);
  export_test_write (fixture, leave_func, NULL);
  run = withdraw (fixture);
  assert_withdrawn (run, N_EACH);
  assert_receipt (fixture, run, N_EACH, 0, 0);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_OBSERVATIONS);
  g_assert_cmpint (count (fixture, "Patient"), ==, 1);
  assert_figures (fixture, N_EACH, N_EACH, 0);
  deliver (fixture, 0);
  assert_sound (fixture);

  export_test_write (fixture, reconnect_func, NULL);
  deliver (fixture, N_EACH);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
  assert_figures (fixture, N_RECORDS, 0, 0);
  assert_sound (fixture);
}

static gpointer
count_names (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT count(*) FROM withdrawal WHERE patient_id IS NOT NULL OR record IS NOT NULL"
          " OR place IS NOT NULL OR file IS NOT NULL OR rid IS NOT NULL");
  gint64 n = cr_stmt_read_number (stmt, 0, error);

  return g_memdup2 (&n, sizeof n);
}

static gpointer
count_wipes (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*) FROM removal_task");
  gint64 n = cr_stmt_read_number (stmt, 0, error);

  return g_memdup2 (&n, sizeof n);
}

static gpointer
clear_wipes (CrDb *db, gpointer data, GError **error)
{
  cr_db_exec (db, "DELETE FROM removal_task", error);
  return NULL;
}

/* The ids it takes are kept until the server has answered, and not a moment longer. */
static void
test_removed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "refuse-update-as-create", data);
  add_server (fixture, "send");
  deliver (fixture, N_RECORDS);
  export_test_write (fixture, remove_func, NULL);
  export_test_write (fixture, clear_wipes, NULL);
  g_assert_cmpint (number (fixture, count_names), ==, N_EACH);
  run = withdraw (fixture);
  assert_withdrawn (run, N_EACH);
  assert_receipt (fixture, run, N_EACH, 0, 0);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_OBSERVATIONS);
  g_assert_cmpint (count (fixture, "Patient"), ==, 1);
  g_assert_cmpint (number (fixture, count_names), ==, 0);
  g_assert_cmpint (number (fixture, count_wipes), ==, 1);
  assert_sound (fixture);
}

static gpointer
retry_func (CrDb *db, gpointer run_id, GError **error)
{
  g_autoptr (CrExportRun) old = cr_runs_table_get (db, run_id, error);
  g_autoptr (CrExportRun) run = cr_runs_table_queue (
      db, old->destination_id, CR_RUN_TRIGGER_MANUAL_RETRY, run_id, "Ann", 6000, error);

  return NULL;
}

/* A refusal is never said done, and is retried. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) retry = NULL;
  g_autoptr (CrReceipt) receipt = NULL;
  const CrReceiptLine *line;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_server (fixture, "send");
  deliver (fixture, N_RECORDS);
  export_test_fault (fixture, "dest-entry-status", data);
  lose (fixture, "o7");
  lose (fixture, "o8");
  run = withdraw (fixture);
  g_assert_cmpint (run->status, ==, CR_RUN_PARTIAL);
  assert_receipt (fixture, run, 1, 1, 0);
  assert_figures (fixture, N_RECORDS - 1, 1, 1);
  receipt = export_test_write (fixture, receipt_func, run->id);
  for (guint i = 0; i < receipt->lines->len; i++)
    {
      line = receipt->lines->pdata[i];
      g_assert_true (line->status == CR_ITEM_SENT || strlen (line->error_message) > 20);
      g_assert_cmpstr (line->how, ==, "delete");
      g_assert_cmpint (line->first_ms, >, 0);
    }

  export_test_no_faults (fixture);
  export_test_write (fixture, retry_func, run->id);
  retry = withdraw (fixture);
  g_assert_cmpstr (retry->retry_of, ==, run->id);
  assert_withdrawn (retry, 1);
  assert_receipt (fixture, retry, 1, 0, 0);
  assert_figures (fixture, N_RECORDS - 2, 2, 0);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS - 2);
}

/* Nobody answers: the run waits and goes on later. */
static void
test_away (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) again = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_server (fixture, "send");
  deliver (fixture, N_RECORDS);
  export_test_fault (fixture, "dest-status", "{\"status\":503}");
  lose (fixture, "o7");
  run = withdraw (fixture);
  g_assert_cmpint (run->status, ==, CR_RUN_WAITING);
  assert_receipt (fixture, run, 0, 0, 1);
  assert_figures (fixture, N_RECORDS, 0, 1);

  export_test_no_faults (fixture);
  again = withdraw (fixture);
  assert_withdrawn (again, 1);
  assert_receipt (fixture, again, 1, 0, 0);
}

static gpointer
opt_out_func (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrDestination) destination = cr_destinations_table_get (db, data, error);

  g_hash_table_insert (destination->settings, g_strdup ("withdrawals"), g_strdup ("keep"));
  if (cr_destinations_table_update (db, destination, error))
    cr_withdrawals_note_change (db, data, FALSE, error);
  return NULL;
}

/* Whoever does not want to know any more is told nothing that waited. */
static void
test_opted_out (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_server (fixture, "send");
  deliver (fixture, N_RECORDS);
  lose (fixture, "o7");
  export_test_write (fixture, opt_out_func, fixture->destination->id);
  run = withdraw (fixture);
  assert_withdrawn (run, 0);
  assert_figures (fixture, N_RECORDS, 0, 0);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
  deliver (fixture, 0);
  assert_sound (fixture);
}

static gpointer
use_source_ids_func (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrDestination) destination = cr_destinations_table_get (db, data, error);

  g_hash_table_insert (destination->settings, g_strdup ("ids"), g_strdup ("source"));
  cr_destinations_table_update (db, destination, error);
  return NULL;
}

/* With the sources' ids, what another patient still has there stays. */
static void
test_shared (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_server (fixture, "send");
  deliver (fixture, N_RECORDS);
  export_test_write (fixture, use_source_ids_func, fixture->destination->id);
  export_test_write (fixture, leave_func, NULL);
  run = withdraw (fixture);
  /* Encounter and Observations have the same ids for both; the Patient has not. */
  assert_withdrawn (run, 1);
}

/* Files ---------------------------------------------------------------------------------------- */

static JsonObject *
read_manifest (const char *folder, CrExportRun *run)
{
  g_autofree char *path = g_build_filename (folder, run->id, "withdrawn-1.json", NULL);
  g_autofree char *text = NULL;
  gsize n;

  g_assert_true (g_file_get_contents (path, &text, &n, NULL));
  return cr_json_parse (text, (gssize) n, "manifest", NULL);
}

/* Files of a run hold many patients' lines: they stay, and a file names what is withdrawn. */
static void
test_by_run (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (JsonObject) manifest = NULL;
  g_autofree char *folder = NULL;
  JsonArray *withdrawn;

  export_test_fill (fixture);
  folder = add_folder (fixture, "run");
  deliver (fixture, N_RECORDS);
  lose (fixture, "o7");
  run = withdraw (fixture);
  assert_withdrawn (run, 1);
  manifest = read_manifest (folder, run);
  withdrawn = cr_json_array (manifest, "withdrawn");
  g_assert_cmpuint (json_array_get_length (withdrawn), ==, 1);
  g_assert_cmpstr (cr_json_string (cr_json_array_object (withdrawn, 0), "id"), ==, "o7");
  g_assert_cmpstr (cr_json_string (cr_json_array_object (withdrawn, 0), "patient_id"), ==, "p0");
  g_assert_cmpstr (cr_json_string (cr_json_array_object (withdrawn, 0), "cause"), ==, "gone");
  g_assert_cmpuint (json_array_get_length (cr_json_array (manifest, "files")), ==, 0);
  assert_sound (fixture);
}

static guint
count_files (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      n += g_file_test (child, G_FILE_TEST_IS_DIR) ? count_files (child) : 1;
    }
  return n;
}

/* Files of one patient go, with the folders that tell of them. */
static void
test_by_patient (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *mine = NULL;
  g_autofree char *other = NULL;

  export_test_fill (fixture);
  folder = add_folder (fixture, "patient");
  deliver (fixture, N_RECORDS);
  mine = g_build_filename (folder, "patient_id=p0", NULL);
  other = g_build_filename (folder, "patient_id=p1", NULL);
  g_assert_cmpuint (count_files (mine), ==, 3);
  export_test_write (fixture, remove_func, NULL);
  run = withdraw (fixture);
  assert_withdrawn (run, N_EACH + 3);
  assert_receipt (fixture, run, N_EACH + 3, 0, 0);
  g_assert_false (g_file_test (mine, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_files (other), ==, 3);
  g_assert_cmpint (number (fixture, count_names), ==, 0);
}

/* What we did not write stays: a stranger's file, and one that is not as it was. */
static void
test_not_ours (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *below = NULL;
  g_autofree char *changed = NULL;
  g_autofree char *foreign = NULL;
  g_autoptr (GDir) dir = NULL;

  export_test_fill (fixture);
  folder = add_folder (fixture, "patient");
  deliver (fixture, N_RECORDS);
  below = g_build_filename (folder, "patient_id=p0", "source_id=fhirsrc_a", "Observation", NULL);
  dir = g_dir_open (below, 0, NULL);
  changed = g_build_filename (below, g_dir_read_name (dir), NULL);
  foreign = g_build_filename (below, "notes.txt", NULL);
  g_assert_true (g_file_set_contents (changed, "somebody's", -1, NULL));
  g_assert_true (g_file_set_contents (foreign, "somebody's", -1, NULL));
  export_test_write (fixture, remove_func, NULL);
  run = withdraw (fixture);
  g_assert_cmpint (run->status, ==, CR_RUN_PARTIAL);
  assert_receipt (fixture, run, N_EACH + 2, 1, 0);
  g_assert_true (g_file_test (changed, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (foreign, G_FILE_TEST_EXISTS));
}

static void
test_bucket (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (JsonObject) root = NULL;
  g_autoptr (CrExportRun) run = NULL;
  JsonObject *bucket;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  answer = export_test_http (fixture, "GET", "/_sandbox?counts=no", NULL);
  root = cr_json_parse (g_bytes_get_data (answer, NULL), (gssize) g_bytes_get_size (answer), "it",
                        NULL);
  bucket = cr_json_object (root, "bucket");
  export_test_add_destination (
      fixture, "s3", "endpoint", cr_json_string (bucket, "endpoint"), "bucket",
      cr_json_string (bucket, "bucket"), "region", cr_json_string (bucket, "region"), "access-key",
      cr_json_string (bucket, "access_key"), "layout", "patient", "withdrawals", "send", NULL);
  export_test_set_secret (fixture, cr_json_string (bucket, "secret_key"));
  deliver (fixture, N_RECORDS);
  export_test_write (fixture, leave_func, NULL);
  run = withdraw (fixture);
  assert_withdrawn (run, N_EACH + 3);
  assert_receipt (fixture, run, N_EACH + 3, 0, 0);
  assert_figures (fixture, N_EACH, N_EACH, 0);
}

static void
add (const char *path, void (*func) (Fixture *, gconstpointer), gconstpointer data)
{
  g_test_add (path, Fixture, data, export_test_set_up, func, export_test_tear_down);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  add ("/withdrawals/not-wanted", test_not_wanted, NULL);
  add ("/withdrawals/gone", test_gone, NULL);
  add ("/withdrawals/returned", test_returned, NULL);
  add ("/withdrawals/returned-before", test_returned_before, NULL);
  add ("/withdrawals/disconnected", test_disconnected, NULL);
  add ("/withdrawals/removed", test_removed, "{}");
  add ("/withdrawals/refused", test_refused,
       "{\"status\":403,\"types\":[\"Observation\"],\"count\":1}");
  add ("/withdrawals/failed", test_refused,
       "{\"status\":500,\"types\":[\"Observation\"],\"count\":1}");
  add ("/withdrawals/away", test_away, NULL);
  add ("/withdrawals/opted-out", test_opted_out, NULL);
  add ("/withdrawals/shared", test_shared, NULL);
  add ("/withdrawals/files-by-run", test_by_run, NULL);
  add ("/withdrawals/files-by-patient", test_by_patient, NULL);
  add ("/withdrawals/not-ours", test_not_ours, NULL);
  add ("/withdrawals/bucket", test_bucket, NULL);

  return g_test_run ();
}
