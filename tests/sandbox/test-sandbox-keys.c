/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "cr-sandbox-rig.h"
#include "net/cr-signing-key.h"

#define CLIENT "chartroom-sandbox-keys"
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

static CrSigningKey *key;

static char *
audience (CrSandboxRig *rig)
{
  return g_strconcat (cr_sandbox_get_uri (rig->sandbox), "/portal/token", NULL);
}

static void
register_keys (CrSandboxRig *rig)
{
  g_autoptr (JsonObject) jwk = cr_signing_key_to_jwk (key);
  g_autofree char *text = cr_json_object_to_text (jwk, FALSE);
  g_autofree char *body = g_strdup_printf ("{\"jwks\":{\"keys\":[%s]}}", text);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  g_autoptr (CrReply) reply = cr_sandbox_rig_send (
      rig, cr_sandbox_rig_message (rig, "PUT", "/_sandbox/client"), "application/json", bytes);

  g_assert_cmpuint (reply->status, ==, 204);
}

/* A client that is believed and a grant that is nonsense: invalid_grant; else invalid_client. */
static char *
try_assertion (CrSandboxRig *rig, const char *assertion, const char *type)
{
  g_autoptr (CrReply) reply = cr_sandbox_rig_form (
      rig, "/portal/token", "grant_type", "refresh_token", "refresh_token", "none",
      "client_assertion_type", type, "client_assertion", assertion, NULL);
  g_autoptr (JsonObject) body = cr_reply_json (reply);

  return g_strdup (cr_json_string (body, "error"));
}

static void
assert_answer (CrSandboxRig *rig, const char *assertion, const char *error)
{
  g_autofree char *answer = try_assertion (rig, assertion, ASSERTION_TYPE);

  g_assert_cmpstr (answer, ==, error);
}

static void
test_registration (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (2);
  g_autofree char *aud = audience (rig);
  gint64 now_ms = cr_sandbox_rig_now_ms;
  g_autofree char *one = cr_client_assertion_new (key, CLIENT, aud, now_ms, NULL);
  g_autofree char *two = cr_client_assertion_new (key, CLIENT, aud, now_ms, NULL);
  g_autofree char *type = NULL;

  assert_answer (rig, one, "invalid_client");
  register_keys (rig);
  assert_answer (rig, one, "invalid_grant");
  /* replayed, also over a restart */
  assert_answer (rig, one, "invalid_client");
  cr_sandbox_rig_restart (rig);
  assert_answer (rig, one, "invalid_client");
  type = try_assertion (rig, two, "something-else");
  g_assert_cmpstr (type, ==, "invalid_client");
  {
    g_autofree char *here = audience (rig);
    g_autofree char *three = cr_client_assertion_new (key, CLIENT, here, now_ms, NULL);

    assert_answer (rig, three, "invalid_grant");
  }
}

static void
test_refusals (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (2);
  g_autoptr (CrSigningKey) other = cr_signing_key_generate (CR_SIGNING_ES384, NULL);
  g_autofree char *aud = audience (rig);
  gint64 now_ms = cr_sandbox_rig_now_ms;
  g_autofree char *good = cr_client_assertion_new (key, CLIENT, aud, now_ms, NULL);
  g_autofree char *tampered = cr_client_assertion_new (key, CLIENT, aud, now_ms, NULL);
  char *const wrong[] = {
    cr_client_assertion_new (other, CLIENT, aud, now_ms, NULL),
    cr_client_assertion_new (key, "somebody", aud, now_ms, NULL),
    cr_client_assertion_new (key, CLIENT, "http://127.0.0.1/portal/token", now_ms, NULL),
    cr_client_assertion_new (key, CLIENT, aud, now_ms - 600000, NULL),
    cr_client_assertion_new (key, CLIENT, aud, now_ms + 600000, NULL),
    g_strdup ("a.b"),
    g_strdup (""),
    g_strdup ("eyJhbGciOiJub25lIn0.e30."),
  };

  register_keys (rig);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      assert_answer (rig, wrong[i], "invalid_client");
      g_free (wrong[i]);
    }
  tampered[strlen (tampered) - 30] = tampered[strlen (tampered) - 30] == 'A' ? 'B' : 'A';
  assert_answer (rig, tampered, "invalid_client");
  cr_sandbox_rig_fault (rig, "only-rs384", "{}");
  assert_answer (rig, good, "invalid_client");
  cr_sandbox_rig_no_fault (rig, "only-rs384");
  assert_answer (rig, good, "invalid_grant");
}

int
main (int argc, char **argv)
{
  int result;

  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  key = cr_signing_key_generate (CR_SIGNING_ES384, NULL);
  g_test_add_func ("/sandbox/keys/registration", test_registration);
  g_test_add_func ("/sandbox/keys/refusals", test_refusals);
  result = g_test_run ();
  cr_signing_key_unref (key);
  return result;
}
