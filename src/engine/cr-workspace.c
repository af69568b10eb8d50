/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-workspace.h"

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "base/cr-said.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

struct _CrWorkspace
{
  GObject parent_instance;

  char *folder; /* (owned) */
  char *id;     /* (owned) */
  gboolean is_sandbox;
  int fd;
  int lock_fd; /* -1: not held */
};

G_DEFINE_FINAL_TYPE (CrWorkspace, cr_workspace, G_TYPE_OBJECT)

static void
set_errno_error (GError **error, const char *what)
{
  int code = errno == ENOSPC || errno == EDQUOT ? CR_ERROR_NO_SPACE : CR_ERROR_READ_ONLY;

  g_set_error (error, CR_ERROR, code, "%s: %s", what, g_strerror (errno));
}

static void
cr_workspace_finalize (GObject *object)
{
  CrWorkspace *self = CR_WORKSPACE (object);

  cr_workspace_unlock (self);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->folder);
  g_free (self->id);

  G_OBJECT_CLASS (cr_workspace_parent_class)->finalize (object);
}

static void
cr_workspace_class_init (CrWorkspaceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_workspace_finalize;
}

static void
cr_workspace_init (CrWorkspace *self)
{
  self->fd = -1;
  self->lock_fd = -1;
}

static gboolean
write_identity (CrWorkspace *self, const char *path, GError **error)
{
  g_autoptr (JsonObject) identity = json_object_new ();
  g_autofree char *text = NULL;
  g_autoptr (GError) trouble = NULL;

  self->id = cr_random_hex (16);
  json_object_set_string_member (identity, "id", self->id);
  json_object_set_boolean_member (identity, "sandbox", self->is_sandbox);
  text = cr_json_object_to_text (identity, TRUE);
  if (g_file_set_contents_full (path, text, -1,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &trouble))
    return TRUE;

  g_set_error (error, CR_ERROR, CR_ERROR_READ_ONLY, "Chartroom cannot write in its data folder: %s",
               trouble->message);
  return FALSE;
}

static gboolean
read_identity (CrWorkspace *self, const char *text, GError **error)
{
  g_autoptr (JsonObject) identity = cr_json_parse (text, -1, "workspace.json", NULL);

  self->id = g_strdup (cr_json_string (identity, "id"));
  if (self->id == NULL)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_CORRUPT,
                   "The file workspace.json in the data folder is damaged. Nothing was changed; "
                   "restore it from a backup.");
      return FALSE;
    }
  if (cr_json_bool (identity, "sandbox", FALSE) != self->is_sandbox)
    {
      g_set_error (
          error, CR_ERROR, CR_ERROR_BAD_INPUT,
          self->is_sandbox
              ? CR_SAID ("This data folder holds a live workspace. Open it without --sandbox.")
              : CR_SAID ("This data folder holds a sandbox workspace. Open it with --sandbox."));
      return FALSE;
    }

  return TRUE;
}

/* FALSE with an error: whether there is one cannot be said. Then no new one may take its place:
 * what is in the keyring is found by it alone. */
static gboolean
find_identity (const char *path, char **text, GError **error)
{
  g_autoptr (GError) trouble = NULL;

  if (g_file_get_contents (path, text, NULL, &trouble) ||
      g_error_matches (trouble, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;

  g_set_error (
      error, CR_ERROR, CR_ERROR_READ_ONLY,
      "The file workspace.json in the data folder cannot be read: %s. Nothing was changed.",
      trouble->message);
  return FALSE;
}

/**
 * cr_workspace_reload:
 *
 * Reads again what it is, after its identity was replaced.
 */
gboolean
cr_workspace_reload (CrWorkspace *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, "workspace.json", NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_READ_ONLY,
                           "The file workspace.json in the data folder cannot be read.");
      return FALSE;
    }
  g_clear_pointer (&self->id, g_free);
  return read_identity (self, text, error);
}

/**
 * cr_workspace_open:
 * @folder: made with mode 0700 when missing
 * @is_sandbox: what it is, or becomes when new
 *
 * Errors: READ_ONLY or NO_SPACE when the folder cannot be used, BAD_INPUT when it is of the other
 *   kind, CORRUPT when its identity cannot be read
 */
