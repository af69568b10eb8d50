/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "engine/cr-backup-file.h"
#include "engine/cr-restore.h"
#include "store/cr-db.h"
#include "store/cr-schema.h"

#include <glib/gstdio.h>
#include <string.h>

#define PASSPHRASE "four words of mine"

typedef struct
{
  char *folder;
  char *database;
  char *file;
  CrWorkspace *workspace;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("chartroom-backup-XXXXXX", NULL);
  fixture->database = g_build_filename (fixture->folder, "one.db", NULL);
  fixture->file = g_build_filename (fixture->folder, "one.backup", NULL);
  fixture->workspace = cr_workspace_open (fixture->folder, FALSE, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_assert_false (g_str_has_prefix (name, "restore."));
      g_unlink (path);
    }
  g_rmdir (fixture->folder);
  g_assert_finalize_object (fixture->workspace);
  g_free (fixture->folder);
  g_free (fixture->database);
  g_free (fixture->file);
}

static void
make_database (Fixture *fixture, const char *more)
{
  g_autoptr (CrDb) db = cr_db_open (fixture->database, CR_DB_WRITE, NULL);

  g_assert_true (cr_schema_migrate (db, NULL));
  g_assert_true (cr_db_exec (db, more, NULL));
}

static void
write_backup (Fixture *fixture, gint64 n_said)
{
  g_autoptr (CrBackup) about = cr_backup_new ();
  CrProgress *progress = cr_progress_new (NULL, NULL);
  CrBackupParts parts = { .about = about, .database = fixture->database };
  g_autoptr (GError) error = NULL;
  GStatBuf found;

  g_assert_cmpint (g_stat (fixture->database, &found), ==, 0);
  about->created_ms = 1700000000000;
  about->n_bytes = n_said > 0 ? n_said : found.st_size;
  cr_backup_file_write (&parts, fixture->file, TRUE, PASSPHRASE, progress, NULL, &error);
  g_assert_no_error (error);
  cr_progress_unref (progress);
}

static void
keep_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static CrRehearsal *
rehearse (Fixture *fixture, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_restore_rehearse_async (fixture->workspace, fixture->file, PASSPHRASE, NULL, NULL, cancellable,
                             keep_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return cr_restore_rehearse_finish (result, error);
}

static void
refuse (Fixture *fixture, int code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrRehearsal) rehearsal = rehearse (fixture, NULL, &error);

  g_assert_null (rehearsal);
  g_assert_error (error, CR_ERROR, code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_good (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrRehearsal) rehearsal = NULL;

  make_database (fixture, "INSERT INTO setting VALUES ('clinic-name', 'Elm Street')");
  write_backup (fixture, 0);
  rehearsal = rehearse (fixture, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_rehearsal_get_backup (rehearsal)->clinic, ==, "Elm Street");
  g_assert_cmpint (cr_rehearsal_get_backup (rehearsal)->n_wrong, ==, 0);
}

static void
test_newer (Fixture *fixture, gconstpointer data)
{
  make_database (fixture, "PRAGMA user_version = 9999");
  write_backup (fixture, 0);
  refuse (fixture, CR_ERROR_TOO_NEW, "newer version");
}

/* Whole as a file, but what was put in was damaged. */
static void
test_damaged_inside (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  gsize n;

  make_database (fixture, "SELECT 1");
  g_assert_true (g_file_get_contents (fixture->database, &text, &n, NULL));
  memset (text + n / 2, 0xff, 8192);
  g_assert_true (g_file_set_contents (fixture->database, text, (gssize) n, NULL));
  write_backup (fixture, 0);
  refuse (fixture, CR_ERROR_CORRUPT, "damaged");
}

static void
test_no_database (Fixture *fixture, gconstpointer data)
{
  g_assert_true (
      g_file_set_contents (fixture->database, "no database at all, but long enough", -1, NULL));
  write_backup (fixture, 0);
  refuse (fixture, CR_ERROR_CORRUPT, "damaged");
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CrRehearsal) rehearsal = NULL;

  make_database (fixture, "SELECT 1");
  write_backup (fixture, 0);
  g_cancellable_cancel (cancellable);
  rehearsal = rehearse (fixture, cancellable, &error);
  g_assert_null (rehearsal);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/backup-file/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  ADD ("good", test_good);
  ADD ("newer-schema", test_newer);
  ADD ("damaged-inside", test_damaged_inside);
  ADD ("no-database", test_no_database);
  ADD ("cancelled", test_cancelled);
  return g_test_run ();
}
