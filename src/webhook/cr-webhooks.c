/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "webhook/cr-webhooks.h"

#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "store/cr-deliveries-table.h"
#include "store/cr-webhooks-table.h"
#include "webhook/cr-delivery-settle.h"
#include "webhook/cr-webhook-request.h"

/* At once for one endpoint, while it answers well. */
#define MOST_FLYING 16
#define MOST_ENDPOINTS 1000
#define BATCH 256
#define LONGEST_SLEEP_MS (60 * 1000)
#define KEYRING_WAIT_MS (30 * 1000)
#define STORE_WAIT_MS (10 * 1000)
/* After an answer that asks for patience without saying for how long. */
#define SLOW_MS (5 * 1000)

/* One endpoint: what waits for it, and what is on its way. */
typedef struct
{
  CrWebhookEndpoint *endpoint; /* (owned) */
  GQueue queue;                /* of CrDelivery (owned) */
  GHashTable *known;  /* (owned): set of delivery ids, queued, on their way or being written */
  GPtrArray *secrets; /* (owned) (nullable): the one in use, then the older one */
  gint64 gate_ms;     /* nothing is sent before */
  guint n_flying;
  gboolean is_reading_secrets;
  gboolean may_have_more;
} Lane;

struct _CrWebhooks
{
  GObject parent_instance;

  CrStore *store;     /* (owned) */
  CrVault *vault;     /* (owned) */
  CrChanges *changes; /* (owned) */
  CrClient *client;   /* (owned): of its own, so that slow receivers take no portal's connections */
  CrClock clock;
  char **hosts;       /* (owned): allowed on the local network */
  GHashTable *lanes;  /* (owned): webhook id → Lane */
  GPtrArray *results; /* (owned): CrDeliveryResult to be written */
  GPtrArray *tasks;   /* (owned): GTask of those sent by hand, in the results or being written */
  guint n_flying;
  guint timer_id;
  gint64 timer_us; /* monotonic: when it goes off */
  gboolean is_started;
  gboolean is_looking;
  gboolean must_look_again;
  gboolean is_writing;
  GTask *stopping; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrWebhooks, cr_webhooks, G_TYPE_OBJECT)

static guint notice_signal;
static guint keyring_signal;

static void look (CrWebhooks *self);
static void pump (CrWebhooks *self, Lane *lane);
static void write_results (CrWebhooks *self);

static void
lane_free (gpointer data)
{
  Lane *lane = data;

  g_clear_object (&lane->endpoint);
  g_queue_clear_full (&lane->queue, g_object_unref);
  g_clear_pointer (&lane->known, g_hash_table_unref);
  g_clear_pointer (&lane->secrets, g_ptr_array_unref);
  g_free (lane);
}

static Lane *
lane_for (CrWebhooks *self, const char *webhook_id)
{
  Lane *lane = g_hash_table_lookup (self->lanes, webhook_id);

  if (lane != NULL)
    return lane;

  lane = g_new0 (Lane, 1);
  g_queue_init (&lane->queue);
  lane->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (self->lanes, g_strdup (webhook_id), lane);
  return lane;
}

/* Time ----------------------------------------------------------------------------------------- */

static gboolean
timer_cb (gpointer data)
{
  CrWebhooks *self = data;

  self->timer_id = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

/* Looks again then, or before. */
static void
sleep_for (CrWebhooks *self, gint64 ms)
{
  gint64 wait_ms = CLAMP (ms, 1, LONGEST_SLEEP_MS);
  gint64 until_us = g_get_monotonic_time () + wait_ms * 1000;

  if (self->stopping != NULL || (self->timer_id != 0 && self->timer_us <= until_us))
    return;

  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->timer_us = until_us;
  self->timer_id = g_timeout_add ((guint) wait_ms, timer_cb, self);
}

static void
end_if_stopped (CrWebhooks *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->stopping == NULL || self->n_flying > 0 || self->is_writing || self->is_looking)
    return;

  task = g_steal_pointer (&self->stopping);
  g_task_return_boolean (task, TRUE);
}

/* Secrets -------------------------------------------------------------------------------------- */

typedef struct
{
  CrWebhooks *self; /* (owned) */
  char *webhook_id; /* (owned) */
  GPtrArray *found; /* (owned) */
  gboolean wants_old;
} SecretsAsked;

