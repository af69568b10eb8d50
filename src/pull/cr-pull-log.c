/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-log.h"

#include "base/cr-error.h"
#include "store/cr-pull-history-table.h"

#include <string.h>

#define MANY 100

/* Words that may be written down: a word of the portal's that is not among them might be a name or
 * an id. https://hl7.org/fhir/R4/resourcelist.html */
static const char *const segments[] = {
  "$docref",
  "$everything",
  "Account",
  "AdverseEvent",
  "AllergyIntolerance",
  "Appointment",
  "AppointmentResponse",
  "AuditEvent",
  "Basic",
  "Binary",
  "BodyStructure",
  "CarePlan",
  "CareTeam",
  "ChargeItem",
  "Claim",
  "ClaimResponse",
  "ClinicalImpression",
  "Communication",
  "CommunicationRequest",
  "Composition",
  "Condition",
  "Consent",
  "Contract",
  "Coverage",
  "CoverageEligibilityRequest",
  "CoverageEligibilityResponse",
  "DetectedIssue",
  "Device",
  "DeviceRequest",
  "DeviceUseStatement",
  "DiagnosticReport",
  "DocumentManifest",
  "DocumentReference",
  "Encounter",
  "EnrollmentRequest",
  "EpisodeOfCare",
  "ExplanationOfBenefit",
  "FamilyMemberHistory",
  "Flag",
  "Goal",
  "Group",
  "HealthcareService",
  "ImagingStudy",
  "Immunization",
  "ImmunizationEvaluation",
  "ImmunizationRecommendation",
  "InsurancePlan",
  "Invoice",
  "List",
  "Location",
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
  "Organization",
  "Patient",
  "Person",
  "Practitioner",
  "PractitionerRole",
  "Procedure",
  "Provenance",
  "Questionnaire",
  "QuestionnaireResponse",
  "RelatedPerson",
  "RequestGroup",
  "ResearchSubject",
  "RiskAssessment",
  "Schedule",
  "ServiceRequest",
  "Slot",
  "Specimen",
  "Substance",
  "SupplyDelivery",
  "SupplyRequest",
  "Task",
  "ValueSet",
  "VisionPrescription",
  "_history",
  "_search",
  "metadata",
};

static const char *const parameters[] = {
  "_count",   "_format",      "_getpages",   "_getpagesoffset", "_id",         "_include",
  "_since",   "_lastUpdated", "_offset",     "_page",           "_revinclude", "_sort",
  "_summary", "_total",       "beneficiary", "category",        "class",       "clinical-status",
  "code",     "date",         "encounter",   "focus",           "intent",      "onset",
  "page",     "patient",      "performer",   "period",          "status",      "subject",
  "target",   "type",
};

static const char *const categories[] = {
  "LAB",           "activity",          "assess-plan",
  "clinical-note", "clinical-notes",    "encounter-diagnosis",
  "exam",          "health-concern",    "imaging",
  "laboratory",    "problem-list-item", "procedure",
  "sdoh",          "social-history",    "survey",
  "therapy",       "vital-signs",
};

static gboolean
is_among (const char *word, const char *const *words, guint n)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (words[i], word))
      return TRUE;
  return FALSE;
}

