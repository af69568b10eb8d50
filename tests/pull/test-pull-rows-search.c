/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "fhir/cr-portal-rules.h"
#include "pull-rows.h"

#include <string.h>

static guint
count_paths (GPtrArray *queries, const char *type, const char *part, CrQueryStatus status)
{
  guint n = 0;

  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      n += g_str_equal (query->type, type) && strstr (query->path, part) != NULL &&
           query->status == status;
    }

  return n;
}

static void
check_patient_read (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (cr_rig_count (test->rig, "GET", "/portal/fhir/Patient/{id}", 200), ==, 1);
  g_assert_cmpuint (cr_rig_count (test->rig, "GET", "/portal/fhir/Patient", 0), ==, 0);
  g_assert_cmpuint (cr_rig_count (test->rig, "GET", "/portal/fhir/Patient/{id}/$everything", 0), ==,
                    0);
}

static void
check_categories (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (count_paths (queries, "Observation", "category=", CR_QUERY_COMPLETE), >, 10);
  g_assert_cmpuint (cr_rig_count (test->rig, "GET", "/portal/fhir/Observation", 400), ==, 0);
}

static void
check_one_unknown (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  guint n = count_paths (queries, "Observation", "category=therapy", CR_QUERY_NOT_SUPPORTED);

  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (count_paths (queries, "Observation", "category=", CR_QUERY_COMPLETE), >, 10);
}

static void
check_lab (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (count_paths (queries, "Observation", "category=LAB", CR_QUERY_COMPLETE), ==, 1);
}

static void
check_care_plans (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (count_paths (queries, "CarePlan", "category=assess-plan", CR_QUERY_COMPLETE),
                    ==, 1);
  g_assert_cmpuint (count_paths (queries, "CarePlan", "category=38717003", CR_QUERY_COMPLETE), ==,
                    1);
}

static void
check_intents (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (
      count_paths (queries, "MedicationRequest", "&intent=proposal,plan,order,", CR_QUERY_COMPLETE),
      ==, 1);
  g_assert_cmpuint (count_paths (queries, "MedicationRequest", "", CR_QUERY_COMPLETE), ==, 1);
}

static void
check_subject (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (count_paths (queries, "Goal", "subject=Patient/{patient}", CR_QUERY_COMPLETE),
                    ==, 1);
  g_assert_cmpuint (cr_rig_count (test->rig, "GET", "/portal/fhir/Goal", 0), ==, 2);
}

static void
check_windows (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (count_paths (queries, "Observation", "&date=ge", CR_QUERY_COMPLETE), >, 5);
  g_assert_cmpuint (count_paths (queries, "Observation", "date:missing", CR_QUERY_NOT_SUPPORTED),
                    ==, 1);
}

/* No parameter reaches through a reference, and no value goes out bare. */
static void
check_plain (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  for (guint i = 0; i < queries->len; i++)
    {
      const char *path = CR_QUERY (g_ptr_array_index (queries, i))->path;
      const char *query = strchr (path, '?');

      if (query == NULL)
        continue;
      g_assert_null (strchr (query, '+'));
      g_assert_null (strchr (query, ' '));
      for (const char *at = query; at != NULL; at = strchr (at + 1, '&'))
        g_assert_null (memchr (at, '.', strcspn (at, "=")));
    }
}

static void
check_reached (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (pull_test_stored_count (test, "Provenance"), >, 0);
  g_assert_cmpuint (cr_rig_count (test->rig, "GET", "/portal/fhir/Provenance", 0), ==, 0);
}

