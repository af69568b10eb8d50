/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-api-keys-table.h"
#include "store/cr-pages.h"
#include "store/cr-record-stretch.h"

static const CrRecordOwner owners[] = {
  { "a", "fhirsrc_1", "p1" },
  { "a", "fhirsrc_2", "p1" },
  { "a", "fhirsrc_3", "p1" },
};
static const CrRecordOwner bob = { "b", "fhirsrc_1", "p2" };

static void
save_one (CrDb *db, const CrRecordOwner *owner, const char *type, guint n, const char *value)
{
  g_autofree char *id = g_strdup_printf ("r%u", n);
  g_autofree char *body = g_strdup_printf ("{\"id\":\"%s\",\"value\":%s}", id, value);
  CrSaveCounts counts = { 0 };
  g_autoptr (GError) error = NULL;
  CrIncoming incoming;

  fixture_incoming (&incoming, type, id, body, value, NULL, 0);
  cr_records_table_save (db, owner, &incoming, 1, "pull_1", "search", NOW + n, &counts, &error);
  g_assert_no_error (error);
}

static CrDb *
open_people (void)
{
  CrDb *db = fixture_open ();

  fixture_add_patient (db, "a", "Ana");
  fixture_add_patient (db, "b", "Bob");
  for (guint i = 0; i < G_N_ELEMENTS (owners); i++)
    {
      g_autofree char *id = g_strdup_printf ("conn_%u", i + 1);

      fixture_add_source (db, owners[i].source_id);
      fixture_add_connection (db, id, "a", owners[i].source_id);
    }
  return db;
}

/* Three sources, in turn and in stretches. */
static void
fill (CrDb *db, guint n)
{
  for (guint i = 0; i < n; i++)
    save_one (db, &owners[i / 3 % 3], i % 5 == 0 ? "Patient" : "Observation", i, "1.10");
  save_one (db, &bob, "Observation", 1, "1.10");
}

static CrStretch *
read_stretch (CrDb *db, const CrStretchAsk *ask)
{
  g_autoptr (GError) error = NULL;
  CrStretch *stretch = cr_record_stretch_read (db, ask, &error);

  g_assert_no_error (error);
  return stretch;
}

static gint64
sequence_at (CrStretch *stretch, guint i)
{
  return CR_RECORD (g_ptr_array_index (stretch->records, i))->sequence;
}

/* Each once, in order, whatever cuts the pieces. */
static void
test_stretch_order (void)
{
  static const struct
  {
    guint limit;
    gsize max_bytes;
  } cuts[] = { { 1, 1000 }, { 2, 1000 }, { 7, 1000 }, { 100, 1 }, { 100, 60 }, { 100, 1000 } };
  g_autoptr (CrDb) db = open_people ();

  fill (db, 40);
  for (guint c = 0; c < G_N_ELEMENTS (cuts); c++)
    {
      CrStretchAsk ask = {
        .patient_id = "a", .since_ms = -1, .limit = cuts[c].limit, .max_bytes = cuts[c].max_bytes
      };
      gboolean has_more = TRUE;
      guint n = 0;

      while (has_more)
        {
          g_autoptr (CrStretch) stretch = read_stretch (db, &ask);

          g_assert_cmpuint (stretch->records->len, >, 0);
          g_assert_cmpuint (stretch->records->len, <=, ask.limit);
          for (guint i = 0; i < stretch->records->len; i++)
            g_assert_cmpint (sequence_at (stretch, i), ==, ++n);
          ask.at = n;
          has_more = stretch->has_more;
        }
      g_assert_cmpuint (n, ==, 40);

      ask.is_backwards = TRUE;
      ask.at = 41;
      has_more = TRUE;
      while (has_more)
        {
          g_autoptr (CrStretch) stretch = read_stretch (db, &ask);

          g_assert_cmpuint (stretch->records->len, >, 0);
          for (guint i = stretch->records->len; i > 0; i--)
            g_assert_cmpint (sequence_at (stretch, i - 1), ==, n--);
          ask.at = n + 1;
          has_more = stretch->has_more;
        }
      g_assert_cmpuint (n, ==, 0);
    }
}

