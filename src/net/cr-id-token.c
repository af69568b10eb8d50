/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-oauth.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "base/cr-id.h"
#include "base/cr-json.h"

/**
 * cr_pkce_verifier_new:
 *
 * Returns: (transfer full): 43 characters with 256 bits of randomness
 * Source: RFC 7636 §4.1
 */
char *
cr_pkce_verifier_new (void)
{
  return cr_random_base64url (32);
}

/**
 * cr_pkce_challenge:
 *
 * Returns: (transfer full): the S256 challenge of @verifier
 * Source: RFC 7636 §4.2
 */
char *
cr_pkce_challenge (const char *verifier)
{
  guint8 digest[32];

  g_return_val_if_fail (verifier != NULL, NULL);

  gnutls_hash_fast (GNUTLS_DIG_SHA256, verifier, strlen (verifier), digest);
  return cr_base64url_encode (digest, sizeof digest);
}

/**
 * cr_id_token_claim:
 * @id_token: a JWT in compact form, as the token endpoint gave it
 * @claim: such as `fhirUser`
 *
 * Returns: (transfer full) (nullable): the claim if it is there and text
 * Source: RFC 7519 §3.1; OpenID Connect Core 1.0 §3.1.3.7, 6
 */
char *
cr_id_token_claim (const char *id_token, const char *claim)
{
  g_auto (GStrv) parts = id_token != NULL ? g_strsplit (id_token, ".", -1) : NULL;
  g_autofree guint8 *payload = NULL;
  g_autoptr (JsonObject) claims = NULL;
  gsize n_bytes = 0;

  if (parts == NULL || g_strv_length (parts) != 3)
    return NULL;

  payload = cr_base64url_decode (parts[1], &n_bytes);
  if (payload != NULL && n_bytes > 0)
    claims = cr_json_parse ((const char *) payload, (gssize) n_bytes, "The id token", NULL);

  return claims != NULL ? g_strdup (cr_json_string (claims, claim)) : NULL;
}
