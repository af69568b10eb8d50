/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "net-test.h"
#include "pull-rows.h"
#include "pull/cr-budget.h"

#include <string.h>

#define SECOND_MS G_GINT64_CONSTANT (1000)
#define SPREAD_MS (6 * SECOND_MS)

/* One way of saying how long to wait. */
typedef struct
{
  const char *name;
  const char *header;
  const char *value; /* NULL: made of the time that it is in @ahead_s */
  gint64 ahead_s;
  gboolean is_epoch; /* else an HTTP date */
  gint64 wait_s;
} Wait;

static const Wait waits[] = {
  { "R01-seconds", "Retry-After", "120", .wait_s = 120 },
  { "R01-hours", "Retry-After", "2 hours", .wait_s = 7200 },
  { "R01-clock-hours", "Retry-After", "1:30:00", .wait_s = 5400 },
  { "R01-milliseconds", "Retry-After", "240000", .wait_s = 240 },
  { "R01-date", "Retry-After", NULL, .ahead_s = 600, .wait_s = 600 },
  { "R01-missing", "X-Nothing", "1", .wait_s = 60 },
  { "R01-unreadable", "Retry-After", "in a while", .wait_s = 60 },
  { "R01-reset-as-time-left", "X-RateLimit-Reset", "90", .wait_s = 90 },
  { "R01-standard-reset", "RateLimit-Reset", "75", .wait_s = 75 },
  { "R01-reset-as-epoch", "X-RateLimit-Reset", NULL, .ahead_s = 300, .is_epoch = TRUE,
    .wait_s = 300 },
};

static char *
value_of (const Wait *wait)
{
  gint64 at_s = cr_rig_clock () / 1000 + wait->ahead_s;
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (at_s);

  if (wait->value != NULL)
    return g_strdup (wait->value);
  return wait->is_epoch ? g_strdup_printf ("%" G_GINT64_FORMAT, at_s)
                        : soup_date_time_to_string (date, SOUP_DATE_HTTP);
}

static void
test_wait (gconstpointer data)
{
  const Wait *wait = data;
  g_autofree char *value = value_of (wait);
  g_autofree char *parameters = g_strdup_printf (
      "{\"types\":[\"Condition\"],\"header\":\"%s\",\"retry_after\":\"%s\"}", wait->header, value);
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  gint64 now_ms;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "rate-limit", parameters);
  pull = pull_test_run (&test);
  now_ms = cr_rig_clock ();
  g_test_message ("%" G_GINT64_FORMAT " ms", pull->wait_until_ms - now_ms);
  g_assert_cmpint (pull->status, ==, CR_PULL_WAITING);
  g_assert_cmpint (pull->waiting_for, ==, CR_WAIT_RATE_LIMIT);
  g_assert_cmpint (pull->wait_until_ms - now_ms, >, (wait->wait_s - 20) * SECOND_MS);
  g_assert_cmpint (pull->wait_until_ms - now_ms, <, wait->wait_s * SECOND_MS + SPREAD_MS);
}

static void
check_asked_once (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (cr_rig_count (test->rig, "GET", "/portal/fhir/Goal", 422), ==, 1);
}

#define GOALS "\"types\":[\"Goal\"]"

static const PullRow rows[] = {
  { "R01-in-the-past", "rate-limit",
    "{" GOALS ",\"retry_after\":\"Wed, 21 Oct 2015 07:28:00 GMT\",\"count\":1}", "Goal",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE, .person = SMALL_PERSON },
  { "R01-negative", "rate-limit", "{" GOALS ",\"retry_after\":\"-5\",\"count\":1}", "Goal",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE, .person = SMALL_PERSON },
  { "R02-bad-gateway-once", "status", "{" GOALS ",\"status\":502,\"count\":1}", "Goal",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE, .person = SMALL_PERSON },
  { "R03-timeout-of-one-type", "status", "{" GOALS ",\"status\":504}", "Goal", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "504", .person = SMALL_PERSON },
  { "R05-never-works", "status", "{" GOALS ",\"status\":422}", "Goal", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "422", .person = SMALL_PERSON, .check = check_asked_once },
  { "R08-maintenance-page", "html-page", "{" GOALS "}", "Goal", CR_PULL_PARTIAL, CR_QUERY_FAILED,
    "web page", .person = SMALL_PERSON },
};

