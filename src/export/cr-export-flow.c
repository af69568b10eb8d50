/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-flow-private.h"

#include "base/cr-error.h"
#include "export/cr-withdrawing.h"

G_DEFINE_FINAL_TYPE (CrExportFlow, cr_export_flow, G_TYPE_OBJECT)

static void advance (CrExportFlow *self);

GCancellable *
cr_export_flow_cancellable_of (CrExportFlow *self)
{
  return g_task_get_cancellable (self->task);
}

gboolean
cr_export_flow_is_cancelled (CrExportFlow *self)
{
  return g_cancellable_is_cancelled (cr_export_flow_cancellable_of (self));
}

gboolean
cr_export_flow_must_stop (CrExportFlow *self)
{
  return self->error != NULL || self->store_error != NULL || self->is_suspended ||
         cr_export_flow_is_cancelled (self);
}

void
cr_export_flow_go (CrExportFlow *self, Step step)
{
  self->step = step;
  advance (self);
}

/* Takes @error. Ends what the run does; cancelling is no error of the run's. */
void
cr_export_flow_stop_with (CrExportFlow *self, GError *error)
{
  if (self->error == NULL && !cr_error_is_cancelled (error))
    self->error = error;
  else
    g_error_free (error);
}

/* Takes @error: the store's own, so nothing can be written down about it. */
void
cr_export_flow_stop_with_store (CrExportFlow *self, GError *error)
{
  if (self->store_error == NULL)
    self->store_error = error;
  else
    g_error_free (error);
}

void
cr_export_flow_tell (CrExportFlow *self, gboolean is_final)
{
  gint64 now_ms = self->clock ();

  if (self->changes == NULL || (!is_final && ABS (now_ms - self->told_ms) < TELL_EVERY_MS))
    return;

  self->told_ms = now_ms;
  cr_changes_tell (self->changes, CR_CHANGE_RUN, self->run_id, NULL);
  cr_changes_tell (self->changes, CR_CHANGE_ITEM, self->run_id, NULL);
  cr_changes_tell (self->changes, CR_CHANGE_DESTINATION, self->destination->id, NULL);
}

/* Start */

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  self->run = cr_store_write_finish (self->store, result, &error);
  if (error != NULL)
    cr_export_flow_stop_with_store (self, error);
  else
    cr_export_flow_tell (self, TRUE);
  cr_export_flow_go (self, self->run == NULL || cr_run_status_is_final (self->run->status)
                               ? STEP_END
                               : STEP_SECRETS);
}

static void
start (CrExportFlow *self)
{
  CrExportStart *data = g_new0 (CrExportStart, 1);

  data->run_id = g_strdup (self->run_id);
  data->now_ms = self->clock ();
  cr_store_write_async (self->store, CR_WRITE_SURE, cr_export_start, data,
                        (GDestroyNotify) cr_export_start_free, g_object_unref, NULL, started_cb,
                        g_object_ref (self));
}

/* Secrets */

static void
got_secrets_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;
  g_autoptr (GHashTable) secrets = cr_sender_secrets_finish (result, &error);
  CrSenderParts parts = { self->client, self->clock, self->destination, secrets, self->uploads };

  if (secrets != NULL && !cr_export_flow_must_stop (self))
    self->sender = self->kind->make (&parts, &error);
  if (error != NULL)
    cr_export_flow_stop_with (self, error);
  cr_export_flow_go (self, cr_export_flow_must_stop (self) ? STEP_END
                           : self->run->n_items > 0        ? STEP_LIST
                                                           : STEP_PLAN_BEGIN);
}

static void
ask_secrets (CrExportFlow *self)
{
  self->kind = cr_sender_kind_find (self->destination->kind);
  if (self->kind != NULL)
    {
      cr_sender_secrets_async (self->vault, self->kind, self->destination, FALSE,
                               cr_export_flow_cancellable_of (self), got_secrets_cb,
                               g_object_ref (self));
      return;
    }

  cr_export_flow_stop_with (
      self, g_error_new_literal (CR_ERROR, CR_ERROR_BAD_INPUT,
                                 "This version does not know this kind of destination"));
  cr_export_flow_go (self, STEP_END);
}

/* Plan */

static void
withdrawals_planned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;
  g_autoptr (CrExportRun) run = cr_store_write_finish (self->store, result, &error);

  if (error != NULL)
    cr_export_flow_stop_with_store (self, error);
  else
    self->run->n_items = run->n_items;
  cr_export_flow_go (self, cr_export_flow_must_stop (self) ? STEP_END : STEP_LIST);
}

static void
plan_withdrawals (CrExportFlow *self)
{
  CrWithdrawingPlan *plan = g_new0 (CrWithdrawingPlan, 1);

  plan->sender = g_object_ref (self->sender);
  plan->run = cr_export_run_copy (self->run);
  cr_store_write_async (self->store, CR_WRITE_SURE, cr_withdrawing_plan, plan,
                        (GDestroyNotify) cr_withdrawing_plan_free, g_object_unref, NULL,
                        withdrawals_planned_cb, g_object_ref (self));
}

