/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "pull-test.h"
#include "store/cr-check.h"
#include "store/cr-pull-marks-table.h"
#include "store/cr-records-table.h"
#include "store/cr-sources-table.h"

/* portals.md §3.6: time and identity. */

static gpointer
list_records (CrDb *db, gpointer data, GError **error)
{
  CrRecordFilter filter = { .patient_id = data, .type = "Condition" };

  return cr_records_table_list (db, &filter, FALSE, 0, 10000, error);
}

static guint
count_absent (PullTest *test, guint *n_gone)
{
  g_autoptr (GPtrArray) records =
      cr_rig_read (test->rig, list_records, test->connection->patient_id);
  guint n_missed = 0;

  *n_gone = 0;
  for (guint i = 0; i < records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (records, i);

      n_missed += record->missed_ms > 0;
      *n_gone += record->gone_ms > 0;
    }
  return n_missed;
}

static void
assert_absent (PullTest *test, guint n_missed, guint n_gone)
{
  guint gone;

  g_assert_cmpuint (count_absent (test, &gone), ==, n_missed);
  g_assert_cmpuint (gone, ==, n_gone);
}

static gpointer
check (CrDb *db, gpointer data, GError **error)
{
  return cr_check_run (db, error);
}

static void
assert_rules_hold (PullTest *test)
{
  g_autoptr (GPtrArray) findings = cr_rig_read (test->rig, check, NULL);

  for (guint i = 0; i < findings->len; i++)
    g_assert_true (((CrFinding *) g_ptr_array_index (findings, i))->ok);
}

static gpointer
forget_marks (CrDb *db, gpointer data, GError **error)
{
  return cr_pull_marks_table_forget_all (db, data, error) ? data : NULL;
}

/* Only a listing of everything shows what is not there any more. */
static CrPull *
pull_whole (PullTest *test)
{
  g_assert_nonnull (cr_rig_write (test->rig, forget_marks, test->connection->id));
  return pull_test_run (test);
}

static void
pull_to_end (PullTest *test)
{
  g_autoptr (CrPull) pull = pull_whole (test);

  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
}

typedef struct
{
  const char *name;
  const char *fault; /* NULL: none */
  guint n_missed;
  guint n_gone;
} Row;

static const Row rows[] = {
  { "404", "{\"types\":[\"Condition\"],\"n\":2}", 2, 2 },
  { "410", "{\"types\":[\"Condition\"],\"n\":2,\"status\":410}", 2, 2 },
  { "200", "{\"types\":[\"Condition\"],\"n\":2,\"status\":200}", 0, 0 },
  { "403", "{\"types\":[\"Condition\"],\"n\":2,\"status\":403}", 2, 0 },
  { "of-another", "{\"types\":[\"Condition\"],\"n\":2,\"status\":200,\"index\":4}", 2, 0 },
};

static gpointer
list_bodies (CrDb *db, gpointer data, GError **error)
{
  CrConnection *connection = data;
  CrRecordOwner owner = { connection->patient_id, connection->source_id,
                          connection->portal_patient_id };

  return cr_records_table_list_changed (db, &owner, "Condition", 0, G_MAXINT64, 10000, error);
}

/* What is stored is about the patient it is stored under. */
static void
assert_own (PullTest *test)
{
  g_autoptr (GPtrArray) records = cr_rig_read (test->rig, list_bodies, test->connection);
  g_autofree char *own = g_strconcat ("Patient/", test->connection->portal_patient_id, NULL);

  g_assert_cmpuint (records->len, >, 0);
  for (guint i = 0; i < records->len; i++)
    {
      gsize n_bytes;
      const char *body =
          g_bytes_get_data (CR_RECORD (g_ptr_array_index (records, i))->body, &n_bytes);

      g_assert_nonnull (g_strstr_len (body, (gssize) n_bytes, own));
    }
}

/* Two complete listings by the same questions, and a read that confirms: only then is it gone; when
 * it comes again it is no longer absent. */
static void
test_deleted (gconstpointer data)
{
  const Row *row = data;
  g_auto (PullTest) test = { 0 };
  guint n_before;

  pull_test_open (&test, LARGE_PERSON);
  pull_to_end (&test);
  n_before = pull_test_stored_count (&test, "Condition");
  assert_absent (&test, 0, 0);

  cr_rig_fault (test.rig, "hidden-records", row->fault);
  pull_to_end (&test);
  assert_absent (&test, row->n_missed, row->n_gone);
  pull_to_end (&test);
  assert_absent (&test, row->n_missed, row->n_gone);
  g_assert_cmpuint (pull_test_stored_count (&test, "Condition"), ==, n_before);
  assert_own (&test);

  cr_rig_clear_faults (test.rig);
  pull_to_end (&test);
  assert_absent (&test, 0, 0);
  assert_rules_hold (&test);
}

