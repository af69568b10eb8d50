/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "store/cr-log-tables.h"
#include "store/cr-patients-table.h"
#include "store/cr-sources-table.h"

#include <signal.h>
#include <string.h>

#define PROGRAM "chartroomctl"
#define SET_UP_KEY "sandbox-set-up"

/* The program beside the one that runs, so that a build tree works as an installation does. */
static char *
find_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;
  g_autofree char *beside = folder != NULL ? g_build_filename (folder, PROGRAM, NULL) : NULL;

  if (beside != NULL && g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  return g_find_program_in_path (PROGRAM);
}

void
cr_engine_stop_sandbox (CrEngine *self)
{
  if (self->sandbox != NULL)
    g_subprocess_send_signal (self->sandbox, SIGTERM);
  g_clear_object (&self->sandbox);
  g_clear_pointer (&self->sandbox_uri, g_free);
}

const char *
cr_engine_get_sandbox_uri (CrEngine *self)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  return self->sandbox_uri;
}

/* Setting up ----------------------------------------------------------------------------------- */

typedef struct
{
  JsonObject *description; /* (owned) (nullable) */
  GPtrArray *destinations; /* (owned) (nullable): of CrDestination, still to save */
  GPtrArray *secrets;      /* (owned) (nullable): of GHashTable, beside them */
  char *person;            /* (owned) (nullable) */
  gint64 now_ms;
} SetUp;

static void
set_up_free (gpointer data)
{
  SetUp *set_up = data;

  g_clear_pointer (&set_up->description, json_object_unref);
  g_clear_pointer (&set_up->destinations, g_ptr_array_unref);
  g_clear_pointer (&set_up->secrets, g_ptr_array_unref);
  g_free (set_up->person);
  g_free (set_up);
}

static gboolean
add_portal (CrDb *db, JsonObject *portal, gint64 now_ms, GError **error)
{
  const char *base_url = cr_json_string (portal, "fhir_base_url");
  g_autoptr (CrSource) old = cr_sources_table_get (db, base_url, NULL);
  g_autofree char *id = cr_id_new ("fhirsrc_", now_ms);
  g_autoptr (CrSource) source = NULL;

  if (old != NULL)
    return TRUE;

  source = cr_source_new (id);
  source->name = g_strdup (cr_json_string (portal, "name"));
  source->fhir_base_url = g_strdup (base_url);
  source->client_id = g_strdup (cr_json_string (portal, "client_id"));
  source->client_auth = CR_CLIENT_AUTH_NONE;
  source->created_ms = now_ms;
  return cr_sources_table_add (db, source, error);
}

static gboolean
add_patients (CrDb *db, JsonArray *patients, gint64 now_ms, GError **error)
{
  for (guint i = 0; patients != NULL && i < json_array_get_length (patients); i++)
    {
      JsonObject *each = cr_json_array_object (patients, i);
      g_autoptr (CrPatient) patient = cr_patient_new (cr_json_string (each, "clinic_id"));

      patient->name = g_strdup (cr_json_string (each, "name"));
      patient->email = g_strdup (cr_json_string (each, "email"));
      patient->birth_date = g_strdup (cr_json_string (each, "birth_date"));
      patient->sex = g_strdup (cr_json_string (each, "sex"));
      patient->created_ms = patient->updated_ms = now_ms;
      if (!cr_patients_table_upsert (db, patient, error))
        return FALSE;
    }

  return TRUE;
}

/* Once: what a person removes afterwards stays removed. Returns whether it was the first time. */
static gpointer
set_up_func (CrDb *db, gpointer data, GError **error)
{
  SetUp *set_up = data;
  g_autoptr (GError) trouble = NULL;
  g_autofree char *done = cr_settings_table_get (db, SET_UP_KEY, &trouble);

  if (trouble != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&trouble));
      return NULL;
    }
  if (!add_portal (db, cr_json_object (set_up->description, "portal"), set_up->now_ms, error))
    return NULL;
  if (done != NULL)
    return GINT_TO_POINTER (2);

  if (!add_patients (db, cr_json_array (set_up->description, "patients"), set_up->now_ms, error) ||
      !cr_settings_table_set (db, SET_UP_KEY, "yes", error))
    return NULL;
  return CR_DONE;
}

static void
add_destination (SetUp *set_up,
                 const char *name,
                 const char *kind,
                 const char *const *settings,
                 const char *secret)
{
  CrDestination *destination = cr_destination_new ("");
  GHashTable *secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  destination->name = g_strdup (name);
  destination->kind = g_strdup (kind);
  destination->is_enabled = TRUE;
  for (guint i = 0; settings[i] != NULL && settings[i + 1] != NULL; i += 2)
    g_hash_table_insert (destination->settings, g_strdup (settings[i]), g_strdup (settings[i + 1]));
  g_hash_table_insert (secrets, g_strdup ("secret"), g_strdup (secret));
  g_ptr_array_add (set_up->destinations, destination);
  g_ptr_array_add (set_up->secrets, secrets);
}