/* One type says again and again that it will be back, and the rest of the source is there. */
static void
test_one_type_is_out (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "rate-limit", "{" GOALS ",\"status\":503,\"retry_after\":\"60\"}");
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_WAITING);
  g_assert_cmpint (pull->waiting_for, ==, CR_WAIT_SOURCE_OUTAGE);
  queries = pull_test_queries (&test, pull->id);
  g_test_message ("Goal %u", pull_test_query (queries, "Goal")->http_status);
  g_clear_pointer (&queries, g_ptr_array_unref);
  g_clear_object (&pull);
  pull = pull_test_run (&test);
  g_test_message ("%u %u %s", pull->status, pull->waiting_for, pull->error_message);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  g_assert_cmpint (pull_test_query (queries, "Goal")->status, ==, CR_QUERY_FAILED);
  g_assert_cmpuint (pull->n_failed_queries, ==, 1);
}

/* Certificates -------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *ends; /* as openssl writes times */
  const char *words;
} Chain;

static const Chain chains[] = {
  { "expired", "20200201000000Z", "has expired on 1 February 2020" },
  { "private", "20480101000000Z", "is signed by an unknown authority" },
};

/* Signed by itself. Returns: (transfer full) (nullable): NULL where openssl is missing */
static GTlsCertificate *
make_certificate (const char *folder, const char *ends)
{
  static const char script[] =
      "set -e; cd \"$1\"; touch db; echo 01 > serial\n"
      "printf \"[ca]\\ndefault_ca=d\\n[d]\\ndatabase=db\\nserial=serial\\nnew_certs_dir=.\\n"
      "policy=p\\ndefault_md=sha256\\n[p]\\ncommonName=supplied\\n\" > cnf\n"
      "echo subjectAltName=IP:127.0.0.1 > ext\n"
      "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out csr"
      " -subj /CN=portal\n"
      "openssl ca -batch -config cnf -selfsign -keyfile key -in csr -out crt -extfile ext"
      " -startdate 20190101000000Z -enddate \"$2\" -notext\n"
      "cat crt key > both\n";
  const char *make[] = { "sh", "-c", script, "sh", folder, ends, NULL };
  g_autofree char *path = g_build_filename (folder, "both", NULL);
  int wait_status = 0;

  if (!g_spawn_sync (NULL, (char **) make, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, NULL, NULL, &wait_status, NULL) ||
      wait_status != 0)
    return NULL;

  return g_tls_certificate_new_from_file (path, NULL);
}

/* Nothing is sent to who cannot prove to be the portal. The pull says what is wrong with the
 * certificate; access goes on, and what was there stays. */
static void
test_certificate (gconstpointer data)
{
  const Chain *chain = data;
  const char *clean[] = { "rm", "-rf", NULL, NULL };
  g_autofree char *folder = g_dir_make_tmp ("chartroom-XXXXXX", NULL);
  g_autoptr (GTlsCertificate) certificate = make_certificate (folder, chain->ends);
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) before = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) connections = NULL;
  guint n_before;
  Fake fake;

  clean[2] = folder;
  if (certificate == NULL)
    {
      g_test_skip ("openssl is not there to make certificates");
      return;
    }
  pull_test_open (&test, SMALL_PERSON);
  before = pull_test_run (&test);
  n_before = pull_test_stored_count (&test, "Observation");
  fake_start (&fake, certificate);
  fake_answer (&fake, 200, NULL, "{}");
  g_free (test.source->fhir_base_url);
  test.source->fhir_base_url = g_strdup (fake.uri);

  pull = pull_test_run (&test);
  g_test_message ("%u %s", pull->status, pull->error_message);
  connections = cr_rig_connections (test.rig, test.connection->patient_id);
  g_assert_cmpint (pull->status, ==, CR_PULL_FAILED);
  g_assert_cmpstr (pull->error_code, ==, "certificate");
  g_assert_nonnull (strstr (pull->error_message, chain->words));
  g_assert_cmpuint (fake.asked->len, ==, 0);
  g_assert_cmpint (CR_CONNECTION (g_ptr_array_index (connections, 0))->status, ==,
                   CR_CONNECTION_ACTIVE);
  g_assert_cmpuint (pull_test_stored_count (&test, "Observation"), ==, n_before);
  fake_stop (&fake);
  g_spawn_sync (NULL, (char **) clean, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
}

