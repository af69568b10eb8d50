/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-log-tables.h"
#include "store/cr-removal-table.h"
#include "store/cr-schema.h"
#include "store/cr-stmt.h"

#define N_RECORDS 400

/* What must not be found afterwards, whatever the case of its letters. */
static const char *const traces[] = { "zz-patient-7", "Quendryth", "Ostrovaska", "zzbody",
                                      "zzportal-7",   "zzsealed",  "zzraw",      "zzverifier" };

typedef struct
{
  char *folder; /* (owned) */
  char *path;   /* (owned) */
  CrDb *db;     /* (owned) (nullable) */
} Files;

static void
open_db (Files *files)
{
  g_autoptr (GError) error = NULL;

  files->db = cr_db_open (files->path, CR_DB_WRITE, &error);
  g_assert_no_error (error);
  g_assert_true (cr_schema_migrate (files->db, &error));
}

static void
exec (Files *files, const char *sql)
{
  g_autoptr (GError) error = NULL;

  cr_db_exec (files->db, sql, &error);
  g_assert_no_error (error);
}

/* Bodies of all lengths, several versions, mixed with those of others page by page. */
static void
save_records (Files *files, const char *patient, const char *portal, const char *mark, guint round)
{
  CrRecordOwner owner = { patient, "fhirsrc_1", portal };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < N_RECORDS; i++)
    {
      g_autofree char *filler = g_strnfill ((i * 97 + round) % 3000, 'x');
      g_autofree char *id = g_strdup_printf ("%s-%u", mark, i);
      g_autofree char *body = g_strdup_printf (
          "{\"resourceType\":\"X\",\"a\":\"%s %u\",\"b\":\"%s %s\"}", mark, round, filler, mark);
      g_autofree char *content = g_strdup_printf ("%u-%u", i, round);
      CrReference reference = { "Encounter", mark };
      CrSaveCounts counts = { 0 };
      CrIncoming incoming;

      fixture_incoming (&incoming, i % 3 == 0 ? "Observation" : "Condition", id, body, content,
                        &reference, 1);
      cr_records_table_save (files->db, &owner, &incoming, 1, NULL, "search", NOW, &counts, &error);
      g_assert_no_error (error);
    }
}

