/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "base/cr-first.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "cr-sandbox-rig.h"

#define CLIENT "chartroom-sandbox"

static CrReply *
exchange (CrSandboxRig *rig, const char *code, const char *verifier, const char *redirect_uri)
{
  return cr_sandbox_rig_form (rig, "/portal/token", "grant_type", "authorization_code", "code",
                              code, "redirect_uri", redirect_uri, "client_id", CLIENT,
                              "code_verifier", verifier, NULL);
}

static CrReply *
refresh (CrSandboxRig *rig, const char *token)
{
  return cr_sandbox_rig_form (rig, "/portal/token", "grant_type", "refresh_token", "refresh_token",
                              token, "client_id", CLIENT, NULL);
}

static char *
get_code (CrSandboxRig *rig)
{
  g_autofree char *uri = cr_sandbox_rig_authorize_uri (rig, NULL, CR_RIG_CHALLENGE);
  g_autofree char *back = cr_sandbox_rig_consent (rig, 0, uri, "allow");
  const char *code = strstr (back, "?code=");

  g_assert_nonnull (code);
  g_assert_true (g_str_has_prefix (back, CR_RIG_REDIRECT));
  g_assert_nonnull (strstr (back, "&state=st4te"));
  code += strlen ("?code=");
  return g_strndup (code, strcspn (code, "&"));
}

static void
assert_error (CrReply *reply, guint status, const char *error)
{
  g_autoptr (JsonObject) body = cr_reply_json (reply);

  g_assert_cmpuint (reply->status, ==, status);
  g_assert_cmpstr (cr_json_string (body, "error"), ==, error);
  g_assert_cmpstr (cr_reply_header (reply, "Cache-Control"), ==, "no-store");
}

static guint
read_patient (CrSandboxRig *rig, JsonObject *tokens)
{
  g_autofree char *path =
      g_strconcat ("/portal/fhir/Patient/", cr_json_string (tokens, "patient"), NULL);
  g_autoptr (CrReply) reply =
      cr_sandbox_rig_get (rig, path, cr_json_string (tokens, "access_token"));

  return reply->status;
}

static void
test_walk (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (2);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 1, NULL);
  gint64 seconds = 0;

  g_assert_cmpstr (cr_json_string (tokens, "patient"), ==,
                   cr_json_string (cr_sandbox_rig_patient (rig, 1), "portal_patient_id"));
  g_assert_cmpstr (cr_json_string (tokens, "token_type"), ==, "Bearer");
  g_assert_nonnull (cr_json_string (tokens, "refresh_token"));
  g_assert_true (cr_json_int (tokens, "expires_in", &seconds));
  g_assert_cmpint (seconds, ==, 3600);
  g_assert_cmpuint (read_patient (rig, tokens), ==, 200);

  cr_sandbox_rig_now_ms += seconds * 1000;
  g_assert_cmpuint (read_patient (rig, tokens), ==, 401);
}

static void
test_code_is_bound (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autofree char *code = get_code (rig);
  g_autoptr (CrReply) wrong =
      exchange (rig, code, "wrong-verifier-wrong-verifier-wrong-verifier", CR_RIG_REDIRECT);
  g_autoptr (CrReply) elsewhere =
      exchange (rig, code, CR_RIG_VERIFIER, "http://127.0.0.1:10/callback");
  g_autoptr (CrReply) unknown = exchange (rig, "nonsense", CR_RIG_VERIFIER, CR_RIG_REDIRECT);
  g_autoptr (CrReply) other =
      cr_sandbox_rig_form (rig, "/portal/token", "grant_type", "authorization_code", "code", code,
                           "client_id", "somebody-else", NULL);
  g_autoptr (CrReply) late = NULL;

  assert_error (wrong, 400, "invalid_grant");
  assert_error (elsewhere, 400, "invalid_grant");
  assert_error (unknown, 400, "invalid_grant");
  assert_error (other, 401, "invalid_client");
  cr_sandbox_rig_now_ms += 61000;
  late = exchange (rig, code, CR_RIG_VERIFIER, CR_RIG_REDIRECT);
  assert_error (late, 400, "invalid_grant");
}

