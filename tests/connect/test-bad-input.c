/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "cr-trip-rig.h"

#include "connect/cr-connect-private.h"

#include <string.h>

#define MINUTE_MS (60 * G_GINT64_CONSTANT (1000))

/* Answers 400 with its code, and leaves no trace. */
static void
assert_turned_away (CrRig *rig, CrSession *session, const char *url, const char *code)
{
  g_autoptr (GPtrArray) before = cr_rig_auth_events (rig, session->patient_id);
  g_autoptr (CrAnswer) answer = cr_rig_get (rig, url);
  g_autoptr (GPtrArray) after = cr_rig_auth_events (rig, session->patient_id);

  g_assert_cmpuint (answer->status, ==, 400);
  g_assert_null (answer->location);
  g_assert_nonnull (strstr (answer->body, code));
  g_assert_cmpuint (before->len, ==, after->len);
}

static void
test_state_unknown (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *redirect = cr_connect_get_redirect_uri (rig->connect);
  g_autofree char *unknown = g_strconcat (redirect, "?state=nobodys&code=x", NULL);
  g_autofree char *empty = g_strconcat (redirect, "?state=&code=x", NULL);
  g_autofree char *none = g_strconcat (redirect, "?code=x", NULL);

  assert_turned_away (rig, session, unknown, "invalid_state");
  assert_turned_away (rig, session, empty, "invalid_state");
  assert_turned_away (rig, session, none, "invalid_state");
}

static void
test_state_reused (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *there = trip_begin (rig, session);
  g_autofree char *back = cr_rig_sign_in (rig, there, 0, CR_RIG_ALLOW);
  g_autoptr (CrAnswer) ended = cr_rig_get (rig, back);

  trip_assert_connected (rig, session, ended->location);
  assert_turned_away (rig, session, back, "invalid_state");
}

static void
test_state_late (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *there = trip_begin (rig, session);
  g_autofree char *back = cr_rig_sign_in (rig, there, 0, CR_RIG_ALLOW);

  cr_rig_set_clock_offset (10 * MINUTE_MS + 1000);
  assert_turned_away (rig, session, back, "state_expired");
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 0);
}

static void
test_state_altered (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *there = trip_begin (rig, session);
  g_autofree char *back = cr_rig_sign_in (rig, there, 0, CR_RIG_ALLOW);
  char *at = strstr (back, "state=") + strlen ("state=");

  *at = *at == 'A' ? 'B' : 'A';
  assert_turned_away (rig, session, back, "invalid_state");
  *at = g_ascii_isupper (*at) ? g_ascii_tolower (*at) : 'A';
  assert_turned_away (rig, session, back, "invalid_state");
}

typedef struct
{
  const char *name;
  const char *query;
  CrFailureCode code;
} Answer;

static const Answer answers[] = {
  { "denied", "error=access_denied", CR_FAILURE_USER_DENIED },
  { "no-code", "x=1", CR_FAILURE_OAUTH_CALLBACK_FAILED },
  { "empty-code", "code=", CR_FAILURE_OAUTH_CALLBACK_FAILED },
  { "code-and-error", "code=x&error=access_denied", CR_FAILURE_USER_DENIED },
  { "doubled-code", "code=x&code=y", CR_FAILURE_OAUTH_CALLBACK_FAILED },
  { "doubled-code-escaped", "code=x&%63ode=y", CR_FAILURE_OAUTH_CALLBACK_FAILED },
  { "doubled-error", "error=server_error&error=access_denied", CR_FAILURE_OAUTH_CALLBACK_FAILED },
  { "doubled-iss", "code=x&iss=https%3A%2F%2Fa&iss=https%3A%2F%2Fb",
    CR_FAILURE_OAUTH_CALLBACK_FAILED },
  { "unknown-error", "error=%3Cscript%3E", CR_FAILURE_PORTAL_ERROR },
};

static void
test_answer (gconstpointer data)
{
  const Answer *answer = data;
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *there = trip_begin (rig, session);
  g_autoptr (CrAnswer) ended = trip_return (rig, there, answer->query);

  g_assert_cmpuint (ended->status, ==, 303);
  trip_assert_failed (rig, session, ended->location, answer->code);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 0);
}

static void
test_state_doubled (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *there = trip_begin (rig, session);
  g_autofree char *back = cr_rig_sign_in (rig, there, 0, CR_RIG_ALLOW);
  g_auto (GStrv) parts = g_strsplit (back, "?", 2);
  g_autofree char *twice = g_strdup_printf ("%s?state=other&%s", parts[0], parts[1]);
  g_autofree char *after = g_strconcat (back, "&state=other", NULL);
  g_autoptr (CrAnswer) ended = NULL;

  assert_turned_away (rig, session, twice, "invalid_state");
  assert_turned_away (rig, session, after, "invalid_state");
  ended = cr_rig_get (rig, back);
  trip_assert_connected (rig, session, ended->location);
}