/* Gates --------------------------------------------------------------------------------------- */

static gint64 gate_now_ms = 1000000;

static gint64
gate_clock (void)
{
  return gate_now_ms;
}

static guint per_minute;

typedef struct
{
  guint n_done;
  guint n_errors;
  guint last_status;
  gint64 last_wait_ms;
} Sent;

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sent *sent = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = cr_source_gates_send_finish (result, &error);

  sent->n_done++;
  sent->n_errors += reply == NULL;
  sent->last_status = reply != NULL ? reply->status : 0;
  sent->last_wait_ms = reply != NULL ? reply->retry_after_ms : 0;
}

static void
send_some (CrSourceGates *gates,
           CrClient *client,
           Fake *fake,
           guint n,
           GCancellable *cancellable,
           Sent *sent)
{
  g_autofree char *url = fake_url (fake, "/Goal");
  g_autofree char *base = fake_url (fake, "");
  CrGateRules rules = {
    .id = "fhirsrc_1", .fhir_base_url = base, .max_parallel = 2, .per_minute = per_minute
  };
  CrRequest request = { .url = url, .max_attempts = 1 };

  for (guint i = 0; i < n; i++)
    cr_source_gates_send_async (gates, client, &rules, &request, cancellable, sent_cb, sent);
}

/* Whoever asks, no more at a time than the source takes. */
static void
test_shared (void)
{
  g_autoptr (CrSourceGates) gates = cr_source_gates_new (gate_clock);
  g_autoptr (CrClient) client = cr_client_new (gate_clock, 8);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Sent sent = { 0 }, gone = { 0 };
  Fake fake;

  fake_start (&fake, NULL);
  fake.delay_ms = 300;
  fake_answer (&fake, 200, NULL, "{}");
  send_some (gates, client, &fake, 6, NULL, &sent);
  send_some (gates, client, &fake, 3, cancellable, &gone);
  g_cancellable_cancel (cancellable);
  wait_for (&gone.n_done, 3);
  g_assert_cmpuint (gone.n_errors, ==, 3);
  wait_for (&sent.n_done, 6);
  g_assert_cmpuint (sent.n_errors, ==, 0);
  g_assert_cmpuint (fake.most_open, ==, 2);
  g_assert_cmpuint (fake.asked->len, ==, 6);
  fake_stop (&fake);
}

/* What one was told counts for all of them, and afterwards one goes first. */
static void
test_closed (void)
{
  g_autoptr (CrSourceGates) gates = cr_source_gates_new (gate_clock);
  g_autoptr (CrClient) client = cr_client_new (gate_clock, 8);
  Sent sent = { 0 };
  Fake fake;

  fake_start (&fake, NULL);
  fake_answer (&fake, 429, "Retry-After: 90", "{}");
  send_some (gates, client, &fake, 1, NULL, &sent);
  wait_for (&sent.n_done, 1);
  gate_now_ms += 30 * 1000;
  send_some (gates, client, &fake, 3, NULL, &sent);
  wait_for (&sent.n_done, 4);
  g_assert_cmpuint (fake.asked->len, ==, 1);
  g_assert_cmpuint (sent.last_status, ==, 429);
  g_assert_cmpint (sent.last_wait_ms, ==, 60 * 1000);

  gate_now_ms += 61 * 1000;
  fake_forget (&fake);
  fake.delay_ms = 300;
  fake.most_open = 0;
  fake_answer (&fake, 429, "Retry-After: 90", "{}");
  send_some (gates, client, &fake, 3, NULL, &sent);
  wait_for (&sent.n_done, 7);
  g_assert_cmpuint (fake.asked->len, ==, 2);
  g_assert_cmpuint (sent.last_status, ==, 429);

  gate_now_ms += 91 * 1000;
  fake_forget (&fake);
  fake_answer (&fake, 200, NULL, "{}");
  send_some (gates, client, &fake, 4, NULL, &sent);
  wait_for (&sent.n_done, 11);
  g_assert_cmpuint (sent.last_status, ==, 200);
  g_assert_cmpuint (fake.asked->len, ==, 6);
  fake_stop (&fake);
}

