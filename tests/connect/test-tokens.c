/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-json.h"
#include "cr-token-rig.h"

#include "connect/cr-lapse.h"
#include "model/cr-auth-event.h"
#include "model/cr-event.h"
#include "store/cr-connections-table.h"

#include <string.h>

static void
test_fresh (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_auto (Got) got = { FALSE };

  g_assert_cmpstr (cr_token_get_origin (token), ==, rig->sandbox_uri);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  g_assert_true (g_str_has_prefix (got.value, "Bearer "));
  g_assert_cmpuint (works_at_portal (rig, got.value), !=, 401);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 0);
}

static void
test_renewed_before_end (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) before = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, before);
  g_autoptr (CrConnection) after = NULL;
  g_auto (Got) first = { FALSE };
  g_auto (Got) second = { FALSE };

  get (token, FALSE, &first);
  cr_rig_set_clock_offset (HOUR_MS - 30 * 1000);
  get (token, FALSE, &second);
  g_assert_no_error (second.error);
  g_assert_cmpstr (first.value, !=, second.value);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 200), ==, 1);
  after = the_connection (rig, before->patient_id);
  g_assert_false (g_bytes_equal (before->sealed_tokens, after->sealed_tokens));
  g_assert_cmpint (after->access_expires_ms, >, before->access_expires_ms);

  get (token, FALSE, &first);
  g_assert_cmpstr (first.value, ==, second.value);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 200), ==, 1);
}

/* Each rotated token is good for one use: were one lost, the next renewal would be refused. */
static void
test_rotation (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_auto (Got) got = { FALSE };

  cr_rig_fault (rig, "strict-rotation", "{}");
  for (guint i = 1; i <= 4; i++)
    {
      g_autoptr (CrToken) token = token_of (rig, connection);

      cr_rig_set_clock_offset (i * HOUR_MS);
      get (token, FALSE, &got);
      g_assert_no_error (got.error);
      g_assert_cmpuint (works_at_portal (rig, got.value), !=, 401);
    }
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 200), ==, 4);
}

/* The portal has used the old refresh token up, and the new one cannot be written down: it is kept
 * in memory, nobody gets it, and the next one who asks saves it before anything else. */
static void
test_store_refuses (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_auto (Got) got = { FALSE };

  cr_rig_fault (rig, "strict-rotation", "{}");
  cr_rig_set_clock_offset (HOUR_MS);
  cr_rig_fill_disk (rig);
  for (guint i = 0; i < 3; i++)
    {
      get (token, i == 2, &got);
      g_assert_error (got.error, CR_ERROR, CR_ERROR_NO_SPACE);
      g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 1);
    }

  cr_rig_make_room (rig);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  g_assert_cmpuint (works_at_portal (rig, got.value), !=, 401);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 1);
  after = the_connection (rig, connection->patient_id);
  g_assert_false (g_bytes_equal (after->sealed_tokens, connection->sealed_tokens));

  cr_rig_set_clock_offset (2 * HOUR_MS);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 200), ==, 2);
}

/* What was kept for too long is saved all the same: its refresh token is the one that is good. */
static void
test_store_refuses_long (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_auto (Got) got = { FALSE };

  cr_rig_fault (rig, "strict-rotation", "{}");
  cr_rig_set_clock_offset (HOUR_MS);
  cr_rig_fill_disk (rig);
  get (token, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_NO_SPACE);

  cr_rig_set_clock_offset (10 * HOUR_MS);
  cr_rig_make_room (rig);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  g_assert_cmpuint (works_at_portal (rig, got.value), !=, 401);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 200), ==, 2);
}

/* A sign-in in between makes what was kept pointless. */
static void
test_store_refuses_reconnect (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_autoptr (CrConnection) anew = NULL;
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrSession) again = NULL;
  g_autofree char *back = NULL;
  g_auto (Got) got = { FALSE };

  cr_rig_set_clock_offset (HOUR_MS);
  cr_rig_fill_disk (rig);
  get (token, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_NO_SPACE);

  cr_rig_make_room (rig);
  again = cr_rig_direct_session (rig, 0);
  back = cr_rig_walk (rig, again, 0, CR_RIG_ALLOW);
  g_assert_nonnull (strstr (back, "success=true"));
  anew = the_connection (rig, again->patient_id);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  g_assert_cmpuint (works_at_portal (rig, got.value), !=, 401);
  after = the_connection (rig, again->patient_id);
  g_assert_true (g_bytes_equal (after->sealed_tokens, anew->sealed_tokens));
}

