/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-proof.h"

#include "base/cr-secret.h"

#include <string.h>

static char *
or_empty (const char *text)
{
  return g_strdup (text != NULL ? text : "");
}

/**
 * cr_proof_new:
 * @verifier: of PKCE, which has no line ends
 * @issuer: (nullable): any text
 */
CrProof *
cr_proof_new (const char *verifier, const char *issuer, gboolean is_iss_promised)
{
  CrProof *self = g_new0 (CrProof, 1);

  self->verifier = g_strdup (verifier);
  self->issuer = or_empty (issuer);
  self->is_iss_promised = is_iss_promised;
  self->nonce = g_strdup ("");
  self->algorithm = g_strdup ("");
  self->jwks_uri = g_strdup ("");
  return self;
}

/**
 * cr_proof_pack:
 *
 * Returns: (transfer full): wiped when freed
 */
GBytes *
cr_proof_pack (const CrProof *self)
{
  char *text = g_strjoin ("\n", self->verifier, self->is_iss_promised ? "iss" : "", self->nonce,
                          self->algorithm, self->jwks_uri, self->issuer, NULL);

  return g_bytes_new_with_free_func (text, strlen (text), cr_secret_free, text);
}

/* What was packed before there was more to know, is a verifier alone. */
CrProof *
cr_proof_unpack (GBytes *packed)
{
  char *text = g_strndup (g_bytes_get_data (packed, NULL), g_bytes_get_size (packed));
  char **lines = g_strsplit (text, "\n", 6);
  gboolean is_whole = g_strv_length (lines) == 6;
  CrProof *self = g_new0 (CrProof, 1);

  self->verifier = or_empty (lines[0]);
  self->is_iss_promised = is_whole && strcmp (lines[1], "iss") == 0;
  self->nonce = or_empty (is_whole ? lines[2] : NULL);
  self->algorithm = or_empty (is_whole ? lines[3] : NULL);
  self->jwks_uri = or_empty (is_whole ? lines[4] : NULL);
  self->issuer = or_empty (is_whole ? lines[5] : NULL);
  for (guint i = 0; lines[i] != NULL; i++)
    cr_secret_wipe (lines[i]);
  g_strfreev (lines);
  cr_secret_free (text);
  return self;
}

void
cr_proof_free (CrProof *self)
{
  cr_secret_free (self->verifier);
  g_free (self->issuer);
  g_free (self->nonce);
  g_free (self->algorithm);
  g_free (self->jwks_uri);
  g_free (self);
}

/**
 * cr_proof_accepts:
 * @iss: (nullable): what came back with the code
 *
 * A code that another server gave must not be sent to this one's token endpoint. A slash at the end
 * makes no other server.
 *
 * Returns: whether the answer may be from the server the browser was sent to
 * Source: RFC 9207 §2.4
 */
gboolean
cr_proof_accepts (const CrProof *self, const char *iss)
{
  gsize n = strlen (self->issuer);
  gsize n_iss = iss != NULL ? strlen (iss) : 0;

  if (n == 0)
    return TRUE;
  if (n_iss == 0)
    return !self->is_iss_promised;

  n -= self->issuer[n - 1] == '/' ? 1 : 0;
  n_iss -= iss[n_iss - 1] == '/' ? 1 : 0;
  return n == n_iss && memcmp (self->issuer, iss, n) == 0;
}