static void
secrets_asked_free (SecretsAsked *asked)
{
  g_object_unref (asked->self);
  g_free (asked->webhook_id);
  g_clear_pointer (&asked->found, g_ptr_array_unref);
  g_free (asked);
}

static void
secrets_failed (CrWebhooks *self, Lane *lane, GError *error)
{
  gint64 now_ms = self->clock ();

  lane->gate_ms = now_ms + KEYRING_WAIT_MS;
  if (!g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_signal_emit (self, keyring_signal, 0, error);
  sleep_for (self, KEYRING_WAIT_MS);
}

static void got_secret_cb (GObject *vault, GAsyncResult *result, gpointer user_data);

static void
ask_for_secret (SecretsAsked *asked)
{
  g_autofree char *name = asked->found->len == 0 ? CR_WEBHOOK_SECRET (asked->webhook_id)
                                                 : CR_WEBHOOK_OLD_SECRET (asked->webhook_id);

  cr_vault_get_quietly_async (asked->self->vault, name, NULL, got_secret_cb, asked);
}

static void
got_secret_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  SecretsAsked *asked = user_data;
  CrWebhooks *self = asked->self;
  Lane *lane = g_hash_table_lookup (self->lanes, asked->webhook_id);
  g_autoptr (GError) error = NULL;
  char *secret = cr_vault_get_finish (CR_VAULT (vault), result, &error);
  gboolean is_first = asked->found->len == 0;

  if (secret != NULL)
    g_ptr_array_add (asked->found, g_strdup (secret));
  g_clear_pointer (&secret, cr_vault_secret_free);
  if (is_first && asked->found->len == 1 && asked->wants_old)
    {
      ask_for_secret (asked);
      return;
    }

  if (lane != NULL)
    lane->is_reading_secrets = FALSE;
  if (lane != NULL && asked->found->len > 0)
    {
      g_signal_emit (self, keyring_signal, 0, NULL);
      g_ptr_array_add (asked->found, NULL);
      lane->secrets = g_steal_pointer (&asked->found);
      pump (self, lane);
    }
  else if (lane != NULL)
    secrets_failed (self, lane, error);
  secrets_asked_free (asked);
  end_if_stopped (self);
}

static void
read_secrets (CrWebhooks *self, Lane *lane)
{
  SecretsAsked *asked;

  if (lane->is_reading_secrets)
    return;

  lane->is_reading_secrets = TRUE;
  asked = g_new0 (SecretsAsked, 1);
  asked->self = g_object_ref (self);
  asked->webhook_id = g_strdup (lane->endpoint->id);
  asked->found = g_ptr_array_new_with_free_func (cr_secret_free);
  asked->wants_old = lane->endpoint->old_secret_until_ms > self->clock ();
  ask_for_secret (asked);
}

static void
old_cleared_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!cr_vault_clear_finish (CR_VAULT (vault), result, &error))
    g_info ("An older secret of a webhook endpoint could not be removed: %s", error->message);
}

/* The older secret signs for a day after a rotation, and is taken out of the keyring then. */
static void
drop_old_secret (CrWebhooks *self, Lane *lane, gint64 now_ms)
{
  g_autofree char *name = CR_WEBHOOK_OLD_SECRET (lane->endpoint->id);

  if (lane->secrets == NULL || lane->secrets->len <= 2 ||
      lane->endpoint->old_secret_until_ms > now_ms)
    return;

  g_clear_pointer (&lane->secrets, g_ptr_array_unref);
  cr_vault_clear_quietly_async (self->vault, name, NULL, old_cleared_cb, NULL);
}

/* Sending -------------------------------------------------------------------------------------- */

typedef struct
{
  CrWebhooks *self;     /* (owned) */
  CrDelivery *delivery; /* (owned) */
  GTask *task;          /* (owned) (nullable): by hand */
} Flight;

static void
slow_down (CrWebhooks *self, Lane *lane, CrDeliveryResult *result)
{
  guint status = result->attempt->status;

  if (status == 429 || status == 502 || status == 503 || status == 504)
    lane->gate_ms = self->clock () + MAX (result->retry_after_ms, SLOW_MS);
}

