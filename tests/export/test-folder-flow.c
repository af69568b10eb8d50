/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "export/cr-object-file.h"
#include "export/cr-sigv4.h"
#include "store/cr-connections-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-records-table.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static JsonObject *
read_manifest (const char *folder, const char *run_id)
{
  g_autofree char *path = g_build_filename (folder, run_id, "manifest.json", NULL);
  g_autofree char *text = NULL;
  JsonObject *manifest;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  manifest = cr_json_parse (text, -1, "manifest", NULL);
  g_assert_nonnull (manifest);
  return manifest;
}

/* Every part is there, with the bytes, hash and lines the manifest says; → all lines. */
static guint
check_parts (const char *folder, JsonObject *manifest)
{
  JsonArray *parts = cr_json_array (manifest, "parts");
  guint n_lines = 0;

  for (guint i = 0; i < json_array_get_length (parts); i++)
    {
      JsonObject *part = cr_json_array_object (parts, i);
      JsonArray *owners = cr_json_array (part, "owners");
      g_autofree char *path = g_build_filename (folder, cr_json_string (part, "name"), NULL);
      g_autofree char *data = NULL;
      g_autofree char *sha256 = NULL;
      gint64 n_owned = 0, lines = 0, bytes = 0;
      gsize n;
      guint n_newlines = 0;

      g_assert_true (g_file_get_contents (path, &data, &n, NULL));
      sha256 = cr_sha256_hex (data, n);
      g_assert_cmpstr (sha256, ==, cr_json_string (part, "sha256"));
      g_assert_true (cr_json_int (part, "bytes", &bytes));
      g_assert_cmpint (bytes, ==, n);
      for (gsize j = 0; j < n; j++)
        n_newlines += data[j] == '\n' ? 1 : 0;
      g_assert_true (cr_json_int (part, "lines", &lines));
      g_assert_cmpint (lines, ==, n_newlines);
      for (guint j = 0; j < json_array_get_length (owners); j++)
        {
          gint64 count = 0;

          g_assert_true (cr_json_int (cr_json_array_object (owners, j), "count", &count));
          n_owned += count;
        }
      g_assert_cmpint (n_owned, ==, lines);
      n_lines += n_newlines;
    }

  return n_lines;
}

static void
test_backfill (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) second = NULL;
  g_autoptr (CrExportRun) third = NULL;
  g_autoptr (JsonObject) manifest = NULL;
  g_autoptr (JsonObject) delta = NULL;
  g_autofree char *nothing = NULL;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);

  g_assert_cmpstr (run->error_message, ==, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS);
  g_assert_cmpuint (run->n_patients, ==, N_PATIENTS);
  g_assert_cmpuint (run->n_files, ==, 3);
  g_assert_cmpint (run->bytes, >, 0);
  manifest = read_manifest (folder, run->id);
  g_assert_cmpuint (check_parts (folder, manifest), ==, N_RECORDS);

  /* The same again sends nothing. */
  second = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);
  g_assert_cmpint (second->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (second->n_items, ==, 0);
  nothing = g_build_filename (folder, second->id, NULL);
  g_assert_false (g_file_test (nothing, G_FILE_TEST_EXISTS));

  /* A new version and a new record: a delta of two. */
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Observation\",\"id\":\"o1\",\"status\":\"amended\"}");
  export_test_save (fixture, "p1",
                    "{\"resourceType\":\"Observation\",\"id\":\"new\",\"status\":\"final\"}");
  third = export_test_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
  g_assert_cmpint (third->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (third->n_resources, ==, 2);
  delta = read_manifest (folder, third->id);
  g_assert_cmpuint (check_parts (folder, delta), ==, 2);
}

static void
test_bytes (Fixture *fixture, gconstpointer data)
{
  static const char odd[] =
      "{\"resourceType\":\"Observation\",\"id\":\"odd\",\"a\":[1.10,0.0,-0,1e-3,1E+2,"
      "123456789012345678901234567890.123,9007199254740993],\"z\":\"\\u00e4\\n\",\"b\" : 1}";
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autofree char *line = g_strconcat (odd, "\n", NULL);
  g_autofree char *patients = NULL;

  export_test_fill (fixture);
  export_test_save (fixture, "p1", odd);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);

  path = g_build_filename (folder, run->id, "Observation-1.ndjson", NULL);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, line));
  g_assert_nonnull (strstr (text, "{\"resourceType\":\"Observation\", \"id\":\"o7\",\"status\":"
                                  "\"final\",\"code\":{\"text\":\"c\"},\"valueQuantity\":{"
                                  "\"value\":1.10,\"unit\":\"7\"}"));
  g_free (path);
  path = g_build_filename (folder, run->id, "Patient-1.ndjson", NULL);
  g_assert_true (g_file_get_contents (path, &patients, NULL, NULL));
  g_assert_nonnull (strstr (patients, "urn:medblocks:patient-id"));
}

