/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-json.h"
#include "cr-rig.h"

#include "connect/cr-connect-private.h"
#include "model/cr-auth-event.h"
#include "model/cr-event.h"
#include "model/cr-hold.h"
#include "model/cr-pull.h"
#include "store/cr-connections-table.h"

#include <string.h>

static void
assert_query (const char *url, const char *name, const char *expected)
{
  g_autofree char *value = cr_rig_query (url, name);

  g_assert_cmpstr (value, ==, expected);
}

static CrAuthEvent *
find_event (GPtrArray *events, CrAuthStep step)
{
  for (guint i = 0; i < events->len; i++)
    if (((CrAuthEvent *) g_ptr_array_index (events, i))->step == step)
      return g_ptr_array_index (events, i);

  g_error ("no such step");
}

static void
assert_session (CrRig *rig, CrSession *session, CrSessionStatus status)
{
  g_autoptr (CrSession) now = cr_rig_get_session (rig, session->id);

  g_assert_cmpint (now->status, ==, status);
}

static void
assert_failed (CrRig *rig, CrSession *session, CrFailureCode code)
{
  g_autoptr (GPtrArray) attempts = cr_rig_attempts (rig, session->id);
  CrAttempt *attempt = g_ptr_array_index (attempts, attempts->len - 1);

  g_assert_cmpint (attempt->status, ==, CR_ATTEMPT_FAILED);
  g_assert_cmpint (attempt->failure_code, ==, code);
  g_assert_null (attempt->connection_id);
  g_assert_null (attempt->sealed_verifier);
}

