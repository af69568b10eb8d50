/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-body.h"
#include "store/cr-claims-table.h"
#include "store/cr-ranges-table.h"
#include "store/cr-record-loader.h"
#include "store/cr-schema-private.h"

#include <string.h>

#define N_RECORDS 4

static void
save (CrDb *db, const char *id, const char *body)
{
  CrRecordOwner owner = { "a", "fhirsrc_1", "p1" };
  CrSaveCounts counts = { 0 };
  CrIncoming incoming;
  g_autoptr (GError) error = NULL;

  fixture_incoming (&incoming, "Observation", id, body, body, NULL, 0);
  cr_records_table_save (db, &owner, &incoming, 1, NULL, "search", NOW, &counts, &error);
  g_assert_no_error (error);
}

/* Records 1 to 4 of one patient, and an item that was planned to hold all of them. */
static CrDb *
open_planned (CrExportItem **item)
{
  CrDb *db = fixture_open ();
  g_autoptr (CrExportRun) run = cr_export_run_new ("run_1");
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (CrRange));
  CrRange range = { .first = 1, .last = N_RECORDS };
  g_autoptr (GError) error = NULL;

  fixture_add_patient (db, "a", "Ana");
  fixture_add_source (db, "fhirsrc_1");
  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  save (db, "o1", "{1}");
  save (db, "o2", "{2}");
  save (db, "o3", "{3}");
  save (db, "o4", "{4}");
  fixture_add_destination (db, "dest_1", "Lake");
  run->destination_id = g_strdup ("dest_1");
  run->status = CR_RUN_RUNNING;
  run->created_ms = NOW;
  g_assert_true (cr_runs_table_add (db, run, &error));

  *item = cr_export_item_new ("item_1");
  (*item)->run_id = g_strdup ("run_1");
  (*item)->destination_id = g_strdup ("dest_1");
  (*item)->name = g_strdup ("run_1/Observation-1.ndjson");
  (*item)->n_resources = N_RECORDS;
  range.sid = fixture_number (db, "SELECT sid FROM stream");
  range.type = cr_db_type_number (db, "Observation", FALSE, &error);
  g_array_append_val (ranges, range);
  g_assert_true (cr_items_table_add (db, *item, NULL, &error));
  g_assert_true (cr_ranges_table_add (db, "item_1", ranges, &error));
  return db;
}

/* In pieces of two bytes. */
static void
assert_body (CrDb *db, gint64 sequence, gsize n_bytes, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrBody) body = cr_body_open (db, sequence, &error);
  char read[8] = { 0 };

  g_assert_no_error (error);
  g_assert_cmpuint (cr_body_size (body), ==, n_bytes);
  for (gsize at = 0; at < n_bytes; at += 2)
    g_assert_true (cr_body_read (body, at, read + at, MIN (n_bytes - at, 2), &error));
  g_assert_cmpstr (read, ==, text);
  g_assert_false (cr_body_read (body, n_bytes, read, 1, NULL));
}

static void
test_read (void)
{
  g_autoptr (CrExportItem) item = NULL;
  g_autoptr (CrDb) db = open_planned (&item);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ranges = NULL;
  static const struct
  {
    gint64 after;
    gint64 rids[N_RECORDS];
    guint n;
  } rows[] = { { 0, { 1, 3, 4 }, 3 }, { 1, { 3, 4 }, 2 }, { 3, { 4 }, 1 }, { 4, { 0 }, 0 } };

  /* It has a newer version by now: that one is for a later run. */
  save (db, "o2", "{22}");
  ranges = cr_ranges_table_list (db, "item_1", &error);
  g_assert_cmpuint (ranges->len, ==, 1);
  for (guint i = 0; i < 3 * G_N_ELEMENTS (rows); i++)
    {
      CrRangeContent content = (CrRangeContent) (i / G_N_ELEMENTS (rows));
      g_autoptr (CrRangeReader) reader = cr_range_reader_new (db, content);
      guint at = i % G_N_ELEMENTS (rows);
      CrRangeRecord row;
      guint n = 0;

      cr_range_reader_open (reader, &g_array_index (ranges, CrRange, 0), rows[at].after);
      while (cr_range_reader_next (reader, &row, &error))
        {
          g_autofree char *id = g_strdup_printf ("o%" G_GINT64_FORMAT, row.rid);
          g_autofree char *body = g_strdup_printf ("{%" G_GINT64_FORMAT "}", row.rid);

          g_assert_cmpint (row.rid, ==, rows[at].rids[n++]);
          g_assert_cmpint (row.sequence, ==, row.rid);
          if (content == CR_RANGE_SIZES)
            assert_body (db, row.sequence, row.n_bytes, body);
          else
            g_assert_cmpmem (row.body, row.n_bytes, body, strlen (body));
          g_assert_cmpstr (row.id, ==, content == CR_RANGE_BODIES_AND_IDS ? id : NULL);
        }
      g_assert_no_error (error);
      g_assert_cmpuint (n, ==, rows[at].n);
    }
}