typedef struct
{
  const char *name;
  const char *parameters;
  CrFailureCode code;
} Reply;

static const Reply replies[] = {
  { "html", "{\"status\":200}", CR_FAILURE_TOKEN_EXCHANGE_FAILED },
  { "500", "{\"status\":500}", CR_FAILURE_TOKEN_EXCHANGE_FAILED },
  { "500-with-token",
    "{\"status\":500,\"type\":\"application/json\",\"body\":"
    "\"{\\\"access_token\\\":\\\"x\\\",\\\"token_type\\\":\\\"Bearer\\\",\\\"patient\\\":\\\"1\\\"}"
    "\"}",
    CR_FAILURE_TOKEN_EXCHANGE_FAILED },
  { "429", "{\"status\":429,\"retry_after\":\"1\"}", CR_FAILURE_TOKEN_EXCHANGE_FAILED },
  { "empty", "{\"status\":200,\"type\":\"application/json\",\"body\":\"\"}",
    CR_FAILURE_TOKEN_EXCHANGE_FAILED },
  { "half", "{\"status\":200,\"type\":\"application/json\",\"body\":\"{\\\"access_token\\\":\"}",
    CR_FAILURE_TOKEN_EXCHANGE_FAILED },
  { "no-object", "{\"status\":200,\"type\":\"application/json\",\"body\":\"[1]\"}",
    CR_FAILURE_TOKEN_EXCHANGE_FAILED },
  { "huge", "{\"status\":200,\"type\":\"application/json\",\"n_bytes\":8000000}",
    CR_FAILURE_TOKEN_EXCHANGE_FAILED },
  { "slow", "{\"status\":200,\"delay_ms\":20000}", CR_FAILURE_SOURCE_UNREACHABLE },
};

/* One try, one code, and the session is answered; nothing hangs. */
static void
test_reply (gconstpointer data)
{
  const Reply *reply = data;
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = NULL;
  g_autofree char *back = NULL;
  gint64 begun_us = g_get_monotonic_time ();

  rig->connect->token_total_s = 3;
  back = trip_with (rig, "token-reply", reply->parameters, &session);
  trip_assert_failed (rig, session, back, reply->code);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 18 * G_USEC_PER_SEC);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), <=, 1);
}

/* Code, verifier and secret go to the server that was named, and nowhere else. */
static void
test_reply_elsewhere (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autofree char *elsewhere = cr_rig_start_late (rig);
  g_autoptr (CrSession) session = NULL;
  g_autofree char *parameters = g_strdup_printf ("{\"status\":307,\"location\":\"%s\"}", elsewhere);
  g_autofree char *back = trip_with (rig, "token-reply", parameters, &session);

  trip_assert_failed (rig, session, back, CR_FAILURE_TOKEN_EXCHANGE_FAILED);
  g_assert_cmpuint (rig->n_asked_late, ==, 0);
}

/* What the portal repeats of a code does not get into the history. */
static void
test_reply_repeats (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *there = trip_begin (rig, session);
  g_autofree char *redirect = cr_connect_get_redirect_uri (rig->connect);
  g_autofree char *state = cr_rig_query (there, "state");
  g_autofree char *back = g_strdup_printf ("%s?state=%s&code=SplxlOBeZQ", redirect, state);
  g_autoptr (CrAnswer) ended = NULL;
  g_autoptr (CrAttempt) attempt = NULL;

  cr_rig_fault (rig, "token-reply",
                "{\"status\":400,\"type\":\"application/json\",\"body\":\"{\\\"error\\\":"
                "\\\"invalid_grant\\\",\\\"error_description\\\":"
                "\\\"Invalid authorization code: SplxlOBeZQ\\\"}\"}");
  ended = cr_rig_get (rig, back);
  trip_assert_failed (rig, session, ended->location, CR_FAILURE_TOKEN_EXCHANGE_FAILED);
  attempt = trip_attempt (rig, session);
  g_assert_nonnull (strstr (attempt->failure_description, "Invalid authorization code: …"));
  g_assert_null (strstr (attempt->failure_description, "Splx"));
}

