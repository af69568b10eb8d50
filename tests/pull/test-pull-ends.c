/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "pull-test.h"
#include "store/cr-connections-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-records-table.h"

#include <string.h>

#define HOUR_MS (60 * 60 * G_GINT64_CONSTANT (1000))

static CrConnection *
stored_connection (PullTest *test)
{
  g_autoptr (GPtrArray) list = cr_rig_connections (test->rig, test->connection->patient_id);

  g_assert_cmpuint (list->len, ==, 1);
  return g_object_ref (g_ptr_array_index (list, 0));
}

static guint
count_events (PullTest *test, CrEventType type)
{
  g_autoptr (GPtrArray) events = cr_rig_events (test->rig);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    n += CR_EVENT (g_ptr_array_index (events, i))->type == type;
  return n;
}

/* Whole, then again with nothing new, then with what changed at the portal. */
static void
test_complete (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;
  g_autoptr (CrPull) third = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  g_autoptr (CrConnection) connection = NULL;

  pull_test_open (&test, LARGE_PERSON);
  first = pull_test_run (&test);
  queries = pull_test_queries (&test, first->id);
  g_assert_cmpint (first->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpint (first->trigger, ==, CR_PULL_TRIGGER_ACTIVATION);
  g_assert_cmpuint (first->n_new, ==, first->n_received);
  g_assert_cmpuint (first->n_changed + first->n_unchanged, ==, 0);
  g_assert_cmpuint (first->pages, >, 0);
  g_assert_cmpuint (first->requests, >, 20);
  g_assert_cmpint (first->bytes, >, 1000);
  g_assert_cmpuint (pull_test_query (queries, "Observation")->pages, >, 1);
  pull_test_check_words (first, queries);
  pull_test_check_all (&test);
  g_assert_cmpuint (count_events (&test, CR_EVENT_RECORDS_SYNC_COMPLETED), ==, 1);
  connection = stored_connection (&test);
  g_assert_cmpint (connection->next_pull_ms, >, first->finished_ms + 23 * HOUR_MS);

  second = pull_test_run (&test);
  g_assert_cmpint (second->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (second->n_new, ==, 0);
  g_assert_cmpuint (second->n_changed, ==, 0);
  g_assert_cmpuint (second->n_unchanged, ==, second->n_received);
  pull_test_check_all (&test);

  cr_rig_fault (test.rig, "changed-records", "{\"types\":[\"Condition\"],\"n\":5}");
  third = pull_test_run (&test);
  g_assert_cmpint (third->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (third->n_new, ==, 0);
  g_assert_cmpuint (third->n_changed, ==, 5);
  pull_test_check_all (&test);
}

typedef struct
{
  const char *name;
  const char *fault;
  const char *parameters;
  CrWaitReason reason;
} Wait;

static const Wait waits[] = {
  { "rate-limit", "rate-limit", "{\"types\":[\"Condition\"],\"retry_after\":\"90\"}",
    CR_WAIT_RATE_LIMIT },
  { "R04-preparing", "source-preparing", "{\"types\":[\"Patient\"],\"retry_after\":\"90\"}",
    CR_WAIT_SOURCE_PREPARING },
  { "R04-preparing-at-once", "source-preparing",
    "{\"types\":[\"metadata\"],\"retry_after\":\"90\"}", CR_WAIT_SOURCE_PREPARING },
  { "metadata-500", "status", "{\"types\":[\"metadata\"],\"status\":503}", CR_WAIT_SOURCE_OUTAGE },
};

static void
test_wait (gconstpointer data)
{
  const Wait *row = data;
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) stored = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  gint64 before = cr_rig_clock ();

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, row->fault, row->parameters);
  pull = pull_test_run (&test);
  stored = pull_test_stored (&test, pull->id);
  g_assert_cmpint (stored->status, ==, CR_PULL_WAITING);
  g_assert_cmpint (stored->waiting_for, ==, row->reason);
  if (strstr (row->parameters, "90") != NULL)
    g_assert_cmpint (stored->wait_until_ms, >=, before + 90 * 1000);
  else
    g_assert_cmpint (stored->wait_until_ms, >, before);
  g_assert_cmpuint (count_events (&test, CR_EVENT_RECORDS_SYNC_COMPLETED), ==, 0);

  cr_rig_clear_faults (test.rig);
  g_clear_object (&pull);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpstr (pull->id, ==, stored->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpint (pull->waiting_for, ==, CR_WAIT_NONE);
  g_assert_cmpint (pull->wait_until_ms, ==, 0);
  g_assert_null (pull->error_message);
  g_assert_cmpuint (pull->n_new, ==, pull->n_received);
  pull_test_check_words (pull, queries);
  pull_test_check_all (&test);
  g_assert_cmpuint (count_events (&test, CR_EVENT_RECORDS_SYNC_COMPLETED), ==, 1);
}

static void
test_offline (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrConnection) connection = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_stop_sandbox (test.rig);
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_WAITING);
  g_assert_cmpint (pull->waiting_for, ==, CR_WAIT_OFFLINE);
  g_assert_cmpint (pull->wait_until_ms, >, cr_rig_clock ());
  connection = stored_connection (&test);
  g_assert_cmpint (connection->status, ==, CR_CONNECTION_ACTIVE);
}