/* Bodies are found by the index of numbers alone, in the order in which they lie. */
static void
test_plan (void)
{
  g_autoptr (CrExportItem) item = NULL;
  g_autoptr (CrDb) db = open_planned (&item);
  g_autofree char *plan =
      fixture_plan (db, "SELECT r.rid, r.seq, v.body FROM record r JOIN version v ON v.seq = r.seq"
                        " WHERE r.sid = 1 AND r.seq BETWEEN 1 AND 4 ORDER BY r.seq");

  g_assert_nonnull (strstr (plan, "COVERING INDEX record_by_sequence"));
  g_assert_null (strstr (plan, "TEMP B-TREE"));
}

/* What an export is planned from stands in that index alone. */
static void
test_plan_heads (void)
{
  g_autoptr (CrExportItem) item = NULL;
  g_autoptr (CrDb) db = open_planned (&item);
  g_autofree char *plan =
      fixture_plan (db, "SELECT r.rid, r.seq, r.type, r.bytes FROM record r WHERE r.sid = 1"
                        " AND r.seq > 0 AND r.seq <= 4 ORDER BY r.seq LIMIT 10");

  g_assert_nonnull (strstr (plan, "COVERING INDEX record_by_sequence"));
  g_assert_null (strstr (plan, "TEMP B-TREE"));
}

static void
assert_sizes (CrDb *db, gsize first)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) heads = cr_record_heads_list (db, 1, NULL, 0, 100, 100, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (heads->len, ==, N_RECORDS);
  for (guint i = 0; i < N_RECORDS; i++)
    {
      const CrRecordHead *head = &g_array_index (heads, CrRecordHead, i);

      g_assert_cmpuint (head->n_bytes, ==, head->rid == 1 ? first : strlen ("{2}"));
    }
}

/* They are those of the latest versions, also of what was stored before they were kept. */
static void
test_sizes (void)
{
  g_autoptr (CrExportItem) item = NULL;
  g_autoptr (CrDb) db = open_planned (&item);
  g_autoptr (GError) error = NULL;

  assert_sizes (db, strlen ("{1}"));
  save (db, "o1", "{1, longer}");
  assert_sizes (db, strlen ("{1, longer}"));

  g_assert_true (cr_db_exec (db,
                             "DROP INDEX record_by_sequence; ALTER TABLE record DROP COLUMN bytes;"
                             "CREATE INDEX record_by_sequence ON record (sid, seq)",
                             &error));
  g_assert_true (cr_schema_add_sizes (db, &error));
  g_assert_no_error (error);
  assert_sizes (db, strlen ("{1, longer}"));
}

/* Two arrived, one did not, one was left out since it changed: only the failure has a row. */
static void
test_settle (void)
{
  g_autoptr (CrExportItem) item = NULL;
  g_autoptr (CrDb) db = open_planned (&item);
  g_autoptr (GArray) sent = g_array_new (FALSE, FALSE, sizeof (CrRecordMark));
  g_autoptr (GPtrArray) entries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_export_entry_free);
  g_autoptr (CrDestination) destination = NULL;
  g_autoptr (GError) error = NULL;
  CrRecordMark marks[] = { { 1, 1 }, { 3, 3 } };
  CrExportEntry *entry = cr_export_entry_new (4, 4);

  entry->status = CR_ITEM_FAILED;
  entry->is_retryable = TRUE;
  entry->error_code = g_strdup ("busy");
  g_ptr_array_add (entries, entry);
  entry = cr_export_entry_new (2, 2);
  entry->status = CR_ITEM_SUPERSEDED;
  g_ptr_array_add (entries, entry);
  g_array_append_vals (sent, marks, G_N_ELEMENTS (marks));
  item->status = CR_ITEM_FAILED;
  item->n_failed = 1;
  g_assert_true (cr_entries_table_settle (db, item, sent, entries, NOW + 5, &error));
  g_assert_no_error (error);

  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM export_range"), ==, 0);
  g_assert_cmpint (fixture_number (db, "SELECT sum (rid * 10 + seq) FROM export_entry"), ==, 44);
  g_assert_cmpint (fixture_number (db, "SELECT sum (rid * 10 + seq) FROM delivered"), ==, 44);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM delivered"), ==, 2);
  destination = cr_destinations_table_get (db, "dest_1", &error);
  g_assert_cmpuint (destination->n_delivered, ==, 2);
  g_assert_cmpuint (destination->n_failing, ==, 1);
}