static void
test_compressed (Fixture *fixture, gconstpointer data)
{
  const char *file_type = data;
  gboolean is_zip = g_str_equal (file_type, "zip");
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autofree char *out = NULL;
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (JsonObject) manifest = NULL;
  guint n_lines = 0;
  int status;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, "file-type", file_type, NULL);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);

  name = g_strconcat ("Observation-1.ndjson.", is_zip ? "zip" : "gz", NULL);
  path = g_build_filename (folder, run->id, name, NULL);
  {
    const char *gzip[] = { "gzip", "-dc", path, NULL };
    const char *python[] = { "python3", "-c",
                             "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\n"
                             "assert z.testzip() is None\n"
                             "assert z.namelist()==['Observation-1.ndjson'],z.namelist()\n"
                             "sys.stdout.buffer.write(z.read(z.namelist()[0]))",
                             path, NULL };

    g_assert_true (g_spawn_sync (NULL, (char **) (is_zip ? python : gzip), NULL,
                                 G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status, NULL));
  }
  g_assert_true (g_spawn_check_wait_status (status, NULL));
  for (const char *p = out; *p != '\0'; p++)
    n_lines += *p == '\n' ? 1 : 0;
  g_assert_cmpuint (n_lines, ==, N_PATIENTS * N_OBSERVATIONS);
  g_assert_nonnull (strstr (out, "\"value\":1.10,"));
}

static void
test_by_patient (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (JsonObject) manifest = NULL;
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, "layout", "patient", NULL);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);

  name = g_strdup_printf ("patient_id=p1/source_id=fhirsrc_a/Encounter/%s-1.ndjson", run->id);
  path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  manifest = read_manifest (folder, run->id);
  g_assert_cmpuint (check_parts (folder, manifest), ==, N_RECORDS);
}

static gpointer
hold_second (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrHold) hold = cr_hold_new ("hold_1");

  hold->connection_id = g_strdup ("conn_1");
  hold->patient_id = g_strdup ("p1");
  hold->reason = CR_GUARD_BIRTH_DATE_DIFFERS;
  hold->created_ms = cr_time_now_ms ();
  cr_holds_table_add (db, hold, error);
  return NULL;
}

static gpointer
release (CrDb *db, gpointer data, GError **error)
{
  cr_holds_table_decide (db, "hold_1", CR_HOLD_RELEASED, "me", cr_time_now_ms (), error);
  return NULL;
}

static void
tick (void)
{
  gint64 now_ms = cr_time_now_ms ();

  while (cr_time_now_ms () < now_ms + 2)
    g_thread_yield ();
}

static void
test_hold (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) second = NULL;

  export_test_fill (fixture);
  export_test_write (fixture, hold_second, NULL);
  tick ();
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS / 2);
  g_assert_cmpuint (run->n_patients, ==, 1);

  tick ();
  export_test_write (fixture, release, NULL);
  tick ();
  second = export_test_run (fixture, CR_RUN_TRIGGER_HOLD_RELEASED, NULL);
  g_assert_cmpint (second->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (second->n_resources, ==, N_RECORDS / 2);
}

static gpointer
read_run (CrDb *db, gpointer data, GError **error)
{
  return cr_runs_table_get (db, data, error);
}