static void
test_success (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  const char *patient_id = session->patient_id;
  g_autofree char *back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  g_autoptr (GPtrArray) connections = cr_rig_connections (rig, patient_id);
  g_autoptr (GPtrArray) pulls = cr_rig_pulls (rig, patient_id);
  g_autoptr (GPtrArray) holds = cr_rig_holds (rig, patient_id);
  g_autoptr (GPtrArray) log = cr_rig_auth_events (rig, patient_id);
  g_autoptr (GPtrArray) events = cr_rig_events (rig);
  g_autoptr (JsonObject) payload = NULL;
  JsonObject *item;
  CrConnection *connection;
  CrPull *pull;

  g_assert_true (g_str_has_prefix (back, "https://app.example/back?x=1&patient_id="));
  assert_query (back, "patient_id", patient_id);
  assert_query (back, "patient_session_id", session->id);
  assert_query (back, "success", "true");
  assert_query (back, "connection_id", rig->source_id);
  assert_query (back, "error", NULL);

  g_assert_cmpuint (connections->len, ==, 1);
  connection = g_ptr_array_index (connections, 0);
  g_assert_cmpint (connection->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_cmpstr (connection->portal_patient_id, ==, cr_rig_person (rig, 0, "portal_patient_id"));
  g_assert_true (connection->has_refresh);
  g_assert_cmpint (connection->access_expires_ms, >, cr_rig_clock ());
  g_assert_nonnull (connection->sealed_tokens);
  g_assert_false (connection->is_held);

  g_assert_cmpuint (pulls->len, ==, 1);
  pull = g_ptr_array_index (pulls, 0);
  g_assert_cmpint (pull->status, ==, CR_PULL_QUEUED);
  g_assert_cmpint (pull->trigger, ==, CR_PULL_TRIGGER_ACTIVATION);
  g_assert_cmpuint (holds->len, ==, 0);

  for (CrAuthStep step = CR_AUTH_STEP_REDIRECT; step <= CR_AUTH_STEP_GUARD; step++)
    if (step != CR_AUTH_STEP_REFRESH)
      g_assert_nonnull (find_event (log, step));

  assert_session (rig, session, CR_SESSION_COMPLETE);
  g_assert_cmpuint (events->len, ==, 1);
  payload = cr_json_parse (((CrEvent *) g_ptr_array_index (events, 0))->data, -1, "It", NULL);
  g_assert_cmpstr (cr_json_string (payload, "resource_type"), ==, "patient_session");
  g_assert_cmpstr (cr_json_string (payload, "status"), ==, "complete");
  item = cr_json_array_object (cr_json_array (payload, "connections"), 0);
  g_assert_cmpstr (cr_json_string (item, "id"), ==, connection->id);
  g_assert_cmpstr (cr_json_string (item, "connection_id"), ==, rig->source_id);
  g_assert_cmpstr (cr_json_string (item, "status"), ==, "active");
}

static void
test_denied (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *back = cr_rig_walk (rig, session, 0, CR_RIG_DENY);
  g_autofree char *words = cr_rig_query (back, "error_description");
  g_autoptr (GPtrArray) connections = cr_rig_connections (rig, session->patient_id);
  g_autoptr (GPtrArray) log = cr_rig_auth_events (rig, session->patient_id);
  g_autoptr (GPtrArray) events = cr_rig_events (rig);
  CrAuthEvent *event = find_event (log, CR_AUTH_STEP_CONSENT);

  assert_query (back, "success", "false");
  assert_query (back, "error", "user_denied");
  assert_query (back, "connection_id", NULL);
  g_assert_cmpuint (strlen (words), >, 10);
  g_assert_cmpuint (connections->len, ==, 0);
  g_assert_cmpuint (events->len, ==, 1);
  g_assert_cmpint (event->outcome, ==, CR_AUTH_OUTCOME_FAILURE);
  g_assert_cmpint (event->code, ==, CR_FAILURE_USER_DENIED);
  assert_session (rig, session, CR_SESSION_COMPLETE);
  assert_failed (rig, session, CR_FAILURE_USER_DENIED);
}

/* Leaves everything as it was before @url was asked for. */
static void
assert_touches_nothing (CrRig *rig, CrSession *session, const char *url, const char *code)
{
  g_autoptr (GPtrArray) before = cr_rig_auth_events (rig, session->patient_id);
  g_autoptr (GPtrArray) after = NULL;
  g_autoptr (CrAnswer) answer = cr_rig_get (rig, url);

  after = cr_rig_auth_events (rig, session->patient_id);
  g_assert_cmpuint (answer->status, ==, 400);
  g_assert_null (answer->location);
  g_assert_nonnull (strstr (answer->body, code));
  g_assert_cmpuint (before->len, ==, after->len);
}

static void
test_bad_states (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autofree char *redirect = cr_connect_get_redirect_uri (rig->connect);
  g_autofree char *unknown = g_strconcat (redirect, "?state=abcdefgh&code=x", NULL);
  g_autofree char *none = g_strconcat (redirect, "?code=x", NULL);
  g_autofree char *altered = NULL;
  g_autofree char *late = NULL;
  g_autofree char *back = NULL;
  g_autofree char *tail = NULL;
  g_autoptr (CrAnswer) begun = cr_rig_get (rig, url);
  g_autoptr (CrAnswer) begun_late = NULL;
  g_autoptr (CrAnswer) ended = NULL;

  assert_touches_nothing (rig, session, unknown, "invalid_state");
  assert_touches_nothing (rig, session, none, "invalid_state");

  begun_late = cr_rig_get (rig, url);
  late = cr_rig_sign_in (rig, begun_late->location, 0, CR_RIG_ALLOW);
  cr_rig_set_clock_offset (11 * 60 * 1000);
  assert_touches_nothing (rig, session, late, "state_expired");
  cr_rig_set_clock_offset (0);

  back = cr_rig_sign_in (rig, begun->location, 0, CR_RIG_ALLOW);
  altered = g_strdup (back);
  tail = strstr (altered, "state=");
  tail[strlen ("state=")] = tail[strlen ("state=")] == 'A' ? 'B' : 'A';
  tail = NULL;
  assert_touches_nothing (rig, session, altered, "invalid_state");
  assert_session (rig, session, CR_SESSION_OPEN);

  ended = cr_rig_get (rig, back);
  g_assert_cmpuint (ended->status, ==, 303);
  assert_query (ended->location, "success", "true");
  assert_touches_nothing (rig, session, back, "invalid_state");
}

static void
test_portal_errors (void)
{
  static const struct
  {
    const char *query;
    CrFailureCode code;
    const char *nick;
  } cases[] = {
    { "error=access_denied", CR_FAILURE_USER_DENIED, "user_denied" },
    { "error=server_error&error_description=Down%0a%3Cb%3E", CR_FAILURE_PORTAL_ERROR,
      "portal_error" },
    { "error=unauthorized_client", CR_FAILURE_CLIENT_NOT_ACTIVE, "client_not_active" },
    { "error=invalid_scope", CR_FAILURE_SCOPES_INSUFFICIENT, "scopes_insufficient" },
    { "nothing=1", CR_FAILURE_OAUTH_CALLBACK_FAILED, "oauth_callback_failed" },
    { "code=wrong", CR_FAILURE_TOKEN_EXCHANGE_FAILED, "token_exchange_failed" },
  };
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autofree char *redirect = cr_connect_get_redirect_uri (rig->connect);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
      g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
      g_autoptr (CrAnswer) begun = cr_rig_get (rig, url);
      g_autofree char *state = cr_rig_query (begun->location, "state");
      g_autofree char *back = g_strdup_printf ("%s?state=%s&%s", redirect, state, cases[i].query);
      g_autoptr (CrAnswer) ended = cr_rig_get (rig, back);

      g_assert_cmpuint (ended->status, ==, 303);
      assert_query (ended->location, "success", "false");
      assert_query (ended->location, "error", cases[i].nick);
      g_assert_null (strstr (ended->location, "Down"));
      assert_failed (rig, session, cases[i].code);
      assert_session (rig, session, CR_SESSION_COMPLETE);
    }
}

