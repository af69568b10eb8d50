/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "store/cr-deliveries-table.h"
#include "store/cr-webhooks-table.h"
#include "webhook/cr-delivery-settle.h"
#include "webhook/cr-webhook-request.h"
#include "webhook/cr-webhooks-private.h"

/* After an answer that asks for patience without saying for how long. */
#define SLOW_MS (5 * 1000)

typedef struct
{
  CrWebhooks *self;     /* (owned) */
  CrDelivery *delivery; /* (owned) */
  GTask *task;          /* (owned) (nullable): by hand */
} Flight;

static void
slow_down (CrWebhookLane *lane, CrDeliveryResult *result)
{
  guint status = result->attempt->status;

  if (status == 429 || status == 502 || status == 503 || status == 504)
    lane->gate_us = g_get_monotonic_time () + MAX (result->retry_after_ms, SLOW_MS) * 1000;
}

static void
landed_cb (GObject *client, GAsyncResult *res, gpointer user_data)
{
  Flight *flight = user_data;
  CrWebhooks *self = flight->self;
  CrWebhookLane *lane = cr_webhooks_lane_for (self, flight->delivery->webhook_id);
  CrDeliveryResult *result = g_new0 (CrDeliveryResult, 1);

  result->attempt = cr_webhook_send_finish (CR_CLIENT (client), res, &result->retry_after_ms);
  result->delivery_id = g_strdup (flight->delivery->id);
  result->webhook_id = g_strdup (flight->delivery->webhook_id);
  result->by_hand = flight->task != NULL;
  if (lane->endpoint != NULL && !result->by_hand)
    {
      slow_down (lane, result);
      lane->endpoint->failing_since_ms =
          result->attempt->error != NULL ? result->attempt->at_ms : 0;
    }
  lane->n_flying--;
  self->n_flying--;
  g_ptr_array_add (self->results, result);
  if (flight->task != NULL)
    g_ptr_array_add (self->tasks, g_steal_pointer (&flight->task));
  cr_webhooks_write_results (self);
  cr_webhooks_pump (self, lane);

  g_object_unref (flight->delivery);
  g_free (flight);
  g_object_unref (self);
}

/* Takes @task. */
static void
fly (CrWebhooks *self, CrWebhookLane *lane, CrDelivery *delivery, GTask *task)
{
  Flight *flight = g_new0 (Flight, 1);

  flight->self = g_object_ref (self);
  flight->delivery = g_object_ref (delivery);
  flight->task = task;
  lane->n_flying++;
  self->n_flying++;
  g_hash_table_add (lane->known, g_strdup (delivery->id));
  cr_webhook_send_async (
      self->client, lane->endpoint, delivery, (const char *const *) lane->secrets->pdata,
      cr_webhooks_allows (self, lane->endpoint), self->clock (), landed_cb, flight);
}

/* A receiver that fails gets one at a time: more would only fail with it. */
static guint
most_flying (CrWebhookLane *lane)
{
  return lane->endpoint->failing_since_ms > 0 ? 1 : CR_WEBHOOK_MOST_FLYING;
}

void
cr_webhooks_pump (CrWebhooks *self, CrWebhookLane *lane)
{
  gint64 left_us = lane->gate_us - g_get_monotonic_time ();

  if (self->stopping != NULL || lane->endpoint == NULL || g_queue_is_empty (&lane->queue))
    return;
  if (left_us > 0)
    {
      cr_webhooks_sleep_for (self, left_us / 1000 + 1);
      return;
    }
  cr_webhooks_drop_old_secret (self, lane, self->clock ());
  if (lane->secrets == NULL)
    {
      cr_webhooks_read_secrets (self, lane);
      return;
    }

  while (lane->n_flying < most_flying (lane) && !g_queue_is_empty (&lane->queue))
    {
      g_autoptr (CrDelivery) delivery = g_queue_pop_head (&lane->queue);

      fly (self, lane, delivery, NULL);
    }
}

/* By hand -------------------------------------------------------------------------------------- */

/* What one attempt needs. */
typedef struct
{
  CrWebhookEndpoint *endpoint; /* (owned) */
  CrDelivery *delivery;        /* (owned) */
} Pair;

static void
pair_free (gpointer data)
{
  Pair *pair = data;

  g_clear_object (&pair->endpoint);
  g_clear_object (&pair->delivery);
  g_free (pair);
}

static gpointer
pair_func (CrDb *db, gpointer data, GError **error)
{
  CrDelivery *delivery = cr_deliveries_table_get (db, data, error);
  CrWebhookEndpoint *endpoint =
      delivery != NULL ? cr_webhooks_table_get (db, delivery->webhook_id, error) : NULL;
  Pair *pair;

  if (endpoint == NULL)
    {
      g_clear_object (&delivery);
      return NULL;
    }

  pair = g_new0 (Pair, 1);
  pair->delivery = delivery;
  pair->endpoint = endpoint;
  return pair;
}

void
cr_webhooks_send_waiting (CrWebhooks *self, CrWebhookLane *lane, const GError *error)
{
  GTask *task;

  while ((task = g_queue_pop_head (&lane->by_hand)) != NULL)
    {
      g_autoptr (CrDelivery) delivery = g_object_steal_data (G_OBJECT (task), "delivery");

      if (error == NULL)
        fly (self, lane, delivery, task);
      else
        {
          g_hash_table_remove (lane->known, delivery->id);
          g_task_return_error (task, g_error_copy (error));
          g_object_unref (task);
        }
    }
}

static void
paired_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrWebhooks *self = g_task_get_source_object (task);
  GError *error = NULL;
  Pair *pair = cr_store_read_finish (CR_STORE (store), result, &error);
  CrWebhookLane *lane;

  if (pair == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  lane = cr_webhooks_lane_for (self, pair->endpoint->id);
  if (lane->endpoint == NULL || lane->n_flying == 0)
    cr_webhooks_set_endpoint (lane, pair->endpoint);
  if (self->stopping != NULL || !g_hash_table_add (lane->known, g_strdup (pair->delivery->id)))
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_BUSY, "This event is being sent right now.");
  else
    {
      g_object_set_data_full (G_OBJECT (task), "delivery", g_object_ref (pair->delivery),
                              g_object_unref);
      g_queue_push_tail (&lane->by_hand, g_steal_pointer (&task));
      cr_webhooks_drop_old_secret (self, lane, self->clock ());
      if (lane->secrets != NULL)
        cr_webhooks_send_waiting (self, lane, NULL);
      else
        cr_webhooks_read_secrets (self, lane);
    }
  pair_free (pair);
}

void
cr_webhooks_send_async (CrWebhooks *self,
                        const char *delivery_id,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_webhooks_send_async);
  g_task_set_task_data (task, g_strdup (delivery_id), g_free);
  cr_store_read_async (self->store, CR_READ_SCREEN, pair_func, g_strdup (delivery_id), g_free,
                       pair_free, cancellable, paired_cb, task);
}

CrDelivery *
cr_webhooks_send_finish (CrWebhooks *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
