/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-first.h"
#include "store/cr-connections-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-pace-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-pulls-table.h"

#include <glib/gstdio.h>
#include <string.h>

/* What a run plans, and what becomes of it when something changes before it is sent. */

static gpointer
list_items (CrDb *db, gpointer run_id, GError **error)
{
  return cr_items_table_list (db, run_id, FALSE, 0, 100, error);
}

static char *
add_folder (Fixture *fixture)
{
  char *folder = export_test_make_folder (fixture);

  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  return folder;
}

/* Lines of a part that hold @text. */
static guint
count (const char *folder, CrExportRun *run, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, run->id, name, NULL);
  g_autofree char *lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &lines, NULL, NULL));
  for (const char *at = lines; (at = strstr (at, text)) != NULL; at++)
    n++;
  return n;
}

/* Types that came one between the other are a file each, parents first. */
static void
test_types (Fixture *fixture, gconstpointer data)
{
  static const char *const types[] = { "Observation", "Condition", "Provenance", "Organization" };
  static const char *const order[] = { "Organization", "Patient",     "Encounter",
                                       "Condition",    "Observation", "Provenance" };
  g_autofree char *folder = add_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (GPtrArray) items = NULL;

  export_test_fill (fixture);
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"resourceType\":\"%s\",\"id\":\"mixed%u\"}",
                                               types[i % G_N_ELEMENTS (types)], i);

      export_test_save (fixture, i % 3 == 0 ? "p0" : "p1", body);
    }
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS + 40);
  g_assert_cmpuint (run->n_items, ==, G_N_ELEMENTS (order));
  items = export_test_write (fixture, list_items, run->id);
  for (guint i = 0; i < items->len; i++)
    {
      CrExportItem *item = g_ptr_array_index (items, i);
      g_autofree char *name = g_strdup_printf ("%s/%s-1.ndjson", run->id, order[i]);
      g_autofree char *file = g_strdup_printf ("%s-1.ndjson", order[i]);

      g_assert_cmpuint (item->n, ==, i);
      g_assert_cmpstr (item->name, ==, name);
      g_assert_cmpuint (count (folder, run, file, "\"resourceType\":"), ==, item->n_resources);
    }
}

static gboolean
are_pending (GPtrArray *items)
{
  for (guint i = 0; i < items->len; i++)
    if (((CrExportItem *) g_ptr_array_index (items, i))->status != CR_ITEM_PENDING)
      return FALSE;

  return items->len > 0;
}

/* Runs so far that it is planned and nothing is sent. */
static void
plan_only (Fixture *fixture, CrExportRun *run)
{
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (CrExportFlow) flow = export_test_new_flow (fixture, run);
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (CrExportRun) end = NULL;
      g_autoptr (GPtrArray) items = NULL;

      cr_export_flow_run_async (flow, NULL, export_test_keep, &result);
      for (guint j = 0; j < i && result == NULL; j++)
        g_main_context_iteration (NULL, TRUE);
      cr_export_flow_suspend (flow);
      export_test_wait (&result);
      end = cr_export_flow_run_finish (flow, result, NULL);
      items = export_test_write (fixture, list_items, run->id);
      if (end->n_items > 0 && are_pending (items))
        return;
    }
  g_assert_not_reached ();
}

/* A pull that lands between the plan and the sending is neither missed nor sent twice. */
static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = add_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) end = NULL;
  g_autoptr (CrExportRun) next = NULL;
  g_autoptr (CrExportRun) nothing = NULL;

  export_test_fill (fixture);
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  plan_only (fixture, run);
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Observation\",\"id\":\"o1\",\"status\":\"amended\"}");
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Observation\",\"id\":\"new\",\"status\":\"final\"}");

  end = export_test_go (fixture, run);
  g_assert_cmpint (end->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (end->n_resources, ==, N_RECORDS - 1);
  g_assert_cmpuint (count (folder, end, "Observation-1.ndjson", "amended"), ==, 0);
  g_assert_cmpuint (count (folder, end, "Observation-1.ndjson", "\"resourceType\":"), ==,
                    N_PATIENTS * N_OBSERVATIONS - 1);
  next = export_test_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
  g_assert_cmpint (next->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (next->n_resources, ==, 2);
  g_assert_cmpuint (count (folder, next, "Observation-1.ndjson", "amended"), ==, 1);
  nothing = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);
  g_assert_cmpuint (nothing->n_items, ==, 0);
}

