/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-opening.h"

#include "base/cr-error.h"
#include "engine/cr-takeover.h"

#include <glib/gi18n.h>

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  CrEngine *engine = cr_engine_open_finish (result, &error);

  if (engine != NULL)
    g_task_return_pointer (task, engine, g_object_unref);
  else
    {
      cr_workspace_unlock (g_task_get_task_data (task));
      g_task_return_error (task, error);
    }
}

static void
taken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngineOptions options = { .workspace = CR_WORKSPACE (source), .clock = cr_time_now_ms };
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;

  if (!cr_workspace_take_finish (CR_WORKSPACE (source), result, &error))
    g_task_return_error (task, error);
  else
    cr_engine_open_async (&options, cancellable, opened_cb, g_steal_pointer (&task));
}

void
cr_opening_run_async (const char *folder,
                      gboolean is_sandbox,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autofree char *path =
      folder != NULL ? g_strdup (folder) : cr_workspace_default_folder (is_sandbox);
  CrWorkspace *workspace;
  GError *error = NULL;

  g_task_set_source_tag (task, cr_opening_run_async);
  /* What opened all the same is for whoever asked to close. */
  g_task_set_check_cancellable (task, FALSE);
  workspace = cr_workspace_open (path, is_sandbox, &error);
  if (workspace == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_task_set_task_data (task, workspace, g_object_unref);
  cr_workspace_take_async (workspace, cancellable, taken_cb, g_object_ref (task));
}

CrEngine *
cr_opening_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const char *
advise (CrErrorCode code)
{
  switch (code)
    {
    case CR_ERROR_IN_USE:
      return _ ("Close the other Chartroom, or whatever else is in the way, then try "
                "again.");
    case CR_ERROR_NO_SPACE:
      return _ ("Make room on the disk, then try again. Nothing that was stored is lost.");
    case CR_ERROR_READ_ONLY:
      return _ ("Make the folder writable for this user, then try again.");
    case CR_ERROR_CORRUPT:
      return _ ("If there is no backup, ask for help before anything else is done in this folder.");
    case CR_ERROR_TOO_NEW:
      return _ ("Install the newer Chartroom, then try again. Nothing was changed.");
    case CR_ERROR_KEYRING_MISSING:
    case CR_ERROR_KEYRING_LOCKED:
    case CR_ERROR_KEYRING_REFUSED:
      return _ ("Unlock the system’s keyring, then try again.");
    case CR_ERROR_BAD_INPUT:
    case CR_ERROR_CONFLICT:
    case CR_ERROR_NOT_FOUND:
      return _ ("Choose another folder, or correct this one, then try again.");
    case CR_ERROR_OFFLINE:
    case CR_ERROR_BUSY:
    case CR_ERROR_SIGN_IN:
    case CR_ERROR_REFUSED:
    case CR_ERROR_BAD_REPLY:
    case CR_ERROR_TOO_LARGE:
    case CR_ERROR_CERTIFICATE:
    case CR_ERROR_INTERNAL:
    default:
      return _ ("Try again. If that does not help, restart the computer.");
    }
}

const char *
cr_opening_advise (const GError *error)
{
  return advise (error->domain == CR_ERROR ? (CrErrorCode) error->code : CR_ERROR_INTERNAL);
}