static const PullRow rows[] = {
  { "S01-patient-is-read", NULL, NULL, "Patient", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE,
    .check = check_patient_read },
  { "S02-category-required", "require-category", NULL, "Observation", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE, "epic", .check = check_categories },
  { "S03-one-unknown-category", "unknown-category", "{\"value\":\"therapy\"}", "Observation",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE, "epic", .check = check_one_unknown },
  { "S04-category-of-its-own", NULL, NULL, "Observation", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL,
    .vendor = "quest", .is_odd = TRUE, .check = check_lab },
  { "S05-care-plan-categories", NULL, NULL, "CarePlan", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL,
    TRUE, "epic", .check = check_care_plans },
  { "S06-one-value-of-intents", NULL, NULL, "MedicationRequest", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, .vendor = "athena", .is_odd = TRUE, .check = check_intents },
  { "S07-episodes-by-reference", NULL, NULL, "EpisodeOfCare", CR_PULL_COMPLETE,
    CR_QUERY_NOT_SUPPORTED, "those that other records name are read", TRUE, "epic" },
  { "S08-warning-with-200", "outcome-entry", "{\"types\":[\"Goal\"],\"severity\":\"warning\"}",
    "Goal", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, "Part of the records", TRUE },
  { "S08-error-with-200", "outcome-entry", "{\"types\":[\"Goal\"],\"severity\":\"error\"}", "Goal",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "Part of the records", TRUE },
  { "S10-subject", "refuse-parameter", "{\"types\":[\"Goal\"]}", "Goal", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, "other way", TRUE, .check = check_subject },
  { "S11-never-everything", NULL, NULL, "Patient", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE,
    .check = check_patient_read },
  { "S12-empty-statement", "capability-empty", NULL, "Observation", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE },
  { "S12-statement-lists-what-fails", "status", "{\"types\":[\"Goal\"],\"status\":404}", "Goal",
    CR_PULL_COMPLETE, CR_QUERY_NOT_SUPPORTED, "404" },
  { "S12-statement-forgets", "capability-hides", "{\"types\":[\"Observation\",\"Condition\"]}",
    "Observation", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
  { "S14-too-many", "too-many", "{\"types\":[\"Observation\"],\"most\":20}", "Observation",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, "parts", TRUE, .check = check_windows },
  { "S16-percent-encoded", NULL, NULL, "Observation", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL,
    TRUE, .check = check_plain },
  { "S17-not-chained", NULL, NULL, "Observation", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE,
    "epic", .check = check_plain },
  { "S18-provenance-with-target", "provenance-by-target", NULL, "Observation", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE, .check = check_reached },
};

static GPtrArray *
plan_for (const char *vendor, const char *statement)
{
  g_autoptr (GBytes) body = g_bytes_new_static (statement, strlen (statement));
  g_autoptr (GError) error = NULL;
  g_autoptr (CrCapability) capability = cr_capability_parse (body, &error);
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (vendor, &error);

  g_assert_no_error (error);
  return cr_portal_rules_plan (rules, capability, NULL, "pull_x");
}

static void
test_appointments (void)
{
  g_autoptr (GPtrArray) queries =
      plan_for ("cerner", "{\"resourceType\":\"CapabilityStatement\",\"rest\":[{\"resource\":["
                          "{\"type\":\"Appointment\"}]}]}");
  const char *path = pull_test_query (queries, "Appointment")->path;

  g_assert_nonnull (strstr (path, "&date=ge1900-01-01T00:00:00Z&date=lt2100-01-01T00:00:00Z"));
}

/* The statement leaves out what the portal does not have, too: refused, it is not there. */
static void
test_forgotten_and_refused (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *query;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "capability-hides", "{\"types\":[\"Procedure\"]}");
  cr_rig_fault (test.rig, "status", "{\"types\":[\"Procedure\"],\"status\":400}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (count_paths (queries, "Procedure", "subject=", CR_QUERY_NOT_SUPPORTED), ==, 1);
  query = g_ptr_array_index (queries, queries->len - 1);
  g_assert_nonnull (strstr (query->outcome, "does not list"));
}

/* What is no word about the type does not say that the portal lacks it. */
static void
test_forgotten_and_not_answered (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "capability-hides", "{\"types\":[\"Procedure\"]}");
  cr_rig_fault (test.rig, "status", "{\"types\":[\"Procedure\"],\"status\":408}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  g_assert_cmpint (pull_test_query (queries, "Procedure")->status, ==, CR_QUERY_FAILED);
  pull_test_check_words (pull, queries);
}

/* Asked for what the records come from, the portal leaves it out without a word. */
static void
test_revinclude_ignored (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *query;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "provenance-by-target", "{}");
  cr_rig_fault (test.rig, "ignore-revinclude", "{}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  query = pull_test_query (queries, "Observation");
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_nonnull (query->outcome);
  g_assert_nonnull (strstr (query->outcome, "come from"));
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  pull_rows_add ("/pull/rows", rows, G_N_ELEMENTS (rows));
  g_test_add_func ("/pull/rows/S09-revinclude-ignored", test_revinclude_ignored);
  g_test_add_func ("/pull/rows/S12-statement-forgets-rightly", test_forgotten_and_refused);
  g_test_add_func ("/pull/rows/S12-statement-forgets-not-answered",
                   test_forgotten_and_not_answered);
  g_test_add_func ("/pull/rows/S13-appointments-in-a-range", test_appointments);

  return g_test_run ();
}
