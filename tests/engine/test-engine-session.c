/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "engine-test.h"

static void
changed_cb (CrEngine *engine, CrChangeKind kind, const char *id, const char *patient_id, guint *n)
{
  *n += kind == CR_CHANGE_SESSION;
}

static gboolean
has_changed (gpointer data)
{
  return *(guint *) data > 0;
}

static CrSession *
create (EngineTest *test)
{
  CrSessionSpec spec = { .patient_id = "user_1", .expires_in_s = 60 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  CrSession *session;

  cr_engine_create_session_async (test->engine, &spec, "Ana", NULL, keep_result, &result);
  session = cr_engine_create_session_finish (test->engine, wait_result (&result), &error);
  g_assert_no_error (error);
  return session;
}

/* A session that runs out says so at once, and the lists hear of it. */
static void
test_expiry (void)
{
  g_auto (EngineTest) test = { 0 };
  CrListFilter filter = { .kind = CR_LIST_SESSIONS, .patient_id = "user_1" };
  g_autoptr (CrSession) session = NULL;
  g_autoptr (GPtrArray) sessions = NULL;
  guint n_changes = 0;

  engine_test_make (&test);
  engine_test_open (&test);
  session = create (&test);
  g_assert_cmpint (session->status, ==, CR_SESSION_OPEN);

  g_signal_connect (test.engine, "changed", G_CALLBACK (changed_cb), &n_changes);
  engine_test_ahead_ms = 61 * 1000;
  wait_until (has_changed, &n_changes);
  sessions = engine_test_list (&test, &filter);
  g_assert_cmpuint (sessions->len, ==, 1);
  g_assert_cmpint (CR_SESSION (g_ptr_array_index (sessions, 0))->status, ==, CR_SESSION_EXPIRED);
  engine_test_ahead_ms = 0;
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/expiry", test_expiry);
  return g_test_run ();
}
