/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull-test.h"

#include "base/cr-first.h"
#include "fhir/cr-judge-patient.h"
#include "store/cr-connections-table.h"
#include "store/cr-guard-table.h"
#include "store/cr-patients-table.h"

#include <string.h>

/* The clinic's patient is compared with the portal's when a pull has ended, not at the sign-in
 * alone. */

typedef struct
{
  const char *patient_id;
  const char *name;
  const char *birth_date;
} Edit;

static gpointer
edit_patient (CrDb *db, gpointer data, GError **error)
{
  Edit *edit = data;
  g_autoptr (CrPatient) patient = cr_patients_table_get (db, edit->patient_id, error);

  g_assert_nonnull (patient);
  g_free (patient->name);
  g_free (patient->birth_date);
  patient->name = g_strdup (edit->name);
  patient->birth_date = g_strdup (edit->birth_date);
  g_assert_true (cr_patients_table_update (db, patient, error));
  return data;
}

static void
edit (PullTest *test, const char *name, const char *birth_date)
{
  Edit edit = { test->connection->patient_id, name, birth_date };

  cr_rig_write (test->rig, edit_patient, &edit);
}

typedef struct
{
  const char *id;
  CrHoldStatus status;
} Decision;

static gpointer
decide (CrDb *db, gpointer data, GError **error)
{
  Decision *decision = data;

  g_assert_true (cr_holds_table_decide (db, decision->id, decision->status, "Ada", 1, error));
  return data;
}

static GPtrArray *
holds_after_pull (PullTest *test)
{
  g_autoptr (CrPull) pull = pull_test_run (test);

  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  return cr_rig_holds (test->rig, test->connection->patient_id);
}

static void
test_decided (gconstpointer data)
{
  CrHoldStatus status = (CrHoldStatus) GPOINTER_TO_INT (data);
  g_auto (PullTest) test = { 0 };
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GPtrArray) again = NULL;
  g_autoptr (GPtrArray) other = NULL;
  Decision decision;
  CrHold *hold;

  pull_test_open (&test, SMALL_PERSON);
  edit (&test, NULL, "1802-02-03");
  first = holds_after_pull (&test);
  g_assert_cmpuint (first->len, ==, 1);
  hold = g_ptr_array_index (first, 0);
  g_assert_cmpint (hold->status, ==, CR_HOLD_OPEN);
  g_assert_cmpint (hold->reason, ==, CR_GUARD_BIRTH_DATE_DIFFERS);
  g_assert_nonnull (strstr (hold->detail, "1802-02-03"));

  decision = (Decision){ hold->id, status };
  cr_rig_write (test.rig, decide, &decision);
  again = holds_after_pull (&test);
  g_assert_cmpuint (again->len, ==, 1);
  g_assert_cmpint (CR_HOLD (g_ptr_array_index (again, 0))->status, ==, status);

  /* Only a release was about what was found then. */
  edit (&test, "Xaver Quux", NULL);
  other = holds_after_pull (&test);
  g_assert_cmpuint (other->len, ==, status == CR_HOLD_RELEASED ? 2 : 1);
}

static void
test_nothing_to_compare (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (GPtrArray) holds = NULL;

  pull_test_open (&test, SMALL_PERSON);
  edit (&test, NULL, NULL);
  holds = holds_after_pull (&test);
  g_assert_cmpuint (holds->len, ==, 0);
}

static gpointer
note_patient (CrDb *db, gpointer data, GError **error)
{
  g_assert_true (cr_guard_table_note_patient (db, data, cr_judge_patient, 5, error));
  return data;
}

static void
test_edited (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) after = NULL;

  pull_test_open (&test, SMALL_PERSON);
  before = holds_after_pull (&test);
  g_assert_cmpuint (before->len, ==, 0);

  edit (&test, "Xaver Quux", NULL);
  cr_rig_write (test.rig, note_patient, test.connection->patient_id);
  after = cr_rig_holds (test.rig, test.connection->patient_id);
  g_assert_cmpuint (after->len, ==, 1);
  g_assert_cmpint (CR_HOLD (g_ptr_array_index (after, 0))->reason, ==, CR_GUARD_NAME_DIFFERS);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/pull/guard/released", GINT_TO_POINTER (CR_HOLD_RELEASED), test_decided);
  g_test_add_data_func ("/pull/guard/rejected", GINT_TO_POINTER (CR_HOLD_REJECTED), test_decided);
  g_test_add_func ("/pull/guard/nothing-to-compare", test_nothing_to_compare);
  g_test_add_func ("/pull/guard/edited", test_edited);

  return g_test_run ();
}
