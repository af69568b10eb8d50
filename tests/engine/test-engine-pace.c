/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "engine-test-pulls.h"
#include "engine/cr-engine-private.h"
#include "store/cr-stmt.h"

#define MINUTE_MS G_GINT64_CONSTANT (60000)
#define HOUR_MS (60 * MINUTE_MS)

static void
start (EngineTest *test)
{
  engine_test_make (test);
  test->is_sandbox = TRUE;
  engine_test_open (test);
  engine_test_start_sandbox (test);
}

static CrConnection *
read_connection (EngineTest *test, CrConnection *connection)
{
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS, .patient_id = connection->patient_id };
  g_autoptr (GPtrArray) list = engine_test_list (test, &filter);

  g_assert_cmpuint (list->len, ==, 1);
  return g_object_ref (g_ptr_array_index (list, 0));
}

static guint
count_pulls (EngineTest *test, CrConnection *connection)
{
  CrListFilter filter = { .kind = CR_LIST_PULLS, .connection_id = connection->id };
  g_autoptr (GPtrArray) list = engine_test_list (test, &filter);

  return list->len;
}

typedef struct
{
  EngineTest *test;
  CrConnection *connection;
  guint n_pulls;
  gint64 next_ms;       /* or, when it is planned for that hour */
  gint64 wait_until_ms; /* or, when the latest waits until about then */
} Wanted;

static gboolean
is_as_wanted (gpointer data)
{
  Wanted *wanted = data;
  g_autoptr (CrConnection) connection = read_connection (wanted->test, wanted->connection);
  g_autoptr (CrPull) pull = latest_pull (wanted->test, wanted->connection->id);

  if (wanted->n_pulls > 0)
    return count_pulls (wanted->test, wanted->connection) >= wanted->n_pulls;
  if (wanted->next_ms > 0)
    return ABS (connection->next_pull_ms - wanted->next_ms) < HOUR_MS;
  return ABS (pull->wait_until_ms - wanted->wait_until_ms) < MINUTE_MS;
}

static gboolean
set (EngineTest *test, const char *key, const char *value)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_engine_set_setting_async (test->engine, key, value, "tester", NULL, keep_result, &result);
  return cr_engine_set_setting_finish (test->engine, wait_result (&result), NULL);
}

static void
set_clock (EngineTest *test, gint64 ahead_ms)
{
  engine_test_ahead_ms = ahead_ms;
  cr_scheduler_wake (test->engine->scheduler);
}

static void
set_wrong (EngineTest *test, gint64 wrong_ms)
{
  engine_test_wrong_ms = wrong_ms;
  cr_scheduler_wake (test->engine->scheduler);
}

static gboolean
is_idle (gpointer data)
{
  return cr_scheduler_is_idle (((EngineTest *) data)->engine->scheduler);
}

/* A sleep in the middle of a request: let go, no failure, and gone on with afterwards. */
static void
test_sleep (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) before = NULL;
  g_autoptr (CrPull) asleep = NULL;
  g_autoptr (CrPull) after = NULL;

  start (&test);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":150}");
  connection = engine_test_connect (&test, SMALL_PERSON);
  before = wait_for_pull (&test, connection, CR_PULL_RUNNING);
  cr_scheduler_set_asleep (test.engine->scheduler, TRUE);
  wait_until (is_idle, &test);
  iterate_for (300);
  g_assert_true (cr_scheduler_is_idle (test.engine->scheduler));
  asleep = latest_pull (&test, connection->id);
  g_assert_false (cr_pull_status_is_final (asleep->status));

  engine_test_ahead_ms = 8 * HOUR_MS;
  cr_scheduler_set_asleep (test.engine->scheduler, FALSE);
  after = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  g_assert_cmpstr (after->id, ==, before->id);
  g_assert_cmpuint (after->n_failed_queries, ==, 0);
  g_assert_cmpuint (count_pulls (&test, connection), ==, 1);
}

/* Without a network it waits, and goes on as soon as it is back. Nothing stays running that a
 * stopped engine left so. */
