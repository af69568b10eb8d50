/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-schema-private.h"

static const CrRecordOwner ana = { "a", "fhirsrc_1", "p1" };

static CrDb *
open_store (void)
{
  CrDb *db = fixture_open ();

  fixture_add_source (db, "fhirsrc_1");
  fixture_add_patient (db, "a", "Ana");
  return db;
}

static void
exec (CrDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;

  cr_db_exec (db, sql, &error);
  g_assert_no_error (error);
}

/* An Observation that points at @to, or nowhere. */
static void
save (CrDb *db, const char *id, const char *body, const char *to)
{
  CrReference reference = { "Encounter", to };
  CrSaveCounts counts = { 0 };
  CrIncoming incoming;
  g_autoptr (GError) error = NULL;

  fixture_incoming (&incoming, "Observation", id, body, body, &reference, to != NULL);
  cr_records_table_save (db, &ana, &incoming, 1, NULL, "search", NOW, &counts, &error);
  g_assert_no_error (error);
}

/* What is missing, in the order of the rows. */
static void
assert_missing (CrDb *db, const char *ids)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) missing = cr_records_table_list_missing (db, &ana, NULL, 100, &error);
  g_autoptr (GString) found = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < missing->len; i++)
    g_string_append_printf (found, "%s ", ((CrReference *) missing->pdata[i])->id);
  g_assert_cmpstr (found->str, ==, ids);
}

/* The next row is far behind those that are there. */
static void
leave_room (CrDb *db)
{
  exec (db, "INSERT INTO record (rid, sid, type, id, seq, n, first_seen_ms, confirmed_ms)"
            " SELECT max (rid) + 300000, 99, 1, 'far', 0, 0, 0, 0 FROM record");
}

static void
test_any_stretch (void)
{
  g_autoptr (CrDb) db = open_store ();

  save (db, "o1", "{1}", "e1");
  assert_missing (db, "e1 ");
  save (db, "o1", "{2}", NULL);
  assert_missing (db, "");

  /* From behind. */
  leave_room (db);
  save (db, "o2", "{1}", "e1");
  assert_missing (db, "e1 ");

  /* From before. */
  save (db, "o1", "{3}", "e2");
  assert_missing (db, "e1 e2 ");

  save (db, "o2", "{2}", "e3");
  assert_missing (db, "e2 e3 ");
  save (db, "o1", "{4}", NULL);
  save (db, "o2", "{3}", NULL);
  assert_missing (db, "");
}

static gboolean
uses_stretches (CrDb *db)
{
  g_autofree char *plan =
      fixture_plan (db, "SELECT 1 FROM reference b WHERE b.rid >> 17 = :n AND b.to_rid = :rid");

  return strstr (plan, "reference_back (<expr>=? AND to_rid=?)") != NULL;
}

/* What an older version stored is found as before. */
static void
test_migrated (void)
{
  g_autoptr (CrDb) db = open_store ();
  g_autoptr (GError) error = NULL;

  exec (db, "DROP INDEX reference_back; CREATE INDEX reference_back ON reference (to_rid, rid)");
  g_assert_false (uses_stretches (db));
  save (db, "o1", "{1}", "e1");
  leave_room (db);
  save (db, "o1", "{2}", "e2");
  save (db, "o2", "{1}", "e1");

  g_assert_true (cr_schema_add_stretches (db, &error));
  g_assert_no_error (error);
  g_assert_true (uses_stretches (db));
  assert_missing (db, "e1 e2 ");
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/references/any-stretch", test_any_stretch);
  g_test_add_func ("/store/references/migrated", test_migrated);

  return g_test_run ();
}
