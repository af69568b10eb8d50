/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "fhir/cr-portal-rules.h"
#include "fhir/cr-scopes.h"

#include <string.h>

static CrPortalRules *
load (const char *vendor)
{
  GError *error = NULL;
  CrPortalRules *rules = cr_portal_rules_load (vendor, &error);

  g_assert_no_error (error);
  return rules;
}

static CrCapability *
capability (const char *resources)
{
  g_autofree char *text =
      g_strdup_printf ("{\"resourceType\":\"CapabilityStatement\",\"fhirVersion\":\"4.0.1\","
                       "\"rest\":[{\"mode\":\"server\",\"resource\":[%s]}]}",
                       resources);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  CrCapability *self = cr_capability_parse (body, NULL);

  g_assert_nonnull (self);
  return self;
}

/* The n-th query of a type. */
static CrQuery *
find (GPtrArray *plan, const char *type, guint n)
{
  for (guint i = 0; i < plan->len; i++)
    {
      CrQuery *query = g_ptr_array_index (plan, i);

      if (strcmp (query->type, type) == 0 && n-- == 0)
        return query;
    }

  g_error ("No such query of %s", type);
}

static guint
count (GPtrArray *plan, const char *type)
{
  guint n = 0;

  for (guint i = 0; i < plan->len; i++)
    n += strcmp (((CrQuery *) g_ptr_array_index (plan, i))->type, type) == 0;

  return n;
}

static void
test_default_plan (void)
{
  g_autoptr (CrPortalRules) rules = load (NULL);
  g_autoptr (GPtrArray) plan = cr_portal_rules_plan (rules, NULL, NULL, "pull_1");
  CrQuery *first = g_ptr_array_index (plan, 0);
  CrQuery *references = g_ptr_array_index (plan, plan->len - 2);
  CrQuery *attachments = g_ptr_array_index (plan, plan->len - 1);

  g_assert_cmpint (first->kind, ==, CR_QUERY_KIND_READ);
  g_assert_cmpstr (first->path, ==, "Patient/{patient}");
  g_assert_cmpstr (first->pull_id, ==, "pull_1");
  g_assert_cmpint (references->kind, ==, CR_QUERY_KIND_REFERENCES);
  g_assert_cmpstr (references->type, ==, "References");
  g_assert_cmpint (attachments->kind, ==, CR_QUERY_KIND_ATTACHMENTS);
  g_assert_cmpstr (find (plan, "Observation", 0)->path, ==, "Observation?patient={patient}");
  g_assert_cmpint (find (plan, "Observation", 0)->status, ==, CR_QUERY_PENDING);
  g_assert_cmpuint (count (plan, "Observation"), ==, 1);
  g_assert_cmpuint (count (plan, "Patient"), ==, 1);
  g_assert_cmpint (find (plan, "Appointment", 0)->status, ==, CR_QUERY_NOT_SUPPORTED);
  for (guint i = 0; i < plan->len; i++)
    {
      CrQuery *query = g_ptr_array_index (plan, i);

      g_assert_cmpuint (query->n, ==, i);
      g_assert_cmpint (query->status == CR_QUERY_PENDING, ==, query->outcome == NULL);
    }
}

/* Every type of the US Core profiles is asked for, and no type twice. */
static void
test_us_core (void)
{
  static const char *const types[] = {
    "AllergyIntolerance",
    "CarePlan",
    "CareTeam",
    "Condition",
    "Coverage",
    "Device",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "FamilyMemberHistory",
    "Goal",
    "Immunization",
    "MedicationDispense",
    "MedicationRequest",
    "Observation",
    "Patient",
    "Procedure",
    "Provenance",
    "QuestionnaireResponse",
    "RelatedPerson",
    "ServiceRequest",
    "Specimen",
  };
  g_autoptr (CrPortalRules) rules = load ("default");
  g_autoptr (GPtrArray) plan = cr_portal_rules_plan (rules, NULL, "", "pull_1");

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_assert_cmpint (find (plan, types[i], 0)->status, ==, CR_QUERY_PENDING);
      g_assert_cmpuint (count (plan, types[i]), ==, 1);
    }
}