static void
test_exchange_faults (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) broken = cr_rig_direct_session (rig, 0);
  g_autofree char *back = NULL;

  cr_rig_fault (rig, "token-500", "{}");
  back = cr_rig_walk (rig, broken, 0, CR_RIG_ALLOW);
  assert_query (back, "error", "token_exchange_failed");
  assert_failed (rig, broken, CR_FAILURE_TOKEN_EXCHANGE_FAILED);
  cr_rig_clear_faults (rig);
}

static void
test_patient_by_search (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 1);
  g_autofree char *back = NULL;
  g_autoptr (GPtrArray) connections = NULL;

  cr_rig_fault (rig, "missing-patient", "{}");
  back = cr_rig_walk (rig, session, 1, CR_RIG_ALLOW);
  assert_query (back, "success", "true");
  connections = cr_rig_connections (rig, session->patient_id);
  g_assert_cmpuint (connections->len, ==, 1);
  g_assert_cmpstr (((CrConnection *) g_ptr_array_index (connections, 0))->portal_patient_id, ==,
                   cr_rig_person (rig, 1, "portal_patient_id"));
}

static void
test_reconnect (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) first = cr_rig_direct_session (rig, 0);
  g_autoptr (CrSession) second = cr_rig_direct_session (rig, 0);
  g_autoptr (CrSession) other = cr_rig_direct_session (rig, 0);
  g_autofree char *back = cr_rig_walk (rig, first, 0, CR_RIG_ALLOW);
  g_autofree char *again = cr_rig_walk (rig, second, 0, CR_RIG_ALLOW);
  g_autoptr (GPtrArray) before = cr_rig_connections (rig, first->patient_id);
  g_autoptr (GPtrArray) after = NULL;
  g_autoptr (GPtrArray) attempts = cr_rig_attempts (rig, second->id);
  g_autofree char *wrong = NULL;
  CrConnection *connection = g_ptr_array_index (before, 0);

  g_assert_cmpuint (before->len, ==, 1);
  g_assert_cmpstr (((CrAttempt *) g_ptr_array_index (attempts, 0))->connection_id, ==,
                   connection->id);

  wrong = cr_rig_walk (rig, other, 1, CR_RIG_ALLOW);
  assert_query (wrong, "success", "false");
  assert_query (wrong, "error", "different_portal_patient");
  assert_failed (rig, other, CR_FAILURE_DIFFERENT_PORTAL_PATIENT);
  after = cr_rig_connections (rig, first->patient_id);
  g_assert_cmpuint (after->len, ==, 1);
  g_assert_true (g_bytes_equal (connection->sealed_tokens,
                                ((CrConnection *) g_ptr_array_index (after, 0))->sealed_tokens));
}

static gpointer
release_hold (CrDb *db, gpointer data, GError **error)
{
  return cr_holds_table_decide (db, data, CR_HOLD_RELEASED, "Desk", cr_rig_clock (), error) ? data
                                                                                            : NULL;
}

