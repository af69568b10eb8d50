/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "export/cr-fhir-batch.h"
#include "export/cr-object-sender.h"
#include "export/cr-sender.h"
#include "store/cr-exports-table.h"
#include "store/cr-reconcile.h"

#include <glib/gstdio.h>
#include <string.h>

/* How destinations are known to fail, row by row, and what they must come to here. */
#define OPEN "/dest-open/fhir"

static void
add_open (Fixture *fixture, const char *ids)
{
  g_autofree char *url = g_strconcat (fixture->uri, OPEN, NULL);

  export_test_add_destination (fixture, "fhir", "url", url, "ids", ids, NULL);
}

static JsonObject *
describe (Fixture *fixture, const char *member)
{
  g_autoptr (GBytes) answer = export_test_http (fixture, "GET", "/_sandbox?counts=no", NULL);
  g_autoptr (JsonObject) root = cr_json_parse (g_bytes_get_data (answer, NULL),
                                               (gssize) g_bytes_get_size (answer), "it", NULL);

  return json_object_ref (cr_json_object (root, member));
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

static CrExportRun *
backfill (Fixture *fixture)
{
  return export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
}

static gpointer
read_preview (CrDb *db, gpointer data, GError **error)
{
  return cr_runs_table_preview_retry (db, data, error);
}

/* The server chooses the ids: records are found again by an identifier, once is as twice. */
static void
test_x01 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) second = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "refuse-update-as-create", data);
  add_open (fixture, "namespaced");
  run = backfill (fixture);
  export_test_assert_complete (run, N_RECORDS);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
  second = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);
  export_test_assert_complete (second, 0);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
}

static void
test_x02 (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = g_strnfill (90, 'a');
  g_autofree char *body =
      g_strdup_printf ("{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\"}", id);
  g_autofree char *name = cr_fhir_name ("fhirsrc_a", "p0", "Observation", id);
  g_autofree char *path = g_strconcat (OPEN "/Observation/", name, NULL);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (GBytes) there = NULL;

  export_test_fill (fixture);
  export_test_save (fixture, "p0", body);
  export_test_start_sandbox (fixture);
  add_open (fixture, "namespaced");
  run = backfill (fixture);
  export_test_assert_complete (run, N_RECORDS + 1);
  g_assert_cmpuint (strlen (name), <=, 64);
  there = export_test_http (fixture, "GET", path, NULL);
  /* The original id stays, as an identifier. */
  g_assert_nonnull (
      g_strstr_len (g_bytes_get_data (there, NULL), (gssize) g_bytes_get_size (there), id));
}

static void
test_x03 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Observation\",\"id\":\"first\",\"status\":\"final\","
                    "\"hasMember\":[{\"reference\":\"Observation/last\"}]}");
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Observation\",\"id\":\"last\",\"status\":\"final\"}");
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-integrity", "{}");
  add_open (fixture, "namespaced");
  run = backfill (fixture);
  export_test_assert_complete (run, N_RECORDS + 2);
}

typedef struct
{
  const char *status;
  const char *code;
  const char *words;
  gboolean is_retried; /* by a retry that is not forced */
} Class;

static const Class classes[] = {
  { "409", "conflict", "Another write was in the way", TRUE },
  { "410", "conflict", "deleted at the server; restore it there", FALSE },
  { "412", "conflict", "More than one record of the server matches", TRUE },
  { "422", "bad_input", "breaks a rule of the server", FALSE },
  { "429", "busy", "failed with this record", TRUE },
};

/* Each class has words of its own; what is left by a retry is said before, and sent when a person
 * insists. */
static void
test_x04 (Fixture *fixture, gconstpointer data)
{
  const Class *row = data;
  g_autofree char *parameters =
      g_strdup_printf ("{\"status\":%s,\"types\":[\"Observation\"],\"count\":4}", row->status);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) automatic = NULL;
  g_autoptr (CrExportRun) retry = NULL;
  g_autoptr (CrRetryPreview) preview = NULL;
  const CrErrorCause *cause;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-entry-status", parameters);
  add_open (fixture, "namespaced");
  run = backfill (fixture);
  g_assert_cmpint (run->status, ==, CR_RUN_PARTIAL);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS - 4);
  g_assert_cmpstr (run->error_code, ==, row->code);
  g_assert_nonnull (strstr (run->error_message, row->words));

  preview = export_test_write (fixture, read_preview, run->id);
  g_assert_cmpuint (preview->n_retried, ==, row->is_retried ? 4 : 0);
  g_assert_cmpuint (preview->n_left, ==, row->is_retried ? 0 : 4);
  g_assert_cmpuint (preview->causes->len, ==, 1);
  cause = g_ptr_array_index (preview->causes, 0);
  g_assert_cmpuint (cause->n, ==, 4);
  g_assert_nonnull (strstr (cause->example, "Observation"));

  export_test_no_faults (fixture);
  automatic = export_test_run (fixture, CR_RUN_TRIGGER_AUTOMATIC_RETRY, run->id);
  export_test_assert_complete (automatic, row->is_retried ? 4 : 0);
  retry = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL_RETRY, run->id);
  export_test_assert_complete (retry, row->is_retried ? 0 : 4);
}

