/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-overview.h"
#include "store/cr-patient-deliveries.h"
#include "store/cr-slots-table.h"
#include "store/cr-webhooks-table.h"

#include <string.h>

#define DAY_MS ((gint64) 24 * 60 * 60 * 1000)
#define HOUR_MS ((gint64) 60 * 60 * 1000)

/* The last day began six hours ago, as in a zone far from Greenwich. */
static void
fill_days (gint64 *days)
{
  for (guint i = 0; i < CR_OVERVIEW_DAYS; i++)
    days[i] = NOW / HOUR_MS * HOUR_MS - 6 * HOUR_MS - (CR_OVERVIEW_DAYS - 1 - i) * DAY_MS;
}

static CrOverview *
look (CrDb *db)
{
  gint64 days[CR_OVERVIEW_DAYS];
  g_autoptr (GError) error = NULL;
  CrOverview *overview;

  fill_days (days);
  overview = cr_overview_read (db, days, NOW, &error);
  g_assert_no_error (error);
  return overview;
}

static const CrNeed *
find (CrOverview *overview, CrNeedKind kind)
{
  const CrNeed *found = NULL;

  for (guint i = 0; i < overview->needs->len; i++)
    {
      const CrNeed *need = overview->needs->pdata[i];

      if (need->kind != kind)
        continue;
      g_assert_null (found);
      found = need;
    }
  return found;
}

static void
add_patient (CrDb *db, guint i, const char *source)
{
  g_autofree char *patient = g_strdup_printf ("p%u", i);
  g_autofree char *name = g_strdup_printf ("Person %u", i);
  g_autofree char *connection = g_strdup_printf ("conn_%u", i);

  fixture_add_patient (db, patient, name);
  fixture_add_connection (db, connection, patient, source);
}

/* One attempt that came to its end @ago_ms ago. */
static void
end_pull (CrDb *db, guint i, CrPullStatus status, const char *code, gint64 ago_ms)
{
  static guint n;
  g_autofree char *id = g_strdup_printf ("pull_%u", ++n);
  g_autofree char *connection = g_strdup_printf ("conn_%u", i);
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_pull (db, id, connection, CR_PULL_RUNNING);
  pull = cr_pulls_table_get (db, id, &error);
  g_assert_no_error (error);
  pull->status = status;
  pull->error_code = g_strdup (code);
  pull->finished_ms = NOW - ago_ms;
  cr_pulls_table_save (db, pull, &error);
  g_assert_no_error (error);
}

static void
test_empty (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = look (db);

  g_assert_cmpint (overview->needs->len, ==, 0);
  g_assert_cmpint (overview->work->len, ==, 0);
  g_assert_cmpint (overview->troubles->len, ==, 0);
  g_assert_cmpint (overview->n_patients, ==, 0);
  g_assert_cmpint (cr_overview_sum (overview, CR_COUNT_LANDED, CR_OVERVIEW_DAYS), ==, 0);
}

/* Three failures for one cause are one thing to do, a fourth for another cause is a second. */
static void
test_failures (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = NULL;
  const CrNeed *first, *second;
  const CrPortalTrouble *trouble;

  fixture_add_source (db, "fhirsrc_1");
  for (guint i = 0; i < 6; i++)
    add_patient (db, i, "fhirsrc_1");
  for (guint i = 0; i < 3; i++)
    end_pull (db, i, CR_PULL_FAILED, "busy", (i + 1) * HOUR_MS);
  end_pull (db, 3, CR_PULL_FAILED, "refused", HOUR_MS / 2);
  end_pull (db, 4, CR_PULL_COMPLETE, NULL, HOUR_MS);

  overview = look (db);
  g_assert_cmpint (overview->needs->len, ==, 2);
  first = overview->needs->pdata[0];
  second = overview->needs->pdata[1];
  g_assert_cmpstr (first->code, ==, "refused");
  g_assert_cmpint (first->n, ==, 1);
  g_assert_cmpstr (first->id, ==, "p3");
  g_assert_cmpint (first->since_ms, ==, NOW - HOUR_MS / 2);
  g_assert_cmpstr (second->code, ==, "busy");
  g_assert_cmpint (second->n, ==, 3);
  g_assert_null (second->id);
  g_assert_cmpint (second->since_ms, ==, NOW - HOUR_MS);

  g_assert_cmpint (overview->troubles->len, ==, 1);
  trouble = overview->troubles->pdata[0];
  g_assert_cmpint (trouble->n_failing, ==, 4);
  g_assert_cmpint (trouble->n_all, ==, 6);

  /* The next pull of the one succeeds: nothing is left to do there. */
  end_pull (db, 3, CR_PULL_COMPLETE, NULL, 0);
  g_clear_pointer (&overview, cr_overview_free);
  overview = look (db);
  g_assert_cmpint (overview->needs->len, ==, 1);
}

