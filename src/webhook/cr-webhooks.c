/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "webhook/cr-webhooks-private.h"

#include "store/cr-deliveries-table.h"
#include "store/cr-webhooks-table.h"
#include "webhook/cr-delivery-settle.h"

#define MOST_ENDPOINTS 1000
#define BATCH 256
#define LONGEST_SLEEP_MS (60 * 1000)

G_DEFINE_FINAL_TYPE (CrWebhooks, cr_webhooks, G_TYPE_OBJECT)

static void
lane_free (gpointer data)
{
  CrWebhookLane *lane = data;

  g_clear_object (&lane->endpoint);
  g_queue_clear_full (&lane->queue, g_object_unref);
  g_queue_clear_full (&lane->by_hand, g_object_unref);
  g_clear_pointer (&lane->known, g_hash_table_unref);
  g_clear_pointer (&lane->secrets, g_ptr_array_unref);
  g_free (lane);
}

CrWebhookLane *
cr_webhooks_lane_for (CrWebhooks *self, const char *webhook_id)
{
  CrWebhookLane *lane = g_hash_table_lookup (self->lanes, webhook_id);

  if (lane != NULL)
    return lane;

  lane = g_new0 (CrWebhookLane, 1);
  g_queue_init (&lane->queue);
  g_queue_init (&lane->by_hand);
  lane->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (self->lanes, g_strdup (webhook_id), lane);
  return lane;
}

/* As it stands in the store. Secrets that were read for how it stood before may lack the older one.
 */
void
cr_webhooks_set_endpoint (CrWebhookLane *lane, CrWebhookEndpoint *endpoint)
{
  if (lane->endpoint != NULL &&
      lane->endpoint->old_secret_until_ms != endpoint->old_secret_until_ms)
    cr_webhooks_forget_secrets (lane);
  g_set_object (&lane->endpoint, endpoint);
}

/* Time ----------------------------------------------------------------------------------------- */

static gboolean
timer_cb (gpointer data)
{
  CrWebhooks *self = data;

  self->timer_id = 0;
  cr_webhooks_look (self);
  return G_SOURCE_REMOVE;
}

/* Looks again then, or before. */
void
cr_webhooks_sleep_for (CrWebhooks *self, gint64 ms)
{
  gint64 wait_ms = CLAMP (ms, 1, LONGEST_SLEEP_MS);
  gint64 until_us = g_get_monotonic_time () + wait_ms * 1000;

  if (self->stopping != NULL || (self->timer_id != 0 && self->timer_us <= until_us))
    return;

  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->timer_us = until_us;
  self->timer_id = g_timeout_add ((guint) wait_ms, timer_cb, self);
}

void
cr_webhooks_end_if_stopped (CrWebhooks *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->stopping == NULL || self->n_flying > 0 || self->is_writing || self->is_looking)
    return;

  task = g_steal_pointer (&self->stopping);
  g_task_return_boolean (task, TRUE);
}

/* Looking -------------------------------------------------------------------------------------- */

/* Whether more is due for somebody than was read. */
gboolean
cr_webhooks_is_hungry (CrWebhooks *self)
{
  GHashTableIter iter;
  CrWebhookLane *lane;

  g_hash_table_iter_init (&iter, self->lanes);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &lane))
    if (lane->may_have_more && g_queue_get_length (&lane->queue) < BATCH / 4)
      return TRUE;
  return FALSE;
}

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
  g_autoptr (GPtrArray) active = cr_webhooks_table_list_active (db, MOST_ENDPOINTS, error);

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
  CrWebhookLane *lane = cr_webhooks_lane_for (self, load->endpoint->id);
  gint64 failing_ms =
      lane->endpoint != NULL ? lane->endpoint->failing_since_ms : load->endpoint->failing_since_ms;

  cr_webhooks_set_endpoint (lane, load->endpoint);
  lane->endpoint->failing_since_ms = failing_ms;
  lane->may_have_more = load->due->len == load->limit;
  for (guint i = 0; i < load->due->len; i++)
    {
      CrDelivery *delivery = g_ptr_array_index (load->due, i);

      if (g_hash_table_add (lane->known, g_strdup (delivery->id)))
        g_queue_push_tail (&lane->queue, g_object_ref (delivery));
    }
  cr_webhooks_pump (self, lane);
}

/* What waits for an endpoint that is disabled, or gone, is not sent. */
static void
empty_others (CrWebhooks *self, GPtrArray *loads)
{
  g_autoptr (GHashTable) active = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  const char *id;
  CrWebhookLane *lane;

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
      if (g_hash_table_size (lane->known) == 0 && lane->n_flying == 0 &&
          g_queue_is_empty (&lane->by_hand))
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
      cr_webhooks_sleep_for (self, ok && seen->next_ms > seen->now_ms ? seen->next_ms - seen->now_ms
                                                                      : LONGEST_SLEEP_MS);
      if (ok)
        empty_others (self, seen->loads);
      for (guint i = 0; ok && i < seen->loads->len; i++)
        take_load (self, g_ptr_array_index (seen->loads, i));
      if (self->must_look_again)
        cr_webhooks_look (self);
    }

  look_free (seen);
  cr_webhooks_end_if_stopped (self);
}

void
cr_webhooks_look (CrWebhooks *self)
{
  Look *seen;
  GHashTableIter iter;
  const char *id;
  CrWebhookLane *lane;

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
  cr_webhooks_look (self);
}

void
cr_webhooks_wake (CrWebhooks *self)
{
  g_return_if_fail (CR_IS_WEBHOOKS (self));

  cr_webhooks_look (self);
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
  CrWebhookLane *lane = g_hash_table_lookup (self->lanes, webhook_id);

  if (lane != NULL)
    cr_webhooks_forget_secrets (lane);
  cr_webhooks_look (self);
}

static void
changed_cb (CrChanges *changes,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            gpointer data)
{
  if (kind == CR_CHANGE_EVENT)
    cr_webhooks_look (data);
}

void
cr_webhooks_stop_async (CrWebhooks *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (CR_IS_WEBHOOKS (self));
  g_return_if_fail (self->stopping == NULL);

  self->stopping = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->stopping, cr_webhooks_stop_async);
  g_clear_handle_id (&self->timer_id, g_source_remove);
  cr_webhooks_end_if_stopped (self);
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

  g_signal_new ("notice", CR_TYPE_WEBHOOKS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                G_TYPE_STRING, CR_TYPE_WEBHOOK_END);
  g_signal_new ("keyring", CR_TYPE_WEBHOOKS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_ERROR);
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
  self->client = cr_client_new (clock, CR_WEBHOOK_MOST_FLYING);
  g_signal_connect_object (changes, "changed", G_CALLBACK (changed_cb), self, 0);
  return self;
}