static void
test_offline (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) running = NULL;
  g_autoptr (CrPull) waiting = NULL;
  g_autoptr (CrPull) done = NULL;

  start (&test);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":150}");
  connection = engine_test_connect (&test, SMALL_PERSON);
  running = wait_for_pull (&test, connection, CR_PULL_RUNNING);
  engine_test_close (&test);
  engine_test_open (&test);
  waiting = wait_for_pull (&test, connection, CR_PULL_WAITING);
  g_assert_cmpint (waiting->waiting_for, ==, CR_WAIT_OFFLINE);
  wait_until (is_idle, &test);

  engine_test_start_sandbox (&test);
  engine_test_fault (&test, "DELETE", NULL, "");
  cr_scheduler_network_may_answer (test.engine->scheduler);
  done = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  g_assert_cmpstr (done->id, ==, running->id);
  g_assert_cmpint (done->finished_ms, <, waiting->wait_until_ms);
}

/* A day passes, and then the clock is set back by ten: one pull each time its time has come, and
 * what is planned stays within reach. */
static void
test_clock (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;

  start (&test);
  connection = engine_test_connect (&test, SMALL_PERSON);
  first = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  set_clock (&test, 25 * HOUR_MS);
  wait_until (is_as_wanted, &(Wanted){ &test, connection, .n_pulls = 2 });
  second = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  g_assert_cmpint (second->trigger, ==, CR_PULL_TRIGGER_SCHEDULE);

  wait_until (is_idle, &test);
  set_wrong (&test, -240 * HOUR_MS);
  wait_until (is_as_wanted,
              &(Wanted){ &test, connection, .next_ms = engine_test_clock () + 24 * HOUR_MS });
  iterate_for (500);
  g_assert_cmpuint (count_pulls (&test, connection), ==, 2);
}

/* The clock is set forward by a month while a pull waits for the source: it waits as long as
 * before, and what was planned comes once, not thirty times. */
static void
test_clock_forward (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) waiting = NULL;
  g_autoptr (CrPull) shifted = NULL;
  g_autoptr (CrPull) done = NULL;

  start (&test);
  engine_test_fault (&test, "PUT", "rate-limit",
                     "{\"types\":[\"Condition\"],\"retry_after\":\"600\",\"count\":1}");
  connection = engine_test_connect (&test, SMALL_PERSON);
  waiting = wait_for_pull (&test, connection, CR_PULL_WAITING);
  wait_until (is_idle, &test);
  set_wrong (&test, 720 * HOUR_MS);
  wait_until (is_as_wanted, &(Wanted){ &test, connection,
                                       .wait_until_ms = waiting->wait_until_ms + 720 * HOUR_MS });
  shifted = latest_pull (&test, connection->id);
  g_assert_cmpint (shifted->status, ==, CR_PULL_WAITING);

  set_clock (&test, 11 * MINUTE_MS);
  done = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  iterate_for (500);
  g_assert_cmpuint (count_pulls (&test, connection), ==, 1);
}

/* In the quiet hours none starts by itself, and the time shown is that at which it will. */
static void
test_quiet (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GDateTime) from = NULL;
  g_autoptr (GDateTime) to = NULL;
  g_autofree char *hours = NULL;
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrConnection) put_off = NULL;
  g_autoptr (CrPull) first = NULL;
  g_autoptr (GPtrArray) by_hand = NULL;
  g_autoptr (GError) error = NULL;

  start (&test);
  connection = engine_test_connect (&test, SMALL_PERSON);
  first = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  from = g_date_time_new_from_unix_local ((engine_test_clock () + 20 * HOUR_MS) / 1000);
  to = g_date_time_new_from_unix_local ((engine_test_clock () + 27 * HOUR_MS) / 1000);
  hours =
      g_strdup_printf ("%02d:00-%02d:00", g_date_time_get_hour (from), g_date_time_get_hour (to));
  g_assert_true (set (&test, "pull-quiet-hours", hours));
  put_off = read_connection (&test, connection);
  g_assert_cmpint (put_off->next_pull_ms, >, engine_test_clock () + 25 * HOUR_MS);

  set_clock (&test, 25 * HOUR_MS);
  iterate_for (500);
  g_assert_cmpuint (count_pulls (&test, connection), ==, 1);
  by_hand = start_pull (&test, connection->patient_id, &error);
  g_assert_no_error (error);
  g_assert_false (CR_PULL (g_ptr_array_index (by_hand, 0))->is_joined);
  g_assert_cmpuint (count_pulls (&test, connection), ==, 2);
}