static void
test_holds (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = NULL;
  g_autoptr (CrHold) hold = cr_hold_new ("hold_1");
  g_autoptr (GError) error = NULL;

  fixture_add_source (db, "fhirsrc_1");
  add_patient (db, 0, "fhirsrc_1");
  hold->connection_id = g_strdup ("conn_0");
  hold->patient_id = g_strdup ("p0");
  hold->reason = CR_GUARD_NAME_DIFFERS;
  hold->created_ms = NOW - 5;
  g_assert_true (cr_holds_table_add (db, hold, &error));

  overview = look (db);
  g_assert_cmpint (find (overview, CR_NEED_HOLD)->n, ==, 1);
  g_assert_cmpstr (find (overview, CR_NEED_HOLD)->id, ==, "conn_0");
  g_assert_cmpstr (find (overview, CR_NEED_HOLD)->name, ==, "Person 0");

  g_assert_true (cr_holds_table_decide (db, "hold_1", CR_HOLD_RELEASED, "Ana", NOW, &error));
  g_clear_pointer (&overview, cr_overview_free);
  overview = look (db);
  g_assert_null (find (overview, CR_NEED_HOLD));
}

static void
test_sign_ins (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_source (db, "fhirsrc_1");
  for (guint i = 0; i < 4; i++)
    add_patient (db, i, "fhirsrc_1");
  g_assert_true (cr_connections_table_set_status (db, "conn_0", CR_CONNECTION_REFRESH_FAILED,
                                                  CR_FAILURE_REFRESH_REFUSED, NOW - 9, &error));
  g_assert_true (cr_connections_table_set_status (db, "conn_1", CR_CONNECTION_REFRESH_FAILED,
                                                  CR_FAILURE_REFRESH_REFUSED, NOW - 7, &error));
  g_assert_true (
      cr_db_exec (db,
                  "UPDATE connection SET has_refresh = 0, access_expires_ms = 1700000000000"
                  " + 86400000 * CASE id WHEN 'conn_2' THEN 3 ELSE 30 END WHERE status = 'active'",
                  &error));

  overview = look (db);
  g_assert_cmpint (find (overview, CR_NEED_SIGN_IN)->n, ==, 2);
  g_assert_cmpint (find (overview, CR_NEED_SIGN_IN)->since_ms, ==, NOW - 7);
  g_assert_cmpint (find (overview, CR_NEED_SIGN_IN_SOON)->n, ==, 1);
  g_assert_cmpint (find (overview, CR_NEED_SIGN_IN_SOON)->until_ms, ==, NOW + 3 * DAY_MS);

  /* Whoever was called is no more to do. */
  g_assert_true (cr_notes_table_save (db, "conn_2", NULL, NOW, "Ana", NOW, &error));
  g_clear_pointer (&overview, cr_overview_free);
  overview = look (db);
  g_assert_null (find (overview, CR_NEED_SIGN_IN_SOON));
}

static void
wait_for (CrDb *db, guint i, CrWaitReason reason)
{
  g_autofree char *id = g_strdup_printf ("waiting_%u", i);
  g_autofree char *connection = g_strdup_printf ("conn_%u", i);
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_pull (db, id, connection, CR_PULL_RUNNING);
  pull = cr_pulls_table_get (db, id, &error);
  pull->status = CR_PULL_WAITING;
  pull->waiting_for = reason;
  pull->started_ms = NOW - HOUR_MS - i;
  pull->wait_until_ms = NOW + HOUR_MS + i;
  g_assert_true (cr_pulls_table_save (db, pull, &error));
}