static void
test_confidential_client (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  JsonObject *client =
      cr_json_object (cr_json_object (rig->about, "portal"), "confidential_client");
  const char *id = cr_json_string (client, "client_id");
  const char *secret = cr_json_string (client, "client_secret");
  g_autofree char *uri = cr_sandbox_rig_authorize_uri (rig, NULL, CR_RIG_CHALLENGE);
  g_autoptr (GString) theirs = g_string_new (uri);
  g_autofree char *with = g_strconcat ("client_id=", id, NULL), *back = NULL, *code = NULL;
  g_autofree char *pair = g_strconcat (id, ":", secret, NULL);
  g_autofree char *base64 = g_base64_encode ((const guchar *) pair, strlen (pair));
  g_autofree char *basic = g_strconcat ("Basic ", base64, NULL), *form = NULL;
  g_autoptr (CrReply) bare = NULL, wrong = NULL, proven = NULL;
  g_autoptr (GBytes) body = NULL;
  SoupMessage *message;

  g_string_replace (theirs, "client_id=" CLIENT, with, 1);
  back = cr_sandbox_rig_consent (rig, 0, theirs->str, "allow");
  code = g_strndup (strstr (back, "code=") + 5, strcspn (strstr (back, "code=") + 5, "&"));
  bare = cr_sandbox_rig_form (rig, "/portal/token", "grant_type", "authorization_code", "code",
                              code, "client_id", id, "redirect_uri", CR_RIG_REDIRECT,
                              "code_verifier", CR_RIG_VERIFIER, NULL);
  wrong = cr_sandbox_rig_form (rig, "/portal/token", "grant_type", "authorization_code",
                               "client_id", id, "client_secret", "guess", NULL);
  assert_error (bare, 401, "invalid_client");
  assert_error (wrong, 401, "invalid_client");

  form = g_strdup_printf ("grant_type=authorization_code&code=%s&redirect_uri=%s&code_verifier=%s",
                          code, CR_RIG_REDIRECT, CR_RIG_VERIFIER);
  body = g_bytes_new (form, strlen (form));
  message = cr_sandbox_rig_message (rig, "POST", "/portal/token");
  soup_message_headers_append (soup_message_get_request_headers (message), "Authorization", basic);
  proven = cr_sandbox_rig_send (rig, message, "application/x-www-form-urlencoded", body);
  g_assert_cmpuint (proven->status, ==, 200);
}

static void
test_code_replayed (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autofree char *code = get_code (rig);
  g_autoptr (CrReply) first = exchange (rig, code, CR_RIG_VERIFIER, CR_RIG_REDIRECT);
  g_autoptr (JsonObject) tokens = cr_reply_json (first);
  g_autoptr (CrReply) second = NULL;

  g_assert_cmpuint (read_patient (rig, tokens), ==, 200);
  second = exchange (rig, code, CR_RIG_VERIFIER, CR_RIG_REDIRECT);
  assert_error (second, 400, "invalid_grant");
  g_assert_cmpuint (read_patient (rig, tokens), ==, 401);
}

static void
test_denied (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autofree char *uri = cr_sandbox_rig_authorize_uri (rig, NULL, CR_RIG_CHALLENGE);
  g_autofree char *back = cr_sandbox_rig_consent (rig, 0, uri, "deny");

  g_assert_cmpstr (back, ==, CR_RIG_REDIRECT "?error=access_denied&state=st4te");
}

/* @from and @to: a piece of a good request and what stands in its place. @error: NULL for a page of
 * the portal's own. */
static void
check_authorize (CrSandboxRig *rig, const char *from, const char *to, const char *error)
{
  g_autofree char *good = cr_sandbox_rig_authorize_uri (rig, NULL, CR_RIG_CHALLENGE);
  g_autoptr (GString) uri = g_string_new (good);
  g_autofree char *expected = g_strdup_printf ("error=%s&", error);
  g_autoptr (CrReply) reply = NULL;

  g_assert_cmpuint (g_string_replace (uri, from, to, 1), ==, 1);
  reply = cr_sandbox_rig_get (rig, uri->str, NULL);
  if (error == NULL)
    {
      g_assert_cmpuint (reply->status, ==, 400);
      g_assert_null (cr_reply_header (reply, "Location"));
      return;
    }

  g_assert_cmpuint (reply->status, ==, 303);
  g_assert_true (g_str_has_prefix (cr_reply_header (reply, "Location"), CR_RIG_REDIRECT));
  g_assert_nonnull (strstr (cr_reply_header (reply, "Location"), expected));
}

