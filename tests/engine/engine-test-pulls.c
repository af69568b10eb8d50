/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-test-pulls.h"

CrPull *
latest_pull (EngineTest *test, const char *connection_id)
{
  CrListFilter filter = { .kind = CR_LIST_PULLS, .connection_id = connection_id };
  g_autoptr (GPtrArray) pulls = engine_test_list (test, &filter);

  return pulls->len > 0 ? g_object_ref (g_ptr_array_index (pulls, 0)) : NULL;
}

typedef struct
{
  EngineTest *test;
  const char *connection_id;
  CrPullStatus status;
} Wanted;

static gboolean
has_status (gpointer data)
{
  Wanted *wanted = data;
  g_autoptr (CrPull) pull = latest_pull (wanted->test, wanted->connection_id);

  return pull != NULL && pull->status == wanted->status;
}

CrPull *
wait_for_pull (EngineTest *test, CrConnection *connection, CrPullStatus status)
{
  Wanted wanted = { test, connection->id, status };

  wait_until (has_status, &wanted);
  return latest_pull (test, connection->id);
}

GPtrArray *
start_pull (EngineTest *test, const char *patient_id, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_engine_start_pull_async (test->engine, patient_id, NULL, FALSE, "tester", NULL, keep_result,
                              &result);
  return cr_engine_start_pull_finish (test->engine, wait_result (&result), error);
}
