/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-connections-private.h"
#include "store/cr-stmt.h"

static void
exec (CrDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;

  cr_db_exec (db, sql, &error);
  g_assert_no_error (error);
}

/* Seven patients, of whom five must sign in again. */
static CrDb *
open_seven (void)
{
  static const char *const names[] = { "Ana Ruiz",  "Bo Stone",  "Cy Novák", "Di Chen",
                                       "Ed Okafor", "Flo Weiss", "Gus Holm" };
  CrDb *db = fixture_open ();

  fixture_add_source (db, "fhirsrc_1");
  fixture_add_source (db, "fhirsrc_2");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *patient = g_strdup_printf ("user_%u", i);
      g_autofree char *connection = g_strdup_printf ("conn_%u", i);

      fixture_add_patient (db, patient, names[i]);
      fixture_add_connection (db, connection, patient, i == 4 ? "fhirsrc_2" : "fhirsrc_1");
    }
  exec (db,
        "UPDATE connection SET status = 'refresh_failed', failure_ms = 5000, sealed_tokens = NULL"
        " WHERE id = 'conn_0'");
  exec (db, "UPDATE connection SET status = 'expired', access_expires_ms = 4000,"
            " sealed_tokens = NULL WHERE id = 'conn_1'");
  exec (db, "UPDATE connection SET access_expires_ms = 9000 WHERE id = 'conn_2'");
  exec (db, "UPDATE connection SET access_expires_ms = 8000 WHERE id = 'conn_3'");
  exec (db, "UPDATE connection SET access_expires_ms = 7000 WHERE id = 'conn_4'");
  exec (db, "UPDATE connection SET access_expires_ms = 1, has_refresh = 1 WHERE id = 'conn_5'");
  exec (db, "UPDATE connection SET status = 'disconnected', sealed_tokens = NULL"
            " WHERE id = 'conn_6'");
  return db;
}

static char *
list (CrDb *db, const CrReconnectFilter *filter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = cr_reconnect_table_list (db, filter, 0, 100, &error);
  g_autoptr (GString) ids = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < page->len; i++)
    g_string_append (ids, CR_CONNECTION (page->pdata[i])->id + strlen ("conn_"));
  g_assert_cmpint (cr_reconnect_table_count (db, filter, &error), ==, page->len);
  g_assert_no_error (error);
  return g_strdup (ids->str);
}

static void
test_list (void)
{
  static const struct
  {
    CrReconnectFilter filter;
    const char *ids;
  } rows[] = {
    { { NULL }, "10432" },
    { { NULL, .sort = CR_RECONNECT_BY_PATIENT }, "01234" },
    { { NULL, .sort = CR_RECONNECT_BY_SOURCE }, "10324" },
    { { NULL, .sort = CR_RECONNECT_BY_CALL }, "20134" },
    { { NULL, .until_ms = 8000 }, "1043" },
    { { NULL, .until_ms = 100 }, "10" },
    { { NULL, .called = CR_CALLED_DONE }, "02" },
    { { NULL, .called = CR_CALLED_NOT_YET }, "143" },
    { { "ruiz" }, "0" },
    { { "novak" }, "2" },
    { { "user_3" }, "3" },
    { { "fhirsrc_2" }, "4" },
    { { "CLINIC" }, "10432" },
    { { "100%" }, "" },
    { { "clinic", .called = CR_CALLED_DONE, .sort = CR_RECONNECT_BY_PATIENT }, "02" },
  };
  g_autoptr (CrDb) db = open_seven ();
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_notes_table_save (db, "conn_0", "rang", 100, "Ann", NOW, &error) &&
                 cr_notes_table_save (db, "conn_2", NULL, 200, "Ann", NOW, &error) &&
                 cr_notes_table_save (db, "conn_3", "no phone", CR_NOTE_KEEP, "Ann", NOW, &error));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *ids = list (db, &rows[i].filter);

      g_test_message ("row %u", i);
      g_assert_cmpstr (ids, ==, rows[i].ids);
    }
}

static void
test_ends (void)
{
  static const gint64 ends[] = { 5000, 4000, 9000, 8000, 7000, 0, 0 };
  g_autoptr (CrDb) db = open_seven ();

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *id = g_strdup_printf ("conn_%u", i);
      g_autoptr (CrConnection) connection = cr_connections_table_get (db, id, NULL);

      g_assert_cmpint (cr_connection_ends_ms (connection), ==, ends[i]);
      g_assert_nonnull (connection->patient_name);
    }
}

/* The patient's permission is an end too, with a refresh token and without, the sooner of both. */
static void
test_consent (void)
{
  static const gint64 ends[] = { 5000, 4000, 6000, 8000, 7000, 8500, 0 };
  CrReconnectFilter by_days = { NULL };
  CrReconnectFilter soon = { NULL, .until_ms = 8400 };
  g_autoptr (CrDb) db = open_seven ();
  g_autofree char *ids = NULL;
  g_autofree char *soon_ids = NULL;

  exec (db, "UPDATE connection SET consent_ends_ms = 6000 WHERE id = 'conn_2'");
  exec (db, "UPDATE connection SET consent_ends_ms = 9500 WHERE id = 'conn_4'");
  exec (db, "UPDATE connection SET consent_ends_ms = 8500 WHERE id = 'conn_5'");
  exec (db, "UPDATE connection SET consent_ends_ms = 1 WHERE id = 'conn_6'");
  ids = list (db, &by_days);
  g_assert_cmpstr (ids, ==, "102435");
  soon_ids = list (db, &soon);
  g_assert_cmpstr (soon_ids, ==, "10243");
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *id = g_strdup_printf ("conn_%u", i);
      g_autoptr (CrConnection) connection = cr_connections_table_get (db, id, NULL);

      g_assert_cmpint (cr_connection_ends_ms (connection), ==, ends[i]);
    }
}