static void
plan_destinations (SetUp *set_up)
{
  JsonObject *fhir = cr_json_object (set_up->description, "fhir_destination");
  JsonObject *bucket = cr_json_object (set_up->description, "bucket");
  const char *const fhir_settings[] = { "url", cr_json_string (fhir, "url"), "auth", "bearer",
                                        NULL };
  const char *const s3_settings[] = { "endpoint",   cr_json_string (bucket, "endpoint"),
                                      "bucket",     cr_json_string (bucket, "bucket"),
                                      "region",     cr_json_string (bucket, "region"),
                                      "access-key", cr_json_string (bucket, "access_key"),
                                      "prefix",     "chartroom",
                                      NULL };

  set_up->destinations = g_ptr_array_new_with_free_func (g_object_unref);
  set_up->secrets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_hash_table_unref);
  add_destination (set_up, "Sandbox FHIR server", "fhir", fhir_settings,
                   cr_json_string (fhir, "token"));
  add_destination (set_up, "Sandbox bucket", "s3", s3_settings,
                   cr_json_string (bucket, "secret_key"));
}

static void
finish (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);

  cr_changes_tell (self->changes, CR_CHANGE_SOURCE, NULL, NULL);
  cr_changes_tell (self->changes, CR_CHANGE_PATIENT, NULL, NULL);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void save_next_destination (GTask *task);

static void
destination_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  g_autoptr (CrDestination) destination =
      cr_engine_save_destination_finish (CR_ENGINE (source), result, &error);

  if (destination == NULL && !g_error_matches (error, CR_ERROR, CR_ERROR_CONFLICT))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  g_clear_error (&error);
  save_next_destination (task);
}

/* Takes @task. */
static void
save_next_destination (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  SetUp *set_up = g_task_get_task_data (task);
  g_autoptr (CrDestination) destination = NULL;
  g_autoptr (GHashTable) secrets = NULL;

  if (set_up->destinations == NULL || set_up->destinations->len == 0)
    {
      finish (task);
      return;
    }

  destination = g_ptr_array_steal_index (set_up->destinations, 0);
  secrets = g_ptr_array_steal_index (set_up->secrets, 0);
  cr_engine_save_destination_async (self, destination, secrets, FALSE, set_up->person, NULL,
                                    destination_saved_cb, task);
}

static void
set_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  gpointer first = cr_store_write_finish (CR_STORE (source), result, &error);

  if (first == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  if (first == CR_DONE)
    plan_destinations (g_task_get_task_data (task));
  save_next_destination (task);
}

static void
described_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  SetUp *set_up = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_client_send_finish (CR_CLIENT (source), result, &error);
  gsize size;
  const char *text = NULL;

  if (reply != NULL && cr_reply_check (reply, &error))
    {
      text = g_bytes_get_data (reply->body, &size);
      set_up->description =
          cr_json_parse (text, (gssize) size, CR_SAID ("The sandbox's answer"), &error);
    }
  if (set_up->description == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  cr_store_write_async (self->store, CR_WRITE_SURE, set_up_func, set_up, NULL, NULL, NULL,
                        set_up_cb, task);
}

/* Starting ------------------------------------------------------------------------------------- */

static void
ask_description (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  g_autofree char *url = g_strconcat (self->sandbox_uri, "/_sandbox?counts=no", NULL);
  CrRequest request = { .url = url, .accept = "application/json" };

  cr_client_send_async (self->client, &request, self->cancellable, described_cb, task);
}

static void
line_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  g_autofree char *line =
      g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (source), result, NULL, NULL);

  if (line == NULL)
    {
      cr_engine_stop_sandbox (self);
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_INTERNAL,
                               "The sandbox ended before it was ready.");
      g_object_unref (task);
      return;
    }
  if (!g_str_has_prefix (line, "listening "))
    {
      g_data_input_stream_read_line_async (G_DATA_INPUT_STREAM (source), G_PRIORITY_DEFAULT,
                                           self->cancellable, line_cb, task);
      return;
    }

  self->sandbox_uri = g_strdup (line + strlen ("listening "));
  ask_description (task);
}

/* Its standard input is a pipe of ours: when this process ends, however it ends, the sandbox sees
 * the end of it and leaves. */
static gboolean
spawn (CrEngine *self, GError **error)
{
  g_autofree char *program = find_program ();
  g_autofree char *state = cr_workspace_get_path (self->workspace, "sandbox");
  g_autoptr (GError) trouble = NULL;

  if (program == NULL)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_NOT_FOUND,
                   "The program %s was not found. Install it beside Chartroom.", PROGRAM);
      return FALSE;
    }

  self->sandbox = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                                    &trouble, program, "sandbox", "--state", state, "--listen",
                                    "127.0.0.1:0", "--die-with-stdin", NULL);
  if (self->sandbox == NULL)
    g_set_error (error, CR_ERROR, CR_ERROR_INTERNAL, "The sandbox could not be started: %s",
                 trouble->message);
  return self->sandbox != NULL;
}

void
cr_engine_start_sandbox_async (CrEngine *self,
                               const char *person,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_start_sandbox_async, cancellable, callback, user_data);
  SetUp *set_up = g_new0 (SetUp, 1);
  g_autoptr (GDataInputStream) lines = NULL;
  GError *error = NULL;

  g_task_set_task_data (task, set_up, set_up_free);
  set_up->person = g_strdup (person);
  set_up->now_ms = self->clock ();
  if (!cr_workspace_is_sandbox (self->workspace))
    g_set_error (&error, CR_ERROR, CR_ERROR_BAD_INPUT,
                 "Sample patients belong in a sandbox workspace, apart from real ones.");
  else if (self->sandbox_uri != NULL)
    {
      ask_description (task);
      return;
    }
  if (error != NULL || !spawn (self, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->sandbox));
  g_data_input_stream_read_line_async (lines, G_PRIORITY_DEFAULT, self->cancellable, line_cb, task);
}

gboolean
cr_engine_start_sandbox_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