static void
test_capability (void)
{
  g_autoptr (CrPortalRules) rules = load (NULL);
  g_autoptr (CrCapability) statement = capability (
      "{\"type\":\"Observation\",\"searchParam\":[{\"name\":\"subject\"}],\"searchRevInclude\":["
      "\"Provenance:target\"]},"
      "{\"type\":\"Condition\",\"searchParam\":[{\"name\":\"code\"}]},{\"type\":\"Appointment\"},"
      "{\"type\":\"Provenance\",\"searchParam\":[{\"name\":\"target\"}]}");
  g_autoptr (GPtrArray) plan = cr_portal_rules_plan (rules, statement, NULL, "pull_1");

  g_assert_cmpint (find (plan, "Patient", 0)->status, ==, CR_QUERY_PENDING);
  g_assert_cmpstr (find (plan, "Observation", 0)->path, ==,
                   "Observation?subject=Patient/{patient}&_revinclude=Provenance:target");
  g_assert_cmpstr (find (plan, "Condition", 0)->path, ==, "Condition?patient={patient}");
  g_assert_cmpint (find (plan, "Condition", 0)->status, ==, CR_QUERY_PENDING);
  g_assert_cmpint (find (plan, "Appointment", 0)->status, ==, CR_QUERY_PENDING);
  g_assert_cmpint (find (plan, "Goal", 0)->status, ==, CR_QUERY_NOT_SUPPORTED);
  g_assert_cmpstr (find (plan, "Goal", 0)->outcome, ==,
                   "The portal does not list Goal among what it offers");
  g_assert_cmpint (find (plan, "Provenance", 0)->status, ==, CR_QUERY_NOT_SUPPORTED);
}

static void
test_scopes_hold_back (void)
{
  g_autoptr (CrPortalRules) rules = load (NULL);
  g_autoptr (CrCapability) statement = capability (
      "{\"type\":\"Observation\",\"searchRevInclude\":[\"Provenance:target\"]},{\"type\":\"Goal\"},"
      "{\"type\":\"Provenance\",\"searchParam\":[{\"name\":\"target\"}]}");
  g_autoptr (GPtrArray) plan = cr_portal_rules_plan (
      rules, statement, "openid patient/Observation.rs?category=laboratory patient/Patient.read",
      "pull_1");

  g_assert_cmpint (find (plan, "Patient", 0)->status, ==, CR_QUERY_PENDING);
  g_assert_cmpint (find (plan, "Observation", 0)->status, ==, CR_QUERY_PENDING);
  g_assert_null (strstr (find (plan, "Observation", 0)->path, "_revinclude"));
  g_assert_cmpint (find (plan, "Goal", 0)->status, ==, CR_QUERY_NOT_GRANTED);
  g_assert_cmpstr (find (plan, "Goal", 0)->outcome, ==,
                   "The patient's consent does not cover Goal");
  g_assert_cmpint (find (plan, "Condition", 0)->status, ==, CR_QUERY_NOT_SUPPORTED);
}

static void
test_epic (void)
{
  g_autoptr (CrPortalRules) rules = load ("epic");
  g_autoptr (GPtrArray) plan =
      cr_portal_rules_plan (rules, NULL, "launch/patient openid", "pull_1");

  g_assert_cmpstr (find (plan, "Observation", 0)->path, ==,
                   "Observation?patient={patient}&category=vital-signs");
  g_assert_cmpstr (find (plan, "Observation", 1)->path, ==,
                   "Observation?patient={patient}&category=laboratory");
  g_assert_cmpuint (count (plan, "Condition"), ==, 8);
  g_assert_cmpuint (count (plan, "CarePlan"), ==, 9);
  g_assert_cmpint (find (plan, "EpisodeOfCare", 0)->status, ==, CR_QUERY_NOT_SUPPORTED);
  g_assert_nonnull (strstr (find (plan, "EpisodeOfCare", 0)->outcome, "only by kind"));
  g_assert_cmpstr (find (plan, "Patient", 0)->path, ==, "Patient/{patient}");
  g_assert_cmpuint (cr_portal_rules_get_page_size (rules), ==, 100);
}