CrWorkspace *
cr_workspace_open (const char *folder, gboolean is_sandbox, GError **error)
{
  g_autoptr (CrWorkspace) self = g_object_new (CR_TYPE_WORKSPACE, NULL);
  g_autofree char *path = g_build_filename (folder, "workspace.json", NULL);
  /* A restore that was stopped in the middle had taken the old one away. */
  g_autofree char *ready = g_build_filename (folder, "restore.ready", "workspace.json", NULL);
  g_autofree char *text = NULL;
  gboolean ok;

  self->folder = g_canonicalize_filename (folder, NULL);
  self->is_sandbox = is_sandbox;
  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    {
      set_errno_error (error, CR_SAID ("Chartroom cannot make its data folder"));
      return NULL;
    }

  self->fd = open (self->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (self->fd < 0)
    {
      set_errno_error (error, CR_SAID ("Chartroom cannot open its data folder"));
      return NULL;
    }

  if (!find_identity (path, &text, error) || (text == NULL && !find_identity (ready, &text, error)))
    return NULL;
  ok = text != NULL ? read_identity (self, text, error) : write_identity (self, path, error);
  return ok ? g_steal_pointer (&self) : NULL;
}

char *
cr_workspace_default_folder (gboolean is_sandbox)
{
  return g_build_filename (g_get_user_data_dir (), "chartroom", is_sandbox ? "sandbox" : "live",
                           NULL);
}

const char *
cr_workspace_get_folder (CrWorkspace *self)
{
  g_return_val_if_fail (CR_IS_WORKSPACE (self), NULL);

  return self->folder;
}

int
cr_workspace_get_fd (CrWorkspace *self)
{
  g_return_val_if_fail (CR_IS_WORKSPACE (self), -1);

  return self->fd;
}

const char *
cr_workspace_get_id (CrWorkspace *self)
{
  g_return_val_if_fail (CR_IS_WORKSPACE (self), NULL);

  return self->id;
}

gboolean
cr_workspace_is_sandbox (CrWorkspace *self)
{
  g_return_val_if_fail (CR_IS_WORKSPACE (self), FALSE);

  return self->is_sandbox;
}

char *
cr_workspace_get_path (CrWorkspace *self, const char *name)
{
  g_return_val_if_fail (CR_IS_WORKSPACE (self), NULL);

  return g_build_filename (self->folder, name, NULL);
}

static int
open_lock (CrWorkspace *self, GError **error)
{
  g_autofree char *path = cr_workspace_get_path (self, "lock");
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (fd < 0)
    set_errno_error (error, CR_SAID ("Chartroom cannot write in its data folder"));
  return fd;
}

/**
 * cr_workspace_lock:
 *
 * Errors: IN_USE when another engine holds the folder
 */
gboolean
cr_workspace_lock (CrWorkspace *self, GError **error)
{
  int fd;

  g_return_val_if_fail (CR_IS_WORKSPACE (self), FALSE);

  if (self->lock_fd >= 0)
    return TRUE;

  fd = open_lock (self, error);
  if (fd < 0)
    return FALSE;
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      close (fd);
      g_set_error (error, CR_ERROR, CR_ERROR_IN_USE,
                   "Another Chartroom works in this data folder. Close it, or use its window.");
      return FALSE;
    }

  self->lock_fd = fd;
  return TRUE;
}

void
cr_workspace_unlock (CrWorkspace *self)
{
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  self->lock_fd = -1;
}

/* Asks twice a second instead of blocking, so that cancelling is heard. */
static void
wait_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  CrWorkspace *self = source;
  GError *error = NULL;

  while (!g_task_return_error_if_cancelled (task))
    {
      if (cr_workspace_lock (self, &error))
        {
          g_task_return_boolean (task, TRUE);
          return;
        }
      if (!g_error_matches (error, CR_ERROR, CR_ERROR_IN_USE))
        {
          g_task_return_error (task, error);
          return;
        }
      g_clear_error (&error);
      g_usleep (500 * 1000);
    }
}

void
cr_workspace_wait_async (CrWorkspace *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_workspace_wait_async);
  g_task_run_in_thread (task, wait_thread);
}

gboolean
cr_workspace_wait_finish (CrWorkspace *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