static void
test_single_flight (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_autoptr (CrToken) other = token_of (rig, connection);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Got got[6] = { { FALSE } };

  cr_rig_set_clock_offset (2 * HOUR_MS);
  for (guint i = 0; i < 5; i++)
    cr_token_get_async (i % 2 == 0 ? token : other, i == 3, NULL, got_cb, &got[i]);
  cr_token_get_async (token, FALSE, cancellable, got_cb, &got[5]);
  g_cancellable_cancel (cancellable);
  cr_rig_wait (&got[5].done);
  g_assert_error (got[5].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  for (guint i = 0; i < 5; i++)
    {
      cr_rig_wait (&got[i].done);
      g_assert_no_error (got[i].error);
      g_assert_cmpstr (got[i].value, ==, got[0].value);
    }
  for (guint i = 0; i < 6; i++)
    got_clear (&got[i]);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 1);
}

/* Refused with 401 although its time was not up: renewed once, also for those who come later. */
static void
test_renew_after_401 (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_auto (Got) plain = { FALSE };
  g_auto (Got) first = { FALSE };
  g_auto (Got) second = { FALSE };

  cr_token_get_async (token, FALSE, NULL, got_cb, &plain);
  cr_token_get_async (token, TRUE, NULL, got_cb, &first);
  cr_rig_wait (&plain.done);
  cr_rig_wait (&first.done);
  g_assert_no_error (first.error);
  get (token, TRUE, &second);
  g_assert_cmpstr (second.value, ==, first.value);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 1);

  cr_rig_set_clock_offset (60 * 1000);
  get (token, TRUE, &second);
  g_assert_cmpstr (second.value, !=, first.value);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 2);
}

static guint
count_lapse_events (CrRig *rig, CrConnection *connection, const char *status)
{
  g_autoptr (GPtrArray) events = cr_rig_events (rig);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    {
      CrEvent *event = g_ptr_array_index (events, i);
      g_autoptr (JsonObject) payload = cr_json_parse (event->data, -1, "It", NULL);

      if (event->type != CR_EVENT_CONNECTION_TOKEN_REFRESH_FAILED)
        continue;
      g_assert_cmpstr (cr_json_string (payload, "id"), ==, connection->id);
      g_assert_cmpstr (cr_json_string (payload, "status"), ==, status);
      g_assert_cmpstr (cr_json_string (payload, "patient_id"), ==, connection->patient_id);
      n++;
    }

  return n;
}

static void
test_refused (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (GPtrArray) log = NULL;
  g_auto (Got) got = { FALSE };

  cr_rig_fault (rig, "refuse-refresh", "{}");
  cr_rig_set_clock_offset (2 * HOUR_MS);
  get (token, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_SIGN_IN);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_REFRESH_FAILED);
  g_assert_cmpint (after->failure_code, ==, CR_FAILURE_REFRESH_REFUSED);
  g_assert_null (after->sealed_tokens);
  g_assert_cmpuint (count_lapse_events (rig, connection, "refresh_failed"), ==, 1);
  log = cr_rig_auth_events (rig, connection->patient_id);
  g_assert_cmpint (((CrAuthEvent *) g_ptr_array_index (log, 0))->step, ==, CR_AUTH_STEP_REFRESH);
  g_assert_cmpint (((CrAuthEvent *) g_ptr_array_index (log, 0))->outcome, ==,
                   CR_AUTH_OUTCOME_FAILURE);

  get (token, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_SIGN_IN);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 1);
  g_assert_cmpuint (count_lapse_events (rig, connection, "refresh_failed"), ==, 1);
}

/* What is not the patient's refusal never ends their access. */
static void
assert_no_lapse (CrRig *rig, CrConnection *connection, int code)
{
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_autoptr (CrConnection) after = NULL;
  g_auto (Got) got = { FALSE };

  get (token, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, code);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_true (g_bytes_equal (after->sealed_tokens, connection->sealed_tokens));
  g_assert_cmpuint (count_lapse_events (rig, connection, ""), ==, 0);
}