/* Records change and come between two pages: none is missed, each ends as it is now. */
static void
test_stretch_while_writing (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  CrStretchAsk ask = { .patient_id = "a", .since_ms = -1, .limit = 4, .max_bytes = 1000 };
  gboolean has_more = TRUE;

  fill (db, 30);
  for (guint page = 0; has_more; page++)
    {
      g_autoptr (CrStretch) stretch = read_stretch (db, &ask);

      for (guint i = 0; i < stretch->records->len; i++)
        {
          CrRecord *record = g_ptr_array_index (stretch->records, i);

          g_hash_table_replace (
              seen, g_strconcat (record->source_id, record->id, NULL),
              g_strndup (g_bytes_get_data (record->body, NULL), g_bytes_get_size (record->body)));
          ask.at = record->sequence;
        }
      has_more = stretch->has_more;
      if (page < 3)
        {
          save_one (db, &owners[0], "Observation", 1, "2.20");          /* read already */
          save_one (db, &owners[2], "Observation", 26, "2.20");         /* not yet */
          save_one (db, &owners[1], "Observation", 100 + page, "3.30"); /* new */
        }
    }

  g_assert_cmpuint (g_hash_table_size (seen), ==, 33);
  g_assert_nonnull (strstr (g_hash_table_lookup (seen, "fhirsrc_1r1"), "2.20"));
  g_assert_nonnull (strstr (g_hash_table_lookup (seen, "fhirsrc_3r26"), "2.20"));
  g_assert_nonnull (g_hash_table_lookup (seen, "fhirsrc_2r102"));
}

static void
test_stretch_filters (void)
{
  g_autoptr (CrDb) db = open_people ();
  CrStretchAsk ask = {
    .patient_id = "a", .types = ",Patient,Basic,", .since_ms = -1, .limit = 100, .max_bytes = 10000
  };
  g_autoptr (CrStretch) typed = NULL;
  g_autoptr (CrStretch) late = NULL;

  fill (db, 20);
  typed = read_stretch (db, &ask);
  g_assert_cmpuint (typed->records->len, ==, 4);
  ask.types = NULL;
  ask.since_ms = NOW + 14;
  late = read_stretch (db, &ask);
  g_assert_cmpuint (late->records->len, ==, 5);
}

/* What waits for a decision is kept back, and so is what was decided against. */
static void
test_stretch_held (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (CrHold) hold = cr_hold_new ("hold_1");
  g_autoptr (GError) error = NULL;
  CrStretchAsk ask = { .patient_id = "a", .since_ms = -1, .limit = 100, .max_bytes = 10000 };
  g_autofree char *before = NULL;
  g_autofree char *held = NULL;
  static const struct
  {
    CrHoldStatus status;
    guint n_records, n_held;
  } rows[] = { { CR_HOLD_OPEN, 6, 1 }, { CR_HOLD_REJECTED, 6, 1 }, { CR_HOLD_RELEASED, 9, 0 } };

  fill (db, 9);
  before = cr_record_stretch_mark (db, "a", &error);
  hold->connection_id = g_strdup ("conn_2");
  hold->patient_id = g_strdup ("a");
  hold->created_ms = NOW;
  cr_holds_table_add (db, hold, &error);
  g_assert_no_error (error);
  held = cr_record_stretch_mark (db, "a", &error);
  g_assert_cmpstr (before, !=, held);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *sql = g_strdup_printf ("UPDATE hold SET status = '%s'",
                                              rows[i].status == CR_HOLD_OPEN       ? "open"
                                              : rows[i].status == CR_HOLD_REJECTED ? "rejected"
                                                                                   : "released");
      g_autoptr (CrStretch) stretch = NULL;

      cr_db_exec (db, sql, &error);
      g_assert_no_error (error);
      stretch = read_stretch (db, &ask);
      g_assert_cmpuint (stretch->records->len, ==, rows[i].n_records);
      g_assert_cmpuint (stretch->held->len, ==, rows[i].n_held);
    }
}