static void
landed_cb (GObject *client, GAsyncResult *res, gpointer user_data)
{
  Flight *flight = user_data;
  CrWebhooks *self = flight->self;
  Lane *lane = lane_for (self, flight->delivery->webhook_id);
  CrDeliveryResult *result = g_new0 (CrDeliveryResult, 1);

  result->attempt = cr_webhook_send_finish (CR_CLIENT (client), res, &result->retry_after_ms);
  result->delivery_id = g_strdup (flight->delivery->id);
  result->webhook_id = g_strdup (flight->delivery->webhook_id);
  result->by_hand = flight->task != NULL;
  if (lane->endpoint != NULL && !result->by_hand)
    {
      slow_down (self, lane, result);
      lane->endpoint->failing_since_ms =
          result->attempt->error != NULL ? result->attempt->at_ms : 0;
    }
  lane->n_flying--;
  self->n_flying--;
  g_ptr_array_add (self->results, result);
  if (flight->task != NULL)
    g_ptr_array_add (self->tasks, g_steal_pointer (&flight->task));
  write_results (self);
  pump (self, lane);

  g_object_unref (flight->delivery);
  g_free (flight);
  g_object_unref (self);
}

/* Takes @task. */
static void
fly (CrWebhooks *self, Lane *lane, CrDelivery *delivery, GTask *task)
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
most_flying (Lane *lane)
{
  return lane->endpoint->failing_since_ms > 0 ? 1 : MOST_FLYING;
}

static void
pump (CrWebhooks *self, Lane *lane)
{
  gint64 now_ms = self->clock ();

  if (self->stopping != NULL || lane->endpoint == NULL || g_queue_is_empty (&lane->queue))
    return;
  if (now_ms < lane->gate_ms)
    {
      sleep_for (self, lane->gate_ms - now_ms);
      return;
    }
  drop_old_secret (self, lane, now_ms);
  if (lane->secrets == NULL)
    {
      read_secrets (self, lane);
      return;
    }

  while (lane->n_flying < most_flying (lane) && !g_queue_is_empty (&lane->queue))
    {
      g_autoptr (CrDelivery) delivery = g_queue_pop_head (&lane->queue);

      fly (self, lane, delivery, NULL);
    }
}

/* Whether more is due for somebody than was read. */
static gboolean
is_hungry (CrWebhooks *self)
{
  GHashTableIter iter;
  Lane *lane;

  g_hash_table_iter_init (&iter, self->lanes);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &lane))
    if (lane->may_have_more && g_queue_get_length (&lane->queue) < BATCH / 4)
      return TRUE;
  return FALSE;
}

/* Results -------------------------------------------------------------------------------------- */

typedef struct
{
  CrWebhooks *self;   /* (owned): the main thread's */
  GPtrArray *results; /* (owned) */
  gint64 now_ms;
} Writing;

static void
writing_free (gpointer data)
{
  Writing *writing = data;

  g_clear_object (&writing->self);
  g_clear_pointer (&writing->results, g_ptr_array_unref);
  g_free (writing);
}

static gpointer
write_func (CrDb *db, gpointer data, GError **error)
{
  Writing *writing = data;

  for (guint i = 0; i < writing->results->len; i++)
    if (!cr_delivery_settle (db, g_ptr_array_index (writing->results, i), writing->now_ms, error))
      return NULL;

  return GINT_TO_POINTER (TRUE);
}

static void
answer_by_hand (CrWebhooks *self, CrDeliveryResult *result)
{
  for (guint i = 0; i < self->tasks->len; i++)
    {
      GTask *task = g_ptr_array_index (self->tasks, i);

      if (!g_str_equal (g_task_get_task_data (task), result->delivery_id))
        continue;
      if (result->after != NULL)
        g_task_return_pointer (task, g_object_ref (result->after), g_object_unref);
      else
        g_task_return_new_error (task, CR_ERROR, CR_ERROR_NOT_FOUND,
                                 "This event was removed meanwhile.");
      g_ptr_array_remove_index_fast (self->tasks, i);
      return;
    }
}

static void
result_written (CrWebhooks *self, CrDeliveryResult *result)
{
  Lane *lane = g_hash_table_lookup (self->lanes, result->webhook_id);

  if (lane != NULL)
    g_hash_table_remove (lane->known, result->delivery_id);
  if (result->is_warning || result->end != CR_WEBHOOK_END_NONE)
    g_signal_emit (self, notice_signal, 0, result->webhook_id, result->end);
  if (result->by_hand)
    answer_by_hand (self, result);
}

static gboolean
store_later_cb (gpointer data)
{
  g_autoptr (CrWebhooks) self = data;

  self->is_writing = FALSE;
  write_results (self);
  end_if_stopped (self);
  return G_SOURCE_REMOVE;
}