static void
test_vendors (void)
{
  g_autoptr (CrPortalRules) athena = load ("athena");
  g_autoptr (CrPortalRules) oracle = load ("oracle");
  g_autoptr (CrPortalRules) quest = load ("quest");
  g_autoptr (CrCapability) statement =
      capability ("{\"type\":\"Appointment\"},{\"type\":\"Observation\"}");
  g_autoptr (GPtrArray) athena_plan = cr_portal_rules_plan (athena, NULL, NULL, "pull_1");
  g_autoptr (GPtrArray) oracle_plan = cr_portal_rules_plan (oracle, statement, NULL, "pull_1");
  g_autoptr (GPtrArray) quest_plan = cr_portal_rules_plan (quest, NULL, NULL, "pull_1");

  g_assert_cmpstr (
      find (athena_plan, "MedicationRequest", 0)->path, ==,
      "MedicationRequest?patient={patient}&intent=proposal,plan,order,original-order,reflex-order,"
      "filler-order,instance-order,option");
  g_assert_cmpstr (
      find (oracle_plan, "Appointment", 0)->path, ==,
      "Appointment?patient={patient}&date=ge1900-01-01T00:00:00Z&date=lt2100-01-01T00:00:00Z");
  g_assert_cmpstr (find (quest_plan, "Observation", 0)->path, ==,
                   "Observation?patient={patient}&category=LAB");
}

/* What is no file name, or no file, gets the default rules. */
static void
test_unknown_vendors (void)
{
  static const char *const vendors[] = { "", "unknown", "../epic", "EPIC", "a.b", "default" };

  for (guint i = 0; i < G_N_ELEMENTS (vendors); i++)
    {
      g_autoptr (CrPortalRules) rules = load (vendors[i]);

      g_assert_cmpuint (cr_portal_rules_get_page_size (rules), ==, 200);
      g_assert_cmpuint (cr_portal_rules_get_max_parallel (rules), ==, 4);
      g_assert_true (g_strv_contains (cr_portal_rules_get_followed_types (rules), "Practitioner"));
    }
}

static void
test_asked_scopes (void)
{
  g_autoptr (CrPortalRules) rules = load (NULL);
  g_autoptr (CrPortalRules) cerner = load ("cerner");
  char *capabilities[] = { (char *) "permission-v2", NULL };
  char *supported[] = { (char *) "openid", (char *) "patient/Patient.read",
                        (char *) "patient/Appointment.rs", NULL };
  CrSmartConfig v2 = { .capabilities = capabilities };
  const char *listed;

  g_assert_cmpstr (cr_portal_rules_get_scopes (rules, &v2), ==,
                   "openid fhirUser launch/patient offline_access patient/*.rs");
  g_assert_cmpstr (cr_portal_rules_get_scopes (rules, NULL), ==,
                   "openid fhirUser launch/patient offline_access patient/*.read");
  listed = cr_portal_rules_get_scopes (cerner, &v2);
  g_assert_true (g_str_has_prefix (
      listed, "openid fhirUser launch/patient offline_access patient/Patient.rs "));
  g_assert_null (strchr (listed, '*'));
  g_assert_nonnull (strstr (listed, " patient/Practitioner.rs"));
  g_assert_null (strstr (listed, "patient/Appointment"));

  v2.scopes_supported = supported;
  g_assert_cmpstr (
      cr_portal_rules_get_scopes (rules, &v2), ==,
      "openid fhirUser launch/patient offline_access patient/Patient.rs patient/Appointment.rs");
  supported[1] = (char *) "patient/*.read";
  g_assert_cmpstr (cr_portal_rules_get_scopes (rules, &v2), ==,
                   "openid fhirUser launch/patient offline_access patient/*.rs");
}

