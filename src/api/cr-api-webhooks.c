/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-call.h"

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-secret.h"
#include "engine/cr-engine-webhooks.h"
#include "engine/cr-wire.h"

#define MOST_METADATA 50

/* Takes @endpoint, @secret and @error. */
static void
reply_endpoint (CrApiCall *call, CrWebhookEndpoint *endpoint, char *secret, GError *error)
{
  if (endpoint != NULL)
    cr_api_reply (call, cr_wire_webhook (endpoint, secret));
  else
    cr_api_fail_with (call, error,
                      g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND) ? "id" : NULL);
  g_clear_object (&endpoint);
  g_clear_pointer (&secret, cr_secret_free);
}

/* Chosen fields ------------------------------------------------------------------------------- */

static gboolean
has (CrApiCall *call, const char *name)
{
  return call->body != NULL && json_object_has_member (call->body, name);
}

/* What the body has goes into @endpoint; the rest stays. FALSE: answered already. */
static gboolean
take_fields (CrApiCall *call, CrWebhookEndpoint *endpoint)
{
  int status;

  if (has (call, "metadata") &&
      json_object_get_size (cr_json_object (call->body, "metadata")) > MOST_METADATA)
    {
      cr_api_fail (call, CR_API_INVALID_DATA, "metadata", "metadata has more than %d keys.",
                   MOST_METADATA);
      return FALSE;
    }

  if (has (call, "url"))
    {
      g_free (endpoint->url);
      endpoint->url = g_strdup (cr_api_string (call, "url"));
    }
  if (has (call, "events"))
    {
      g_strfreev (endpoint->events);
      endpoint->events = cr_json_strv (call->body, "events");
    }
  if (has (call, "description"))
    {
      g_free (endpoint->description);
      endpoint->description = g_strdup (cr_api_string (call, "description"));
    }
  if (has (call, "metadata"))
    {
      g_free (endpoint->metadata);
      endpoint->metadata = cr_api_object_text (call, "metadata");
    }
  if (has (call, "status") &&
      cr_enum_from_string (CR_TYPE_WEBHOOK_STATUS, cr_api_string (call, "status"), &status))
    endpoint->status = (CrWebhookStatus) status;
  return TRUE;
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  char *secret = NULL;
  CrWebhookEndpoint *endpoint =
      cr_engine_save_webhook_finish (CR_ENGINE (source), result, &secret, &error);

  reply_endpoint (user_data, endpoint, secret, error);
}

void
cr_api_create_webhook (CrApiCall *call)
{
  g_autoptr (CrWebhookEndpoint) endpoint = cr_webhook_endpoint_new ("");

  if (take_fields (call, endpoint))
    cr_engine_save_webhook_async (call->engine, endpoint, call->person, NULL, saved_cb, call);
}

static void
to_update_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrWebhookEndpoint) endpoint =
      cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (endpoint == NULL)
    cr_api_fail_with (call, error, "id");
  else if (take_fields (call, endpoint))
    cr_engine_save_webhook_async (call->engine, endpoint, call->person, NULL, saved_cb, call);
}

void
cr_api_update_webhook (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "wh_"))
    cr_engine_get_async (call->engine, CR_LIST_WEBHOOKS, cr_api_parameter (call, "id"),
                         cr_api_cancellable (call), to_update_cb, call);
}

/* The others ---------------------------------------------------------------------------------- */

void
cr_api_list_webhooks (CrApiCall *call)
{
  CrPageAsk ask = { .kind = CR_PAGE_WEBHOOKS, .status = cr_api_query (call, "status") };

  cr_api_list (call, &ask);
}

static void
got_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrWebhookEndpoint *endpoint = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  reply_endpoint (user_data, endpoint, NULL, error);
}

