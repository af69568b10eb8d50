/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/cr-first.h"
#include "base/cr-id.h"
#include "base/cr-time.h"
#include "bench-common.h"
#include "pull/cr-pull-flow.h"
#include "store/cr-connections-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-sources-table.h"
#include "store/cr-stmt-rows.h"

/* bench-pull NAME BASE STORE PATIENTS SOURCES
 *
 * Pulls p1 to pPATIENTS, all at once, each from one of SOURCES sources under BASE/s0, BASE/s1 and
 * so on, into the store; a store that has them already gets another pull of each. Once there are
 * more than FIRST records it also prints, as NAME-first, how long those took. */

#define FIRST 100000
#define LOOK_MS 100

typedef struct
{
  CrPatient *patient;       /* (owned) */
  CrSource *source;         /* (owned) */
  CrConnection *connection; /* (owned) */
  CrPull *pull;             /* (owned) */
  CrPullFlow *flow;         /* (owned) */
  GAsyncResult *ran;        /* (owned) */
} One;

static void
one_free (gpointer data)
{
  One *one = data;

  g_object_unref (one->patient);
  g_object_unref (one->source);
  g_object_unref (one->connection);
  g_object_unref (one->pull);
  g_clear_object (&one->flow);
  g_clear_object (&one->ran);
  g_free (one);
}

static One *
one_new (const char *base, guint n, guint n_sources)
{
  One *one = g_new0 (One, 1);
  g_autofree char *patient_id = g_strdup_printf ("user_%u", n);
  g_autofree char *source_id = g_strdup_printf ("fhirsrc_%u", n % n_sources);
  g_autofree char *connection_id = g_strdup_printf ("conn_%u", n);
  g_autofree char *pull_id = cr_id_new ("pull_", cr_time_now_ms ());

  one->patient = cr_patient_new (patient_id);
  one->source = cr_source_new (source_id);
  one->source->name = g_strdup (source_id);
  one->source->fhir_base_url = g_strdup_printf ("%s/s%u", base, n % n_sources);
  one->connection = cr_connection_new (connection_id);
  one->connection->patient_id = g_strdup (patient_id);
  one->connection->source_id = g_strdup (source_id);
  one->connection->portal_patient_id = g_strdup_printf ("p%u", n);
  one->connection->scopes = g_strdup ("patient/*.rs");
  one->connection->token_endpoint = g_strdup (base);
  one->pull = cr_pull_new (pull_id);
  one->pull->patient_id = g_strdup (patient_id);
  one->pull->connection_id = g_strdup (connection_id);
  one->pull->source_id = g_strdup (source_id);
  return one;
}

static gboolean
add_connection (CrDb *db, One *one, GError **error)
{
  g_autoptr (CrConnection) connection = cr_connections_table_get (db, one->connection->id, NULL);
  g_autoptr (CrSource) source = NULL;

  if (connection != NULL)
    return TRUE;

  source = cr_sources_table_get (db, one->source->id, NULL);
  return (source != NULL || cr_sources_table_add (db, one->source, error)) &&
         cr_patients_table_add (db, one->patient, error) &&
         cr_connections_table_save (db, one->connection, error);
}

static gpointer
add_func (CrDb *db, gpointer data, GError **error)
{
  GPtrArray *all = data;

  for (guint i = 0; i < all->len; i++)
    {
      One *one = g_ptr_array_index (all, i);

      if (!add_connection (db, one, error) || !cr_pulls_table_add (db, one->pull, NULL, error))
        return NULL;
    }
  return all;
}

/* How many records there are, looked at while the pull runs. */
typedef struct
{
  CrStore *store;
  gint64 n_before; /* -1: not known yet */
  double seconds;  /* when there were FIRST more; 0: not yet */
} Watch;

