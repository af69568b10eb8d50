/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull-rows.h"

#include <string.h>

static void
check_query (const PullRow *row, CrQuery *query)
{
  g_test_message ("%s: %u: %s", query->type, query->status, query->outcome);
  g_assert_cmpint (query->status, ==, row->query);
  if (row->words != NULL)
    {
      g_assert_nonnull (query->outcome);
      g_assert_nonnull (strstr (query->outcome, row->words));
    }
  else
    g_assert_cmpstr (query->outcome, ==, NULL);
}

/* With the fault, and once more without it, when everything must be there. */
static void
test_row (gconstpointer data)
{
  const PullRow *row = data;
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, row->person != 0 ? row->person : LARGE_PERSON);
  g_free (test.source->type);
  test.source->type = g_strdup (row->vendor);
  test.max_pages = row->max_pages;
  test.patience_s = row->patience_s;
  if (row->fault != NULL)
    cr_rig_fault (test.rig, row->fault, row->parameters != NULL ? row->parameters : "{}");
  cr_rig_clear_log (test.rig);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_test_message ("%u: %s", pull->status, pull->error_message);
  check_query (row, pull_test_query (queries, row->type));
  g_assert_cmpint (pull->status, ==, row->pull);
  if (cr_pull_status_is_final (pull->status))
    pull_test_check_words (pull, queries);
  if (row->keeps_all)
    pull_test_check_all (&test);
  if (row->check != NULL)
    row->check (&test, pull, queries);

  cr_rig_clear_faults (test.rig);
  test.max_pages = test.patience_s = 0;
  g_clear_object (&pull);
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  if (!row->is_odd)
    pull_test_check_all (&test);
}

void
pull_rows_add (const char *folder, const PullRow *rows, guint n_rows)
{
  for (guint i = 0; i < n_rows; i++)
    {
      g_autofree char *path = g_strconcat (folder, "/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
}