/* A source may have an interval of its own; a change is seen in what is planned. */
static void
test_interval (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrConnection) changed = NULL;
  g_autoptr (CrConnection) back = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autofree char *key = NULL;

  start (&test);
  connection = engine_test_connect (&test, SMALL_PERSON);
  pull = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  key = g_strconcat ("pull-interval-hours.", connection->source_id, NULL);
  g_assert_true (set (&test, key, "6"));
  changed = read_connection (&test, connection);
  g_assert_cmpint (changed->next_pull_ms, >=, pull->finished_ms + 6 * HOUR_MS);
  g_assert_cmpint (changed->next_pull_ms, <, pull->finished_ms + 7 * HOUR_MS);
  g_assert_true (set (&test, key, ""));
  back = read_connection (&test, connection);
  g_assert_cmpint (back->next_pull_ms, >=, pull->finished_ms + 24 * HOUR_MS);
  g_assert_false (set (&test, "pull-interval-hours.fhirsrc_none", "6"));
  g_assert_false (set (&test, key, "0"));
}

/* What failed for a passing reason is tried again, for any other not. */
static void
test_retry (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrConnection) planned = NULL;
  g_autoptr (CrConnection) over = NULL;
  g_autoptr (CrPull) partial = NULL;
  g_autoptr (CrPull) again = NULL;

  start (&test);
  engine_test_fault (&test, "PUT", "status", "{\"types\":[\"Condition\"],\"status\":500}");
  connection = engine_test_connect (&test, SMALL_PERSON);
  partial = wait_for_pull (&test, connection, CR_PULL_PARTIAL);
  planned = read_connection (&test, connection);
  g_assert_cmpuint (planned->n_retries, ==, 1);
  g_assert_cmpint (planned->next_pull_ms, <, partial->finished_ms + 11 * MINUTE_MS);

  engine_test_fault (&test, "DELETE", NULL, "");
  engine_test_fault (&test, "PUT", "not-granted", "{\"types\":[\"Condition\"]}");
  set_clock (&test, 15 * MINUTE_MS);
  wait_until (is_as_wanted, &(Wanted){ &test, connection, .n_pulls = 2 });
  wait_until (is_idle, &test);
  again = latest_pull (&test, connection->id);
  g_assert_cmpint (again->trigger, ==, CR_PULL_TRIGGER_RETRY);
  over = read_connection (&test, connection);
  g_assert_cmpuint (over->n_retries, ==, 0);
  g_assert_cmpint (over->next_pull_ms, >=, again->finished_ms + 24 * HOUR_MS);
}

/* A pull that was cancelled while it waited leaves the next one planned. */
static void
test_cancelled_waiting (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrConnection) planned = NULL;
  g_autoptr (CrPull) waiting = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  start (&test);
  engine_test_fault (&test, "PUT", "rate-limit",
                     "{\"types\":[\"Condition\"],\"retry_after\":\"600\"}");
  connection = engine_test_connect (&test, SMALL_PERSON);
  waiting = wait_for_pull (&test, connection, CR_PULL_WAITING);
  wait_until (is_idle, &test);
  cr_engine_cancel_pull_async (test.engine, waiting->id, "tester", NULL, keep_result, &result);
  g_assert_true (cr_engine_cancel_pull_finish (test.engine, wait_result (&result), NULL));
  planned = read_connection (&test, connection);
  g_assert_cmpint (planned->next_pull_ms, >, engine_test_clock () + 23 * HOUR_MS);
}

