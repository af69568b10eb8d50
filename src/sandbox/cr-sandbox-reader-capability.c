/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sandbox/cr-sandbox-reader.h"
#include "sandbox/cr-sandbox-text.h"

static const CrSandboxReaderType types[] = {
  { "AllergyIntolerance", "patient clinical-status", FALSE, FALSE },
  { "Binary", NULL, FALSE, FALSE },
  { "CarePlan", "patient category status date", FALSE, FALSE },
  { "CareTeam", "patient status", FALSE, FALSE },
  { "Condition", "patient category clinical-status code", FALSE, TRUE },
  { "Coverage", "patient beneficiary status", FALSE, FALSE },
  { "Device", "patient type status", FALSE, FALSE },
  { "DiagnosticReport", "patient category code date status", FALSE, TRUE },
  { "DocumentReference", "patient category type date status", FALSE, TRUE },
  { "Encounter", "patient date class status", FALSE, FALSE },
  { "ExplanationOfBenefit", "patient status", FALSE, FALSE },
  { "FamilyMemberHistory", "patient status", FALSE, FALSE },
  { "Goal", "patient lifecycle-status", FALSE, FALSE },
  { "Immunization", "patient date status", FALSE, FALSE },
  { "Location", "name", TRUE, FALSE },
  { "Medication", NULL, TRUE, FALSE },
  { "MedicationDispense", "patient status", FALSE, FALSE },
  { "MedicationRequest", "patient status intent category code", FALSE, FALSE },
  { "Observation", "patient category code date status", FALSE, TRUE },
  { "Organization", "name", TRUE, FALSE },
  { "Patient", NULL, FALSE, FALSE },
  { "Practitioner", "name", TRUE, FALSE },
  { "PractitionerRole", "practitioner", TRUE, FALSE },
  { "Procedure", "patient date code status", FALSE, FALSE },
  { "Provenance", "patient target", FALSE, FALSE },
  { "QuestionnaireResponse", "patient status", FALSE, FALSE },
  { "RelatedPerson", "patient", FALSE, FALSE },
  { "ServiceRequest", "patient category code status", FALSE, FALSE },
  { "Specimen", "patient", FALSE, FALSE },
};

const CrSandboxReaderType *
cr_sandbox_reader_types (guint *n)
{
  *n = G_N_ELEMENTS (types);
  return types;
}

const CrSandboxReaderType *
cr_sandbox_reader_find_type (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (strcmp (types[i].type, type) == 0)
      return &types[i];

  return NULL;
}

static const char *
kind_of (const char *name)
{
  if (strcmp (name, "patient") == 0 || strcmp (name, "beneficiary") == 0 ||
      strcmp (name, "practitioner") == 0 || strcmp (name, "target") == 0)
    return "reference";
  if (strcmp (name, "date") == 0 || strcmp (name, "_lastUpdated") == 0)
    return "date";
  return strcmp (name, "name") == 0 ? "string" : "token";
}

static void
add_type (CrFaults *faults, GString *out, const CrSandboxReaderType *type)
{
  gboolean by_target = strcmp (type->type, "Provenance") == 0 &&
                       cr_faults_is_on (faults, "provenance-by-target", NULL);
  const char *params = by_target ? "target" : type->params;
  g_auto (GStrv) names = g_strsplit (params != NULL ? params : "", " ", -1);
  gboolean searched = type->params != NULL || strcmp (type->type, "Patient") == 0;

  cr_sandbox_text_add (out, "{'type':%q,'interaction':[{'code':'read'}", type->type);
  if (searched)
    g_string_append (out, ",{\"code\":\"search-type\"}");
  g_string_append_c (out, ']');
  if (strcmp (type->type, "Provenance") != 0 && searched && !type->is_shared)
    g_string_append (out, ",\"searchRevInclude\":[\"Provenance:target\"]");
  if (searched)
    {
      g_string_append (out, ",\"searchParam\":[{\"name\":\"_id\",\"type\":\"token\"},"
                            "{\"name\":\"_lastUpdated\",\"type\":\"date\"}");
      for (guint i = 0; names[i] != NULL; i++)
        cr_sandbox_text_add (out, ",{'name':%q,'type':%q}", names[i], kind_of (names[i]));
      g_string_append_c (out, ']');
    }
  g_string_append_c (out, '}');
}

/* Source: https://hl7.org/fhir/R4/capabilitystatement.html and the oauth-uris extension of SMART */
void
cr_sandbox_reader_answer_capability (CrVisit *x)
{
  CrFaults *faults = x->house->faults;
  const char *uri = x->house->uri;
  const char *version = cr_faults_take (faults, "wrong-fhir-version", NULL)
                          ? cr_faults_string (faults, "wrong-fhir-version", "version", "1.0.2")
                          : "4.0.1";
  gboolean empty = cr_faults_take (faults, "capability-empty", NULL);
  GString *out = g_string_new (NULL);

  cr_sandbox_text_add (
      out,
      "{'resourceType':'CapabilityStatement','status':'active','date':'2025-06-01',"
      "'publisher':'Sandbox Community Health','kind':'instance','software':{'name':"
      "'Chartroom sandbox'},'implementation':{'description':"
      "'Made-up people, no real records','url':'%s/portal/fhir'},'fhirVersion':%q,"
      "'format':['json'],'instantiates':["
      "'http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server'],",
      uri, version);
  cr_sandbox_text_add (
      out,
      "'rest':[{'mode':'server','security':{'extension':[{'url':'http://"
      "fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris','extension':["
      "{'url':'authorize','valueUri':'%s/portal/authorize'},"
      "{'url':'token','valueUri':'%s/portal/token'},"
      "{'url':'revoke','valueUri':'%s/portal/revoke'}]}],'service':[{'coding':[{"
      "'system':'http://terminology.hl7.org/CodeSystem/restful-security-service',"
      "'code':'SMART-on-FHIR'}]}]},'resource':[",
      uri, uri, uri);
  for (guint i = 0; !empty && i < G_N_ELEMENTS (types); i++)
    {
      if (cr_faults_is_on (faults, "capability-hides", types[i].type))
        continue;
      if (out->str[out->len - 1] != '[')
        g_string_append_c (out, ',');
      add_type (faults, out, &types[i]);
    }
  g_string_append (out, "]}]}");
  cr_visit_answer_string (x, 200, CR_TYPE_TEXT_FHIR, out);
}