/* An outage is one thing for all its patients; what passes by itself is nobody's. */
static void
test_waits (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = NULL;
  const CrNeed *need;

  fixture_add_source (db, "fhirsrc_1");
  for (guint i = 0; i < 4; i++)
    add_patient (db, i, "fhirsrc_1");
  for (guint i = 0; i < 3; i++)
    wait_for (db, i, CR_WAIT_SOURCE_OUTAGE);
  wait_for (db, 3, CR_WAIT_RATE_LIMIT);

  overview = look (db);
  need = find (overview, CR_NEED_WAITING);
  g_assert_cmpint (need->n, ==, 3);
  g_assert_cmpstr (need->source_id, ==, "fhirsrc_1");
  g_assert_cmpint (need->since_ms, ==, NOW - HOUR_MS - 2);
  g_assert_cmpint (need->until_ms, ==, NOW + HOUR_MS);
  g_assert_cmpint (((CrPortalTrouble *) overview->troubles->pdata[0])->n_waiting, ==, 3);
}

/* Locked, not there, or refusing: what there is to do is not the same. */
static void
test_keyring (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_source (db, "fhirsrc_1");
  add_patient (db, 0, "fhirsrc_1");
  wait_for (db, 0, CR_WAIT_KEYRING_LOCKED);
  pull = cr_pulls_table_get (db, "waiting_0", &error);
  pull->error_code = g_strdup ("keyring_missing");
  g_assert_true (cr_pulls_table_save (db, pull, &error));

  overview = look (db);
  g_assert_cmpstr (find (overview, CR_NEED_WAITING)->code, ==, "keyring_locked");
  g_assert_cmpstr (find (overview, CR_NEED_WAITING)->error, ==, "keyring_missing");
}

static void
add_run (CrDb *db, const char *id, const char *status, gint64 created_ms)
{
  g_autofree char *sql = g_strdup_printf (
      "INSERT INTO export_run (id, destination_id, status, waiting_for, wait_until_ms, cause,"
      " upper_sequence, n_patients, n_resources, n_files, bytes, n_items, n_failed_items,"
      " created_ms, started_ms, completed_ms) VALUES ('%s', 'dest_1', '%s', 'none', 0,"
      " 'manual', 0, 0, 0, 0, 0, 0, 0, %" G_GINT64_FORMAT ", 0, 0)",
      id, status, created_ms);

  g_assert_true (cr_db_exec (db, sql, NULL));
}

static void
test_work (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  const CrWork *work;

  fixture_add_source (db, "fhirsrc_1");
  add_patient (db, 0, "fhirsrc_1");
  add_patient (db, 1, "fhirsrc_1");
  fixture_add_pull (db, "pull_a", "conn_0", CR_PULL_RUNNING);
  fixture_add_pull (db, "pull_b", "conn_1", CR_PULL_QUEUED);
  pull = cr_pulls_table_get (db, "pull_a", &error);
  pull->started_ms = NOW - 60000;
  g_assert_true (cr_pulls_table_save (db, pull, &error));
  for (guint i = 0; i < 4; i++)
    {
      CrQuery *query = cr_query_new ("pull_a", i);

      query->type = g_strdup (i == 3 ? "Observation" : "Condition");
      query->status = i == 3 ? CR_QUERY_RUNNING : CR_QUERY_COMPLETE;
      query->n_received = 10;
      g_ptr_array_add (queries, query);
    }
  g_assert_true (cr_queries_table_add (db, queries, &error));

  overview = look (db);
  g_assert_cmpint (overview->work->len, ==, 1);
  g_assert_cmpint (overview->n_queued, ==, 1);
  g_assert_cmpint (overview->n_running, ==, 1);
  work = overview->work->pdata[0];
  g_assert_cmpstr (work->name, ==, "Person 0");
  g_assert_cmpstr (work->type, ==, "Observation");
  g_assert_cmpint (work->n_done, ==, 3);
  g_assert_cmpint (work->n_all, ==, 4);
  g_assert_cmpint (work->n_records, ==, 40);
  /* A quarter is left of a minute's three quarters. */
  g_assert_cmpint (cr_work_left_ms (work, NOW), ==, 20000);
}