/* The same source, another patient of it: the connection stays as it was. */
static void
test_other_patient (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) before = connected (rig);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrSession) session = NULL;
  g_autofree char *back = trip_with (rig, "other-patient", "{\"index\":2}", &session);

  trip_assert_failed (rig, session, back, CR_FAILURE_DIFFERENT_PORTAL_PATIENT);
  after = the_connection (rig, before->patient_id);
  g_assert_true (g_bytes_equal (before->sealed_tokens, after->sealed_tokens));
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
}

typedef struct
{
  const char *name;
  const char *set;
  gint64 life_s; /* -1: refused; 0: no end known */
} Member;

static const Member members[] = {
  { "expires-in-missing", "\"expires_in\":null", 0 },
  { "expires-in-negative", "\"expires_in\":-5", 0 },
  { "expires-in-zero", "\"expires_in\":0", 0 },
  { "expires-in-text", "\"expires_in\":\"soon\"", 0 },
  { "expires-in-number-as-text", "\"expires_in\":\"600\"", 600 },
  { "expires-in-object", "\"expires_in\":{}", 0 },
  { "expires-in-huge", "\"expires_in\":1e300", (gint64) (10 * 366 * 86400.0) },
  { "token-type-odd", "\"token_type\":\"mac\"", -1 },
  { "token-type-missing", "\"token_type\":null", 3600 },
  { "token-type-lower", "\"token_type\":\"bearer\"", 3600 },
  { "access-token-missing", "\"access_token\":null", -1 },
  { "access-token-empty", "\"access_token\":\"\"", -1 },
  { "access-token-lines", "\"access_token\":\"a\\r\\nX: y\"", -1 },
  { "scope-missing", "\"scope\":null", 3600 },
  { "scope-empty", "\"scope\":\"\"", 3600 },
};

static void
test_member (gconstpointer data)
{
  const Member *member = data;
  g_autofree char *set = g_strdup_printf ("{\"set\":{%s}}", member->set);
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = NULL;
  g_autofree char *back = trip_with (rig, "token-answer", set, &session);
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrToken) token = NULL;
  g_auto (Got) got = { FALSE };
  gint64 life_ms;

  if (member->life_s < 0)
    {
      trip_assert_failed (rig, session, back, CR_FAILURE_TOKEN_EXCHANGE_FAILED);
      return;
    }

  trip_assert_connected (rig, session, back);
  connection = the_connection (rig, session->patient_id);
  life_ms = connection->access_expires_ms - connection->updated_ms;
  g_assert_cmpstr (connection->scopes, ==, connection->asked_scopes);
  if (member->life_s == 0)
    g_assert_cmpint (connection->access_expires_ms, ==, 0);
  else
    g_assert_cmpint (life_ms, ==, member->life_s * 1000);
  token = token_of (rig, connection);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  g_assert_cmpuint (works_at_portal (rig, got.value), !=, 401);
}

/* An empty refresh token is none. */
static void
test_refresh_empty (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = NULL;
  g_autofree char *back =
      trip_with (rig, "token-answer", "{\"set\":{\"refresh_token\":\"\"}}", &session);
  g_autoptr (CrConnection) connection = the_connection (rig, session->patient_id);

  trip_assert_connected (rig, session, back);
  g_assert_false (connection->has_refresh);
}

/* The link ended while the patient was at the portal. */
static void
test_session_expired (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = NULL;
  g_autoptr (CrSession) after = NULL;
  g_autoptr (GPtrArray) connections = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autofree char *there = NULL;
  g_autofree char *back = NULL;
  g_autoptr (CrAnswer) ended = NULL;
  CrSessionRequest request = { .patient_id = cr_rig_person (rig, 0, "clinic_id"),
                               .source_id = rig->source_id,
                               .return_url = "https://app.example/back",
                               .expires_in_s = 60 };

  cr_rig_add_patient (rig, 0);
  session = cr_rig_session (rig, &request, NULL);
  there = trip_begin (rig, session);
  back = cr_rig_sign_in (rig, there, 0, CR_RIG_ALLOW);
  cr_rig_set_clock_offset (61 * 1000);
  ended = cr_rig_get (rig, back);
  g_assert_cmpuint (ended->status, ==, 303);
  trip_assert_failed (rig, session, ended->location, CR_FAILURE_SESSION_EXPIRED);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 0);
  connections = cr_rig_connections (rig, session->patient_id);
  g_assert_cmpuint (connections->len, ==, 0);
  after = cr_rig_get_session (rig, session->id);
  g_assert_cmpint (after->status, !=, CR_SESSION_COMPLETE);
  events = cr_rig_events (rig);
  g_assert_cmpuint (events->len, ==, 0);
}