/* Keyset pages: who comes is not seen, who goes takes nobody along. */
static void
test_pages (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (GError) error = NULL;
  CrPageAsk ask = { .kind = CR_PAGE_PATIENTS, .limit = 4 };
  g_autoptr (CrListPage) first = NULL;
  g_autoptr (CrListPage) second = NULL;

  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *id = g_strdup_printf ("p%u", i);

      fixture_add_patient (db, id, "N");
    }
  first = cr_pages_read (db, &ask, &error);
  g_assert_no_error (error);
  g_assert_true (first->has_more);
  g_assert_cmpstr (CR_PATIENT (g_ptr_array_index (first->rows, 0))->id, ==, "p9");
  g_assert_cmpstr (CR_PATIENT (g_ptr_array_index (first->rows, 3))->id, ==, "p6");

  ask.key = first->key;
  ask.at_ms = first->at_ms;
  ask.limit = 6;
  second = cr_pages_read (db, &ask, &error);
  g_assert_cmpstr (CR_PATIENT (g_ptr_array_index (second->rows, 0))->id, ==, "p5");
  g_clear_pointer (&second, cr_list_page_free);

  fixture_add_patient (db, "late", "N");
  cr_patients_table_remove (db, "p6", &error);
  g_assert_no_error (error);
  second = cr_pages_read (db, &ask, &error);
  g_assert_no_error (error);
  g_assert_false (second->has_more);
  g_assert_cmpuint (second->rows->len, ==, 6);
  g_assert_cmpstr (CR_PATIENT (g_ptr_array_index (second->rows, 0))->id, ==, "p5");
  g_assert_cmpstr (CR_PATIENT (g_ptr_array_index (second->rows, 5))->id, ==, "p0");
}

static void
test_api_keys (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (CrApiKey) key = cr_api_key_make (FALSE, NOW, &text);
  g_autoptr (GPtrArray) keys = NULL;
  g_autofree char *other = NULL;
  g_autofree char *id = NULL;
  CrApiKeyFault fault;
  CrApiKey *again;

  key->name = g_strdup ("Name");
  key->person = g_strdup ("tester");
  key->is_read_only = TRUE;
  key->expires_ms = NOW + 10;
  g_assert_true (cr_api_keys_table_add (db, key, &error));
  g_assert_true (cr_api_keys_table_touch (db, key->id, NOW + 1, &error));
  keys = cr_api_keys_table_list (db, &error);
  g_assert_no_error (error);
  again = g_ptr_array_index (keys, 0);
  g_assert_true (again->is_read_only);
  g_assert_cmpint (again->used_ms, ==, NOW + 1);
  g_assert_cmpint (cr_api_key_check (again, text, NOW), ==, CR_API_KEY_FINE);
  g_assert_cmpint (cr_api_key_check (again, text, NOW + 10), ==, CR_API_KEY_EXPIRED);
  other = g_strdup (text);
  other[strlen (other) - 1] = other[strlen (other) - 1] == '0' ? '1' : '0';
  g_assert_cmpint (cr_api_key_check (again, other, NOW + 10), ==, CR_API_KEY_UNKNOWN);

  id = cr_api_key_read_id (text, FALSE, &fault);
  g_assert_cmpstr (id, ==, key->id);
  g_assert_null (cr_api_key_read_id (text, TRUE, &fault));
  g_assert_cmpint (fault, ==, CR_API_KEY_OTHER_WORKSPACE);
  g_assert_null (cr_api_key_read_id ("mb_sk_live_", FALSE, &fault));
  g_assert_cmpint (fault, ==, CR_API_KEY_MALFORMED);

  g_assert_true (cr_api_keys_table_revoke (db, key->id, NOW + 2, &error));
  g_assert_true (cr_api_keys_table_revoke (db, key->id, NOW + 3, &error));
  g_clear_pointer (&keys, g_ptr_array_unref);
  keys = cr_api_keys_table_list (db, &error);
  again = g_ptr_array_index (keys, 0);
  g_assert_cmpint (again->revoked_ms, ==, NOW + 2);
  g_assert_cmpint (cr_api_key_check (again, text, NOW), ==, CR_API_KEY_REVOKED);
  g_assert_false (cr_api_keys_table_revoke (db, "key_x", NOW, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/pages/stretch-order", test_stretch_order);
  g_test_add_func ("/store/pages/stretch-while-writing", test_stretch_while_writing);
  g_test_add_func ("/store/pages/stretch-filters", test_stretch_filters);
  g_test_add_func ("/store/pages/stretch-held", test_stretch_held);
  g_test_add_func ("/store/pages/patients", test_pages);
  g_test_add_func ("/store/pages/api-keys", test_api_keys);
  return g_test_run ();
}