/* With the sources' own ids, two patients may mean different records by one. */
static void
test_x05 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrDestination) destination = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_open (fixture, "source");
  run = backfill (fixture);
  g_assert_cmpint (run->status, ==, CR_RUN_PARTIAL);
  g_assert_nonnull (strstr (run->error_message, "use namespaced ids"));

  /* Of each id one is there, and it is the first's, not the last's; what is not there is not said
   * to be. */
  g_assert_cmpuint (run->n_resources, ==, N_OBSERVATIONS + 1 + N_PATIENTS);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_OBSERVATIONS);
  for (guint i = 0; i < N_OBSERVATIONS; i += 83)
    {
      g_autofree char *path = g_strdup_printf (OPEN "/Observation/o%u", i);
      g_autoptr (GBytes) there = export_test_http (fixture, "GET", path, NULL);

      g_assert_nonnull (g_strstr_len (g_bytes_get_data (there, NULL),
                                      (gssize) g_bytes_get_size (there), "Patient/portal-p0"));
    }
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_failing, ==, N_OBSERVATIONS + 1);
  g_assert_cmpuint (destination->n_delivered, ==, run->n_resources);
}

static void
add_bucket (Fixture *fixture)
{
  g_autoptr (JsonObject) bucket = describe (fixture, "bucket");

  export_test_add_destination (fixture, "s3", "endpoint", cr_json_string (bucket, "endpoint"),
                               "bucket", cr_json_string (bucket, "bucket"), "access-key",
                               cr_json_string (bucket, "access_key"), NULL);
  export_test_set_secret (fixture, cr_json_string (bucket, "secret_key"));
}

static void
test_x07 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_bucket (fixture);
  export_test_fault (fixture, "s3-checksum", "{}");
  run = backfill (fixture);
  export_test_assert_complete (run, N_RECORDS);
}

/* The record right behind the watermark is sent once, the one right at it not again. */
static void
test_x08 (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  run = backfill (fixture);
  export_test_assert_complete (run, N_RECORDS);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *body = g_strdup_printf (
          "{\"resourceType\":\"Observation\",\"id\":\"new%u\",\"status\":\"final\"}", i);
      g_autoptr (CrExportRun) delta = NULL;
      g_autoptr (CrExportRun) nothing = NULL;

      export_test_save (fixture, "p0", body);
      delta = export_test_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
      export_test_assert_complete (delta, 1);
      nothing = export_test_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
      export_test_assert_complete (nothing, 0);
    }
}

static void
test_x09 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) retry = NULL;
  g_autoptr (CrDestination) destination = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-entry-status",
                     "{\"status\":422,\"types\":[\"Observation\"],\"count\":3}");
  add_open (fixture, "namespaced");
  run = backfill (fixture);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS - 3);
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_delivered, ==, N_RECORDS - 3);
  g_assert_cmpuint (destination->n_failing, ==, 3);
  export_test_no_faults (fixture);
  retry = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL_RETRY, run->id);
  export_test_assert_complete (retry, 3);
}

/* A run whose files were not all written has no manifest. */
static guint
ask_manifest (Fixture *fixture, CrExportRun *run)
{
  g_autoptr (JsonObject) bucket = describe (fixture, "bucket");
  g_autoptr (GHashTable) secrets = g_hash_table_new (g_str_hash, g_str_equal);
  CrSenderParts parts = { fixture->client, cr_time_now_ms, fixture->destination, secrets };
  g_autofree char *key = g_strconcat (run->id, "/manifest.json", NULL);
  g_autoptr (CrSender) sender = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (CrReply) reply = NULL;

  g_hash_table_insert (secrets, (gpointer) "secret",
                       (gpointer) cr_json_string (bucket, "secret_key"));
  sender = cr_sender_kind_find ("s3")->make (&parts, NULL);
  cr_object_sender_call_async (CR_OBJECT_SENDER (sender),
                               &(CrObjectCall){ .verb = CR_OBJECT_GET, .key = key }, NULL,
                               export_test_keep, &result);
  reply =
      cr_object_sender_call_finish (CR_OBJECT_SENDER (sender), export_test_wait (&result), NULL);
  return reply->status;
}

