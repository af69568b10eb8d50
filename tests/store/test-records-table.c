/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-record-loader.h"
#include "store/cr-removal-table.h"
#include "store/cr-stmt.h"

static const CrRecordOwner ana = { "a", "fhirsrc_1", "p1" };
static const CrRecordOwner other_portal = { "a", "fhirsrc_2", "p1" };
static const CrRecordOwner bob = { "b", "fhirsrc_1", "p2" };

/* Equal bytes confirm; other stamps alone too; other content is a new version. */
static void
test_versions (void)
{
  static const char *const first = "{\"resourceType\":\"Observation\",\"value\":1.10}";
  static const char *const stamped = "{\"meta\":{\"versionId\":\"2\"},\"value\":1.10}";
  static const char *const second = "{\"resourceType\":\"Observation\",\"value\":1.1}";
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (CrRecord) record = NULL;
  g_autoptr (GPtrArray) versions = NULL;
  g_autoptr (GError) error = NULL;
  CrSaveCounts counts;
  CrIncoming incoming;

  fixture_incoming (&incoming, "Observation", "o1", first, "1.10", NULL, 0);
  counts = fixture_save (db, &ana, &incoming, 1, NOW);
  g_assert_cmpint (counts.n_new, ==, 1);
  g_assert_cmpint (cr_records_table_newest_sequence (db, &error), ==, 1);

  counts = fixture_save (db, &ana, &incoming, 1, NOW + 1);
  g_assert_cmpint (counts.n_unchanged, ==, 1);

  fixture_incoming (&incoming, "Observation", "o1", stamped, "1.10", NULL, 0);
  incoming.version_id = "2";
  counts = fixture_save (db, &ana, &incoming, 1, NOW + 2);
  g_assert_cmpint (counts.n_unchanged, ==, 1);
  record = fixture_get (db, "Observation", "o1", 0);
  fixture_assert_body (record, first);
  g_assert_cmpint (record->version, ==, 1);
  g_assert_cmpint (record->first_seen_ms, ==, NOW);
  g_assert_cmpint (record->last_confirmed_ms, ==, NOW + 2);
  g_assert_cmpint (fixture_number (db, "SELECT stamp_version FROM record WHERE seq > 0"), ==, 2);
  g_assert_cmpint (cr_records_table_newest_sequence (db, &error), ==, 1);

  fixture_incoming (&incoming, "Observation", "o1", second, "1.1", NULL, 0);
  counts = fixture_save (db, &ana, &incoming, 1, NOW + 3);
  g_assert_cmpint (counts.n_changed, ==, 1);
  g_clear_object (&record);
  record = fixture_get (db, "Observation", "o1", 0);
  fixture_assert_body (record, second);
  g_assert_cmpint (record->version, ==, 2);
  g_assert_cmpint (record->n_versions, ==, 2);
  g_assert_cmpint (record->sequence, ==, 2);
  g_assert_cmpint (record->received_ms, ==, NOW + 3);
  g_assert_cmpint (record->first_seen_ms, ==, NOW);
  g_assert_cmpstr (record->reached, ==, "search");
  g_assert_cmpint (strlen (record->sha256), ==, 64);

  versions = cr_records_table_list_versions (db, record->rid, &error);
  g_assert_no_error (error);
  g_assert_cmpint (versions->len, ==, 2);
  g_assert_cmpint (((CrRecord *) versions->pdata[1])->version, ==, 1);
  g_assert_null (((CrRecord *) versions->pdata[1])->body);
  g_clear_object (&record);
  record = fixture_get (db, "Observation", "o1", 1);
  fixture_assert_body (record, first);

  g_assert_null (cr_records_table_get (db, "a", NULL, "Observation", "o1", 3, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

static void
save_in_pull (CrDb *db, guint n, const char *body, const char *stamp)
{
  g_autofree char *id = g_strdup_printf ("pull_%u", n);
  g_autofree char *sql = g_strdup_printf (
      "UPDATE pull SET created_ms = %1$" G_GINT64_FORMAT ", started_ms = %1$" G_GINT64_FORMAT
      " + 1, finished_ms = %1$" G_GINT64_FORMAT " + 9 WHERE id = '%2$s'",
      NOW + 10 * n, id);
  g_autoptr (GError) error = NULL;
  CrSaveCounts counts = { 0 };
  CrIncoming incoming;

  fixture_add_pull (db, id, "conn_1", CR_PULL_COMPLETE);
  g_assert_true (cr_db_exec (db, sql, &error));
  fixture_incoming (&incoming, "Observation", "o1", body, body, NULL, 0);
  incoming.version_id = stamp;
  incoming.last_updated = stamp;
  g_assert_true (cr_records_table_save (db, &ana, &incoming, 1, id, "search", NOW + 10 * n + 5,
                                        &counts, &error));
}

static void
assert_origin (CrDb *db, guint version, const char *const pulls[3], const char *stamp)
{
  g_autoptr (CrRecord) record = fixture_get (db, "Observation", "o1", version);
  g_autoptr (GError) error = NULL;
  CrPull *found[3];

  g_assert_true (cr_records_table_read_origin (db, record, &error));
  found[0] = record->first_pull;
  found[1] = record->pull;
  found[2] = record->last_pull;
  for (guint i = 0; i < 3; i++)
    g_assert_cmpstr (found[i] != NULL ? found[i]->id : NULL, ==, pulls[i]);
  g_assert_cmpstr (record->source_version, ==, stamp);
  g_assert_cmpstr (record->source_updated, ==, stamp);
}

/* Of each version which pull brought it; of the record which saw it first and which last. */
static void
test_origin (void)
{
  static const char *const once[3] = { "pull_1", "pull_1", "pull_1" };
  static const char *const late[3] = { "pull_1", "pull_2", "pull_4" };
  static const char *const first[3] = { "pull_1", "pull_1", "pull_4" };
  static const char *const last[3] = { "pull_1", "pull_3", "pull_4" };
  static const char *const since[3] = { "pull_1", "pull_3", NULL };
  g_autoptr (CrDb) db = fixture_open_people ();
  CrSaveCounts counts = { 0 };
  CrIncoming incoming;

  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  fixture_add_connection (db, "conn_2", "a", "fhirsrc_2");
  save_in_pull (db, 1, "{first}", "2023-01-02T00:00:00Z");
  assert_origin (db, 0, once, "2023-01-02T00:00:00Z");
  save_in_pull (db, 2, "{late}", "2023-01-01T00:00:00Z");
  save_in_pull (db, 3, "{last}", "2023-01-03T00:00:00Z");
  save_in_pull (db, 4, "{last}", "2023-01-04T00:00:00Z");
  fixture_add_pull (db, "pull_0", "conn_2", CR_PULL_RUNNING); /* meanwhile, of another source */
  g_assert_true (cr_db_exec (db,
                             "UPDATE pull SET created_ms = p.created_ms + 1,"
                             " started_ms = p.started_ms + 1 FROM (SELECT * FROM pull"
                             " WHERE id = 'pull_4') p WHERE pull.id = 'pull_0'",
                             NULL));
  assert_origin (db, 1, late, NULL);
  assert_origin (db, 2, first, NULL);
  assert_origin (db, 3, last, "2023-01-04T00:00:00Z");

  fixture_incoming (&incoming, "Observation", "o1", "{last}", "{last}", NULL, 0);
  incoming.version_id = incoming.last_updated = "2023-01-05T00:00:00Z";
  cr_records_table_save (db, &ana, &incoming, 1, NULL, "read", NOW + 50, &counts, NULL);
  assert_origin (db, 3, since, "2023-01-05T00:00:00Z");
}

static void
test_twice_in_one_call (void)
{
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (CrRecord) record = NULL;
  CrIncoming incoming[4];
  CrSaveCounts counts;

  fixture_incoming (&incoming[0], "Condition", "c", "{1}", "1", NULL, 0);
  fixture_incoming (&incoming[1], "Condition", "c", "{1}", "1", NULL, 0);
  fixture_incoming (&incoming[2], "Condition", "c", "{2}", "2", NULL, 0);
  fixture_incoming (&incoming[3], "OperationOutcome", "x", "{3}", "3", NULL, 0);
  incoming[3].mode = CR_ENTRY_OUTCOME;
  counts = fixture_save (db, &ana, incoming, 4, NOW);

  g_assert_cmpint (counts.n_received, ==, 3);
  g_assert_cmpint (counts.n_new, ==, 1);
  g_assert_cmpint (counts.n_unchanged, ==, 1);
  g_assert_cmpint (counts.n_changed, ==, 1);
  record = fixture_get (db, "Condition", "c", 0);
  fixture_assert_body (record, "{2}");
}

/* A resource without id is kept under its content. */
static void
test_no_id (void)
{
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  CrRecordFilter filter = { .patient_id = "a" };
  CrIncoming incoming;

  fixture_incoming (&incoming, "Observation", NULL, "{}", "same", NULL, 0);
  g_assert_cmpint (fixture_save (db, &ana, &incoming, 1, NOW).n_new, ==, 1);
  g_assert_cmpint (fixture_save (db, &ana, &incoming, 1, NOW).n_unchanged, ==, 1);
  list = cr_records_table_list (db, &filter, FALSE, 0, 10, &error);
  g_assert_cmpint (list->len, ==, 1);
  g_assert_true (g_str_has_prefix (((CrRecord *) list->pdata[0])->id, "sha256-"));
  g_assert_cmpint (strlen (((CrRecord *) list->pdata[0])->id), ==, 7 + 32);
}

/* The same id of another source, or of another patient, is another record. */
static void
test_identity (void)
{
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (CrRecord) record = NULL;
  g_autoptr (GError) error = NULL;
  CrRecordFilter filter = { .patient_id = "a" };
  CrRecordFilter all = { 0 };
  CrRecordFilter one_source = { .patient_id = "a", .source_id = "fhirsrc_2" };
  CrRecordFilter typed = { .type = "Patient" };
  CrIncoming incoming;

  fixture_incoming (&incoming, "Patient", "x_1", "{}", "", NULL, 0);
  g_assert_cmpint (fixture_save (db, &ana, &incoming, 1, NOW).n_new, ==, 1);
  g_assert_cmpint (fixture_save (db, &other_portal, &incoming, 1, NOW).n_new, ==, 1);
  g_assert_cmpint (fixture_save (db, &bob, &incoming, 1, NOW).n_new, ==, 1);
  g_assert_cmpint (fixture_save (db, &ana, &incoming, 1, NOW).n_unchanged, ==, 1);

  g_assert_cmpint (cr_records_table_count (db, &filter, &error), ==, 2);
  g_assert_cmpint (cr_records_table_count (db, &all, &error), ==, 3);
  g_assert_cmpint (cr_records_table_count (db, &one_source, &error), ==, 1);
  g_assert_cmpint (cr_records_table_count (db, &typed, &error), ==, 3);

  record = cr_records_table_get (db, "a", "fhirsrc_2", "Patient", "x_1", 0, &error);
  g_assert_cmpstr (record->source_id, ==, "fhirsrc_2");
  g_assert_cmpstr (record->source_name, ==, "Clinic fhirsrc_2");
  g_assert_null (cr_records_table_get (db, "a", NULL, "Nothing", "x_1", 0, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

static guint
n_missing (CrDb *db, const CrRecordOwner *owner, const char *const *types)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) missing = cr_records_table_list_missing (db, owner, types, 100, &error);

  g_assert_no_error (error);
  return missing->len;
}

static void
test_references (void)
{
  static const char *const encounters[] = { "Encounter", NULL };
  CrReference to[] = { { "Patient", "p1" }, { "Encounter", "e1" }, { "Encounter", "e1" } };
  CrReference to_other[] = { { "Encounter", "e2" } };
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (GPtrArray) missing = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GPtrArray) types = NULL;
  g_autoptr (GError) error = NULL;
  CrRecordFilter filter = { .patient_id = "a" };
  CrIncoming incoming;

  g_assert_cmpint (n_missing (db, &ana, NULL), ==, 0);
  fixture_incoming (&incoming, "Observation", "o1", "{1}", "1", to, 3);
  fixture_save (db, &ana, &incoming, 1, NOW);
  g_assert_cmpint (n_missing (db, &ana, NULL), ==, 2);
  g_assert_cmpint (n_missing (db, &bob, NULL), ==, 0);
  g_assert_false (cr_records_table_has (db, &ana, "Encounter", "e1", &error));

  missing = cr_records_table_list_missing (db, &ana, encounters, 100, &error);
  g_assert_cmpint (missing->len, ==, 1);
  g_assert_cmpstr (((CrReference *) missing->pdata[0])->type, ==, "Encounter");
  g_assert_cmpstr (((CrReference *) missing->pdata[0])->id, ==, "e1");

  /* What is only referred to is nowhere else. */
  list = cr_records_table_list (db, &filter, FALSE, 0, 10, &error);
  g_assert_cmpint (list->len, ==, 1);
  g_assert_cmpint (cr_records_table_count (db, &filter, &error), ==, 1);
  types = cr_records_table_count_types (db, "a", NULL, &error);
  g_assert_cmpint (types->len, ==, 1);
  g_assert_null (cr_records_table_get (db, "a", NULL, "Encounter", "e1", 0, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);

  /* It comes, as new. */
  fixture_incoming (&incoming, "Encounter", "e1", "{e}", "e", NULL, 0);
  g_assert_cmpint (fixture_save (db, &ana, &incoming, 1, NOW + 5).n_new, ==, 1);
  g_assert_true (cr_records_table_has (db, &ana, "Encounter", "e1", &error));
  g_assert_cmpint (n_missing (db, &ana, encounters), ==, 0);
  g_assert_cmpint (fixture_number (db, "SELECT first_seen_ms FROM record WHERE id = 'e1'"), ==,
                   NOW + 5);

  /* A new version brings its own references and drops the old ones. */
  fixture_incoming (&incoming, "Observation", "o1", "{2}", "2", to_other, 1);
  fixture_save (db, &ana, &incoming, 1, NOW + 6);
  g_assert_cmpint (n_missing (db, &ana, NULL), ==, 1);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM reference"), ==, 1);
}

static void
begin_pull (CrDb *db, gint64 now_ms)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "UPDATE pull SET started_ms = :now_ms");

  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  g_assert_true (cr_stmt_run (stmt, NULL));
}

/* Large bodies are not all held at once. */
static void
test_changed_large (void)
{
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (GError) error = NULL;
  g_autofree char *body = g_strnfill (10 << 20, '1');
  static const char *const ids[] = { "d1", "d2", "d3" };
  static const guint n_expected[] = { 2, 1, 0 };
  gint64 after = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      CrIncoming incoming;

      fixture_incoming (&incoming, "DocumentReference", ids[i], body, ids[i], NULL, 0);
      fixture_save (db, &ana, &incoming, 1, NOW);
    }
  for (guint i = 0; i < G_N_ELEMENTS (n_expected); i++)
    {
      g_autoptr (GPtrArray) list =
          cr_records_table_list_changed (db, &ana, NULL, after, G_MAXINT64, 100, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (list->len, ==, n_expected[i]);
      if (list->len > 0)
        after = CR_RECORD (g_ptr_array_index (list, list->len - 1))->sequence;
    }
}

static void
fill (CrIncoming *incoming, const char *const *ids, guint n)
{
  for (guint i = 0; i < n; i++)
    fixture_incoming (&incoming[i], "Observation", ids[i], ids[i], ids[i], NULL, 0);
}

/* Rows that lie side by side are confirmed at once: those that came, and no other. */
static void
test_confirm_many (void)
{
  static const char *const all[] = { "o1", "o2", "o3", "o4", "o5", "o6" };
  static const struct
  {
    const char *ids[6];
    guint n;
  } rows[] = {
    { { "o1", "o2", "o3", "o4", "o5", "o6" }, 6 },
    { { "o6", "o5", "o4", "o3", "o2", "o1" }, 6 },
    { { "o1", "o2", "o4", "o5" }, 4 },
    { { "o5", "o6", "o1", "o2" }, 4 },
    { { "o3" }, 1 },
    { { "o1", "o3", "o5", "o2", "o4", "o6" }, 6 },
    { { "o2", "o3", "o2", "o3" }, 2 },
  };
  g_autoptr (CrDb) db = fixture_open_people ();
  CrIncoming incoming[6];

  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  fixture_add_pull (db, "pull_1", "conn_1", CR_PULL_RUNNING);
  fill (incoming, all, 6);
  g_assert_cmpint (fixture_save (db, &ana, incoming, 6, NOW).n_new, ==, 6);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gint64 now_ms = NOW + 1000 * (gint64) (i + 1);
      guint n = 0;
      CrSaveCounts counts;

      while (n < 6 && rows[i].ids[n] != NULL)
        n++;
      g_test_message ("row %u", i);
      begin_pull (db, now_ms - 1);
      fill (incoming, rows[i].ids, n);
      counts = fixture_save (db, &ana, incoming, n, now_ms);
      g_assert_cmpint (counts.n_unchanged, ==, rows[i].n);
      g_assert_cmpint (counts.n_received, ==, rows[i].n);
      for (guint j = 0; j < 6; j++)
        {
          g_autoptr (CrRecord) record = fixture_get (db, "Observation", all[j], 0);
          gboolean came = FALSE;

          for (guint k = 0; k < n; k++)
            came |= strcmp (rows[i].ids[k], all[j]) == 0;
          g_assert_true ((record->last_confirmed_ms == now_ms) == came);
          g_assert_cmpint (record->n_versions, ==, 1);
        }
    }
}

/* What is expected to be new and is not, in between: nothing is lost, and no number is drawn twice
 * or left out. */
static void
test_known_among_new (void)
{
  static const char *const some[] = { "o3", "o5" };
  static const char *const all[] = { "o1", "o2", "o3", "o4", "o5", "o6" };
  g_autoptr (CrDb) db = fixture_open_people ();
  CrReference to_later = { "Observation", "o6" };
  CrIncoming incoming[6];
  CrSaveCounts counts;

  fill (incoming, some, 2);
  incoming[0].references = &to_later;
  incoming[0].n_references = 1;
  fixture_save (db, &ana, incoming, 2, NOW);
  fill (incoming, all, 6);
  fixture_incoming (&incoming[4], "Observation", "o5", "changed", "changed", NULL, 0);
  counts = fixture_save (db, &ana, incoming, 6, NOW + 1);
  g_assert_cmpint (counts.n_new, ==, 4);
  g_assert_cmpint (counts.n_changed, ==, 1);
  g_assert_cmpint (counts.n_unchanged, ==, 1);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM record"), ==, 6);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM version"), ==, 7);
  g_assert_cmpint (fixture_number (db, "SELECT max (seq) FROM version"), ==, 7);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM record r JOIN version v"
                                       " ON v.seq = r.seq AND v.rid = r.rid"),
                   ==, 6);
}