static void
test_estimate (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  fixture_add_source (db, "fhirsrc_1");
  add_patient (db, 0, "fhirsrc_1");
  fixture_add_pull (db, "pull_a", "conn_0", CR_PULL_COMPLETE);
  fixture_add_pull (db, "pull_b", "conn_0", CR_PULL_RUNNING);
  g_assert_true (cr_db_exec (db,
                             "UPDATE pull SET pages = 20 WHERE id = 'pull_a';"
                             "UPDATE pull SET started_ms = created_ms WHERE id = 'pull_b'",
                             &error));
  for (guint i = 0; i < 2; i++)
    {
      CrQuery *query = cr_query_new ("pull_b", i);

      query->type = g_strdup ("Observation");
      query->status = i == 0 ? CR_QUERY_COMPLETE : CR_QUERY_RUNNING;
      query->pages = i == 0 ? 1 : 4;
      g_ptr_array_add (queries, query);
    }
  g_assert_true (cr_queries_table_add (db, queries, &error));

  /* Half of the queries, but a quarter of the pages of the last pull. */
  overview = look (db);
  g_assert_cmpint (overview->work->len, ==, 1);
  g_assert_cmpint (cr_work_left_ms (overview->work->pdata[0], NOW + 10000), ==, 30000);
  pull = cr_pulls_table_get (db, "pull_b", &error);
  g_assert_cmpint (pull->last_pages, ==, 20);
}

/* What waits stands behind what runs, with what it waits for and until when. */
static void
test_waiting_run (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = NULL;
  const CrWork *work;

  fixture_add_destination (db, "dest_1", "Lake");
  fixture_add_destination (db, "dest_2", "Sea");
  add_run (db, "run_1", "waiting", NOW);
  add_run (db, "run_2", "queued", NOW);
  add_run (db, "run_4", "waiting", NOW);
  add_run (db, "run_3", "running", NOW + 1);
  g_assert_true (cr_db_exec (db,
                             "UPDATE export_run SET waiting_for = 'offline', wait_until_ms = 7000"
                             " WHERE id = 'run_1';"
                             "UPDATE export_run SET destination_id = 'dest_2' WHERE id = 'run_3'",
                             NULL));

  overview = look (db);
  g_assert_cmpint (overview->work->len, ==, 2);
  g_assert_cmpint (overview->n_running, ==, 1);
  work = overview->work->pdata[0];
  g_assert_cmpstr (work->id, ==, "run_3");
  g_assert_cmpint (work->waiting_for, ==, CR_WAIT_NONE);
  work = overview->work->pdata[1];
  g_assert_cmpstr (work->name, ==, "Lake");
  g_assert_cmpint (work->waiting_for, ==, CR_WAIT_OFFLINE);
  g_assert_cmpint (work->wait_until_ms, ==, 7000);
  g_assert_cmpint (cr_work_left_ms (work, NOW), ==, -1);
}

/* What failed stays to be seen to while it is tried again: it is one trouble, not one for each try.
 * What runs for the first time is none. */
static void
test_tried_again (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  static const struct
  {
    const char *status;
    gboolean is_needed;
  } rows[] = { { "running", FALSE },  { "failed", TRUE },  { "queued", TRUE },
               { "running", TRUE },   { "partial", TRUE }, { "waiting", TRUE },
               { "complete", FALSE }, { "running", FALSE } };

  fixture_add_destination (db, "dest_1", "Lake");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *id = g_strdup_printf ("run_%u", i);
      g_autoptr (CrOverview) overview = NULL;
      const CrNeed *need;

      g_assert_true (cr_db_exec (db,
                                 "DELETE FROM export_run WHERE status IN ('queued', 'running',"
                                 " 'waiting')",
                                 NULL));
      add_run (db, id, rows[i].status, NOW + i);
      overview = look (db);
      need = find (overview, CR_NEED_DESTINATION);
      if (g_str_equal (rows[i].status, "partial"))
        continue; /* that nothing of it is left to be sent again is not a trouble by itself */
      g_assert_cmpint (need != NULL, ==, rows[i].is_needed);
      if (need != NULL)
        g_assert_cmpstr (need->code, ==, "failing");
    }
}