static void
test_narrow (void)
{
  g_autoptr (CrPortalRules) rules = load (NULL);
  g_autoptr (GPtrArray) plan = cr_portal_rules_plan (rules, NULL, NULL, "pull_1");
  g_auto (GStrv) reports = cr_portal_rules_narrow (rules, find (plan, "DiagnosticReport", 0));
  g_auto (GStrv) observations = cr_portal_rules_narrow (rules, find (plan, "Observation", 0));
  g_autoptr (CrQuery) narrowed = cr_query_new ("pull_1", 0);

  g_assert_cmpstr (reports[1], ==,
                   "DiagnosticReport?patient={patient}&category=http://loinc.org%7CLP29684-5");
  g_assert_cmpstr (observations[0], ==, "Observation?patient={patient}&category=vital-signs");
  g_assert_null (cr_portal_rules_narrow (rules, find (plan, "Immunization", 0)));
  g_assert_null (cr_portal_rules_narrow (rules, find (plan, "Patient", 0)));
  g_assert_null (cr_portal_rules_narrow (rules, find (plan, "References", 0)));

  narrowed->kind = CR_QUERY_KIND_SEARCH;
  narrowed->type = g_strdup ("Observation");
  narrowed->path = g_strdup (observations[0]);
  g_assert_null (cr_portal_rules_narrow (rules, narrowed));
}

static void
test_granted_scopes (void)
{
  static const struct
  {
    const char *scopes;
    gboolean grants; /* reading Observation */
  } rows[] = {
    { "patient/Observation.read", TRUE },
    { "openid  patient/Observation.read\tx", TRUE },
    { "patient/*.read", TRUE },
    { "patient/*.*", TRUE },
    { "patient/Observation.*", TRUE },
    { "user/Observation.read", TRUE },
    { "patient/Observation.rs", TRUE },
    { "patient/Observation.r", TRUE },
    { "patient/Observation.s", TRUE },
    { "patient/*.cruds", TRUE },
    { "patient/Observation.rs?category=http://x|laboratory", TRUE },
    { "patient/Observation.write", FALSE },
    { "patient/Observation.cud", FALSE },
    { "patient/Observation.c", FALSE },
    { "patient/Observation.", FALSE },
    { "patient/Observation", FALSE },
    { "patient/Observations.read", FALSE },
    { "patient/Obs.read", FALSE },
    { "patient/Condition.read", FALSE },
    { "patient/*.reads", FALSE },
    { "launch/patient openid", FALSE },
    { "", FALSE },
    { NULL, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].scopes != NULL ? rows[i].scopes : "(none)");
      g_assert_cmpint (cr_scopes_grant_read (rows[i].scopes, "Observation"), ==, rows[i].grants);
    }
}

#define CORE                                                                                       \
  "patient/Patient.rs patient/AllergyIntolerance.rs patient/Condition.rs "                         \
  "patient/MedicationRequest.rs patient/Immunization.rs patient/Observation.rs "                   \
  "patient/DiagnosticReport.rs patient/DocumentReference.rs patient/Procedure.rs "                 \
  "patient/Encounter.rs patient/CarePlan.rs patient/CareTeam.rs"