/* What a page keeps back until it is asked for. */
typedef struct
{
  CrIncoming whole;
  guint n_asked;
} Late;

static gboolean
complete_cb (const CrIncoming *incoming, GError **error)
{
  Late *late = incoming->page;
  CrIncoming *filled = (CrIncoming *) incoming;

  late->n_asked++;
  memcpy (filled->content, late->whole.content, CR_CONTENT_HASH_SIZE);
  filled->references = late->whole.references;
  filled->n_references = late->whole.n_references;
  filled->complete = NULL;
  return TRUE;
}

static void
make_late (CrIncoming *incoming, Late *late)
{
  late->whole = *incoming;
  late->n_asked = 0;
  incoming->page = late;
  incoming->complete = complete_cb;
  incoming->references = NULL;
  incoming->n_references = 0;
  memset (incoming->content, 0, CR_CONTENT_HASH_SIZE);
}

/* Of equal bytes nothing more is asked; of others the content, which decides whether a version is
 * new; and of what is new all, references too. */
static void
test_late (void)
{
  static const char *const some[] = { "o1", "o2", "o3" };
  g_autoptr (CrDb) db = fixture_open_people ();
  CrReference to = { "Encounter", "e1" };
  CrIncoming incoming[5];
  Late late[5];
  CrSaveCounts counts;
  const char *all[] = { "o1", "o2", "o3", "o4", "o5" };
  static const guint n_asked[] = { 0, 1, 1, 1, 1 };
  static const guint n_versions[] = { 1, 1, 2, 1, 1 };

  fill (incoming, some, 3);
  fixture_save (db, &ana, incoming, 3, NOW);
  fill (incoming, all, 5);
  fixture_incoming (&incoming[1], "Observation", "o2", "other bytes, same content", "o2", NULL, 0);
  fixture_incoming (&incoming[2], "Observation", "o3", "changed", "changed", &to, 1);
  incoming[3].references = &to;
  incoming[3].n_references = 1;
  for (guint i = 0; i < 5; i++)
    make_late (&incoming[i], &late[i]);

  counts = fixture_save (db, &ana, incoming, 5, NOW + 1);
  g_assert_cmpint (counts.n_unchanged, ==, 2);
  g_assert_cmpint (counts.n_changed, ==, 1);
  g_assert_cmpint (counts.n_new, ==, 2);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (CrRecord) record = fixture_get (db, "Observation", all[i], 0);

      g_assert_cmpuint (late[i].n_asked, ==, n_asked[i]);
      g_assert_cmpint (record->n_versions, ==, n_versions[i]);
      g_assert_cmpint (record->last_confirmed_ms, ==, NOW + 1);
    }
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM reference"), ==, 2);
}

