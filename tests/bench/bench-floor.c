/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/cr-first.h"
#include "bench-common.h"
#include "fhir/cr-bundle.h"
#include "store/cr-schema.h"
#include "store/cr-stmt.h"

/* What a pull is compared with; each call has a process of its own:
 *   bench-floor bare FOLDER STORE SIZE    a prepared INSERT of the bodies of a folder's pages, SIZE
 * a transaction bench-floor floor FOLDER STORE SIZE   INSERTs of bodies and references into the
 * same keys and indexes as a pull's */

static GPtrArray *
read_bundles (const char *folder)
{
  GPtrArray *bundles = g_ptr_array_new ();

  for (guint k = 0;; k++)
    {
      g_autofree char *name = g_strdup_printf ("Observation-p1-%u.json", k);
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (GBytes) bytes = NULL;
      char *text;
      gsize size;

      if (!g_file_get_contents (path, &text, &size, NULL))
        return bundles;
      bytes = g_bytes_new_take (text, size);
      g_ptr_array_add (bundles, cr_bundle_split (bytes, "http://127.0.0.1/fhir", NULL));
    }
}

static CrDb *
open_db (const char *path)
{
  g_autoptr (GError) error = NULL;
  CrDb *db = cr_db_open (path, CR_DB_WRITE, &error);

  g_assert_no_error (error);
  g_assert_true (cr_schema_migrate (db, &error));
  g_assert_true (cr_db_exec (db, "CREATE TABLE bare (n INTEGER PRIMARY KEY, body BLOB)", &error));
  return db;
}

typedef void (*InsertFunc) (CrDb *db, const CrIncoming *each, gint64 n, GHashTable *rids);

static void
insert_bare (CrDb *db, const CrIncoming *each, gint64 n, GHashTable *rids)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "INSERT INTO bare (body) VALUES (:body)");

  cr_stmt_bind_blob (stmt, ":body", each->body, each->n_bytes);
  g_assert_true (cr_stmt_run (stmt, NULL));
}

/* No look-ups: ids of rows are known beforehand. */
static void
insert_floor (CrDb *db, const CrIncoming *each, gint64 n, GHashTable *rids)
{
  g_autoptr (CrStmt) record = cr_stmt_new (
      db, "INSERT INTO record (rid, sid, type, id, seq, n, sha256, content, first_seen_ms,"
          " confirmed_ms, bytes) VALUES (:n, 1, 1, :id, :n, 1, :sha256, :content, 1, 1, :bytes)");
  g_autoptr (CrStmt) version = cr_stmt_new (
      db, "INSERT INTO version (seq, rid, n, previous, received_ms, pull, reached, sha256, bytes,"
          " body) VALUES (:n, :n, 1, 0, 1, 1, 'search', :sha256, :bytes, :body)");
  g_autoptr (CrStmt) reference =
      cr_stmt_new (db, "INSERT OR IGNORE INTO reference (rid, to_rid) VALUES (:n, :to)");

  cr_stmt_bind_int64 (record, ":n", n);
  cr_stmt_bind_text (record, ":id", each->id);
  cr_stmt_bind_blob (record, ":sha256", each->sha256, sizeof each->sha256);
  cr_stmt_bind_blob (record, ":content", each->content, sizeof each->content);
  cr_stmt_bind_int64 (record, ":bytes", (gint64) each->n_bytes);
  g_assert_true (cr_stmt_run (record, NULL));
  cr_stmt_bind_int64 (version, ":n", n);
  cr_stmt_bind_blob (version, ":sha256", each->sha256, sizeof each->sha256);
  cr_stmt_bind_int64 (version, ":bytes", (gint64) each->n_bytes);
  cr_stmt_bind_blob (version, ":body", each->body, each->n_bytes);
  g_assert_true (cr_stmt_run (version, NULL));
  for (guint i = 0; i < each->n_references; i++)
    {
      gint64 to = GPOINTER_TO_INT (g_hash_table_lookup (rids, each->references[i].id));

      cr_stmt_bind_int64 (reference, ":n", n);
      cr_stmt_bind_int64 (reference, ":to", to);
      g_assert_true (cr_stmt_run (reference, NULL));
      cr_stmt_reset (reference);
    }
}

static int
run_inserts (const char *what, InsertFunc insert, const char *folder, const char *path, guint size)
{
  g_autoptr (GPtrArray) bundles = read_bundles (folder);
  g_autoptr (GHashTable) rids = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (CrDb) db = open_db (path);
  gint64 n = 0, bytes = 0;

  for (guint k = 0; k < bundles->len; k++)
    {
      guint n_entries;
      const CrIncoming *entries = cr_bundle_get_entries (bundles->pdata[k], &n_entries);

      for (guint i = 0; i < n_entries; i++)
        g_hash_table_insert (rids, (gpointer) entries[i].id, GINT_TO_POINTER ((int) ++n));
    }

  n = 0;
  bench_begin ();
  for (guint k = 0; k < bundles->len; k++)
    {
      guint n_entries;
      const CrIncoming *entries = cr_bundle_get_entries (bundles->pdata[k], &n_entries);

      for (guint i = 0; i < n_entries; i++, n++)
        {
          if (n % size == 0)
            g_assert_true (cr_db_begin (db, NULL));
          insert (db, &entries[i], n + 1, rids);
          bytes += (gint64) entries[i].n_bytes;
          if (n % size == size - 1)
            g_assert_true (cr_db_commit (db, NULL));
        }
    }
  if (n % size != 0)
    g_assert_true (cr_db_commit (db, NULL));
  bench_print (what, (guint) n, bytes);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  if (argc == 5 && g_str_equal (argv[1], "bare"))
    return run_inserts ("bare", insert_bare, argv[2], argv[3], (guint) atoi (argv[4]));
  if (argc == 5 && g_str_equal (argv[1], "floor"))
    return run_inserts ("floor", insert_floor, argv[2], argv[3], (guint) atoi (argv[4]));

  g_printerr ("usage: bench-floor bare|floor FOLDER STORE SIZE\n");
  return EXIT_FAILURE;
}
