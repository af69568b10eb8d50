/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "fhir/cr-edits.h"
#include "fhir/cr-resource.h"
#include "fhir/cr-span.h"

#include <string.h>

#define WHAT CR_SAID ("The record")

/* R4 types whose `identifier` is a list. In Bundle, Composition, QuestionnaireResponse and a few
 * others it is one object, and the rest have none. Sorted. */
static const char *const types_with_identifiers[] = {
  "Account",
  "ActivityDefinition",
  "AllergyIntolerance",
  "Appointment",
  "AppointmentResponse",
  "Basic",
  "BiologicallyDerivedProduct",
  "BodyStructure",
  "CarePlan",
  "CareTeam",
  "CatalogEntry",
  "ChargeItem",
  "ChargeItemDefinition",
  "Claim",
  "ClaimResponse",
  "ClinicalImpression",
  "CodeSystem",
  "Communication",
  "CommunicationRequest",
  "Condition",
  "Consent",
  "Contract",
  "Coverage",
  "CoverageEligibilityRequest",
  "CoverageEligibilityResponse",
  "DetectedIssue",
  "Device",
  "DeviceDefinition",
  "DeviceMetric",
  "DeviceRequest",
  "DeviceUseStatement",
  "DiagnosticReport",
  "DocumentManifest",
  "DocumentReference",
  "Encounter",
  "Endpoint",
  "EnrollmentRequest",
  "EnrollmentResponse",
  "EpisodeOfCare",
  "EventDefinition",
  "Evidence",
  "EvidenceVariable",
  "ExampleScenario",
  "ExplanationOfBenefit",
  "FamilyMemberHistory",
  "Flag",
  "Goal",
  "Group",
  "GuidanceResponse",
  "HealthcareService",
  "ImagingStudy",
  "Immunization",
  "ImmunizationEvaluation",
  "ImmunizationRecommendation",
  "InsurancePlan",
  "Invoice",
  "Library",
  "List",
  "Location",
  "Measure",
  "MeasureReport",
  "Media",
  "Medication",
  "MedicationAdministration",
  "MedicationDispense",
  "MedicationRequest",
  "MedicationStatement",
  "MolecularSequence",
  "NutritionOrder",
  "Observation",
  "ObservationDefinition",
  "Organization",
  "OrganizationAffiliation",
  "Patient",
  "PaymentNotice",
  "PaymentReconciliation",
  "Person",
  "PlanDefinition",
  "Practitioner",
  "PractitionerRole",
  "Procedure",
  "Questionnaire",
  "RelatedPerson",
  "RequestGroup",
  "ResearchDefinition",
  "ResearchElementDefinition",
  "ResearchStudy",
  "ResearchSubject",
  "RiskAssessment",
  "Schedule",
  "ServiceRequest",
  "Slot",
  "Specimen",
  "StructureDefinition",
  "StructureMap",
  "Substance",
  "SupplyDelivery",
  "SupplyRequest",
  "Task",
  "ValueSet",
  "VisionPrescription",
};

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (a, *(const char *const *) b);
}

/* Whether another identifier may stand beside those a resource of @type has.
 * Source: FHIR R4, the definition of each type */
gboolean
cr_resource_type_has_identifier (const char *type)
{
  return bsearch (type, types_with_identifiers, G_N_ELEMENTS (types_with_identifiers),
                  sizeof (types_with_identifiers[0]), compare_names) != NULL;
}

/* Whether @node is an object with these two members. */
static gboolean
is_pair (const CrSpans *spans, guint node, const char *system, const char *name, const char *value)
{
  return cr_spans_text_is (spans, cr_spans_member (spans, node, "system"), system) &&
         cr_spans_text_is (spans, cr_spans_member (spans, node, name), value);
}

static gboolean
has_pair (const CrSpans *spans, guint list, const char *system, const char *name, const char *value)
{
  if (list == CR_SPAN_NONE)
    return FALSE;
  if (cr_spans_kind (spans, list) != CR_SPAN_KIND_ARRAY)
    return is_pair (spans, list, system, name, value);

  for (guint i = cr_spans_first (spans, list); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, list, i))
    if (is_pair (spans, i, system, name, value))
      return TRUE;

  return FALSE;
}

static char *
pair_to_text (const char *system, const char *name, const char *value)
{
  GString *text = g_string_new ("{\"system\":\"");

  cr_span_escape (text, system, strlen (system));
  g_string_append_printf (text, "\",\"%s\":\"", name);
  cr_span_escape (text, value, strlen (value));
  g_string_append (text, "\"}");

  return g_string_free (text, FALSE);
}

/* Where something goes behind the last child of a container, or behind its opening bracket. */
static gsize
find_room (const CrSpans *spans, guint container, gboolean *is_empty)
{
  gsize at = spans->nodes[container].start + 1;

  *is_empty = TRUE;
  for (guint i = cr_spans_first (spans, container); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, container, i))
    {
      at = spans->nodes[i].end;
      *is_empty = FALSE;
    }

  return at;
}

static void
append_child (CrEdits *edits, const CrSpans *spans, guint container, const char *text)
{
  gboolean is_empty;
  gsize at = find_room (spans, container, &is_empty);
  g_autofree char *child = g_strconcat (is_empty ? "" : ",", text, NULL);

  cr_edits_insert (edits, at, child);
}

/* Makes @text an element of the list @node, whatever stands there: null gives way, a single value
 * becomes the first element. */
