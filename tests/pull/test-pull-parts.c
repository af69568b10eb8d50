/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "pull-test.h"

#include <string.h>

/* How many queries of that type, the one that was refused not counted. */
static guint
count_parts (GPtrArray *queries, const char *type, CrQueryStatus status)
{
  CrQuery *first = pull_test_query (queries, type);
  guint n = 0;

  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      g_assert_cmpuint (query->n, ==, i);
      n += query != first && g_str_equal (query->type, type) && query->status == status;
    }

  return n;
}

static void
test_category (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *query;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "require-category", "{}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  query = pull_test_query (queries, "Observation");
  g_test_message ("%s", query->outcome);

  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpint (query->status, ==, CR_QUERY_COMPLETE);
  g_assert_cmpuint (query->http_status, ==, 400);
  g_assert_nonnull (strstr (query->outcome, "parts"));
  g_assert_cmpuint (count_parts (queries, "Observation", CR_QUERY_COMPLETE), >, 3);
  pull_test_check_words (pull, queries);
  pull_test_check_all (&test);
}

/* Stopped between and in the parts: they are rows like others. */
static void
test_stopped (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  guint n_stops = 0;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "require-category", "{}");
  test.suspend_after = 3;
  while (pull == NULL || !cr_pull_status_is_final (pull->status))
    {
      g_clear_object (&pull);
      g_assert_cmpuint (n_stops++, <, 300);
      pull_test_requeue (&test);
      pull = pull_test_run (&test);
    }

  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (count_parts (queries, "Observation", CR_QUERY_COMPLETE), >, 3);
  pull_test_check_all (&test);
}

/* A portal that answers 400 whatever is asked: each part fails in its own row, and asking ends. */
static void
test_refused_too (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "status", "{\"types\":[\"Observation\",\"Condition\"],\"status\":400}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  g_assert_cmpuint (count_parts (queries, "Observation", CR_QUERY_FAILED), >, 3);
  g_assert_cmpuint (count_parts (queries, "Condition", CR_QUERY_FAILED), ==, 3);
  pull_test_check_words (pull, queries);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pull/parts/category", test_category);
  g_test_add_func ("/pull/parts/stopped", test_stopped);
  g_test_add_func ("/pull/parts/refused-too", test_refused_too);

  return g_test_run ();
}
