/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "base/cr-id.h"
#include "base/cr-json.h"
#include "sandbox/cr-sandbox-portal.h"

/* SMART: "no more than five minutes in the future"; some patience for clocks. */
#define MAX_LIFE_S (5 * 60 + 5)
#define FETCH_S 10

static gnutls_datum_t
number_of (JsonObject *jwk, const char *name)
{
  const char *text = cr_json_string (jwk, name);
  gsize n = 0;
  guint8 *data = cr_base64url_decode (text != NULL ? text : "", &n);

  return (gnutls_datum_t){ data, (unsigned int) n };
}

/* Only what SMART asks servers to take. */
static gboolean
verify (JsonObject *jwk, const char *algorithm, const char *text, gsize n_text, GBytes *signature)
{
  gboolean is_ec = g_strcmp0 (algorithm, "ES384") == 0;
  gnutls_datum_t a = number_of (jwk, is_ec ? "x" : "n");
  gnutls_datum_t b = number_of (jwk, is_ec ? "y" : "e");
  gnutls_datum_t signed_text = { (unsigned char *) text, (unsigned int) n_text };
  gnutls_datum_t given = { (unsigned char *) g_bytes_get_data (signature, NULL),
                           (unsigned int) g_bytes_get_size (signature) };
  gnutls_datum_t der = { NULL, 0 };
  gnutls_pubkey_t key;
  gboolean ok;

  gnutls_pubkey_init (&key);
  if (is_ec)
    {
      gnutls_datum_t r = { given.data, 48 };
      gnutls_datum_t s = { given.data + 48, 48 };

      ok = given.size == 96 && gnutls_encode_rs_value (&der, &r, &s) == 0 &&
           gnutls_pubkey_import_ecc_raw (key, GNUTLS_ECC_CURVE_SECP384R1, &a, &b) == 0 &&
           gnutls_pubkey_verify_data2 (key, GNUTLS_SIGN_ECDSA_SHA384, 0, &signed_text, &der) >= 0;
    }
  else
    ok = g_strcmp0 (algorithm, "RS384") == 0 && gnutls_pubkey_import_rsa_raw (key, &a, &b) == 0 &&
         gnutls_pubkey_verify_data2 (key, GNUTLS_SIGN_RSA_SHA384, 0, &signed_text, &given) >= 0;
  gnutls_pubkey_deinit (key);
  gnutls_free (der.data);
  g_free (a.data);
  g_free (b.data);
  return ok;
}

static JsonObject *
parse_part (const char *part)
{
  gsize n = 0;
  g_autofree guint8 *text = cr_base64url_decode (part, &n);

  return text != NULL && n > 0 ? cr_json_parse ((char *) text, (gssize) n, "It", NULL) : NULL;
}

/* The keys that were registered: themselves, or fetched from their address. The sandbox is a
 * process of its own, so that it may wait for the client that it serves. */
static JsonObject *
load_keys (JsonObject *client)
{
  const char *uri = cr_json_string (client, "jwks_uri");
  JsonObject *inline_set = cr_json_object (client, "jwks");
  g_autoptr (SoupSession) session = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GBytes) body = NULL;

  if (inline_set != NULL)
    return json_object_ref (inline_set);

  message = uri != NULL ? soup_message_new ("GET", uri) : NULL;
  if (message == NULL)
    return NULL;

  session = soup_session_new_with_options ("timeout", FETCH_S, NULL);
  body = soup_session_send_and_read (session, message, NULL, NULL);
  if (body == NULL || soup_message_get_status (message) != 200 || g_bytes_get_size (body) == 0)
    return NULL;
  return cr_json_parse (g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body), "It",
                        NULL);
}

static JsonObject *
find_key (JsonObject *set, const char *kid)
{
  JsonArray *keys = cr_json_array (set, "keys");

  for (guint i = 0; keys != NULL && i < json_array_get_length (keys); i++)
    {
      JsonObject *jwk = cr_json_array_object (keys, i);

      if (kid != NULL && g_strcmp0 (cr_json_string (jwk, "kid"), kid) == 0)
        return jwk;
    }

  return NULL;
}

