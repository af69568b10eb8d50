/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-json.h"
#include "engine/cr-wire.h"
#include <string.h>

#define MANY 1000

/* Lists and objects, the common way ---------------------------------------------------------------
 */

static guint
number_option (CrCtlCall *call, const char *name, guint fallback)
{
  guint64 value = fallback;

  if (cr_ctl_option (call, name) != NULL)
    g_ascii_string_to_unsigned (cr_ctl_option (call, name), 10, 0, G_MAXINT, &value, NULL);
  return (guint) value;
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) objects = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  if (objects != NULL)
    cr_ctl_answer_list (user_data, objects);
  else
    cr_ctl_fail (user_data, error);
}

static void
list (CrCtlCall *call, const CrListFilter *filter)
{
  cr_engine_list_async (call->engine, filter, number_option (call, "offset", 0),
                        number_option (call, "limit", MANY), call->cancellable, listed_cb, call);
}

static void
shown_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GObject) object = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (object != NULL)
    cr_ctl_answer (user_data, cr_wire_object (object), CR_EXIT_DONE);
  else
    cr_ctl_fail (user_data, error);
}

static void
show (CrCtlCall *call, CrListKind kind)
{
  cr_engine_get_async (call->engine, kind, cr_ctl_value (call, 0), call->cancellable, shown_cb,
                       call);
}

static JsonObject *
done (CrCtlCall *call)
{
  JsonObject *object = json_object_new ();

  cr_json_set_string (object, "id", cr_ctl_value (call, 0));
  json_object_set_boolean_member (object, "ok", TRUE);
  return object;
}

static void
finish (CrCtlCall *call, gboolean ok, GError *error)
{
  if (ok)
    cr_ctl_answer (call, done (call), CR_EXIT_DONE);
  else
    cr_ctl_fail (call, error);
}

/* Settings and status ---------------------------------------------------------------------------- */

static void
settings_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GHashTable) settings =
      cr_engine_get_settings_finish (CR_ENGINE (source), result, &error);
  const char *key = cr_ctl_value (call, 0);
  g_autoptr (GList) keys = NULL;
  JsonObject *object;

  if (settings == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  if (key != NULL && !g_hash_table_contains (settings, key))
    {
      cr_ctl_fail (call,
                   g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT, "There is no setting of this name."));
      return;
    }

  object = json_object_new ();
  keys = g_list_sort (g_hash_table_get_keys (settings), (GCompareFunc) g_strcmp0);
  for (GList *l = keys; l != NULL; l = l->next)
    if (key == NULL || g_str_equal (key, l->data))
      cr_json_set_string (object, l->data, g_hash_table_lookup (settings, l->data));
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

void
cr_ctl_config_get (CrCtlCall *call)
{
  cr_engine_get_settings_async (call->engine, call->cancellable, settings_cb, call);
}

static void
setting_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_set_setting_finish (CR_ENGINE (source), result, &error);

  finish (user_data, ok, error);
}

void
cr_ctl_config_set (CrCtlCall *call)
{
  cr_engine_set_setting_async (call->engine, cr_ctl_value (call, 0), cr_ctl_value (call, 1),
                               cr_ctl_person (call), call->cancellable, setting_set_cb, call);
}

static void
add_open (JsonObject *object, const char *name, GPtrArray *rows)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < rows->len; i++)
    {
      GObject *row = g_ptr_array_index (rows, i);
      gboolean is_final = CR_IS_PULL (row) ? cr_pull_status_is_final (CR_PULL (row)->status)
                                           : cr_run_status_is_final (CR_EXPORT_RUN (row)->status);

      if (!is_final)
        json_array_add_object_element (array, cr_wire_object (row));
    }
  json_object_set_array_member (object, name, array);
}