/* Nothing is lost: they are written once the store can, and not sent again before. */
static void
keep_results (CrWebhooks *self, Writing *writing)
{
  while (writing->results->len > 0)
    {
      CrDeliveryResult *result = g_ptr_array_steal_index (writing->results, 0);

      g_clear_object (&result->after);
      result->end = CR_WEBHOOK_END_NONE;
      result->is_warning = FALSE;
      g_ptr_array_add (self->results, result);
    }
  g_timeout_add (STORE_WAIT_MS, store_later_cb, g_object_ref (self));
}

static void
written_cb (GObject *store, GAsyncResult *res, gpointer user_data)
{
  Writing *writing = user_data;
  g_autoptr (CrWebhooks) self = g_object_ref (writing->self);
  g_autoptr (GError) error = NULL;

  if (cr_store_write_finish (CR_STORE (store), res, &error) == NULL)
    {
      if (self->stopping != NULL)
        self->is_writing = FALSE;
      else
        keep_results (self, writing);
    }
  else
    {
      for (guint i = 0; i < writing->results->len; i++)
        result_written (self, g_ptr_array_index (writing->results, i));
      cr_changes_tell (self->changes, CR_CHANGE_WEBHOOK, NULL, NULL);
      self->is_writing = FALSE;
      write_results (self);
      if (is_hungry (self))
        look (self);
    }

  writing_free (writing);
  end_if_stopped (self);
}

/* All that have come together while the last were written, in one transaction. */
static void
write_results (CrWebhooks *self)
{
  Writing *writing;

  if (self->is_writing || self->results->len == 0)
    return;

  self->is_writing = TRUE;
  writing = g_new0 (Writing, 1);
  writing->self = g_object_ref (self);
  writing->results = g_steal_pointer (&self->results);
  writing->now_ms = self->clock ();
  self->results = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_delivery_result_free);
  cr_store_write_async (self->store, CR_WRITE_SURE, write_func, writing, NULL, NULL, NULL,
                        written_cb, writing);
}

/* Looking -------------------------------------------------------------------------------------- */

/* What there is for one endpoint. */
typedef struct
{
  CrWebhookEndpoint *endpoint; /* (owned) */
  GPtrArray *due;              /* (owned): CrDelivery */
  guint limit;
} Load;

typedef struct
{
  CrWebhooks *self;  /* (owned): the main thread's */
  GHashTable *known; /* (owned): webhook id → how many deliveries of it are known here */
  GPtrArray *loads;  /* (owned) (nullable) */
  gint64 now_ms;
  gint64 next_ms;
} Look;

static void
load_free (gpointer data)
{
  Load *load = data;

  g_clear_object (&load->endpoint);
  g_clear_pointer (&load->due, g_ptr_array_unref);
  g_free (load);
}

static void
look_free (Look *seen)
{
  g_object_unref (seen->self);
  g_hash_table_unref (seen->known);
  g_clear_pointer (&seen->loads, g_ptr_array_unref);
  g_free (seen);
}

static gpointer
look_func (CrDb *db, gpointer data, GError **error)
{
  Look *seen = data;
  g_autoptr (GPtrArray) active = cr_webhooks_table_list (db, "active", 0, MOST_ENDPOINTS, error);

  if (active == NULL)
    return NULL;

  seen->loads = g_ptr_array_new_with_free_func (load_free);
  for (guint i = 0; i < active->len; i++)
    {
      Load *load = g_new0 (Load, 1);

      g_ptr_array_add (seen->loads, load);
      load->endpoint = g_object_ref (g_ptr_array_index (active, i));
      load->limit =
          BATCH + GPOINTER_TO_UINT (g_hash_table_lookup (seen->known, load->endpoint->id));
      load->due =
          cr_deliveries_table_list_due (db, load->endpoint->id, seen->now_ms, load->limit, error);
      if (load->due == NULL)
        return NULL;
    }

  seen->next_ms = cr_deliveries_table_next_due (db, error);
  return seen->next_ms >= 0 ? GINT_TO_POINTER (TRUE) : NULL;
}