static void
check_note (CrDb *db, const char *text, gint64 called_ms, const char *called_by)
{
  g_autoptr (CrConnection) connection = cr_connections_table_get (db, "conn_0", NULL);

  g_assert_cmpstr (connection->note, ==, text);
  g_assert_cmpint (connection->called_ms, ==, called_ms);
  g_assert_cmpstr (connection->called_by, ==, called_by);
}

static void
test_notes (void)
{
  g_autoptr (CrDb) db = open_seven ();
  g_autoptr (CrConnection) again = cr_connections_table_get (db, "conn_0", NULL);
  g_autoptr (GError) error = NULL;

  check_note (db, NULL, 0, NULL);
  g_assert_true (cr_notes_table_save (db, "conn_0", "rings at noon", CR_NOTE_KEEP, "Ann", 1, NULL));
  check_note (db, "rings at noon", 0, NULL);
  g_assert_true (cr_notes_table_save (db, "conn_0", NULL, 100, "Ann", 2, NULL));
  check_note (db, "rings at noon", 100, "Ann");
  g_assert_true (cr_notes_table_save (db, "conn_0", "voicemail", CR_NOTE_KEEP, "Bob", 3, NULL));
  check_note (db, "voicemail", 100, "Ann");

  /* Signed in again: the call was about that. */
  again->status = CR_CONNECTION_ACTIVE;
  g_assert_true (cr_connections_table_save (db, again, &error));
  g_assert_no_error (error);
  check_note (db, "voicemail", 0, NULL);
  g_assert_true (cr_notes_table_save (db, "conn_0", "", 0, "Bob", 4, NULL));
  check_note (db, NULL, 0, NULL);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM connection_note"), ==, 0);

  g_assert_false (cr_notes_table_save (db, "nowhere", "x", 0, "Bob", 5, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
  g_clear_error (&error);

  g_assert_true (cr_notes_table_save (db, "conn_1", "x", 1, "Bob", 6, NULL));
  g_assert_true (cr_patients_table_remove (db, "user_1", &error));
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM connection_note"), ==, 0);
}

static char *
explain (CrDb *db, const char *sql)
{
  g_autofree char *question = g_strconcat ("EXPLAIN QUERY PLAN ", sql, NULL);
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, g_intern_string (question));
  g_autoptr (GString) plan = g_string_new (NULL);

  while (cr_stmt_step (stmt, NULL) == CR_STEP_ROW)
    g_string_append_printf (plan, "%s\n", cr_stmt_text (stmt, 3));
  return g_strdup (plan->str);
}

/* The usual order is read off the index: nothing is sorted, no connection that needs nobody is
 * looked at. */
static void
test_plan (void)
{
  g_autoptr (CrDb) db = open_seven ();
  g_autofree char *plan = explain (db, cr_reconnect_table_sql (CR_RECONNECT_BY_DAYS));
  const char *inner = strstr (plan, "LIST SUBQUERY");

  g_test_message ("%s", plan);
  g_assert_nonnull (inner);
  g_assert_nonnull (strstr (inner, "SCAN c USING INDEX connection_reconnect"));
  g_assert_nonnull (strstr (plan, "SEARCH c USING INTEGER PRIMARY KEY"));
  g_assert_null (strstr (inner, "SCAN who"));
  /* The rows of the page alone are sorted, at the very end. */
  g_assert_true (g_str_has_suffix (plan, "USE TEMP B-TREE FOR ORDER BY\n"));
  g_assert_true (strstr (plan, "USE TEMP B-TREE") == g_strrstr (plan, "USE TEMP B-TREE"));
}

/* Said, not judged, but for the count. */
static void
test_many (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (GError) error = NULL;

  fixture_add_source (db, "fhirsrc_1");
  exec (db, "WITH RECURSIVE i (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < 49999)"
            " INSERT INTO patient (id, name, metadata, created_ms, updated_ms)"
            " SELECT 'user_' || n, 'Name ' || n, '{}', n, n FROM i");
  exec (db, "INSERT INTO connection (id, patient_id, source_id, portal_patient_id, status,"
            " has_refresh, access_expires_ms, failure_code, failure_ms, next_pull_ms, created_ms,"
            " updated_ms) SELECT 'conn_' || n, id, 'fhirsrc_1', 'p', CASE n % 4 WHEN 0 THEN"
            " 'expired' ELSE 'active' END, n % 2, 100000 + n, 'none', 0, 0, n, n FROM patient");
  for (guint sort = 0; sort <= CR_RECONNECT_BY_CALL; sort++)
    for (guint offset = 0; offset <= 20000; offset += 20000)
      {
        CrReconnectFilter filter = { .sort = sort };
        gint64 start = g_get_monotonic_time ();
        g_autoptr (GPtrArray) page = cr_reconnect_table_list (db, &filter, offset, 64, &error);
        gint64 listed = g_get_monotonic_time ();

        g_assert_no_error (error);
        g_assert_cmpint (page->len, ==, 64);
        g_assert_cmpint (cr_reconnect_table_count (db, &filter, &error), ==, 25000);
        g_test_message ("order %u from %u: page %.2f ms, count %.2f ms", sort, offset,
                        (double) (listed - start) / 1000,
                        (double) (g_get_monotonic_time () - listed) / 1000);
      }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/reconnect/list", test_list);
  g_test_add_func ("/store/reconnect/ends", test_ends);
  g_test_add_func ("/store/reconnect/consent", test_consent);
  g_test_add_func ("/store/reconnect/notes", test_notes);
  g_test_add_func ("/store/reconnect/plan", test_plan);
  g_test_add_func ("/store/reconnect/many", test_many);

  return g_test_run ();
}
