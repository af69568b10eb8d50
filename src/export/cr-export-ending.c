/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-flow-private.h"

#include "base/cr-error.h"
#include "store/cr-destinations-table.h"

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  g_autoptr (GError) gone = NULL;
  g_autoptr (CrDestination) destination = cr_store_read_finish (self->store, result, &gone);

  if (g_error_matches (gone, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_CONFLICT,
                             "The destination was removed while this export to it was running. "
                             "Nothing more is sent; what had arrived there stays there");
  else
    g_task_return_error (task, g_steal_pointer (&self->store_error));
}

static gpointer
look_for_destination (CrDb *db, gpointer id, GError **error)
{
  return cr_destinations_table_get (db, id, error);
}

static void
return_run (CrExportFlow *self, CrExportRun *run)
{
  g_autoptr (GTask) task = NULL;

  /* With a destination its runs and items go: what the store then misses is not what happened. */
  if (g_error_matches (self->store_error, CR_ERROR, CR_ERROR_NOT_FOUND) ||
      g_error_matches (self->store_error, CR_ERROR, CR_ERROR_CONFLICT))
    {
      g_clear_object (&run);
      cr_store_read_async (self->store, CR_READ_BULK, look_for_destination,
                           g_strdup (self->destination->id), g_free, g_object_unref, NULL,
                           looked_cb, g_object_ref (self));
      return;
    }

  task = g_steal_pointer (&self->task);
  if (self->store_error != NULL)
    {
      g_clear_object (&run);
      g_task_return_error (task, g_steal_pointer (&self->store_error));
    }
  else
    g_task_return_pointer (task, run, g_object_unref);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;
  CrExportRun *run = cr_store_write_finish (self->store, result, &error);

  if (error != NULL)
    cr_export_flow_stop_with_store (self, error);
  cr_export_flow_tell (self, TRUE);
  return_run (self, run);
}

static gint64
wait_ms (CrExportFlow *self)
{
  guint shift = MIN (MAX (self->attempts, 1) - 1, 10);

  if (cr_error_is_keyring (self->error))
    return KEYRING_WAIT_MS;

  return MAX (MIN ((gint64) FIRST_WAIT_MS << shift, LONGEST_WAIT_MS), self->retry_after_ms);
}

static void
set_waiting (CrExportFlow *self)
{
  CrExportRun *run = self->run;

  run->status = CR_RUN_WAITING;
  run->wait_until_ms = self->clock () + wait_ms (self);
  run->waiting_for = cr_error_is_keyring (self->error) ? CR_WAIT_KEYRING_LOCKED
                   : g_error_matches (self->error, CR_ERROR, CR_ERROR_OFFLINE) ? CR_WAIT_OFFLINE
                                                                               : CR_WAIT_RATE_LIMIT;
}

static void
set_error (CrExportRun *run, const char *code, const char *message)
{
  g_free (run->error_code);
  g_free (run->error_message);
  run->error_code = g_strdup (code);
  run->error_message = g_strdup (message);
}

static void
set_settled (CrExportFlow *self)
{
  CrExportRun *run = self->run;

  run->status = run->n_failed_items == 0 ? CR_RUN_COMPLETE
              : run->n_resources > 0     ? CR_RUN_PARTIAL
                                         : CR_RUN_FAILED;
  for (guint i = 0; i < self->items->len && run->status != CR_RUN_COMPLETE; i++)
    {
      CrExportItem *item = g_ptr_array_index (self->items, i);

      if (item->status != CR_ITEM_FAILED)
        continue;
      set_error (run, item->error_code, item->error_message);
      break;
    }
}

/* Decides what the run has come to. */
static void
conclude (CrExportFlow *self, CrExportEnd *end)
{
  CrExportRun *run = self->run;
  gboolean has_given_up = self->attempts >= MAX_ATTEMPTS;

  end->leave_as = CR_ITEM_PENDING;
  if (cr_export_flow_is_cancelled (self))
    {
      run->status = CR_RUN_CANCELLED;
      end->leave_as = CR_ITEM_SUPERSEDED;
    }
  else if (self->error != NULL && cr_export_flow_can_wait (self->error) &&
           (cr_error_is_keyring (self->error) || !has_given_up))
    {
      set_error (run, cr_error_nick (self->error), self->error->message);
      set_waiting (self);
    }
  else if (self->error != NULL)
    {
      run->status = CR_RUN_FAILED;
      set_error (run, cr_error_nick (self->error), self->error->message);
      end->leave_as = CR_ITEM_FAILED;
      if (cr_export_flow_needs_person (self->error))
        end->action_required = g_strdup (self->error->message);
      end->plans_retry = end->action_required == NULL;
    }
  else if (self->is_paused)
    {
      run->status = CR_RUN_WAITING;
      run->waiting_for = CR_WAIT_PAUSED;
    }
  else if (self->is_suspended)
    run->status = CR_RUN_QUEUED;
  else
    {
      set_settled (self);
      end->moves_watermarks = !cr_run_trigger_is_retry (run->trigger) && !run->is_withdrawal;
      end->clears_action = run->n_resources > 0;
      end->plans_retry = run->n_failed_items > 0;
    }
}

/* Writes down what this try has come to, and returns the run. */
void
cr_export_flow_end (CrExportFlow *self)
{
  CrExportEnd *end;

  if (self->store_error != NULL || self->run == NULL || cr_run_status_is_final (self->run->status))
    {
      return_run (self, g_steal_pointer (&self->run));
      return;
    }

  end = g_new0 (CrExportEnd, 1);
  end->now_ms = self->clock ();
  conclude (self, end);
  if (cr_run_status_is_final (self->run->status))
    self->run->completed_ms = end->now_ms;
  end->run = cr_export_run_copy (self->run);
  end->items = self->items != NULL ? g_ptr_array_ref (self->items) : NULL;
  end->sealed = g_ptr_array_ref (self->sealed);
  cr_store_write_async (self->store, CR_WRITE_SURE, cr_export_end, end,
                        (GDestroyNotify) cr_export_end_free, g_object_unref, NULL, ended_cb,
                        g_object_ref (self));
}