static void
test_changed (void)
{
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (GError) error = NULL;
  CrIncoming incoming[3];
  static const struct
  {
    const char *type;
    gint64 after;
    gint64 upto;
    guint limit;
    guint n;
  } rows[] = {
    { NULL, 0, 100, 10, 3 },        { NULL, 0, 100, 2, 2 },       { NULL, 1, 100, 10, 3 },
    { NULL, 2, 100, 10, 2 },        { NULL, 0, 3, 10, 2 },        { NULL, 4, 100, 10, 0 },
    { "Condition", 0, 100, 10, 2 }, { "Nothing", 0, 100, 10, 0 },
  };

  fixture_incoming (&incoming[0], "Condition", "c1", "{1}", "1", NULL, 0);
  fixture_incoming (&incoming[1], "Condition", "c2", "{2}", "2", NULL, 0);
  fixture_incoming (&incoming[2], "Encounter", "e1", "{3}", "3", NULL, 0);
  fixture_save (db, &ana, incoming, 3, NOW);
  fixture_incoming (&incoming[0], "Condition", "c1", "{4}", "4", NULL, 0);
  fixture_save (db, &ana, incoming, 1, NOW);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gint64 before = 0;
      g_autoptr (GPtrArray) list = cr_records_table_list_changed (
          db, &ana, rows[i].type, rows[i].after, rows[i].upto, rows[i].limit, &error);
      g_autoptr (GArray) heads =
          rows[i].type == NULL
              ? cr_record_heads_list (db, cr_record_heads_stream (db, &ana, &error),
                                      i % 2 == 0 ? "dest_1" : NULL, rows[i].after, rows[i].upto,
                                      rows[i].limit, &error)
              : NULL;
      g_autoptr (CrRecordLoader) loader = cr_record_loader_new (db);

      g_assert_no_error (error);
      g_test_message ("row %u", i);
      g_assert_cmpint (list->len, ==, rows[i].n);
      if (heads != NULL)
        g_assert_cmpint (heads->len, ==, rows[i].n);
      for (guint j = 0; j < list->len; j++)
        {
          CrRecord *record = list->pdata[j];
          const CrRecordHead *head = heads != NULL ? &g_array_index (heads, CrRecordHead, j) : NULL;
          g_autoptr (CrRecord) loaded = cr_record_loader_get (loader, record->rid, &error);

          g_assert_cmpint (record->sequence, >, before);
          g_assert_true (head == NULL ||
                         (head->rid == record->rid && head->sequence == record->sequence &&
                          head->n_bytes == record->n_bytes && head->delivered == 0 &&
                          g_str_equal (cr_db_type_name (db, head->type), record->type)));
          g_assert_no_error (error);
          g_assert_cmpstr (loaded->patient_id, ==, record->patient_id);
          g_assert_cmpstr (loaded->source_id, ==, record->source_id);
          g_assert_cmpstr (loaded->type, ==, record->type);
          g_assert_cmpstr (loaded->id, ==, record->id);
          g_assert_cmpint (loaded->sequence, ==, record->sequence);
          g_assert_true (g_bytes_equal (loaded->body, record->body));
          before = record->sequence;
        }
    }
}

