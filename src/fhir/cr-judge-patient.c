/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-judge-patient.h"

#include "base/cr-said.h"
#include "fhir/cr-resource.h"

static const char *
or_unknown (const char *text)
{
  return text != NULL && text[0] != '\0' ? text : CR_SAID ("not known");
}

static const char *
say_sex (const char *code)
{
  static const struct
  {
    const char *code;
    const char *words;
  } words[] = { { "female", CR_SAID ("female") },
                { "male", CR_SAID ("male") },
                { "other", CR_SAID ("other") } };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (code, words[i].code) == 0)
      return words[i].words;
  return CR_SAID ("sex not known");
}

/**
 * cr_judge_patient:
 * @portal_patient: (nullable): the portal's Patient; %NULL when it may not be read
 * @detail: (out) (nullable): both sides in words, for staff; only set when exports must wait
 */
CrGuardResult
cr_judge_patient (CrPatient *clinic, GBytes *portal_patient, char **detail)
{
  g_autoptr (CrDemographics) portal = NULL;
  g_autofree char *names = NULL;
  CrGuardResult result;

  if (portal_patient != NULL)
    portal = cr_demographics_read (g_bytes_get_data (portal_patient, NULL),
                                   g_bytes_get_size (portal_patient), NULL);
  if (portal == NULL)
    return CR_GUARD_UNVERIFIED;

  result = cr_guard_compare (clinic->name, clinic->birth_date, clinic->sex,
                             (const char *const *) portal->names, portal->birth_date, portal->sex);
  if (!cr_guard_result_holds (result))
    return result;

  names = g_strjoinv (" / ", portal->names);
  *detail = g_strdup_printf (CR_SAID ("Clinic: %s, born %s, %s.\nPortal: %s, born %s, %s."),
                             or_unknown (clinic->name), or_unknown (clinic->birth_date),
                             say_sex (clinic->sex), or_unknown (names),
                             or_unknown (portal->birth_date), say_sex (portal->sex));
  return result;
}
