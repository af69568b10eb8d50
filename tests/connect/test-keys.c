/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-json.h"
#include "connect/cr-auth-log.h"
#include "connect/cr-client-keys.h"
#include "cr-token-rig.h"
#include "model/cr-attempt.h"
#include "model/cr-auth-event.h"
#include "store/cr-sources-table.h"

#include <string.h>

#define DAY_MS (24 * HOUR_MS)

typedef struct
{
  gboolean done;
  GAsyncResult *result;
} Wait;

static void
wait_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->result = g_object_ref (result);
  wait->done = TRUE;
}

static gpointer
use_keys (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrSource) source = cr_sources_table_get (db, data, error);

  g_assert_nonnull (source);
  cr_set_text (&source->client_id, "chartroom-sandbox-keys");
  source->client_auth = CR_CLIENT_AUTH_PRIVATE_KEY_JWT;
  return cr_sources_table_update (db, source, error) ? db : NULL;
}

/* The sandbox's portal as a source that signs in with a key; @registers: the portal reads our set.
 */
static CrRig *
rig_with_keys (gboolean registers)
{
  CrRig *rig = cr_rig_new (TRUE);
  g_autofree char *uri = cr_connect_get_jwks_uri (rig->connect);
  g_autofree char *body = g_strdup_printf ("{\"jwks_uri\":\"%s\"}", uri);

  cr_rig_write (rig, use_keys, rig->source_id);
  if (registers)
    {
      g_autoptr (CrAnswer) answer = cr_rig_put (rig, "/_sandbox/client", body);

      g_assert_cmpuint (answer->status, ==, 204);
    }
  return rig;
}

static GPtrArray *
key_ids (const char *set, const char *algorithm)
{
  g_autoptr (JsonObject) root = cr_json_parse (set, -1, "The set", NULL);
  JsonArray *keys = cr_json_array (root, "keys");
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  g_assert_nonnull (keys);
  for (guint i = 0; i < json_array_get_length (keys); i++)
    {
      JsonObject *jwk = cr_json_array_object (keys, i);

      g_assert_false (json_object_has_member (jwk, "d"));
      g_assert_false (json_object_has_member (jwk, "p"));
      if (algorithm == NULL || g_strcmp0 (cr_json_string (jwk, "alg"), algorithm) == 0)
        g_ptr_array_add (ids, g_strdup (cr_json_string (jwk, "kid")));
    }
  return ids;
}

static GPtrArray *
published (CrRig *rig, CrKeysWish wish, const char *algorithm)
{
  Wait wait = { FALSE, NULL };
  g_autofree char *set = NULL;
  g_autoptr (GError) error = NULL;

  cr_client_keys_publish_async (rig->vault, wish, cr_rig_clock (), NULL, wait_cb, &wait);
  cr_rig_wait (&wait.done);
  set = cr_client_keys_publish_finish (rig->vault, wait.result, &error);
  g_object_unref (wait.result);
  g_assert_no_error (error);
  return key_ids (set, algorithm);
}

static char *
signing_id (CrRig *rig, const char *algorithm)
{
  Wait wait = { FALSE, NULL };
  g_autoptr (CrSigningKey) key = NULL;
  g_autoptr (GError) error = NULL;

  cr_client_keys_get_async (rig->vault, algorithm, cr_rig_clock (), NULL, wait_cb, &wait);
  cr_rig_wait (&wait.done);
  key = cr_client_keys_get_finish (rig->vault, wait.result, &error);
  g_object_unref (wait.result);
  g_assert_no_error (error);
  return g_strdup (cr_signing_key_get_id (key));
}

/* Over HTTP, as a portal reads it. */
static void
test_published (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  g_autofree char *uri = cr_connect_get_jwks_uri (rig->connect);
  g_autoptr (CrAnswer) before = cr_rig_get (rig, uri);
  g_autoptr (CrAnswer) after = NULL;
  g_autofree char *es = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) one = NULL;
  g_autoptr (GPtrArray) made = NULL;

  g_assert_true (g_str_has_suffix (uri, "/.well-known/jwks.json"));
  g_assert_cmpuint (before->status, ==, 200);
  none = key_ids (before->body, NULL);
  g_assert_cmpuint (none->len, ==, 0);

  es = signing_id (rig, CR_SIGNING_ES384);
  after = cr_rig_get (rig, uri);
  one = key_ids (after->body, NULL);
  g_assert_cmpuint (one->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (one, 0), ==, es);

  made = published (rig, CR_KEYS_MAKE, NULL);
  g_assert_cmpuint (made->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (made, 0), ==, es);
}

