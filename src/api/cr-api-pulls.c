/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-call.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "engine/cr-wire.h"

#include <string.h>

#define MANY 1000

/* Beyond the contract: pulls, which there are seen in the dashboard only. */

void
cr_api_list_pulls (CrApiCall *call)
{
  CrPageAsk ask = { .kind = CR_PAGE_PULLS, .status = cr_api_query (call, "status") };

  cr_api_list (call, &ask);
}

void
cr_api_list_patient_pulls (CrApiCall *call)
{
  CrPageAsk ask = { .kind = CR_PAGE_PATIENT_PULLS,
                    .owner = cr_api_parameter (call, "id"),
                    .status = cr_api_query (call, "status") };

  cr_api_list (call, &ask);
}

static void
queries_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) queries = cr_engine_list_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;

  if (queries == NULL)
    {
      cr_api_fail_with (call, error, "id");
      return;
    }

  object = cr_wire_pull (call->data, queries);
  json_object_set_string_member (object, "resource_type", "pull");
  cr_api_reply (call, object);
}

static void
pull_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  CrListFilter filter = { .kind = CR_LIST_QUERIES, .pull_id = cr_api_parameter (call, "id") };
  GError *error = NULL;

  call->data = cr_engine_get_finish (CR_ENGINE (source), result, &error);
  call->free_data = g_object_unref;
  if (call->data == NULL)
    {
      call->free_data = NULL;
      cr_api_fail_with (call, error, "id");
      return;
    }

  cr_engine_list_async (call->engine, &filter, 0, MANY, cr_api_cancellable (call), queries_cb,
                        call);
}

static void
get_pull (CrApiCall *call)
{
  cr_engine_get_async (call->engine, CR_LIST_PULLS, cr_api_parameter (call, "id"),
                       cr_api_cancellable (call), pull_cb, call);
}

void
cr_api_get_pull (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "pull_"))
    get_pull (call);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) pulls = cr_engine_start_pull_finish (CR_ENGINE (source), result, &error);

  if (pulls != NULL)
    cr_api_reply_list (call, pulls, NULL);
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_SIGN_IN))
    {
      /* Nothing that asking again helps: the patient must sign in first. */
      cr_api_fail (call, CR_API_CONFLICT, NULL, "%s", error->message);
      g_error_free (error);
    }
  else
    cr_api_fail_with (call, error, NULL);
}

void
cr_api_start_pulls (CrApiCall *call)
{
  gboolean is_whole = call->body != NULL && cr_json_bool (call->body, "full", FALSE);

  cr_engine_start_pull_async (call->engine, cr_api_parameter (call, "id"),
                              cr_api_string (call, "connection"), is_whole, call->person, NULL,
                              started_cb, call);
}

static void
cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;

  if (cr_engine_cancel_pull_finish (CR_ENGINE (source), result, &error))
    get_pull (call);
  else
    cr_api_fail_with (call, error, "id");
}

void
cr_api_cancel_pull (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "pull_"))
    cr_engine_cancel_pull_async (call->engine, cr_api_parameter (call, "id"), call->person, NULL,
                                 cancelled_cb, call);
}
