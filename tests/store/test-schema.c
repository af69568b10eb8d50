/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-schema-private.h"
#include "store/cr-store.h"

typedef struct
{
  char *folder;
  char *path;
} Files;

static void
set_up (Files *files, gconstpointer data)
{
  files->folder = g_dir_make_tmp ("chartroom-test-XXXXXX", NULL);
  files->path = g_build_filename (files->folder, "store.db", NULL);
}

static void
tear_down (Files *files, gconstpointer data)
{
  GDir *dir = g_dir_open (files->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (files->folder, name, NULL);

      g_unlink (path);
    }
  g_dir_close (dir);
  g_rmdir (files->folder);
  g_free (files->folder);
  g_free (files->path);
}

static CrDb *
open_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  CrDb *db = cr_db_open (path, CR_DB_WRITE, &error);

  g_assert_no_error (error);
  return db;
}

static gboolean
make_one (CrDb *db, GError **error)
{
  return cr_db_exec (db, "CREATE TABLE one (n INTEGER); INSERT INTO one VALUES (7)", error);
}

static gboolean
make_two (CrDb *db, GError **error)
{
  return cr_db_exec (db, "ALTER TABLE one ADD COLUMN m INTEGER; UPDATE one SET m = n + 1", error);
}

static gboolean
fail_two (CrDb *db, GError **error)
{
  return cr_db_exec (db, "UPDATE one SET n = 0; INSERT INTO nowhere VALUES (1)", error);
}

static gint64
number_in (const char *path, const char *sql)
{
  g_autoptr (CrDb) db = open_file (path);

  return fixture_number (db, sql);
}

static void
test_again (Files *files, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (CrDb) db = open_file (files->path);

      g_assert_true (cr_schema_migrate (db, &error));
      g_assert_no_error (error);
      g_assert_cmpint (fixture_number (db, "PRAGMA user_version"), ==, cr_schema_newest ());
      g_assert_cmpint (fixture_number (db, "PRAGMA page_size"), ==, 8192);
      g_assert_cmpint (fixture_number (db, "PRAGMA foreign_keys"), ==, 1);
      g_assert_cmpint (fixture_number (db, "PRAGMA secure_delete"), ==, 1);
    }
}

/* A step on a file that holds something: the file as it was stays beside it, for us alone. */
static void
test_copy (Files *files, gconstpointer data)
{
  static const CrSchemaStep steps[] = { make_one, make_two };
  g_autofree char *copy = g_strconcat (files->path, ".before-2", NULL);
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  {
    g_autoptr (CrDb) db = open_file (files->path);

    g_assert_true (cr_schema_migrate_with (db, steps, 1, &error));
    g_assert_false (g_file_test (copy, G_FILE_TEST_EXISTS));
    g_assert_true (cr_schema_migrate_with (db, steps, 2, &error));
    g_assert_no_error (error);
    g_assert_cmpint (fixture_number (db, "SELECT m FROM one"), ==, 8);
  }
  g_assert_cmpint (number_in (copy, "PRAGMA user_version"), ==, 1);
  g_assert_cmpint (number_in (copy, "SELECT n FROM one"), ==, 7);
  g_assert_cmpint (g_stat (copy, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

/* A step that fails leaves the tables as they were; the next try does not write over the first
 * copy. */
static void
test_failed_step (Files *files, gconstpointer data)
{
  static const CrSchemaStep bad[] = { make_one, fail_two };
  static const CrSchemaStep good[] = { make_one, make_two };
  g_autofree char *second = g_strconcat (files->path, ".before-2-2", NULL);
  g_autoptr (CrDb) db = open_file (files->path);
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_schema_migrate_with (db, bad, 1, &error));
  g_assert_false (cr_schema_migrate_with (db, bad, 2, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INTERNAL);
  g_clear_error (&error);
  g_assert_cmpint (fixture_number (db, "PRAGMA user_version"), ==, 1);
  g_assert_cmpint (fixture_number (db, "SELECT n FROM one"), ==, 7);

  g_assert_true (cr_schema_migrate_with (db, good, 2, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (second, G_FILE_TEST_EXISTS));
}

static void
assert_refused (Files *files, int code)
{
  g_autofree char *before = NULL, *after = NULL;
  gsize n_before, n_after;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (files->path, &before, &n_before, NULL));
  g_assert_null (cr_store_open (files->path, &error));
  g_assert_error (error, CR_ERROR, code);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_null (strstr (error->message, files->folder));
  g_assert_true (g_file_get_contents (files->path, &after, &n_after, NULL));
  g_assert_cmpmem (before, n_before, after, n_after);
}

static void
test_newer (Files *files, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  {
    g_autoptr (CrDb) db = open_file (files->path);

    g_assert_true (cr_schema_migrate (db, &error));
    fixture_add_patient (db, "a", "Ana");
    g_assert_true (cr_db_exec (db, "PRAGMA user_version = 999", &error));
  }
  assert_refused (files, CR_ERROR_TOO_NEW);
}

static void
test_no_database (Files *files, gconstpointer data)
{
  g_autofree char *text = g_strnfill (20000, 'x');

  g_assert_true (g_file_set_contents (files->path, text, -1, NULL));
  assert_refused (files, CR_ERROR_CORRUPT);
}

/* The first page is whole, the tables' own page is not. */
static void
test_damaged (Files *files, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes;

  {
    g_autoptr (CrDb) db = open_file (files->path);

    g_assert_true (cr_schema_migrate (db, &error));
  }
  g_assert_true (g_file_get_contents (files->path, &bytes, &n_bytes, NULL));
  memset (bytes + 100, 0xff, 8092);
  g_assert_true (g_file_set_contents (files->path, bytes, (gssize) n_bytes, NULL));
  assert_refused (files, CR_ERROR_CORRUPT);
}

static void
test_folder_missing (Files *files, gconstpointer data)
{
  g_autofree char *path = g_build_filename (files->folder, "nowhere", "store.db", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (cr_store_open (path, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_READ_ONLY);
}

static void
test_private (Files *files, gconstpointer data)
{
  static const char *const names[] = { "store.db", "store.db-wal", "store.db-shm" };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrStore) store = cr_store_open (files->path, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (files->folder, names[i], NULL);
      GStatBuf info;

      g_assert_cmpint (g_stat (path, &info), ==, 0);
      g_assert_cmpint (info.st_mode & 0777, ==, 0600);
    }
  cr_store_close (store);
}

#define ADD(name, func) g_test_add ("/store/schema/" name, Files, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  ADD ("again", test_again);
  ADD ("copy", test_copy);
  ADD ("failed-step", test_failed_step);
  ADD ("newer", test_newer);
  ADD ("no-database", test_no_database);
  ADD ("damaged", test_damaged);
  ADD ("folder-missing", test_folder_missing);
  ADD ("private", test_private);

  return g_test_run ();
}