static void
test_rotation (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  g_autofree char *first = signing_id (rig, CR_SIGNING_ES384);
  g_autofree char *again = signing_id (rig, CR_SIGNING_ES384);
  g_autofree char *meanwhile = NULL;
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;

  g_assert_cmpstr (first, ==, again);
  {
    g_autoptr (GPtrArray) both = published (rig, CR_KEYS_ROTATE, CR_SIGNING_ES384);
    g_autoptr (GPtrArray) still = published (rig, CR_KEYS_ROTATE, CR_SIGNING_ES384);

    g_assert_cmpuint (both->len, ==, 2);
    g_assert_cmpuint (still->len, ==, 2);
    g_assert_cmpstr (g_ptr_array_index (both, 0), ==, first);
    second = g_strdup (g_ptr_array_index (both, 1));
  }
  meanwhile = signing_id (rig, CR_SIGNING_ES384);
  g_assert_cmpstr (meanwhile, ==, first);

  cr_rig_set_clock_offset (DAY_MS + 1000);
  {
    g_autofree char *now = signing_id (rig, CR_SIGNING_ES384);
    g_autoptr (GPtrArray) both = published (rig, CR_KEYS_AS_THEY_ARE, CR_SIGNING_ES384);

    g_assert_cmpstr (now, ==, second);
    g_assert_cmpuint (both->len, ==, 2);
  }

  cr_rig_set_clock_offset (8 * DAY_MS + 1000);
  {
    g_autoptr (GPtrArray) one = published (rig, CR_KEYS_AS_THEY_ARE, CR_SIGNING_ES384);
    g_autoptr (GPtrArray) replaced = NULL;

    g_assert_cmpuint (one->len, ==, 1);
    g_assert_cmpstr (g_ptr_array_index (one, 0), ==, second);
    replaced = published (rig, CR_KEYS_REPLACE, CR_SIGNING_ES384);
    g_assert_cmpuint (replaced->len, ==, 1);
    g_assert_cmpstr (g_ptr_array_index (replaced, 0), !=, second);
    third = signing_id (rig, CR_SIGNING_ES384);
    g_assert_cmpstr (third, ==, g_ptr_array_index (replaced, 0));
  }
  cr_rig_set_clock_offset (0);
}

/* What the keyring holds is no key: it is said, and no new one put in its place. */
static void
test_damaged (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  Wait wait = { FALSE, NULL };
  Wait key_wait = { FALSE, NULL };
  g_autoptr (GError) error = NULL;

  cr_vault_set_async (rig->vault, "client-keys", "Test", "1\nES384 0 0 bm90IGEga2V5\n", NULL,
                      wait_cb, &wait);
  cr_rig_wait (&wait.done);
  g_assert_true (cr_vault_set_finish (rig->vault, wait.result, &error));
  g_object_unref (wait.result);
  cr_client_keys_get_async (rig->vault, CR_SIGNING_ES384, cr_rig_clock (), NULL, wait_cb,
                            &key_wait);
  cr_rig_wait (&key_wait.done);
  g_assert_null (cr_client_keys_get_finish (rig->vault, key_wait.result, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CORRUPT);
  g_object_unref (key_wait.result);

  /* the next test's keys are its own */
  {
    g_autoptr (CrAnswer) answer = NULL;
    g_autofree char *uri = cr_connect_get_jwks_uri (rig->connect);
    Wait cleared = { FALSE, NULL };

    answer = cr_rig_get (rig, uri);
    g_assert_cmpuint (answer->status, ==, 503);
    cr_vault_clear_async (rig->vault, "client-keys", NULL, wait_cb, &cleared);
    cr_rig_wait (&cleared.done);
    g_assert_true (cr_vault_clear_finish (rig->vault, cleared.result, NULL));
    g_object_unref (cleared.result);
  }
}

static gboolean
history_says (CrRig *rig, const char *patient_id, const char *words)
{
  g_autoptr (GPtrArray) events = cr_rig_auth_events (rig, patient_id);

  for (guint i = 0; i < events->len; i++)
    {
      CrAuthEvent *event = g_ptr_array_index (events, i);

      if (event->description != NULL && strstr (event->description, words) != NULL)
        return TRUE;
    }
  return FALSE;
}

/* Code, refresh and revocation, each with an assertion of its own, checked by the portal for real.
 */
static void
test_trip (gconstpointer data)
{
  const char *only = data;
  g_autoptr (CrRig) rig = rig_with_keys (TRUE);
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrToken) token = NULL;
  g_auto (Got) got = { 0 };

  if (only != NULL)
    cr_rig_fault (rig, only, "{}");
  connection = connected (rig);
  token = token_of (rig, connection);
  get (token, TRUE, &got);
  g_assert_no_error (got.error);
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 200), ==, 1);
  g_assert_cmpuint (works_at_portal (rig, got.value), ==, 200);

  disconnect (rig, connection);
  g_assert_cmpuint (cr_rig_count (rig, "POST", "/portal/revoke", 200), ==, 2);
  g_assert_true (history_says (rig, connection->patient_id, "The portal took the access back."));
  g_assert_cmpuint (works_at_portal (rig, got.value), ==, 401);
}

/* The portal knows the client and not its keys. */
static void
test_unregistered (void)
{
  g_autoptr (CrRig) rig = rig_with_keys (FALSE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  g_autofree char *error = cr_rig_query (back, "error");

  g_assert_cmpstr (error, ==, "client_not_active");
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 401), ==, 1);
}

/* The portal does not know the new keys; the connection waits for that to be put right. */
static void
test_refresh_refused (void)
{
  g_autoptr (CrRig) rig = rig_with_keys (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_autoptr (CrAnswer) answer = cr_rig_put (rig, "/_sandbox/client", "{\"jwks\":{\"keys\":[]}}");
  g_auto (Got) got = { 0 };

  g_assert_cmpuint (answer->status, ==, 204);
  get (token, TRUE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_REFUSED);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_true (after->has_refresh);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connect/keys/published", test_published);
  g_test_add_func ("/connect/keys/rotation", test_rotation);
  g_test_add_func ("/connect/keys/damaged", test_damaged);
  g_test_add_data_func ("/connect/keys/trip/ES384", NULL, test_trip);
  g_test_add_data_func ("/connect/keys/trip/RS384", "only-rs384", test_trip);
  g_test_add_func ("/connect/keys/unregistered", test_unregistered);
  g_test_add_func ("/connect/keys/refresh-refused", test_refresh_refused);
  return g_test_run ();
}
