/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"

static void
add_session (CrDb *db, const char *id, gint64 created_ms)
{
  static char *recommended[] = { (char *) "fhirsrc_1", (char *) "fhirsrc_2", NULL };
  g_autoptr (CrSession) session = cr_session_new (id);
  g_autoptr (GError) error = NULL;

  session->patient_id = g_strdup ("a");
  session->url_key = g_strconcat ("key-", id, NULL);
  session->recommended = g_strdupv (recommended);
  session->return_url = g_strdup ("https://clinic.example.org/back?x=1");
  session->expires_ms = created_ms + 100;
  session->created_ms = created_ms;
  cr_sessions_table_add (db, session, &error);
  g_assert_no_error (error);
}

static void
add_attempt (CrDb *db, const char *id)
{
  g_autoptr (CrAttempt) attempt = cr_attempt_new (id);
  g_autoptr (GError) error = NULL;

  attempt->session_id = g_strdup ("ps_1");
  attempt->patient_id = g_strdup ("a");
  attempt->source_id = g_strdup ("fhirsrc_1");
  attempt->state = g_strconcat ("state-", id, NULL);
  attempt->sealed_verifier = g_bytes_new_static ("verifier", 8);
  attempt->state_expires_ms = NOW + 10;
  attempt->created_ms = NOW;
  cr_attempts_table_add (db, attempt, &error);
  g_assert_no_error (error);
}

static CrDb *
open_session (void)
{
  CrDb *db = fixture_open ();

  fixture_add_patient (db, "a", "Ana");
  fixture_add_source (db, "fhirsrc_1");
  add_session (db, "ps_1", NOW);
  return db;
}

static CrSession *
get (CrDb *db, const char *id)
{
  g_autoptr (GError) error = NULL;
  CrSession *session = cr_sessions_table_get (db, id, &error);

  g_assert_no_error (error);
  return session;
}

