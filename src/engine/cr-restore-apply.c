/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-restore.h"

#include "engine/cr-restore-aside.h"
#include "engine/cr-restore-private.h"

#include "base/cr-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

gboolean
cr_restore_write_file (const char *path, const char *text, GError **error)
{
  g_autoptr (GError) trouble = NULL;

  if (g_file_set_contents_full (path, text, -1,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &trouble))
    return TRUE;

  g_set_error (error, CR_ERROR,
               g_error_matches (trouble, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? CR_ERROR_NO_SPACE
                                                                           : CR_ERROR_READ_ONLY,
               "Chartroom cannot write in its data folder: %s. Nothing was changed.",
               trouble->message);
  return FALSE;
}

void
cr_restore_remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

gboolean
cr_restore_sync_folder (const char *folder)
{
  int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
move (const char *from, const char *to, GError **error)
{
  int code;

  if (g_rename (from, to) == 0)
    return TRUE;
  code = errno;
  g_set_error (
      error, CR_ERROR, code == ENOSPC ? CR_ERROR_NO_SPACE : CR_ERROR_READ_ONLY,
      "The restored data could not be put in their place: %s. Nothing is lost; it is tried "
      "again at the next start.",
      g_strerror (code));
  return FALSE;
}

static gboolean
is_there (const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* What SQLite keeps beside the file belongs to the old one: it goes with it, and before the new one
 * comes. While the old file is in its place, nothing of this restore stands aside yet. */
static gboolean
put_aside (const char *path, GError **error)
{
  static const char *const sides[] = { "-wal", "-shm" };
  g_autofree char *aside = g_strconcat (path, CR_RESTORE_ASIDE, NULL);

  if (is_there (path))
    {
      for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
        {
          g_autofree char *old = g_strconcat (aside, sides[i], NULL);

          g_unlink (old);
        }
      if (!move (path, aside, error))
        return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      g_autofree char *side = g_strconcat (path, sides[i], NULL);
      g_autofree char *side_aside = g_strconcat (aside, sides[i], NULL);

      if (is_there (side) && !move (side, side_aside, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_file (CrWorkspace *workspace, const char *ready, const char *name, GError **error)
{
  g_autofree char *from = g_build_filename (ready, name, NULL);
  g_autofree char *to = cr_workspace_get_path (workspace, name);

  return !is_there (from) || (put_aside (to, error) && move (from, to, error));
}

static void
clear_begun (CrWorkspace *workspace)
{
  const char *folder = cr_workspace_get_folder (workspace);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_has_prefix (name, CR_RESTORE_BEGUN))
        cr_restore_remove_folder (path);
      else if (g_str_has_prefix (name, CR_BACKUP_SNAPSHOT))
        g_unlink (path);
    }
}

/* What stood aside until now is written over. */
static gboolean
let_go_of_aside (CrWorkspace *workspace, GError **error)
{
  g_autofree char *id = cr_restore_dup_aside_id (workspace);

  return id == NULL || cr_restore_note_left (workspace, id, error);
}

gboolean
cr_restore_apply (CrWorkspace *workspace, GError **error)
{
  g_autofree char *ready = cr_workspace_get_path (workspace, CR_RESTORE_READY);

  clear_begun (workspace);
  if (!is_there (ready))
    return TRUE;
  if (!let_go_of_aside (workspace, error) ||
      !take_file (workspace, ready, CR_RESTORE_DATABASE, error) ||
      !take_file (workspace, ready, CR_RESTORE_IDENTITY, error))
    return FALSE;

  cr_restore_sync_folder (cr_workspace_get_folder (workspace));
  cr_restore_remove_folder (ready);
  g_message ("A backup was restored; what was there before is kept beside it.");
  return cr_workspace_reload (workspace, error);
}