/* What may be read is compared, not how it is written. */
static void
test_ungranted (void)
{
  static const struct
  {
    const char *asked;
    const char *granted;
    const char *missing; /* NULL: nothing */
  } rows[] = {
    { "patient/*.read", "patient/*.rs", NULL },
    { "patient/*.rs", "patient/*.read", NULL },
    { "patient/*.rs", "patient/*.cruds", NULL },
    { "patient/*.rs", "patient/*.*", NULL },
    { "patient/*.rs", "patient/*.r patient/*.s", NULL },
    { "patient/Observation.rs", "patient/*.read", NULL },
    { "patient/Observation.read", "patient/Observation.rs", NULL },
    { "patient/Observation.rs", "patient/Observation.r", "patient/Observation.rs" },
    { "patient/Observation.read", "patient/Observation.s", "patient/Observation.read" },
    { "patient/Observation.r", "patient/Observation.rs", NULL },
    { "patient/Observation.rs", "patient/Observation.rs?category=laboratory",
      "patient/Observation.rs" },
    { "patient/Observation.rs?category=laboratory", "patient/Observation.rs", NULL },
    { "patient/Observation.rs?category=laboratory", "patient/Observation.rs?category=laboratory",
      NULL },
    { "patient/Observation.rs?category=laboratory", "patient/Observation.rs?category=vital-signs",
      "patient/Observation.rs?category=laboratory" },
    { "patient/Observation.rs", "patient/Obs.rs", "patient/Observation.rs" },
    { "patient/Observation.rs", "patient/Observation.write", "patient/Observation.rs" },
    { "patient/*.rs", CORE " patient/Goal.rs", NULL },
    { "patient/*.read", CORE, "patient/Goal.read" },
    { "openid fhirUser launch/patient offline_access patient/Goal.rs", "patient/Goal.rs", NULL },
    { "patient/Goal.rs patient/Condition.rs", "openid patient/Goal.rs", "patient/Condition.rs" },
    { "patient/Goal.rs", "launch/patient", "patient/Goal.rs" },
    { "patient/Goal.write", "patient/Condition.rs", NULL },
    { "patient/Goal.rs", "", NULL },
    { "patient/Goal.rs", "  ", NULL },
    { "patient/Goal.rs", NULL, NULL },
    { NULL, "patient/Goal.rs", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (GStrv) missing = cr_scopes_ungranted (rows[i].asked, rows[i].granted);
      g_autofree char *text = missing != NULL ? g_strjoinv (" ", missing) : NULL;

      g_test_message ("%u", i);
      g_assert_cmpstr (text, ==, rows[i].missing);
    }
}

/* v1 or v2, as the portal lists its scopes; where it lists both or none, as it announces. */
static void
test_scope_version (void)
{
  static const struct
  {
    const char *capabilities;
    const char *supported; /* NULL: not listed */
    const char *wildcard;
  } rows[] = {
    { "permission-v2 permission-v1", "patient/*.read patient/*.rs", "patient/*.rs" },
    { "permission-v1", "patient/*.read patient/*.rs", "patient/*.read" },
    { "permission-v2", NULL, "patient/*.rs" },
    { "permission-v1", NULL, "patient/*.read" },
    { "", NULL, "patient/*.read" },
    { "permission-v2", "openid patient/*.read", "patient/*.read" },
    { "", "openid patient/*.rs", "patient/*.rs" },
    { "permission-v2", "openid launch/patient", "patient/*.rs" },
  };
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (GStrv) capabilities = g_strsplit (rows[i].capabilities, " ", -1);
      g_auto (GStrv) supported =
          rows[i].supported != NULL ? g_strsplit (rows[i].supported, " ", -1) : NULL;
      const CrSmartConfig config = { .capabilities = capabilities, .scopes_supported = supported };
      g_auto (GStrv) asked = g_strsplit (cr_portal_rules_get_scopes (rules, &config), " ", -1);

      g_test_message ("%u", i);
      g_assert_true (g_strv_contains ((const char *const *) asked, rows[i].wildcard));
    }
}

