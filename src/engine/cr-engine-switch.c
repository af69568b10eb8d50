/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-order.h"
#include "engine/cr-engine-uploads.h"

#include "base/cr-error.h"
#include "export/cr-sender.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-removal-table.h"
#include "store/cr-uploads-table.h"
#include "store/cr-withdrawals-table.h"

static gpointer
enable_func (CrDb *db, gpointer data, GError **error)
{
  CrOrder *order = data;
  g_autoptr (CrDestination) destination = cr_destinations_table_get (db, order->id, error);
  g_autoptr (CrExportRun) run = NULL;
  gboolean was_enabled;

  if (destination == NULL)
    return NULL;

  was_enabled = destination->is_enabled;
  destination->is_enabled = order->enable;
  destination->updated_ms = order->now_ms;
  if (order->enable)
    g_clear_pointer (&destination->action_required, g_free);
  if (!cr_destinations_table_update (db, destination, error))
    return NULL;
  if (!order->enable || was_enabled)
    return CR_DONE;

  run = cr_runs_table_queue (db, order->id, CR_RUN_TRIGGER_REACTIVATED, NULL, order->person,
                             order->now_ms, error);
  return run != NULL && cr_withdrawals_queue (db, order->id, order->now_ms, error) ? CR_DONE : NULL;
}

void
cr_engine_enable_destination_async (CrEngine *self,
                                    const char *id,
                                    gboolean enable,
                                    const char *person,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_enable_destination_async, cancellable, callback, user_data);
  CrOrder *order = cr_order_new (self, id, person);

  order->enable = enable;
  cr_order_run (self, enable_func, order, enable ? "destination.enable" : "destination.disable",
                CR_CHANGE_DESTINATION, NULL, task);
}

gboolean
cr_engine_enable_destination_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  gboolean ok = g_task_propagate_pointer (G_TASK (result), error) != NULL;

  if (ok)
    cr_changes_tell (self->changes, CR_CHANGE_RUN, NULL, NULL);
  if (ok)
    cr_engine_go_on_cleaning (self, NULL);
  return ok;
}

/* Which secrets there are depends on the kind; every name that a kind may have. */
GPtrArray *
cr_engine_destination_secrets (const char *id)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_kinds;
  const CrSenderKind *kinds = cr_sender_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    for (guint j = 0; j < kinds[i].n_fields; j++)
      if (kinds[i].fields[j].kind == CR_FIELD_SECRET &&
          g_hash_table_add (seen, (gpointer) kinds[i].fields[j].name))
        g_ptr_array_add (names, cr_sender_secret_name (id, kinds[i].fields[j].name));

  return names;
}

static gpointer
remove_func (CrDb *db, gpointer data, GError **error)
{
  CrOrder *order = data;
  g_autoptr (GPtrArray) names = cr_engine_destination_secrets (order->id);

  if (!cr_uploads_table_note_removed (db, order->id, order->now_ms, error) ||
      !cr_destinations_table_remove (db, order->id, error))
    return NULL;
  for (guint i = 0; i < names->len; i++)
    if (!cr_removal_tasks_add (db, CR_REMOVAL_KEYRING, g_ptr_array_index (names, i), order->now_ms,
                               error))
      return NULL;

  return CR_DONE;
}

static void
removed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const char *id = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_pointer (G_TASK (result), &error) != NULL)
    cr_engine_clean_before (CR_ENGINE (engine), id, g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

/**
 * cr_engine_remove_destination_async:
 *
 * What unfinished files left there is taken away first, while there are credentials for it: what
 * could not be says cr_engine_dup_rest().
 */
void
cr_engine_remove_destination_async (CrEngine *self,
                                    const char *id,
                                    const char *person,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_remove_destination_async, cancellable, callback, user_data);
  GTask *removing = cr_engine_task (self, remove_func, cancellable, removed_cb, task);

  g_task_set_task_data (task, g_strdup (id), g_free);
  cr_order_run (self, remove_func, cr_order_new (self, id, person), "destination.remove",
                CR_CHANGE_DESTINATION, NULL, removing);
}

gboolean
cr_engine_remove_destination_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  gboolean ok = g_task_propagate_pointer (G_TASK (result), error) != NULL;

  if (ok)
    cr_engine_go_on_removing (self);
  return ok;
}
