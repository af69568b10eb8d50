/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "net-test.h"
#include "pull-test.h"

/* One fault of the portal: what the pull, and the query of the type that is struck, then say. */
typedef struct
{
  const char *name;
  const char *fault;
  const char *parameters;
  guint person;
  const char *type;
  CrPullStatus pull;
  CrQueryStatus query;
  const char *words;  /* (nullable): in the query's outcome */
  gboolean keeps_all; /* everything is stored all the same */
} Row;

static const Row rows[] = {
  { "html-page", "html-page", "{\"types\":[\"Condition\"]}", SMALL_PERSON, "Condition",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "", FALSE },
  { "not-a-bundle", "not-a-bundle", "{\"types\":[\"Condition\"]}", SMALL_PERSON, "Condition",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "", FALSE },
  { "truncated", "truncated-body", "{\"types\":[\"Observation\"]}", SMALL_PERSON, "Observation",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "", FALSE },
  { "truncated-later", "truncated-body", "{\"types\":[\"Observation\"],\"after\":1}", LARGE_PERSON,
    "Observation", CR_PULL_PARTIAL, CR_QUERY_FAILED, "", FALSE },
  { "no-entry", "no-entry", "{\"types\":[\"Condition\"]}", SMALL_PERSON, "Condition",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "announced", FALSE },
  { "entry-without-resource", "entry-without-resource", "{\"types\":[\"Condition\"],\"count\":1}",
    SMALL_PERSON, "Condition", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, "without a record", FALSE },
  { "outcome-warning", "outcome-entry", "{\"types\":[\"Condition\"],\"severity\":\"warning\"}",
    SMALL_PERSON, "Condition", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, "", TRUE },
  { "outcome-error", "outcome-entry", "{\"types\":[\"Condition\"],\"severity\":\"error\"}",
    SMALL_PERSON, "Condition", CR_PULL_PARTIAL, CR_QUERY_FAILED, "", TRUE },
  { "loop-next", "loop-next", "{\"types\":[\"Condition\"]}", SMALL_PERSON, "Condition",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "circle", TRUE },
  { "relative-next", "relative-next", "{\"types\":[\"Observation\"]}", LARGE_PERSON, "Observation",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
  { "missing-next", "missing-next", "{\"types\":[\"Observation\"],\"count\":1}", LARGE_PERSON,
    "Observation", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
  { "pretty", "pretty", "{}", SMALL_PERSON, "Observation", CR_PULL_COMPLETE, CR_QUERY_COMPLETE,
    NULL, TRUE },
  { "not-granted", "not-granted", "{\"types\":[\"Observation\"]}", SMALL_PERSON, "Observation",
    CR_PULL_COMPLETE, CR_QUERY_NOT_GRANTED, "403", FALSE },
  { "not-supported", "status", "{\"types\":[\"Goal\"],\"status\":404}", SMALL_PERSON, "Goal",
    CR_PULL_COMPLETE, CR_QUERY_NOT_SUPPORTED, "404", FALSE },
  { "server-error", "status", "{\"types\":[\"Goal\"],\"status\":500}", SMALL_PERSON, "Goal",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "500", FALSE },
  { "server-error-once", "status", "{\"types\":[\"Goal\"],\"status\":500,\"count\":1}",
    SMALL_PERSON, "Goal", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
  { "refused-400", "status", "{\"types\":[\"Device\"],\"status\":400}", SMALL_PERSON, "Device",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "400", FALSE },
  { "rate-limit-short", "rate-limit", "{\"types\":[\"Goal\"],\"retry_after\":\"1\",\"count\":1}",
    SMALL_PERSON, "Goal", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
  { "cut-connection-once", "cut-connection", "{\"types\":[\"Observation\"],\"count\":1}",
    SMALL_PERSON, "Observation", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
  { "capability-empty", "capability-empty", "{}", SMALL_PERSON, "Observation", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE },
  { "capability-hidden", "status", "{\"types\":[\"metadata\"],\"status\":404}", SMALL_PERSON,
    "Observation", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
  { "attachment-missing", "attachment-missing", "{}", LARGE_PERSON, "Attachments", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, "could not be read", FALSE },
  { "absolute-attachments", "absolute-attachments", "{}", LARGE_PERSON, "Attachments",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *query;

  pull_test_open (&test, row->person);
  cr_rig_fault (test.rig, row->fault, row->parameters);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  query = pull_test_query (queries, row->type);
  g_test_message ("%s: %s", query->type, query->outcome);

  g_assert_cmpint (pull->status, ==, row->pull);
  g_assert_cmpint (query->status, ==, row->query);
  g_assert_cmpuint (pull->n_failed_queries, ==, row->query == CR_QUERY_FAILED);
  pull_test_check_words (pull, queries);
  if (row->words != NULL)
    g_assert_nonnull (strstr (query->outcome, row->words));
  else
    g_assert_null (query->outcome);
  if (row->keeps_all)
    pull_test_check_all (&test);

  cr_rig_clear_faults (test.rig);
  g_clear_object (&pull);
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  /* What was not there is not asked for again until the record that links to it changes. */
  if (!g_str_equal (row->fault, "absolute-attachments") &&
      !g_str_equal (row->fault, "attachment-missing"))
    pull_test_check_all (&test);
}

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
  parameters = g_strdup_printf ("{\"types\":[\"Observation\"],\"url\":\"%s/\"}", other.uri);
  cr_rig_fault (test.rig, "foreign-next", parameters);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  query = pull_test_query (queries, "Observation");

  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  g_assert_cmpint (query->status, ==, CR_QUERY_FAILED);
  g_assert_nonnull (strstr (query->outcome, "another server"));
  g_assert_cmpuint (query->n_received, >, 0);
  g_assert_cmpuint (other.asked->len, ==, 0);
  pull_test_check_words (pull, queries);
  fake_stop (&other);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/pull/answers/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/pull/answers/foreign-next", test_foreign_next);

  return g_test_run ();
}
