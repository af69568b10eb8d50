/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "cr-rig.h"

#include "connect/cr-connect-private.h"
#include "connect/cr-no-answer.h"
#include "model/cr-auth-event.h"
#include "store/cr-sessions-table.h"

#include <string.h>

#define MINUTE_MS (60 * G_GINT64_CONSTANT (1000))

static gpointer
settle (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) all = cr_no_answer_settle (db, cr_rig_clock (), error);

  if (all == NULL)
    return NULL;

  *(guint *) data = all->len;
  return data;
}

static guint
count_settled (CrRig *rig)
{
  guint n = 0;

  g_assert_nonnull (cr_rig_write (rig, settle, &n));
  return n;
}

static void
assert_attempt (CrRig *rig, CrSession *session, CrAttemptStatus status, CrFailureCode code)
{
  g_autoptr (GPtrArray) attempts = cr_rig_attempts (rig, session->id);
  CrAttempt *attempt = g_ptr_array_index (attempts, attempts->len - 1);

  g_assert_cmpint (attempt->status, ==, status);
  g_assert_cmpint (attempt->failure_code, ==, code);
}

/* The newest step of the history. */
static void
assert_step (CrRig *rig, CrSession *session, CrFailureCode code)
{
  g_autoptr (GPtrArray) log = cr_rig_auth_events (rig, session->patient_id);
  CrAuthEvent *event = g_ptr_array_index (log, 0);

  g_assert_cmpint (event->outcome, ==, CR_AUTH_OUTCOME_FAILURE);
  g_assert_cmpint (event->code, ==, code);
}

static CrSession *
picker_session (CrRig *rig)
{
  CrSessionRequest request = { .patient_id = "p-1", .return_url = "https://app.example/back" };

  return cr_rig_session (rig, &request, NULL);
}

/* The patient is sent to the portal, sees an error there, and opens the link again. */
static void
test_shown (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = picker_session (rig);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autofree char *start = g_strconcat (url, "/start", NULL);
  g_autofree char *done = g_strconcat (url, "/done", NULL);
  g_autofree char *form = g_strconcat ("source=", rig->source_id, NULL);
  g_autoptr (CrAnswer) begun = cr_rig_post (rig, start, form);
  g_autoptr (CrAnswer) soon = cr_rig_get (rig, url);
  g_autoptr (CrAnswer) late = NULL;
  g_autoptr (CrAnswer) ended = NULL;
  g_autoptr (CrAnswer) over = NULL;

  g_assert_cmpuint (begun->status, ==, 303);
  g_assert_nonnull (strstr (soon->body, "No answer from this portal yet."));
  g_assert_cmpuint (count_settled (rig), ==, 0);

  cr_rig_set_clock_offset (11 * MINUTE_MS);
  late = cr_rig_get (rig, url);
  g_assert_nonnull (strstr (late->body, "No answer came from your portal."));
  g_assert_null (strstr (late->body, "did not allow access"));

  g_assert_cmpuint (count_settled (rig), ==, 1);
  g_assert_cmpuint (count_settled (rig), ==, 0);
  assert_attempt (rig, session, CR_ATTEMPT_EXPIRED, CR_FAILURE_NO_ANSWER);
  assert_step (rig, session, CR_FAILURE_NO_ANSWER);

  ended = cr_rig_post (rig, done, "");
  g_assert_cmpuint (ended->status, ==, 303);
  over = cr_rig_get (rig, url);
  g_assert_nonnull (strstr (over->body, "No answer came from your portal."));
  g_assert_null (strstr (over->body, "did not allow access"));
  cr_rig_set_clock_offset (0);
}

/* Direct mode: the link leads to the portal again, and whoever comes back then is connected. */
static void
test_again (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autoptr (CrAnswer) begun = cr_rig_get (rig, url);
  g_autofree char *late = cr_rig_sign_in (rig, begun->location, 0, CR_RIG_ALLOW);
  g_autoptr (CrAnswer) too_late = NULL;
  g_autofree char *back = NULL;
  g_autofree char *success = NULL;

  cr_rig_set_clock_offset (11 * MINUTE_MS);
  g_assert_cmpuint (count_settled (rig), ==, 1);
  too_late = cr_rig_get (rig, late);
  g_assert_cmpuint (too_late->status, ==, 400);
  g_assert_nonnull (strstr (too_late->body, "state_expired"));
  assert_attempt (rig, session, CR_ATTEMPT_EXPIRED, CR_FAILURE_NO_ANSWER);

  back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  success = cr_rig_query (back, "success");
  g_assert_cmpstr (success, ==, "true");
  cr_rig_set_clock_offset (0);
}

static gpointer
take (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrAttempt) attempt = cr_attempts_table_take (db, data, error);

  return attempt != NULL ? data : NULL;
}

/* An answer came and a crash cut off what followed: not "no answer", and not "started" for ever. */
static void
test_cut_off (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autoptr (CrAnswer) begun = cr_rig_get (rig, url);
  g_autoptr (GPtrArray) attempts = cr_rig_attempts (rig, session->id);

  g_assert_cmpuint (begun->status, ==, 303);
  cr_rig_write (rig, take, ((CrAttempt *) g_ptr_array_index (attempts, 0))->state);
  cr_rig_set_clock_offset (11 * MINUTE_MS);
  g_assert_cmpuint (count_settled (rig), ==, 0);
  cr_rig_set_clock_offset (16 * MINUTE_MS);
  g_assert_cmpuint (count_settled (rig), ==, 1);
  assert_attempt (rig, session, CR_ATTEMPT_FAILED, CR_FAILURE_TOKEN_EXCHANGE_FAILED);
  assert_step (rig, session, CR_FAILURE_TOKEN_EXCHANGE_FAILED);
  cr_rig_set_clock_offset (0);
}

