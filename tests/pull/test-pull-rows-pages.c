/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "net-test.h"
#include "pull-rows.h"

#include <string.h>

#define OBSERVATIONS "\"types\":[\"Observation\"]"
#define CONDITIONS "\"types\":[\"Condition\"]"

static void
check_once (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  CrQuery *query = pull_test_query (queries, "Observation");

  g_assert_cmpuint (query->pages, >, 1);
  g_assert_cmpuint (query->n_received, ==, pull_test_stored_count (test, "Observation"));
  g_assert_cmpuint (pull->n_received, ==, pull->n_new);
}

/* The rest of the pull went on, and who it is about is there. */
static void
check_others (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpint (pull_test_query (queries, "Patient")->status, ==, CR_QUERY_COMPLETE);
  g_assert_cmpuint (pull_test_stored_count (test, "Patient"), ==, 1);
  g_assert_cmpuint (pull->n_failed_queries, ==, 1);
  g_assert_cmpuint (pull_test_stored_count (test, "Encounter"), >, 0);
}

/* What the portal could not say just now is not called missing where others link to it, either. */
static void
check_unsure (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  CrQuery *references = pull_test_query (queries, "References");

  g_assert_cmpint (references->status, ==, CR_QUERY_FAILED);
  g_assert_nonnull (strstr (references->outcome, "next pull tries again"));
  g_assert_cmpuint (pull_test_stored_count (test, "Encounter"), >, 0);
}

/* Not one record of the other patient is there. */
static void
check_own_only (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  check_others (test, pull, queries);
  pull_test_check_all (test);
}

static void
check_nothing (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (pull_test_stored_count (test, "Patient"), ==, 0);
  g_assert_cmpuint (pull->n_received, ==, 0);
  g_assert_nonnull (strstr (pull->error_message, "another patient"));
}

static void
check_included (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  CrQuery *query = pull_test_query (queries, "Observation");

  g_assert_nonnull (strstr (query->path, "_revinclude=Provenance:target"));
  g_assert_cmpint (query->total, ==, pull_test_stored_count (test, "Observation"));
}

/* Each page was asked for with the token in its header, once. */
static void
check_headers_only (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  const char *path = "/portal/fhir/Observation";

  g_assert_cmpuint (cr_rig_count (test->rig, "GET", path, 200), >, 1);
  g_assert_cmpuint (cr_rig_count (test->rig, "GET", path, 0), ==,
                    cr_rig_count (test->rig, "GET", path, 200));
}

