/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cr-trip-rig.h"

#include "base/cr-first.h"

#include <string.h>

/* Who signed in is known from claims alone, and those come in more than one page. */

static char *
benefit_of (CrRig *rig, guint person)
{
  return g_strdup_printf ("{\"resourceType\":\"ExplanationOfBenefit\",\"id\":\"b%u\","
                          "\"patient\":{\"reference\":\"Patient/%s\"}}",
                          person, cr_rig_person (rig, person, "portal_patient_id"));
}

static void
fault_with_body (CrRig *rig, const char *name, const char *type, const char *body)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *) body, strlen (body));
  g_autofree char *parameters =
      g_strdup_printf ("{\"types\":[\"%s\"],\"base64\":\"%s\"}", type, base64);

  cr_rig_fault (rig, name, parameters);
}

/* The portal's first page is about patient 0 and leads to @next; the sandbox's Conditions, which
 * stand for the second page, hold a claim of @second. */
static void
show_pages (CrRig *rig, const char *next, guint second)
{
  g_autofree char *one = benefit_of (rig, 0);
  g_autofree char *other = benefit_of (rig, second);
  g_autofree char *page = g_strdup_printf (
      "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"link\":[{\"relation\":\"next\","
      "\"url\":\"%s\"}],\"entry\":[{\"resource\":%s}]}",
      next, one);

  cr_rig_fault (rig, "missing-patient", "{}");
  cr_rig_fault (rig, "patient-search", "{\"n\":0}");
  cr_rig_fault (rig, "status", "{\"types\":[\"Coverage\",\"Goal\"],\"status\":404}");
  fault_with_body (rig, "raw-answer", "ExplanationOfBenefit", page);
  fault_with_body (rig, "extra-entry", "Condition", other);
}

typedef struct
{
  const char *next; /* %s: the portal's id of patient 0 */
  guint second;
  CrFailureCode code;
} Case;

static const Case cases[] = {
  { "Condition?patient=%s&_count=1000", 1, CR_FAILURE_PATIENT_AMBIGUOUS },
  { "Condition?patient=%s&_count=1000", 0, CR_FAILURE_NONE },
  { "ExplanationOfBenefit?patient=%s", 0, CR_FAILURE_PATIENT_AMBIGUOUS }, /* without end */
  { "Goal?patient=%s", 0, CR_FAILURE_PATIENT_AMBIGUOUS },                 /* not there */
  { "https://elsewhere.example/Condition?patient=%s", 0, CR_FAILURE_PATIENT_AMBIGUOUS },
};

static void
test_pages (gconstpointer data)
{
  const Case *row = data;
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autoptr (GPtrArray) connections = NULL;
  g_auto (GStrv) parts = g_strsplit (row->next, "%s", 2);
  g_autofree char *next =
      g_strconcat (parts[0], cr_rig_person (rig, 0, "portal_patient_id"), parts[1], NULL);
  g_autofree char *back = NULL;

  show_pages (rig, next, row->second);
  back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  if (row->code != CR_FAILURE_NONE)
    trip_assert_failed (rig, session, back, row->code);
  else
    trip_assert_connected (rig, session, back);

  connections = cr_rig_connections (rig, session->patient_id);
  g_assert_cmpuint (connections->len, ==, row->code == CR_FAILURE_NONE ? 1 : 0);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "another-person", "one-person", "without-end", "not-there",
                                       "elsewhere" };

  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/connect/rows/T06-pages-", names[i], NULL);

      g_test_add_data_func (path, &cases[i], test_pages);
    }

  return g_test_run ();
}