typedef struct
{
  const char *name;
  const char *fault;
  const char *parameters;
} Failure;

static const Failure failures[] = {
  { "metadata-html", "html-page", "{\"types\":[\"metadata\"]}" },
  { "wrong-version", "wrong-fhir-version", "{}" },
  { "all-html", "html-page", "{}" },
};

/* Nothing could be asked: one sentence says why, and the failure is told to whoever listens. */
static void
test_failure (gconstpointer data)
{
  const Failure *row = data;
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, row->fault, row->parameters);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_test_message ("%s", pull->error_message);
  g_assert_cmpint (pull->status, ==, CR_PULL_FAILED);
  g_assert_nonnull (pull->error_code);
  pull_test_check_words (pull, queries);
  g_assert_cmpuint (count_events (&test, CR_EVENT_RECORDS_SYNC_FAILED), ==, 1);
  g_assert_cmpuint (count_events (&test, CR_EVENT_RECORDS_SYNC_COMPLETED), ==, 0);
}

/* Every type fails: so does the pull, in words of its own. */
static void
test_all_fail (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "status", "{\"status\":400}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_FAILED);
  pull_test_check_words (pull, queries);
  g_assert_cmpuint (count_events (&test, CR_EVENT_RECORDS_SYNC_FAILED), ==, 1);
}

static void
check_lapse (gboolean after_some)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "refuse-refresh", "{}");
  if (after_some)
    cr_rig_fault (test.rig, "status", "{\"types\":[\"Procedure\"],\"status\":401}");
  else
    cr_rig_set_clock_offset (2 * HOUR_MS);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  connection = stored_connection (&test);
  g_test_message ("%s", pull->error_message);
  g_assert_cmpint (pull->status, ==, after_some ? CR_PULL_PARTIAL : CR_PULL_FAILED);
  g_assert_cmpstr (pull->error_code, ==, "sign_in");
  g_assert_cmpuint (strlen (pull->error_message), >, 15);
  g_assert_cmpint (connection->status, ==, CR_CONNECTION_REFRESH_FAILED);
  pull_test_check_words (pull, queries);
  g_assert_cmpuint (pull_test_stored_count (&test, "Patient"), ==, after_some);
}

static void
test_lapse (void)
{
  check_lapse (FALSE);
}

static void
test_lapse_later (void)
{
  check_lapse (TRUE);
}

static void
test_cancel (gconstpointer data)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  guint n_unasked = 0, n_kept = 0;

  pull_test_open (&test, LARGE_PERSON);
  test.cancel_after = GPOINTER_TO_UINT (data);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_CANCELLED);
  g_assert_cmpint (pull->finished_ms, >, 0);
  pull_test_check_words (pull, queries);
  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      n_kept += query->n_received;
      n_unasked +=
          query->status == CR_QUERY_FAILED && g_str_has_prefix (query->outcome, "Not asked");
    }
  if (queries->len > 0)
    g_assert_cmpuint (n_unasked, >, 0);
  g_assert_cmpuint (pull->n_received, ==, n_kept);
  g_assert_cmpuint (count_events (&test, CR_EVENT_RECORDS_SYNC_COMPLETED), ==, 0);
  g_assert_cmpuint (count_events (&test, CR_EVENT_RECORDS_SYNC_FAILED), ==, 0);

  test.cancel_after = 0;
  g_clear_object (&pull);
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (pull->n_new + n_kept, ==, pull->n_received + n_kept - pull->n_unchanged);
  pull_test_check_all (&test);
}

static gpointer
limit_pages (CrDb *db, gpointer data, GError **error)
{
  return cr_db_exec (db, data, error) ? data : NULL;
}

/* The disk is full in the middle: what came before is there, a sentence says what to do, and with
 * room again the same pull goes on. */