/* A day is the clinic's: what landed just before its midnight was yesterday. */
static void
test_days (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = NULL;
  gint64 days[CR_OVERVIEW_DAYS];
  g_autoptr (GError) error = NULL;

  fill_days (days);
  fixture_add_source (db, "fhirsrc_1");
  add_patient (db, 0, "fhirsrc_1");
  g_assert_true (cr_slots_table_add (db, "landed", 5, days[29], &error));
  g_assert_true (cr_slots_table_add (db, "landed", 2, NOW, &error));
  g_assert_true (cr_slots_table_add (db, "landed", 3, days[29] - 1, &error));
  g_assert_true (cr_slots_table_add (db, "landed", 9, days[0] - 1, &error));
  end_pull (db, 0, CR_PULL_PARTIAL, NULL, 0);
  end_pull (db, 0, CR_PULL_COMPLETE, NULL, 0);
  end_pull (db, 0, CR_PULL_COMPLETE, NULL, DAY_MS);

  overview = look (db);
  g_assert_cmpint (overview->counts[CR_COUNT_LANDED][29], ==, 7);
  g_assert_cmpint (overview->counts[CR_COUNT_LANDED][28], ==, 3);
  g_assert_cmpint (cr_overview_sum (overview, CR_COUNT_LANDED, 30), ==, 10);
  g_assert_cmpint (overview->counts[CR_COUNT_PULL_PARTIAL][29], ==, 1);
  g_assert_cmpint (overview->counts[CR_COUNT_PULL_COMPLETE][29], ==, 1);
  g_assert_cmpint (overview->counts[CR_COUNT_PULL_COMPLETE][28], ==, 1);

  /* What is too old to be shown goes by itself. */
  g_assert_true (cr_slots_table_add (db, "landed", 1, NOW + 80 * DAY_MS, &error));
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM slot_count"), ==, 1);
}

static gint64
count (CrDb *db, const char *text, CrPatientGroup group)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = cr_patients_table_list (db, text, group, NOW, 0, 100, &error);
  gint64 n = cr_patients_table_count (db, text, group, NOW, &error);

  g_assert_no_error (error);
  g_assert_cmpint (n, ==, list->len);
  for (guint i = 0; i < list->len; i++)
    if (group != CR_PATIENTS_ALL && group != CR_PATIENTS_STALE)
      g_assert_cmpint (CR_PATIENT (list->pdata[i])->record_status, ==,
                       cr_patient_group_status (group));
  return n;
}

static void
test_groups (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (GError) error = NULL;

  fixture_add_source (db, "fhirsrc_1");
  for (guint i = 0; i < 5; i++)
    add_patient (db, i, "fhirsrc_1");
  fixture_add_patient (db, "new", "Nora New");
  end_pull (db, 0, CR_PULL_COMPLETE, NULL, HOUR_MS);
  end_pull (db, 1, CR_PULL_PARTIAL, NULL, HOUR_MS);
  end_pull (db, 2, CR_PULL_FAILED, "busy", HOUR_MS);
  end_pull (db, 3, CR_PULL_COMPLETE, NULL, 8 * DAY_MS);
  g_assert_true (cr_connections_table_set_status (db, "conn_4", CR_CONNECTION_EXPIRED,
                                                  CR_FAILURE_NONE, NOW, &error));

  g_assert_cmpint (count (db, NULL, CR_PATIENTS_ALL), ==, 6);
  g_assert_cmpint (count (db, NULL, CR_PATIENTS_NOT_CONNECTED), ==, 1);
  g_assert_cmpint (count (db, NULL, CR_PATIENTS_CURRENT), ==, 2);
  g_assert_cmpint (count (db, NULL, CR_PATIENTS_PARTIAL), ==, 1);
  g_assert_cmpint (count (db, NULL, CR_PATIENTS_FAILING), ==, 1);
  g_assert_cmpint (count (db, NULL, CR_PATIENTS_RECONNECT), ==, 1);
  g_assert_cmpint (count (db, NULL, CR_PATIENTS_STALE), ==, 1);
  g_assert_cmpint (count (db, "person", CR_PATIENTS_CURRENT), ==, 2);
  g_assert_cmpint (count (db, "nora", CR_PATIENTS_CURRENT), ==, 0);
  g_assert_cmpint (count (db, "person 3", CR_PATIENTS_STALE), ==, 1);

  g_assert_true (cr_patients_table_remove (db, "p2", &error));
  g_assert_cmpint (count (db, NULL, CR_PATIENTS_FAILING), ==, 0);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM connection_standing"), ==, 4);
}

