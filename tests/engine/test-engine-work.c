/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "engine-test-pulls.h"
#include "engine-test.h"
#include "store/cr-connections-table.h"
#include "store/cr-store.h"

#include <libsoup/soup.h>
#include <string.h>

/* Closed in the middle of a pull, the engine takes it up again at its next start, where it stopped:
 * the same pull, each record once. */
static void
test_restart (void)
{
  g_auto (EngineTest) test = { .is_sandbox = TRUE };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) before = NULL;
  g_autoptr (CrPull) left = NULL;
  g_autoptr (CrPull) after = NULL;

  engine_test_make (&test);
  test.is_sandbox = TRUE;
  engine_test_open (&test);
  engine_test_start_sandbox (&test);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":150}");
  connection = engine_test_connect (&test, LARGE_PERSON);
  before = wait_for_pull (&test, connection, CR_PULL_RUNNING);
  iterate_for (500);
  g_assert_true (cr_engine_is_working (test.engine));
  engine_test_close (&test);

  engine_test_open (&test);
  left = latest_pull (&test, connection->id);
  g_assert_false (cr_pull_status_is_final (left->status));
  engine_test_start_sandbox (&test);
  engine_test_fault (&test, "DELETE", NULL, "");
  after = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  g_assert_cmpstr (after->id, ==, before->id);
  g_assert_cmpuint (after->n_new, ==, after->n_received);
  g_assert_cmpuint (after->n_new, >, 100);
}

static gpointer
end_access (CrDb *db, gpointer data, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "UPDATE connection SET access_expires_ms = 1, token_endpoint = '%s'", (char *) data);

  return cr_db_exec (db, sql, error) ? data : NULL;
}

static gpointer
get_connection (CrDb *db, gpointer data, GError **error)
{
  return cr_connections_table_get (db, data, error);
}

/* With the engine closed. */
static gpointer
with_store (EngineTest *test, gboolean writes, CrStoreFunc func, gconstpointer data)
{
  g_autofree char *path = engine_test_path (test, "chartroom.db");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrStore) store = cr_store_open (path, &error);
  gpointer found;

  g_assert_no_error (error);
  if (writes)
    cr_store_write_async (store, CR_WRITE_SURE, func, (gpointer) data, NULL, NULL, NULL,
                          keep_result, &result);
  else
    cr_store_read_async (store, CR_READ_SCREEN, func, (gpointer) data, NULL, NULL, NULL,
                         keep_result, &result);
  wait_result (&result);
  found = writes ? cr_store_write_finish (store, result, &error)
                 : cr_store_read_finish (store, result, &error);
  g_assert_no_error (error);
  cr_store_close (store);
  return found;
}

typedef struct
{
  SoupServerMessage *message; /* (owned) (nullable) */
} Late;

static void
asked_late_cb (SoupServer *server,
               SoupServerMessage *message,
               const char *path,
               GHashTable *query,
               gpointer user_data)
{
  Late *late = user_data;

  g_assert_null (late->message);
  late->message = g_object_ref (message);
  soup_server_message_pause (message);
}

static gboolean
is_asked (gpointer data)
{
  return ((Late *) data)->message != NULL;
}

static gboolean
answer_late_cb (gpointer user_data)
{
  static const char grant[] = "{\"access_token\":\"a2\",\"token_type\":\"Bearer\","
                              "\"refresh_token\":\"r2\",\"expires_in\":3600}";
  SoupServerMessage *message = ((Late *) user_data)->message;

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, grant,
                                    strlen (grant));
  soup_server_message_unpause (message);
  return G_SOURCE_REMOVE;
}