static void
status_runs_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrEngine *engine = CR_ENGINE (source);
  GError *error = NULL;
  g_autoptr (GPtrArray) runs = cr_engine_list_finish (engine, result, &error);
  JsonObject *object = call->data;

  if (runs == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  add_open (object, "export_runs", runs);
  cr_json_set_string (object, "public_url", cr_engine_get_public_url (engine));
  cr_json_set_string (object, "keyring",
                      cr_engine_get_keyring_error (engine) != NULL
                          ? cr_engine_get_keyring_error (engine)->message
                          : NULL);
  json_object_set_boolean_member (object, "sandbox",
                                  cr_workspace_is_sandbox (cr_engine_get_workspace (engine)));
  cr_ctl_answer (call, json_object_ref (object), CR_EXIT_DONE);
}

static void
status_pulls_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrListFilter runs = { .kind = CR_LIST_RUNS };
  GError *error = NULL;
  g_autoptr (GPtrArray) pulls = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  if (pulls == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  add_open (call->data, "pulls", pulls);
  cr_engine_list_async (call->engine, &runs, 0, MANY, call->cancellable, status_runs_cb, call);
}

void
cr_ctl_status (CrCtlCall *call)
{
  CrListFilter pulls = { .kind = CR_LIST_PULLS };

  cr_ctl_set_data (call, json_object_new (), (GDestroyNotify) json_object_unref);
  cr_engine_list_async (call->engine, &pulls, 0, MANY, call->cancellable, status_pulls_cb, call);
}

/* Sources ---------------------------------------------------------------------------------------- */

static void
source_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (CrSource) saved = cr_engine_save_source_finish (CR_ENGINE (source), result, &error);

  if (saved != NULL)
    cr_ctl_answer (user_data, cr_wire_source (saved), CR_EXIT_DONE);
  else
    cr_ctl_fail (user_data, error);
}

static gboolean
require (CrCtlCall *call, const char *const *names)
{
  for (guint i = 0; names[i] != NULL; i++)
    if (cr_ctl_option (call, names[i]) == NULL)
      {
        cr_ctl_fail (call,
                     g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT, "--%s is missing.", names[i]));
        return FALSE;
      }

  return TRUE;
}

void
cr_ctl_source_add (CrCtlCall *call)
{
  static const char *const needed[] = { "name", "fhir-base-url", "client-id", NULL };
  g_autoptr (CrSource) source = cr_source_new ("");
  const char *auth = cr_ctl_option (call, "client-auth");
  int value = CR_CLIENT_AUTH_NONE;

  if (!require (call, needed))
    return;
  if (auth != NULL && !cr_enum_from_string (CR_TYPE_CLIENT_AUTH, auth, &value))
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                      "--client-auth is none, basic, post or private-key-jwt."));
      return;
    }

  source->name = g_strdup (cr_ctl_option (call, "name"));
  source->fhir_base_url = g_strdup (cr_ctl_option (call, "fhir-base-url"));
  source->client_id = g_strdup (cr_ctl_option (call, "client-id"));
  source->type = g_strdup (cr_ctl_option (call, "type"));
  source->scopes = g_strdup (cr_ctl_option (call, "scopes"));
  source->portal_url = g_strdup (cr_ctl_option (call, "portal-url"));
  source->client_auth = (CrClientAuth) value;
  cr_engine_save_source_async (call->engine, source, call->input->secret, cr_ctl_person (call),
                               call->cancellable, source_saved_cb, call);
}

void
cr_ctl_source_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_SOURCES,
                          .text = cr_ctl_option (call, "q"),
                          .type = cr_ctl_option (call, "type") };

  list (call, &filter);
}

void
cr_ctl_source_show (CrCtlCall *call)
{
  show (call, CR_LIST_SOURCES);
}

static void
findings_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) findings =
      cr_engine_test_source_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;

  if (findings == NULL)
    {
      cr_ctl_fail (user_data, error);
      return;
    }

  object = cr_wire_findings (findings);
  cr_ctl_answer (user_data, object,
                 json_object_get_boolean_member (object, "ok") ? CR_EXIT_DONE : CR_EXIT_FAILED);
}

static void
source_to_test_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrSource) tested = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (tested == NULL)
    cr_ctl_fail (call, error);
  else
    cr_engine_test_source_async (call->engine, tested, call->cancellable, findings_cb, call);
}