static void
set_up (Files *files, gconstpointer data)
{
  static const char *const texts =
      "INSERT INTO hold (id, connection_id, patient_id, status, reason, detail, created_ms,"
      " decided_ms) VALUES ('hold_7', 'conn_7', 'zz-patient-7', 'open', 'name_differs',"
      " 'Clinic: name Quendryth', 1, 0);"
      "INSERT INTO session (id, patient_id, url_key, status, metadata, expires_ms, created_ms,"
      " completed_ms) VALUES ('ps_7', 'zz-patient-7', 'k', 'open', '{\"a\":\"zzbody\"}', 1, 1, 0);"
      "INSERT INTO attempt (id, session_id, patient_id, source_id, status, state, is_taken,"
      " sealed_verifier, failure_code, failure_description, failure_ms, state_expires_ms,"
      " created_ms) VALUES ('at_7', 'ps_7', 'zz-patient-7', 'fhirsrc_1', 'failed', 's', 1,"
      " 'zzverifier', 'portal_error', 'zzraw', 1, 1, 1);"
      "INSERT INTO auth_event (id, patient_id, connection_id, source_id, step, outcome, code,"
      " description, at_ms) VALUES ('ae_7', 'zz-patient-7', 'conn_7', 'fhirsrc_1', 'callback',"
      " 'failure', 'portal_error', 'zzraw Ostrovaska', 1);"
      "UPDATE connection SET sealed_tokens = 'zzsealed', portal_patient_id = 'zzportal-7'"
      " WHERE id = 'conn_7';"
      "INSERT INTO pull_query SELECT 'pull_7', 0, 'search', 'Observation', 'Observation?patient="
      "zzportal-7', 'failed', 'https://x/?patient=zzportal-7', 1, 0, 0, 0, 0, 0, 0, 500, 'x',"
      " 'zzraw Ostrovaska', 'zzraw', 0;"
      "UPDATE pull SET error_message = 'zzraw' WHERE id = 'pull_7';"
      "INSERT INTO event (id, type, data, created_ms) VALUES"
      " ('ev_1', 'records.sync.completed', '{\"patient_id\":\"zz-patient-7\",\"total\":3}', 1),"
      " ('ev_2', 'connection.token_refresh_failed', '{\"id\":\"conn_7\"}', 1),"
      " ('ev_3', 'records.sync.completed', '{\"patient_id\":\"other\",\"total\":3}', 1);"
      "INSERT INTO look (patient_id, person, kind, first_ms, last_ms) VALUES ('zz-patient-7', "
      "'Ann',"
      " 'record', 1, 1);"
      "INSERT INTO audit (at_ms, person, action, object) VALUES (1, 'Ann', 'patient.add',"
      " 'zz-patient-7');"
      "INSERT INTO connection_note VALUES ('conn_7', 'zzraw of Quendryth', 0, NULL, 1);"
      "INSERT INTO export_run SELECT 1, 'run_7', 'dest_1', 'complete', 'none', 0, 'manual', NULL,"
      " NULL, 0, 1, 400, 1, 99, 1, 0, 1, 1, 1, NULL, NULL, 0, 0;"
      "INSERT INTO export_item SELECT 1, 'item_7', 'run_7', 'dest_1', 0, 'patient_id=zz-patient-7/"
      "source_id=fhirsrc_1/Observation/run_7-1.ndjson', 'sent', 0, 400, 0, 99, NULL, 1, 0, NULL,"
      " NULL, '{\"owners\":[{\"patient_id\":\"zz-patient-7\",\"first\":1},{\"patient_id\":"
      "\"other\",\"first\":2}]}', 0;"
      "INSERT INTO delivered SELECT 1, rid, seq, 'X/' || id FROM record WHERE seq > 0;"
      "UPDATE destination SET n_delivered = (SELECT count(*) FROM delivered);"
      "INSERT INTO watermark SELECT 'dest_1', id, 1, 1 FROM connection;"
      "INSERT INTO pull_mark SELECT id, 'Observation', NULL, 1, 1 FROM connection;"
      "UPDATE audit SET detail = NULL";

  files->folder = g_dir_make_tmp ("chartroom-removal-XXXXXX", NULL);
  files->path = g_build_filename (files->folder, "store.db", NULL);
  open_db (files);
  fixture_add_source (files->db, "fhirsrc_1");
  fixture_add_destination (files->db, "dest_1", "Lake");
  fixture_add_patient (files->db, "zz-patient-7", "Quendryth Ostrovaska");
  fixture_add_patient (files->db, "other", "Ana Ruiz");
  fixture_add_connection (files->db, "conn_7", "zz-patient-7", "fhirsrc_1");
  fixture_add_connection (files->db, "conn_1", "other", "fhirsrc_1");
  fixture_add_pull (files->db, "pull_7", "conn_7", CR_PULL_COMPLETE);
  for (guint round = 0; round < 3; round++)
    {
      exec (files, "BEGIN");
      save_records (files, "zz-patient-7", "zzportal-7", "zzbody", round);
      save_records (files, "other", "p1", "plain", round);
      exec (files, "COMMIT");
    }
  exec (files, texts);
}

