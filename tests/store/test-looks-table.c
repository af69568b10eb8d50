/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-looks-table.h"

#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-removal-table.h"
#include "store/cr-retention.h"

#define MINUTE ((gint64) 60 * 1000)
#define DAY (24 * 60 * MINUTE)

static void
look_at (CrDb *db, const char *patient, CrLookKind kind, const char *person, gint64 at_ms)
{
  g_autoptr (CrLook) look = cr_look_new (patient, kind, person, at_ms);
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_looks_table_add (db, look, &error));
  g_assert_no_error (error);
}

static CrDb *
open_with_people (void)
{
  CrDb *db = fixture_open ();

  fixture_add_patient (db, "a", "Ana");
  fixture_add_patient (db, "b", "Bo");
  return db;
}

/* The same person, patient and kind within 15 minutes of the last time is one line. */
static void
test_together (void)
{
  static const struct
  {
    const char *patient;
    CrLookKind kind;
    const char *person;
    gint64 at_ms;
    gint64 n_lines; /* of the first patient, then */
  } rows[] = {
    { "a", CR_LOOK_PATIENT, "Ada", NOW, 1 },
    { "a", CR_LOOK_PATIENT, "Ada", NOW + 10 * MINUTE, 1 },
    { "a", CR_LOOK_PATIENT, "Ada", NOW + 25 * MINUTE, 1 },
    { "a", CR_LOOK_PATIENT, "Ada", NOW + 40 * MINUTE + 1, 2 },
    { "a", CR_LOOK_RECORD, "Ada", NOW + 41 * MINUTE, 3 },
    { "a", CR_LOOK_PATIENT, "Ben", NOW + 41 * MINUTE, 4 },
    { "b", CR_LOOK_PATIENT, "Ada", NOW + 41 * MINUTE, 4 },
    /* the clock was set back */
    { "a", CR_LOOK_PATIENT, "Ada", NOW + 20 * MINUTE, 4 },
    { "a", CR_LOOK_PATIENT, "Ada", NOW - MINUTE, 5 },
  };
  g_autoptr (CrDb) db = open_with_people ();
  g_autoptr (GPtrArray) looks = NULL;
  g_autoptr (GError) error = NULL;
  CrLook *first;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("row %u", i);
      look_at (db, rows[i].patient, rows[i].kind, rows[i].person, rows[i].at_ms);
      g_assert_cmpint (cr_looks_table_count (db, "a", &error), ==, rows[i].n_lines);
    }

  looks = cr_looks_table_list (db, "a", 3, 1, &error);
  g_assert_cmpint (looks->len, ==, 1);
  first = looks->pdata[0];
  g_assert_cmpstr (first->person, ==, "Ada");
  g_assert_cmpint (first->kind, ==, CR_LOOK_PATIENT);
  g_assert_cmpint (first->first_ms, ==, NOW);
  g_assert_cmpint (first->last_ms, ==, NOW + 25 * MINUTE);
}

/* Of whom there is not, nothing is kept, and that is no failure. */
static void
test_nobody (void)
{
  g_autoptr (CrDb) db = open_with_people ();

  look_at (db, "gone", CR_LOOK_PATIENT, "Ada", NOW);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM look"), ==, 0);
}

/* It is kept as long as who did what is, and goes with the patient alone. */
static void
test_kept (void)
{
  g_autoptr (CrDb) db = open_with_people ();
  g_autoptr (CrRemoval) removal = NULL;
  g_autoptr (GError) error = NULL;

  look_at (db, "a", CR_LOOK_PATIENT, "Ada", NOW);
  look_at (db, "b", CR_LOOK_PATIENT, "Ada", NOW);
  g_assert_cmpint (cr_retention_sweep (db, NOW + 4000 * DAY, 2000, &error), ==, 0);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM look"), ==, 2);

  removal = cr_removal_of_patient (db, "a", NOW, &error);
  g_assert_no_error (error);
  g_assert_cmpint (cr_looks_table_count (db, "a", &error), ==, 0);
  g_assert_cmpint (cr_looks_table_count (db, "b", &error), ==, 1);
}

/* However many there are, a page of one patient's is found in an index. */
static void
test_plan (void)
{
  g_autoptr (CrDb) db = open_with_people ();
  g_autofree char *plan = fixture_plan (db, "SELECT person FROM look WHERE patient_id = 'a'"
                                            " ORDER BY last_ms DESC, n DESC LIMIT 64 OFFSET 64");

  g_assert_nonnull (strstr (plan, "look_of_patient"));
  g_assert_null (strstr (plan, "TEMP B-TREE"));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/looks/together", test_together);
  g_test_add_func ("/store/looks/nobody", test_nobody);
  g_test_add_func ("/store/looks/kept", test_kept);
  g_test_add_func ("/store/looks/plan", test_plan);
  return g_test_run ();
}