/* A source that does not answer is told of once, and is left alone for a while. */
static void
test_outage (void)
{
  g_autoptr (CrSourceGates) gates = cr_source_gates_new (gate_clock);
  g_autoptr (CrClient) client = cr_client_new (gate_clock, 8);
  g_autoptr (GError) error = g_error_new_literal (CR_ERROR, CR_ERROR_OFFLINE, "No answer");
  Sent sent = { 0 };
  Fake fake;

  fake_start (&fake, NULL);
  fake_answer (&fake, 200, NULL, "{}");
  g_test_expect_message ("cr-pull", G_LOG_LEVEL_MESSAGE, "*does not answer*");
  cr_source_gates_set_outage (gates, "fhirsrc_1", error, 0);
  g_test_assert_expected_messages ();
  cr_source_gates_set_outage (gates, "fhirsrc_1", error, 0);
  send_some (gates, client, &fake, 2, NULL, &sent);
  wait_for (&sent.n_done, 2);
  g_assert_cmpuint (sent.n_errors, ==, 2);
  g_assert_cmpuint (fake.asked->len, ==, 0);
  g_assert_true (cr_source_gates_is_out (gates, "fhirsrc_1"));

  gate_now_ms += 67 * 1000;
  g_test_expect_message ("cr-pull", G_LOG_LEVEL_MESSAGE, "*answers again*");
  send_some (gates, client, &fake, 2, NULL, &sent);
  wait_for (&sent.n_done, 4);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (sent.n_errors, ==, 2);
  g_assert_false (cr_source_gates_is_out (gates, "fhirsrc_1"));
  fake_stop (&fake);
}

typedef struct
{
  guint n_told;
  guint n_over;
  gint64 wait_ms;
} Told;

static void
told_cb (const char *source_id,
         const GError *trouble,
         guint n_tries,
         gint64 wait_ms,
         gpointer user_data)
{
  Told *told = user_data;

  told->n_told += trouble != NULL;
  told->n_over += trouble == NULL;
  told->wait_ms = wait_ms;
}

static gboolean
has_passed (guint n, const Told *told, const Sent *sent, guint n_done)
{
  return told->n_told >= n && sent->n_done >= n_done;
}

/* Each try that fails makes the next wait longer; a try is one request, whoever waits; what the
 * source asks for itself wins; and once it answers all go on, and it begins anew. */