static void
test_sessions (void)
{
  g_autoptr (CrDb) db = open_session ();
  g_autoptr (CrSession) session = NULL;
  g_autoptr (CrSession) back = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;

  session = cr_sessions_table_get_by_url_key (db, "key-ps_1", &error);
  g_assert_cmpstr (session->id, ==, "ps_1");
  g_assert_cmpint (g_strv_length (session->recommended), ==, 2);
  g_assert_cmpstr (session->recommended[1], ==, "fhirsrc_2");
  g_assert_cmpstr (session->metadata, ==, "{}");
  g_assert_null (cr_sessions_table_get_by_url_key (db, "key", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_true (cr_sessions_table_set_status (db, "ps_1", CR_SESSION_COMPLETE, NOW + 3, &error));
  g_assert_true (cr_sessions_table_set_status (db, "ps_1", CR_SESSION_EXPIRED, NOW + 4, &error));
  back = get (db, "ps_1");
  g_assert_cmpint (back->status, ==, CR_SESSION_COMPLETE);
  g_assert_cmpint (back->completed_ms, ==, NOW + 3);

  add_session (db, "ps_2", NOW + 1);
  list = cr_sessions_table_list (db, "a", 0, 10, &error);
  g_assert_cmpint (list->len, ==, 2);
  g_assert_cmpstr (((CrSession *) list->pdata[0])->id, ==, "ps_2");
  g_assert_cmpint (cr_sessions_table_count (db, "a", &error), ==, 2);
  g_assert_cmpint (cr_sessions_table_count (db, NULL, &error), ==, 2);
}

/* A state can be used once, and its verifier is gone from the file with the first use. */
static void
test_take (void)
{
  g_autoptr (CrDb) db = open_session ();
  g_autoptr (CrAttempt) attempt = NULL;
  g_autoptr (CrAttempt) seen = NULL;
  g_autoptr (GError) error = NULL;

  add_attempt (db, "att_1");
  attempt = cr_attempts_table_take (db, "state-att_1", &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_bytes_get_size (attempt->sealed_verifier), ==, 8);
  g_assert_cmpint (attempt->status, ==, CR_ATTEMPT_STARTED);

  g_assert_null (cr_attempts_table_take (db, "state-att_1", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_null (cr_attempts_table_take (db, "state-unknown", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);
  seen = cr_attempts_table_get_by_state (db, "state-att_1", &error);
  g_assert_null (seen->sealed_verifier);

  attempt->status = CR_ATTEMPT_FAILED;
  attempt->failure_code = CR_FAILURE_USER_DENIED;
  attempt->failure_description = g_strdup ("access_denied");
  attempt->failure_ms = NOW + 2;
  g_assert_true (cr_attempts_table_finish (db, attempt, &error));
  {
    g_autoptr (GPtrArray) failed = cr_attempts_table_list_failed (db, "a", &error);
    g_autoptr (GPtrArray) all = cr_attempts_table_list (db, "ps_1", &error);

    g_assert_cmpint (failed->len, ==, 1);
    g_assert_cmpint (((CrAttempt *) failed->pdata[0])->failure_code, ==, CR_FAILURE_USER_DENIED);
    g_assert_cmpint (all->len, ==, 1);
  }
}

static guint
count_ended (CrDb *db, gint64 now_ms)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) ended = cr_sessions_table_list_ended (db, now_ms, 10, &error);

  g_assert_no_error (error);
  return ended->len;
}

static void
test_expire (void)
{
  g_autoptr (CrDb) db = open_session ();
  g_autoptr (CrSession) session = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (count_ended (db, NOW + 9), ==, 0);
  g_assert_cmpuint (count_ended (db, NOW + 100), ==, 1);
  g_assert_true (cr_sessions_table_set_status (db, "ps_1", CR_SESSION_EXPIRED, NOW + 100, &error));
  session = get (db, "ps_1");
  g_assert_cmpint (session->status, ==, CR_SESSION_EXPIRED);
  g_assert_cmpuint (count_ended (db, NOW + 100), ==, 0);
}

static void
assert_ended (CrDb *db, gboolean is_taken, gint64 now_ms, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) ended = cr_attempts_table_list_ended (db, is_taken, now_ms, 10, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (ended->len, ==, id != NULL ? 1 : 0);
  if (id != NULL)
    g_assert_cmpstr (((CrAttempt *) ended->pdata[0])->id, ==, id);
}

static void
test_attempts_ended (void)
{
  g_autoptr (CrDb) db = open_session ();
  g_autoptr (CrAttempt) attempt = NULL;
  g_autoptr (CrAttempt) taken = NULL;
  g_autoptr (GError) error = NULL;

  add_attempt (db, "att_1");
  add_attempt (db, "att_2");
  attempt = cr_attempts_table_get_by_state (db, "state-att_1", &error);
  taken = cr_attempts_table_take (db, "state-att_2", &error);
  g_assert_no_error (error);
  g_assert_cmpint (cr_attempts_table_next_end_ms (db, &error), ==, attempt->state_expires_ms);
  assert_ended (db, FALSE, attempt->state_expires_ms - 1, NULL);
  assert_ended (db, FALSE, attempt->state_expires_ms, "att_1");
  assert_ended (db, TRUE, attempt->state_expires_ms, "att_2");

  attempt->status = CR_ATTEMPT_EXPIRED;
  g_assert_true (cr_attempts_table_finish (db, attempt, &error));
  assert_ended (db, FALSE, attempt->state_expires_ms, NULL);
  g_assert_cmpint (cr_attempts_table_next_end_ms (db, &error), ==, 0);

  /* What ended does not become something else. */
  attempt->status = CR_ATTEMPT_ACTIVE;
  g_assert_false (cr_attempts_table_finish (db, attempt, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
}

static void
test_auth_events (void)
{
  g_autoptr (CrDb) db = open_session ();
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *id = g_strdup_printf ("ae_%u", 9 - i);
      g_autoptr (CrAuthEvent) event = cr_auth_event_new (id);

      event->patient_id = g_strdup ("a");
      event->source_id = g_strdup ("fhirsrc_1");
      event->step = CR_AUTH_STEP_REDIRECT + i;
      event->at_ms = NOW;
      g_assert_true (cr_auth_events_table_add (db, event, &error));
    }

  /* Within one millisecond the order is that of writing. */
  list = cr_auth_events_table_list (db, "a", 0, 2, &error);
  g_assert_cmpint (list->len, ==, 2);
  g_assert_cmpint (((CrAuthEvent *) list->pdata[0])->step, ==, CR_AUTH_STEP_CALLBACK);
  g_assert_cmpint (((CrAuthEvent *) list->pdata[1])->step, ==, CR_AUTH_STEP_CONSENT);
  g_assert_cmpstr (((CrAuthEvent *) list->pdata[0])->source_name, ==, "Clinic fhirsrc_1");
  g_assert_cmpint (cr_auth_events_table_count (db, "a", &error), ==, 3);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/sessions/sessions", test_sessions);
  g_test_add_func ("/store/sessions/take", test_take);
  g_test_add_func ("/store/sessions/expire", test_expire);
  g_test_add_func ("/store/sessions/attempts-ended", test_attempts_ended);
  g_test_add_func ("/store/sessions/auth-events", test_auth_events);

  return g_test_run ();
}
