/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cr-first.h"
#include "base/cr-time.h"
#include "export/cr-export-flow.h"
#include "export/cr-sigv4.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-stmt.h"

/* One job a call, so that each has a process and a peak of memory of its own:
 *   files STORE KIND FIELD=VALUE…   the export flow; CHARTROOM_BENCH_SECRET is the secret
 *   loop STORE FOLDER               reads, hashes and writes the same bodies, 8 MB a file */

#define FILE_BYTES (8 << 20)

static void
print_result (const char *what, guint n, gint64 bytes, gint64 begun_us)
{
  double seconds = (double) (g_get_monotonic_time () - begun_us) / G_USEC_PER_SEC;
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  g_print ("%s %u %.3f %.1f %.1f 0\n", what, n, seconds, (double) bytes / 1e6 / seconds,
           (double) usage.ru_maxrss / 1024);
}

typedef struct
{
  CrDestination *destination;
  CrExportRun *run;
} Rows;

static gpointer
add_rows (CrDb *db, gpointer data, GError **error)
{
  Rows *rows = data;

  if (cr_destinations_table_add (db, rows->destination, error))
    cr_runs_table_add (db, rows->run, error);
  return NULL;
}

static void
keep_cb (GObject *source, GAsyncResult *result, gpointer slot)
{
  *(GAsyncResult **) slot = g_object_ref (result);
}

static void
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static int
run_files (const char *path, const char *kind, char **fields)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = g_strdup_printf ("dest_%" G_GINT64_FORMAT, g_get_real_time ());
  g_autofree char *run_id = g_strdup_printf ("run_%" G_GINT64_FORMAT, g_get_real_time ());
  g_autoptr (CrDestination) destination = cr_destination_new (id);
  g_autoptr (CrExportRun) run = cr_export_run_new (run_id);
  CrStore *store = cr_store_open (path, &error);
  g_autoptr (CrClient) client = cr_client_new (cr_time_now_ms, 8);
  CrVault *vault = cr_vault_new ("bench");
  Rows rows = { destination, run };
  g_autoptr (GAsyncResult) added = NULL;
  g_autoptr (GAsyncResult) kept = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (CrExportFlow) flow = NULL;
  g_autoptr (CrExportRun) end = NULL;
  const char *secret = g_getenv ("CHARTROOM_BENCH_SECRET");
  gint64 begun_us;

  g_assert_no_error (error);
  destination->name = g_strdup (id);
  destination->kind = g_strdup (kind);
  run->destination_id = g_strdup (id);
  run->created_ms = destination->created_ms = destination->updated_ms = cr_time_now_ms ();
  for (guint i = 0; fields[i] != NULL; i++)
    {
      g_auto (GStrv) halves = g_strsplit (fields[i], "=", 2);

      g_hash_table_insert (destination->settings, g_strdup (halves[0]), g_strdup (halves[1]));
    }
  if (secret != NULL)
    {
      g_autofree char *name = cr_sender_secret_name (id, "secret");

      cr_vault_set_async (vault, name, "bench", secret, NULL, keep_cb, &kept);
      wait_for (&kept);
      g_assert_true (cr_vault_set_finish (vault, kept, NULL));
    }
  cr_store_write_async (store, CR_WRITE_FAST, add_rows, &rows, NULL, NULL, NULL, keep_cb, &added);
  wait_for (&added);
  cr_store_write_finish (store, added, &error);
  g_assert_no_error (error);

  begun_us = g_get_monotonic_time ();
  flow = cr_export_flow_new (
      &(CrExportParts){ store, client, vault, NULL, cr_time_now_ms, run, destination });
  cr_export_flow_run_async (flow, NULL, keep_cb, &ended);
  wait_for (&ended);
  end = cr_export_flow_run_finish (flow, ended, &error);
  g_assert_no_error (error);
  if (end->status != CR_RUN_COMPLETE)
    g_error ("%s", end->error_message);
  print_result (kind, end->n_resources, end->bytes, begun_us);
  cr_store_close (store);
  cr_vault_close (vault);
  return 0;
}

static void
write_file (const char *folder, guint n, GByteArray *lines)
{
  g_autofree char *path = g_strdup_printf ("%s/%u.ndjson", folder, n);
  g_autofree char *sha256 = cr_sha256_hex (lines->data, lines->len);
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (write (fd, lines->data, lines->len), ==, (gssize) lines->len);
  g_assert_cmpint (fsync (fd), ==, 0);
  g_close (fd, NULL);
  g_byte_array_set_size (lines, 0);
}

static int
run_loop (const char *path, const char *folder)
{
  g_autoptr (GError) error = NULL;
  CrDb *db = cr_db_open (path, CR_DB_READ, &error);
  g_autoptr (CrStmt) stmt = NULL;
  g_autoptr (GByteArray) lines = g_byte_array_sized_new (FILE_BYTES);
  gint64 begun_us = g_get_monotonic_time (), bytes = 0;
  guint n = 0, n_files = 0;

  g_assert_no_error (error);
  stmt = cr_stmt_new (
      db, "SELECT v.body FROM record r JOIN version v ON v.seq = r.seq ORDER BY r.sid, r.seq");
  while (cr_stmt_step (stmt, NULL) == CR_STEP_ROW)
    {
      g_autoptr (GBytes) body = cr_stmt_dup_bytes (stmt, 0);
      gsize length;
      gconstpointer data = g_bytes_get_data (body, &length);

      g_byte_array_append (lines, data, (guint) length);
      g_byte_array_append (lines, (const guint8 *) "\n", 1);
      bytes += (gint64) length + 1;
      n++;
      if (lines->len >= FILE_BYTES)
        write_file (folder, n_files++, lines);
    }
  write_file (folder, n_files, lines);
  print_result ("loop", n, bytes, begun_us);
  g_clear_pointer (&stmt, cr_stmt_free);
  cr_db_close (db);
  return 0;
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  if (argc > 3 && g_str_equal (argv[1], "files"))
    return run_files (argv[2], argv[3], argv + 4);
  if (argc == 4 && g_str_equal (argv[1], "loop"))
    return run_loop (argv[2], argv[3]);

  g_printerr ("Usage: bench-export files STORE KIND FIELD=VALUE… | loop STORE FOLDER\n");
  return 2;
}
