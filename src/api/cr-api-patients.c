/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-call.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-time.h"
#include "engine/cr-wire.h"

#include <string.h>

#define NO_CONNECTION "This patient has no connection with this id."

void
cr_api_health (CrApiCall *call)
{
  JsonObject *object = json_object_new ();

  json_object_set_boolean_member (object, "ok", TRUE);
  cr_json_set_time (object, "server_time", cr_engine_now_ms (call->engine));
  cr_api_reply (call, object);
}

/* Of the body, under the id given there. */
static CrPatient *
read_patient (CrApiCall *call)
{
  CrPatient *patient = cr_patient_new (cr_api_string (call, "patient_id"));

  patient->email = g_strdup (cr_api_string (call, "email"));
  patient->name = g_strdup (cr_api_string (call, "name"));
  patient->birth_date = g_strdup (cr_api_string (call, "birth_date"));
  patient->sex = g_strdup (cr_api_string (call, "sex"));
  patient->metadata = cr_api_object_text (call, "metadata");
  if (patient->metadata == NULL)
    patient->metadata = g_strdup ("{}");
  return patient;
}

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;

  if (cr_engine_save_patient_finish (CR_ENGINE (source), result, &error))
    cr_api_reply (call, cr_wire_patient (call->data, NULL, NULL));
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_CONFLICT))
    {
      g_error_free (error);
      cr_api_fail (call, CR_API_EXTERNAL_ID_EXISTS, "patient_id",
                   "A patient with this patient_id is there already.");
    }
  else
    cr_api_fail_with (call, error, NULL);
}

void
cr_api_create_patient (CrApiCall *call)
{
  call->data = read_patient (call);
  call->free_data = g_object_unref;
  cr_engine_save_patient_async (call->engine, call->data, TRUE, call->person, NULL, created_cb,
                                call);
}

void
cr_api_list_patients (CrApiCall *call)
{
  CrPageAsk ask = { .kind = CR_PAGE_PATIENTS,
                    .id = cr_api_query (call, "patient_id"),
                    .email = cr_api_query (call, "email") };

  cr_api_list (call, &ask);
}

/* An authorization that failed stands beside the connections, under an id that nothing else has. */
static JsonObject *
wire_failed (CrAttempt *attempt)
{
  const char *number = strchr (attempt->id, '_');
  g_autofree char *id = g_strconcat ("conn_", number != NULL ? number + 1 : attempt->id, NULL);
  g_autoptr (CrConnection) failed = cr_connection_new (id);
  JsonObject *object;

  failed->session_id = g_strdup (attempt->session_id);
  failed->source_id = g_strdup (attempt->source_id);
  failed->failure_code = attempt->failure_code;
  failed->failure_ms = attempt->failure_ms;
  failed->created_ms = attempt->created_ms;
  failed->updated_ms = MAX (attempt->failure_ms, attempt->created_ms);
  object = cr_wire_connection (failed);
  json_object_set_string_member (object, "status", "failed");
  return object;
}

/* Both lists are newest first already when they meet here. */
static JsonArray *
merge (GPtrArray *connections, GPtrArray *attempts)
{
  JsonArray *array = json_array_new ();
  guint i = 0, j = 0;

  while (i < connections->len || j < attempts->len)
    {
      CrConnection *connection = i < connections->len ? g_ptr_array_index (connections, i) : NULL;
      CrAttempt *attempt = j < attempts->len ? g_ptr_array_index (attempts, j) : NULL;

      if (attempt == NULL || (connection != NULL && connection->created_ms >= attempt->created_ms))
        {
          json_array_add_object_element (array, cr_wire_connection (connection));
          i++;
        }
      else
        {
          json_array_add_object_element (array, wire_failed (attempt));
          j++;
        }
    }
  return array;
}