/* What is left of an item fails with its run: as far as it is still there. */
static void
test_fail (void)
{
  g_autoptr (CrExportItem) item = NULL;
  g_autoptr (CrDb) db = open_planned (&item);
  g_autoptr (GPtrArray) failed = NULL;
  g_autoptr (GError) error = NULL;

  save (db, "o3", "{33}");
  g_assert_cmpint (cr_ranges_table_fail (db, "item_1", "sign_in", "The key was refused", &error),
                   ==, 3);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM export_range"), ==, 0);
  failed = cr_entries_table_list_failed (db, "dest_1", "run_1", 10, &error);
  g_assert_cmpuint (failed->len, ==, 3);
  g_assert_true (((CrExportEntry *) failed->pdata[0])->is_retryable);
  g_assert_cmpstr (((CrExportEntry *) failed->pdata[2])->error_message, ==, "The key was refused");
}

/* A cancelled run: what a watermark has passed is on the retry list, the next run plans the rest.
 */
static void
test_leave (gconstpointer data)
{
  gint64 watermark = GPOINTER_TO_INT (data);
  g_autoptr (CrExportItem) item = NULL;
  g_autoptr (CrDb) db = open_planned (&item);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (GPtrArray) failed = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_watermarks_table_set (db, "dest_1", "conn_1", watermark, NOW, &error));
  run = cr_runs_table_get (db, "run_1", &error);
  g_assert_true (cr_items_table_leave (db, run, &error));
  g_assert_no_error (error);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM export_range"), ==, 0);
  failed = cr_entries_table_list_failed (db, "dest_1", "run_1", 10, &error);
  g_assert_cmpint (failed->len, ==, watermark);
  g_assert_cmpint (
      fixture_number (db, "SELECT count(*) FROM export_item WHERE status = 'superseded'"), ==,
      watermark == 0);
}

static void
test_claim (void)
{
  g_autoptr (CrExportItem) item = NULL;
  g_autoptr (CrDb) db = open_planned (&item);
  CrRange range = { fixture_number (db, "SELECT sid FROM stream"), 1, 2, 3 };
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_claims_table_take (db, "dest_1", &range, &error));
  g_assert_true (cr_claims_table_take (db, "dest_1", &range, &error));
  g_assert_true (cr_claims_table_take_one (db, "dest_1", 4, &error));
  g_assert_cmpint (fixture_number (db, "SELECT sum (rid) FROM claim"), ==, 9);
}

/* Whoever is removed is not sent, although rows may get the same numbers again. */
static void
test_removed (void)
{
  g_autoptr (CrExportItem) item = NULL;
  g_autoptr (CrDb) db = open_planned (&item);
  g_autoptr (GArray) ranges = NULL;
  g_autoptr (CrRangeReader) reader = NULL;
  g_autoptr (GError) error = NULL;
  CrRangeRecord row;

  g_assert_true (cr_patients_table_remove (db, "a", &error));
  g_assert_no_error (error);
  fixture_add_patient (db, "a", "Another");
  fixture_add_connection (db, "conn_2", "a", "fhirsrc_1");
  save (db, "o1", "{other}");
  g_assert_cmpint (fixture_number (db, "SELECT min (rid) FROM record"), ==, 1);
  ranges = cr_ranges_table_list (db, "item_1", &error);
  reader = cr_range_reader_new (db, CR_RANGE_BODIES);
  cr_range_reader_open (reader, &g_array_index (ranges, CrRange, 0), 0);
  g_assert_false (cr_range_reader_next (reader, &row, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/ranges/read", test_read);
  g_test_add_func ("/store/ranges/plan", test_plan);
  g_test_add_func ("/store/ranges/plan-heads", test_plan_heads);
  g_test_add_func ("/store/ranges/sizes", test_sizes);
  g_test_add_func ("/store/ranges/settle", test_settle);
  g_test_add_func ("/store/ranges/fail", test_fail);
  g_test_add_data_func ("/store/ranges/leave", GINT_TO_POINTER (0), test_leave);
  g_test_add_data_func ("/store/ranges/leave-passed", GINT_TO_POINTER (3), test_leave);
  g_test_add_func ("/store/ranges/claim", test_claim);
  g_test_add_func ("/store/ranges/removed", test_removed);

  return g_test_run ();
}