/* A folder that went away: a person must act, nothing is lost. */
static void
test_folder_gone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) retry = NULL;
  g_autoptr (CrExportRun) delta = NULL;
  g_autoptr (CrDestination) destination = NULL;
  g_autoptr (CrDestination) after = NULL;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  g_rmdir (folder);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_FAILED);
  g_assert_cmpstr (run->error_code, ==, "not_found");
  g_assert_cmpuint (run->n_resources, ==, 0);
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_nonnull (destination->action_required);
  g_assert_cmpuint (destination->n_failing, ==, N_RECORDS);

  g_mkdir (folder, 0700);
  retry = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL_RETRY, run->id);
  g_assert_cmpint (retry->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (retry->n_resources, ==, N_RECORDS);
  after = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_null (after->action_required);
  g_assert_cmpuint (after->n_failing, ==, 0);
  g_assert_cmpuint (after->n_delivered, ==, N_RECORDS);

  delta = export_test_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
  g_assert_cmpint (delta->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (delta->n_resources, ==, 0);
}

/* The flow is cut off after so many turns of the loop, again and again, until it gets through: then
 * everything is there once. */
static void
test_cut_off (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) end = NULL;
  g_autoptr (JsonObject) manifest = NULL;
  g_autoptr (CrDestination) destination = NULL;
  guint n_tries = 0;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);

  while (end == NULL && n_tries < 200)
    {
      CrExportFlow *flow = export_test_new_flow (fixture, run);
      g_autoptr (GAsyncResult) result = NULL;

      cr_export_flow_run_async (flow, NULL, export_test_keep, &result);
      for (guint i = 0; i < n_tries && result == NULL; i++)
        g_main_context_iteration (NULL, TRUE);
      cr_export_flow_suspend (flow);
      export_test_wait (&result);
      end = cr_export_flow_run_finish (flow, result, NULL);
      g_clear_object (&result);
      g_object_unref (flow);
      if (!cr_run_status_is_final (end->status))
        {
          g_assert_cmpint (end->status, ==, CR_RUN_QUEUED);
          g_clear_object (&end);
        }
      export_test_reopen (fixture);
      n_tries++;
    }

  g_test_message ("%u tries", n_tries);
  g_assert_nonnull (end);
  g_assert_cmpuint (n_tries, >, 3);
  g_assert_cmpint (end->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (end->n_resources, ==, N_RECORDS);
  g_assert_cmpuint (end->n_patients, ==, N_PATIENTS);
  manifest = read_manifest (folder, run->id);
  g_assert_cmpuint (check_parts (folder, manifest), ==, N_RECORDS);
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_delivered, ==, N_RECORDS);
}

/* In a process of its own: runs the flow and dies without a word after so many turns of the loop.
 */
static int
run_and_die (const char *store, const char *destination_id, const char *run_id, guint n_turns)
{
  Fixture fixture = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (CrExportRun) run = cr_export_run_new (run_id);
  CrExportFlow *flow;

  fixture.store = cr_store_open (store, NULL);
  fixture.client = cr_client_new (cr_time_now_ms, 8);
  fixture.destination = export_test_get_destination (&fixture, destination_id);
  flow = export_test_new_flow (&fixture, run);
  cr_export_flow_run_async (flow, NULL, export_test_keep, &result);
  for (guint i = 0; i < n_turns && result == NULL; i++)
    g_main_context_iteration (NULL, TRUE);
  _exit (result != NULL ? 0 : 77);
}

/* Killed after one turn, after two, … until a run gets through from where the last one stood. */
static void
test_killed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autofree char *store = g_build_filename (fixture->folder, "store.db", NULL);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) end = NULL;
  g_autoptr (CrExportRun) delta = NULL;
  g_autoptr (JsonObject) manifest = NULL;
  g_autoptr (CrDestination) destination = NULL;
  guint n_tries = 0;
  int status = -1;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  cr_store_close (fixture->store);
  g_clear_object (&fixture->store);

  while (status != 0 && n_tries < 100)
    {
      g_autofree char *turns = g_strdup_printf ("%u", ++n_tries);
      const char *argv[] = { "/proc/self/exe", "--die", store, fixture->destination->id,
                             run->id,          turns,   NULL };

      g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL,
                                   NULL, &status, NULL));
    }
  g_test_message ("%u tries", n_tries);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (n_tries, >, 3);

  fixture->store = cr_store_open (store, NULL);
  end = export_test_write (fixture, read_run, run->id);
  g_assert_cmpint (end->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (end->n_resources, ==, N_RECORDS);
  g_assert_cmpuint (end->n_patients, ==, N_PATIENTS);
  manifest = read_manifest (folder, run->id);
  g_assert_cmpuint (check_parts (folder, manifest), ==, N_RECORDS);
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_delivered, ==, N_RECORDS);
  delta = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);
  g_assert_cmpuint (delta->n_items, ==, 0);
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) after = NULL;
  g_autoptr (CrExportFlow) flow = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (CrExportRun) cancelled = NULL;
  gboolean is_before = GPOINTER_TO_INT (data);

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  flow = export_test_new_flow (fixture, run);
  if (is_before)
    g_cancellable_cancel (cancellable);
  cr_export_flow_run_async (flow, cancellable, export_test_keep, &result);
  for (guint i = 0; i < 8 && result == NULL; i++)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  cancelled = cr_export_flow_run_finish (flow, export_test_wait (&result), NULL);
  g_assert_cmpint (cancelled->status, ==, CR_RUN_CANCELLED);

  after = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);
  g_assert_cmpint (after->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (after->n_resources + cancelled->n_resources, ==, N_RECORDS);
}

