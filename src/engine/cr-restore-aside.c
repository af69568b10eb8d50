/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-restore-aside.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "engine/cr-restore-private.h"

#include <errno.h>
#include <glib/gstdio.h>

#define LEFT "keyring.left"

static char *
path_of (CrWorkspace *workspace, const char *name, const char *end)
{
  g_autofree char *whole = g_strconcat (name, CR_RESTORE_ASIDE, end, NULL);

  return cr_workspace_get_path (workspace, whole);
}

gboolean
cr_restore_has_aside (CrWorkspace *workspace)
{
  g_autofree char *path = path_of (workspace, CR_RESTORE_DATABASE, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Renaming a file changes its status and not its content. */
gint64
cr_restore_aside_ms (CrWorkspace *workspace)
{
  g_autofree char *path = path_of (workspace, CR_RESTORE_DATABASE, NULL);
  GStatBuf about;

  return g_stat (path, &about) == 0 ? (gint64) about.st_ctime * 1000 : 0;
}

char *
cr_restore_dup_aside_id (CrWorkspace *workspace)
{
  g_autofree char *path = path_of (workspace, CR_RESTORE_IDENTITY, NULL);
  g_autofree char *text = NULL;
  g_autoptr (JsonObject) identity = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;

  identity = cr_json_parse (text, -1, CR_RESTORE_IDENTITY, NULL);
  return identity != NULL ? g_strdup (cr_json_string (identity, "id")) : NULL;
}

/* What is left in the keyring --------------------------------------------------------------- */

static GStrv
read_left (CrWorkspace *workspace)
{
  g_autofree char *path = cr_workspace_get_path (workspace, LEFT);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_new0 (char *, 1);
  return g_strsplit (g_strstrip (text), "\n", -1);
}

static gboolean
write_left (CrWorkspace *workspace, const char *const *ids, GError **error)
{
  g_autofree char *path = cr_workspace_get_path (workspace, LEFT);
  g_autofree char *text = g_strjoinv ("\n", (char **) ids);

  if (text[0] == '\0')
    {
      g_unlink (path);
      return TRUE;
    }
  return cr_restore_write_file (path, text, error);
}

gboolean
cr_restore_note_left (CrWorkspace *workspace, const char *id, GError **error)
{
  g_auto (GStrv) ids = read_left (workspace);
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
  g_auto (GStrv) noted = NULL;

  if (g_strv_contains ((const char *const *) ids, id))
    return TRUE;

  for (guint i = 0; ids[i] != NULL; i++)
    g_strv_builder_add (all, ids[i]);
  g_strv_builder_add (all, id);
  noted = g_strv_builder_end (all);
  return write_left (workspace, (const char *const *) noted, error);
}

/* Those of an identity that lost its database are gone with it. */
void
cr_restore_strike_left (CrWorkspace *workspace, const char *id)
{
  g_auto (GStrv) ids = read_left (workspace);
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
  g_autofree char *identity = path_of (workspace, CR_RESTORE_IDENTITY, NULL);
  g_autofree char *aside = cr_restore_dup_aside_id (workspace);
  g_auto (GStrv) rest = NULL;

  for (guint i = 0; ids[i] != NULL; i++)
    if (!g_str_equal (ids[i], id))
      g_strv_builder_add (all, ids[i]);
  rest = g_strv_builder_end (all);
  write_left (workspace, (const char *const *) rest, NULL);
  if (g_strcmp0 (aside, id) == 0 && !cr_restore_has_aside (workspace))
    g_unlink (identity);
}

/* While a restore is under way it is not yet known whose secrets are needed. */
static gboolean
is_restoring (CrWorkspace *workspace)
{
  g_autoptr (GDir) dir = g_dir_open (cr_workspace_get_folder (workspace), 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, CR_RESTORE_BEGUN) || g_str_equal (name, CR_RESTORE_READY))
      return TRUE;
  return FALSE;
}

GStrv
cr_restore_list_left (CrWorkspace *workspace)
{
  g_auto (GStrv) ids = read_left (workspace);
  g_autofree char *aside = cr_restore_dup_aside_id (workspace);
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
  gboolean has_aside = cr_restore_has_aside (workspace);

  if (is_restoring (workspace))
    return g_strv_builder_end (all);

  for (guint i = 0; ids[i] != NULL; i++)
    if (g_str_equal (ids[i], cr_workspace_get_id (workspace)))
      cr_restore_strike_left (workspace, ids[i]);
    else if (!has_aside || g_strcmp0 (ids[i], aside) != 0)
      g_strv_builder_add (all, ids[i]);
  if (aside != NULL && !has_aside && !g_str_equal (aside, cr_workspace_get_id (workspace)) &&
      !g_strv_contains ((const char *const *) ids, aside))
    g_strv_builder_add (all, aside);
  return g_strv_builder_end (all);
}

gboolean
cr_restore_discard_aside (CrWorkspace *workspace, GError **error)
{
  static const char *const ends[] = { "", "-wal", "-shm" };
  g_autofree char *id = cr_restore_dup_aside_id (workspace);
  g_autofree char *identity = path_of (workspace, CR_RESTORE_IDENTITY, NULL);

  if (!cr_restore_has_aside (workspace))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_NOT_FOUND,
                   "No data from before a restore are kept aside.");
      return FALSE;
    }
  if (id != NULL && !cr_restore_note_left (workspace, id, error))
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = path_of (workspace, CR_RESTORE_DATABASE, ends[i]);

      if (g_unlink (path) != 0 && errno != ENOENT)
        {
          g_set_error (error, CR_ERROR, CR_ERROR_READ_ONLY,
                       "Chartroom cannot write in its data folder: %s.", g_strerror (errno));
          return FALSE;
        }
    }
  g_unlink (identity);
  return TRUE;
}