static const PullRow rows[] = {
  { "P01-relative-next", "relative-next", "{" OBSERVATIONS "}", "Observation", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE },
  { "P03-loop", "loop-next", "{" OBSERVATIONS "}", "Observation", CR_PULL_PARTIAL, CR_QUERY_FAILED,
    "circle", .check = check_others },
  { "P03-loop-under-new-addresses", "repeat-page", "{" OBSERVATIONS "}", "Observation",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "repeat", .check = check_others },
  { "P04-no-next-once", "missing-next", "{" OBSERVATIONS ",\"count\":1}", "Observation",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
  { "P04-no-next", "missing-next", "{" OBSERVATIONS "}", "Observation", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "announced", .check = check_others },
  { "P05-address-too-long", "status", "{" OBSERVATIONS ",\"status\":414,\"after\":1,\"count\":1}",
    "Observation", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
  { "P06-loses-with-page-size", "lose-records", "{" OBSERVATIONS ",\"from\":101}", "Observation",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
  { "P06-loses-always", "total-more", "{" OBSERVATIONS "}", "Observation", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "announced", TRUE, .check = check_others },
  { "P07-error-on-later-page", "status", "{" OBSERVATIONS ",\"status\":500,\"after\":1}",
    "Observation", CR_PULL_PARTIAL, CR_QUERY_FAILED, "500", .check = check_unsure },
  { "P08-too-many-pages", NULL, NULL, "Observation", CR_PULL_PARTIAL, CR_QUERY_FAILED, "more pages",
    .max_pages = 1, .check = check_others },
  { "P09-other-patient", "other-patient-records", "{" OBSERVATIONS ",\"index\":4}", "Observation",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "another patient", .check = check_own_only },
  { "P09-other-patient-later", "other-patient-records",
    "{" OBSERVATIONS ",\"index\":4,\"after\":1}", "Observation", CR_PULL_PARTIAL, CR_QUERY_FAILED,
    "another patient", .check = check_own_only },
  { "D06-patient-is-another", "wrong-patient", "{\"index\":4}", "Patient", CR_PULL_FAILED,
    CR_QUERY_FAILED, "Not asked", .check = check_nothing },
  { "P10-outcome-warning", "outcome-entry", "{" CONDITIONS ",\"severity\":\"warning\"}",
    "Condition", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, "Part of the records", TRUE },
  { "P10-outcome-error", "outcome-entry", "{" CONDITIONS ",\"severity\":\"error\"}", "Condition",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "Part of the records", TRUE },
  { "P10-outcome-without-mode", "extra-entry",
    "{" CONDITIONS ",\"text\":\"{\\\"resourceType\\\":\\\"OperationOutcome\\\",\\\"issue\\\":"
    "[{\\\"severity\\\":\\\"fatal\\\",\\\"code\\\":\\\"exception\\\",\\\"diagnostics\\\":\\\"The "
    "index is being rebuilt\\\"}]}\"}",
    "Condition", CR_PULL_PARTIAL, CR_QUERY_FAILED, "index is being rebuilt", TRUE },
  { "P11-no-resource", "entry-without-resource", "{" CONDITIONS ",\"count\":1}", "Condition",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, "without a record" },
  { "P11-no-bundle", "not-a-bundle", "{" CONDITIONS "}", "Condition", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "not a Bundle", .check = check_others },
  { "P11-web-page", "html-page", "{" CONDITIONS "}", "Condition", CR_PULL_PARTIAL, CR_QUERY_FAILED,
    "web page", .check = check_others },
  { "P12-twice", "overlap-pages", "{" OBSERVATIONS "}", "Observation", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE, .check = check_once },
  { "P13-included", "provenance-by-target", "{}", "Observation", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE, .check = check_included },
  { "P14-empty-last-page", "empty-last-page", "{" OBSERVATIONS "}", "Observation", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE },
  { "P15-token-in-link", "token-in-link", "{" OBSERVATIONS "}", "Observation", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE, .check = check_headers_only },
  { "P16-place-gone", "status", "{" OBSERVATIONS ",\"status\":410,\"after\":1,\"count\":1}",
    "Observation", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE, .check = check_once },
  { "P16-place-gone-again", "status", "{" OBSERVATIONS ",\"status\":410,\"after\":1}",
    "Observation", CR_PULL_PARTIAL, CR_QUERY_FAILED, "410" },
};

/* The token belongs to the portal alone: a page elsewhere is not asked for at all. */
static void
test_foreign_next (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  g_autofree char *parameters = NULL;
  CrQuery *query;
  Fake other;

  fake_start (&other, NULL);
  fake_answer (&other, 200, "Content-Type: application/fhir+json",
               "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"}");
  pull_test_open (&test, LARGE_PERSON);
  parameters = g_strdup_printf ("{" OBSERVATIONS ",\"url\":\"%s/\"}", other.uri);
  cr_rig_fault (test.rig, "foreign-next", parameters);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  query = pull_test_query (queries, "Observation");

  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  g_assert_cmpint (query->status, ==, CR_QUERY_FAILED);
  g_assert_nonnull (strstr (query->outcome, "another server"));
  g_assert_cmpuint (query->n_received, >, 0);
  g_assert_cmpuint (other.asked->len, ==, 0);
  check_others (&test, pull, queries);
  fake_stop (&other);
}

/* Empty pages in the middle are gone through; where nothing says that they are the end, they are
 * none. */
static void
test_empty_pages (gconstpointer data)
{
  const char *empty = data;
  gboolean is_endless = strstr (empty, "count") == NULL;
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *query;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "no-total", "{" OBSERVATIONS "}");
  cr_rig_fault (test.rig, "no-entry", empty);
  cr_rig_fault (test.rig, "repeat-page", empty);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  query = pull_test_query (queries, "Observation");
  g_assert_cmpint (query->total, <, 0);
  g_assert_cmpint (query->status, ==, is_endless ? CR_QUERY_FAILED : CR_QUERY_COMPLETE);
  if (is_endless)
    g_assert_nonnull (strstr (query->outcome, "empty"));
  else
    pull_test_check_all (&test);
  pull_test_check_words (pull, queries);
}

/* Nor is the token kept with the place where the pull goes on. */
static void
test_no_token_kept (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) waiting = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  const char *next;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "token-in-link", "{" OBSERVATIONS "}");
  cr_rig_fault (test.rig, "rate-limit",
                "{" OBSERVATIONS ",\"after\":1,\"count\":1,\"retry_after\":\"90\"}");
  waiting = pull_test_run (&test);
  g_assert_cmpint (waiting->status, ==, CR_PULL_WAITING);
  queries = pull_test_queries (&test, waiting->id);
  next = pull_test_query (queries, "Observation")->next;
  g_assert_nonnull (next);
  g_assert_null (strstr (next, "access_token"));

  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  pull_test_check_all (&test);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  pull_rows_add ("/pull/rows", rows, G_N_ELEMENTS (rows));
  g_test_add_func ("/pull/rows/P02-foreign-next", test_foreign_next);
  g_test_add_data_func ("/pull/rows/P14-empty-pages-between",
                        "{" OBSERVATIONS ",\"after\":1,\"count\":7}", test_empty_pages);
  g_test_add_data_func ("/pull/rows/P14-empty-pages-without-end", "{" OBSERVATIONS ",\"after\":1}",
                        test_empty_pages);
  g_test_add_func ("/pull/rows/P15-no-token-kept", test_no_token_kept);

  return g_test_run ();
}
