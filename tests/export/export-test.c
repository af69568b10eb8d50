/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-id.h"
#include "export/cr-sender.h"
#include "fhir/cr-bundle.h"
#include "store/cr-connections-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-records-table.h"
#include "store/cr-sources-table.h"

#include <glib/gstdio.h>
#include <string.h>

void
export_test_keep (GObject *source, GAsyncResult *result, gpointer slot)
{
  *(GAsyncResult **) slot = g_object_ref (result);
}

GAsyncResult *
export_test_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

static void
open_store (Fixture *self)
{
  g_autofree char *path = g_build_filename (self->folder, "store.db", NULL);
  g_autoptr (GError) error = NULL;

  self->store = cr_store_open (path, &error);
  g_assert_no_error (error);
}

/* libsecret keeps its backend for the life of the process, and so the keyring's file too. */
static char *keyring_folder;

static void
remove_keyring (void)
{
  remove_folder (keyring_folder);
  g_free (keyring_folder);
}

static void
make_keyring (void)
{
  g_autofree char *path = NULL;

  if (keyring_folder != NULL)
    return;

  keyring_folder = g_dir_make_tmp ("chartroom-keyring-XXXXXX", NULL);
  path = g_build_filename (keyring_folder, "keyring", NULL);
  g_setenv ("SECRET_BACKEND", "file", TRUE);
  g_setenv ("SECRET_FILE_TEST_PATH", path, TRUE);
  g_setenv ("SECRET_FILE_TEST_PASSWORD", "test", TRUE);
  atexit (remove_keyring);
}

void
export_test_set_up (Fixture *self, gconstpointer data)
{
  make_keyring ();
  self->folder = g_dir_make_tmp ("chartroom-export-XXXXXX", NULL);
  open_store (self);
  self->client = cr_client_new (cr_time_now_ms, 8);
  self->vault = cr_vault_new ("test");
  self->changes = cr_changes_new ();
}

void
export_test_assert_complete (CrExportRun *run, guint n_resources)
{
  g_assert_cmpstr (run->error_message, ==, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, n_resources);
}

/* As after a kill: the store is opened anew, nothing of the flow is left. */
void
export_test_reopen (Fixture *self)
{
  cr_store_close (self->store);
  g_assert_finalize_object (g_steal_pointer (&self->store));
  open_store (self);
}

void
export_test_tear_down (Fixture *self, gconstpointer data)
{
  if (self->sandbox != NULL)
    {
      g_subprocess_force_exit (self->sandbox);
      g_subprocess_wait (self->sandbox, NULL, NULL);
      g_clear_object (&self->sandbox);
    }
  cr_store_close (self->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (g_steal_pointer (&self->store));
  cr_vault_close (self->vault);
  g_clear_object (&self->vault);
  g_clear_object (&self->client);
  g_clear_object (&self->changes);
  g_clear_object (&self->destination);
  remove_folder (self->folder);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->uri, g_free);
}

gpointer
export_test_write (Fixture *self, CrStoreFunc func, gpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gpointer value;

  cr_store_write_async (self->store, CR_WRITE_FAST, func, data, NULL, NULL, NULL, export_test_keep,
                        &result);
  value = cr_store_write_finish (self->store, export_test_wait (&result), &error);
  g_assert_no_error (error);
  return value;
}

typedef struct
{
  const char *patient_id;
  const char *portal_patient_id;
  CrBundle *bundle;
} Save;

static gpointer
save_record (CrDb *db, gpointer data, GError **error)
{
  Save *save = data;
  CrRecordOwner owner = { save->patient_id, "fhirsrc_a", save->portal_patient_id };
  CrSaveCounts counts = { 0 };
  guint n;
  const CrIncoming *incoming = cr_bundle_get_entries (save->bundle, &n);

  cr_records_table_save (db, &owner, incoming, n, NULL, "search", 1000, &counts, error);
  return NULL;
}

void
export_test_save (Fixture *self, const char *patient_id, const char *body)
{
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  g_autoptr (GError) error = NULL;
  g_autoptr (CrBundle) bundle =
      cr_bundle_from_resource (bytes, "https://portal.example/r4", &error);
  g_autofree char *portal = g_strconcat ("portal-", patient_id, NULL);
  Save save = { patient_id, portal, bundle };

  g_assert_no_error (error);
  export_test_write (self, save_record, &save);
}