/* A retry of everything there is, planned and not sent. */
static CrExportRun *
plan_retry (Fixture *fixture, const char *folder)
{
  g_autoptr (CrExportRun) run = NULL;
  CrExportRun *retry;

  export_test_fill (fixture);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_FAILED);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);

  retry = export_test_add_run (fixture, CR_RUN_TRIGGER_MANUAL_RETRY, run->id);
  plan_only (fixture, retry);
  return retry;
}

/* A retry that is let go right after it was planned has not lost what it took on. */
static void
test_suspended_retry (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = add_folder (fixture);
  g_autoptr (CrExportRun) retry = plan_retry (fixture, folder);
  g_autoptr (CrExportRun) end = export_test_go (fixture, retry);

  export_test_assert_complete (end, N_RECORDS);
}

static gpointer
run_sql (CrDb *db, gpointer sql, GError **error)
{
  cr_db_exec (db, sql, error);
  return NULL;
}

/* What the store cannot read now is not taken for what is not there. */
static void
go_unreadable (Fixture *fixture, CrExportRun *run, const char *table)
{
  g_autofree char *away = g_strdup_printf ("ALTER TABLE %s RENAME TO away", table);
  g_autofree char *back = g_strdup_printf ("ALTER TABLE away RENAME TO %s", table);
  g_autoptr (CrExportFlow) flow = export_test_new_flow (fixture, run);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrExportRun) end = NULL;

  export_test_write (fixture, run_sql, away);
  cr_export_flow_run_async (flow, NULL, export_test_keep, &result);
  end = cr_export_flow_run_finish (flow, export_test_wait (&result), &error);
  export_test_write (fixture, run_sql, back);
  g_assert_nonnull (error);
  g_assert_null (end);
}

/* A record on the retry list that cannot be read stays on it. */
static void
test_unreadable_record (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = add_folder (fixture);
  g_autoptr (CrExportRun) retry = plan_retry (fixture, folder);
  g_autoptr (CrExportRun) end = NULL;

  go_unreadable (fixture, retry, "version");
  end = export_test_go (fixture, retry);
  export_test_assert_complete (end, N_RECORDS);
}

static gpointer
hold (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrHold) hold = cr_hold_new ("hold_1");

  hold->connection_id = g_strdup ("conn_1");
  hold->patient_id = g_strdup ("p1");
  hold->created_ms = 5;
  cr_holds_table_add (db, hold, error);
  return NULL;
}

/* Whose records wait for a decision is known, or nothing leaves. */
static void
test_unreadable_hold (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = add_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) end = NULL;

  export_test_fill (fixture);
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  plan_only (fixture, run);
  export_test_write (fixture, hold, NULL);
  go_unreadable (fixture, run, "connection");
  end = export_test_go (fixture, run);
  g_assert_cmpuint (end->n_resources, ==, N_RECORDS / N_PATIENTS);
}

#define NOW G_GINT64_CONSTANT (1700000000000)
#define DAY ((gint64) 24 * 60 * 60 * 1000)

typedef struct
{
  CrDestination *destination;
  CrExportRun *run;
} Failed;

/* A retry is planned while the clock is a year ahead; then it is set right. */
static gpointer
set_clock_right (CrDb *db, gpointer data, GError **error)
{
  Failed *failed = data;
  gint64 next_ms = -1;

  g_assert_true (cr_destinations_table_update (db, failed->destination, error));
  g_assert_true (cr_runs_table_plan_retry (db, failed->run, NOW, error));
  g_assert_true (cr_pace_table_shift (db, -365 * DAY, error));
  g_assert_true (cr_runs_table_queue_retries (db, NOW - 364 * DAY, &next_ms, error));
  g_assert_cmpint (next_ms, ==, 0);
  return NULL;
}

static void
test_clock_back (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = add_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_FAILED);
  export_test_write (fixture, set_clock_right, &(Failed){ fixture->destination, run });
}

static gpointer
rename_second (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrPatient) patient = cr_patients_table_get (db, "p1", error);

  g_free (patient->name);
  patient->name = g_strdup (data);
  g_assert_true (cr_patients_table_update (db, patient, error));
  return NULL;
}

