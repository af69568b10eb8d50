/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-id.h"
#include "engine/cr-engine-webhooks.h"
#include "engine/cr-webhook-wish.h"
#include "store/cr-deliveries-table.h"
#include "store/cr-webhooks-table.h"

#define REDELIVER_MS ((gint64) 60 * 1000)

/* Send by hand --------------------------------------------------------------------------------- */

static void
sent_cb (GObject *webhooks, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  CrDelivery *delivery = cr_webhooks_send_finish (CR_WEBHOOKS (webhooks), result, &error);

  if (delivery != NULL)
    g_task_return_pointer (task, delivery, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
send_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = CR_ENGINE (engine);
  CrWebhookWish *wish = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;

  g_task_propagate_pointer (G_TASK (result), &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    cr_webhooks_send_async (self->webhooks,
                            wish->delivery_id != NULL ? wish->delivery_id : wish->id, cancellable,
                            sent_cb, g_steal_pointer (&task));
}

static gpointer
add_test_func (CrDb *db, gpointer data, GError **error)
{
  CrWebhookWish *wish = data;
  g_autoptr (CrDelivery) delivery = cr_delivery_new (wish->delivery_id);
  g_autofree char *at = cr_time_to_string (wish->now_ms);

  delivery->webhook_id = g_strdup (wish->id);
  delivery->type = g_strdup (CR_WEBHOOK_TEST_TYPE);
  delivery->data =
      g_strdup_printf ("{\"webhook_endpoint_id\":\"%s\",\"sent_at\":\"%s\"}", wish->id, at);
  delivery->status = CR_DELIVERY_EXHAUSTED; /* nothing sends it by itself */
  delivery->created_ms = wish->now_ms;
  return cr_deliveries_table_add (db, delivery, error) ? CR_DONE : NULL;
}

void
cr_engine_test_webhook_async (CrEngine *self,
                              const char *id,
                              const char *person,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = cr_webhook_wish_task (self, cr_engine_test_webhook_async, id, person, cancellable,
                                      callback, user_data);
  CrWebhookWish *wish = g_task_get_task_data (task);

  wish->delivery_id = cr_id_new ("evt_", wish->now_ms);
  cr_webhook_wish_run (task, add_test_func, "webhook.test", NULL, send_cb);
}

CrDelivery *
cr_engine_test_webhook_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* One call a minute, so that a program that repeats itself does not flood a receiver. */
static gpointer
claim_func (CrDb *db, gpointer data, GError **error)
{
  CrWebhookWish *wish = data;
  g_autoptr (CrDelivery) delivery = cr_deliveries_table_get (db, wish->id, error);
  g_autoptr (CrWebhookEndpoint) endpoint =
      delivery != NULL ? cr_webhooks_table_get (db, delivery->webhook_id, error) : NULL;
  gint64 left_ms;

  if (endpoint == NULL)
    return NULL;

  left_ms = delivery->redelivered_ms + REDELIVER_MS - wish->now_ms;
  if (delivery->redelivered_ms > 0 && left_ms > 0)
    {
      wish->retry_after_s = (guint) ((left_ms + 999) / 1000);
      g_set_error (error, CR_ERROR, CR_ERROR_BUSY,
                   "This event was sent by hand less than a minute ago; again in %u s.",
                   wish->retry_after_s);
      return NULL;
    }
  if (endpoint->status == CR_WEBHOOK_DISABLED)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                           "The endpoint of this event is disabled; enable it first.");
      return NULL;
    }

  delivery->redelivered_ms = wish->now_ms;
  return cr_deliveries_table_save (db, delivery, NULL, error) ? CR_DONE : NULL;
}

void
cr_engine_redeliver_async (CrEngine *self,
                           const char *delivery_id,
                           const char *person,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  cr_webhook_wish_run (cr_webhook_wish_task (self, cr_engine_redeliver_async, delivery_id, person,
                                             cancellable, callback, user_data),
                       claim_func, "webhook.redeliver", NULL, send_cb);
}