static void
append_element (CrEdits *edits, const CrSpans *spans, guint node, const char *text)
{
  const CrSpan *span = &spans->nodes[node];
  g_autofree char *alone = g_strconcat ("[", text, "]", NULL);
  g_autofree char *behind = g_strconcat (",", text, "]", NULL);

  if (span->kind == CR_SPAN_KIND_ARRAY)
    append_child (edits, spans, node, text);
  else if (span->kind == CR_SPAN_KIND_NULL)
    cr_edits_replace (edits, span->start, span->end, alone, strlen (alone));
  else
    {
      cr_edits_insert (edits, span->start, "[");
      cr_edits_insert (edits, span->end, behind);
    }
}

static void
append_list_member (CrEdits *edits,
                    const CrSpans *spans,
                    guint object,
                    const char *name,
                    const char *text)
{
  guint list = cr_spans_member (spans, object, name);
  g_autofree char *member = NULL;

  if (list != CR_SPAN_NONE)
    {
      append_element (edits, spans, list, text);
      return;
    }

  member = g_strdup_printf ("\"%s\":[%s]", name, text);
  append_child (edits, spans, object, member);
}

/**
 * cr_resource_add_identifier:
 * @body: a resource of a type for which cr_resource_type_has_identifier() holds
 * @error: %CR_ERROR_BAD_REPLY when @body is no resource; %CR_ERROR_BAD_INPUT for another type
 *
 * Returns: (transfer full): with one more element behind the identifiers; @body itself when it has
 *   this one
 */
GBytes *
cr_resource_add_identifier (GBytes *body, const char *system, const char *value, GError **error)
{
  g_auto (CrSpans) spans = { 0 };
  g_auto (CrEdits) edits = { 0 };
  g_autofree char *identifier = pair_to_text (system, "value", value);
  g_autofree char *type = NULL;
  gsize n_bytes;
  const char *text = g_bytes_get_data (body, &n_bytes);

  if (!cr_resource_identity (text, n_bytes, &type, NULL, error))
    return NULL;
  if (!cr_resource_type_has_identifier (type))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "A record of this type has no list of identifiers");
      return NULL;
    }

  cr_spans_scan (&spans, text, n_bytes);
  if (has_pair (&spans, cr_spans_member (&spans, 0, "identifier"), system, "value", value))
    return g_bytes_ref (body);

  cr_edits_init (&edits, body);
  append_list_member (&edits, &spans, 0, "identifier", identifier);
  return cr_edits_finish (&edits);
}

static void
add_tag (CrEdits *edits, const CrSpans *spans, const char *tag)
{
  guint meta = cr_spans_member (spans, 0, "meta");
  g_autofree char *value = g_strdup_printf ("{\"tag\":[%s]}", tag);
  g_autofree char *member = g_strconcat ("\"meta\":", value, NULL);

  if (meta == CR_SPAN_NONE)
    append_child (edits, spans, 0, member);
  else if (cr_spans_kind (spans, meta) == CR_SPAN_KIND_OBJECT)
    append_list_member (edits, spans, meta, "tag", tag);
  else
    cr_edits_replace (edits, spans->nodes[meta].start, spans->nodes[meta].end, value,
                      strlen (value));
}

/**
 * cr_resource_add_tag:
 * @error: %CR_ERROR_BAD_REPLY when @body is no resource
 *
 * Returns: (transfer full): with one more element behind `meta.tag`; @body itself when it has this
 *   one. A `meta` that is no object, which no reader takes, gives way.
 */
GBytes *
cr_resource_add_tag (GBytes *body, const char *system, const char *code, GError **error)
{
  g_auto (CrSpans) spans = { 0 };
  g_auto (CrEdits) edits = { 0 };
  g_autofree char *tag = pair_to_text (system, "code", code);
  gsize n_bytes;
  const char *text = g_bytes_get_data (body, &n_bytes);
  guint tags;

  if (!cr_resource_identity (text, n_bytes, NULL, NULL, error))
    return NULL;

  cr_spans_scan (&spans, text, n_bytes);
  tags = cr_spans_member (&spans, cr_spans_member (&spans, 0, "meta"), "tag");
  if (has_pair (&spans, tags, system, "code", code))
    return g_bytes_ref (body);

  cr_edits_init (&edits, body);
  add_tag (&edits, &spans, tag);
  return cr_edits_finish (&edits);
}

/**
 * cr_resource_without_id:
 * @error: %CR_ERROR_BAD_REPLY when @body is no resource
 *
 * Returns: (transfer full): without its own id, as a server that chooses ids wants it; @body itself
 *   when it has none
 * Source: FHIR R4, http.html “conditional update”: an id in the body would be taken for a wish
 */
GBytes *
cr_resource_without_id (GBytes *body, GError **error)
{
  g_auto (CrSpans) spans = { 0 };
  g_auto (CrEdits) edits = { 0 };
  gsize n_bytes, start;
  const char *text = g_bytes_get_data (body, &n_bytes);
  guint id, next, before = CR_SPAN_NONE;

  if (!cr_resource_identity (text, n_bytes, NULL, NULL, error))
    return NULL;

  cr_spans_scan (&spans, text, n_bytes);
  id = cr_spans_member (&spans, 0, "id");
  if (id == CR_SPAN_NONE)
    return g_bytes_ref (body);

  for (guint i = cr_spans_first (&spans, 0); i != id; i = cr_spans_next (&spans, 0, i))
    before = i;
  next = cr_spans_next (&spans, 0, id);
  /* It goes with one comma: that behind it, or before it when it is the last. */
  start = next == CR_SPAN_NONE && before != CR_SPAN_NONE ? spans.nodes[before].end
                                                         : spans.nodes[id].key - 1;
  cr_edits_init (&edits, body);
  cr_edits_replace (&edits, start,
                    next != CR_SPAN_NONE ? spans.nodes[next].key - 1 : spans.nodes[id].end, "", 0);
  return cr_edits_finish (&edits);
}
