/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "webhook/cr-delivery-settle.h"
#include "webhook/cr-webhooks-private.h"

#define STORE_WAIT_MS (10 * 1000)

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
  CrWebhookLane *lane = g_hash_table_lookup (self->lanes, result->webhook_id);

  if (lane != NULL)
    g_hash_table_remove (lane->known, result->delivery_id);
  if (result->is_warning || result->end != CR_WEBHOOK_END_NONE)
    g_signal_emit_by_name (self, "notice", result->webhook_id, result->end);
  if (result->by_hand)
    answer_by_hand (self, result);
}

static gboolean
store_later_cb (gpointer data)
{
  g_autoptr (CrWebhooks) self = data;

  self->is_writing = FALSE;
  cr_webhooks_write_results (self);
  cr_webhooks_end_if_stopped (self);
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
      cr_webhooks_write_results (self);
      if (cr_webhooks_is_hungry (self))
        cr_webhooks_look (self);
    }

  writing_free (writing);
  cr_webhooks_end_if_stopped (self);
}

/* All that have come together while the last were written, in one transaction. */
void
cr_webhooks_write_results (CrWebhooks *self)
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
