/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "ctl/cr-ctl-call.h"
#include "engine/cr-engine-webhooks.h"
#include "engine/cr-wire.h"

/* Takes @endpoint, @secret and @error. */
static void
answer (CrCtlCall *call, CrWebhookEndpoint *endpoint, char *secret, GError *error)
{
  if (endpoint != NULL)
    cr_ctl_answer (call, cr_wire_webhook (endpoint, secret), CR_EXIT_DONE);
  else
    cr_ctl_fail (call, error);
  g_clear_object (&endpoint);
  g_clear_pointer (&secret, cr_secret_free);
}

static void
saved_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  char *secret = NULL;
  CrWebhookEndpoint *saved =
      cr_engine_save_webhook_finish (CR_ENGINE (engine), result, &secret, &error);

  answer (user_data, saved, secret, error);
}

static char **
chosen_events (CrCtlCall *call)
{
  g_autoptr (GStrvBuilder) events = g_strv_builder_new ();
  gboolean is_any = FALSE;

  for (guint i = 0; i + 1 < call->repeated->len; i += 2)
    if (g_str_equal (g_ptr_array_index (call->repeated, i), "events"))
      {
        g_strv_builder_add (events, g_ptr_array_index (call->repeated, i + 1));
        is_any = TRUE;
      }

  if (!is_any)
    g_strv_builder_add (events, "*");
  return g_strv_builder_end (events);
}

void
cr_ctl_webhook_add (CrCtlCall *call)
{
  g_autoptr (CrWebhookEndpoint) endpoint = cr_webhook_endpoint_new ("");

  endpoint->url = g_strdup (cr_ctl_value (call, 0));
  endpoint->events = chosen_events (call);
  endpoint->description = g_strdup (cr_ctl_option (call, "description"));
  endpoint->allows_private = cr_ctl_has (call, "allow-private");
  cr_engine_save_webhook_async (call->engine, endpoint, cr_ctl_person (call), call->cancellable,
                                saved_cb, call);
}

void
cr_ctl_webhook_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_WEBHOOKS, .type = cr_ctl_option (call, "status") };

  cr_ctl_list (call, &filter);
}

void
cr_ctl_webhook_show (CrCtlCall *call)
{
  cr_ctl_show (call, CR_LIST_WEBHOOKS);
}

/* Enabling and disabling ----------------------------------------------------------------------- */

static void
save_with (CrCtlCall *call, GAsyncResult *result, CrWebhookStatus status)
{
  GError *error = NULL;
  g_autoptr (CrWebhookEndpoint) endpoint = cr_engine_get_finish (call->engine, result, &error);

  if (endpoint == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  endpoint->status = status;
  cr_engine_save_webhook_async (call->engine, endpoint, cr_ctl_person (call), call->cancellable,
                                saved_cb, call);
}

static void
to_enable_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  save_with (user_data, result, CR_WEBHOOK_ACTIVE);
}

static void
to_disable_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  save_with (user_data, result, CR_WEBHOOK_DISABLED);
}

void
cr_ctl_webhook_enable (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_WEBHOOKS, to_enable_cb);
}

void
cr_ctl_webhook_disable (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_WEBHOOKS, to_disable_cb);
}

static void
removed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_remove_webhook_finish (CR_ENGINE (engine), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_webhook_remove (CrCtlCall *call)
{
  cr_engine_remove_webhook_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                  call->cancellable, removed_cb, call);
}

static void
rotated_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  char *secret = NULL;
  CrWebhookEndpoint *endpoint =
      cr_engine_rotate_webhook_finish (CR_ENGINE (engine), result, &secret, &error);

  answer (user_data, endpoint, secret, error);
}

void
cr_ctl_webhook_rotate (CrCtlCall *call)
{
  cr_engine_rotate_webhook_async (call->engine, cr_ctl_value (call, 0), cr_ctl_has (call, "now"),
                                  cr_ctl_person (call), call->cancellable, rotated_cb, call);
}

/* Deliveries ----------------------------------------------------------------------------------- */

void
cr_ctl_webhook_events (CrCtlCall *call)
{
  const char *delivered = cr_ctl_option (call, "delivered");
  CrListFilter filter = { .kind = CR_LIST_DELIVERIES, .webhook_id = cr_ctl_value (call, 0) };

  if (g_strcmp0 (delivered, "true") == 0)
    filter.deliveries = CR_DELIVERIES_DELIVERED;
  else if (g_strcmp0 (delivered, "false") == 0)
    filter.deliveries = CR_DELIVERIES_NOT_DELIVERED;
  else if (delivered != NULL)
    {
      cr_ctl_fail (call,
                   g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT, "--delivered takes true or false."));
      return;
    }

  cr_ctl_list (call, &filter);
}

void
cr_ctl_webhook_attempts (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_DELIVERY_ATTEMPTS,
                          .delivery_id = cr_ctl_value (call, 0) };

  cr_ctl_list (call, &filter);
}

/* Takes @delivery and @error. */
static void
answer_delivery (CrCtlCall *call, CrDelivery *delivery, GError *error)
{
  if (delivery == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_ctl_answer (call, cr_wire_delivery (delivery),
                 delivery->last_error == NULL ? CR_EXIT_DONE : CR_EXIT_FAILED);
  g_object_unref (delivery);
}

static void
tested_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrDelivery *delivery = cr_engine_test_webhook_finish (CR_ENGINE (engine), result, &error);

  answer_delivery (user_data, delivery, error);
}

void
cr_ctl_webhook_test (CrCtlCall *call)
{
  cr_engine_test_webhook_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                call->cancellable, tested_cb, call);
}

static void
redelivered_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrDelivery *delivery = cr_engine_redeliver_finish (CR_ENGINE (engine), result, NULL, &error);

  answer_delivery (user_data, delivery, error);
}

void
cr_ctl_webhook_redeliver (CrCtlCall *call)
{
  cr_engine_redeliver_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                             call->cancellable, redelivered_cb, call);
}

static void
given_up_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_give_up_delivery_finish (CR_ENGINE (engine), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_webhook_give_up (CrCtlCall *call)
{
  cr_engine_give_up_delivery_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                    call->cancellable, given_up_cb, call);
}

static void
missed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  gint64 n = cr_engine_missed_finish (CR_ENGINE (engine), result, &error);
  JsonObject *object;

  if (n < 0)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = json_object_new ();
  json_object_set_int_member (object, cr_ctl_has (call, "count") ? "missed" : "replayed", n);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

void
cr_ctl_webhook_replay (CrCtlCall *call)
{
  const char *since = cr_ctl_option (call, "since");
  gint64 since_ms = 0;

  if (since != NULL && !cr_time_from_string (since, &since_ms))
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                      "--since takes a time such as 2026-04-25T08:00:00Z."));
      return;
    }

  cr_engine_missed_async (call->engine, cr_ctl_value (call, 0), since_ms,
                          !cr_ctl_has (call, "count"), cr_ctl_person (call), call->cancellable,
                          missed_cb, call);
}
