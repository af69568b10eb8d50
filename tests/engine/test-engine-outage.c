/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <libsoup/soup.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "engine-test-pulls.h"
#include "engine/cr-engine-catalog.h"
#include "engine/cr-engine-private.h"

static void
start (EngineTest *test)
{
  engine_test_make (test);
  test->is_sandbox = TRUE;
  engine_test_open (test);
  engine_test_start_sandbox (test);
}

static GPtrArray *
list_outages (EngineTest *test)
{
  CrListFilter filter = { .kind = CR_LIST_OUTAGES };

  return engine_test_list (test, &filter);
}

static gboolean
is_over (gpointer data)
{
  g_autoptr (GPtrArray) outages = list_outages (data);

  return outages->len == 0;
}

static gboolean
try_source (EngineTest *test, const char *id, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_engine_try_source_async (test->engine, id, "tester", NULL, keep_result, &result);
  return cr_engine_try_source_finish (test->engine, wait_result (&result), error);
}

typedef struct
{
  EngineTest *test;
  guint n;
} Waited;

static gboolean
wait_many (gpointer data)
{
  Waited *waited = data;
  g_autoptr (GPtrArray) outages = list_outages (waited->test);

  return outages->len == 1 && CR_SOURCE (g_ptr_array_index (outages, 0))->n_waiting == waited->n;
}

/* Three patients wait for one portal: one incident, which outlives a restart, says when it is tried
 * next, and ends once when the portal answers. Who waited goes on then. */
static void
test_one_incident (void)
{
  g_auto (EngineTest) test = { 0 };
  CrConnection *connections[3];
  Waited waited = { &test, 3 };
  g_autoptr (GPtrArray) outages = NULL;
  g_autoptr (GPtrArray) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  CrSource *source;

  start (&test);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (CrPull) pull = NULL;

      connections[i] = engine_test_connect (&test, SMALL_PERSON + i);
      pull = wait_for_pull (&test, connections[i], CR_PULL_COMPLETE);
    }
  engine_test_fault (&test, "PUT", "status", "{\"status\":503}");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GPtrArray) pulls = start_pull (&test, connections[i]->patient_id, &error);

      g_assert_no_error (error);
    }
  wait_until (wait_many, &waited);
  outages = list_outages (&test);
  source = g_ptr_array_index (outages, 0);
  id = g_strdup (source->id);
  g_assert_cmpstr (source->outage_code, ==, "busy");
  g_assert_cmpint (source->next_try_ms, >, engine_test_clock () + 40 * 1000);
  g_assert_cmpint (source->next_try_ms, <=, engine_test_clock () + 66 * 1000);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (CrPull) pull = wait_for_pull (&test, connections[i], CR_PULL_WAITING);

      g_assert_cmpint (pull->wait_until_ms, >=, source->next_try_ms - 1000);
    }

  g_assert_false (try_source (&test, id, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BUSY);
  g_clear_error (&error);
  engine_test_close (&test);
  engine_test_open (&test);
  again = list_outages (&test);
  g_assert_cmpuint (again->len, ==, 1);
  g_assert_cmpint (CR_SOURCE (g_ptr_array_index (again, 0))->out_since_ms, ==,
                   source->out_since_ms);

  engine_test_start_sandbox (&test);
  engine_test_fault (&test, "DELETE", NULL, "");
  g_assert_true (try_source (&test, id, &error));
  g_assert_no_error (error);
  wait_until (is_over, &test);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (CrPull) pull = wait_for_pull (&test, connections[i], CR_PULL_COMPLETE);

      g_assert_cmpuint (pull->n_failed_queries, ==, 0);
      g_object_unref (connections[i]);
    }
}

static CrConnection *
connect_and_pull (EngineTest *test)
{
  CrConnection *connection = engine_test_connect (test, SMALL_PERSON);
  g_autoptr (CrPull) pull = wait_for_pull (test, connection, CR_PULL_COMPLETE);

  return connection;
}

/* When the last one that waits is cancelled nobody finds out any more, and nothing is claimed. */
static void
test_nobody_waits (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  Waited waited = { &test, 1 };

  start (&test);
  connection = connect_and_pull (&test);
  engine_test_fault (&test, "PUT", "status", "{\"status\":503}");
  g_ptr_array_unref (start_pull (&test, connection->patient_id, NULL));
  wait_until (wait_many, &waited);
  pull = latest_pull (&test, connection->id);
  cr_engine_cancel_pull_async (test.engine, pull->id, "tester", NULL, keep_result, &result);
  g_assert_true (cr_engine_cancel_pull_finish (test.engine, wait_result (&result), NULL));
  wait_until (is_over, &test);
}

/* Without a network no portal is to blame. */
static void
test_no_network (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) waiting = NULL;
  g_autoptr (CrPull) done = NULL;
  g_autoptr (GPtrArray) outages = NULL;

  start (&test);
  connection = connect_and_pull (&test);
  cr_scheduler_set_offline (test.engine->scheduler, TRUE);
  engine_test_fault (&test, "PUT", "status", "{\"status\":503}");
  g_ptr_array_unref (start_pull (&test, connection->patient_id, NULL));
  waiting = wait_for_pull (&test, connection, CR_PULL_WAITING);
  iterate_for (300);
  outages = list_outages (&test);
  g_assert_cmpuint (outages->len, ==, 0);

  engine_test_fault (&test, "DELETE", NULL, "");
  cr_scheduler_set_offline (test.engine->scheduler, FALSE);
  done = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  g_assert_cmpstr (done->id, ==, waiting->id);
}

