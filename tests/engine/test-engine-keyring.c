/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "engine-test.h"
#include "keyring-house.h"
#include "store/cr-removal-table.h"
#include "store/cr-store.h"

#define SMALL_PERSON 4

static CrPull *
latest_pull (EngineTest *test)
{
  CrListFilter filter = { .kind = CR_LIST_PULLS };
  g_autoptr (GPtrArray) pulls = engine_test_list (test, &filter);

  return pulls->len > 0 ? g_object_ref (g_ptr_array_index (pulls, 0)) : NULL;
}

static gboolean
is_complete (gpointer data)
{
  g_autoptr (CrPull) pull = latest_pull (data);

  return pull != NULL && pull->status == CR_PULL_COMPLETE;
}

static gboolean
is_waiting (gpointer data)
{
  g_autoptr (CrPull) pull = latest_pull (data);

  return pull != NULL && pull->status == CR_PULL_WAITING;
}

static char *
save_source (EngineTest *test)
{
  g_autoptr (CrSource) source = cr_source_new ("");
  g_autoptr (CrSource) saved = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  source->name = g_strdup ("Soon gone");
  source->fhir_base_url = g_strdup ("https://portal.example/fhir");
  source->client_id = g_strdup ("client");
  source->client_auth = CR_CLIENT_AUTH_BASIC;
  cr_engine_save_source_async (test->engine, source, "its secret", "tester", NULL, keep_result,
                               &result);
  saved = cr_engine_save_source_finish (test->engine, wait_result (&result), &error);
  g_assert_no_error (error);
  return g_strdup (saved->id);
}

static gpointer
list_tasks (CrDb *db, gpointer data, GError **error)
{
  return cr_removal_tasks_list (db, error);
}

static guint
count_tasks (EngineTest *test)
{
  g_autofree char *path = engine_test_path (test, "chartroom.db");
  g_autoptr (GError) error = NULL;
  g_autoptr (CrStore) store = cr_store_open (path, &error);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) tasks = NULL;
  guint n = 0;

  g_assert_no_error (error);
  cr_store_read_async (store, CR_READ_SCREEN, list_tasks, NULL, NULL,
                       (GDestroyNotify) g_ptr_array_unref, NULL, keep_result, &result);
  tasks = cr_store_read_finish (store, wait_result (&result), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < tasks->len; i++)
    n += g_str_equal (((CrRemovalTask *) g_ptr_array_index (tasks, i))->kind, CR_REMOVAL_KEYRING);
  cr_store_close (store);
  return n;
}

static gboolean
has_no_task (gpointer data)
{
  return count_tasks (data) == 0;
}

static gboolean
says_locked (gpointer data)
{
  EngineTest *test = data;

  return g_error_matches (cr_engine_get_keyring_error (test->engine), CR_ERROR,
                          CR_ERROR_KEYRING_LOCKED);
}

static void
remove_source (EngineTest *test, const char *id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_engine_remove_source_async (test->engine, id, "tester", NULL, keep_result, &result);
  cr_engine_remove_source_finish (test->engine, wait_result (&result), &error);
  g_assert_no_error (error);
}

static gboolean
says_missing (gpointer data)
{
  EngineTest *test = data;

  return g_error_matches (cr_engine_get_keyring_error (test->engine), CR_ERROR,
                          CR_ERROR_KEYRING_MISSING);
}

static void
assert_active (EngineTest *test)
{
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS };
  g_autoptr (GPtrArray) connections = engine_test_list (test, &filter);

  g_assert_cmpint (CR_CONNECTION (g_ptr_array_index (connections, 0))->status, ==,
                   CR_CONNECTION_ACTIVE);
}

/* A patient whose records came while the keyring was there; → the connection */
static CrConnection *
begin (EngineTest *test)
{
  CrConnection *connection;

  engine_test_make (test);
  test->is_sandbox = TRUE;
  engine_test_open (test);
  engine_test_start_sandbox (test);
  connection = engine_test_connect (test, SMALL_PERSON);
  wait_until (is_complete, test);
  return connection;
}

/* An engine that starts without it: → the pull that waits for it */
static CrPull *
start_and_wait (EngineTest *test, CrConnection *connection, gboolean (*says) (gpointer))
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) pulls = NULL;
  CrPull *waiting;

  engine_test_open (test);
  engine_test_start_sandbox (test);
  cr_engine_start_pull_async (test->engine, connection->patient_id, NULL, FALSE, "tester", NULL,
                              keep_result, &result);
  pulls = cr_engine_start_pull_finish (test->engine, wait_result (&result), NULL);
  g_assert_cmpuint (pulls->len, ==, 1);
  wait_until (is_waiting, test);
  wait_until (says, test);
  waiting = latest_pull (test);
  g_assert_cmpint (waiting->waiting_for, ==, CR_WAIT_KEYRING_LOCKED);
  assert_active (test);
  return waiting;
}

/* Once it is there, by itself. */
static void
wait_for_the_end (EngineTest *test, CrPull *waiting)
{
  g_autoptr (CrPull) after = NULL;

  wait_until (is_complete, test);
  after = latest_pull (test);
  g_assert_cmpstr (after->id, ==, waiting->id);
  g_assert_cmpuint (after->n_failed_queries, ==, 0);
  g_assert_null (cr_engine_get_keyring_error (test->engine));
  assert_active (test);
}

/* A pull that finds the keyring locked waits and says so, access does not end, and both it and what
 * is to be removed from the keyring go on by themselves once it is unlocked; the latter after the
 * engine was gone in between. */
static void
test_locked (void)
{
  House house = { NULL };
  g_auto (EngineTest) test = { .is_sandbox = TRUE };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) waiting = NULL;
  g_autofree char *source_id = NULL;

  if (!house_open (&house))
    return;

  connection = begin (&test);
  source_id = save_source (&test);
  house_lock ();
  remove_source (&test, source_id);
  wait_until (says_locked, &test);
  g_assert_cmpuint (count_tasks (&test), ==, 1);
  engine_test_close (&test);

  waiting = start_and_wait (&test, connection, says_locked);
  g_assert_cmpuint (count_tasks (&test), ==, 1);
  house_unlock ();
  wait_for_the_end (&test, waiting);
  wait_until (has_no_task, &test);
  engine_test_close (&test);
  house_close (&house);
}

/* The same of a keyring that is not there at all when the engine starts. */
static void
test_absent (void)
{
  House house = { .starts_nothing = TRUE };
  g_auto (EngineTest) test = { .is_sandbox = TRUE };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) waiting = NULL;

  if (!house_open (&house))
    return;

  connection = begin (&test);
  engine_test_close (&test);
  house_end_daemon (&house);
  waiting = start_and_wait (&test, connection, says_missing);
  house_start_daemon (&house);
  wait_for_the_end (&test, waiting);
  engine_test_close (&test);
  house_close (&house);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/rows/L07-locked", test_locked);
  g_test_add_func ("/engine/rows/L07-absent", test_absent);

  return g_test_run ();
}
