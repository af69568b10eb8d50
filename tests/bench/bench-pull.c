/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cr-first.h"
#include "base/cr-time.h"
#include "fhir/cr-bundle.h"
#include "pull/cr-pull-flow.h"
#include "store/cr-connections-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-schema.h"
#include "store/cr-sources-table.h"
#include "store/cr-stmt.h"

/* One job a call, so that each has a process and a peak of memory of its own:
 *   write FOLDER BASE N PAGE   the pages of N Observations, for a web server
 *   pull BASE STORE            the pull flow, into a fresh store
 *   bare FOLDER STORE SIZE    a prepared INSERT of the same bodies, SIZE a transaction
 *   floor FOLDER STORE SIZE  INSERTs of bodies and references into the same keys and indexes */

#define TARGET_BYTES 1200

static gint64 longest_us;

static int
measuring_poll (GPollFD *fds, guint n_fds, int timeout)
{
  static gint64 back_us = 0;
  gint64 now_us = g_get_monotonic_time ();
  int result;

  if (back_us > 0)
    longest_us = MAX (longest_us, now_us - back_us);
  result = poll ((struct pollfd *) fds, n_fds, timeout);
  back_us = g_get_monotonic_time ();
  return result;
}

static void
print_result (const char *what, guint n, gint64 bytes, gint64 begun_us)
{
  double seconds = (double) (g_get_monotonic_time () - begun_us) / G_USEC_PER_SEC;
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  g_print ("%s %u %.3f %.1f %.1f %.1f\n", what, n, seconds, (double) bytes / 1e6 / seconds,
           (double) usage.ru_maxrss / 1024, (double) longest_us / 1000);
}

/* Pages -----------------------------------------------------------------------------------------
 */

static void
make_id (GRand *rand, char *into)
{
  g_snprintf (into, 37, "%08x-%04x-4%03x-a%03x-%08x%04x", g_rand_int (rand),
              g_rand_int (rand) & 0xffff, g_rand_int (rand) & 0xfff, g_rand_int (rand) & 0xfff,
              g_rand_int (rand), g_rand_int (rand) & 0xffff);
}

static void
append_observation (GString *page, GRand *rand, GPtrArray *ids, guint i)
{
  gsize start = page->len;
  char id[37];

  make_id (rand, id);
  g_string_append_printf (
      page,
      "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"meta\":{\"versionId\":\"1\","
      "\"lastUpdated\":\"2026-01-02T03:04:05.000Z\"},\"status\":\"final\",\"code\":{\"coding\":[{"
      "\"system\":\"http://loinc.org\",\"code\":\"718-7\",\"display\":\"Hemoglobin\"}]},"
      "\"subject\":{\"reference\":\"Patient/p1\"},\"effectiveDateTime\":\"2025-0%u-1%u\","
      "\"valueQuantity\":{\"value\":%u.%u0,\"unit\":\"g/dL\"}",
      id, 1 + i % 9, i % 10, 9 + i % 9, i % 10);
  for (guint k = 0; k < 2 && ids->len > 10; k++)
    g_string_append_printf (
        page, ",\"%s\":[{\"reference\":\"Observation/%s\"}]", k == 0 ? "derivedFrom" : "hasMember",
        (char *) g_ptr_array_index (ids, (guint) g_rand_int_range (rand, 0, (gint32) ids->len)));
  g_string_append (page, ",\"note\":[{\"text\":\"");
  while (page->len - start < TARGET_BYTES - 4)
    g_string_append_c (page, (char) ('a' + g_rand_int_range (rand, 0, 26)));
  g_string_append (page, "\"}]}");
  g_ptr_array_add (ids, g_strdup (id));
}

static void
write_page (const char *folder,
            const char *base,
            guint n,
            guint size,
            guint k,
            GRand *rand,
            GPtrArray *ids)
{
  g_autoptr (GString) page = g_string_new (NULL);
  g_autofree char *name = g_strdup_printf ("page-%u.json", k);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  guint first = k * size, last = MIN (first + size, n);

  g_string_printf (page, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":%u", n);
  if (last < n)
    g_string_append_printf (
        page, ",\"link\":[{\"relation\":\"next\",\"url\":\"%s/Observation?patient=p1&page=%u\"}]",
        base, k + 1);
  g_string_append (page, ",\"entry\":[");
  for (guint i = first; i < last; i++)
    {
      g_string_append (page, i == first ? "{\"resource\":" : ",{\"resource\":");
      append_observation (page, rand, ids, i);
      g_string_append (page, ",\"search\":{\"mode\":\"match\"}}");
    }
  g_string_append (page, "]}");
  g_file_set_contents (path, page->str, (gssize) page->len, NULL);
}

static int
write_pages (const char *folder, const char *base, guint n, guint size)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *metadata = g_build_filename (folder, "metadata.json", NULL);
  g_autofree char *patient = g_build_filename (folder, "patient.json", NULL);

  g_file_set_contents (
      metadata,
      "{\"resourceType\":\"CapabilityStatement\",\"fhirVersion\":\"4.0.1\",\"rest\":[{\"mode\":"
      "\"server\",\"resource\":[{\"type\":\"Patient\"},{\"type\":\"Observation\"}]}]}",
      -1, NULL);
  g_file_set_contents (patient, "{\"resourceType\":\"Patient\",\"id\":\"p1\"}", -1, NULL);
  for (guint k = 0; k * size < n; k++)
    write_page (folder, base, n, size, k, rand, ids);
  return EXIT_SUCCESS;
}

/* The pull --------------------------------------------------------------------------------------
 */

