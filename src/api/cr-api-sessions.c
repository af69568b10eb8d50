/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-call.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "engine/cr-wire.h"

#include <string.h>

static void
reply_session (CrApiCall *call, CrSession *session)
{
  g_autofree char *url = cr_engine_get_session_url (call->engine, session);

  cr_api_reply (call, cr_wire_session (session, url, session->attempts));
}

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrSession) session =
      cr_engine_create_session_finish (CR_ENGINE (source), result, &error);

  if (session != NULL)
    reply_session (call, session);
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      g_error_free (error);
      cr_api_fail (call, CR_API_NOT_FOUND,
                   cr_api_string (call, "connection_id") != NULL ? "connection_id"
                                                                 : "recommended_connection_ids",
                   "There is no source with this id or base URL here.");
    }
  else
    cr_api_fail_with (call, error, NULL);
}

void
cr_api_create_session (CrApiCall *call)
{
  g_auto (GStrv) recommended = cr_json_strv (call->body, "recommended_connection_ids");
  g_autofree char *metadata = cr_api_object_text (call, "metadata");
  CrSessionSpec spec = { .patient_id = cr_api_string (call, "patient_id"),
                         .patient_name = cr_api_string (call, "patient_name"),
                         .patient_email = cr_api_string (call, "patient_email"),
                         .source_id = cr_api_string (call, "connection_id"),
                         .recommended = (const char *const *) recommended,
                         .return_url = cr_api_string (call, "return_url"),
                         .return_button_label = cr_api_string (call, "return_button_label"),
                         .metadata = metadata };

  cr_json_int (call->body, "expires_in", &spec.expires_in_s);
  cr_engine_create_session_async (call->engine, &spec, call->person, NULL, created_cb, call);
}

static void
got_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrSession) session = cr_engine_get_whole_finish (CR_ENGINE (source), result, &error);

  if (session != NULL)
    reply_session (call, session);
  else
    cr_api_fail_with (call, error, "id");
}

void
cr_api_get_session (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "ps_"))
    cr_engine_get_whole_async (call->engine, CR_LIST_SESSIONS, cr_api_parameter (call, "id"),
                               cr_api_cancellable (call), got_cb, call);
}

void
cr_api_list_sessions (CrApiCall *call)
{
  CrPageAsk ask = { .kind = CR_PAGE_SESSIONS,
                    .owner = cr_api_parameter (call, "id"),
                    .status = cr_api_query (call, "status") };

  cr_api_list (call, &ask);
}

/* Sources -------------------------------------------------------------------------------------- */

void
cr_api_list_sources (CrApiCall *call)
{
  CrPageAsk ask = { .kind = CR_PAGE_SOURCES,
                    .text = cr_api_query (call, "q"),
                    .type = cr_api_query (call, "type") };

  if (ask.text != NULL && ask.text[0] == '\0')
    ask.text = NULL;
  cr_api_list (call, &ask);
}

static void
source_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrSource) source = cr_engine_get_finish (CR_ENGINE (object), result, &error);

  if (source != NULL)
    cr_api_reply (call, cr_api_wire (call, source));
  else
    cr_api_fail_with (call, error, "id");
}

void
cr_api_get_source (CrApiCall *call)
{
  const char *id = cr_api_parameter (call, "id");
  g_autofree char *base = strstr (id, "://") != NULL ? cr_source_normal_base (id, NULL) : NULL;

  cr_engine_get_async (call->engine, CR_LIST_SOURCES, base != NULL ? base : id,
                       cr_api_cancellable (call), source_cb, call);
}

/* The clinician's launch from inside an EHR is not part of Chartroom. */
void
cr_api_get_launch_context (CrApiCall *call)
{
  cr_api_fail (call, CR_API_FEATURE_NOT_ENABLED, NULL,
               "Chartroom connects patients; launches from inside an EHR are not part of it.");
}