static void
test_bad_requests (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);

  check_authorize (rig, "client_id=" CLIENT, "client_id=nobody", NULL);
  check_authorize (rig, "http://127.0.0.1:9/callback", "http://evil.example/callback", NULL);
  check_authorize (rig, "http://127.0.0.1:9/callback", "http://127.0.0.1:9/elsewhere", NULL);
  check_authorize (rig, "response_type=code", "response_type=token", "unsupported_response_type");
  check_authorize (rig, "/portal/fhir", "/other/fhir", "invalid_request");
  check_authorize (rig, "method=S256", "method=plain", "invalid_request");
  check_authorize (rig, "code_challenge=", "code_challenge=x", "invalid_request");
  check_authorize (rig, "patient/*.rs", "patient/nonsense", "invalid_scope");
}

static void
test_pages_are_guarded (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autofree char *uri = cr_sandbox_rig_authorize_uri (rig, NULL, CR_RIG_CHALLENGE);
  g_autoptr (CrReply) page = cr_sandbox_rig_get (rig, uri, NULL);
  const char *trip =
      strstr (page->body, "name=\"trip\" value=\"") + strlen ("name=\"trip\" value=\"");
  const char *csrf =
      strstr (page->body, "name=\"csrf\" value=\"") + strlen ("name=\"csrf\" value=\"");
  g_autofree char *id = g_strndup (trip, 32), *token = g_strndup (csrf, 32);
  g_autoptr (CrReply) bad_csrf =
      cr_sandbox_rig_form (rig, "/portal/login", "trip", id, "csrf", "x", NULL);
  g_autoptr (CrReply) bad_password = cr_sandbox_rig_form (
      rig, "/portal/login", "trip", id, "csrf", token, "username",
      cr_json_string (cr_sandbox_rig_patient (rig, 0), "username"), "password", "guess", NULL);
  g_autoptr (CrReply) skipped = cr_sandbox_rig_form (rig, "/portal/consent", "trip", id, "csrf",
                                                     token, "decision", "allow", NULL);
  g_autoptr (CrReply) stranger = NULL;

  g_assert_nonnull (strstr (page->body, "made-up people"));
  g_assert_cmpuint (bad_csrf->status, ==, 403);
  g_assert_cmpuint (bad_password->status, ==, 401);
  g_assert_cmpuint (skipped->status, ==, 403);
  g_assert_null (cr_reply_header (skipped, "Location"));

  soup_session_remove_feature_by_type (rig->session, SOUP_TYPE_COOKIE_JAR);
  stranger = cr_sandbox_rig_form (rig, "/portal/login", "trip", id, "csrf", token, NULL);
  g_assert_cmpuint (stranger->status, ==, 403);
}

static JsonObject *
assert_refreshed (CrSandboxRig *rig, const char *token)
{
  g_autoptr (CrReply) reply = refresh (rig, token);
  JsonObject *tokens = cr_reply_json (reply);

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpstr (cr_json_string (tokens, "refresh_token"), !=, token);
  return tokens;
}

static void
test_rotation (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) first = cr_sandbox_rig_walk (rig, 0, NULL);
  const char *old = cr_json_string (first, "refresh_token");
  g_autoptr (JsonObject) second = assert_refreshed (rig, old);
  g_autoptr (JsonObject) again = assert_refreshed (rig, old);
  g_autoptr (CrReply) third = NULL, dead = NULL;

  g_assert_cmpuint (read_patient (rig, again), ==, 200);
  third = refresh (rig, old);
  assert_error (third, 400, "invalid_grant");
  dead = refresh (rig, cr_json_string (again, "refresh_token"));
  assert_error (dead, 400, "invalid_grant");
  g_assert_cmpuint (read_patient (rig, second), ==, 401);
}