static gpointer
add_people (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrSource) source = cr_source_new ("fhirsrc_a");

  source->name = g_strdup ("Portal");
  source->fhir_base_url = g_strdup ("https://portal.example/r4");
  source->created_ms = 1;
  if (!cr_sources_table_add (db, source, error))
    return NULL;

  for (guint i = 0; i < N_PATIENTS; i++)
    {
      g_autofree char *id = g_strdup_printf ("p%u", i);
      g_autofree char *connection_id = g_strdup_printf ("conn_%u", i);
      g_autoptr (CrPatient) patient = cr_patient_new (id);
      g_autoptr (CrConnection) connection = cr_connection_new (connection_id);

      g_free (patient->metadata);
      patient->metadata = g_strdup ("{}");
      patient->created_ms = 1;
      connection->patient_id = g_strdup (id);
      connection->source_id = g_strdup ("fhirsrc_a");
      connection->portal_patient_id = g_strconcat ("portal-", id, NULL);
      g_free (connection->scopes);
      connection->scopes = g_strdup ("patient/*.read");
      g_free (connection->token_endpoint);
      connection->token_endpoint = g_strdup ("https://portal.example/token");
      connection->created_ms = connection->updated_ms = 1;
      if (!cr_patients_table_add (db, patient, error) ||
          !cr_connections_table_save (db, connection, error))
        return NULL;
    }

  return NULL;
}

void
export_test_fill_without_patients (Fixture *self)
{
  export_test_write (self, add_people, NULL);
}

/* Per patient: one Patient, one Encounter, Observations with `1.10` and a line break between
 * tokens. */
void
export_test_fill (Fixture *self)
{
  export_test_fill_without_patients (self);
  for (guint i = 0; i < N_PATIENTS; i++)
    {
      g_autofree char *id = g_strdup_printf ("p%u", i);
      g_autofree char *patient = g_strdup_printf (
          "{\"resourceType\":\"Patient\",\"id\":\"portal-p%u\",\"name\":[{\"family\":\"F\"}]}", i);
      g_autofree char *encounter =
          g_strdup_printf ("{\"resourceType\":\"Encounter\",\"id\":\"e\",\"status\":\"finished\","
                           "\"class\":{\"code\":"
                           "\"AMB\"},\"subject\":{\"reference\":\"Patient/portal-p%u\"}}",
                           i);

      for (guint j = 0; j < N_OBSERVATIONS; j++)
        {
          g_autofree char *observation = g_strdup_printf (
              "{\"resourceType\":\"Observation\",\n \"id\":\"o%u\",\"status\":\"final\",\"code\":"
              "{\"text\":\"c\"},\"valueQuantity\":{\"value\":1.10,\"unit\":\"%u\"},"
              "\"subject\":{\"reference\":\"Patient/portal-p%u\"},"
              "\"encounter\":{\"reference\":\"Encounter/e\"}}",
              j, j, i);

          export_test_save (self, id, observation);
        }
      export_test_save (self, id, patient);
      export_test_save (self, id, encounter);
    }
}

static gpointer
add_destination (CrDb *db, gpointer data, GError **error)
{
  cr_destinations_table_add (db, data, error);
  return NULL;
}

void
export_test_add_destination (Fixture *self, const char *kind, const char *first_field, ...)
{
  const CrSenderKind *row = cr_sender_kind_find (kind);
  g_autofree char *id = cr_id_new ("dest_", cr_time_now_ms ());
  g_autoptr (GError) error = NULL;
  va_list args;

  g_clear_object (&self->destination);
  self->destination = cr_destination_new (id);
  self->destination->name = g_strdup (id);
  self->destination->kind = g_strdup (kind);
  self->destination->created_ms = self->destination->updated_ms = 1;
  va_start (args, first_field);
  for (const char *field = first_field; field != NULL; field = va_arg (args, const char *))
    g_hash_table_insert (self->destination->settings, g_strdup (field),
                         g_strdup (va_arg (args, const char *)));
  va_end (args);

  g_assert_true (cr_sender_kind_check (row, self->destination, NULL, &error));
  g_assert_no_error (error);
  export_test_write (self, add_destination, self->destination);
}