/* Returns: (nullable): what is wrong with what the client says */
static const char *
find_fault (CrVisit *x, JsonObject *claims)
{
  JsonObject *seen = cr_sandbox_portal_table (x->house->portal, "assertions");
  g_autofree char *audience = g_strconcat (x->house->uri, "/portal/token", NULL);
  const char *jti = cr_json_string (claims, "jti");
  gint64 now_s = x->now_ms / 1000;
  gint64 exp = 0;
  JsonObject *row;

  if (g_strcmp0 (cr_json_string (claims, "iss"), CR_SANDBOX_PORTAL_KEY_CLIENT) != 0 ||
      g_strcmp0 (cr_json_string (claims, "sub"), CR_SANDBOX_PORTAL_KEY_CLIENT) != 0)
    return "iss and sub must be the client id";
  if (g_strcmp0 (cr_json_string (claims, "aud"), audience) != 0)
    return "aud must be the token endpoint";
  if (!cr_json_int (claims, "exp", &exp) || exp <= now_s || exp > now_s + MAX_LIFE_S)
    return "exp must be within five minutes";
  if (jti == NULL || strlen (jti) < 8)
    return "jti is missing";
  if (json_object_has_member (seen, jti))
    return "jti was used before";

  row = json_object_new ();
  json_object_set_int_member (row, "until", exp * 1000);
  json_object_set_object_member (seen, jti, row);
  cr_sandbox_portal_save (x->house->portal, x->now_ms);
  return NULL;
}

/**
 * cr_sandbox_portal_check_assertion:
 * @assertion: `client_assertion`
 *
 * Returns: (nullable): what is wrong with it
 * Source: SMART App Launch 2.2, client-confidential-asymmetric.html; RFC 7523 §3
 */
const char *
cr_sandbox_portal_check_assertion (CrVisit *x, const char *assertion)
{
  g_auto (GStrv) parts = g_strsplit (assertion, ".", 4);
  JsonObject *client = cr_sandbox_portal_table (x->house->portal, "client");
  g_autoptr (JsonObject) header = NULL;
  g_autoptr (JsonObject) claims = NULL;
  g_autoptr (JsonObject) set = NULL;
  g_autoptr (GBytes) signature = NULL;
  JsonObject *jwk;
  guint8 *raw;
  gsize n_raw = 0;

  if (g_strv_length (parts) != 3)
    return "It is not a JWT";
  header = parse_part (parts[0]);
  claims = parse_part (parts[1]);
  raw = cr_base64url_decode (parts[2], &n_raw);
  signature = g_bytes_new_take (raw, raw != NULL ? n_raw : 0);
  if (header == NULL || claims == NULL || g_bytes_get_size (signature) == 0)
    return "It is not a JWT";
  if (cr_faults_is_on (x->house->faults, "only-rs384", NULL) &&
      g_strcmp0 (cr_json_string (header, "alg"), "RS384") != 0)
    return "Only RS384 is accepted";

  set = load_keys (client);
  if (set == NULL)
    return "No keys are registered for this client, or they cannot be fetched";
  jwk = find_key (set, cr_json_string (header, "kid"));
  if (jwk == NULL)
    return "It is signed with a key that is not registered";
  if (!verify (jwk, cr_json_string (header, "alg"), assertion,
               strlen (parts[0]) + 1 + strlen (parts[1]), signature))
    return "Its signature does not fit";

  return find_fault (x, claims);
}

/* PUT `{"jwks_uri": …}` or `{"jwks": {"keys": […]}}`: how the client with a key is registered. */
void
cr_sandbox_portal_answer_client (CrVisit *x)
{
  g_autoptr (GBytes) body = cr_visit_body (x);
  JsonObject *table = cr_sandbox_portal_table (x->house->portal, "client");
  g_autoptr (JsonObject) wanted = NULL;

  if (!cr_visit_is (x, "PUT"))
    {
      cr_visit_not_allowed (x, "PUT");
      return;
    }
  if (g_bytes_get_size (body) > 0)
    wanted = cr_json_parse (g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body),
                            "The body", NULL);
  if (wanted == NULL ||
      (cr_json_string (wanted, "jwks_uri") == NULL && cr_json_object (wanted, "jwks") == NULL))
    {
      cr_visit_outcome (x, 400, "structure",
                        "Say where the keys are (jwks_uri), or give them "
                        "(jwks)");
      return;
    }

  json_object_remove_member (table, "jwks_uri");
  json_object_remove_member (table, "jwks");
  if (cr_json_object (wanted, "jwks") != NULL)
    json_object_set_object_member (table, "jwks",
                                   json_object_ref (cr_json_object (wanted, "jwks")));
  else
    json_object_set_string_member (table, "jwks_uri", cr_json_string (wanted, "jwks_uri"));
  cr_sandbox_portal_save (x->house->portal, x->now_ms);
  cr_visit_answer_text (x, 204, "text/plain", "");
}