/* Gives TRUE for as long as the row and what it says it stored agree. */
static gpointer
check_stored (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT (SELECT coalesce (sum (n_new), 0) FROM pull_query WHERE pull_id = :id),"
          " (SELECT count(*) FROM record r JOIN stream s ON s.sid = r.sid"
          "   JOIN pull p ON p.patient_id = s.patient_id WHERE p.id = :id AND r.seq > 0)");
  CrStep step;
  gint64 *numbers = g_new0 (gint64, 2);

  cr_stmt_bind_text (stmt, ":id", data);
  step = cr_stmt_step (stmt, error);
  g_assert_cmpint (step, ==, CR_STEP_ROW);
  numbers[0] = cr_stmt_int64 (stmt, 0);
  numbers[1] = cr_stmt_int64 (stmt, 1);
  return numbers;
}

static void
compare_stored (EngineTest *test, const char *pull_id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gint64 *numbers = NULL;

  cr_store_read_async (test->engine->store, CR_READ_SCREEN, check_stored, (gpointer) pull_id, NULL,
                       g_free, NULL, keep_result, &result);
  numbers = cr_store_read_finish (test->engine->store, wait_result (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpint (numbers[0], ==, numbers[1]);
}

/* At any moment of a first pull its rows say as many new records as there are. */
static void
test_together (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;

  start (&test);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":20}");
  connection = engine_test_connect (&test, LARGE_PERSON);
  for (guint i = 0; i < 40; i++)
    {
      g_clear_object (&pull);
      pull = latest_pull (&test, connection->id);
      if (pull != NULL)
        compare_stored (&test, pull->id);
      iterate_for (20);
    }
  g_clear_object (&pull);
  pull = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  compare_stored (&test, pull->id);
  g_assert_cmpuint (pull->n_new, >, 100);
}

/* A connection that is removed while its pull runs: the pull ends first, and nothing of it comes
 * afterwards. */
static void
test_removed (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (GError) error = NULL;
  CrListFilter filter = { .kind = CR_LIST_RECORDS };
  CrRemoval *removal;

  start (&test);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":150}");
  connection = engine_test_connect (&test, LARGE_PERSON);
  pull = wait_for_pull (&test, connection, CR_PULL_RUNNING);
  cr_engine_remove_patient_async (test.engine, connection->patient_id, "tester", NULL, keep_result,
                                  &result);
  removal = cr_engine_remove_patient_finish (test.engine, wait_result (&result), &error);
  g_assert_no_error (error);
  cr_removal_free (removal);
  /* A run of what was kept may be at work by now, which finds nothing. */
  g_assert_false (cr_scheduler_cancel_pull (test.engine->scheduler, pull->id));
  iterate_for (500);
  filter.patient_id = connection->patient_id;
  left = engine_test_list (&test, &filter);
  g_assert_cmpuint (left->len, ==, 0);
  g_assert_null (latest_pull (&test, connection->id));
}

static gpointer
run_func (CrDb *db, gpointer data, GError **error)
{
  return GINT_TO_POINTER (cr_db_exec (db, data, error));
}

static void
run_sql (EngineTest *test, const char *sql)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_store_write_async (test->engine->store, CR_WRITE_SURE, run_func, (gpointer) sql, NULL, NULL,
                        NULL, keep_result, &result);
  cr_store_write_finish (test->engine->store, wait_result (&result), &error);
  g_assert_no_error (error);
}

static gpointer
count_func (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, data);

  g_assert_cmpint (cr_stmt_step (stmt, error), ==, CR_STEP_ROW);
  return GINT_TO_POINTER (1 + (int) cr_stmt_int64 (stmt, 0));
}

static int
count_sql (EngineTest *test, const char *sql)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_store_read_async (test->engine->store, CR_READ_SCREEN, count_func, (gpointer) sql, NULL, NULL,
                       NULL, keep_result, &result);
  return GPOINTER_TO_INT (cr_store_read_finish (test->engine->store, wait_result (&result), NULL)) -
         1;
}