static void
test_growth (void)
{
  static const gint64 minutes[] = { 1, 2, 5, 10, 15, 15 };
  g_autoptr (CrSourceGates) gates = cr_source_gates_new (gate_clock);
  g_autoptr (CrClient) client = cr_client_new (gate_clock, 8);
  g_autoptr (GError) error = g_error_new_literal (CR_ERROR, CR_ERROR_BUSY, "No answer");
  Told told = { 0 };
  Sent sent = { 0 };
  Fake fake;

  fake_start (&fake, NULL);
  cr_source_gates_watch (gates, told_cb, &told);
  g_test_expect_message ("cr-pull", G_LOG_LEVEL_MESSAGE, "*does not answer*");
  cr_source_gates_set_outage (gates, "fhirsrc_1", error, 0);
  g_test_assert_expected_messages ();
  for (guint i = 0; i < G_N_ELEMENTS (minutes); i++)
    {
      gint64 wait_ms = minutes[i] * 60 * SECOND_MS;

      g_assert_cmpuint (told.n_told, ==, i + 1);
      g_assert_cmpint (told.wait_ms, >=, wait_ms * 9 / 10);
      g_assert_cmpint (told.wait_ms, <=, wait_ms * 11 / 10);
      gate_now_ms += told.wait_ms + 1;
      fake_forget (&fake);
      fake_answer (&fake, 503, NULL, "{}");
      send_some (gates, client, &fake, 3, NULL, &sent);
      while (!has_passed (i + 2, &told, &sent, 3 * (i + 1)))
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (fake.asked->len, ==, i + 1);
      g_assert_cmpstr (fake_asked (&fake, i)->path, ==, "/metadata");
    }

  gate_now_ms += told.wait_ms + 1;
  fake_forget (&fake);
  fake_answer (&fake, 503, "Retry-After: 77", "{}");
  send_some (gates, client, &fake, 2, NULL, &sent);
  while (!has_passed (8, &told, &sent, 20))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (told.wait_ms, ==, 77 * SECOND_MS);

  gate_now_ms += told.wait_ms + 1;
  fake_forget (&fake);
  fake_answer (&fake, 200, NULL, "{}");
  g_test_expect_message ("cr-pull", G_LOG_LEVEL_MESSAGE, "*answers again*");
  send_some (gates, client, &fake, 4, NULL, &sent);
  wait_for (&sent.n_done, 24);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (told.n_over, ==, 1);
  g_assert_cmpuint (fake.asked->len, ==, G_N_ELEMENTS (minutes) + 1 + 5);
  g_test_expect_message ("cr-pull", G_LOG_LEVEL_MESSAGE, "*does not answer*");
  cr_source_gates_set_outage (gates, "fhirsrc_1", error, 0);
  g_test_assert_expected_messages ();
  g_assert_cmpint (told.wait_ms, <=, 66 * SECOND_MS);
  fake_stop (&fake);
}

static void
tried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sent *sent = user_data;
  g_autoptr (GError) error = NULL;

  sent->n_errors += !cr_source_gates_try_finish (result, &error);
  sent->n_done++;
}

/* By hand it is tried before its time, and a failure makes nobody wait longer than before. */
static void
test_try_now (void)
{
  g_autoptr (CrSourceGates) gates = cr_source_gates_new (gate_clock);
  g_autoptr (CrClient) client = cr_client_new (gate_clock, 8);
  g_autoptr (GError) error = g_error_new_literal (CR_ERROR, CR_ERROR_BUSY, "No answer");
  g_autofree char *base = NULL;
  CrGateRules rules = { .id = "fhirsrc_1" };
  Told told = { 0 };
  Sent sent = { 0 };
  Fake fake;

  fake_start (&fake, NULL);
  rules.fhir_base_url = base = fake_url (&fake, "");
  cr_source_gates_watch (gates, told_cb, &told);
  g_test_expect_message ("cr-pull", G_LOG_LEVEL_MESSAGE, "*does not answer*");
  cr_source_gates_set_outage (gates, "fhirsrc_1", error, 0);
  g_test_assert_expected_messages ();
  for (guint i = 1; i <= 3; i++)
    {
      fake_forget (&fake);
      fake_answer (&fake, 502, NULL, "{}");
      cr_source_gates_try_async (gates, client, &rules, NULL, tried_cb, &sent);
      wait_for (&sent.n_done, i);
      g_assert_cmpuint (sent.n_errors, ==, i);
      g_assert_cmpint (told.wait_ms, <=, 66 * SECOND_MS);
    }
  fake_forget (&fake);
  fake_answer (&fake, 200, NULL, "{}");
  g_test_expect_message ("cr-pull", G_LOG_LEVEL_MESSAGE, "*answers again*");
  cr_source_gates_try_async (gates, client, &rules, NULL, tried_cb, &sent);
  wait_for (&sent.n_done, 4);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (sent.n_errors, ==, 3);
  g_assert_false (cr_source_gates_is_out (gates, "fhirsrc_1"));
  fake_stop (&fake);
}

