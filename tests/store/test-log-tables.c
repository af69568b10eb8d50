/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-log-tables.h"

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-search.h"
#include "store/cr-stmt.h"

#define THINGS                                                                                     \
  "PRAGMA foreign_keys = OFF;"                                                                     \
  "INSERT INTO patient (id, name, metadata, created_ms, updated_ms)"                               \
  " VALUES ('pat_1', 'Marie Dupré', '{}', 1, 1);"                                                 \
  "INSERT INTO source (id, name, fhir_base_url, client_auth, folded, created_ms)"                  \
  " VALUES ('src_1', 'Clinic', 'http://x', 'none', 'clinic', 1);"                                  \
  "INSERT INTO session (id, patient_id, url_key, status, metadata, expires_ms, created_ms,"        \
  "  completed_ms) VALUES ('ps_1', 'pat_1', 'k', 'open', '{}', 1, 1, 0);"                          \
  "INSERT INTO connection (id, patient_id, source_id, portal_patient_id, status, has_refresh,"     \
  "  access_expires_ms, failure_code, failure_ms, next_pull_ms, created_ms, updated_ms)"           \
  " VALUES ('conn_1', 'pat_1', 'src_1', 'p', 'active', 0, 0, '', 0, 0, 1, 1);"                     \
  "INSERT INTO pull (id, patient_id, connection_id, source_id, status, waiting_for,"               \
  "  wait_until_ms, cause, created_ms, started_ms, finished_ms, requests, pages, bytes,"           \
  "  n_received, n_new, n_changed, n_unchanged, n_failed_queries)"                                 \
  " VALUES ('pull_1', 'pat_1', 'conn_1', 'src_1', 'complete', 'none', 0, 'manual', 1, 1, 1, 0, 0," \
  "  0, 0, 0, 0, 0, 0);"                                                                           \
  "INSERT INTO destination (id, name, folded, kind, settings, is_enabled, created_ms, updated_ms," \
  "  last_exported_ms, n_delivered)"                                                               \
  " VALUES ('dest_1', 'Archive Süd', 'archive sud', 'folder', '{}', 1, 1, 1, 0, 0);"              \
  "INSERT INTO export_run (id, destination_id, status, waiting_for, wait_until_ms, cause,"         \
  "  upper_sequence, n_patients, n_resources, n_files, bytes, n_items, n_failed_items, "           \
  "created_ms,"                                                                                    \
  "  started_ms, completed_ms)"                                                                    \
  " VALUES ('run_1', 'dest_1', 'complete', 'none', 0, 'manual', 0, 0, 0, 0, 0, 0, 0, 1, 1, 1);"

static void
test_events (void)
{
  static const char *const ids[] = { "ev_c", "ev_a", "ev_b" };
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GPtrArray) rest = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (CrEvent) event = cr_event_new (ids[i], CR_EVENT_RECORDS_SYNC_COMPLETED);

      event->data = g_strdup ("{\"total\":1.10}");
      event->created_ms = NOW;
      g_assert_true (cr_events_table_add (db, event, &error));
    }

  all = cr_events_table_list (db, NULL, 10, &error);
  g_assert_cmpint (all->len, ==, 3);
  g_assert_cmpstr (((CrEvent *) all->pdata[0])->id, ==, "ev_c");
  g_assert_cmpstr (((CrEvent *) all->pdata[0])->data, ==, "{\"total\":1.10}");
  g_assert_cmpint (((CrEvent *) all->pdata[0])->type, ==, CR_EVENT_RECORDS_SYNC_COMPLETED);
  rest = cr_events_table_list (db, "ev_c", 1, &error);
  g_assert_cmpint (rest->len, ==, 1);
  g_assert_cmpstr (((CrEvent *) rest->pdata[0])->id, ==, "ev_a");
}

static void
test_audit (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrAuditEntry) first = cr_audit_entry_new ("Ana", "pull.start", "conn_1", NULL, NOW);
  g_autoptr (CrAuditEntry) second = cr_audit_entry_new (NULL, "pull.end", NULL, "why", NOW);
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_audit_table_add (db, first, &error));
  g_assert_true (cr_audit_table_add (db, second, &error));
  list = cr_audit_table_list (db, NULL, NULL, NULL, 0, 10, &error);
  g_assert_cmpint (list->len, ==, 2);
  g_assert_cmpstr (((CrAuditEntry *) list->pdata[0])->action, ==, "pull.end");
  g_assert_cmpstr (((CrAuditEntry *) list->pdata[1])->person, ==, "Ana");
}

/* By whom, by what or about what, and by the kind of what it is about. */
static void
test_audit_filter (void)
{
  static const struct
  {
    const char *text;
    const char *kind;
    const char *actions;
    gint64 n;
  } rows[] = {
    { NULL, NULL, NULL, 3 },
    { "ana", NULL, NULL, 2 },
    { "conn_1", NULL, NULL, 1 },
    { NULL, "pull", NULL, 2 },
    { "ana", "pull", NULL, 1 },
    { "WHY", NULL, NULL, 1 },
    { "%", NULL, NULL, 0 },
    { NULL, "pul", NULL, 0 },
    { "began", NULL, ",pull.start,patient.add,", 2 },
    { "began", "pull", ",pull.start,patient.add,", 1 },
    { "began", NULL, ",x.pull.start,", 0 },
  };
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrAuditEntry) first = cr_audit_entry_new ("Ana", "pull.start", "conn_1", NULL, NOW);
  g_autoptr (CrAuditEntry) second = cr_audit_entry_new ("Bo", "pull.end", NULL, "why", NOW);
  g_autoptr (CrAuditEntry) third = cr_audit_entry_new ("Ana", "patient.add", "p1", NULL, NOW);
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_audit_table_add (db, first, &error) &&
                 cr_audit_table_add (db, second, &error) && cr_audit_table_add (db, third, &error));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GPtrArray) list =
          cr_audit_table_list (db, rows[i].text, rows[i].kind, rows[i].actions, 0, 10, &error);

      g_test_message ("“%s” of “%s”", rows[i].text != NULL ? rows[i].text : "",
                      rows[i].kind != NULL ? rows[i].kind : "");
      g_assert_cmpint (list->len, ==, rows[i].n);
      g_assert_cmpint (
          cr_audit_table_count (db, rows[i].text, rows[i].kind, rows[i].actions, &error), ==,
          rows[i].n);
    }
}

