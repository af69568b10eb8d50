/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"

static CrDb *
open_people (void)
{
  CrDb *db = fixture_open ();

  fixture_add_patient (db, "a", "Ana");
  fixture_add_source (db, "fhirsrc_1");
  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  return db;
}

static CrPull *
get (CrDb *db, const char *id)
{
  g_autoptr (GError) error = NULL;
  CrPull *pull = cr_pulls_table_get (db, id, &error);

  g_assert_no_error (error);
  return pull;
}

/* A connection has one open pull; a second one asked for is the first. */
static void
test_join (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (CrPull) second = cr_pull_new ("pull_2");
  g_autoptr (CrPull) first = NULL;
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_pull (db, "pull_1", "conn_1", CR_PULL_QUEUED);
  second->patient_id = g_strdup ("a");
  second->connection_id = g_strdup ("conn_1");
  second->source_id = g_strdup ("fhirsrc_1");
  g_assert_true (cr_pulls_table_add (db, second, &id, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (id, ==, "pull_1");
  g_assert_cmpint (cr_pulls_table_count (db, NULL, NULL, &error), ==, 1);

  first = get (db, "pull_1");
  first->status = CR_PULL_RUNNING;
  g_assert_true (cr_pulls_table_save (db, first, &error));
  first->status = CR_PULL_COMPLETE;
  g_assert_true (cr_pulls_table_save (db, first, &error));
  g_clear_pointer (&id, g_free);
  g_assert_true (cr_pulls_table_add (db, second, &id, &error));
  g_assert_cmpstr (id, ==, "pull_2");
  g_assert_cmpint (cr_pulls_table_count (db, "a", NULL, &error), ==, 2);
  g_assert_cmpint (cr_pulls_table_count (db, NULL, "conn_1", &error), ==, 2);
}

static void
test_save (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) back = NULL;
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_pull (db, "pull_1", "conn_1", CR_PULL_RUNNING);
  pull = get (db, "pull_1");
  pull->status = CR_PULL_WAITING;
  pull->waiting_for = CR_WAIT_RATE_LIMIT;
  pull->wait_until_ms = NOW + 7;
  pull->bytes = G_GINT64_CONSTANT (5000000000);
  pull->n_new = 3;
  g_assert_true (cr_pulls_table_save (db, pull, &error));
  back = get (db, "pull_1");
  g_assert_cmpint (back->waiting_for, ==, CR_WAIT_RATE_LIMIT);
  g_assert_cmpint (back->wait_until_ms, ==, NOW + 7);
  g_assert_cmpint (back->bytes, ==, G_GINT64_CONSTANT (5000000000));
  g_assert_cmpstr (back->source_name, ==, "Clinic fhirsrc_1");

  pull->status = CR_PULL_CANCELLED;
  pull->finished_ms = NOW + 9;
  g_assert_true (cr_pulls_table_save (db, pull, &error));
  pull->status = CR_PULL_RUNNING;
  g_assert_false (cr_pulls_table_save (db, pull, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
  connection = cr_connections_table_get (db, "conn_1", NULL);
  g_assert_cmpstr (connection->last_pull_id, ==, "pull_1");
  g_assert_cmpstr (connection->last_pull_status, ==, "cancelled");
  g_assert_cmpint (connection->last_pull_ms, ==, NOW + 9);
}

static void
test_queries (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (GPtrArray) queries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) back = NULL;
  g_autoptr (GError) error = NULL;
  CrQuery *query;

  fixture_add_pull (db, "pull_1", "conn_1", CR_PULL_RUNNING);
  for (guint i = 0; i < 3; i++)
    {
      query = cr_query_new ("pull_1", i);
      query->kind = i == 2 ? CR_QUERY_KIND_REFERENCES : CR_QUERY_KIND_SEARCH;
      query->type = g_strdup ("Observation");
      query->path = g_strdup_printf ("Observation?patient={patient}&n=%u", i);
      g_ptr_array_add (queries, query);
    }
  g_assert_true (cr_queries_table_add (db, queries, &error));
  g_assert_no_error (error);

  query = queries->pdata[1];
  query->status = CR_QUERY_RUNNING;
  query->next = g_strdup ("https://fhir.example.org/page?x=2");
  query->total = 40;
  query->n_received = 20;
  g_assert_true (cr_queries_table_save (db, query, &error));
  g_assert_true (cr_pulls_table_requeue (db, &error));
  back = cr_queries_table_list (db, "pull_1", &error);
  g_assert_cmpint (back->len, ==, 3);
  query = back->pdata[1];
  g_assert_cmpint (query->status, ==, CR_QUERY_PENDING);
  g_assert_cmpstr (query->next, ==, "https://fhir.example.org/page?x=2");
  g_assert_cmpint (query->total, ==, 40);
  g_assert_cmpint (((CrQuery *) back->pdata[0])->total, ==, -1);
  g_assert_cmpint (((CrQuery *) back->pdata[2])->kind, ==, CR_QUERY_KIND_REFERENCES);
}

/* A crash leaves no running pull; what waits goes on waiting, what ended stays. */
static void
test_requeue (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (GPtrArray) open = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_source (db, "fhirsrc_2");
  fixture_add_source (db, "fhirsrc_3");
  fixture_add_connection (db, "conn_2", "a", "fhirsrc_2");
  fixture_add_connection (db, "conn_3", "a", "fhirsrc_3");
  fixture_add_pull (db, "pull_1", "conn_1", CR_PULL_RUNNING);
  fixture_add_pull (db, "pull_2", "conn_2", CR_PULL_WAITING);
  fixture_add_pull (db, "pull_3", "conn_3", CR_PULL_PARTIAL);
  g_assert_true (cr_pulls_table_requeue (db, &error));
  open = cr_pulls_table_list_open (db, &error);
  g_assert_cmpint (open->len, ==, 2);
  g_assert_cmpint (((CrPull *) open->pdata[0])->status, ==, CR_PULL_QUEUED);
  g_assert_cmpint (((CrPull *) open->pdata[1])->status, ==, CR_PULL_WAITING);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/pulls/join", test_join);
  g_test_add_func ("/store/pulls/save", test_save);
  g_test_add_func ("/store/pulls/queries", test_queries);
  g_test_add_func ("/store/pulls/requeue", test_requeue);

  return g_test_run ();
}