static void
test_x10 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) retry = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_bucket (fixture);
  /* One file alone is refused: a manifest could be written after it. */
  export_test_fault (fixture, "s3-denied", "{\"methods\":[\"PUT\"],\"after\":2,\"count\":1}");
  run = backfill (fixture);
  g_assert_cmpint (run->status, ==, CR_RUN_FAILED);
  g_assert_cmpuint (run->n_files, <, 3);
  /* Whoever reads goes by the manifest: without all files there is none. */
  g_assert_cmpuint (ask_manifest (fixture, run), ==, 404);
  retry = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL_RETRY, run->id);
  g_assert_cmpuint (ask_manifest (fixture, run), ==, 200);
  g_assert_cmpuint (ask_manifest (fixture, retry), ==, 200);
  g_assert_cmpint (retry->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources + retry->n_resources, ==, N_RECORDS);
}

static void
add_oauth (Fixture *fixture)
{
  g_autoptr (JsonObject) destination = describe (fixture, "fhir_destination");
  JsonObject *oauth = cr_json_object (destination, "client_credentials");

  export_test_add_destination (fixture, "fhir", "url", cr_json_string (destination, "url"), "auth",
                               "oauth2", "token-url", cr_json_string (oauth, "token_url"),
                               "client-id", cr_json_string (oauth, "client_id"), "scope",
                               cr_json_string (oauth, "scope"), NULL);
  export_test_set_secret (fixture, cr_json_string (oauth, "client_secret"));
}

/* The token ends in the middle: renewed once; refused again: a person must act. */
static void
test_x11 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) refused = NULL;
  g_autoptr (CrExportRun) retry = NULL;
  g_autoptr (CrDestination) destination = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  add_oauth (fixture);
  export_test_fault (fixture, "dest-status", "{\"status\":401,\"after\":3,\"count\":1}");
  run = backfill (fixture);
  export_test_assert_complete (run, N_RECORDS);

  add_oauth (fixture);
  export_test_fault (fixture, "dest-status", "{\"status\":401,\"after\":3}");
  refused = backfill (fixture);
  g_assert_cmpint (refused->status, ==, CR_RUN_FAILED);
  g_assert_cmpstr (refused->error_code, ==, "sign_in");
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_nonnull (destination->action_required);
  g_assert_cmpuint (destination->n_delivered, ==, refused->n_resources);

  /* When a person has acted, the rest is sent, and nothing twice. */
  export_test_no_faults (fixture);
  retry = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL_RETRY, refused->id);
  export_test_assert_complete (retry, N_RECORDS - refused->n_resources);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
}

/* A warning is no failure. */
static void
test_x12 (void)
{
  CrExportEntry *entry = cr_export_entry_new (1, 1);

  cr_fhir_outcome_set (entry, 200, "warning: this record does not exist elsewhere");
  g_assert_cmpint (entry->status, ==, CR_ITEM_SENT);
  g_assert_null (entry->error_message);
  cr_fhir_outcome_set (entry, 400, "first; second");
  g_assert_cmpint (entry->status, ==, CR_ITEM_FAILED);
  g_assert_nonnull (strstr (entry->error_message, "first; second"));
  cr_export_entry_free (entry);
}

static gboolean
cancel_cb (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
pause_cb (gpointer flow)
{
  cr_export_flow_set_paused (flow, TRUE);
  return G_SOURCE_REMOVE;
}

/* A retry that is cancelled gives back what it took from the retry list. */
static void
test_cancelled_retry (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) retry = NULL;
  g_autoptr (CrExportRun) cancelled = NULL;
  g_autoptr (CrExportRun) next = NULL;
  g_autoptr (CrExportFlow) flow = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (CrDestination) destination = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-entry-status",
                     "{\"status\":409,\"types\":[\"Observation\"],\"count\":5}");
  add_open (fixture, "namespaced");
  run = backfill (fixture);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS - 5);

  export_test_fault (fixture, "dest-slow", "{\"delay_ms\":20000}");
  retry = export_test_add_run (fixture, CR_RUN_TRIGGER_MANUAL_RETRY, run->id);
  flow = export_test_new_flow (fixture, retry);
  g_timeout_add (700, cancel_cb, cancellable);
  cr_export_flow_run_async (flow, cancellable, export_test_keep, &result);
  cancelled = cr_export_flow_run_finish (flow, export_test_wait (&result), NULL);
  g_assert_cmpint (cancelled->status, ==, CR_RUN_CANCELLED);
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_failing, ==, 5);

  export_test_no_faults (fixture);
  next = export_test_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
  export_test_assert_complete (next, 5);
}

