/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-test-pulls.h"

#include <libsoup/soup.h>
#include <string.h>

void
set_fault (EngineTest *test, const char *method, const char *name, const char *parameters)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *url =
      g_strdup_printf ("%s/_sandbox/faults%s%s", cr_engine_get_sandbox_uri (test->engine),
                       name != NULL ? "/" : "", name != NULL ? name : "");
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  g_autoptr (GBytes) body = g_bytes_new (parameters, strlen (parameters));
  g_autoptr (GBytes) reply = NULL;
  g_autoptr (GError) error = NULL;

  if (name != NULL)
    soup_message_set_request_body_from_bytes (message, "application/json", body);
  reply = soup_session_send_and_read (session, message, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (soup_message_get_status (message), <, 300);
}

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