void
cr_api_get_webhook (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "wh_"))
    cr_engine_get_async (call->engine, CR_LIST_WEBHOOKS, cr_api_parameter (call, "id"),
                         cr_api_cancellable (call), got_cb, call);
}

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  JsonObject *object;

  if (!cr_engine_remove_webhook_finish (CR_ENGINE (source), result, &error))
    {
      cr_api_fail_with (call, error, "id");
      return;
    }

  object = json_object_new ();
  json_object_set_string_member (object, "id", cr_api_parameter (call, "id"));
  json_object_set_string_member (object, "resource_type", "webhook_endpoint");
  json_object_set_boolean_member (object, "deleted", TRUE);
  cr_api_reply (call, object);
}

void
cr_api_delete_webhook (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "wh_"))
    cr_engine_remove_webhook_async (call->engine, cr_api_parameter (call, "id"), call->person, NULL,
                                    removed_cb, call);
}

static void
rotated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  char *secret = NULL;
  CrWebhookEndpoint *endpoint =
      cr_engine_rotate_webhook_finish (CR_ENGINE (source), result, &secret, &error);

  reply_endpoint (user_data, endpoint, secret, error);
}

void
cr_api_rotate_webhook (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "wh_"))
    cr_engine_rotate_webhook_async (call->engine, cr_api_parameter (call, "id"), FALSE,
                                    call->person, NULL, rotated_cb, call);
}

void
cr_api_list_webhook_events (CrApiCall *call)
{
  CrPageAsk ask = { .kind = CR_PAGE_DELIVERIES,
                    .owner = cr_api_parameter (call, "id"),
                    .status = cr_api_query (call, "delivered") };

  cr_api_list (call, &ask);
}

/* Takes @error. */
static void
reply_delivery (CrApiCall *call, CrDelivery *delivery, GError *error)
{
  if (delivery != NULL)
    cr_api_reply (call, cr_wire_delivery (delivery));
  else
    cr_api_fail_with (call, error, "id");
}

static void
redelivered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  guint wait_s = 0;
  g_autoptr (CrDelivery) delivery =
      cr_engine_redeliver_finish (CR_ENGINE (source), result, &wait_s, &error);
  g_autofree char *seconds = g_strdup_printf ("%u", MAX (wait_s, 1));

  if (g_error_matches (error, CR_ERROR, CR_ERROR_BUSY))
    {
      cr_exchange_set_header (call->exchange, "Retry-After", seconds);
      cr_api_fail (call, CR_API_THROTTLED, "id", "%s", error->message);
      g_error_free (error);
    }
  else
    reply_delivery (call, delivery, error);
}

void
cr_api_redeliver (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "evt_"))
    cr_engine_redeliver_async (call->engine, cr_api_parameter (call, "id"), call->person, NULL,
                               redelivered_cb, call);
}

/* Beyond the contract. */

static void
tested_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (CrDelivery) delivery =
      cr_engine_test_webhook_finish (CR_ENGINE (source), result, &error);

  reply_delivery (user_data, delivery, error);
}

void
cr_api_test_webhook (CrApiCall *call)
{
  if (cr_api_check_id (call, "id", "wh_"))
    cr_engine_test_webhook_async (call->engine, cr_api_parameter (call, "id"), call->person, NULL,
                                  tested_cb, call);
}

static void
replayed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  gint64 n = cr_engine_missed_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;

  if (n < 0)
    {
      cr_api_fail_with (call, error, "id");
      return;
    }

  object = json_object_new ();
  json_object_set_string_member (object, "id", cr_api_parameter (call, "id"));
  json_object_set_string_member (object, "resource_type", "webhook_replay");
  json_object_set_int_member (object, "replayed", n);
  cr_api_reply (call, object);
}

void
cr_api_replay_webhook (CrApiCall *call)
{
  const char *since = cr_api_string (call, "since");
  gint64 since_ms = 0;

  if (!cr_api_check_id (call, "id", "wh_"))
    return;
  if (since != NULL && !cr_time_from_string (since, &since_ms))
    {
      cr_api_fail (call, CR_API_INVALID_DATA, "since",
                   "since takes a time such as 2026-04-25T08:00:00Z.");
      return;
    }

  cr_engine_missed_async (call->engine, cr_api_parameter (call, "id"), since_ms, TRUE, call->person,
                          NULL, replayed_cb, call);
}