static void
test_strict_rotation (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) first = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autoptr (JsonObject) second = NULL;
  g_autoptr (CrReply) reused = NULL, dead = NULL;

  cr_sandbox_rig_fault (rig, "strict-rotation", NULL);
  second = assert_refreshed (rig, cr_json_string (first, "refresh_token"));
  reused = refresh (rig, cr_json_string (first, "refresh_token"));
  assert_error (reused, 400, "invalid_grant");
  dead = refresh (rig, cr_json_string (second, "refresh_token"));
  assert_error (dead, 400, "invalid_grant");
}

static void
test_token_faults (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (2);
  g_autoptr (JsonObject) first = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autoptr (JsonObject) later = NULL, other = NULL;
  g_autoptr (CrReply) broken = NULL, refused = NULL;
  gint64 seconds = 0;

  cr_sandbox_rig_fault (rig, "token-500", "{\"count\":1}");
  broken = refresh (rig, cr_json_string (first, "refresh_token"));
  g_assert_cmpuint (broken->status, ==, 500);
  cr_sandbox_rig_fault (rig, "refuse-refresh", "{\"count\":1}");
  refused = refresh (rig, cr_json_string (first, "refresh_token"));
  assert_error (refused, 400, "invalid_grant");
  cr_sandbox_rig_fault (rig, "token-lifetime", "{\"seconds\":5,\"count\":1}");
  later = assert_refreshed (rig, cr_json_string (first, "refresh_token"));
  g_assert_true (cr_json_int (later, "expires_in", &seconds));
  g_assert_cmpint (seconds, ==, 5);

  cr_sandbox_rig_fault (rig, "other-patient", "{\"index\":1}");
  cr_sandbox_rig_fault (rig, "no-refresh-token", NULL);
  other = cr_sandbox_rig_walk (rig, 0, NULL);
  g_assert_cmpstr (cr_json_string (other, "patient"), ==,
                   cr_json_string (cr_sandbox_rig_patient (rig, 1), "portal_patient_id"));
  g_assert_null (cr_json_string (other, "refresh_token"));
}

static void
test_revoked (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autoptr (CrReply) revoked =
      cr_sandbox_rig_form (rig, "/portal/revoke", "token", cr_json_string (tokens, "refresh_token"),
                           "client_id", CLIENT, NULL);
  g_autoptr (CrReply) unknown =
      cr_sandbox_rig_form (rig, "/portal/revoke", "token", "nonsense", "client_id", CLIENT, NULL);

  g_assert_cmpuint (revoked->status, ==, 200);
  g_assert_cmpuint (unknown->status, ==, 200);
  g_assert_cmpuint (read_patient (rig, tokens), ==, 401);
}

static void
test_scopes (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (
      rig, 0, "launch/patient patient/Patient.r patient/Condition.read system/*.read");
  const char *access = cr_json_string (tokens, "access_token");
  g_autoptr (CrReply) condition = cr_sandbox_rig_get (rig, "/portal/fhir/Condition", access);
  g_autoptr (CrReply) search = cr_sandbox_rig_get (rig, "/portal/fhir/Patient", access);
  g_autoptr (CrReply) goal = cr_sandbox_rig_get (rig, "/portal/fhir/Goal", access);

  g_assert_cmpstr (cr_json_string (tokens, "scope"), ==,
                   "launch/patient patient/Patient.r patient/Condition.read");
  g_assert_null (cr_json_string (tokens, "refresh_token"));
  g_assert_cmpuint (read_patient (rig, tokens), ==, 200);
  g_assert_cmpuint (condition->status, ==, 200);
  g_assert_cmpuint (search->status, ==, 403);
  g_assert_cmpuint (goal->status, ==, 403);
}

static gnutls_datum_t
decode (const char *text)
{
  gsize length = 0;
  guint8 *bytes = cr_base64url_decode (text, &length);
  gnutls_datum_t datum = { bytes, (unsigned int) length };

  g_assert_nonnull (bytes);
  return datum;
}