static SoupServer *
start_late (Late *late, char **url)
{
  SoupServer *server = soup_server_new (NULL, NULL);
  GSList *uris;

  soup_server_add_handler (server, NULL, asked_late_cb, late, NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (server);
  *url = g_strdup_printf ("http://127.0.0.1:%d/token", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return server;
}

/* Closed while a portal is asked for a new token, which uses the old one up: the new one is in the
 * store when the engine is closed. */
static void
test_close_while_renewing (void)
{
  g_auto (EngineTest) test = { .is_sandbox = TRUE };
  Late late = { NULL };
  g_autofree char *url = NULL;
  g_autoptr (SoupServer) server = start_late (&late, &url);
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrConnection) before = NULL;
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrPull) first = NULL;
  g_autoptr (GPtrArray) pulls = NULL;
  g_autoptr (GError) error = NULL;

  engine_test_make (&test);
  test.is_sandbox = TRUE;
  engine_test_open (&test);
  engine_test_start_sandbox (&test);
  connection = engine_test_connect (&test, SMALL_PERSON);
  first = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  engine_test_close (&test);
  with_store (&test, TRUE, end_access, url);
  before = with_store (&test, FALSE, get_connection, connection->id);

  engine_test_open (&test);
  engine_test_start_sandbox (&test);
  pulls = start_pull (&test, connection->patient_id, &error);
  g_assert_no_error (error);
  wait_until (is_asked, &late);
  g_timeout_add (500, answer_late_cb, &late);
  engine_test_close (&test);

  after = with_store (&test, FALSE, get_connection, connection->id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_false (g_bytes_equal (after->sealed_tokens, before->sealed_tokens));
  g_assert_cmpint (after->access_expires_ms, >, before->access_expires_ms);
  g_object_unref (late.message);
}

/* Asked twice at once there is one pull; both who asked are told of it. */
static void
test_one_pull (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) running = NULL;
  g_autoptr (CrPull) done = NULL;
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GPtrArray) second = NULL;
  g_autoptr (GPtrArray) all = NULL;
  CrListFilter filter = { .kind = CR_LIST_PULLS };
  g_autoptr (GError) error = NULL;

  engine_test_make (&test);
  test.is_sandbox = TRUE;
  engine_test_open (&test);
  engine_test_start_sandbox (&test);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":1000}");
  connection = engine_test_connect (&test, SMALL_PERSON);
  running = wait_for_pull (&test, connection, CR_PULL_RUNNING);
  first = start_pull (&test, connection->patient_id, &error);
  g_assert_no_error (error);
  second = start_pull (&test, connection->patient_id, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (first->len, ==, 1);
  g_assert_true (CR_PULL (g_ptr_array_index (first, 0))->is_joined);
  g_assert_cmpstr (CR_PULL (g_ptr_array_index (first, 0))->id, ==, running->id);
  g_assert_cmpstr (CR_PULL (g_ptr_array_index (second, 0))->id, ==, running->id);
  engine_test_fault (&test, "DELETE", NULL, "");
  done = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  all = engine_test_list (&test, &filter);
  g_assert_cmpuint (all->len, ==, 1);
}

/* A pull that the portal put off goes on when its time has come. */
static void
test_waiting (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) waiting = NULL;
  g_autoptr (CrPull) done = NULL;

  engine_test_make (&test);
  test.is_sandbox = TRUE;
  engine_test_open (&test);
  engine_test_start_sandbox (&test);
  engine_test_fault (&test, "PUT", "rate-limit",
                     "{\"types\":[\"Condition\"],\"retry_after\":\"7\",\"count\":1}");
  connection = engine_test_connect (&test, SMALL_PERSON);
  waiting = wait_for_pull (&test, connection, CR_PULL_WAITING);
  g_assert_cmpint (waiting->waiting_for, ==, CR_WAIT_RATE_LIMIT);
  done = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  g_assert_cmpstr (done->id, ==, waiting->id);
  g_assert_cmpint (done->finished_ms, >=, waiting->wait_until_ms);
}

typedef struct
{
  EngineTest *test;
  CrPull *before;
} Next;

static gboolean
is_after (gpointer data)
{
  Next *next = data;
  g_autoptr (CrPull) pull = latest_pull (next->test, next->before->connection_id);

  return g_strcmp0 (pull->id, next->before->id) != 0;
}

/* A day later the next pull comes by itself, and not before. */
static void
test_schedule (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) same = NULL;
  g_autoptr (CrPull) next = NULL;

  engine_test_make (&test);
  test.is_sandbox = TRUE;
  engine_test_open (&test);
  engine_test_start_sandbox (&test);
  connection = engine_test_connect (&test, SMALL_PERSON);
  first = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  engine_test_ahead_ms = 20 * 60 * 60 * G_GINT64_CONSTANT (1000);
  engine_test_close (&test);
  engine_test_open (&test);
  engine_test_start_sandbox (&test);
  iterate_for (300);
  same = latest_pull (&test, connection->id);
  g_assert_cmpstr (same->id, ==, first->id);

  engine_test_ahead_ms = 25 * 60 * 60 * G_GINT64_CONSTANT (1000);
  engine_test_close (&test);
  engine_test_open (&test);
  engine_test_start_sandbox (&test);
  wait_until (is_after, &(Next){ &test, first });
  next = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  g_assert_cmpstr (next->id, !=, first->id);
  g_assert_cmpint (next->trigger, ==, CR_PULL_TRIGGER_SCHEDULE);
  g_assert_cmpuint (next->n_new, ==, 0);
}