static gpointer
count_func (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT coalesce (sum (n_records), 0) FROM stream");

  return GSIZE_TO_POINTER ((gsize) cr_stmt_read_number (stmt, 0, error) + 1);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watch *watch = user_data;
  gpointer n = cr_store_read_finish (CR_STORE (source), result, NULL);
  gint64 count = n != NULL ? (gint64) GPOINTER_TO_SIZE (n) - 1 : 0;

  if (watch->n_before < 0)
    watch->n_before = count;
  if (watch->seconds == 0 && count - watch->n_before >= FIRST)
    watch->seconds = bench_seconds () * FIRST / (double) (count - watch->n_before);
}

static gboolean
look_cb (gpointer user_data)
{
  Watch *watch = user_data;

  if (watch->seconds > 0)
    return G_SOURCE_REMOVE;

  cr_store_read_async (watch->store, CR_READ_SCREEN, count_func, NULL, NULL, NULL, NULL, counted_cb,
                       watch);
  return G_SOURCE_CONTINUE;
}

static void
start (GPtrArray *all, CrStore *store, CrClient *client, CrChanges *changes, const char *base)
{
  g_autoptr (CrSourceGates) gates = cr_source_gates_new (cr_time_now_ms);
  g_autofree char *origin = cr_origin_of (base);
  g_autoptr (CrToken) token = cr_fixed_token_new (origin, "Bearer bench");

  for (guint i = 0; i < all->len; i++)
    {
      One *one = g_ptr_array_index (all, i);
      CrPullParts parts = { .store = store,
                            .client = client,
                            .changes = changes,
                            .clock = cr_time_now_ms,
                            .token = token,
                            .pull = one->pull,
                            .connection = one->connection,
                            .source = one->source,
                            .gates = gates };

      one->flow = cr_pull_flow_new (&parts);
      cr_pull_flow_run_async (one->flow, NULL, bench_keep_cb, &one->ran);
    }
}

static void
finish (GPtrArray *all, const char *name, const Watch *watch)
{
  gint64 bytes = 0;
  guint n = 0;

  for (guint i = 0; i < all->len; i++)
    {
      One *one = g_ptr_array_index (all, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (CrPull) pull = NULL;

      bench_wait (&one->ran);
      pull = cr_pull_flow_run_finish (one->flow, one->ran, &error);
      g_assert_no_error (error);
      if (pull->status != CR_PULL_COMPLETE)
        g_error ("%s", pull->error_message != NULL ? pull->error_message : "not complete");
      n += pull->n_received;
      bytes += pull->bytes;
    }

  bench_print (name, n, bytes);
  if (watch->seconds > 0)
    g_print ("%s-first %d %.3f 0 0 0 0 0\n", name, FIRST, watch->seconds);
}

static void
run (const char *name, const char *base, const char *path, guint n_patients, guint n_sources)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrStore) store = cr_store_open (path, &error);
  g_autoptr (CrClient) client = cr_client_new (cr_time_now_ms, 16);
  g_autoptr (CrChanges) changes = cr_changes_new ();
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (one_free);
  g_autoptr (GAsyncResult) added = NULL;
  Watch watch = { store, -1, 0 };
  guint timer;

  g_assert_no_error (error);
  for (guint i = 1; i <= n_patients; i++)
    g_ptr_array_add (all, one_new (base, i, n_sources));
  cr_store_write_async (store, CR_WRITE_SURE, add_func, all, NULL, NULL, NULL, bench_keep_cb,
                        &added);
  bench_wait (&added);
  cr_store_write_finish (store, added, &error);
  g_assert_no_error (error);

  look_cb (&watch);
  timer = g_timeout_add (LOOK_MS, look_cb, &watch);
  bench_begin ();
  start (all, store, client, changes, base);
  finish (all, name, &watch);
  if (watch.seconds == 0)
    g_source_remove (timer);
  cr_store_close (store);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  if (argc != 6 || atoi (argv[5]) < 1)
    {
      g_printerr ("usage: bench-pull NAME BASE STORE PATIENTS SOURCES\n");
      return EXIT_FAILURE;
    }

  run (argv[1], argv[2], argv[3], (guint) atoi (argv[4]), (guint) atoi (argv[5]));
  return EXIT_SUCCESS;
}