/* Of any minute, no more than the budget. */
static void
test_budget (void)
{
  g_autofree gint64 *sent_ms = g_new0 (gint64, 1000);
  CrBudget budget = { 0 };
  gint64 now_ms = 5000;
  guint n = 0;

  while (n < 200)
    {
      gint64 wait_ms = cr_budget_take (&budget, 30, now_ms);

      if (wait_ms == 0)
        sent_ms[n++] = now_ms;
      else
        g_assert_cmpint (wait_ms, <=, 2300);
      now_ms += wait_ms;
    }
  for (guint i = 30; i < n; i++)
    g_assert_cmpint (sent_ms[i] - sent_ms[i - 30], >=, 60 * SECOND_MS - 60);
  g_assert_cmpint (sent_ms[199], <, 8 * 60 * SECOND_MS);
  g_assert_cmpint (cr_budget_take (&budget, 0, now_ms), ==, 0);
}

static gint64
real_clock (void)
{
  return cr_time_boot_ms ();
}

/* What the budget does not cover waits at the gate, and is sent later without being asked again. A
 * source that says it has none left is left alone until it has. */
static void
test_budget_at_gate (void)
{
  g_autoptr (CrSourceGates) gates = cr_source_gates_new (real_clock);
  g_autoptr (CrClient) client = cr_client_new (cr_time_now_ms, 8);
  Sent sent = { 0 };
  gint64 began_ms = cr_time_boot_ms ();
  Fake fake;

  fake_start (&fake, NULL);
  fake_answer (&fake, 200, NULL, "{}");
  per_minute = 200;
  send_some (gates, client, &fake, 23, NULL, &sent);
  wait_for (&sent.n_done, 20);
  g_assert_cmpuint (fake.asked->len, <, 22);
  wait_for (&sent.n_done, 23);
  per_minute = 0;
  g_assert_cmpint (cr_time_boot_ms () - began_ms, >=, 900);

  began_ms = cr_time_boot_ms ();
  fake_forget (&fake);
  fake_answer (&fake, 200, "RateLimit-Remaining: 0\nRateLimit-Reset: 1", "{}");
  fake_answer (&fake, 200, NULL, "{}");
  send_some (gates, client, &fake, 1, NULL, &sent);
  wait_for (&sent.n_done, 24);
  send_some (gates, client, &fake, 1, NULL, &sent);
  wait_for (&sent.n_done, 25);
  g_assert_cmpint (cr_time_boot_ms () - began_ms, >=, 1000);
  fake_stop (&fake);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autofree char *path = g_strconcat ("/pull/rows/", waits[i].name, NULL);

      g_test_add_data_func (path, &waits[i], test_wait);
    }
  pull_rows_add ("/pull/rows", rows, G_N_ELEMENTS (rows));
  g_test_add_func ("/pull/rows/R03-one-type-is-out", test_one_type_is_out);
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++)
    {
      g_autofree char *path = g_strconcat ("/pull/rows/R07-", chains[i].name, "-chain", NULL);

      g_test_add_data_func (path, &chains[i], test_certificate);
    }
  g_test_add_func ("/pull/gates/R02-shared", test_shared);
  g_test_add_func ("/pull/gates/R09-one-goes-first", test_closed);
  g_test_add_func ("/pull/gates/R09-outage-said-once", test_outage);
  g_test_add_func ("/pull/gates/R09-waits-grow", test_growth);
  g_test_add_func ("/pull/gates/R09-try-now", test_try_now);
  g_test_add_func ("/pull/gates/R02-budget", test_budget);
  g_test_add_func ("/pull/gates/R01-budget-at-gate", test_budget_at_gate);

  return g_test_run ();
}