/* Of the patient's two records one was delivered and one refused, at the one of two destinations.
 */
static void
test_deliveries (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  CrRecordOwner owner = { "p0", "fhirsrc_1", "p1" };
  CrSaveCounts counts = { 0 };
  CrIncoming incoming[2];
  const CrPatientDelivery *lake, *server;
  gint64 n_patients = -1;

  fixture_add_source (db, "fhirsrc_1");
  add_patient (db, 0, "fhirsrc_1");
  fixture_add_destination (db, "dest_1", "Lake");
  fixture_add_destination (db, "dest_2", "Server");
  fixture_incoming (&incoming[0], "Observation", "o1", "{\"a\":1}", "1", NULL, 0);
  fixture_incoming (&incoming[1], "Observation", "o2", "{\"a\":2}", "2", NULL, 0);
  g_assert_true (
      cr_records_table_save (db, &owner, incoming, 2, NULL, "search", NOW, &counts, &error));
  g_assert_true (cr_watermarks_table_set (db, "dest_1", "conn_0", 2, NOW + 7, &error));
  g_assert_true (cr_db_exec (
      db,
      "INSERT INTO delivered SELECT 1, rid, seq, NULL FROM record WHERE id = 'o1';"
      "INSERT INTO export_run (id, destination_id, status, waiting_for, wait_until_ms, cause,"
      " upper_sequence, n_patients, n_resources, n_files, bytes, n_items, n_failed_items,"
      " created_ms, started_ms, completed_ms) VALUES ('r', 'dest_1', 'partial', 'none', 0,"
      " 'manual', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);"
      "INSERT INTO export_item (id, run_id, destination_id, n, name, status, is_retryable,"
      " n_resources, n_failed, bytes, attempts, next_attempt_ms) VALUES ('i', 'r', 'dest_1', 0,"
      " 'x', 'failed', 0, 0, 0, 0, 0, 0);"
      "INSERT INTO export_entry (item, rid, destination, seq, status, is_retryable, error_message)"
      " SELECT 1, rid, 1, seq, 'failed', 0, 'no such unit' FROM record WHERE id = 'o2'",
      &error));
  g_assert_no_error (error);

  list = cr_patient_deliveries_list (db, "p0", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 2);
  lake = list->pdata[0];
  server = list->pdata[1];
  g_assert_cmpstr (lake->name, ==, "Lake");
  g_assert_cmpint (lake->n_stored, ==, 2);
  g_assert_cmpint (lake->n_delivered, ==, 1);
  g_assert_cmpint (lake->n_failing, ==, 1);
  g_assert_cmpint (lake->last_ms, ==, NOW + 7);
  g_assert_cmpstr (lake->error, ==, "no such unit");
  g_assert_cmpint (server->n_stored, ==, 2);
  g_assert_cmpint (server->n_delivered, ==, 0);
  g_assert_cmpint (server->last_ms, ==, 0);
  g_assert_null (cr_patient_deliveries_list (db, "nobody", NULL));
  g_assert_true (cr_patient_deliveries_count (db, "dest_1", &n_patients, &error));
  g_assert_cmpint (n_patients, ==, 1);
  g_assert_true (cr_patient_deliveries_count (db, "dest_2", &n_patients, &error));
  g_assert_cmpint (n_patients, ==, 0);
}

/* Nothing reads a table where an index would do. */
static void
test_plans (void)
{
  static const char *const sql[] = {
    "SELECT count(*) FROM pull WHERE status = 'queued'",
    "SELECT id FROM pull WHERE status = 'running' ORDER BY started_ms LIMIT 5",
    "SELECT status, source_id, cause, count(*), max (ended_ms), min (patient_id)"
    " FROM connection_standing WHERE status >= 4 AND status <= 5 GROUP BY status, source_id, cause",
    "SELECT s.n FROM patient_standing s WHERE s.status = 4 ORDER BY s.n DESC LIMIT 50",
    "SELECT count(*), max (good_ms) FROM patient_standing WHERE good_ms > 0 AND good_ms < 7",
    "SELECT slot, what, n FROM slot_count WHERE slot >= 7 ORDER BY slot",
  };
  g_autoptr (CrDb) db = fixture_open ();

  for (guint i = 0; i < G_N_ELEMENTS (sql); i++)
    {
      g_autofree char *plan = fixture_plan (db, sql[i]);

      g_test_message ("%s: %s", sql[i], plan);
      g_assert_nonnull (strstr (plan, " USING "));
      g_assert_null (strstr (plan, "TEMP B-TREE"));
    }
}