static void
test_disk_full (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) stored = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  g_autoptr (GError) error = NULL;
  guint n_kept = 0;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_write (test.rig, limit_pages, (gpointer) "PRAGMA max_page_count = 230");
  pull = pull_test_run_fails (&test, &error);
  g_test_message ("%s", pull != NULL ? pull->error_message : error->message);
  if (pull == NULL)
    g_assert_error (error, CR_ERROR, CR_ERROR_NO_SPACE);
  else
    {
      g_assert_cmpstr (pull->error_code, ==, "no_space");
      g_assert_cmpint (pull->status, ==, CR_PULL_WAITING);
      g_assert_cmpint (pull->waiting_for, ==, CR_WAIT_STORAGE);
      queries = pull_test_queries (&test, pull->id);
      pull_test_check_words (pull, queries);
    }
  n_kept = pull_test_stored_count (&test, "Patient");
  g_assert_cmpuint (n_kept, ==, 1);

  cr_rig_write (test.rig, limit_pages, (gpointer) "PRAGMA max_page_count = 1000000");
  pull_test_requeue (&test);
  g_clear_object (&pull);
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  pull_test_check_all (&test);
}

static gpointer
list_observations (CrDb *db, gpointer data, GError **error)
{
  CrRecordFilter filter = { .patient_id = data, .type = "Observation" };

  return cr_records_table_list (db, &filter, TRUE, 0, 10000, error);
}

static void
got_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  char **value = user_data;

  *value = cr_token_get_finish (CR_TOKEN (object), result, NULL);
  g_assert_nonnull (*value);
}

static GBytes *
ask_portal (PullTest *test, const char *path)
{
  g_autofree char *url = g_strconcat (test->source->fhir_base_url, "/", path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (CrToken) token =
      cr_tokens_for (test->rig->tokens, test->connection->id, test->source->fhir_base_url);
  g_autofree char *value = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = NULL;
  GBytes *body;

  cr_token_get_async (token, FALSE, NULL, got_cb, &value);
  while (value == NULL)
    g_main_context_iteration (NULL, TRUE);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", value);
  body = soup_session_send_and_read (test->rig->visitor, message, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (soup_message_get_status (message), ==, 200);
  return body;
}

/* `1.10` is not `1.1`: what is stored is what the portal sent, byte for byte. */
static void
test_bytes (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (GRegex) trailing = g_regex_new ("\"value\":[0-9]+\\.[0-9]*0[,}]", 0, 0, NULL);
  guint n_trailing = 0;

  pull_test_open (&test, SMALL_PERSON);
  pull = pull_test_run (&test);
  records = cr_rig_read (test.rig, list_observations, test.connection->patient_id);
  g_assert_cmpuint (records->len, >, 10);
  for (guint i = 0; i < records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (records, i);
      gsize size;
      const char *text = g_bytes_get_data (record->body, &size);
      g_autofree char *copy = g_strndup (text, size);
      g_autofree char *path = g_strconcat ("Observation/", record->id, NULL);
      g_autoptr (GBytes) sent = NULL;
      gboolean has_trailing = g_regex_match (trailing, copy, 0, NULL);

      n_trailing += has_trailing;
      if (!has_trailing && i > 5)
        continue;
      sent = ask_portal (&test, path);
      g_assert_true (g_bytes_equal (sent, record->body));
    }
  g_assert_cmpuint (n_trailing, >, 0);
}

int
main (int argc, char **argv)
{
  static const guint cancel_points[] = { 1, 2, 3, 6, 12 };

  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pull/ends/complete", test_complete);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autofree char *path = g_strconcat ("/pull/ends/waits/", waits[i].name, NULL);

      g_test_add_data_func (path, &waits[i], test_wait);
    }
  g_test_add_func ("/pull/ends/offline", test_offline);
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autofree char *path = g_strconcat ("/pull/ends/fails/", failures[i].name, NULL);

      g_test_add_data_func (path, &failures[i], test_failure);
    }
  g_test_add_func ("/pull/ends/all-fail", test_all_fail);
  g_test_add_func ("/pull/ends/lapse", test_lapse);
  g_test_add_func ("/pull/ends/lapse-later", test_lapse_later);
  for (guint i = 0; i < G_N_ELEMENTS (cancel_points); i++)
    {
      g_autofree char *path = g_strdup_printf ("/pull/ends/cancel/%u", cancel_points[i]);

      g_test_add_data_func (path, GUINT_TO_POINTER (cancel_points[i]), test_cancel);
    }
  g_test_add_func ("/pull/ends/disk-full", test_disk_full);
  g_test_add_func ("/pull/ends/bytes", test_bytes);

  return g_test_run ();
}