typedef struct
{
  CrPatient *patient;
  CrSource *source;
  CrConnection *connection;
  CrPull *pull;
} Rows;

static gpointer
add_rows_func (CrDb *db, gpointer data, GError **error)
{
  Rows *rows = data;

  return GINT_TO_POINTER (cr_patients_table_add (db, rows->patient, error) &&
                          cr_sources_table_add (db, rows->source, error) &&
                          cr_connections_table_save (db, rows->connection, error) &&
                          cr_pulls_table_add (db, rows->pull, NULL, error));
}

static Rows
make_rows (const char *base)
{
  Rows rows = { cr_patient_new ("user_1"), cr_source_new ("fhirsrc_1"),
                cr_connection_new ("conn_1"), cr_pull_new ("pull_1") };

  rows.source->name = g_strdup ("bench");
  rows.source->fhir_base_url = g_strdup (base);
  rows.connection->patient_id = g_strdup ("user_1");
  rows.connection->source_id = g_strdup ("fhirsrc_1");
  rows.connection->portal_patient_id = g_strdup ("p1");
  rows.connection->scopes = g_strdup ("patient/*.rs");
  rows.connection->token_endpoint = g_strdup (base);
  rows.pull->patient_id = g_strdup ("user_1");
  rows.pull->connection_id = g_strdup ("conn_1");
  rows.pull->source_id = g_strdup ("fhirsrc_1");
  return rows;
}

static void
keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static int
run_pull (const char *base, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrStore) store = cr_store_open (path, &error);
  g_autoptr (CrClient) client = cr_client_new (cr_time_now_ms, 8);
  g_autoptr (CrChanges) changes = cr_changes_new ();
  g_autofree char *origin = cr_origin_of (base);
  g_autoptr (CrToken) token = cr_fixed_token_new (origin, "Bearer bench");
  g_autoptr (GAsyncResult) added = NULL, ran = NULL;
  g_autoptr (CrPullFlow) flow = NULL;
  g_autoptr (CrPull) pull = NULL;
  Rows rows = make_rows (base);
  CrPullParts parts = { store,           client,      changes, cr_time_now_ms, token, rows.pull,
                        rows.connection, rows.source, 1 };
  gint64 begun_us;

  g_assert_no_error (error);
  cr_store_write_async (store, CR_WRITE_SURE, add_rows_func, &rows, NULL, NULL, NULL,
                        keep_result_cb, &added);
  wait_for (&added);
  g_assert_nonnull (cr_store_write_finish (store, added, &error));

  g_main_context_set_poll_func (NULL, measuring_poll);
  begun_us = g_get_monotonic_time ();
  flow = cr_pull_flow_new (&parts);
  cr_pull_flow_run_async (flow, NULL, keep_result_cb, &ran);
  wait_for (&ran);
  pull = cr_pull_flow_run_finish (flow, ran, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  print_result ("pull", pull->n_new, pull->bytes, begun_us);
  cr_store_close (store);
  return EXIT_SUCCESS;
}

/* What it is compared with ----------------------------------------------------------------------
 */

static GPtrArray *
read_bundles (const char *folder)
{
  GPtrArray *bundles = g_ptr_array_new ();

  for (guint k = 0;; k++)
    {
      g_autofree char *name = g_strdup_printf ("page-%u.json", k);
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
          " confirmed_ms) VALUES (:n, 1, 1, :id, :n, 1, :sha256, :content, 1, 1)");
  g_autoptr (CrStmt) version = cr_stmt_new (
      db, "INSERT INTO version (seq, rid, n, previous, received_ms, pull, reached, sha256, bytes,"
          " body) VALUES (:n, :n, 1, 0, 1, 1, 'search', :sha256, :bytes, :body)");
  g_autoptr (CrStmt) reference =
      cr_stmt_new (db, "INSERT OR IGNORE INTO reference (rid, to_rid) VALUES (:n, :to)");

  cr_stmt_bind_int64 (record, ":n", n);
  cr_stmt_bind_text (record, ":id", each->id);
  cr_stmt_bind_blob (record, ":sha256", each->sha256, sizeof each->sha256);
  cr_stmt_bind_blob (record, ":content", each->content, sizeof each->content);
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
  gint64 n = 0, bytes = 0, begun_us;

  for (guint k = 0; k < bundles->len; k++)
    {
      guint n_entries;
      const CrIncoming *entries = cr_bundle_get_entries (bundles->pdata[k], &n_entries);

      for (guint i = 0; i < n_entries; i++)
        g_hash_table_insert (rids, (gpointer) entries[i].id, GINT_TO_POINTER ((int) ++n));
    }

  n = 0;
  begun_us = g_get_monotonic_time ();
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
  print_result (what, (guint) n, bytes, begun_us);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  if (argc == 6 && g_str_equal (argv[1], "write"))
    return write_pages (argv[2], argv[3], (guint) atoi (argv[4]), (guint) atoi (argv[5]));
  if (argc == 4 && g_str_equal (argv[1], "pull"))
    return run_pull (argv[2], argv[3]);
  if (argc == 5 && g_str_equal (argv[1], "bare"))
    return run_inserts ("bare", insert_bare, argv[2], argv[3], (guint) atoi (argv[4]));
  if (argc == 5 && g_str_equal (argv[1], "floor"))
    return run_inserts ("floor", insert_floor, argv[2], argv[3], (guint) atoi (argv[4]));

  g_printerr ("usage: bench-pull write|pull|bare|floor …\n");
  return EXIT_FAILURE;
}