static void
test_guard (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 5);
  g_autoptr (CrSession) again = cr_rig_direct_session (rig, 5);
  g_autofree char *back = cr_rig_walk (rig, session, 5, CR_RIG_ALLOW);
  g_autofree char *second = NULL;
  g_autoptr (GPtrArray) holds = cr_rig_holds (rig, session->patient_id);
  g_autoptr (GPtrArray) after = NULL;
  g_autoptr (GPtrArray) log = cr_rig_auth_events (rig, session->patient_id);
  CrHold *hold;

  assert_query (back, "success", "true");
  g_assert_cmpuint (holds->len, ==, 1);
  hold = g_ptr_array_index (holds, 0);
  g_assert_cmpint (hold->status, ==, CR_HOLD_OPEN);
  g_assert_true (cr_guard_result_holds (hold->reason));
  g_assert_nonnull (strstr (hold->detail, "Clinic:"));
  g_assert_nonnull (strstr (hold->detail, "Portal:"));
  g_assert_cmpint (find_event (log, CR_AUTH_STEP_GUARD)->outcome, ==, CR_AUTH_OUTCOME_FAILURE);

  cr_rig_write (rig, release_hold, hold->id);
  second = cr_rig_walk (rig, again, 5, CR_RIG_ALLOW);
  assert_query (second, "success", "true");
  after = cr_rig_holds (rig, session->patient_id);
  g_assert_cmpuint (after->len, ==, 1);
}

static void
test_session_pages (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autofree char *unknown =
      g_strconcat (cr_server_get_uri (rig->server), "/c/00000000000000000000000000000000", NULL);
  g_autofree char *bad = g_strconcat (cr_server_get_uri (rig->server), "/c/..%2f", NULL);
  g_autofree char *style = g_strconcat (cr_server_get_uri (rig->server), "/c/style.css", NULL);
  g_autofree char *keys =
      g_strconcat (cr_server_get_uri (rig->server), "/.well-known/jwks.json", NULL);
  g_autoptr (CrAnswer) missing = cr_rig_get (rig, unknown);
  g_autoptr (CrAnswer) odd = cr_rig_get (rig, bad);
  g_autoptr (CrAnswer) css = cr_rig_get (rig, style);
  g_autoptr (CrAnswer) jwks = cr_rig_get (rig, keys);
  g_autoptr (CrAnswer) expired = NULL;
  g_autoptr (CrAnswer) over = NULL;
  g_autofree char *back = NULL;

  g_assert_cmpuint (missing->status, ==, 404);
  g_assert_nonnull (strstr (missing->policy, "default-src 'none'"));
  g_assert_cmpuint (odd->status, ==, 404);
  g_assert_cmpuint (css->status, ==, 200);
  g_assert_cmpstr (jwks->body, ==, "{\"keys\":[]}");

  cr_rig_set_clock_offset (31 * 60 * 1000);
  expired = cr_rig_get (rig, url);
  g_assert_cmpuint (expired->status, ==, 410);
  cr_rig_set_clock_offset (0);

  back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  over = cr_rig_get (rig, url);
  g_assert_cmpuint (over->status, ==, 200);
  g_assert_nonnull (strstr (over->body, "Sandbox portal"));
  g_assert_null (strstr (over->body, cr_rig_person (rig, 0, "family")));
}

