/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-fhir-batch.h"

#include "export/cr-sigv4.h"

#include <string.h>

/* Parents before children: what others point at comes first. What is not listed goes between these
 * two, by name. */
static const char *const parents[] = {
  "Organization",
  "Location",
  "Practitioner",
  "PractitionerRole",
  "HealthcareService",
  "Endpoint",
  "Patient",
  "RelatedPerson",
  "Person",
  "Group",
  "Substance",
  "Medication",
  "Device",
  "Coverage",
  "CareTeam",
  "EpisodeOfCare",
  "Appointment",
  "Encounter",
  "Condition",
  "AllergyIntolerance",
  "Goal",
  "ServiceRequest",
  "CarePlan",
  "MedicationRequest",
  "MedicationStatement",
  "MedicationAdministration",
  "MedicationDispense",
  "Immunization",
  "Procedure",
  "Specimen",
  "Binary",
  "Media",
  "ImagingStudy",
  "Questionnaire",
  "QuestionnaireResponse",
  "Observation",
  "DiagnosticReport",
  "FamilyMemberHistory",
};
static const char *const last[] = {
  "Composition", "DocumentReference", "DocumentManifest", "Claim", "ExplanationOfBenefit", "Bundle",
  "List",        "AuditEvent",        "Provenance",
};

/**
 * cr_fhir_type_rank:
 *
 * Returns: the place of a type in the order to send in; unknown types come after the known parents
 */
guint
cr_fhir_type_rank (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (parents); i++)
    if (g_str_equal (parents[i], type))
      return i;
  for (guint i = 0; i < G_N_ELEMENTS (last); i++)
    if (g_str_equal (last[i], type))
      return G_N_ELEMENTS (parents) + 1 + i;

  return G_N_ELEMENTS (parents);
}

/**
 * cr_fhir_name:
 *
 * Returns: (transfer full): the id a record has at a destination: the same for the same record, and
 *   no other's. It starts with a letter, because some servers keep numbers for themselves.
 * Source: FHIR R4, “id”: at most 64 of A-Z a-z 0-9 - .
 */
char *
cr_fhir_name (const char *source_id, const char *patient_id, const char *type, const char *id)
{
  GString *text = g_string_new (source_id);
  g_autofree char *sha256 = NULL;

  /* A byte that none of the parts can hold keeps “a” + “bc” apart from “ab” + “c”. */
  g_string_append_c (text, '\0');
  g_string_append (text, patient_id);
  g_string_append_c (text, '\0');
  g_string_append (text, type);
  g_string_append_c (text, '\0');
  g_string_append (text, id);
  sha256 = cr_sha256_hex (text->str, text->len);
  g_string_free (text, TRUE);

  return g_strdup_printf ("cr-%.40s", sha256);
}

gboolean
cr_fhir_id_is_valid (const char *id)
{
  gsize n = strlen (id);

  if (n == 0 || n > 64)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isalnum (id[i]) && id[i] != '-' && id[i] != '.')
      return FALSE;

  return TRUE;
}
