/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What an attempt must know again when the browser comes back, sealed in the store meanwhile. */
typedef struct
{
  char *verifier;           /* (owned): of PKCE; wiped when freed */
  char *issuer;             /* (owned): who the portal says it is; empty: it did not say */
  gboolean is_iss_promised; /* the portal promised to name its issuer with the answer */
} CrProof;

GBytes *cr_proof_pack (const char *verifier, const char *issuer, gboolean is_iss_promised);
CrProof *cr_proof_unpack (GBytes *packed);
void cr_proof_free (CrProof *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrProof, cr_proof_free)
gboolean cr_proof_accepts (const CrProof *self, const char *iss);

G_END_DECLS