static void
test_picker (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autofree char *second =
      cr_rig_add_source (rig, "Lakeside <Clinic>", "https://fhir.lakeside.example/r4", "abc");
  g_autofree char *hidden =
      cr_rig_add_source (rig, "Not yet ready", "https://fhir.hidden.example/r4", NULL);
  const char *recommended[] = { rig->source_id, NULL };
  CrSessionRequest request = {
    .patient_id = "p-1",
    .recommended = recommended,
    .return_url = "https://app.example/back#top",
    .return_button_label = "Riverside",
  };
  g_autoptr (CrSession) session = cr_rig_session (rig, &request, NULL);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autofree char *search_url = g_strconcat (url, "?q=lakes", NULL);
  g_autofree char *start_url = g_strconcat (url, "/start", NULL);
  g_autofree char *done_url = g_strconcat (url, "/done", NULL);
  g_autofree char *form = g_strconcat ("source=", rig->source_id, NULL);
  g_autoptr (CrAnswer) page = cr_rig_get (rig, url);
  g_autoptr (CrAnswer) found = cr_rig_get (rig, search_url);
  g_autofree char *choose_url = g_strconcat (url, "/choose?source=", rig->source_id, NULL);
  g_autofree char *closed_url = g_strconcat (url, "/choose?source=", hidden, NULL);
  g_autofree char *closed_form = g_strconcat ("source=", hidden, NULL);
  g_autoptr (CrAnswer) none = cr_rig_post (rig, start_url, "source=fhirsrc_none");
  g_autoptr (CrAnswer) choose = cr_rig_get (rig, choose_url);
  g_autoptr (CrAnswer) closed = cr_rig_get (rig, closed_url);
  g_autoptr (CrAnswer) refused = cr_rig_post (rig, start_url, closed_form);
  g_autoptr (CrAnswer) begun = cr_rig_post (rig, start_url, form);
  g_autofree char *portal_back = NULL;
  g_autoptr (CrAnswer) ended = NULL;
  g_autoptr (CrAnswer) with_outcome = NULL;
  g_autoptr (CrAnswer) done = NULL;

  g_assert_cmpuint (page->status, ==, 200);
  g_assert_nonnull (strstr (page->body, "Lakeside &lt;Clinic&gt;"));
  g_assert_nonnull (strstr (page->body, "Sandbox portal"));
  g_assert_null (strstr (page->body, "Not yet ready"));
  g_assert_nonnull (strstr (page->body, "Done — return to Riverside"));
  g_assert_nonnull (strstr (found->body, "Lakeside"));
  g_assert_null (strstr (found->body, "Sandbox portal"));
  g_assert_cmpuint (none->status, ==, 200);
  g_assert_nonnull (strstr (none->body, "Lakeside &lt;Clinic&gt;"));
  g_assert_nonnull (strstr (choose->body, "Your password stays there"));
  g_assert_nonnull (strstr (choose->body, "/start"));
  g_assert_nonnull (strstr (closed->body, "has not set up this portal yet"));
  g_assert_null (strstr (closed->body, "/start"));
  g_assert_cmpuint (refused->status, ==, 200);

  g_assert_cmpuint (begun->status, ==, 303);
  portal_back = cr_rig_sign_in (rig, begun->location, 0, CR_RIG_ALLOW);
  ended = cr_rig_get (rig, portal_back);
  g_assert_cmpuint (ended->status, ==, 303);
  g_assert_cmpstr (ended->location, ==, url);
  assert_session (rig, session, CR_SESSION_OPEN);
  with_outcome = cr_rig_get (rig, url);
  g_assert_nonnull (strstr (with_outcome->body, "class=\"outcome\""));

  done = cr_rig_post (rig, done_url, "");
  g_assert_cmpuint (done->status, ==, 303);
  g_assert_true (g_str_has_prefix (done->location, "https://app.example/back?patient_id=p-1&"));
  g_assert_true (g_str_has_suffix (done->location, "#top"));
  assert_query (done->location, "success", NULL);
  assert_session (rig, session, CR_SESSION_COMPLETE);
}

/* The patient's browser leaves while the exchange is under way. */
static void
test_browser_leaves (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autoptr (CrAnswer) begun = cr_rig_get (rig, url);
  g_autofree char *back = cr_rig_sign_in (rig, begun->location, 0, CR_RIG_ALLOW);
  g_autoptr (GUri) uri = g_uri_parse (back, G_URI_FLAGS_ENCODED, NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) socket = NULL;
  g_autofree char *request = NULL;
  gboolean is_complete = FALSE;

  cr_rig_fault (rig, "slow", "{\"delay_ms\":300}");
  socket = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) g_uri_get_port (uri),
                                            NULL, NULL);
  g_assert_nonnull (socket);
  request = g_strdup_printf ("GET %s?%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
                             g_uri_get_path (uri), g_uri_get_query (uri), g_uri_get_port (uri));
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (socket)),
                                            request, strlen (request), NULL, NULL, NULL));
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_io_stream_close (G_IO_STREAM (socket), NULL, NULL);

  while (!is_complete)
    {
      g_autoptr (CrSession) now = cr_rig_get_session (rig, session->id);

      is_complete = now->status == CR_SESSION_COMPLETE;
      g_main_context_iteration (NULL, FALSE);
    }
  assert_session (rig, session, CR_SESSION_COMPLETE);
  {
    g_autoptr (GPtrArray) connections = cr_rig_connections (rig, session->patient_id);

    g_assert_cmpuint (connections->len, ==, 1);
  }
}

static gpointer
set_token_endpoint (CrDb *db, gpointer data, GError **error)
{
  g_autofree char *sql =
      g_strdup_printf ("UPDATE attempt SET token_endpoint = '%s'", (char *) data);

  return cr_db_exec (db, sql, error) ? data : NULL;
}