static gboolean
may_show (const char *name, const char *value)
{
  g_auto (GStrv) parts = NULL;

  if (g_str_equal (name, "_count"))
    return value[0] != '\0' && strlen (value) <= 5 &&
           strspn (value, "0123456789") == strlen (value);
  if (!g_str_equal (name, "category"))
    return FALSE;

  parts = g_strsplit (value, ",", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    if (!is_among (parts[i], categories, G_N_ELEMENTS (categories)))
      return FALSE;
  return TRUE;
}

static void
add_parameter (GString *text, const char *pair, gboolean *has_others)
{
  gsize n_name = strcspn (pair, "=");
  g_autofree char *name = g_strndup (pair, strcspn (pair, "=:."));
  g_autofree char *value =
      pair[n_name] == '=' ? g_uri_unescape_string (pair + n_name + 1, NULL) : NULL;

  if (!is_among (name, parameters, G_N_ELEMENTS (parameters)))
    {
      *has_others = TRUE;
      return;
    }

  g_string_append_printf (text, "%c%s=%s", strchr (text->str, '?') == NULL ? '?' : '&', name,
                          value != NULL && may_show (name, value) ? value : "…");
}

static void
add_segments (GString *text, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (parts[i][0] == '\0')
        continue;
      if (text->len > 0)
        g_string_append_c (text, '/');
      g_string_append (text,
                       is_among (parts[i], segments, G_N_ELEMENTS (segments)) ? parts[i] : "{id}");
    }
}

char *
cr_pull_log_pattern (const char *base_url, const char *url)
{
  gsize n_base = strlen (base_url);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *path = NULL;
  g_auto (GStrv) pairs = NULL;
  gboolean has_others = FALSE;
  const char *rest;

  if (n_base > 0 && base_url[n_base - 1] == '/')
    n_base--;
  if (strncmp (url, base_url, n_base) != 0 || strchr ("/?", url[n_base]) == NULL)
    return g_strdup ("{elsewhere}");

  rest = url + n_base;
  path = g_strndup (rest, strcspn (rest, "?#"));
  add_segments (text, path);
  if (text->len == 0)
    g_string_append (text, "{page}");
  rest += strlen (path);
  pairs = g_strsplit_set (rest[0] == '?' ? rest + 1 : "", "&;", -1);
  for (guint i = 0; pairs[i] != NULL; i++)
    if (pairs[i][0] != '\0')
      add_parameter (text, pairs[i], &has_others);
  if (has_others)
    g_string_append (text, strchr (text->str, '?') == NULL ? "?…" : "&…");
  return g_strdup (text->str);
}

typedef struct
{
  char *pull_id;    /* (owned) */
  GPtrArray *lines; /* (owned): of CrPullLine */
} Flush;

static void
flush_free (gpointer data)
{
  Flush *flush = data;

  g_free (flush->pull_id);
  g_ptr_array_unref (flush->lines);
  g_free (flush);
}

static gpointer
flush_func (CrDb *db, gpointer data, GError **error)
{
  Flush *flush = data;

  return GINT_TO_POINTER (cr_pull_lines_table_add (db, flush->pull_id, flush->lines, error));
}

void
cr_pull_log_flush (CrPullContext *context)
{
  Flush *flush;

  if (context->lines == NULL)
    return;

  flush = g_new0 (Flush, 1);
  flush->pull_id = g_strdup (context->parts.pull->id);
  flush->lines = g_steal_pointer (&context->lines);
  cr_store_write_async (context->parts.store, CR_WRITE_FAST, flush_func, flush, flush_free, NULL,
                        NULL, NULL, NULL);
}

void
cr_pull_log_add (CrPullContext *context,
                 const char *url,
                 gint64 took_ms,
                 const CrReply *reply,
                 const GError *error)
{
  CrPullLine *line = cr_pull_line_new ();

  line->at_ms = context->parts.clock ();
  line->method = g_strdup ("GET");
  line->path = cr_pull_log_pattern (context->parts.source->fhir_base_url, url);
  line->took_ms = took_ms;
  if (reply != NULL)
    {
      line->status = reply->status;
      line->n_bytes = (gint64) g_bytes_get_size (reply->body);
      line->n_attempts = took_ms >= 0 ? MAX (reply->n_attempts, 1) : 0;
      line->wait_ms = reply->retry_after_ms;
    }
  else
    line->error = g_strdup (cr_error_nick (error));

  if (line->n_attempts > 1)
    context->n_retries += line->n_attempts - 1;
  if (context->lines == NULL)
    context->lines = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (context->lines, line);
  if (context->lines->len >= MANY)
    cr_pull_log_flush (context);
}