static const CrAuditEntry *
find_audit (GPtrArray *entries, const char *action)
{
  for (guint i = 0; i < entries->len; i++)
    if (g_str_equal (CR_AUDIT_ENTRY (g_ptr_array_index (entries, i))->action, action))
      return g_ptr_array_index (entries, i);

  g_test_message ("no line says %s", action);
  g_assert_not_reached ();
}

/* Each thing a person does leaves a line with their name; what was refused leaves none. */
static void
test_audit (void)
{
  static const char *const actions[] = { "patient.add", "setting.change", "pull.start",
                                         "pull.cancel", "connection.disconnect" };
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) pulls = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GAsyncResult) set = NULL;
  g_autoptr (GAsyncResult) refused = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GAsyncResult) disconnected = NULL;
  g_autoptr (GError) error = NULL;
  CrListFilter filter = { .kind = CR_LIST_AUDIT };
  guint n_before;

  engine_test_make (&test);
  test.is_sandbox = TRUE;
  engine_test_open (&test);
  engine_test_start_sandbox (&test);
  engine_test_add_patient (&test, "mine", "Mine");
  cr_engine_set_setting_async (test.engine, "pull-interval-hours", "6", "tester", NULL, keep_result,
                               &set);
  g_assert_true (cr_engine_set_setting_finish (test.engine, wait_result (&set), NULL));
  connection = engine_test_connect (&test, SMALL_PERSON);
  pull = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":300}");
  pulls = start_pull (&test, connection->patient_id, &error);
  g_assert_no_error (error);
  cr_engine_cancel_pull_async (test.engine, CR_PULL (g_ptr_array_index (pulls, 0))->id, "tester",
                               NULL, keep_result, &cancelled);
  g_assert_true (cr_engine_cancel_pull_finish (test.engine, wait_result (&cancelled), NULL));
  g_clear_object (&pull);
  pull = wait_for_pull (&test, connection, CR_PULL_CANCELLED);
  engine_test_fault (&test, "DELETE", NULL, "");
  cr_engine_disconnect_async (test.engine, connection->id, "tester", NULL, keep_result,
                              &disconnected);
  g_assert_true (cr_engine_disconnect_finish (test.engine, wait_result (&disconnected), NULL));

  entries = engine_test_list (&test, &filter);
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      const CrAuditEntry *entry = find_audit (entries, actions[i]);

      g_assert_cmpstr (entry->person, ==, "tester");
      g_assert_nonnull (entry->object);
    }

  n_before = entries->len;
  cr_engine_cancel_pull_async (test.engine, pull->id, "tester", NULL, keep_result, &refused);
  g_assert_false (cr_engine_cancel_pull_finish (test.engine, wait_result (&refused), &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
  g_assert_cmpuint (strlen (error->message), >, 15);
  g_clear_pointer (&entries, g_ptr_array_unref);
  entries = engine_test_list (&test, &filter);
  g_assert_cmpuint (entries->len, ==, n_before);
}

/* Who removed a patient, and when, stays; which patient does not. */
static void
test_audit_of_removed (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GAsyncResult) removed = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  CrListFilter filter = { .kind = CR_LIST_AUDIT };

  engine_test_make (&test);
  engine_test_open (&test);
  engine_test_add_patient (&test, "mine", "Mine");
  cr_engine_remove_patient_async (test.engine, "mine", "tester", NULL, keep_result, &removed);
  cr_removal_free (cr_engine_remove_patient_finish (test.engine, wait_result (&removed), NULL));

  entries = engine_test_list (&test, &filter);
  g_assert_cmpstr (find_audit (entries, "patient.remove")->person, ==, "tester");
  g_assert_null (find_audit (entries, "patient.remove")->object);
  g_assert_null (find_audit (entries, "patient.add")->object);
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/work/restart", test_restart);
  g_test_add_func ("/work/close-while-renewing", test_close_while_renewing);
  g_test_add_func ("/engine/rows/L01-one-pull", test_one_pull);
  g_test_add_func ("/work/waiting", test_waiting);
  g_test_add_func ("/work/schedule", test_schedule);
  g_test_add_func ("/work/audit", test_audit);
  g_test_add_func ("/work/audit-of-removed", test_audit_of_removed);

  return g_test_run ();
}