static void
tear_down (Files *files, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (files->folder, 0, NULL);
  const char *name;

  g_clear_pointer (&files->db, cr_db_close);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (files->folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (files->folder);
  g_free (files->folder);
  g_free (files->path);
}

static guint
count_trace (Files *files, const char *suffix, const char *trace)
{
  g_autofree char *path = g_strconcat (files->path, suffix, NULL);
  g_autofree char *small = g_ascii_strdown (trace, -1);
  g_autofree char *bytes = NULL;
  gsize n_bytes = 0, n_trace = strlen (trace);
  guint n = 0;

  if (!g_file_get_contents (path, &bytes, &n_bytes, NULL))
    return 0;
  for (gsize i = 0; i < n_bytes; i++)
    bytes[i] = g_ascii_tolower (bytes[i]);
  for (const char *at = bytes; (at = memmem (at, n_bytes - (gsize) (at - bytes), small, n_trace));
       at++)
    n++;
  return n;
}

static guint
count_traces (Files *files, const char *trace)
{
  return count_trace (files, "", trace) + count_trace (files, "-wal", trace) +
         count_trace (files, "-shm", trace);
}

static void
check_gone (Files *files, const char *const *still_there)
{
  for (guint i = 0; i < G_N_ELEMENTS (traces); i++)
    {
      guint n = count_traces (files, traces[i]);

      g_test_message ("%s: %u", traces[i], n);
      if (still_there != NULL && g_strv_contains (still_there, traces[i]))
        g_assert_cmpuint (n, >, 0);
      else
        g_assert_cmpuint (n, ==, 0);
    }
}

static void
check_receipt (CrRemoval *removal)
{
  g_assert_cmpint (removal->n_connections, ==, 1);
  g_assert_cmpint (removal->n_records, ==, N_RECORDS);
  g_assert_cmpint (removal->n_versions, ==, 3 * N_RECORDS);
  g_assert_cmpint (removal->n_pulls, ==, 1);
  g_assert_cmpint (removal->n_delivered, ==, N_RECORDS);
  g_assert_cmpuint (removal->places->len, ==, 1);
  g_assert_cmpstr (((CrRemovalPlace *) removal->places->pdata[0])->name, ==, "Lake");
}

static void
commit_and_wipe (Files *files)
{
  g_autoptr (GError) error = NULL;

  exec (files, "COMMIT");
  g_assert_true (cr_db_wipe (files->db, &error));
  g_assert_no_error (error);
}

/* The clinic's ids may be short words, which others' events hold too. */
static void
test_events_of_others (Files *files, gconstpointer data)
{
  g_autoptr (CrRemoval) removal = NULL;
  g_autoptr (GError) error = NULL;

  exec (files, "INSERT INTO event (id, type, data, created_ms) VALUES"
               " ('ev_4', 'patient_session.completed', '{\"patient_id\":\"other\","
               "\"metadata\":{\"room\":\"zz-patient-7\"}}', 1);");
  exec (files, "BEGIN IMMEDIATE");
  removal = cr_removal_of_patient (files->db, "zz-patient-7", NOW, &error);
  g_assert_no_error (error);
  exec (files, "COMMIT");
  g_assert_cmpint (
      fixture_number (files->db, "SELECT count(*) FROM event WHERE id IN ('ev_3', 'ev_4')"), ==, 2);
  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM event"), ==, 2);
}

static void
test_patient (Files *files, gconstpointer data)
{
  g_autoptr (CrRemoval) removal = NULL;
  g_autoptr (CrRemoval) before = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrDb) reader = cr_db_open (files->path, CR_DB_READ, &error);

  for (guint i = 0; i < G_N_ELEMENTS (traces); i++)
    g_assert_cmpuint (count_traces (files, traces[i]), >, 0);

  before = cr_removal_weigh_patient (files->db, "zz-patient-7", &error);
  check_receipt (before);
  exec (files, "BEGIN IMMEDIATE");
  removal = cr_removal_of_patient (files->db, "zz-patient-7", NOW, &error);
  g_assert_no_error (error);
  check_receipt (removal);
  g_assert_cmpint (removal->at_ms, ==, NOW);
  commit_and_wipe (files);
  check_gone (files, NULL);

  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM event"), ==, 1);
  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM export_run"), ==, 1);
  g_assert_cmpint (fixture_number (files->db, "SELECT n_resources FROM export_item"), ==, 400);
  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM export_item WHERE"
                                              " instr (lines, '\"patient_id\":\"other\"') > 0"),
                   ==, 1);
  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM audit"), ==, 1);
  g_assert_cmpint (fixture_number (files->db, "SELECT sum (n_records) FROM stream"), ==, N_RECORDS);
  g_assert_cmpuint (count_traces (files, "plain"), >, 0);
  g_assert_null (cr_removal_of_patient (files->db, "zz-patient-7", NOW, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

/* The patient stays, and with an active connection the access and the hold on it. */
static void
test_data (Files *files, gconstpointer data)
{
  static const char *const still[] = { "zz-patient-7", "Quendryth",  "Ostrovaska", "zzportal-7",
                                       "zzsealed",     "zzverifier", NULL };
  g_autoptr (CrRemoval) removal = NULL;
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  exec (files, "UPDATE session SET metadata = '{}'; DELETE FROM connection_note");
  exec (files, "BEGIN IMMEDIATE");
  removal = cr_removal_of_data (files->db, "conn_7", NOW, &error);
  g_assert_no_error (error);
  check_receipt (removal);
  commit_and_wipe (files);
  check_gone (files, still);

  connection = cr_connections_table_get (files->db, "conn_7", &error);
  g_assert_cmpint (connection->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_true (connection->is_held);
  g_assert_cmpuint (connection->n_records, ==, 0);
  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM pull"), ==, 1);
  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM auth_event"), ==, 1);
  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM watermark"), ==, 1);
  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM pull_mark"), ==, 1);
  g_assert_cmpint (fixture_number (files->db, "SELECT n_delivered FROM destination"), ==,
                   N_RECORDS);
}

/* Disconnected first, the connection forgets whom it led to: another person at the portal may sign
 * in, and no hold of old is in the way. */
static void
test_both (Files *files, gconstpointer data)
{
  static const char *const still[] = { "zz-patient-7", "Quendryth", "Ostrovaska", "zzverifier",
                                       NULL };
  g_autoptr (CrRemoval) removal = NULL;
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrConnection) next = NULL;
  g_autoptr (GError) error = NULL;

  exec (files, "UPDATE session SET metadata = '{}'; DELETE FROM connection_note;"
               "UPDATE hold SET status = 'rejected'");
  g_assert_true (cr_connections_table_set_status (files->db, "conn_7", CR_CONNECTION_DISCONNECTED,
                                                  CR_FAILURE_NONE, NOW, &error));
  exec (files, "BEGIN IMMEDIATE");
  removal = cr_removal_of_data (files->db, "conn_7", NOW, &error);
  g_assert_no_error (error);
  commit_and_wipe (files);
  check_gone (files, still);

  connection = cr_connections_table_get (files->db, "conn_7", &error);
  g_assert_false (connection->is_held);
  g_assert_cmpstr (connection->portal_patient_id, ==, "");
  connection->status = CR_CONNECTION_ACTIVE;
  g_free (connection->portal_patient_id);
  connection->portal_patient_id = g_strdup ("right");
  g_assert_true (cr_connections_table_save (files->db, connection, &error));
  next = cr_connections_table_get (files->db, "conn_7", &error);
  g_assert_cmpstr (next->portal_patient_id, ==, "right");
}

/* Killed before the commit: all of it is there. Killed after: none, and what is left to do is
 * known. */
static void
test_killed (Files *files, gconstpointer data)
{
  gboolean commits = GPOINTER_TO_INT (data);
  g_autoptr (GPtrArray) tasks = NULL;
  int status;
  pid_t child;

  g_clear_pointer (&files->db, cr_db_close);
  child = fork ();
  if (child == 0)
    {
      open_db (files);
      exec (files, "BEGIN IMMEDIATE");
      cr_removal_free (cr_removal_of_patient (files->db, "zz-patient-7", NOW, NULL));
      if (commits)
        exec (files, "COMMIT");
      kill (getpid (), SIGKILL);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));

  open_db (files);
  tasks = cr_removal_tasks_list (files->db, NULL);
  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM patient"), ==, commits ? 1 : 2);
  g_assert_cmpint (fixture_number (files->db, "SELECT count(*) FROM version"), ==,
                   (commits ? 3 : 6) * N_RECORDS);
  g_assert_cmpint (fixture_number (files->db, "SELECT sum (n_records) FROM stream"), ==,
                   (commits ? 1 : 2) * N_RECORDS);
  g_assert_cmpuint (tasks->len, ==, commits ? 1 : 0);
  g_assert_true (cr_db_wipe (files->db, NULL));
  if (commits)
    check_gone (files, NULL);
}

static void
test_tasks (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (GPtrArray) two = NULL;
  g_autoptr (GPtrArray) one = NULL;

  g_assert_true (cr_removal_tasks_add (db, CR_REMOVAL_KEYRING, "source/fhirsrc_1", 2, NULL));
  g_assert_true (cr_removal_tasks_add (db, CR_REMOVAL_WIPE, "", 1, NULL));
  g_assert_true (cr_removal_tasks_add (db, CR_REMOVAL_WIPE, "", 3, NULL));
  two = cr_removal_tasks_list (db, NULL);
  g_assert_cmpuint (two->len, ==, 2);
  g_assert_cmpstr (((CrRemovalTask *) two->pdata[0])->name, ==, "source/fhirsrc_1");
  g_assert_true (cr_removal_tasks_add (db, CR_REMOVAL_KEYRING, "source/fhirsrc_1", 2, NULL));
  g_assert_true (cr_removal_tasks_strike (db, two->pdata[0], NULL)); /* queued again since */
  g_assert_true (cr_removal_tasks_strike (db, two->pdata[1], NULL));
  one = cr_removal_tasks_list (db, NULL);
  g_assert_cmpuint (one->len, ==, 1);
  g_assert_cmpstr (((CrRemovalTask *) one->pdata[0])->name, ==, "source/fhirsrc_1");
}

#define ADD(name, data, func) g_test_add (name, Files, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  ADD ("/store/removal/patient", NULL, test_patient);
  ADD ("/store/removal/events-of-others", NULL, test_events_of_others);
  ADD ("/store/removal/data", NULL, test_data);
  ADD ("/store/removal/both", NULL, test_both);
  ADD ("/store/removal/killed-before", GINT_TO_POINTER (FALSE), test_killed);
  ADD ("/store/removal/killed-after", GINT_TO_POINTER (TRUE), test_killed);
  g_test_add_func ("/store/removal/tasks", test_tasks);

  return g_test_run ();
}