static void
plan_began_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  cr_store_read_finish (self->store, result, &error);
  if (error != NULL)
    cr_export_flow_stop_with_store (self, error);
  cr_export_flow_go (self, cr_export_flow_must_stop (self) ? STEP_END : STEP_PLAN_READ);
}

static void
plan_begin (CrExportFlow *self)
{
  g_autoptr (CrExportRun) copy = cr_export_run_copy (self->run);

  self->plan = cr_export_plan_new (self->sender, copy);
  cr_store_read_async (self->store, CR_READ_BULK, cr_export_plan_begin, self->plan, NULL, NULL,
                       NULL, plan_began_cb, g_object_ref (self));
}

static void
plan_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  cr_store_read_finish (self->store, result, &error);
  if (error != NULL)
    cr_export_flow_stop_with_store (self, error);
  cr_export_flow_go (self, cr_export_flow_must_stop (self) ? STEP_END : STEP_PLAN_WRITE);
}

static void
plan_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  cr_store_write_finish (self->store, result, &error);
  if (error != NULL)
    cr_export_flow_stop_with_store (self, error);
  /* Who ends here writes the run once more: without its items it would be planned again, and what
   * was taken from the retry list be forgotten with them. */
  else if (cr_export_plan_is_done (self->plan))
    self->run->n_items = cr_export_plan_count_items (self->plan);
  cr_export_flow_tell (self, FALSE);
  cr_export_flow_go (self, cr_export_flow_must_stop (self)       ? STEP_END
                           : cr_export_plan_is_done (self->plan) ? STEP_LIST
                                                                 : STEP_PLAN_READ);
}

/* Items */

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  self->items = cr_store_read_finish (self->store, result, &error);
  if (error != NULL)
    cr_export_flow_stop_with_store (self, error);
  else
    cr_export_flow_recount (self);
  cr_export_flow_go (self, cr_export_flow_must_stop (self) ? STEP_END : STEP_SEND);
}

static void
list_items (CrExportFlow *self)
{
  cr_store_read_async (self->store, CR_READ_BULK, cr_export_list_items, g_strdup (self->run_id),
                       g_free, (GDestroyNotify) g_ptr_array_unref, NULL, listed_cb,
                       g_object_ref (self));
}

/* Seal */

static void
note_sealed (CrExportFlow *self, CrExportSeal *seal)
{
  if (!g_str_equal (seal->run->id, self->run_id))
    g_ptr_array_add (self->sealed, g_strdup (seal->run->id));
}

/* Takes @seal. */
static void
queue_seal (CrExportFlow *self, CrExportSeal *seal)
{
  if (seal->items->len > 0)
    {
      g_queue_push_tail (&self->to_seal, seal);
      return;
    }

  note_sealed (self, seal);
  cr_export_seal_free (seal);
}

static void
sealed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  CrExportSeal *seal = g_queue_pop_head (&self->to_seal);
  GError *error = NULL;

  if (!cr_sender_seal_finish (self->sender, result, &error))
    cr_export_flow_stop_with (self, error);
  else
    note_sealed (self, seal);
  cr_export_seal_free (seal);
  cr_export_flow_go (self, cr_export_flow_must_stop (self) ? STEP_END : STEP_SEAL);
}

static void
seal_next (CrExportFlow *self)
{
  CrExportSeal *seal = g_queue_peek_head (&self->to_seal);

  if (seal == NULL)
    {
      cr_export_flow_go (self, STEP_END);
      return;
    }

  cr_sender_seal_async (self->sender, seal->run, seal->items, cr_export_flow_cancellable_of (self),
                        sealed_cb, g_object_ref (self));
}

static void
listed_unsealed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) seals = cr_store_read_finish (self->store, result, &error);

  if (error != NULL)
    cr_export_flow_stop_with_store (self, error);
  while (seals != NULL && seals->len > 0)
    queue_seal (self, g_ptr_array_steal_index (seals, 0));
  cr_export_flow_go (self, cr_export_flow_must_stop (self) ? STEP_END : STEP_SEAL);
}

/* A run that failed or was cancelled ended before its files got their manifest. They are not sent
 * again, so the next run that comes so far gives them one. */
static void
list_unsealed (CrExportFlow *self)
{
  queue_seal (self, cr_export_seal_new (self->run, self->items));
  cr_store_read_async (
      self->store, CR_READ_BULK, cr_export_list_unsealed, g_strdup (self->run->destination_id),
      g_free, (GDestroyNotify) g_ptr_array_unref, NULL, listed_unsealed_cb, g_object_ref (self));
}

