/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-stmt.h"

/* What the stamps of portals and this computer's clock may be. */

static const CrRecordOwner ana = { "a", "fhirsrc_1", "p1" };

static void
save_stamped (CrDb *db, const char *body, const char *stamp, gint64 now_ms, guint n_changed)
{
  CrIncoming incoming;
  CrSaveCounts counts;

  fixture_incoming (&incoming, "Observation", "o1", body, body, NULL, 0);
  incoming.last_updated = stamp;
  counts = fixture_save (db, &ana, &incoming, 1, now_ms);
  g_assert_cmpint (counts.n_changed, ==, n_changed);
  g_assert_cmpint (counts.n_received, ==, 1);
}

/* A portal of several machines can answer with a state it has left behind: kept, never the latest,
 * and kept once however often it comes. */
static void
test_out_of_order (void)
{
  static const char *const order[] = { "{2}", "{late}", "{1}" };
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (CrRecord) record = NULL;
  g_autoptr (GPtrArray) versions = NULL;
  g_autoptr (GError) error = NULL;

  save_stamped (db, "{1}", "2023-01-01T10:00:00Z", NOW, 0);
  save_stamped (db, "{2}", "2023-01-03T10:00:00Z", NOW + 1, 1);
  for (guint i = 0; i < 3; i++)
    save_stamped (db, "{late}", "2023-01-02T23:00:00+05:00", NOW + 2 + i, 0);
  save_stamped (db, "{1}", "2023-01-01T10:00:00Z", NOW + 5, 0); /* what is known already */
  save_stamped (db, "{2}", "2023-01-02T10:00:00Z", NOW + 6, 0); /* same content, older stamp */

  record = fixture_get (db, "Observation", "o1", 0);
  fixture_assert_body (record, "{2}");
  g_assert_cmpint (record->sequence, ==, 2);
  g_assert_cmpint (record->version, ==, 3);
  g_assert_cmpint (record->n_versions, ==, 3);
  g_assert_cmpint (record->last_confirmed_ms, ==, NOW + 6);
  versions = cr_records_table_list_versions (db, record->rid, &error);
  g_assert_cmpint (versions->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (CrRecord) version = fixture_get (db, "Observation", "o1", 3 - i);

      g_assert_cmpint (((CrRecord *) versions->pdata[i])->version, ==, 3 - i);
      fixture_assert_body (version, order[i]);
    }

  /* The stamp of the latest stayed, so the next real change is one. */
  save_stamped (db, "{3}", "2023-01-03T10:00:01Z", NOW + 7, 1);
  save_stamped (db, "{4}", NULL, NOW + 8, 1);
  save_stamped (db, "{5}", "yesterday", NOW + 9, 1);
}

/* A stamp from the future, which a portal's wrong clock made, hides nothing that comes after it. */
static void
test_future_stamp (void)
{
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (CrRecord) record = NULL;

  save_stamped (db, "{1}", "2023-01-01T10:00:00Z", NOW, 0);
  save_stamped (db, "{2}", "9999-12-31T23:59:59Z", NOW + 1, 1);
  save_stamped (db, "{3}", "2023-01-02T10:00:00Z", NOW + 2, 1);
  save_stamped (db, "{2}", "2023-01-01T10:00:00Z", NOW + 3, 0); /* once it is right it counts */

  record = fixture_get (db, "Observation", "o1", 0);
  fixture_assert_body (record, "{3}");
  g_assert_cmpint (record->n_versions, ==, 3);
}

static void
begin_pull (CrDb *db, gint64 now_ms)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "UPDATE pull SET started_ms = :now_ms");

  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  g_assert_true (cr_stmt_run (stmt, NULL));
}

/* Stored while this computer's clock was a year ahead: a later pull counts it when it comes again,
 * and does not say that nothing came. */
static void
test_clock_was_ahead (void)
{
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (CrRecord) record = NULL;

  save_stamped (db, "{1}", NULL, NOW + G_GINT64_CONSTANT (365) * 24 * 3600 * 1000, 0);
  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  fixture_add_pull (db, "pull_1", "conn_1", CR_PULL_RUNNING);
  begin_pull (db, NOW);
  save_stamped (db, "{1}", NULL, NOW + 1, 0);
  record = fixture_get (db, "Observation", "o1", 0);
  g_assert_cmpint (record->last_confirmed_ms, ==, NOW + 1);
}

/* What came in a pull during which the clock was set back is not missed by that pull. */
static void
test_clock_set_back (void)
{
  g_autoptr (CrDb) db = fixture_open_people ();
  g_autoptr (CrRecord) record = NULL;

  save_stamped (db, "{1}", NULL, NOW - 1, 0);
  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  fixture_add_pull (db, "pull_1", "conn_1", CR_PULL_RUNNING);
  begin_pull (db, NOW);
  save_stamped (db, "{1}", NULL, NOW - 3600 * 1000, 0);
  record = fixture_get (db, "Observation", "o1", 0);
  g_assert_cmpint (record->last_confirmed_ms, ==, NOW);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/records-clock/out-of-order", test_out_of_order);
  g_test_add_func ("/store/records-clock/D02-future-stamp", test_future_stamp);
  g_test_add_func ("/store/records-clock/D10-clock-was-ahead", test_clock_was_ahead);
  g_test_add_func ("/store/records-clock/D10-clock-set-back", test_clock_set_back);

  return g_test_run ();
}