/* Paused: what is out is finished, the rest goes on where it stopped. */
static void
test_pause (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) paused = NULL;
  g_autoptr (CrExportRun) end = NULL;
  g_autoptr (CrExportFlow) flow = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-slow", "{\"delay_ms\":300}");
  add_open (fixture, "namespaced");
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  flow = export_test_new_flow (fixture, run);
  g_timeout_add (500, pause_cb, flow);
  cr_export_flow_run_async (flow, NULL, export_test_keep, &result);
  paused = cr_export_flow_run_finish (flow, export_test_wait (&result), NULL);
  g_assert_cmpint (paused->status, ==, CR_RUN_WAITING);
  g_assert_cmpint (paused->waiting_for, ==, CR_WAIT_PAUSED);
  g_assert_cmpuint (paused->n_resources, <, N_RECORDS);

  export_test_no_faults (fixture);
  end = export_test_go (fixture, run);
  export_test_assert_complete (end, N_RECORDS);
}

static gpointer
load_expected (CrDb *db, gpointer data, GError **error)
{
  return cr_reconcile_load (db, data, error);
}

static gpointer
send_missing (CrDb *db, gpointer data, GError **error)
{
  return cr_reconcile_send (db, data, "me", cr_time_now_ms (), error);
}

static CrReconciliation *
recount (Fixture *fixture)
{
  CrSenderParts parts = { fixture->client, cr_time_now_ms, fixture->destination, NULL };
  g_autoptr (CrSender) sender =
      cr_sender_kind_find (fixture->destination->kind)->make (&parts, NULL);
  CrReconciliation *found = export_test_write (fixture, load_expected, fixture->destination->id);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_sender_recount_async (sender, fixture->store, found, NULL, export_test_keep, &result);
  g_assert_true (cr_sender_recount_finish (sender, export_test_wait (&result), &error));
  g_assert_no_error (error);
  return found;
}

/* A file that somebody deleted is missed, and what was in it is sent again, in a new one. */
static void
test_reconcile_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autofree char *name = NULL;
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) queued = NULL;
  g_autoptr (CrExportRun) again = NULL;
  g_autoptr (CrReconciliation) before = NULL;
  g_autoptr (CrReconciliation) found = NULL;
  g_autoptr (CrReconciliation) after = NULL;
  g_autoptr (CrReconciliation) spoilt = NULL;
  g_autoptr (CrDestination) destination = NULL;
  g_autofree char *text = NULL;
  gsize n_bytes = 0;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  run = backfill (fixture);
  export_test_assert_complete (run, N_RECORDS);
  before = recount (fixture);
  g_assert_cmpuint (cr_reconciliation_missing (before), ==, 0);

  name = g_strdup_printf ("%s/%s/Encounter-1.ndjson", folder, run->id);
  g_assert_cmpint (g_unlink (name), ==, 0);
  found = recount (fixture);
  g_assert_cmpuint (cr_reconciliation_missing (found), ==, N_PATIENTS);
  queued = export_test_write (fixture, send_missing, found);
  again = export_test_go (fixture, queued);
  export_test_assert_complete (again, N_PATIENTS);
  after = recount (fixture);
  g_assert_cmpuint (cr_reconciliation_missing (after), ==, 0);
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_delivered, ==, N_RECORDS);

  /* As long as before, and not the same. */
  g_free (name);
  name = g_strdup_printf ("%s/%s/Patient-1.ndjson", folder, run->id);
  g_assert_true (g_file_get_contents (name, &text, &n_bytes, NULL));
  text[n_bytes / 2] ^= 1;
  g_assert_true (g_file_set_contents (name, text, (gssize) n_bytes, NULL));
  spoilt = recount (fixture);
  g_assert_cmpuint (cr_reconciliation_missing (spoilt), ==, N_PATIENTS);
}