static void
test_no_lapse (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_auto (Got) got = { FALSE };
  g_autoptr (CrToken) token = token_of (rig, connection);

  cr_rig_set_clock_offset (2 * HOUR_MS);
  cr_rig_fault (rig, "token-500", "{}");
  assert_no_lapse (rig, connection, CR_ERROR_BUSY);
  cr_rig_clear_faults (rig);
  cr_rig_fault (rig, "refuse-refresh", "{\"error\":\"invalid_client\"}");
  assert_no_lapse (rig, connection, CR_ERROR_REFUSED);
  cr_rig_clear_faults (rig);
  cr_rig_fault (rig, "refuse-refresh", "{\"error\":\"temporarily_unavailable\"}");
  assert_no_lapse (rig, connection, CR_ERROR_BUSY);
  cr_rig_clear_faults (rig);

  get (token, FALSE, &got);
  g_assert_no_error (got.error);
}

static void
test_offline (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);

  cr_rig_set_clock_offset (2 * HOUR_MS);
  cr_rig_stop_sandbox (rig);
  assert_no_lapse (rig, connection, CR_ERROR_OFFLINE);
}

static void
test_no_refresh_token (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrToken) token = NULL;
  g_autoptr (CrConnection) after = NULL;
  g_auto (Got) got = { FALSE };

  cr_rig_fault (rig, "no-refresh-token", "{}");
  connection = connected (rig);
  g_assert_false (connection->has_refresh);
  token = token_of (rig, connection);

  cr_rig_set_clock_offset (HOUR_MS - 30 * 1000);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  cr_rig_set_clock_offset (HOUR_MS + 1000);
  get (token, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_SIGN_IN);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_EXPIRED);
  g_assert_null (after->sealed_tokens);
  g_assert_cmpuint (count_lapse_events (rig, connection, "expired"), ==, 1);
}

static gpointer
sweep (CrDb *db, gpointer data, GError **error)
{
  return cr_lapse_ended (db, *(gint64 *) data, error);
}

static void
count_told_cb (CrChanges *changes, int kind, const char *id, const char *patient_id, guint *n)
{
  (*n)++;
}

/* The day comes, and nobody asks for a token: staff see it all the same, once. */
static void
test_ended_unasked (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (GPtrArray) log = NULL;
  CrAuthEvent *last;
  guint n_told = 0;

  cr_rig_fault (rig, "no-refresh-token", "{}");
  connection = connected (rig);
  g_signal_connect (rig->changes, "changed", G_CALLBACK (count_told_cb), &n_told);
  for (int step = -1; step <= 1; step++)
    {
      gint64 now_ms = connection->access_expires_ms + step;
      g_autoptr (GPtrArray) told = cr_rig_write (rig, sweep, &now_ms);

      g_assert_cmpuint (told->len, ==, step == 0 ? 1 : 0);
      for (guint i = 0; i < told->len; i++)
        cr_told_tell (g_ptr_array_index (told, i), rig->changes);
    }

  /* the connection, its event, its step in the history */
  g_assert_cmpuint (n_told, ==, 3);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_EXPIRED);
  g_assert_null (after->sealed_tokens);
  g_assert_cmpuint (count_lapse_events (rig, connection, "expired"), ==, 1);
  log = cr_rig_auth_events (rig, connection->patient_id);
  last = g_ptr_array_index (log, 0);
  g_assert_cmpint (last->step, ==, CR_AUTH_STEP_REFRESH);
  g_assert_cmpstr (last->description, ==, CR_LAPSE_ENDED);
}

/* With a refresh token, the end of access is no end. */
static void
test_not_ended (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  gint64 now_ms = connection->access_expires_ms + HOUR_MS;
  g_autoptr (GPtrArray) told = cr_rig_write (rig, sweep, &now_ms);
  g_autoptr (CrConnection) after = the_connection (rig, connection->patient_id);

  g_assert_cmpuint (told->len, ==, 0);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
}