/* Numbers grow with every transaction; one that is undone leaves nothing, its numbers included. */
static void
test_sequence (void)
{
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (GError) error = NULL;
  CrIncoming incoming;

  fixture_incoming (&incoming, "NewType", "n", "{1}", "1", NULL, 0);
  cr_db_begin (db, &error);
  fixture_save (db, &ana, &incoming, 1, NOW);
  cr_db_rollback (db);
  g_assert_cmpint (cr_records_table_newest_sequence (db, &error), ==, 0);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM rtype"), ==, 0);

  for (gint64 i = 1; i <= 5; i++)
    {
      g_autofree char *body = g_strdup_printf ("{%d}", (int) i);

      fixture_incoming (&incoming, "NewType", "n", body, body, NULL, 0);
      cr_db_begin (db, &error);
      fixture_save (db, &ana, &incoming, 1, NOW);
      cr_db_commit (db, &error);
      g_assert_no_error (error);
      g_assert_cmpint (cr_records_table_newest_sequence (db, &error), ==, i);
    }
}

static void
test_remove_data (void)
{
  CrReference to = { "Patient", "p1" };
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrRemoval) removal = NULL;
  g_autoptr (GError) error = NULL;
  CrRecordFilter all = { 0 };
  CrIncoming incoming;

  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  fixture_incoming (&incoming, "Observation", "o", "{1}", "1", &to, 1);
  fixture_save (db, &ana, &incoming, 1, NOW);
  fixture_save (db, &bob, &incoming, 1, NOW);
  fixture_incoming (&incoming, "Observation", "o", "{2}", "2", &to, 1);
  fixture_save (db, &ana, &incoming, 1, NOW);
  connection = cr_connections_table_get (db, "conn_1", &error);
  g_assert_cmpint (connection->n_records, ==, 1);

  removal = cr_removal_of_data (db, "conn_1", NOW, &error);
  g_assert_cmpint (cr_records_table_count (db, &all, &error), ==, 1);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM version"), ==, 1);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM record"), ==, 2);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM reference"), ==, 1);
  g_clear_object (&connection);
  connection = cr_connections_table_get (db, "conn_1", &error);
  g_assert_cmpint (connection->n_records, ==, 0);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/records/versions", test_versions);
  g_test_add_func ("/store/records/origin", test_origin);
  g_test_add_func ("/store/records/twice-in-one-call", test_twice_in_one_call);
  g_test_add_func ("/store/records/no-id", test_no_id);
  g_test_add_func ("/store/records/identity", test_identity);
  g_test_add_func ("/store/records/references", test_references);
  g_test_add_func ("/store/records/confirm-many", test_confirm_many);
  g_test_add_func ("/store/records/known-among-new", test_known_among_new);
  g_test_add_func ("/store/records/late", test_late);
  g_test_add_func ("/store/records/C20-changed-large", test_changed_large);
  g_test_add_func ("/store/records/changed", test_changed);
  g_test_add_func ("/store/records/sequence", test_sequence);
  g_test_add_func ("/store/records/remove-data", test_remove_data);

  return g_test_run ();
}