/* Of a patient's things the patient's name, of others their own; what is gone has none. */
static void
test_audit_names (void)
{
  static const struct
  {
    const char *object;
    const char *name;
  } rows[] = {
    { "pat_1", "Marie Dupré" },  { "ps_1", "Marie Dupré" },   { "conn_1", "Marie Dupré" },
    { "pull_1", "Marie Dupré" }, { "dest_1", "Archive Süd" }, { "run_1", "Archive Süd" },
    { "src_1", "Clinic" },       { "gone_1", NULL },          { NULL, NULL },
  };
  static const struct
  {
    const char *text;
    gint64 n;
  } searches[] = { { "dupre", 4 }, { "marie dup", 4 }, { "sud", 2 }, { "clin", 1 }, { " ", 2 } };
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_db_exec (db, THINGS, &error));
  g_assert_true (cr_search_put (db, 1, "pat_1", "Marie Dupré", NULL, &error));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CrAuditEntry) entry =
          cr_audit_entry_new ("Ana", "x.y", rows[i].object, NULL, NOW - (gint64) i);

      g_assert_true (cr_audit_table_add (db, entry, &error));
    }
  list = cr_audit_table_list (db, NULL, NULL, NULL, 0, 100, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_cmpstr (((CrAuditEntry *) list->pdata[i])->object, ==, rows[i].object);
      g_assert_cmpstr (((CrAuditEntry *) list->pdata[i])->name, ==, rows[i].name);
    }
  for (guint i = 0; i < G_N_ELEMENTS (searches); i++)
    {
      g_test_message ("“%s”", searches[i].text);
      g_assert_cmpint (cr_audit_table_count (db, searches[i].text, NULL, NULL, &error), ==,
                       searches[i].n);
    }
}

static void
test_settings (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autofree char *value = NULL;
  g_autoptr (GHashTable) all = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (cr_settings_table_get (db, "port", &error));
  g_assert_no_error (error);
  g_assert_true (cr_settings_table_set (db, "port", "8484", &error));
  g_assert_true (cr_settings_table_set (db, "port", "8485", &error));
  g_assert_true (cr_settings_table_set (db, "host", "x", &error));
  value = cr_settings_table_get (db, "port", &error);
  g_assert_cmpstr (value, ==, "8485");
  g_assert_true (cr_settings_table_set (db, "host", NULL, &error));
  all = cr_settings_table_all (db, &error);
  g_assert_cmpint (g_hash_table_size (all), ==, 1);
}

/* A statement keeps its first failure and tells it at the next step, in our words. */
static void
test_failures (void)
{
  static const struct
  {
    const char *sql;
    const char *parameter;
    int code;
  } rows[] = {
    { "SELECT nonsense FROM nowhere", ":a", CR_ERROR_INTERNAL },
    { "SELECT :a", ":b", CR_ERROR_INTERNAL },
    { "INSERT INTO setting (key, value) VALUES (:a, NULL)", ":a", CR_ERROR_CONFLICT },
  };
  g_autoptr (CrDb) db = fixture_open ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CrStmt) stmt = cr_stmt_new (db, rows[i].sql);
      g_autoptr (GError) error = NULL;

      cr_stmt_bind_text (stmt, rows[i].parameter, "secret value");
      g_assert_false (cr_stmt_run (stmt, &error));
      g_assert_error (error, CR_ERROR, rows[i].code);
      g_assert_null (g_strrstr (error->message, "secret"));
      g_assert_null (g_strrstr (error->message, "setting"));
    }
}

/* Two uses of one literal at the same time are two statements. */
static void
test_nested (void)
{
  static const char *const sql = "SELECT :n";
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrStmt) outer = cr_stmt_new (db, sql);
  g_autoptr (GError) error = NULL;

  cr_stmt_bind_int64 (outer, ":n", 1);
  g_assert_cmpint (cr_stmt_step (outer, &error), ==, CR_STEP_ROW);
  for (int i = 2; i < 5; i++)
    {
      g_autoptr (CrStmt) inner = cr_stmt_new (db, sql);

      cr_stmt_bind_int64 (inner, ":n", i);
      g_assert_cmpint (cr_stmt_step (inner, &error), ==, CR_STEP_ROW);
      g_assert_cmpint (cr_stmt_int64 (inner, 0), ==, i);
      g_assert_cmpint (cr_stmt_int64 (outer, 0), ==, 1);
    }
  {
    /* What comes back from the shelf has no values left. */
    g_autoptr (CrStmt) again = cr_stmt_new (db, sql);

    g_assert_cmpint (cr_stmt_step (again, &error), ==, CR_STEP_ROW);
    g_assert_null (cr_stmt_text (again, 0));
  }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/logs/events", test_events);
  g_test_add_func ("/store/logs/audit", test_audit);
  g_test_add_func ("/store/logs/audit-filter", test_audit_filter);
  g_test_add_func ("/store/logs/audit-names", test_audit_names);
  g_test_add_func ("/store/logs/settings", test_settings);
  g_test_add_func ("/store/logs/failures", test_failures);
  g_test_add_func ("/store/logs/nested", test_nested);

  return g_test_run ();
}
