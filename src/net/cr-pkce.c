/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-oauth.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "base/cr-id.h"

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