static gpointer
read_destination (CrDb *db, gpointer id, GError **error)
{
  return cr_destinations_table_get (db, id, error);
}

CrDestination *
export_test_get_destination (Fixture *self, const char *id)
{
  return export_test_write (self, read_destination, (gpointer) id);
}

char *
export_test_make_folder (Fixture *self)
{
  char *path = g_build_filename (self->folder, "out", NULL);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  return path;
}

void
export_test_set_secret (Fixture *self, const char *secret)
{
  g_autofree char *name = cr_sender_secret_name (self->destination->id, "secret");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_vault_set_async (self->vault, name, "test", secret, NULL, export_test_keep, &result);
  cr_vault_set_finish (self->vault, export_test_wait (&result), &error);
  g_assert_no_error (error);
}

static gpointer
add_run (CrDb *db, gpointer data, GError **error)
{
  cr_runs_table_add (db, data, error);
  return NULL;
}

CrExportRun *
export_test_add_run (Fixture *self, CrRunTrigger trigger, const char *retry_of)
{
  g_autofree char *id = cr_id_new ("run_", cr_time_now_ms ());
  CrExportRun *run = cr_export_run_new (id);

  run->destination_id = g_strdup (self->destination->id);
  run->trigger = trigger;
  run->retry_of = g_strdup (retry_of);
  run->created_ms = cr_time_now_ms ();
  export_test_write (self, add_run, run);
  return run;
}

CrExportFlow *
export_test_new_flow (Fixture *self, CrExportRun *run)
{
  CrExportParts parts = { self->store,
                          self->client,
                          self->vault,
                          self->changes,
                          self->clock != NULL ? self->clock : cr_time_now_ms,
                          run,
                          self->destination };

  return cr_export_flow_new (&parts);
}

CrExportRun *
export_test_go (Fixture *self, CrExportRun *run)
{
  g_autoptr (CrExportFlow) flow = export_test_new_flow (self, run);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  CrExportRun *after;

  cr_export_flow_run_async (flow, NULL, export_test_keep, &result);
  after = cr_export_flow_run_finish (flow, export_test_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_nonnull (after);
  return after;
}

CrExportRun *
export_test_run (Fixture *self, CrRunTrigger trigger, const char *retry_of)
{
  g_autoptr (CrExportRun) run = export_test_add_run (self, trigger, retry_of);

  return export_test_go (self, run);
}

void
export_test_start_sandbox (Fixture *self)
{
  g_autofree char *state = g_build_filename (self->folder, "sandbox", NULL);
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;

  self->sandbox =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                        g_getenv ("CHARTROOM_SANDBOX"), "--listen", "127.0.0.1:0", "--patients",
                        "1", "--state", state, "--die-with-stdin", NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->sandbox));
  line = g_data_input_stream_read_line (lines, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  g_assert_true (g_str_has_prefix (line, "listening "));
  self->uri = g_strdup (line + strlen ("listening "));
  if (g_str_has_suffix (self->uri, "/"))
    self->uri[strlen (self->uri) - 1] = '\0';
}

GBytes *
export_test_http (Fixture *self, const char *method, const char *path, const char *body)
{
  g_autofree char *url = g_strconcat (self->uri, path, NULL);
  g_autoptr (GBytes) bytes = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  cr_client_send_async (self->client,
                        &(CrRequest){
                            .method = method,
                            .url = url,
                            .body = bytes,
                            .content_type = body != NULL ? "application/json" : NULL,
                        },
                        NULL, export_test_keep, &result);
  reply = cr_client_send_finish (self->client, export_test_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, <, 300);
  return reply->body != NULL ? g_bytes_ref (reply->body) : g_bytes_new_static ("", 0);
}

void
export_test_fault (Fixture *self, const char *name, const char *parameters)
{
  g_autofree char *path = g_strconcat ("/_sandbox/faults/", name, NULL);
  g_autoptr (GBytes) answer = export_test_http (self, "PUT", path, parameters);
}

void
export_test_no_faults (Fixture *self)
{
  g_autoptr (GBytes) answer = export_test_http (self, "DELETE", "/_sandbox/faults", NULL);
}