/* A visitor on the way back, whose code a portal was just sent. */
static SoupMessage *
come_back_late (CrRig *rig, CrSession *session)
{
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autoptr (CrAnswer) begun = cr_rig_get (rig, url);
  g_autofree char *back = cr_rig_sign_in (rig, begun->location, 0, CR_RIG_ALLOW);
  g_autofree char *endpoint = cr_rig_start_late (rig);
  SoupMessage *message = soup_message_new ("GET", back);

  cr_rig_write (rig, set_token_endpoint, endpoint);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_session_send_and_read_async (rig->visitor, message, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  cr_rig_wait_for_late (rig);
  return message;
}

/* The code is used up when the portal answers: what it gave is stored before the stop is done, and
 * the patient is told. */
static void
test_stop_while_exchanging (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autoptr (SoupMessage) message = come_back_late (rig, session);
  g_autoptr (GPtrArray) connections = NULL;
  gboolean is_answered = FALSE;

  g_signal_connect_swapped (message, "finished", G_CALLBACK (g_atomic_int_inc), &is_answered);
  cr_server_let_nobody_in (rig->server);
  cr_rig_stop_connect (rig);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_false (rig->connect_is_stopped);
  cr_rig_answer_late (rig);
  cr_rig_wait (&rig->connect_is_stopped);
  assert_session (rig, session, CR_SESSION_COMPLETE);
  connections = cr_rig_connections (rig, session->patient_id);
  g_assert_cmpuint (connections->len, ==, 1);
  cr_rig_wait (&is_answered);
  g_assert_cmpuint (soup_message_get_status (message), ==, 303);
}

/* What a portal does not answer in time has failed. */
static void
test_stop_gives_up (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autoptr (SoupMessage) message = come_back_late (rig, session);

  rig->connect->under_way.patience_ms = 100;
  cr_rig_stop_connect (rig);
  cr_rig_wait (&rig->connect_is_stopped);
  assert_failed (rig, session, CR_FAILURE_SOURCE_UNREACHABLE);
  assert_session (rig, session, CR_SESSION_COMPLETE);
}

static void
test_start_fails (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autofree char *no_client = cr_rig_add_source (rig, "No client", "https://x.example/fhir", NULL);
  g_autofree char *dead = cr_rig_add_source (rig, "Dead", "http://127.0.0.1:9/fhir", "abc");
  const char *const sources[] = { no_client, dead };
  const CrFailureCode codes[] = { CR_FAILURE_REGISTRATION_REFUSED, CR_FAILURE_SOURCE_UNREACHABLE };

  for (guint i = 0; i < 2; i++)
    {
      CrSessionRequest request = { .patient_id = "p-1",
                                   .source_id = sources[i],
                                   .return_url = "https://app.example/back" };
      g_autoptr (CrSession) session = cr_rig_session (rig, &request, NULL);
      g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
      g_autofree char *done_url = g_strconcat (url, "/done", NULL);
      g_autoptr (CrAnswer) page = cr_rig_get (rig, url);
      g_autoptr (CrAnswer) done = NULL;

      g_assert_cmpuint (page->status, ==, 503);
      assert_failed (rig, session, codes[i]);
      assert_session (rig, session, CR_SESSION_OPEN);
      done = cr_rig_post (rig, done_url, "");
      g_assert_cmpuint (done->status, ==, 303);
      assert_query (done->location, "success", "false");
      assert_query (done->location, "error",
                    i == 0 ? "registration_refused" : "source_unreachable");
      assert_session (rig, session, CR_SESSION_COMPLETE);
    }
}

static void
test_own_page (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  CrSessionRequest request = { .patient_id = "p-1", .source_id = rig->source_id };
  g_autoptr (CrSession) session = cr_rig_session (rig, &request, NULL);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autofree char *back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  g_autoptr (CrAnswer) page = cr_rig_get (rig, back);

  g_assert_cmpstr (back, ==, url);
  g_assert_cmpuint (page->status, ==, 200);
  g_assert_null (strstr (page->body, "href=\"http"));
}

static void
test_bad_requests (void)
{
  const char *ids[] = { "a", NULL };
  const struct
  {
    CrSessionRequest request;
    int code;
    const char *names;
  } cases[] = {
    { { .return_url = "https://a.example" }, CR_ERROR_BAD_INPUT, "patient_id" },
    { { .patient_id = "p", .return_url = "nowhere" }, CR_ERROR_BAD_INPUT, "return_url" },
    { { .patient_id = "p", .return_url = "javascript:alert(1)" },
      CR_ERROR_BAD_INPUT,
      "return_url" },
    { { .patient_id = "p", .return_url = "http://a.example/" }, CR_ERROR_BAD_INPUT, "return_url" },
    { { .patient_id = "p", .return_url = "https://u:p@a.example/" },
      CR_ERROR_BAD_INPUT,
      "return_url" },
    { { .patient_id = "p", .return_url = "https://a.example", .expires_in_s = 59 },
      CR_ERROR_BAD_INPUT,
      "expires_in" },
    { { .patient_id = "p", .return_url = "https://a.example", .expires_in_s = 86401 },
      CR_ERROR_BAD_INPUT,
      "expires_in" },
    { { .patient_id = "p", .return_url = "https://a.example", .return_button_label = "" },
      CR_ERROR_BAD_INPUT,
      "return_button_label" },
    { { .patient_id = "p",
        .return_url = "https://a.example",
        .return_button_label = "0123456789012345678901234567890123456789012345678901234567890" },
      CR_ERROR_BAD_INPUT,
      "return_button_label" },
    { { .patient_id = "p", .return_url = "https://a.example", .metadata = "[1]" },
      CR_ERROR_BAD_INPUT,
      "metadata" },
    { { .patient_id = "p",
        .return_url = "https://a.example",
        .source_id = "a",
        .recommended = ids },
      CR_ERROR_BAD_INPUT,
      "connection_id" },
    { { .patient_id = "p", .return_url = "https://a.example", .patient_email = "no mail" },
      CR_ERROR_BAD_INPUT,
      "mail" },
    { { .patient_id = "p", .return_url = "https://a.example", .source_id = "fhirsrc_none" },
      CR_ERROR_NOT_FOUND,
      "" },
    { { .patient_id = "p", .return_url = "https://a.example", .recommended = ids },
      CR_ERROR_NOT_FOUND,
      "" },
  };
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CrSession) session = cr_rig_session (rig, &cases[i].request, &error);

      g_assert_null (session);
      g_assert_error (error, CR_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].names));
    }
}

