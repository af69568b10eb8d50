/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-opening.h"

#include "base/cr-error.h"

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

/* The one place where a folder is taken from whoever has it. */
static gboolean
lock_workspace (CrWorkspace *workspace, GError **error)
{
  return cr_workspace_lock (workspace, error);
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
  g_autoptr (CrWorkspace) workspace = NULL;
  CrEngineOptions options = { .clock = cr_time_now_ms };
  GError *error = NULL;

  g_task_set_source_tag (task, cr_opening_run_async);
  workspace = cr_workspace_open (path, is_sandbox, &error);
  if (workspace == NULL || !lock_workspace (workspace, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  options.workspace = workspace;
  g_task_set_task_data (task, g_object_ref (workspace), g_object_unref);
  cr_engine_open_async (&options, cancellable, opened_cb, g_object_ref (task));
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
      return _ ("Close the other Chartroom, or the command that works in this folder, then try "
                "again.");
    case CR_ERROR_NO_SPACE:
      return _ ("Make room on the disk, then try again. Nothing that was stored is lost.");
    case CR_ERROR_READ_ONLY:
      return _ ("Make the folder writable for this user, then try again.");
    case CR_ERROR_CORRUPT:
      return _ ("Nothing was changed or deleted. Restore a backup, or ask for help before anything "
                "else is done in this folder.");
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