void
cr_ctl_source_test (CrCtlCall *call)
{
  cr_engine_get_async (call->engine, CR_LIST_SOURCES, cr_ctl_value (call, 0), call->cancellable,
                       source_to_test_cb, call);
}

static void
source_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_remove_source_finish (CR_ENGINE (source), result, &error);

  finish (user_data, ok, error);
}

void
cr_ctl_source_remove (CrCtlCall *call)
{
  cr_engine_remove_source_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                 call->cancellable, source_removed_cb, call);
}

/* Patients --------------------------------------------------------------------------------------- */

static void
patient_added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;

  if (cr_engine_save_patient_finish (CR_ENGINE (source), result, &error))
    cr_ctl_answer (call, cr_wire_patient (call->data, NULL, NULL), CR_EXIT_DONE);
  else
    cr_ctl_fail (call, error);
}

void
cr_ctl_patient_add (CrCtlCall *call)
{
  CrPatient *patient = cr_patient_new (cr_ctl_value (call, 0));

  patient->name = g_strdup (cr_ctl_option (call, "name"));
  patient->email = g_strdup (cr_ctl_option (call, "email"));
  patient->birth_date = g_strdup (cr_ctl_option (call, "birth-date"));
  patient->sex = g_strdup (cr_ctl_option (call, "sex"));
  cr_ctl_set_data (call, patient, g_object_unref);
  cr_engine_save_patient_async (call->engine, patient, TRUE, cr_ctl_person (call),
                                call->cancellable, patient_added_cb, call);
}

void
cr_ctl_patient_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_PATIENTS, .text = cr_ctl_option (call, "q") };

  list (call, &filter);
}

static void
patient_connections_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrPatient *patient = call->data;
  GError *error = NULL;
  g_autoptr (GPtrArray) connections = cr_engine_list_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;

  if (connections == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = cr_wire_patient (patient, connections, NULL);
  json_object_set_string_member (
      object, "record_status",
      cr_enum_to_string (CR_TYPE_RECORD_STATUS, (int) patient->record_status));
  json_object_set_int_member (object, "records", patient->n_records);
  cr_json_set_time (object, "last_pull_at", patient->last_pull_ms);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

static void
patient_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS, .patient_id = cr_ctl_value (call, 0) };
  GError *error = NULL;
  CrPatient *patient = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (patient == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_ctl_set_data (call, patient, g_object_unref);
  cr_engine_list_async (call->engine, &filter, 0, MANY, call->cancellable, patient_connections_cb,
                        call);
}

void
cr_ctl_patient_show (CrCtlCall *call)
{
  cr_engine_get_async (call->engine, CR_LIST_PATIENTS, cr_ctl_value (call, 0), call->cancellable,
                       patient_cb, call);
}

static void
patient_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_remove_patient_finish (CR_ENGINE (source), result, &error);

  finish (user_data, ok, error);
}

void
cr_ctl_patient_remove (CrCtlCall *call)
{
  cr_engine_remove_patient_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                  call->cancellable, patient_removed_cb, call);
}

/* Sessions --------------------------------------------------------------------------------------- */

static void
session_attempts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrSession *session = call->data;
  GError *error = NULL;
  g_autoptr (GPtrArray) attempts = cr_engine_list_finish (CR_ENGINE (source), result, &error);
  g_autofree char *url = NULL;

  if (attempts == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  url = cr_engine_get_session_url (call->engine, session);
  cr_ctl_answer (call, cr_wire_session (session, url, attempts), CR_EXIT_DONE);
}

/* Takes @session. */
static void
answer_session (CrCtlCall *call, CrSession *session)
{
  CrListFilter filter = { .kind = CR_LIST_ATTEMPTS, .session_id = session->id };

  if (call->free_data != NULL)
    call->free_data (call->data);
  cr_ctl_set_data (call, session, g_object_unref);
  cr_engine_list_async (call->engine, &filter, 0, MANY, call->cancellable, session_attempts_cb,
                        call);
}

static gboolean
session_is_done (gpointer object)
{
  return CR_SESSION (object)->status != CR_SESSION_OPEN;
}

static void
session_ended (CrCtlCall *call, GPtrArray *objects)
{
  answer_session (call, g_object_ref (g_ptr_array_index (objects, 0)));
}