static void
test_request_kept (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  g_autofree char *source = cr_rig_add_source (rig, "S", "https://s.example/r4", "c");
  CrSessionRequest request = { .patient_id = "p",
                               .source_id = "https://S.example/r4/",
                               .return_url = "org.example.app:/back",
                               .expires_in_s = 60,
                               .metadata = "{\"n\":1.10}" };
  g_autoptr (CrSession) session = cr_rig_session (rig, &request, NULL);
  g_autoptr (CrSession) stored = cr_rig_get_session (rig, session->id);

  g_assert_cmpstr (stored->source_id, ==, source);
  g_assert_cmpstr (stored->metadata, ==, "{\"n\":1.10}");
  g_assert_cmpint (stored->expires_ms - stored->created_ms, ==, 60000);
  g_assert_cmpuint (strlen (stored->url_key), ==, 32);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect/success", test_success);
  g_test_add_func ("/connect/denied", test_denied);
  g_test_add_func ("/connect/bad-states", test_bad_states);
  g_test_add_func ("/connect/portal-errors", test_portal_errors);
  g_test_add_func ("/connect/exchange-faults", test_exchange_faults);
  g_test_add_func ("/connect/patient-by-search", test_patient_by_search);
  g_test_add_func ("/connect/reconnect", test_reconnect);
  g_test_add_func ("/connect/guard", test_guard);
  g_test_add_func ("/connect/session-pages", test_session_pages);
  g_test_add_func ("/connect/picker", test_picker);
  g_test_add_func ("/connect/browser-leaves", test_browser_leaves);
  g_test_add_func ("/connect/stop/exchanging", test_stop_while_exchanging);
  g_test_add_func ("/connect/stop/gives-up", test_stop_gives_up);
  g_test_add_func ("/connect/start-fails", test_start_fails);
  g_test_add_func ("/connect/own-page", test_own_page);
  g_test_add_func ("/connect/bad-requests", test_bad_requests);
  g_test_add_func ("/connect/request-kept", test_request_kept);

  return g_test_run ();
}
