/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-record-search.h"

#define N 150
#define LONG_US (60 * G_USEC_PER_SEC)

static const CrRecordOwner first = { "a", "fhirsrc_1", "p1" };
static const CrRecordOwner second = { "a", "fhirsrc_2", "p1" };
static const CrRecordOwner other = { "b", "fhirsrc_1", "p2" };

static void
save (CrDb *db, const CrRecordOwner *owner, const char *type, const char *id, const char *body)
{
  CrIncoming incoming;
  CrSaveCounts counts = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_incoming (&incoming, type, id, body, body, NULL, 0);
  cr_records_table_save (db, owner, &incoming, 1, NULL, "search", NOW, &counts, &error);
  g_assert_no_error (error);
}

/* To its end, step by step: each record once, of a source the last received first. Returns how many
 * were found. */
static guint
search (CrDb *db, const CrRecordFilter *filter, const char *text, gint64 most_us, guint n_all)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);
  CrSearchPlace place = { 0 };
  guint n_looked = 0, n_steps = 0;
  gboolean is_end = FALSE;

  while (!is_end)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CrSearchStep) step =
          cr_record_search_step (db, filter, text, &place, most_us, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (n_steps++, <=, n_all + 2);
      for (guint i = 0; i < step->records->len; i++)
        {
          CrRecord *record = g_object_ref (step->records->pdata[i]);
          CrRecord *before = kept->len > 0 ? kept->pdata[kept->len - 1] : NULL;

          g_assert_nonnull (record->body);
          g_assert_cmpstr (record->patient_id, ==, filter->patient_id);
          g_assert_true (filter->type == NULL || g_str_equal (record->type, filter->type));
          g_assert_true (g_hash_table_add (seen, &record->rid));
          if (before != NULL && g_str_equal (before->source_id, record->source_id))
            g_assert_cmpint (record->sequence, <, before->sequence);
          g_ptr_array_add (kept, record);
        }
      n_looked += step->n_looked;
      place = step->next;
      is_end = step->is_end;
    }
  g_assert_cmpuint (n_looked, ==, n_all);
  if (most_us == 0)
    g_assert_cmpuint (n_steps, >=, n_all);
  return kept->len;
}

/* Words of a record find it among those of its patient, and nobody else's. */
static void
test_words (void)
{
  static const struct
  {
    const char *patient;
    const char *text;
    guint n;
  } rows[] = { { "a", "glucose", 1 }, { "a", "GLUCOSE", 1 }, { "a", "o2", 1 },
               { "a", "mg/dL", 2 },   { "a", "nothing", 0 }, { "a", "%", 0 },
               { "a", "_", 0 },       { "b", "glucose", 0 }, { "b", "urea", 1 } };
  g_autoptr (CrDb) db = fixture_open_people ();

  save (db, &first, "Observation", "o1", "{\"code\":\"Glucose\",\"unit\":\"mg/dL\"}");
  save (db, &first, "Observation", "o2", "{\"code\":\"Urea\",\"unit\":\"mg/dL\"}");
  save (db, &other, "Observation", "o2", "{\"code\":\"Urea\",\"unit\":\"mg/dL\"}");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      CrRecordFilter filter = { .patient_id = rows[i].patient };

      g_test_message ("“%s” of %s", rows[i].text, rows[i].patient);
      g_assert_cmpuint (
          search (db, &filter, rows[i].text, LONG_US, g_str_equal (rows[i].patient, "a") ? 2 : 1),
          ==, rows[i].n);
    }
}

/* However short its steps are, a search goes through all once: of several sources, of one, of a
 * type. Of a record its latest version counts. */
static void
test_steps (void)
{
  static const struct
  {
    const char *source;
    const char *type;
    guint n_all;
    guint n_found;
  } rows[] = { { NULL, NULL, 2 * N, 2 * N / 3 },
               { "fhirsrc_2", NULL, N, N / 3 },
               { NULL, "Condition", N, N / 3 },
               { NULL, "Goal", 0, 0 } };
  g_autoptr (CrDb) db = fixture_open_people ();

  save (db, &first, "Observation", "fhirsrc_1-1", "{\"was\":\"needle\"}");
  for (guint i = 0; i < 2 * N; i++)
    {
      const CrRecordOwner *owner = i < N ? &first : &second;
      g_autofree char *id = g_strdup_printf ("%s-%u", owner->source_id, i % N);
      g_autofree char *body = g_strdup_printf ("{\"n\":%u%s}", i, i % 3 == 0 ? ",\"needle\"" : "");

      save (db, owner, i % 2 == 0 ? "Condition" : "Observation", id, body);
    }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (gint64 most_us = 0; most_us <= LONG_US; most_us += LONG_US)
      {
        CrRecordFilter filter = { "a", rows[i].source, rows[i].type, FALSE };

        g_assert_cmpuint (search (db, &filter, "NEEDLE", most_us, rows[i].n_all), ==,
                          rows[i].n_found);
        g_assert_cmpuint (search (db, &filter, "needles", most_us, rows[i].n_all), ==, 0);
      }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/record-search/words", test_words);
  g_test_add_func ("/record-search/steps", test_steps);

  return g_test_run ();
}