static void
test_confidential (gconstpointer data)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrToken) token = NULL;
  g_auto (Got) got = { FALSE };

  make_confidential (rig, (CrClientAuth) GPOINTER_TO_INT (data), NULL);
  connection = connected (rig);
  token = token_of (rig, connection);
  cr_rig_set_clock_offset (2 * HOUR_MS);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 200), ==, 1);

  make_confidential (rig, (CrClientAuth) GPOINTER_TO_INT (data), "not the secret");
  g_clear_object (&connection);
  {
    g_autoptr (GPtrArray) connections = cr_rig_connections (rig, NULL);

    connection = g_object_ref (g_ptr_array_index (connections, 0));
  }
  cr_rig_set_clock_offset (4 * HOUR_MS);
  assert_no_lapse (rig, connection, CR_ERROR_REFUSED);
}

static void
test_disconnect (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrSession) again = NULL;
  g_autofree char *back = NULL;
  g_autoptr (CrConnection) anew = NULL;
  g_auto (Got) before = { FALSE };
  g_auto (Got) got = { FALSE };

  get (token, FALSE, &before);
  disconnect (rig, connection);
  disconnect (rig, connection);
  g_assert_cmpuint (cr_rig_count (rig, "POST", "/portal/revoke", 200), ==, 2);
  g_assert_cmpuint (works_at_portal (rig, before.value), ==, 401);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_DISCONNECTED);
  g_assert_null (after->sealed_tokens);
  get (token, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_SIGN_IN);

  again = cr_rig_direct_session (rig, 0);
  back = cr_rig_walk (rig, again, 0, CR_RIG_ALLOW);
  anew = the_connection (rig, connection->patient_id);
  g_assert_cmpstr (anew->id, ==, connection->id);
  g_assert_cmpint (anew->status, ==, CR_CONNECTION_ACTIVE);
}

/* The portal takes back only what the client that got it asks for, in the client's own name. */
static void
test_disconnect_confidential (gconstpointer data)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrToken) token = NULL;
  g_auto (Got) before = { FALSE };

  make_confidential (rig, (CrClientAuth) GPOINTER_TO_INT (data), NULL);
  connection = connected (rig);
  token = token_of (rig, connection);
  get (token, FALSE, &before);
  disconnect (rig, connection);
  g_assert_cmpuint (cr_rig_count (rig, "POST", "/portal/revoke", 200), ==, 2);
  g_assert_cmpuint (works_at_portal (rig, before.value), ==, 401);
}

static void
test_disconnect_offline (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrConnection) after = NULL;

  cr_rig_stop_sandbox (rig);
  disconnect (rig, connection);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_DISCONNECTED);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/tokens/fresh", test_fresh);
  g_test_add_func ("/tokens/renewed-before-end", test_renewed_before_end);
  g_test_add_func ("/tokens/rotation", test_rotation);
  g_test_add_func ("/tokens/store-refuses/kept", test_store_refuses);
  g_test_add_func ("/tokens/store-refuses/long", test_store_refuses_long);
  g_test_add_func ("/tokens/store-refuses/reconnect", test_store_refuses_reconnect);
  g_test_add_func ("/tokens/single-flight", test_single_flight);
  g_test_add_func ("/tokens/renew-after-401", test_renew_after_401);
  g_test_add_func ("/tokens/refused", test_refused);
  g_test_add_func ("/tokens/no-lapse", test_no_lapse);
  g_test_add_func ("/tokens/offline", test_offline);
  g_test_add_func ("/tokens/no-refresh-token", test_no_refresh_token);
  g_test_add_func ("/tokens/ended/unasked", test_ended_unasked);
  g_test_add_func ("/tokens/ended/not", test_not_ended);
  g_test_add_data_func ("/tokens/confidential/basic", GINT_TO_POINTER (CR_CLIENT_AUTH_BASIC),
                        test_confidential);
  g_test_add_data_func ("/tokens/confidential/post", GINT_TO_POINTER (CR_CLIENT_AUTH_POST),
                        test_confidential);
  g_test_add_func ("/tokens/disconnect", test_disconnect);
  g_test_add_data_func ("/tokens/disconnect-basic", GINT_TO_POINTER (CR_CLIENT_AUTH_BASIC),
                        test_disconnect_confidential);
  g_test_add_data_func ("/tokens/disconnect-post", GINT_TO_POINTER (CR_CLIENT_AUTH_POST),
                        test_disconnect_confidential);
  g_test_add_func ("/tokens/disconnect-offline", test_disconnect_offline);

  return g_test_run ();
}