static void
count_cb (SoupMessage *message, guint *n_done)
{
  (*n_done)++;
}

/* The browser asks twice at once: one wins, the other is told that the state is used. */
static void
test_at_once (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *there = trip_begin (rig, session);
  g_autofree char *back = cr_rig_sign_in (rig, there, 0, CR_RIG_ALLOW);
  g_autoptr (GPtrArray) connections = NULL;
  g_autoptr (GPtrArray) events = NULL;
  SoupMessage *messages[4];
  guint n_done = 0, n_won = 0, n_lost = 0;

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      messages[i] = soup_message_new ("GET", back);
      soup_message_add_flags (messages[i], SOUP_MESSAGE_NO_REDIRECT);
      g_signal_connect (messages[i], "finished", G_CALLBACK (count_cb), &n_done);
      soup_session_send_and_read_async (rig->visitor, messages[i], G_PRIORITY_DEFAULT, NULL, NULL,
                                        NULL);
    }
  while (n_done < G_N_ELEMENTS (messages))
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      n_won += soup_message_get_status (messages[i]) == 303;
      n_lost += soup_message_get_status (messages[i]) == 400;
      g_object_unref (messages[i]);
    }

  g_assert_cmpuint (n_won, ==, 1);
  g_assert_cmpuint (n_lost, ==, 3);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 1);
  connections = cr_rig_connections (rig, session->patient_id);
  events = cr_rig_events (rig);
  g_assert_cmpuint (connections->len, ==, 1);
  g_assert_cmpuint (events->len, ==, 1);
}

/* The link opened twice, as in two browsers: each trip is its own, the connection is one, and the
 * session ends once. */
static void
test_url_twice (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *there = trip_begin (rig, session);
  g_autofree char *there_too = trip_begin (rig, session);
  g_autofree char *state = cr_rig_query (there, "state");
  g_autofree char *state_too = cr_rig_query (there_too, "state");
  g_autofree char *back = cr_rig_sign_in (rig, there, 0, CR_RIG_ALLOW);
  g_autofree char *back_too = cr_rig_sign_in (rig, there_too, 0, CR_RIG_ALLOW);
  g_autoptr (CrAnswer) ended = cr_rig_get (rig, back);
  g_autoptr (CrConnection) first = the_connection (rig, session->patient_id);
  g_autoptr (CrAnswer) ended_too = cr_rig_get (rig, back_too);
  g_autoptr (CrConnection) second = the_connection (rig, session->patient_id);
  g_autoptr (GPtrArray) events = cr_rig_events (rig);
  g_autoptr (CrToken) token = token_of (rig, second);
  g_auto (Got) got = { FALSE };

  g_assert_cmpstr (state, !=, state_too);
  trip_assert_connected (rig, session, ended->location);
  trip_assert_connected (rig, session, ended_too->location);
  g_assert_cmpstr (first->id, ==, second->id);
  g_assert_cmpint (second->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_cmpuint (events->len, ==, 1);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  g_assert_cmpuint (works_at_portal (rig, got.value), !=, 401);
}

static void
add (const char *folder, const char *name, gconstpointer data, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/connect/bad-input/%s%s", folder, name);

  g_test_add_data_func (path, data, func);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect/bad-input/state-unknown", test_state_unknown);
  g_test_add_func ("/connect/bad-input/state-reused", test_state_reused);
  g_test_add_func ("/connect/bad-input/state-late", test_state_late);
  g_test_add_func ("/connect/bad-input/state-altered", test_state_altered);
  g_test_add_func ("/connect/bad-input/state-doubled", test_state_doubled);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    add ("callback-", answers[i].name, &answers[i], test_answer);
  for (guint i = 0; i < G_N_ELEMENTS (replies); i++)
    add ("token-endpoint-", replies[i].name, &replies[i], test_reply);
  g_test_add_func ("/connect/bad-input/token-endpoint-elsewhere", test_reply_elsewhere);
  g_test_add_func ("/connect/bad-input/token-endpoint-repeats-code", test_reply_repeats);
  g_test_add_func ("/connect/bad-input/token-endpoint-other-patient", test_other_patient);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    add ("", members[i].name, &members[i], test_member);
  g_test_add_func ("/connect/bad-input/refresh-token-empty", test_refresh_empty);
  g_test_add_func ("/connect/bad-input/session-expired", test_session_expired);
  g_test_add_func ("/connect/bad-input/session-url-twice", test_url_twice);
  g_test_add_func ("/connect/bad-input/two-callbacks-at-once", test_at_once);

  return g_test_run ();
}