static void
assert_session (CrRig *rig, CrSession *session, CrSessionStatus status)
{
  g_autoptr (CrSession) now = cr_rig_get_session (rig, session->id);

  g_assert_cmpint (now->status, ==, status);
}

/* Direct mode: the patient stays at the portal until the link has ended, and comes back after that.
 */
static void
test_session_ends (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = NULL;
  g_autoptr (CrAnswer) begun = NULL;
  g_autoptr (CrAnswer) late = NULL;
  g_autofree char *url = NULL;
  g_autofree char *back = NULL;
  g_autofree char *success = NULL;
  g_autofree char *code = NULL;
  CrSessionRequest request = { .patient_id = cr_rig_person (rig, 0, "clinic_id"),
                               .source_id = rig->source_id,
                               .return_url = "https://app.example/back",
                               .expires_in_s = 60 };

  cr_rig_add_patient (rig, 0);
  session = cr_rig_session (rig, &request, NULL);
  url = cr_connect_get_session_url (rig->connect, session);
  begun = cr_rig_get (rig, url);
  back = cr_rig_sign_in (rig, begun->location, 0, CR_RIG_ALLOW);

  cr_rig_set_clock_offset (59 * 1000);
  g_assert_cmpuint (count_settled (rig), ==, 0);
  assert_session (rig, session, CR_SESSION_OPEN);
  cr_rig_set_clock_offset (61 * 1000);
  g_assert_cmpuint (count_settled (rig), ==, 1);
  g_assert_cmpuint (count_settled (rig), ==, 0);
  assert_session (rig, session, CR_SESSION_EXPIRED);
  assert_step (rig, session, CR_FAILURE_SESSION_EXPIRED);

  late = cr_rig_get (rig, back);
  g_assert_cmpuint (late->status, ==, 303);
  g_assert_true (g_str_has_prefix (late->location, "https://app.example/back?"));
  success = cr_rig_query (late->location, "success");
  code = cr_rig_query (late->location, "error");
  g_assert_cmpstr (success, ==, "false");
  g_assert_cmpstr (code, ==, "session_expired");
  assert_session (rig, session, CR_SESSION_EXPIRED);
  assert_attempt (rig, session, CR_ATTEMPT_FAILED, CR_FAILURE_SESSION_EXPIRED);
  cr_rig_set_clock_offset (0);
}

/* A link that nobody opened ends too, and the history says so. */
static void
test_never_opened (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autoptr (CrSession) other = picker_session (rig);
  g_autoptr (GPtrArray) log = NULL;

  cr_rig_set_clock_offset (31 * MINUTE_MS);
  g_assert_cmpuint (count_settled (rig), ==, 2);
  assert_session (rig, session, CR_SESSION_EXPIRED);
  assert_session (rig, other, CR_SESSION_EXPIRED);
  assert_step (rig, session, CR_FAILURE_SESSION_EXPIRED);
  log = cr_rig_auth_events (rig, session->patient_id);
  g_assert_cmpuint (log->len, ==, 1);
  g_assert_cmpstr (((CrAuthEvent *) log->pdata[0])->description, ==,
                   "Nobody opened the link before it ended.");
  cr_rig_set_clock_offset (0);
}

/* A portal that accepts the connection and never answers: the patient hears of it while they still
 * look at the page, and may choose another. */
static void
test_silent_portal (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (GSocketListener) portal = g_socket_listener_new ();
  g_autoptr (GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (portal, NULL, &error);
  g_autofree char *base = g_strdup_printf ("http://127.0.0.1:%u/fhir", port);
  g_autofree char *source = cr_rig_add_source (rig, "Silent portal", base, "x");
  g_autoptr (CrSession) session = picker_session (rig);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autofree char *start = g_strconcat (url, "/start", NULL);
  g_autofree char *form = g_strconcat ("source=", source, NULL);
  gint64 began_us = g_get_monotonic_time ();
  g_autoptr (CrAnswer) begun = NULL;
  gint64 took_us;

  g_assert_no_error (error);
  begun = cr_rig_post (rig, start, form);
  took_us = g_get_monotonic_time () - began_us;
  g_test_message ("%.1f s", (double) took_us / G_USEC_PER_SEC);
  g_assert_cmpint (took_us, >, 5 * G_USEC_PER_SEC);
  g_assert_cmpint (took_us, <, 45 * G_USEC_PER_SEC);
  g_assert_cmpuint (begun->status, >=, 500);
  g_assert_nonnull (strstr (begun->body, "The portal cannot be opened just now"));
  g_assert_nonnull (strstr (begun->body, "source_unreachable"));
  assert_attempt (rig, session, CR_ATTEMPT_FAILED, CR_FAILURE_SOURCE_UNREACHABLE);
  assert_step (rig, session, CR_FAILURE_SOURCE_UNREACHABLE);
  assert_session (rig, session, CR_SESSION_OPEN);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect/rows/T17-no-answer", test_shown);
  g_test_add_func ("/connect/rows/T17-again", test_again);
  g_test_add_func ("/connect/rows/T17-cut-off", test_cut_off);
  g_test_add_func ("/connect/rows/T17-silent-portal", test_silent_portal);
  g_test_add_func ("/connect/rows/session-ends", test_session_ends);
  g_test_add_func ("/connect/rows/session-never-opened", test_never_opened);

  return g_test_run ();
}
