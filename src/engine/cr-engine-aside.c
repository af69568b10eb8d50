/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "engine/cr-engine-backup.h"
#include "engine/cr-engine-private.h"
#include "engine/cr-restore-aside.h"

/* What the keyring keeps for nobody ---------------------------------------------------------- */

static void
cleared_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  gboolean ok = cr_vault_clear_finish (CR_VAULT (vault), result, &error);

  cr_vault_close (CR_VAULT (vault));
  /* Tried again at the next opening. */
  if (!ok && !cr_error_is_cancelled (error))
    g_message ("Secrets that nobody needs are still in the keyring: %s", error->message);
  if (ok && !self->is_closing)
    cr_restore_strike_left (self->workspace, g_task_get_task_data (task));
  if (ok)
    cr_engine_clear_left (self);
  g_task_return_boolean (task, TRUE);
}

void
cr_engine_clear_left (CrEngine *self)
{
  g_auto (GStrv) ids = NULL;
  g_autoptr (CrVault) vault = NULL;
  GTask *task;

  if (self->is_closing)
    return;
  ids = cr_restore_list_left (self->workspace);
  if (ids[0] == NULL)
    return;

  vault = cr_vault_new (ids[0]);
  task = g_task_new (self, self->cancellable, NULL, NULL);
  g_task_set_source_tag (task, cr_engine_clear_left);
  g_task_set_task_data (task, g_strdup (ids[0]), g_free);
  cr_vault_clear_all_async (vault, self->cancellable, cleared_cb, task);
}

/* Letting go of what stands aside ------------------------------------------------------------ */

static gpointer
discard_func (CrDb *db, gpointer data, GError **error)
{
  return cr_restore_discard_aside (data, error) ? CR_DONE : NULL;
}

void
cr_engine_discard_aside_async (CrEngine *self,
                               const char *person,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_discard_aside_async, cancellable, callback, user_data);
  CrVerb verb = { .func = discard_func,
                  .data = g_object_ref (self->workspace),
                  .free_data = g_object_unref,
                  .person = person,
                  .action = "backup.discard",
                  .change = CR_CHANGE_SETTING };

  cr_engine_run_verb (self, &verb, task);
}

gboolean
cr_engine_discard_aside_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  gboolean ok = g_task_propagate_pointer (G_TASK (result), error) != NULL;

  if (ok)
    cr_engine_clear_left (self);
  return ok;
}
