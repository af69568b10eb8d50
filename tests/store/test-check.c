/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "store/cr-check.h"
#include "store/cr-schema.h"

/* How each rule is broken, in an otherwise empty store. */
static const struct
{
  const char *rule;
  const char *sql;
} breaks[] = {
  { "bodies-are-as-they-came",
    "INSERT INTO counter VALUES ('v', 9);"
    "INSERT INTO version VALUES (1, 1, 1, 0, 0, NULL, 'search', zeroblob (32), 2, '{}', 0)" },
  { "records-have-their-version",
    "INSERT INTO record (rid, sid, type, id, seq, n, first_seen_ms, confirmed_ms)"
    " VALUES (1, 1, 1, 'a', 5, 1, 0, 0)" },
  { "versions-follow-each-other",
    "INSERT INTO version VALUES (7, 1, 2, 6, 0, NULL, 'search', zeroblob (32), 2, '{}', 0)" },
  { "numbers-are-drawn",
    "INSERT INTO version VALUES (7, 1, 1, 0, 0, NULL, 'search', zeroblob (32), 2, '{}', 0)" },
  { "records-are-counted", "INSERT INTO stream VALUES (1, 'p', 's', 'x', 3)" },
  { "types-are-counted", "INSERT INTO tally VALUES (1, 1, 2)" },
  { "totals-of-types-are-counted", "INSERT INTO counter VALUES ('type:Observation', 3)" },
  { "references-lead-somewhere", "INSERT INTO reference VALUES (1, 2)" },
  { "absences-are-of-records", "INSERT INTO absence VALUES (7, 1, 1, 0, 0)" },
  { "watermarks-are-behind-the-store", "INSERT INTO watermark VALUES ('d', 'c', 5, 0)" },
  { "deliveries-are-of-records", "INSERT INTO delivered VALUES (1, 1, 1, NULL)" },
  { "deliveries-are-counted",
    "INSERT INTO destination VALUES (1, 'd', 'D', 'd', 's3', '{}', 1, NULL, 0, 0, 0, 4)" },
  { "nothing-is-skipped",
    "INSERT INTO destination VALUES (1, 'd', 'D', 'd', 's3', '{}', 1, NULL, 0, 0, 0, 0);"
    "INSERT INTO connection (id, patient_id, source_id, portal_patient_id, status, has_refresh,"
    " access_expires_ms, failure_code, failure_ms, next_pull_ms, created_ms, updated_ms)"
    " VALUES ('c', 'p', 's', 'x', 'active', 0, 0, 'none', 0, 0, 0, 0);"
    "INSERT INTO stream VALUES (1, 'p', 's', 'x', 1);"
    "INSERT INTO record (rid, sid, type, id, seq, n, first_seen_ms, confirmed_ms)"
    " VALUES (1, 1, 1, 'a', 5, 1, 0, 0);"
    "INSERT INTO watermark VALUES ('d', 'c', 5, 0)" },
  { "ended-pulls-have-ended-queries",
    "INSERT INTO pull (id, patient_id, connection_id, source_id, status, waiting_for,"
    " wait_until_ms, cause, created_ms, started_ms, finished_ms, requests, pages, bytes, "
    "n_received,"
    " n_new, n_changed, n_unchanged, n_failed_queries) VALUES ('u', 'p', 'c', 's', 'complete',"
    " 'none', 0, 'manual', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);"
    "INSERT INTO pull_query (pull_id, n, kind, type, path, status, pages, n_received, n_new,"
    " n_changed, n_unchanged, n_skipped, total, http_status) VALUES ('u', 0, 'search', 'Goal', 'x',"
    " 'running', 0, 0, 0, 0, 0, 0, 0, 0)" },
  { "ended-runs-have-ended-items",
    "INSERT INTO export_run (id, destination_id, status, waiting_for, wait_until_ms, cause,"
    " upper_sequence, n_patients, n_resources, n_files, bytes, n_items, n_failed_items, created_ms,"
    " started_ms, completed_ms) VALUES ('r', 'd', 'complete', 'none', 0, 'manual', 0, 0, 0, 0, 0, "
    "0,"
    " 0, 0, 0, 0);"
    "INSERT INTO export_item (id, run_id, destination_id, n, name, status, is_retryable,"
    " n_resources, n_failed, bytes, attempts, next_attempt_ms) VALUES ('i', 'r', 'd', 0, 'x',"
    " 'pending', 0, 0, 0, 0, 0, 0)" },
  { "patients-stand-where-their-pulls-left-them",
    "INSERT INTO patient (id, metadata, created_ms, updated_ms) VALUES ('p', '{}', 0, 0);"
    "UPDATE patient_standing SET status = 7" },
  { "active-connections-have-tokens",
    "INSERT INTO connection (id, patient_id, source_id, portal_patient_id, status, has_refresh,"
    " access_expires_ms, failure_code, failure_ms, next_pull_ms, created_ms, updated_ms)"
    " VALUES ('c', 'p', 's', 'x', 'active', 0, 0, 'none', 0, 0, 0, 0)" },
  { "ended-connections-have-none",
    "INSERT INTO connection (id, patient_id, source_id, portal_patient_id, status, has_refresh,"
    " access_expires_ms, failure_code, failure_ms, next_pull_ms, created_ms, updated_ms,"
    " sealed_tokens) VALUES ('c', 'p', 's', 'x', 'expired', 0, 0, 'none', 0, 0, 0, 0, 'x')" },
};

static CrDb *
open_db (void)
{
  g_autoptr (GError) error = NULL;
  CrDb *db = cr_db_open (":memory:", CR_DB_WRITE, &error);

  g_assert_no_error (error);
  g_assert_true (cr_schema_migrate (db, &error));
  g_assert_true (cr_db_exec (db, "PRAGMA foreign_keys = OFF", &error));
  return db;
}

static gboolean
holds (CrDb *db, const char *rule)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = cr_check_run (db, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < findings->len; i++)
    {
      CrFinding *finding = g_ptr_array_index (findings, i);

      if (g_str_equal (finding->check, rule))
        return finding->ok;
    }
  g_assert_not_reached ();
}

static void
test_empty (void)
{
  g_autoptr (CrDb) db = open_db ();
  g_autoptr (GPtrArray) findings = cr_check_run (db, NULL);

  g_assert_cmpuint (findings->len, ==, G_N_ELEMENTS (breaks));
  for (guint i = 0; i < findings->len; i++)
    g_assert_true (((CrFinding *) g_ptr_array_index (findings, i))->ok);
}

static void
test_broken (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  g_autoptr (CrDb) db = open_db ();
  g_autoptr (GError) error = NULL;

  g_assert_true (holds (db, breaks[n].rule));
  cr_db_exec (db, breaks[n].sql, &error);
  g_assert_no_error (error);
  g_assert_false (holds (db, breaks[n].rule));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/check/empty", test_empty);
  for (guint i = 0; i < G_N_ELEMENTS (breaks); i++)
    {
      g_autofree char *path = g_strconcat ("/check/", breaks[i].rule, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_broken);
    }
  return g_test_run ();
}