static void
take_load (CrWebhooks *self, Load *load)
{
  Lane *lane = lane_for (self, load->endpoint->id);
  gint64 failing_ms =
      lane->endpoint != NULL ? lane->endpoint->failing_since_ms : load->endpoint->failing_since_ms;

  g_set_object (&lane->endpoint, load->endpoint);
  lane->endpoint->failing_since_ms = failing_ms;
  lane->may_have_more = load->due->len == load->limit;
  for (guint i = 0; i < load->due->len; i++)
    {
      CrDelivery *delivery = g_ptr_array_index (load->due, i);

      if (g_hash_table_add (lane->known, g_strdup (delivery->id)))
        g_queue_push_tail (&lane->queue, g_object_ref (delivery));
    }
  pump (self, lane);
}

/* What waits for an endpoint that is disabled, or gone, is not sent. */
static void
empty_others (CrWebhooks *self, GPtrArray *loads)
{
  g_autoptr (GHashTable) active = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  const char *id;
  Lane *lane;

  for (guint i = 0; i < loads->len; i++)
    g_hash_table_add (active, ((Load *) g_ptr_array_index (loads, i))->endpoint->id);

  g_hash_table_iter_init (&iter, self->lanes);
  while (g_hash_table_iter_next (&iter, (gpointer *) &id, (gpointer *) &lane))
    {
      CrDelivery *delivery;

      if (g_hash_table_contains (active, id))
        continue;
      lane->may_have_more = FALSE;
      while ((delivery = g_queue_pop_head (&lane->queue)) != NULL)
        {
          g_hash_table_remove (lane->known, delivery->id);
          g_object_unref (delivery);
        }
      if (g_hash_table_size (lane->known) == 0 && lane->n_flying == 0)
        g_hash_table_iter_remove (&iter);
    }
}

static void
looked_cb (GObject *store, GAsyncResult *res, gpointer user_data)
{
  Look *seen = user_data;
  g_autoptr (CrWebhooks) self = g_object_ref (seen->self);
  g_autoptr (GError) error = NULL;
  gboolean ok = cr_store_read_finish (CR_STORE (store), res, &error) != NULL;

  self->is_looking = FALSE;
  if (self->stopping == NULL)
    {
      sleep_for (self, ok && seen->next_ms > seen->now_ms ? seen->next_ms - seen->now_ms
                                                          : LONGEST_SLEEP_MS);
      if (ok)
        empty_others (self, seen->loads);
      for (guint i = 0; ok && i < seen->loads->len; i++)
        take_load (self, g_ptr_array_index (seen->loads, i));
      if (self->must_look_again)
        look (self);
    }

  look_free (seen);
  end_if_stopped (self);
}

static void
look (CrWebhooks *self)
{
  Look *seen;
  GHashTableIter iter;
  const char *id;
  Lane *lane;

  if (self->stopping != NULL || !self->is_started)
    return;
  if (self->is_looking)
    {
      self->must_look_again = TRUE;
      return;
    }

  self->is_looking = TRUE;
  self->must_look_again = FALSE;
  seen = g_new0 (Look, 1);
  seen->self = g_object_ref (self);
  seen->now_ms = self->clock ();
  seen->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_iter_init (&iter, self->lanes);
  while (g_hash_table_iter_next (&iter, (gpointer *) &id, (gpointer *) &lane))
    g_hash_table_insert (seen->known, g_strdup (id),
                         GUINT_TO_POINTER (g_hash_table_size (lane->known)));
  cr_store_read_async (self->store, CR_READ_SCREEN, look_func, seen, NULL, NULL, NULL, looked_cb,
                       seen);
}

void
cr_webhooks_start (CrWebhooks *self)
{
  g_return_if_fail (CR_IS_WEBHOOKS (self));

  self->is_started = TRUE;
  look (self);
}