/* Nobody compared them, and no hold says so: they stay, and are sent once they agree. */
static void
test_other_patient (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = add_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) next = NULL;

  export_test_fill (fixture);
  export_test_save (fixture, "p1",
                    "{\"resourceType\":\"Patient\",\"id\":\"portal-p1\","
                    "\"name\":[{\"family\":\"Novak\"}]}");
  export_test_write (fixture, rename_second, (gpointer) "Xaver Quux");
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS / 2);
  g_assert_cmpuint (run->n_patients, ==, 1);

  export_test_write (fixture, rename_second, (gpointer) "Ada Novak");
  next = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);
  g_assert_cmpint (next->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (next->n_resources, ==, N_RECORDS / 2);
}

static gpointer
set_pull (CrDb *db, gpointer data, GError **error)
{
  CrPull *pull = data;

  g_assert_true (pull->status == CR_PULL_QUEUED ? cr_pulls_table_add (db, pull, NULL, error)
                                                : cr_pulls_table_save (db, pull, error));
  return NULL;
}

/* The second patient's, which has brought a record and not yet the Patient. */
static CrPull *
begin_first_pull (Fixture *fixture)
{
  CrPull *pull = cr_pull_new ("pull_1");

  export_test_fill_without_patients (fixture);
  export_test_save (fixture, "p0", "{\"resourceType\":\"Observation\",\"id\":\"o\"}");
  export_test_save (fixture, "p1", "{\"resourceType\":\"Observation\",\"id\":\"o\"}");
  pull->patient_id = g_strdup ("p1");
  pull->connection_id = g_strdup ("conn_1");
  pull->source_id = g_strdup ("fhirsrc_a");
  pull->created_ms = 1;
  export_test_write (fixture, set_pull, pull);
  return pull;
}

static void
end_pull (Fixture *fixture, CrPull *pull)
{
  pull->status = CR_PULL_RUNNING;
  export_test_write (fixture, set_pull, pull);
  pull->status = CR_PULL_PARTIAL;
  pull->finished_ms = 2;
  export_test_write (fixture, set_pull, pull);
}

/* What a pull brings before the Patient waits for it; where none comes there is nothing to compare.
 */
static void
test_first_pull (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = add_folder (fixture);
  g_autoptr (CrPull) pull = begin_first_pull (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) next = NULL;

  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpuint (run->n_resources, ==, 1);

  end_pull (fixture, pull);
  next = export_test_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
  g_assert_cmpint (next->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (next->n_resources, ==, 1);
}

/* A run does not move its mark over what it left out, though the reason is gone when it ends. */
static void
test_first_pull_ends (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = add_folder (fixture);
  g_autoptr (CrPull) pull = begin_first_pull (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) end = NULL;
  g_autoptr (CrExportRun) next = NULL;

  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  plan_only (fixture, run);
  end_pull (fixture, pull);
  end = export_test_go (fixture, run);
  g_assert_cmpint (end->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (end->n_resources, ==, 1);

  next = export_test_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
  g_assert_cmpint (next->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (next->n_resources, ==, 1);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/plan/types", Fixture, NULL, export_test_set_up, test_types, export_test_tear_down);
  g_test_add ("/plan/changed-before-it-is-sent", Fixture, NULL, export_test_set_up, test_changed,
              export_test_tear_down);
  g_test_add ("/plan/suspended-retry", Fixture, NULL, export_test_set_up, test_suspended_retry,
              export_test_tear_down);
  g_test_add ("/plan/unreadable-record", Fixture, NULL, export_test_set_up, test_unreadable_record,
              export_test_tear_down);
  g_test_add ("/plan/unreadable-hold", Fixture, NULL, export_test_set_up, test_unreadable_hold,
              export_test_tear_down);
  g_test_add ("/plan/other-patient", Fixture, NULL, export_test_set_up, test_other_patient,
              export_test_tear_down);
  g_test_add ("/plan/first-pull-under-way", Fixture, NULL, export_test_set_up, test_first_pull,
              export_test_tear_down);
  g_test_add ("/plan/first-pull-ends-meanwhile", Fixture, NULL, export_test_set_up,
              test_first_pull_ends, export_test_tear_down);
  g_test_add ("/plan/clock-back", Fixture, NULL, export_test_set_up, test_clock_back,
              export_test_tear_down);

  return g_test_run ();
}