static void
advance (CrExportFlow *self)
{
  switch (self->step)
    {
    case STEP_START:
      start (self);
      break;
    case STEP_SECRETS:
      ask_secrets (self);
      break;
    case STEP_PLAN_BEGIN:
      if (self->run->is_withdrawal)
        plan_withdrawals (self);
      else
        plan_begin (self);
      break;
    case STEP_PLAN_READ:
      cr_store_read_async (self->store, CR_READ_BULK, cr_export_plan_read, self->plan, NULL, NULL,
                           NULL, plan_read_cb, g_object_ref (self));
      break;
    case STEP_PLAN_WRITE:
      cr_store_write_async (self->store, CR_WRITE_FAST, cr_export_plan_write, self->plan, NULL,
                            NULL, NULL, plan_written_cb, g_object_ref (self));
      break;
    case STEP_LIST:
      list_items (self);
      break;
    case STEP_SEND:
      cr_export_flow_pump (self);
      break;
    case STEP_LIST_UNSEALED:
      list_unsealed (self);
      break;
    case STEP_SEAL:
      seal_next (self);
      break;
    case STEP_END:
    default:
      cr_export_flow_end (self);
      break;
    }
}

static void
cr_export_flow_finalize (GObject *object)
{
  CrExportFlow *self = CR_EXPORT_FLOW (object);

  g_clear_object (&self->store);
  g_clear_object (&self->client);
  g_clear_object (&self->vault);
  g_clear_object (&self->changes);
  g_clear_object (&self->destination);
  g_clear_object (&self->uploads);
  g_clear_object (&self->run);
  g_clear_object (&self->sender);
  g_clear_pointer (&self->plan, cr_export_plan_free);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->patients, g_hash_table_unref);
  g_clear_pointer (&self->ready, cr_export_load_free);
  g_queue_clear_full (&self->to_seal, (GDestroyNotify) cr_export_seal_free);
  g_clear_pointer (&self->sealed, g_ptr_array_unref);
  g_clear_error (&self->error);
  g_clear_error (&self->store_error);
  g_free (self->run_id);

  G_OBJECT_CLASS (cr_export_flow_parent_class)->finalize (object);
}

static void
cr_export_flow_class_init (CrExportFlowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_export_flow_finalize;
}

static void
cr_export_flow_init (CrExportFlow *self)
{
  self->patients = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->to_seal);
  self->sealed = g_ptr_array_new_with_free_func (g_free);
}

/**
 * cr_export_flow_new:
 * @parts: kept by reference; the run and the destination as they stand in the store
 *
 * Sends what a destination has not had. How nothing is lost and nothing counted twice:
 *
 * - The upper bound is fixed when the run starts; what is stored later belongs to a later run.
 * - Planning writes items with their entries, parents first, in transactions of some thousand
 *   records; cut off, it goes on behind the last item. A run with a number of items is planned.
 * - Each item is sent and then settled in one transaction. A crash between the two sends it again:
 *   upserts and whole files leave the destination as once.
 * - Watermarks move in the transaction that ends the run, over what was planned; what failed is on
 *   the retry list by then. A run that failed as a whole, or was cancelled, moves none.
 * - A retry moves entries from the old item to its own in one transaction.
 */
CrExportFlow *
cr_export_flow_new (const CrExportParts *parts)
{
  CrExportFlow *self = g_object_new (CR_TYPE_EXPORT_FLOW, NULL);

  self->store = g_object_ref (parts->store);
  self->client = g_object_ref (parts->client);
  self->vault = parts->vault != NULL ? g_object_ref (parts->vault) : NULL;
  self->changes = parts->changes != NULL ? g_object_ref (parts->changes) : NULL;
  self->clock = parts->clock;
  g_set_object (&self->uploads, parts->uploads);
  self->destination = g_object_ref (parts->destination);
  self->run_id = g_strdup (parts->run->id);
  return self;
}

/**
 * cr_export_flow_run_async:
 *
 * Ends when the run is final, waits (until its `wait_until_ms`, then a new flow takes it up) or was
 * suspended. Cancelling makes it cancelled and keeps what was sent. Once per flow.
 */
void
cr_export_flow_run_async (CrExportFlow *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (CR_IS_EXPORT_FLOW (self));
  g_return_if_fail (self->task == NULL && self->step == STEP_START);

  self->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, cr_export_flow_run_async);
  g_task_set_check_cancellable (self->task, FALSE);
  advance (self);
}

/**
 * cr_export_flow_run_finish:
 *
 * Returns: (transfer full) (nullable): the run as it stands in the store
 * Errors: only those of the store; what went wrong with the destination is in the run
 */
CrExportRun *
cr_export_flow_run_finish (CrExportFlow *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * cr_export_flow_suspend:
 *
 * Finishes the parcels that are out and leaves the run queued, for an engine that closes.
 */
void
cr_export_flow_suspend (CrExportFlow *self)
{
  g_return_if_fail (CR_IS_EXPORT_FLOW (self));

  self->is_suspended = TRUE;
}

/**
 * cr_export_flow_set_paused:
 *
 * Finishes the parcels that are out and leaves the run waiting until a person lets it go on; or,
 * where that was wanted and is not any more, queued.
 *
 * Returns: FALSE if nothing was to be taken back
 */
gboolean
cr_export_flow_set_paused (CrExportFlow *self, gboolean is_paused)
{
  gboolean was_paused;

  g_return_val_if_fail (CR_IS_EXPORT_FLOW (self), FALSE);

  was_paused = self->is_paused;
  self->is_paused = is_paused;
  self->is_suspended = self->is_suspended || is_paused;
  return is_paused || was_paused;
}
