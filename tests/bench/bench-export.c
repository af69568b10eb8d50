/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cr-first.h"
#include "base/cr-id.h"
#include "base/cr-time.h"
#include "bench-common.h"
#include "export/cr-export-flow.h"
#include "export/cr-sigv4.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-stmt.h"

/* One job a call, so that each has a process and a peak of memory of its own:
 *   send NAME STORE KIND FIELD=VALUE… [and KIND FIELD=VALUE…]…
 *       the export flow, one to each destination, all at once; CHARTROOM_BENCH_SECRET is the
 * secret. A destination after `but` in place of `and` is not waited for. loop STORE FOLDER   reads,
 * hashes and writes the same bodies, 8 MB a file */

#define FILE_BYTES (8 << 20)

typedef struct
{
  CrDestination *destination; /* (owned) */
  CrExportRun *run;           /* (owned) */
  CrExportFlow *flow;         /* (owned) */
  GAsyncResult *ended;        /* (owned) */
  gboolean is_left;           /* not waited for */
} Target;

static void
target_free (gpointer data)
{
  Target *target = data;

  g_object_unref (target->destination);
  g_object_unref (target->run);
  g_clear_object (&target->flow);
  g_clear_object (&target->ended);
  g_free (target);
}

static Target *
target_new (const char *kind, gboolean is_left)
{
  Target *target = g_new0 (Target, 1);
  g_autofree char *id = cr_id_new ("dest_", cr_time_now_ms ());
  g_autofree char *run_id = cr_id_new ("run_", cr_time_now_ms ());

  target->destination = cr_destination_new (id);
  target->destination->name = g_strdup (id);
  target->destination->kind = g_strdup (kind);
  target->run = cr_export_run_new (run_id);
  target->run->destination_id = g_strdup (id);
  target->run->created_ms = target->destination->created_ms = target->destination->updated_ms =
      cr_time_now_ms ();
  target->is_left = is_left;
  return target;
}

static GPtrArray *
read_targets (char **words)
{
  GPtrArray *targets = g_ptr_array_new_with_free_func (target_free);
  Target *target = NULL;
  gboolean is_left = FALSE;

  for (; *words != NULL; words++)
    {
      g_auto (GStrv) halves = g_strsplit (*words, "=", 2);

      if (g_str_equal (*words, "and") || g_str_equal (*words, "but"))
        {
          is_left = g_str_equal (*words, "but");
          target = NULL;
        }
      else if (target == NULL)
        {
          target = target_new (*words, is_left);
          g_ptr_array_add (targets, target);
        }
      else
        g_hash_table_insert (target->destination->settings, g_strdup (halves[0]),
                             g_strdup (halves[1]));
    }
  return targets;
}

static gpointer
add_rows (CrDb *db, gpointer data, GError **error)
{
  GPtrArray *targets = data;

  for (guint i = 0; i < targets->len; i++)
    {
      Target *target = g_ptr_array_index (targets, i);

      if (!cr_destinations_table_add (db, target->destination, error) ||
          !cr_runs_table_add (db, target->run, error))
        return NULL;
    }
  return NULL;
}

static void
keep_secret (CrVault *vault, Target *target)
{
  const char *secret = g_getenv ("CHARTROOM_BENCH_SECRET");
  g_autofree char *name = cr_sender_secret_name (target->destination->id, "secret");
  g_autoptr (GAsyncResult) kept = NULL;
  g_autoptr (GError) error = NULL;

  if (secret == NULL)
    return;

  cr_vault_set_async (vault, name, "bench", secret, NULL, bench_keep_cb, &kept);
  bench_wait (&kept);
  cr_vault_set_finish (vault, kept, &error);
  g_assert_no_error (error);
}

static void
start (GPtrArray *targets,
       CrStore *store,
       CrClient *client,
       CrVault *vault,
       GCancellable *cancellable)
{
  for (guint i = 0; i < targets->len; i++)
    {
      Target *target = g_ptr_array_index (targets, i);

      target->flow = cr_export_flow_new (&(CrExportParts){
          store, client, vault, NULL, cr_time_now_ms, target->run, target->destination });
      cr_export_flow_run_async (target->flow, target->is_left ? cancellable : NULL, bench_keep_cb,
                                &target->ended);
    }
}

/* Prints when all that count are done, and only then ends the others. */
static void
finish (GPtrArray *targets, const char *name, GCancellable *cancellable)
{
  gint64 bytes = 0;
  guint n = 0;

  for (guint i = 0; i < targets->len; i++)
    {
      Target *target = g_ptr_array_index (targets, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (CrExportRun) end = NULL;

      if (target->is_left)
        continue;
      bench_wait (&target->ended);
      end = cr_export_flow_run_finish (target->flow, target->ended, &error);
      g_assert_no_error (error);
      if (end->status != CR_RUN_COMPLETE)
        g_error ("%s", end->error_message);
      n += end->n_resources;
      bytes += end->bytes;
    }

  bench_print (name, n, bytes);
  g_cancellable_cancel (cancellable);
  for (guint i = 0; i < targets->len; i++)
    bench_wait (&((Target *) g_ptr_array_index (targets, i))->ended);
}

static int
run_send (const char *name, const char *path, char **words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrStore) store = cr_store_open (path, &error);
  g_autoptr (CrClient) client = cr_client_new (cr_time_now_ms, 16);
  g_autoptr (CrVault) vault = cr_vault_new ("bench");
  g_autoptr (GPtrArray) targets = read_targets (words);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) added = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < targets->len; i++)
    keep_secret (vault, g_ptr_array_index (targets, i));
  cr_store_write_async (store, CR_WRITE_FAST, add_rows, targets, NULL, NULL, NULL, bench_keep_cb,
                        &added);
  bench_wait (&added);
  cr_store_write_finish (store, added, &error);
  g_assert_no_error (error);

  bench_begin ();
  start (targets, store, client, vault, cancellable);
  finish (targets, name, cancellable);
  cr_store_close (store);
  cr_vault_close (vault);
  return EXIT_SUCCESS;
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
  gint64 bytes = 0;
  guint n = 0, n_files = 0;

  g_assert_no_error (error);
  bench_begin ();
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
  bench_print ("loop", n, bytes);
  g_clear_pointer (&stmt, cr_stmt_free);
  cr_db_close (db);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  if (argc > 4 && g_str_equal (argv[1], "send"))
    return run_send (argv[2], argv[3], argv + 4);
  if (argc == 4 && g_str_equal (argv[1], "loop"))
    return run_loop (argv[2], argv[3]);

  g_printerr ("usage: bench-export send NAME STORE KIND FIELD=VALUE… [and|but KIND …]… | loop "
              "STORE FOLDER\n");
  return EXIT_FAILURE;
}