/* What one vendor rejects is not asked for there, and is elsewhere. */
static void
test_vendor_scopes (void)
{
  g_autoptr (CrPortalRules) medhost = cr_portal_rules_load ("medhost", NULL);
  g_autoptr (CrPortalRules) va = cr_portal_rules_load ("va", NULL);
  g_autoptr (CrPortalRules) drchrono = cr_portal_rules_load ("drchrono", NULL);
  g_autoptr (CrPortalRules) advancedmd = cr_portal_rules_load ("advancedmd", NULL);
  g_autoptr (CrPortalRules) centricity = cr_portal_rules_load ("centricity", NULL);
  g_auto (GStrv) listed = g_strsplit ("patient/List.read patient/Goal.read", " ", -1);
  g_auto (GStrv) none = g_new0 (char *, 1);
  const CrSmartConfig config = { .capabilities = none, .scopes_supported = listed };

  g_assert_null (strstr (cr_portal_rules_get_scopes (medhost, &config), "List"));
  g_assert_nonnull (strstr (cr_portal_rules_get_scopes (medhost, &config), "patient/Goal.read"));
  g_assert_nonnull (strstr (cr_portal_rules_get_scopes (va, &config), "patient/List.read"));
  g_assert_null (strstr (cr_portal_rules_get_scopes (va, NULL), "*"));
  g_assert_null (strstr (cr_portal_rules_get_scopes (drchrono, NULL), "launch/patient"));
  g_assert_nonnull (strstr (cr_portal_rules_get_scopes (va, NULL), "launch/patient"));
  g_assert_false (cr_portal_rules_takes (advancedmd, "aud"));
  g_assert_true (cr_portal_rules_takes (advancedmd, "state"));
  g_assert_true (cr_portal_rules_takes (va, "aud"));
  g_assert_cmpstr (cr_portal_rules_get_refresh (centricity)[0], ==, "redirect_uri");
  g_assert_null (cr_portal_rules_get_refresh (va)[0]);
  g_assert_cmpstr (cr_portal_rules_find_error (va, "Sorry: UNKNOWN Tenant"), ==,
                   "site_not_enabled");
  g_assert_null (cr_portal_rules_find_error (va, "something else"));
  g_assert_null (cr_portal_rules_find_error (va, NULL));
}

static void
test_authorize (void)
{
  g_autoptr (CrPortalRules) oidc = cr_portal_rules_load ("oidc", NULL);
  g_autoptr (CrPortalRules) plain = cr_portal_rules_load (NULL, NULL);
  const char *const *pairs = cr_portal_rules_get_authorize (oidc);

  g_assert_cmpstr (pairs[0], ==, "prompt");
  g_assert_cmpstr (pairs[1], ==, "consent");
  g_assert_null (pairs[2]);
  g_assert_null (cr_portal_rules_get_authorize (plain)[0]);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fhir/portal-rules/default-plan", test_default_plan);
  g_test_add_func ("/fhir/portal-rules/us-core", test_us_core);
  g_test_add_func ("/fhir/portal-rules/capability", test_capability);
  g_test_add_func ("/fhir/portal-rules/scopes-hold-back", test_scopes_hold_back);
  g_test_add_func ("/fhir/portal-rules/epic", test_epic);
  g_test_add_func ("/fhir/portal-rules/vendors", test_vendors);
  g_test_add_func ("/fhir/portal-rules/unknown-vendors", test_unknown_vendors);
  g_test_add_func ("/fhir/portal-rules/asked-scopes", test_asked_scopes);
  g_test_add_func ("/fhir/portal-rules/narrow", test_narrow);
  g_test_add_func ("/connect/rows/scopes-ungranted", test_ungranted);
  g_test_add_func ("/connect/rows/scopes-version", test_scope_version);
  g_test_add_func ("/connect/rows/T16-vendor-scopes", test_vendor_scopes);
  g_test_add_func ("/portal-rules/authorize", test_authorize);
  g_test_add_func ("/fhir/portal-rules/granted-scopes", test_granted_scopes);
  return g_test_run ();
}
