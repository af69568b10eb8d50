/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "fixture.h"

#include <string.h>

#define N 40

/* Every fourth is of a second type; an older source gets some later. */
static void
fill (CrDb *db, const CrRecordOwner *owner, guint n, gint64 now_ms)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("%s-%02u", owner->source_id, i);
      g_autofree char *body = g_strdup_printf ("{\"id\":\"%s\"}", id);
      CrIncoming incoming;
      CrSaveCounts counts = { 0 };
      g_autoptr (GError) error = NULL;

      fixture_incoming (&incoming, i % 4 == 0 ? "Condition" : "Observation", id, body, body, NULL,
                        0);
      cr_records_table_save (db, owner, &incoming, 1, NULL, "search", now_ms + i, &counts, &error);
      g_assert_no_error (error);
    }
}

/* By pages, all of them, the last received first. Returns how many there were. */
static guint
check (CrDb *db, const CrRecordFilter *filter, const char *type)
{
  gint64 before = G_MAXINT64;
  guint n = 0;

  for (guint offset = 0;; offset += 7)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) page = cr_records_table_list (db, filter, TRUE, offset, 7, &error);

      g_assert_no_error (error);
      for (guint i = 0; i < page->len; i++, n++)
        {
          CrRecord *record = page->pdata[i];

          g_assert_cmpint (record->sequence, <, before);
          g_assert_true (type == NULL || g_str_equal (record->type, type));
          g_assert_nonnull (record->body);
          before = record->sequence;
        }
      if (page->len < 7)
        break;
    }
  g_assert_cmpint (cr_records_table_count (db, filter, NULL), ==, n);
  return n;
}

static void
test_pages (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  const CrRecordOwner first = { "a", "fhirsrc_1", "p1" };
  const CrRecordOwner second = { "a", "fhirsrc_2", "p1" };
  CrRecordFilter all = { .patient_id = "a" };
  CrRecordFilter typed = { .patient_id = "a", .type = "Condition" };
  CrRecordFilter none = { .patient_id = "a", .type = "Goal" };
  CrRecordFilter sourced = { .patient_id = "a", .source_id = "fhirsrc_1", .type = "Observation" };

  fixture_add_patient (db, "a", "Ana");
  fixture_add_source (db, "fhirsrc_1");
  fixture_add_source (db, "fhirsrc_2");
  fill (db, &first, N, NOW);
  g_assert_cmpuint (check (db, &all, NULL), ==, N);
  g_assert_cmpuint (check (db, &typed, "Condition"), ==, N / 4);
  g_assert_cmpuint (check (db, &none, "Goal"), ==, 0);

  /* A second source: what was of one stream is of two now. */
  fill (db, &second, N, NOW + 1000);
  g_assert_cmpuint (check (db, &all, NULL), ==, 2 * N);
  g_assert_cmpuint (check (db, &typed, "Condition"), ==, N / 2);
  g_assert_cmpuint (check (db, &sourced, "Observation"), ==, N - N / 4);
}

/* Nothing is sorted that can be walked in its order. */
static void
test_plan (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autofree char *any = fixture_plan (db, "SELECT rid FROM record WHERE sid = 1 AND seq > 0"
                                           " ORDER BY seq DESC LIMIT 64 OFFSET 0");
  g_autofree char *frequent =
      fixture_plan (db, "SELECT rid FROM record WHERE sid = 1 AND +type = 2 AND seq > 0"
                        " ORDER BY seq DESC LIMIT 64 OFFSET 0");

  g_assert_null (strstr (any, "B-TREE"));
  g_assert_nonnull (strstr (any, "record_by_sequence"));
  g_assert_null (strstr (frequent, "B-TREE"));
  g_assert_nonnull (strstr (frequent, "record_by_sequence"));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/records-list/pages", test_pages);
  g_test_add_func ("/store/records-list/plan", test_plan);
  return g_test_run ();
}