#define CONDITIONS                                                                                 \
  "SELECT count(*) FROM record r JOIN rtype t ON t.n = r.type WHERE t.name = 'Condition'"          \
  " AND r.seq > 0"

/* A page whose write is rolled back leaves no mark that it came: the next pull asks for it, and has
 * it. */
static void
test_rolled_back (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) partial = NULL;
  g_autoptr (CrPull) again = NULL;
  g_autoptr (GError) error = NULL;

  start (&test);
  run_sql (&test, "CREATE TRIGGER refuse BEFORE INSERT ON version WHEN (SELECT t.name FROM record r"
                  " JOIN rtype t ON t.n = r.type WHERE r.rid = new.rid) = 'Condition'"
                  " BEGIN SELECT RAISE (ABORT, 'refused'); END");
  connection = engine_test_connect (&test, SMALL_PERSON);
  wait_until (is_idle, &test);
  partial = wait_for_pull (&test, connection, CR_PULL_PARTIAL);
  g_assert_cmpint (count_sql (&test, CONDITIONS), ==, 0);
  g_assert_cmpint (count_sql (&test, "SELECT count(*) FROM pull_mark WHERE path LIKE 'Condition%'"),
                   ==, 0);
  g_assert_cmpint (count_sql (&test, "SELECT coalesce (sum (n_received), 0) FROM pull_query"
                                     " WHERE type = 'Condition'"),
                   ==, 0);

  run_sql (&test, "DROP TRIGGER refuse");
  g_ptr_array_unref (start_pull (&test, connection->patient_id, &error));
  g_assert_no_error (error);
  again = wait_for_pull (&test, connection, CR_PULL_COMPLETE);
  g_assert_cmpint (count_sql (&test, CONDITIONS), >, 0);
}

/* What is told is in the store already. */
static void
told_cb (CrEngine *engine,
         CrChangeKind kind,
         const char *id,
         const char *patient_id,
         gpointer user_data)
{
  gboolean *is_told = user_data;

  *is_told |= kind == CR_CHANGE_PULL && id != NULL;
}

static gboolean
is_set (gpointer data)
{
  return *(gboolean *) data;
}

static void
test_told (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrConnection) connection = NULL;
  CrPullStatus before = CR_PULL_QUEUED;
  gboolean is_told = FALSE;

  start (&test);
  engine_test_fault (&test, "PUT", "slow", "{\"delay_ms\":50}");
  connection = engine_test_connect (&test, SMALL_PERSON);
  g_signal_connect (test.engine, "changed", G_CALLBACK (told_cb), &is_told);
  while (!cr_pull_status_is_final (before))
    {
      g_autoptr (CrPull) pull = NULL;

      is_told = FALSE;
      pull = latest_pull (&test, connection->id);
      before = pull->status;
      if (!cr_pull_status_is_final (before))
        wait_until (is_set, &is_told);
    }
  g_assert_cmpint (before, ==, CR_PULL_COMPLETE);
  g_signal_handlers_disconnect_by_func (test.engine, told_cb, &is_told);
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/rows/L08-sleep", test_sleep);
  g_test_add_func ("/engine/rows/L03-nothing-running", test_offline);
  g_test_add_func ("/engine/rows/L02-state-from-store", test_told);
  g_test_add_func ("/engine/rows/L04-row-and-data-together", test_together);
  g_test_add_func ("/engine/rows/L04b-removed-while-pulled", test_removed);
  g_test_add_func ("/engine/rows/L05-rolled-back", test_rolled_back);
  g_test_add_func ("/pace/clock", test_clock);
  g_test_add_func ("/pace/clock-forward", test_clock_forward);
  g_test_add_func ("/pace/quiet", test_quiet);
  g_test_add_func ("/pace/interval", test_interval);
  g_test_add_func ("/pace/retry", test_retry);
  g_test_add_func ("/pace/cancelled-waiting", test_cancelled_waiting);

  return g_test_run ();
}