static void
add_endpoint (CrDb *db, const char *id, CrWebhookEnd end)
{
  g_autoptr (CrWebhookEndpoint) endpoint = cr_webhook_endpoint_new (id);
  g_autoptr (GError) error = NULL;

  endpoint->url = g_strdup ("https://hooks.clinic.example/x");
  endpoint->events = g_strsplit ("*", ",", -1);
  endpoint->description = g_strdup (end == CR_WEBHOOK_END_GONE ? "Front desk" : NULL);
  endpoint->created_ms = NOW - 3 * HOUR_MS;
  endpoint->api_version = g_strdup (CR_API_VERSION);
  endpoint->status = end == CR_WEBHOOK_END_NONE ? CR_WEBHOOK_ACTIVE : CR_WEBHOOK_DISABLED;
  endpoint->end = end;
  endpoint->disabled_ms = end == CR_WEBHOOK_END_NONE ? 0 : NOW - HOUR_MS;
  cr_webhooks_table_add (db, endpoint, &error);
  g_assert_no_error (error);
}

/* One that was disabled by what it answered, or fails for hours; one that works, that failed once
 * or that a person disabled needs nobody. */
static void
test_webhooks (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrOverview) overview = NULL;
  g_autoptr (CrOverview) later = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_news;
  const CrNeed *need;

  add_endpoint (db, "wh_1", CR_WEBHOOK_END_NONE);
  add_endpoint (db, "wh_2", CR_WEBHOOK_END_PERSON);
  add_endpoint (db, "wh_3", CR_WEBHOOK_END_GONE);
  cr_webhooks_table_note_bad (db, "wh_1", NOW - 2 * HOUR_MS, &error);
  g_assert_no_error (error);
  overview = look (db);
  g_assert_cmpint (overview->needs->len, ==, 1);
  need = find (overview, CR_NEED_WEBHOOK);
  g_assert_cmpstr (need->id, ==, "wh_3");
  g_assert_cmpstr (need->name, ==, "https://hooks.clinic.example/x");
  g_assert_cmpstr (need->detail, ==, "Front desk");
  g_assert_cmpint (need->made_ms, ==, 0);
  g_assert_cmpstr (need->code, ==, "gone");
  g_assert_cmpint (need->since_ms, ==, NOW - HOUR_MS);

  cr_webhooks_table_remove (db, "wh_3", &error);
  g_assert_no_error (error);
  cr_webhooks_table_warn (db, "wh_1", NOW - 5, &is_news, &error);
  g_assert_no_error (error);
  later = look (db);
  g_assert_cmpint (later->needs->len, ==, 1);
  need = find (later, CR_NEED_WEBHOOK);
  g_assert_cmpstr (need->id, ==, "wh_1");
  g_assert_null (need->detail);
  g_assert_cmpint (need->made_ms, ==, NOW - 3 * HOUR_MS);
  g_assert_cmpstr (need->code, ==, "none");
  g_assert_cmpint (need->since_ms, ==, NOW - 5);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/overview/empty", test_empty);
  g_test_add_func ("/store/overview/failures", test_failures);
  g_test_add_func ("/store/overview/holds", test_holds);
  g_test_add_func ("/store/overview/sign-ins", test_sign_ins);
  g_test_add_func ("/store/overview/waits", test_waits);
  g_test_add_func ("/store/overview/keyring", test_keyring);
  g_test_add_func ("/store/overview/work", test_work);
  g_test_add_func ("/store/overview/estimate", test_estimate);
  g_test_add_func ("/store/overview/waiting-run", test_waiting_run);
  g_test_add_func ("/store/overview/tried-again", test_tried_again);
  g_test_add_func ("/store/overview/days", test_days);
  g_test_add_func ("/store/overview/groups", test_groups);
  g_test_add_func ("/store/overview/deliveries", test_deliveries);
  g_test_add_func ("/store/overview/plans", test_plans);
  g_test_add_func ("/store/overview/webhooks", test_webhooks);

  return g_test_run ();
}