/* A listing that stopped half-way, one with a warning, and one after other rights prove nothing. */
static void
test_not_proven (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) partial = NULL;

  pull_test_open (&test, LARGE_PERSON);
  pull_to_end (&test);
  cr_rig_fault (test.rig, "hidden-records", rows[0].fault);

  cr_rig_fault (test.rig, "html-page", "{\"types\":[\"Condition\"]}");
  partial = pull_whole (&test);
  g_assert_cmpint (partial->status, ==, CR_PULL_PARTIAL);
  assert_absent (&test, 0, 0);

  cr_rig_clear_faults (test.rig);
  cr_rig_fault (test.rig, "hidden-records", rows[0].fault);
  cr_rig_fault (test.rig, "outcome-entry", "{\"types\":[\"Condition\"]}");
  pull_to_end (&test);
  assert_absent (&test, 0, 0);

  cr_rig_clear_faults (test.rig);
  cr_rig_fault (test.rig, "hidden-records", rows[0].fault);
  g_free (test.connection->scopes);
  test.connection->scopes = g_strdup ("patient/Condition.rs patient/Patient.rs");
  pull_to_end (&test);
  assert_absent (&test, 0, 0);
  pull_to_end (&test);
  assert_absent (&test, 2, 2);
}

/* A record that came without an id is kept under a name made here, which no portal knows: that it
 * cannot be read there does not show that it is gone. */
static void
test_without_id (void)
{
  g_auto (PullTest) test = { 0 };
  g_autofree char *parameters = NULL;

  pull_test_open (&test, LARGE_PERSON);
  parameters = g_strdup_printf (
      "{\"types\":[\"Condition\"],\"text\":\"{\\\"resourceType\\\":\\\"Condition\\\","
      "\\\"subject\\\":{\\\"reference\\\":\\\"Patient/%s\\\"}}\"}",
      test.connection->portal_patient_id);
  cr_rig_fault (test.rig, "extra-entry", parameters);
  pull_to_end (&test);
  assert_absent (&test, 0, 0);

  cr_rig_clear_faults (test.rig);
  pull_to_end (&test);
  pull_to_end (&test);
  assert_absent (&test, 1, 0);
}

/* Stopped among its confirming reads, the pull confirms the rest when it goes on. */
static void
test_resumed (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;

  pull_test_open (&test, LARGE_PERSON);
  pull_to_end (&test);
  cr_rig_fault (test.rig, "hidden-records", "{\"types\":[\"Condition\"],\"n\":4}");
  g_assert_nonnull (cr_rig_write (test.rig, forget_marks, test.connection->id));
  test.suspend_after = 3;
  do
    {
      g_clear_object (&pull);
      pull = pull_test_run (&test);
      pull_test_requeue (&test);
    }
  while (!cr_pull_status_is_final (pull->status));
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  assert_absent (&test, 4, 4);
}

/* The portal says so in its Patient: kept, and staff are told. */
static void
test_merged (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "merged-patient", "{}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_nonnull (strstr (pull_test_query (queries, "Patient")->outcome, "merged"));
  g_assert_cmpuint (pull_test_stored_count (&test, "Patient"), ==, 1);
}

/* The old id is gone: this is no pull that went well. */
static void
test_lost_patient (gconstpointer data)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *query;

  pull_test_open (&test, SMALL_PERSON);
  pull_to_end (&test);
  cr_rig_fault (test.rig, "hidden-records", data);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  query = pull_test_query (queries, "Patient");
  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  g_assert_cmpint (query->status, ==, CR_QUERY_FAILED);
  g_assert_nonnull (strstr (query->outcome, "no longer has this patient"));
  g_assert_cmpuint (pull_test_stored_count (&test, "Patient"), ==, 1);
}

static gpointer
list_sources (CrDb *db, gpointer data, GError **error)
{
  CrRecordFilter *filter = data;

  return cr_records_table_list (db, filter, TRUE, 0, 10000, error);
}

static GPtrArray *
conditions_of (PullTest *test, const char *source_id)
{
  CrRecordFilter filter = { .patient_id = test->connection->patient_id,
                            .source_id = source_id,
                            .type = "Condition" };

  return cr_rig_read (test->rig, list_sources, &filter);
}

