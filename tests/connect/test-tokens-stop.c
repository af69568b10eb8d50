/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "cr-token-rig.h"

/* Stopping answers everybody who waits. */
static void
test_stop (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_auto (Got) got = { FALSE };

  cr_rig_set_clock_offset (2 * HOUR_MS);
  cr_token_get_async (token, FALSE, NULL, got_cb, &got);
  cr_rig_stop_tokens (rig);
  g_assert_false (rig->tokens_are_stopped);
  cr_rig_wait (&got.done);
  g_assert_error (got.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  cr_rig_wait (&rig->tokens_are_stopped);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 0);

  get (token, FALSE, &got);
  g_assert_error (got.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static gpointer
set_token_endpoint (CrDb *db, gpointer data, GError **error)
{
  g_autofree char *sql =
      g_strdup_printf ("UPDATE connection SET token_endpoint = '%s'", (char *) data);

  return cr_db_exec (db, sql, error) ? data : NULL;
}

/* A renewal that waits for its answer. */
static void
renew_late (CrRig *rig, CrToken *token, Got *got)
{
  g_autofree char *url = cr_rig_start_late (rig);

  cr_rig_write (rig, set_token_endpoint, url);
  cr_rig_set_clock_offset (2 * HOUR_MS);
  cr_token_get_async (token, FALSE, NULL, got_cb, got);
  cr_rig_wait_for_late (rig);
}

/* The portal has used the old refresh token up when it answers: the new one is saved before the
 * stop is done, and who waited for it is not kept that long. */
static void
test_stop_while_renewing (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_autoptr (CrTokens) next = NULL;
  g_autoptr (CrToken) anew = NULL;
  g_auto (Got) got = { FALSE };

  renew_late (rig, token, &got);
  cr_rig_stop_tokens (rig);
  cr_rig_wait (&got.done);
  g_assert_error (got.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (rig->tokens_are_stopped);
  cr_rig_answer_late (rig);
  cr_rig_wait (&rig->tokens_are_stopped);

  next = cr_tokens_new (rig->store, rig->client, rig->vault, rig->changes, cr_rig_clock);
  anew = cr_tokens_for (next, connection->id, rig->sandbox_uri);
  get (anew, FALSE, &got);
  g_assert_no_error (got.error);
  g_assert_cmpuint (works_at_portal (rig, got.value), !=, 401);
  g_assert_cmpuint (rig->n_asked_late, ==, 1);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 200), ==, 1);
}

/* A portal that does not answer is given up, and that lapses nobody. */
static void
test_stop_gives_up (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_auto (Got) got = { FALSE };

  renew_late (rig, token, &got);
  rig->tokens->under_way.patience_ms = 100;
  cr_rig_stop_tokens (rig);
  cr_rig_wait (&rig->tokens_are_stopped);
  g_assert_error (got.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_true (g_bytes_equal (after->sealed_tokens, connection->sealed_tokens));
}

/* A disconnection that was begun is done. */
static void
test_stop_while_disconnecting (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrConnection) after = NULL;
  gboolean done = FALSE;

  cr_tokens_disconnect_async (rig->tokens, connection->id, NULL, disconnected_cb, &done);
  cr_rig_stop_tokens (rig);
  cr_rig_wait (&rig->tokens_are_stopped);
  g_assert_true (done);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_DISCONNECTED);
  g_assert_cmpuint (cr_rig_count (rig, "POST", "/portal/revoke", 200), ==, 2);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/tokens/stop/waiting", test_stop);
  g_test_add_func ("/tokens/stop/renewing", test_stop_while_renewing);
  g_test_add_func ("/tokens/stop/gives-up", test_stop_gives_up);
  g_test_add_func ("/tokens/stop/disconnecting", test_stop_while_disconnecting);
  return g_test_run ();
}