CrDelivery *
cr_engine_redeliver_finish (CrEngine *self,
                            GAsyncResult *result,
                            guint *retry_after_s,
                            GError **error)
{
  CrWebhookWish *wish = g_task_get_task_data (G_TASK (result));

  if (retry_after_s != NULL)
    *retry_after_s = wish->retry_after_s;
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
give_up_func (CrDb *db, gpointer data, GError **error)
{
  CrWebhookWish *wish = data;
  g_autoptr (CrDelivery) delivery = cr_deliveries_table_get (db, wish->id, error);

  if (delivery == NULL)
    return NULL;
  if (!cr_delivery_status_can_become (delivery->status, CR_DELIVERY_EXHAUSTED))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                           "No attempt of this event is waiting.");
      return NULL;
    }

  delivery->status = CR_DELIVERY_EXHAUSTED;
  delivery->next_ms = 0;
  return cr_deliveries_table_save (db, delivery, NULL, error) ? CR_DONE : NULL;
}

void
cr_engine_give_up_delivery_async (CrEngine *self,
                                  const char *delivery_id,
                                  const char *person,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  cr_webhook_wish_run (cr_webhook_wish_task (self, cr_engine_give_up_delivery_async, delivery_id,
                                             person, cancellable, callback, user_data),
                       give_up_func, "webhook.give-up", NULL, cr_webhook_wish_done_cb);
}

gboolean
cr_engine_give_up_delivery_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What was missed ------------------------------------------------------------------------------ */

static gpointer
answer_count (CrDb *db, CrWebhookWish *wish, gint64 n)
{
  return n >= 0 ? g_memdup2 (&n, sizeof n) : NULL;
}

static gpointer
count_func (CrDb *db, gpointer data, GError **error)
{
  CrWebhookWish *wish = data;
  g_autoptr (CrWebhookEndpoint) endpoint = cr_webhooks_table_get (db, wish->id, error);

  return endpoint != NULL
           ? answer_count (db, wish,
                           cr_deliveries_table_count_missed (db, wish->id, wish->since_ms, error))
           : NULL;
}

static gpointer
replay_func (CrDb *db, gpointer data, GError **error)
{
  CrWebhookWish *wish = data;
  g_autoptr (CrWebhookEndpoint) endpoint = cr_webhooks_table_get (db, wish->id, error);

  return endpoint != NULL ? answer_count (db, wish,
                                          cr_deliveries_table_replay (db, wish->id, wish->since_ms,
                                                                      wish->now_ms, error))
                          : NULL;
}

static void
replayed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gint64 *n = g_task_propagate_pointer (G_TASK (result), &error);

  if (n == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  cr_webhooks_wake (CR_ENGINE (engine)->webhooks);
  g_task_return_pointer (task, n, g_free);
}

static void
counted_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gint64 *n = cr_store_read_finish (CR_STORE (store), result, &error);

  if (n != NULL)
    g_task_return_pointer (task, n, g_free);
  else
    g_task_return_error (task, error);
}

void
cr_engine_missed_async (CrEngine *self,
                        const char *webhook_id,
                        gint64 since_ms,
                        gboolean replays,
                        const char *person,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = cr_webhook_wish_task (self, cr_engine_missed_async, webhook_id, person, cancellable,
                                      callback, user_data);
  CrWebhookWish *wish = g_task_get_task_data (task);

  wish->since_ms = since_ms;
  if (replays)
    cr_webhook_wish_run (task, replay_func, "webhook.replay", g_free, replayed_cb);
  else
    cr_store_read_async (self->store, CR_READ_SCREEN, count_func, wish, NULL, g_free, cancellable,
                         counted_cb, task);
}

gint64
cr_engine_missed_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  g_autofree gint64 *n = g_task_propagate_pointer (G_TASK (result), error);

  return n != NULL ? *n : -1;
}