static void
test_preflight (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  CrSenderParts parts = { fixture->client, cr_time_now_ms, NULL, NULL };
  g_autoptr (CrSender) sender = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GPtrArray) findings = NULL;
  g_autoptr (GPtrArray) gone = NULL;

  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  parts.destination = fixture->destination;
  sender = cr_sender_kind_find ("folder")->make (&parts, NULL);
  cr_sender_test_async (sender, NULL, export_test_keep, &result);
  findings = cr_sender_test_finish (sender, export_test_wait (&result), NULL);
  g_assert_true (((CrFinding *) g_ptr_array_index (findings, 0))->ok);

  g_assert_cmpint (g_rmdir (folder), ==, 0); /* so nothing was left in it */
  cr_sender_test_async (sender, NULL, export_test_keep, &second);
  gone = cr_sender_test_finish (sender, export_test_wait (&second), NULL);
  g_assert_false (((CrFinding *) g_ptr_array_index (gone, 0))->ok);
}

/* Cancels runs after more and more of their work, until some files of one had arrived. */
static CrExportRun *
cancel_midway (Fixture *fixture)
{
  for (guint i = 0;; i++)
    {
      g_autoptr (CrExportRun) run =
          export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
      g_autoptr (CrExportFlow) flow = export_test_new_flow (fixture, run);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (CrExportRun) end = NULL;

      cr_export_flow_run_async (flow, cancellable, export_test_keep, &result);
      for (guint j = 0; j < i && result == NULL; j++)
        g_main_context_iteration (NULL, TRUE);
      g_cancellable_cancel (cancellable);
      end = cr_export_flow_run_finish (flow, export_test_wait (&result), NULL);
      g_assert_cmpint (end->status, ==, CR_RUN_CANCELLED);
      if (end->n_files > 0)
        return g_steal_pointer (&end);
    }
}

/* What had arrived of a run that was cancelled is not sent again: the next run gives it its
 * manifest, once. */
static void
test_cancelled_manifest (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autofree char *path = NULL;
  g_autoptr (CrExportRun) cancelled = NULL;
  g_autoptr (CrExportRun) next = NULL;
  g_autoptr (CrExportRun) last = NULL;
  g_autoptr (JsonObject) first = NULL;
  g_autoptr (JsonObject) second = NULL;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  cancelled = cancel_midway (fixture);
  path = g_build_filename (folder, cancelled->id, "manifest.json", NULL);
  g_assert_cmpuint (cancelled->n_resources, <, N_RECORDS);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  next = export_test_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
  export_test_assert_complete (next, N_RECORDS - cancelled->n_resources);
  first = read_manifest (folder, cancelled->id);
  second = read_manifest (folder, next->id);
  g_assert_cmpuint (check_parts (folder, first), ==, cancelled->n_resources);
  g_assert_cmpuint (check_parts (folder, second), ==, next->n_resources);

  g_assert_cmpint (g_unlink (path), ==, 0);
  last = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);
  export_test_assert_complete (last, 0);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

#define ADD(path, data, func)                                                                      \
  g_test_add (path, Fixture, data, export_test_set_up, func, export_test_tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  if (argc == 6 && g_str_equal (argv[1], "--die"))
    return run_and_die (argv[2], argv[3], argv[4], (guint) g_ascii_strtoull (argv[5], NULL, 10));
  g_test_init (&argc, &argv, NULL);

  ADD ("/folder-flow/backfill", NULL, test_backfill);
  ADD ("/folder-flow/bytes", NULL, test_bytes);
  ADD ("/folder-flow/gzip", "gzip", test_compressed);
  ADD ("/folder-flow/zip", "zip", test_compressed);
  ADD ("/folder-flow/by-patient", NULL, test_by_patient);
  ADD ("/folder-flow/hold", NULL, test_hold);
  ADD ("/folder-flow/folder-gone", NULL, test_folder_gone);
  ADD ("/folder-flow/cut-off", NULL, test_cut_off);
  ADD ("/folder-flow/killed", NULL, test_killed);
  ADD ("/folder-flow/cancel-before", GINT_TO_POINTER (TRUE), test_cancel);
  ADD ("/folder-flow/cancel-during", GINT_TO_POINTER (FALSE), test_cancel);
  ADD ("/folder-flow/cancelled-manifest", NULL, test_cancelled_manifest);
  ADD ("/folder-flow/preflight", NULL, test_preflight);

  return g_test_run ();
}