static gpointer
get_source (CrDb *db, gpointer data, GError **error)
{
  return cr_sources_table_get (db, data, error);
}

/* Signs the same patient in at a second portal, which has other pages than the rig's own. */
static CrConnection *
connect_second (PullTest *test, CrRig *other, const char *source_id)
{
  g_autoptr (GError) error = NULL;
  CrSessionRequest request = { .patient_id = test->connection->patient_id,
                               .source_id = source_id,
                               .return_url = "https://app.example/back?x=1" };
  g_autoptr (CrSession) session = cr_rig_session (test->rig, &request, &error);
  g_autofree char *url = NULL;
  g_autofree char *back = NULL;
  g_autoptr (CrAnswer) begun = NULL;
  g_autoptr (CrAnswer) ended = NULL;
  g_autoptr (GPtrArray) connections = NULL;

  g_assert_no_error (error);
  url = cr_connect_get_session_url (test->rig->connect, session);
  begun = cr_rig_get (test->rig, url);
  back = cr_rig_sign_in (other, begun->location, test->person, CR_RIG_ALLOW);
  ended = cr_rig_get (test->rig, back);
  g_assert_nonnull (strstr (ended->location, "success=true"));
  connections = cr_rig_connections (test->rig, test->connection->patient_id);
  g_assert_cmpuint (connections->len, ==, 2);
  for (guint i = 0; i < connections->len; i++)
    {
      CrConnection *connection = g_ptr_array_index (connections, i);

      if (g_strcmp0 (connection->source_id, source_id) == 0)
        return g_object_ref (connection);
    }

  g_assert_not_reached ();
}

/* Two portals have the same types, ids and even the same patient id: each keeps what is its own,
 * and a change at one is none at the other. */
static void
test_same_ids (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrRig) other = cr_rig_new (TRUE);
  g_autofree char *base = g_strconcat (other->sandbox_uri, "/portal/fhir", NULL);
  g_autofree char *second_id = NULL;
  g_autofree char *first_id = NULL;
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GPtrArray) second = NULL;
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrPull) pull = NULL;
  guint n_first, n_changed = 0;

  pull_test_open (&test, SMALL_PERSON);
  first_id = g_strdup (test.source->id);
  pull_to_end (&test);
  n_first = pull_test_stored_count (&test, "Condition");

  second_id = cr_rig_add_source (test.rig, "Second portal", base, test.source->client_id);
  connection = connect_second (&test, other, second_id);
  g_assert_cmpstr (connection->portal_patient_id, ==, test.connection->portal_patient_id);
  g_set_object (&test.connection, connection);
  g_clear_object (&test.source);
  test.source = cr_rig_read (test.rig, get_source, second_id);
  cr_rig_fault (other, "changed-records", "{\"types\":[\"Condition\"],\"n\":2}");
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (pull->n_new, ==, pull->n_received);
  g_assert_cmpuint (pull_test_stored_count (&test, "Condition"), ==, 2 * n_first);

  first = conditions_of (&test, first_id);
  second = conditions_of (&test, second_id);
  g_assert_cmpuint (first->len, ==, n_first);
  g_assert_cmpuint (second->len, ==, n_first);
  for (guint i = 0; i < n_first; i++)
    {
      CrRecord *a = g_ptr_array_index (first, i);
      CrRecord *b = g_ptr_array_index (second, i);

      g_assert_cmpstr (a->id, ==, b->id);
      g_assert_cmpuint (a->n_versions, ==, 1);
      g_assert_cmpuint (b->n_versions, ==, 1);
      n_changed += !g_bytes_equal (a->body, b->body);
    }
  g_assert_cmpuint (n_changed, ==, 2);
  assert_rules_hold (&test);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/pull/rows/D08-deleted-", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_deleted);
    }
  g_test_add_func ("/pull/rows/D05-same-ids-at-two-portals", test_same_ids);
  g_test_add_func ("/pull/rows/D07-merged", test_merged);
  g_test_add_data_func ("/pull/rows/D07-404", "{\"types\":[\"Patient\"]}", test_lost_patient);
  g_test_add_data_func ("/pull/rows/D07-410", "{\"types\":[\"Patient\"],\"status\":410}",
                        test_lost_patient);
  g_test_add_func ("/pull/rows/D08-not-proven", test_not_proven);
  g_test_add_func ("/pull/rows/D08-without-id", test_without_id);
  g_test_add_func ("/pull/rows/D08-resumed", test_resumed);

  return g_test_run ();
}
