/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-proof.h"

#include "base/cr-secret.h"

#include <string.h>

/**
 * cr_proof_pack:
 * @verifier: of PKCE, which has no line ends
 * @issuer: (nullable): any text
 *
 * Returns: (transfer full): wiped when freed
 */
GBytes *
cr_proof_pack (const char *verifier, const char *issuer, gboolean is_iss_promised)
{
  char *text = g_strjoin ("\n", verifier, is_iss_promised ? "iss" : "", issuer, NULL);

  return g_bytes_new_with_free_func (text, strlen (text), cr_secret_free, text);
}

/* What was packed before issuers were, is a verifier alone. */
CrProof *
cr_proof_unpack (GBytes *packed)
{
  char *text = g_strndup (g_bytes_get_data (packed, NULL), g_bytes_get_size (packed));
  char **lines = g_strsplit (text, "\n", 3);
  guint n = g_strv_length (lines);
  CrProof *self = g_new0 (CrProof, 1);

  self->verifier = g_strdup (n > 0 ? lines[0] : "");
  self->is_iss_promised = n > 1 && strcmp (lines[1], "iss") == 0;
  self->issuer = g_strdup (n > 2 ? lines[2] : "");
  for (guint i = 0; i < n; i++)
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
