/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-order.h"
#include "engine/cr-engine-uploads.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-withdrawals-table.h"

static gpointer
export_func (CrDb *db, gpointer data, GError **error)
{
  CrOrder *order = data;
  g_autoptr (CrDestination) destination = cr_destinations_table_get (db, order->id, error);

  if (destination == NULL)
    return NULL;
  if (!destination->is_enabled)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_CONFLICT,
                   "This destination is disabled. Enable it first.");
      return NULL;
    }

  return cr_runs_table_queue (db, order->id, CR_RUN_TRIGGER_MANUAL, NULL, order->person,
                              order->now_ms, error);
}

void
cr_engine_start_export_async (CrEngine *self,
                              const char *destination_id,
                              const char *person,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_start_export_async, cancellable, callback, user_data);

  cr_order_run (self, export_func, cr_order_new (self, destination_id, person),
                "destination.export", CR_CHANGE_RUN, g_object_unref, task);
}

CrExportRun *
cr_engine_start_export_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
force (CrDb *db, CrExportRun *run, GError **error)
{
  run->is_forced = TRUE;
  return cr_runs_table_force (db, run->id, error);
}

static gpointer
retry_func (CrDb *db, gpointer data, GError **error)
{
  CrOrder *order = data;
  g_autoptr (CrExportRun) old = cr_runs_table_get (db, order->id, error);
  g_autoptr (CrExportRun) run = NULL;

  if (old == NULL)
    return NULL;
  if (!cr_run_status_is_final (old->status) || old->status == CR_RUN_COMPLETE)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_CONFLICT,
                   old->status == CR_RUN_COMPLETE ? CR_SAID ("Nothing of this run failed.")
                                                  : CR_SAID ("This run has not ended yet."));
      return NULL;
    }

  run = cr_runs_table_queue (db, old->destination_id, CR_RUN_TRIGGER_MANUAL_RETRY, old->id,
                             order->person, order->now_ms, error);
  if (run == NULL || !order->is_forced)
    return g_steal_pointer (&run);

  return force (db, run, error) ? g_steal_pointer (&run) : NULL;
}

void
cr_engine_retry_run_async (CrEngine *self,
                           const char *run_id,
                           const char *person,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_retry_run_async, cancellable, callback, user_data);

  cr_order_run (self, retry_func, cr_order_new (self, run_id, person), "run.retry", CR_CHANGE_RUN,
                g_object_unref, task);
}

/* Also what was refused for what it is and would likely be refused again. */
void
cr_engine_retry_all_async (CrEngine *self,
                           const char *run_id,
                           const char *person,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_retry_all_async, cancellable, callback, user_data);
  CrOrder *order = cr_order_new (self, run_id, person);

  order->is_forced = TRUE;
  cr_order_run (self, retry_func, order, "run.retry_all", CR_CHANGE_RUN, g_object_unref, task);
}

CrExportRun *
cr_engine_retry_run_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static CrExportRun *
get_open (CrDb *db, const char *id, GError **error)
{
  CrExportRun *run = cr_runs_table_get (db, id, error);

  if (run == NULL || !cr_run_status_is_final (run->status))
    return run;

  g_object_unref (run);
  g_set_error (error, CR_ERROR, CR_ERROR_CONFLICT, "This run has ended already.");
  return NULL;
}

static gpointer
cancel_run_func (CrDb *db, gpointer data, GError **error)
{
  CrOrder *order = data;
  g_autoptr (CrExportRun) run = get_open (db, order->id, error);

  if (run == NULL)
    return NULL;
  if (order->is_running)
    return g_strdup (run->destination_id);

  run->status = CR_RUN_CANCELLED;
  run->waiting_for = CR_WAIT_NONE;
  run->wait_until_ms = 0;
  run->completed_ms = order->now_ms;
  return cr_items_table_leave (db, run, error) && cr_runs_table_save (db, run, error)
           ? g_strdup (run->destination_id)
           : NULL;
}

static void
cancelled_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autofree char *destination_id = g_task_propagate_pointer (G_TASK (result), &error);

  if (destination_id != NULL)
    cr_engine_clean_before (CR_ENGINE (engine), destination_id, g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

void
cr_engine_cancel_run_async (CrEngine *self,
                            const char *run_id,
                            const char *person,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_cancel_run_async, cancellable, callback, user_data);
  GTask *cancelling = cr_engine_task (self, cancel_run_func, cancellable, cancelled_cb, task);
  CrOrder *order = cr_order_new (self, run_id, person);

  order->is_running = cr_scheduler_cancel_run (self->scheduler, run_id);
  cr_order_run (self, cancel_run_func, order, "run.cancel", CR_CHANGE_RUN, g_free, cancelling);
}

gboolean
cr_engine_cancel_run_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/* Pause and resume ----------------------------------------------------------------------------- */

static gpointer
pause_func (CrDb *db, gpointer data, GError **error)
{
  CrOrder *order = data;
  g_autoptr (CrExportRun) run = get_open (db, order->id, error);

  if (run == NULL)
    return NULL;
  if (order->is_running)
    return CR_DONE;

  /* A run waits only once it has begun. */
  if (run->status == CR_RUN_QUEUED)
    {
      run->status = CR_RUN_RUNNING;
      if (!cr_runs_table_save (db, run, error))
        return NULL;
    }
  run->status = CR_RUN_WAITING;
  run->waiting_for = CR_WAIT_PAUSED;
  run->wait_until_ms = 0;
  return cr_runs_table_save (db, run, error) ? CR_DONE : NULL;
}

