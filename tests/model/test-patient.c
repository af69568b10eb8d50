/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-patient.h"

#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"

static const struct
{
  const char *id;
  const char *name;
  const char *email;
  const char *birth_date;
  const char *sex;
  const char *metadata;
  const char *named; /* a word of the refusal; NULL: accepted */
} rows[] = {
  { "user_42", "Ana Ruiz", "ana@example.org", "1980-02-29", "female", "{\"a\":1}", NULL },
  { "1", NULL, NULL, NULL, NULL, NULL, NULL },
  { "A/12?#%&=+ “q” '; --", NULL, NULL, NULL, NULL, NULL, NULL },
  { "患者-7", NULL, NULL, NULL, NULL, NULL, NULL },
  { "patient", NULL, NULL, NULL, NULL, NULL, NULL },
  { "conn", NULL, NULL, NULL, NULL, NULL, NULL },
  { "", NULL, NULL, NULL, NULL, NULL, "id" },
  { "a\nb", NULL, NULL, NULL, NULL, NULL, "id" },
  { "a\x7f", NULL, NULL, NULL, NULL, NULL, "id" },
  { "a\xff", NULL, NULL, NULL, NULL, NULL, "id" },
  { "pat_1", NULL, NULL, NULL, NULL, NULL, "id" },
  { "pf_1", NULL, NULL, NULL, NULL, NULL, "id" },
  { "conn_1", NULL, NULL, NULL, NULL, NULL, "id" },
  { "fhirsrc_1", NULL, NULL, NULL, NULL, NULL, "id" },
  { "wh_1", NULL, NULL, NULL, NULL, NULL, "id" },
  { "evt_1", NULL, NULL, NULL, NULL, NULL, "id" },
  { "ps_1", NULL, NULL, NULL, NULL, NULL, "id" },
  { "a", "Ana\tRuiz", NULL, NULL, NULL, NULL, "name" },
  { "a", NULL, "ana", NULL, NULL, NULL, "e-mail" },
  { "a", NULL, "@example.org", NULL, NULL, NULL, "e-mail" },
  { "a", NULL, "ana@", NULL, NULL, NULL, "e-mail" },
  { "a", NULL, "a b@example.org", NULL, NULL, NULL, "e-mail" },
  { "a", NULL, "a@b@c", NULL, NULL, NULL, "e-mail" },
  { "a", NULL, NULL, "1980", NULL, NULL, NULL },
  { "a", NULL, NULL, "1980-12", NULL, NULL, NULL },
  { "a", NULL, NULL, "1980-13", NULL, NULL, "birth date" },
  { "a", NULL, NULL, "1981-02-29", NULL, NULL, "birth date" },
  { "a", NULL, NULL, "29.02.1980", NULL, NULL, "birth date" },
  { "a", NULL, NULL, "1980-2-9", NULL, NULL, "birth date" },
  { "a", NULL, NULL, "1980-02-09T00:00", NULL, NULL, "birth date" },
  { "a", NULL, NULL, "", NULL, NULL, "birth date" },
  { "a", NULL, NULL, NULL, "other", NULL, NULL },
  { "a", NULL, NULL, NULL, "unknown", NULL, NULL },
  { "a", NULL, NULL, NULL, "F", NULL, "sex" },
  { "a", NULL, NULL, NULL, NULL, "[1]", "metadata" },
  { "a", NULL, NULL, NULL, NULL, "{", "metadata" },
};

static void
test_check (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CrPatient) patient = cr_patient_new (rows[i].id);
      g_autoptr (GError) error = NULL;
      gboolean ok;

      patient->name = g_strdup (rows[i].name);
      patient->email = g_strdup (rows[i].email);
      patient->birth_date = g_strdup (rows[i].birth_date);
      patient->sex = g_strdup (rows[i].sex);
      patient->metadata = g_strdup (rows[i].metadata);

      g_test_message ("row %u", i);
      ok = cr_patient_check (patient, &error);
      g_assert_cmpint (ok, ==, rows[i].named == NULL);
      if (rows[i].named == NULL)
        g_assert_no_error (error);
      else
        {
          g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
          g_assert_nonnull (strstr (error->message, rows[i].named));
        }
    }
}

/* Characters are counted, not bytes. */
static void
test_length (void)
{
  g_autofree char *at_limit = g_strnfill (200, 'x');
  g_autofree char *over = g_strnfill (201, 'x');
  GString *wide = g_string_new (NULL);
  g_autoptr (CrPatient) patient = cr_patient_new (at_limit);
  g_autoptr (CrPatient) longer = cr_patient_new (over);
  g_autoptr (CrPatient) wider = NULL;

  for (guint i = 0; i < 200; i++)
    g_string_append (wide, "患");
  wider = cr_patient_new (wide->str);
  g_string_free (wide, TRUE);

  g_assert_true (cr_patient_check (patient, NULL));
  g_assert_false (cr_patient_check (longer, NULL));
  g_assert_true (cr_patient_check (wider, NULL));
}

static void
test_title (void)
{
  g_autoptr (CrPatient) patient = cr_patient_new ("user_42");

  g_assert_cmpstr (cr_patient_get_title (patient), ==, "user_42");
  patient->name = g_strdup ("Ana Ruiz");
  g_assert_cmpstr (cr_patient_get_title (patient), ==, "Ana Ruiz");
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/model/patient/check", test_check);
  g_test_add_func ("/model/patient/length", test_length);
  g_test_add_func ("/model/patient/title", test_title);

  return g_test_run ();
}
