/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-call.h"

#include "engine/cr-wire.h"

#define MANY 1000

/* Beyond the contract: where records go and what became of them; never how to get in there. */

void
cr_api_list_destinations (CrApiCall *call)
{
  CrPageAsk ask = { .kind = CR_PAGE_DESTINATIONS };

  cr_api_list (call, &ask);
}

static void
destination_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrDestination) destination = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (destination != NULL)
    cr_api_reply (call, cr_api_wire (call, destination));
  else
    cr_api_fail_with (call, error, "id");
}

void
cr_api_get_destination (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "dest_"))
    cr_engine_get_async (call->engine, CR_LIST_DESTINATIONS, cr_api_parameter (call, "id"),
                         cr_api_cancellable (call), destination_cb, call);
}

void
cr_api_list_runs (CrApiCall *call)
{
  CrPageAsk ask = { .kind = CR_PAGE_RUNS,
                    .owner = cr_api_parameter (call, "id"),
                    .status = cr_api_query (call, "status") };

  cr_api_list (call, &ask);
}

void
cr_api_list_items (CrApiCall *call)
{
  CrPageAsk ask = { .kind = CR_PAGE_ITEMS,
                    .owner = cr_api_parameter (call, "id"),
                    .status = cr_api_query (call, "status") };

  cr_api_list (call, &ask);
}

/* The causes are those of the items that failed. */
static void
failed_items_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) items = cr_engine_list_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;

  if (items == NULL)
    {
      cr_api_fail_with (call, error, "id");
      return;
    }

  object = cr_wire_run (call->data, items);
  json_object_remove_member (object, "items");
  json_object_set_string_member (object, "resource_type", "export_run");
  cr_api_reply (call, object);
}

static void
run_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  CrListFilter filter = { .kind = CR_LIST_ITEMS,
                          .run_id = cr_api_parameter (call, "id"),
                          .failed_only = TRUE };
  GError *error = NULL;
  CrExportRun *run = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (run == NULL)
    {
      cr_api_fail_with (call, error, "id");
      return;
    }

  call->data = run;
  call->free_data = g_object_unref;
  cr_engine_list_async (call->engine, &filter, 0, MANY, cr_api_cancellable (call), failed_items_cb,
                        call);
}

void
cr_api_get_run (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "run_"))
    cr_engine_get_async (call->engine, CR_LIST_RUNS, cr_api_parameter (call, "id"),
                         cr_api_cancellable (call), run_cb, call);
}

static void
retried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrExportRun) run = cr_engine_retry_run_finish (CR_ENGINE (source), result, &error);

  if (run != NULL)
    cr_api_reply (call, cr_api_wire (call, run));
  else
    cr_api_fail_with (call, error, "id");
}

void
cr_api_retry_run (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "run_"))
    cr_engine_retry_run_async (call->engine, cr_api_parameter (call, "id"), call->person, NULL,
                               retried_cb, call);
}