/* Cancelling ----------------------------------------------------------------------------------- */

static gboolean
has_patient (gpointer data)
{
  EngineTest *test = data;
  CrListFilter all = { .kind = CR_LIST_PULLS };
  g_autoptr (GPtrArray) pulls = engine_test_list (test, &all);
  CrListFilter filter = { .kind = CR_LIST_QUERIES };
  g_autoptr (GPtrArray) queries = NULL;
  guint n = 0;

  if (pulls->len == 0)
    return FALSE;
  filter.pull_id = CR_PULL (g_ptr_array_index (pulls, 0))->id;
  queries = engine_test_list (test, &filter);
  for (guint i = 0; i < queries->len; i++)
    n += CR_QUERY (g_ptr_array_index (queries, i))->n_received;
  return n > 0;
}

static void
cancel (EngineTest *test, const char *pull_id)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_engine_cancel_pull_async (test->engine, pull_id, "tester", NULL, keep_result, &result);
  g_assert_true (cr_engine_cancel_pull_finish (test->engine, wait_result (&result), NULL));
}

/* The pages that were asked for are kept, and nothing new is asked. */
static void
test_page_in_hand (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) stopping = NULL;
  g_autoptr (CrPull) done = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrListFilter filter = { .kind = CR_LIST_QUERIES };
  guint n_asked = 0;

  start (&test);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":2000}");
  connection = engine_test_connect (&test, LARGE_PERSON);
  wait_until (has_patient, &test);
  iterate_for (100);
  stopping = latest_pull (&test, connection->id);
  cancel (&test, stopping->id);
  g_clear_object (&stopping);
  stopping = latest_pull (&test, connection->id);
  g_assert_cmpint (stopping->status, ==, CR_PULL_RUNNING);
  g_assert_true (stopping->is_stopping);
  done = wait_for_pull (&test, connection, CR_PULL_CANCELLED);
  g_assert_false (done->is_stopping);
  g_assert_cmpuint (done->n_received, >, 1);
  filter.pull_id = done->id;
  queries = engine_test_list (&test, &filter);
  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      g_assert_cmpint (query->status, !=, CR_QUERY_RUNNING);
      g_assert_cmpint (query->status, !=, CR_QUERY_PENDING);
      n_asked += query->pages;
    }
  g_assert_cmpuint (n_asked, <=, 1 + 4);
}

/* What the portal was asked, answered or not; "DELETE" forgets it. */
static char *
ask_log (EngineTest *test, const char *method)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *url =
      g_strconcat (cr_engine_get_sandbox_uri (test->engine), "/_sandbox/log", NULL);
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) reply = soup_session_send_and_read (session, message, NULL, &error);

  g_assert_no_error (error);
  return g_strndup (g_bytes_get_data (reply, NULL), g_bytes_get_size (reply));
}

static gboolean
is_asked (gpointer data)
{
  g_autofree char *log = ask_log (data, "GET");

  return strstr (log, "/portal/fhir/") != NULL;
}

/* Who cannot wait cancels again. */
static void
test_cancel_twice (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) done = NULL;
  gint64 began_us;

  start (&test);
  connection = engine_test_connect (&test, SMALL_PERSON);
  pull = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  g_clear_object (&pull);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":120000}");
  g_free (ask_log (&test, "DELETE"));
  g_ptr_array_unref (start_pull (&test, connection->patient_id, NULL));
  wait_until (is_asked, &test);
  pull = wait_for_pull (&test, connection, CR_PULL_RUNNING);
  began_us = g_get_monotonic_time ();
  cancel (&test, pull->id);
  iterate_for (300);
  g_clear_object (&pull);
  pull = latest_pull (&test, connection->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_RUNNING);
  cancel (&test, pull->id);
  done = wait_for_pull (&test, connection, CR_PULL_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - began_us, <, 60 * G_USEC_PER_SEC);
}

/* A pull that was stopped when the engine ended does not begin again. */
static void
test_stop_outlives (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) done = NULL;

  start (&test);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":3000}");
  connection = engine_test_connect (&test, SMALL_PERSON);
  pull = wait_for_pull (&test, connection, CR_PULL_RUNNING);
  cancel (&test, pull->id);
  engine_test_close (&test);
  engine_test_open (&test);
  done = wait_for_pull (&test, connection, CR_PULL_CANCELLED);
  g_assert_cmpstr (done->id, ==, pull->id);
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/rows/R09-one-incident", test_one_incident);
  g_test_add_func ("/engine/outage/nobody-waits", test_nobody_waits);
  g_test_add_func ("/engine/outage/no-network", test_no_network);
  g_test_add_func ("/engine/cancel/page-in-hand", test_page_in_hand);
  g_test_add_func ("/engine/cancel/twice", test_cancel_twice);
  g_test_add_func ("/engine/cancel/outlives-the-engine", test_stop_outlives);

  return g_test_run ();
}