static int
newest_first (gconstpointer a, gconstpointer b)
{
  gint64 first = (*(CrConnection *const *) a)->created_ms;
  gint64 second = (*(CrConnection *const *) b)->created_ms;

  return first > second ? -1 : first < second;
}

static void
got_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrPatient) patient = cr_engine_get_whole_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;

  if (patient == NULL)
    {
      cr_api_fail_with (call, error, "id");
      return;
    }

  cr_api_note_look (call, CR_LOOK_PATIENT);
  g_ptr_array_sort (patient->connections, newest_first);
  object = cr_wire_patient (patient, NULL, NULL);
  json_object_set_array_member (object, "connections",
                                merge (patient->connections, patient->failed_attempts));
  cr_api_reply (call, object);
}

void
cr_api_get_patient (CrApiCall *call)
{
  cr_engine_get_whole_async (call->engine, CR_LIST_PATIENTS, cr_api_parameter (call, "id"),
                             cr_api_cancellable (call), got_cb, call);
}

static void
replaced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrPatient) patient =
      cr_engine_replace_patient_finish (CR_ENGINE (source), result, &error);

  if (patient != NULL)
    cr_api_reply (call, cr_wire_patient (patient, NULL, NULL));
  else
    cr_api_fail_with (call, error, NULL);
}

void
cr_api_update_patient (CrApiCall *call)
{
  if (strcmp (cr_api_string (call, "patient_id"), cr_api_parameter (call, "id")) != 0)
    {
      cr_api_fail (call, CR_API_BAD_REQUEST, "patient_id",
                   "patient_id must be the id of the address: ids do not change.");
      return;
    }

  call->data = read_patient (call);
  call->free_data = g_object_unref;
  cr_engine_replace_patient_async (call->engine, call->data, call->person, NULL, replaced_cb, call);
}

JsonObject *
cr_api_patient_tombstone (CrApiCall *call)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", cr_api_parameter (call, "id"));
  json_object_set_string_member (object, "resource_type", "patient");
  json_object_set_boolean_member (object, "deleted", TRUE);
  return object;
}

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrRemoval) removal =
      cr_engine_remove_patient_finish (CR_ENGINE (source), result, &error);

  if (removal != NULL)
    cr_api_reply (call, cr_api_patient_tombstone (call));
  else
    cr_api_fail_with (call, error, "id");
}

void
cr_api_delete_patient (CrApiCall *call)
{
  cr_engine_remove_patient_async (call->engine, cr_api_parameter (call, "id"), call->person, NULL,
                                  removed_cb, call);
}

static void
reply_disconnected (CrApiCall *call)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", cr_api_parameter (call, "connection_id"));
  json_object_set_string_member (object, "resource_type", "connection");
  json_object_set_boolean_member (object, "disconnected", TRUE);
  cr_api_reply (call, object);
}

static void
disconnected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;

  if (cr_engine_disconnect_finish (CR_ENGINE (source), result, &error))
    reply_disconnected (call);
  else
    cr_api_fail_with (call, error, "connection_id");
}

static void
connection_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrConnection) connection = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (connection == NULL && !g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      cr_api_fail_with (call, error, "connection_id");
      return;
    }
  g_clear_error (&error);

  if (connection == NULL || strcmp (connection->patient_id, cr_api_parameter (call, "id")) != 0)
    cr_api_fail (call, CR_API_NOT_FOUND, "connection_id", NO_CONNECTION);
  else if (connection->status == CR_CONNECTION_DISCONNECTED)
    reply_disconnected (call);
  else
    cr_engine_disconnect_async (call->engine, connection->id, call->person, NULL, disconnected_cb,
                                call);
}

void
cr_api_disconnect (CrApiCall *call)
{
  if (cr_api_check_id (call, "connection_id", "conn_"))
    cr_engine_get_async (call->engine, CR_LIST_CONNECTIONS,
                         cr_api_parameter (call, "connection_id"), cr_api_cancellable (call),
                         connection_cb, call);
}