static gboolean
verify (JsonObject *keys, char **parts)
{
  JsonObject *jwk = cr_json_array_object (cr_json_array (keys, "keys"), 0);
  g_autofree char *signed_text = g_strconcat (parts[0], ".", parts[1], NULL);
  gnutls_datum_t text = { (unsigned char *) signed_text, (unsigned int) strlen (signed_text) };
  gnutls_datum_t n = decode (cr_json_string (jwk, "n")), e = decode (cr_json_string (jwk, "e"));
  gnutls_datum_t signature = decode (parts[2]);
  gnutls_pubkey_t key;
  gboolean ok;

  gnutls_pubkey_init (&key);
  g_assert_cmpint (gnutls_pubkey_import_rsa_raw (key, &n, &e), ==, 0);
  ok = gnutls_pubkey_verify_data2 (key, GNUTLS_SIGN_RSA_SHA256, 0, &text, &signature) >= 0;
  gnutls_pubkey_deinit (key);
  g_free (n.data);
  g_free (e.data);
  g_free (signature.data);
  return ok;
}

static void
test_identity (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autofree char *uri = cr_sandbox_rig_authorize_uri (rig, NULL, CR_RIG_CHALLENGE);
  g_autofree char *with = g_strconcat (uri, "&nonce=n0nce", NULL);
  g_autofree char *back = cr_sandbox_rig_consent (rig, 0, with, "allow"), *code = NULL;
  g_autoptr (CrReply) traded = NULL, jwks = NULL;
  g_autoptr (JsonObject) tokens = NULL, keys = NULL, claims = NULL;
  g_auto (GStrv) parts = NULL;
  gnutls_datum_t text;

  code = g_strndup (strstr (back, "code=") + 5, strcspn (strstr (back, "code=") + 5, "&"));
  traded = exchange (rig, code, CR_RIG_VERIFIER, CR_RIG_REDIRECT);
  tokens = cr_reply_json (traded);
  cr_sandbox_rig_restart (rig);
  jwks = cr_sandbox_rig_get (rig, "/portal/keys", NULL);
  keys = cr_reply_json (jwks);
  parts = g_strsplit (cr_json_string (tokens, "id_token"), ".", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 3);
  g_assert_true (verify (keys, parts));
  text = decode (parts[1]);
  claims = cr_json_parse ((const char *) text.data, (gssize) text.size, "The claims", NULL);
  g_assert_cmpstr (cr_json_string (claims, "nonce"), ==, "n0nce");
  g_assert_cmpstr (cr_json_string (claims, "aud"), ==, CLIENT);
  g_assert_true (
      g_str_has_suffix (cr_json_string (claims, "fhirUser"), cr_json_string (tokens, "patient")));
  g_free (text.data);

  parts[1][5] = parts[1][5] == 'A' ? 'B' : 'A';
  g_assert_false (verify (keys, parts));
}

static void
test_restart (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autofree char *uri = g_strdup (cr_sandbox_get_uri (rig->sandbox));
  g_autofree char *code = get_code (rig);
  g_autoptr (JsonObject) next = NULL;
  g_autoptr (CrReply) traded = NULL;

  cr_sandbox_rig_restart (rig);
  g_assert_cmpstr (cr_sandbox_get_uri (rig->sandbox), ==, uri);
  g_assert_cmpuint (read_patient (rig, tokens), ==, 200);
  next = assert_refreshed (rig, cr_json_string (tokens, "refresh_token"));
  traded = exchange (rig, code, CR_RIG_VERIFIER, CR_RIG_REDIRECT);
  g_assert_cmpuint (traded->status, ==, 200);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sandbox/portal/walk", test_walk);
  g_test_add_func ("/sandbox/portal/code-is-bound", test_code_is_bound);
  g_test_add_func ("/sandbox/portal/confidential-client", test_confidential_client);
  g_test_add_func ("/sandbox/portal/code-replayed", test_code_replayed);
  g_test_add_func ("/sandbox/portal/denied", test_denied);
  g_test_add_func ("/sandbox/portal/bad-requests", test_bad_requests);
  g_test_add_func ("/sandbox/portal/pages-are-guarded", test_pages_are_guarded);
  g_test_add_func ("/sandbox/portal/rotation", test_rotation);
  g_test_add_func ("/sandbox/portal/strict-rotation", test_strict_rotation);
  g_test_add_func ("/sandbox/portal/token-faults", test_token_faults);
  g_test_add_func ("/sandbox/portal/revoked", test_revoked);
  g_test_add_func ("/sandbox/portal/scopes", test_scopes);
  g_test_add_func ("/sandbox/portal/identity", test_identity);
  g_test_add_func ("/sandbox/portal/restart", test_restart);
  return g_test_run ();
}