void
cr_webhooks_wake (CrWebhooks *self)
{
  g_return_if_fail (CR_IS_WEBHOOKS (self));

  look (self);
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

static void
hand_secret_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrWebhooks *self = g_task_get_source_object (task);
  g_autoptr (CrDelivery) delivery = g_object_steal_data (G_OBJECT (task), "delivery");
  Lane *lane = lane_for (self, delivery->webhook_id);
  GError *error = NULL;
  char *secret = cr_vault_get_finish (CR_VAULT (vault), result, &error);

  if (secret == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  if (lane->secrets == NULL)
    {
      lane->secrets = g_ptr_array_new_with_free_func (cr_secret_free);
      g_ptr_array_add (lane->secrets, g_strdup (secret));
      g_ptr_array_add (lane->secrets, NULL);
    }
  cr_vault_secret_free (secret);
  fly (self, lane, delivery, g_steal_pointer (&task));
}

static void
paired_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrWebhooks *self = g_task_get_source_object (task);
  GError *error = NULL;
  Pair *pair = cr_store_read_finish (CR_STORE (store), result, &error);
  g_autofree char *name = NULL;
  Lane *lane;

  if (pair == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  lane = lane_for (self, pair->endpoint->id);
  if (lane->endpoint == NULL)
    lane->endpoint = g_object_ref (pair->endpoint);
  if (g_hash_table_contains (lane->known, pair->delivery->id) || self->stopping != NULL)
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_BUSY, "This event is being sent right now.");
  else
    {
      name = CR_WEBHOOK_SECRET (pair->endpoint->id);
      g_object_set_data_full (G_OBJECT (task), "delivery", g_object_ref (pair->delivery),
                              g_object_unref);
      cr_vault_get_async (self->vault, name, g_task_get_cancellable (task), hand_secret_cb,
                          g_steal_pointer (&task));
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

/* The type ------------------------------------------------------------------------------------- */

void
cr_webhooks_allow_hosts (CrWebhooks *self, const char *hosts)
{
  g_strfreev (self->hosts);
  self->hosts = g_strsplit_set (hosts != NULL ? hosts : "", ", ", -1);
}

gboolean
cr_webhooks_allows (CrWebhooks *self, CrWebhookEndpoint *endpoint)
{
  g_autoptr (GUri) uri = g_uri_parse (endpoint->url, G_URI_FLAGS_NONE, NULL);

  if (endpoint->allows_private)
    return TRUE;
  for (guint i = 0; uri != NULL && self->hosts[i] != NULL; i++)
    if (self->hosts[i][0] != '\0' && g_ascii_strcasecmp (self->hosts[i], g_uri_get_host (uri)) == 0)
      return TRUE;
  return FALSE;
}

void
cr_webhooks_forget_secret (CrWebhooks *self, const char *webhook_id)
{
  Lane *lane = g_hash_table_lookup (self->lanes, webhook_id);

  if (lane != NULL)
    g_clear_pointer (&lane->secrets, g_ptr_array_unref);
  look (self);
}

static void
changed_cb (CrChanges *changes,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            gpointer data)
{
  if (kind == CR_CHANGE_EVENT)
    look (data);
}

void
cr_webhooks_stop_async (CrWebhooks *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (CR_IS_WEBHOOKS (self));
  g_return_if_fail (self->stopping == NULL);

  self->stopping = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->stopping, cr_webhooks_stop_async);
  g_clear_handle_id (&self->timer_id, g_source_remove);
  end_if_stopped (self);
}

void
cr_webhooks_stop_finish (CrWebhooks *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

static void
cr_webhooks_finalize (GObject *object)
{
  CrWebhooks *self = CR_WEBHOOKS (object);

  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_clear_pointer (&self->lanes, g_hash_table_unref);
  g_clear_pointer (&self->results, g_ptr_array_unref);
  g_clear_pointer (&self->tasks, g_ptr_array_unref);
  g_clear_pointer (&self->hosts, g_strfreev);
  g_clear_object (&self->client);
  g_clear_object (&self->store);
  g_clear_object (&self->vault);
  g_clear_object (&self->changes);

  G_OBJECT_CLASS (cr_webhooks_parent_class)->finalize (object);
}

static void
cr_webhooks_class_init (CrWebhooksClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_webhooks_finalize;

  notice_signal = g_signal_new ("notice", CR_TYPE_WEBHOOKS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, G_TYPE_STRING, CR_TYPE_WEBHOOK_END);
  keyring_signal = g_signal_new ("keyring", CR_TYPE_WEBHOOKS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
cr_webhooks_init (CrWebhooks *self)
{
  self->lanes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, lane_free);
  self->results = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_delivery_result_free);
  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  self->hosts = g_new0 (char *, 1);
}

CrWebhooks *
cr_webhooks_new (CrStore *store, CrVault *vault, CrChanges *changes, CrClock clock)
{
  CrWebhooks *self = g_object_new (CR_TYPE_WEBHOOKS, NULL);

  self->store = g_object_ref (store);
  self->vault = g_object_ref (vault);
  self->changes = g_object_ref (changes);
  self->clock = clock;
  self->client = cr_client_new (clock, MOST_FLYING);
  g_signal_connect_object (changes, "changed", G_CALLBACK (changed_cb), self, 0);
  return self;
}
