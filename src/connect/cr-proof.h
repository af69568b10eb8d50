/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What an attempt must know again when the browser comes back, sealed in the store meanwhile. What
 * is not known is empty. */
typedef struct
{
  char *verifier;           /* (owned): of PKCE; wiped when freed */
  char *issuer;             /* (owned): who the portal says it is */
  gboolean is_iss_promised; /* the portal promised to name its issuer with the answer */
  char *nonce;              /* (owned): that the id token must hold */
  char *algorithm;          /* (owned): to sign in with, where the client has a private key */
  char *jwks_uri;           /* (owned): where the portal's keys are */
} CrProof;

CrProof *cr_proof_new (const char *verifier, const char *issuer, gboolean is_iss_promised);
GBytes *cr_proof_pack (const CrProof *self);
CrProof *cr_proof_unpack (GBytes *packed);
void cr_proof_free (CrProof *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrProof, cr_proof_free)
gboolean cr_proof_accepts (const CrProof *self, const char *iss);

G_END_DECLS
