/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <libsoup/soup.h>
#include <string.h>

#include "base/cr-first.h"
#include "engine-test-pulls.h"

#define DAY_MS (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

static void
start (EngineTest *test)
{
  engine_test_make (test);
  test->is_sandbox = TRUE;
  test->no_schedule = TRUE;
  engine_test_open (test);
  engine_test_start_sandbox (test);
}

/* How many requests the portal's FHIR server has seen. */
static int
count_seen (EngineTest *test)
{
  static const char path[] = "\"/portal/fhir/";
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *url =
      g_strconcat (cr_engine_get_sandbox_uri (test->engine), "/_sandbox/log", NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) reply = soup_session_send_and_read (session, message, NULL, &error);
  gsize size;
  const char *text = g_bytes_get_data (reply, &size);
  g_autofree char *log = g_strndup (text, size);
  int n = 0;

  for (const char *at = log; (at = strstr (at, path)) != NULL; at += strlen (path))
    n++;
  return n;
}

static CrSource *
get_source (EngineTest *test, CrConnection *connection)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  CrSource *source;

  cr_engine_get_async (test->engine, CR_LIST_SOURCES, connection->source_id, NULL, keep_result,
                       &result);
  source = cr_engine_get_finish (test->engine, wait_result (&result), &error);
  g_assert_no_error (error);
  return source;
}

typedef struct
{
  EngineTest *test;
  CrConnection *connection;
  int n;
} Awaited;

static gboolean
is_count (gpointer data)
{
  Awaited *awaited = data;
  g_autoptr (CrSource) source = get_source (awaited->test, awaited->connection);

  return source->quota.n == awaited->n;
}

static void
wait_for_count (EngineTest *test, CrConnection *connection, int n)
{
  Awaited awaited = { test, connection, n };

  wait_until (is_count, &awaited);
}

static void
pull_again (EngineTest *test, CrConnection *connection, CrPullStatus status)
{
  g_autoptr (GPtrArray) pulls = start_pull (test, connection->patient_id, NULL);
  g_autoptr (CrPull) pull = NULL;

  do
    {
      g_clear_object (&pull);
      pull = wait_for_pull (test, connection, status);
    }
  while (strcmp (pull->id, CR_PULL (g_ptr_array_index (pulls, 0))->id) != 0);
}

/* What the portal saw is what is said, with what was sent again and the question whether it is
 * there at all; after a restart too; at midnight it begins anew. */
static void
test_count (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrSource) source = NULL;
  int before, first, second;

  start (&test);
  connection = engine_test_connect (&test, SMALL_PERSON);
  pull = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  first = (int) pull->requests;
  g_assert_cmpint (first, >, 10);
  engine_test_close (&test);
  engine_test_open (&test);
  source = get_source (&test, connection);
  g_assert_cmpint (source->quota.n, ==, first);
  g_assert_cmpuint (source->quota.max_parallel, ==, 4);
  g_assert_cmpuint (source->quota.per_minute, ==, 0);

  engine_test_start_sandbox (&test);
  engine_test_fault (&test, "PUT", "status", "{\"status\":503,\"types\":[\"Goal\"]}");
  before = count_seen (&test);
  pull_again (&test, connection, CR_PULL_PARTIAL);
  second = count_seen (&test) - before;
  wait_for_count (&test, connection, first + second);

  engine_test_ahead_ms += DAY_MS;
  wait_for_count (&test, connection, 0);
}

static gboolean
is_slowed (gpointer data)
{
  Awaited *awaited = data;
  g_autoptr (CrSource) source = get_source (awaited->test, awaited->connection);

  return source->quota.slowed_ms > 0;
}

/* That it asked to slow down, when, after how many and for how long; and what it says it takes. */
static void
test_slowed (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) waiting = NULL;
  g_autoptr (CrSource) source = NULL;
  Awaited awaited = { &test, NULL, 0 };
  gint64 begun_ms;

  start (&test);
  connection = engine_test_connect (&test, SMALL_PERSON);
  pull = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  engine_test_fault (&test, "PUT", "rate-limit", "{\"retry_after\":\"600\"}");
  begun_ms = engine_test_clock ();
  g_ptr_array_unref (start_pull (&test, connection->patient_id, NULL));
  waiting = wait_for_pull (&test, connection, CR_PULL_WAITING);
  awaited.connection = connection;
  wait_until (is_slowed, &awaited);
  source = get_source (&test, connection);
  g_assert_cmpint (source->quota.slowed_ms, >=, begun_ms);
  g_assert_cmpint (source->quota.slowed_for_ms, ==, 600 * 1000);
  g_assert_cmpint (source->quota.slowed_n, >, 10);
  g_assert_cmpint (source->quota.slowed_n, <=, source->quota.n);
  g_assert_cmpint (source->slow_until_ms, >, begun_ms);
  g_assert_cmpuint (source->n_waiting, ==, 1);
  g_assert_cmpuint (source->quota.said_s, ==, 0);
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/quota/slowed", test_slowed);
  g_test_add_func ("/engine/quota/count", test_count); /* leaves the clock ahead */

  return g_test_run ();
}