static void
session_created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrSession) session =
      cr_engine_create_session_finish (CR_ENGINE (source), result, &error);
  g_autofree char *url = NULL;
  g_autofree char *line = NULL;

  if (session == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }
  if (!cr_ctl_has (call, "wait"))
    {
      answer_session (call, g_steal_pointer (&session));
      return;
    }

  url = cr_engine_get_session_url (call->engine, session);
  line = g_strdup_printf ("%s\n", url);
  call->write (TRUE, line, strlen (line), call->write_data);
  cr_ctl_wait_for (call, CR_LIST_SESSIONS, g_strsplit (session->id, " ", -1), session_is_done,
                   session_ended);
}

void
cr_ctl_session_create (CrCtlCall *call)
{
  static const char *const needed[] = { "return-url", NULL };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) recommended = NULL;
  CrSessionSpec spec = { .patient_id = cr_ctl_value (call, 0),
                         .source_id = cr_ctl_option (call, "source"),
                         .return_url = cr_ctl_option (call, "return-url"),
                         .return_button_label = cr_ctl_option (call, "return-button-label"),
                         .expires_in_s = number_option (call, "expires-in", 0) };

  if (!require (call, needed))
    return;
  for (guint i = 0; i + 1 < call->repeated->len; i += 2)
    g_strv_builder_add (builder, g_ptr_array_index (call->repeated, i + 1));
  recommended = g_strv_builder_end (builder);
  if (recommended[0] != NULL)
    spec.recommended = (const char *const *) recommended;
  cr_engine_create_session_async (call->engine, &spec, cr_ctl_person (call), call->cancellable,
                                  session_created_cb, call);
}

void
cr_ctl_session_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_SESSIONS, .patient_id = cr_ctl_value (call, 0) };

  list (call, &filter);
}

static void
session_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrSession *session = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (session != NULL)
    answer_session (user_data, session);
  else
    cr_ctl_fail (user_data, error);
}

void
cr_ctl_session_show (CrCtlCall *call)
{
  cr_engine_get_async (call->engine, CR_LIST_SESSIONS, cr_ctl_value (call, 0), call->cancellable,
                       session_cb, call);
}

/* Connections, holds, sign-ins
 * ------------------------------------------------------------------------ */

void
cr_ctl_connection_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS, .patient_id = cr_ctl_value (call, 0) };

  list (call, &filter);
}

static void
disconnected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_disconnect_finish (CR_ENGINE (source), result, &error);

  finish (user_data, ok, error);
}

void
cr_ctl_connection_disconnect (CrCtlCall *call)
{
  cr_engine_disconnect_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                              call->cancellable, disconnected_cb, call);
}

static void
data_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_remove_data_finish (CR_ENGINE (source), result, &error);

  finish (user_data, ok, error);
}

void
cr_ctl_connection_remove_data (CrCtlCall *call)
{
  cr_engine_remove_data_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                               call->cancellable, data_removed_cb, call);
}

void
cr_ctl_hold_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_HOLDS, .open_only = !cr_ctl_has (call, "all") };

  list (call, &filter);
}

static void
hold_decided_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_decide_hold_finish (CR_ENGINE (source), result, &error);

  finish (user_data, ok, error);
}

void
cr_ctl_hold_release (CrCtlCall *call)
{
  cr_engine_decide_hold_async (call->engine, cr_ctl_value (call, 0), TRUE, cr_ctl_person (call),
                               call->cancellable, hold_decided_cb, call);
}

void
cr_ctl_hold_reject (CrCtlCall *call)
{
  cr_engine_decide_hold_async (call->engine, cr_ctl_value (call, 0), FALSE, cr_ctl_person (call),
                               call->cancellable, hold_decided_cb, call);
}

void
cr_ctl_auth_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_AUTH_EVENTS, .patient_id = cr_ctl_value (call, 0) };

  list (call, &filter);
}

void
cr_ctl_event_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_EVENTS };

  list (call, &filter);
}

void
cr_ctl_audit_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_AUDIT };

  list (call, &filter);
}