void
cr_engine_pause_run_async (CrEngine *self,
                           const char *run_id,
                           const char *person,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_pause_run_async, cancellable, callback, user_data);
  CrOrder *order = cr_order_new (self, run_id, person);

  order->is_running = cr_scheduler_pause_run (self->scheduler, run_id, TRUE);
  cr_order_run (self, pause_func, order, "run.pause", CR_CHANGE_RUN, NULL, task);
}

gboolean
cr_engine_pause_run_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

static gpointer
resume_func (CrDb *db, gpointer data, GError **error)
{
  CrOrder *order = data;
  g_autoptr (CrExportRun) run = cr_runs_table_get (db, order->id, error);

  if (run == NULL)
    return NULL;
  if (run->status != CR_RUN_WAITING && order->is_running)
    return CR_DONE;
  if (run->status != CR_RUN_WAITING)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_CONFLICT, "This run is neither paused nor waiting.");
      return NULL;
    }

  run->waiting_for = CR_WAIT_NONE;
  run->wait_until_ms = 0;
  return cr_runs_table_save (db, run, error) ? CR_DONE : NULL;
}

/* Goes on at once: also with a run that waits for its next attempt, or is about to pause. */
void
cr_engine_resume_run_async (CrEngine *self,
                            const char *run_id,
                            const char *person,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_resume_run_async, cancellable, callback, user_data);
  CrOrder *order = cr_order_new (self, run_id, person);

  order->is_running = cr_scheduler_pause_run (self->scheduler, run_id, FALSE);
  cr_order_run (self, resume_func, order, "run.resume", CR_CHANGE_RUN, NULL, task);
}

gboolean
cr_engine_resume_run_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/* Previews ------------------------------------------------------------------------------------- */

static gpointer
preview_func (CrDb *db, gpointer data, GError **error)
{
  return cr_runs_table_preview_retry (db, data, error);
}

static void
previewed_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  CrRetryPreview *preview = cr_store_read_finish (CR_STORE (store), result, &error);

  if (preview != NULL)
    g_task_return_pointer (task, preview, (GDestroyNotify) cr_retry_preview_free);
  else
    g_task_return_error (task, error);
}

void
cr_engine_preview_retry_async (CrEngine *self,
                               const char *run_id,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_preview_retry_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_BULK, preview_func, g_strdup (run_id), g_free,
                       (GDestroyNotify) cr_retry_preview_free, cancellable, previewed_cb, task);
}

CrRetryPreview *
cr_engine_preview_retry_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
receipt_func (CrDb *db, gpointer data, GError **error)
{
  return cr_withdrawals_receipt (db, data, error);
}

static void
receipt_read_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  CrReceipt *receipt = cr_store_read_finish (CR_STORE (store), result, &error);

  if (receipt != NULL)
    g_task_return_pointer (task, receipt, (GDestroyNotify) cr_receipt_free);
  else
    g_task_return_error (task, error);
}

void
cr_engine_receipt_async (CrEngine *self,
                         const char *run_id,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_receipt_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_SCREEN, receipt_func, g_strdup (run_id), g_free,
                       (GDestroyNotify) cr_receipt_free, cancellable, receipt_read_cb, task);
}

CrReceipt *
cr_engine_receipt_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* What a rewind would send again. */
typedef struct
{
  gint64 n;
  gint64 n_held;
} Again;

static gpointer
count_func (CrDb *db, gpointer data, GError **error)
{
  CrOrder *order = data;
  g_autofree Again *again = g_new0 (Again, 1);
  gint64 sequence = cr_rewind_sequence (db, order->to_ms, error);

  again->n = sequence >= 0 ? cr_rewind_count (db, sequence, &again->n_held, error) : -1;
  return again->n >= 0 ? g_steal_pointer (&again) : NULL;
}

static void
counted_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  Again *again = cr_store_read_finish (CR_STORE (store), result, &error);

  if (again != NULL)
    g_task_return_pointer (task, again, g_free);
  else
    g_task_return_error (task, error);
}

void
cr_engine_count_rewind_async (CrEngine *self,
                              const char *destination_id,
                              gint64 to_ms,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_count_rewind_async, cancellable, callback, user_data);
  CrOrder *order = cr_order_new (self, destination_id, NULL);

  order->to_ms = to_ms;
  cr_store_read_async (self->store, CR_READ_BULK, count_func, order, cr_order_free, g_free,
                       cancellable, counted_cb, task);
}

/**
 * cr_engine_count_rewind_finish:
 * @n_held: (out): how many more are held until a person has decided
 *
 * Returns: how many records a rewind would send again; -1 on error
 */
gint64
cr_engine_count_rewind_finish (CrEngine *self, GAsyncResult *result, gint64 *n_held, GError **error)
{
  g_autofree Again *again = g_task_propagate_pointer (G_TASK (result), error);

  *n_held = again != NULL ? again->n_held : 0;
  return again != NULL ? again->n : -1;
}

static gpointer
rewind_func (CrDb *db, gpointer data, GError **error)
{
  CrOrder *order = data;

  return cr_rewind (db, order->id, order->to_ms, order->person, order->now_ms, error);
}

void
cr_engine_rewind_async (CrEngine *self,
                        const char *destination_id,
                        gint64 to_ms,
                        const char *person,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_rewind_async, cancellable, callback, user_data);
  CrOrder *order = cr_order_new (self, destination_id, person);

  order->to_ms = to_ms;
  cr_order_run (self, rewind_func, order, "destination.rewind", CR_CHANGE_RUN, g_object_unref,
                task);
}

CrExportRun *
cr_engine_rewind_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
