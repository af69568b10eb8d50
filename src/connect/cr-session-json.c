/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-session-json.h"

#include "base/cr-enum.h"
#include "base/cr-json-raw.h"
#include "base/cr-json.h"

static void
set_failure (JsonObject *object, CrFailureCode code, gint64 failure_ms)
{
  gboolean has = code != CR_FAILURE_NONE;

  cr_json_set_string (object, "failure_code",
                      has ? cr_enum_to_string (CR_TYPE_FAILURE_CODE, (int) code) : NULL);
  if (has && failure_ms > 0)
    cr_json_set_time (object, "failure_at", failure_ms);
  else
    json_object_set_null_member (object, "failure_at");
}

/* Access that lapsed since is told by the session too. */
static void
set_now (JsonObject *object, CrConnection *connection)
{
  cr_json_set_string (object, "status",
                      cr_enum_to_string (CR_TYPE_CONNECTION_STATUS, (int) connection->status));
  set_failure (object, connection->failure_code, connection->failure_ms);
}

static JsonObject *
attempt_to_json (CrAttempt *attempt)
{
  JsonObject *object = json_object_new ();

  cr_json_set_string (object, "id", attempt->connection_id);
  cr_json_set_string (object, "connection_id", attempt->source_id);
  if (attempt->connection != NULL)
    set_now (object, CR_CONNECTION (attempt->connection));
  else
    {
      cr_json_set_string (object, "status",
                          cr_enum_to_string (CR_TYPE_ATTEMPT_STATUS, (int) attempt->status));
      set_failure (object, attempt->failure_code, attempt->failure_ms);
    }
  cr_json_set_time (object, "created_at", attempt->created_ms);
  return object;
}

static JsonArray *
attempts_to_json (GPtrArray *attempts)
{
  JsonArray *array = json_array_new ();

  for (guint i = attempts != NULL ? attempts->len : 0; i > 0; i--)
    {
      CrAttempt *attempt = g_ptr_array_index (attempts, i - 1);

      if (attempt->status != CR_ATTEMPT_STARTED)
        json_array_add_object_element (array, attempt_to_json (attempt));
    }

  return array;
}

/**
 * cr_session_to_json:
 * @url: (nullable): the patient's URL
 * @attempts: (element-type CrAttempt) (nullable): oldest first, as the store lists them; those
 * still under way are left out
 *
 * Returns: (transfer full): a PatientSession of the wire contract, its connections newest first
 */
JsonObject *
cr_session_to_json (CrSession *session, const char *url, GPtrArray *attempts)
{
  JsonObject *object = json_object_new ();

  cr_json_set_string (object, "id", session->id);
  cr_json_set_string (object, "resource_type", "patient_session");
  cr_json_set_string (object, "status",
                      cr_enum_to_string (CR_TYPE_SESSION_STATUS, (int) session->status));
  cr_json_set_string (object, "url", url);
  cr_json_set_string (object, "patient_id", session->patient_id);
  cr_json_set_string (object, "connection_id", session->source_id);
  if (session->recommended != NULL && session->source_id == NULL)
    cr_json_set_strv (object, "recommended_connection_ids",
                      (const char *const *) session->recommended);
  else
    json_object_set_null_member (object, "recommended_connection_ids");
  cr_json_set_string (object, "return_url", session->return_url);
  cr_json_set_string (object, "return_button_label", session->return_button_label);
  json_object_set_array_member (object, "connections", attempts_to_json (attempts));
  cr_json_set_time (object, "expires_at", session->expires_ms);
  cr_json_set_raw (object, "metadata", session->metadata);
  cr_json_set_time (object, "created_at", session->created_ms);
  return object;
}

/**
 * cr_connection_to_event_json:
 *
 * Returns: (transfer full): what `connection.token_refresh_failed` carries: a connection as
 *   sessions list it, with the patient's id beside it
 */
JsonObject *
cr_connection_to_event_json (CrConnection *connection)
{
  JsonObject *object = json_object_new ();

  cr_json_set_string (object, "id", connection->id);
  cr_json_set_string (object, "patient_id", connection->patient_id);
  cr_json_set_string (object, "connection_id", connection->source_id);
  cr_json_set_string (object, "status",
                      cr_enum_to_string (CR_TYPE_CONNECTION_STATUS, (int) connection->status));
  set_failure (object, connection->failure_code, connection->failure_ms);
  cr_json_set_time (object, "created_at", connection->created_ms);
  return object;
}