/* The id of a record there that we delivered. */
static char *
one_of_ours (Fixture *fixture, const char *type)
{
  g_autofree char *path = g_strdup_printf (OPEN "/%s?_count=10", type);
  g_autoptr (GBytes) answer = export_test_http (fixture, "GET", path, NULL);
  g_autoptr (JsonObject) bundle = cr_json_parse (g_bytes_get_data (answer, NULL),
                                                 (gssize) g_bytes_get_size (answer), "page", NULL);
  JsonArray *entries = cr_json_array (bundle, "entry");

  for (guint i = 0; i < json_array_get_length (entries); i++)
    {
      JsonObject *resource = cr_json_object (cr_json_array_object (entries, i), "resource");
      const char *id = cr_json_string (resource, "id");

      if (!g_str_has_prefix (id, "theirs-"))
        return g_strdup (id);
    }

  g_assert_not_reached ();
}

/* Nothing but what is missing is sent again, and what others keep there counts for nothing. @data:
 * (nullable): a fault under which the server chooses the ids */
static void
test_reconcile_fhir (Fixture *fixture, gconstpointer data)
{
  static const char *const foreign = "{\"resourceType\":\"Observation\",\"id\":\"theirs-%u\","
                                     "\"status\":\"final\",\"code\":{\"text\":\"x\"}}";
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) queued = NULL;
  g_autoptr (CrExportRun) again = NULL;
  g_autoptr (CrReconciliation) before = NULL;
  g_autoptr (CrReconciliation) found = NULL;
  g_autoptr (CrReconciliation) after = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  if (data != NULL)
    export_test_fault (fixture, "refuse-update-as-create", data);
  add_open (fixture, "namespaced");
  run = backfill (fixture);
  export_test_assert_complete (run, N_RECORDS);
  before = recount (fixture);
  g_assert_cmpuint (cr_reconciliation_missing (before), ==, 0);

  export_test_no_faults (fixture);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *body = g_strdup_printf (foreign, i);
      g_autofree char *theirs = g_strdup_printf (OPEN "/Observation/theirs-%u", i);
      g_autofree char *ours = one_of_ours (fixture, "Observation");
      g_autoptr (GBytes) put = export_test_http (fixture, "PUT", theirs, body);
      g_autofree char *gone = g_strconcat (OPEN "/Observation/", ours, NULL);
      g_autoptr (GBytes) answer = export_test_http (fixture, "DELETE", gone, NULL);
    }
  if (data != NULL)
    export_test_fault (fixture, "refuse-update-as-create", data);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
  found = recount (fixture);
  g_assert_cmpuint (cr_reconciliation_missing (found), ==, 3);
  g_assert_cmpuint (found->missing->len, ==, 3);
  queued = export_test_write (fixture, send_missing, found);
  again = export_test_go (fixture, queued);
  export_test_assert_complete (again, 3);
  g_assert_cmpint (count (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS + 3);
  after = recount (fixture);
  g_assert_cmpuint (cr_reconciliation_missing (after), ==, 0);
}

#define ADD(path, data, func)                                                                      \
  g_test_add (path, Fixture, data, export_test_set_up, func, export_test_tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  ADD ("/export/rows/X01-client-ids-refused", "{}", test_x01);
  ADD ("/export/rows/X02-long-id", NULL, test_x02);
  ADD ("/export/rows/X03-missing-target", NULL, test_x03);
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/export/rows/X04-status-%s", classes[i].status);

      ADD (path, &classes[i], test_x04);
    }
  ADD ("/export/rows/X05-duplicate-id", NULL, test_x05);
  ADD ("/export/rows/X06-no-update-as-create", "{\"status\":404}", test_x01);
  ADD ("/export/rows/X07-newer-checksums-refused", NULL, test_x07);
  ADD ("/export/rows/X08-at-the-watermark", NULL, test_x08);
  ADD ("/export/rows/X09-partial-batch", NULL, test_x09);
  ADD ("/export/rows/X10-cut-short", NULL, test_x10);
  ADD ("/export/rows/X11-token-ends", NULL, test_x11);
  g_test_add_func ("/export/rows/X12-warnings", test_x12);
  ADD ("/export/retry/cancelled", NULL, test_cancelled_retry);
  ADD ("/export/run/paused", NULL, test_pause);
  ADD ("/export/reconcile/folder", NULL, test_reconcile_folder);
  ADD ("/export/reconcile/fhir", NULL, test_reconcile_fhir);
  ADD ("/export/reconcile/fhir-chooses-ids", "{}", test_reconcile_fhir);

  return g_test_run ();
}
