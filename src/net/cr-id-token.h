/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "net/cr-key-set.h"

G_BEGIN_DECLS

/* What an id token must say to be believed. */
typedef struct
{
  const char *issuer;
  const char *client_id;
  const char *nonce; /* (nullable): none was sent */
  gint64 now_ms;
} CrIdTokenRules;

/* The claims that matter, of a token that was checked. */
typedef struct
{
  char *subject;
  char *fhir_user; /* (nullable) */
} CrIdToken;

void cr_id_token_free (CrIdToken *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrIdToken, cr_id_token_free)
CrIdToken *cr_id_token_check (const char *id_token,
                              CrKeySet *keys,
                              const CrIdTokenRules *rules,
                              GError **error);

G_END_DECLS
