/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define CR_SIGNING_ES384 "ES384"
#define CR_SIGNING_RS384 "RS384"

/* A private key of ours that signs for one algorithm. Never changes; any thread. */
typedef struct _CrSigningKey CrSigningKey;

/* @algorithm: one of the two above, which SMART asks for. RSA takes half a second: not on the main
 * thread. */
CrSigningKey *cr_signing_key_generate (const char *algorithm, GError **error);
/* The key as text, for the keyring and for nothing else: PKCS #8 in base64. */
CrSigningKey *cr_signing_key_from_text (const char *algorithm, const char *text, GError **error);
char *cr_signing_key_to_text (CrSigningKey *self); /* free with cr_secret_free() */
CrSigningKey *cr_signing_key_ref (CrSigningKey *self);
void cr_signing_key_unref (CrSigningKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSigningKey, cr_signing_key_unref)

const char *cr_signing_key_get_algorithm (CrSigningKey *self);
const char *cr_signing_key_get_id (CrSigningKey *self); /* `kid`: the thumbprint, RFC 7638 */
JsonObject *cr_signing_key_to_jwk (CrSigningKey *self); /* the public half */
/* A JWS in compact form over @claims. */
char *cr_signing_key_sign (CrSigningKey *self, JsonObject *claims, GError **error);
char *cr_client_assertion_new (CrSigningKey *key,
                               const char *client_id,
                               const char *token_endpoint,
                               gint64 now_ms,
                               GError **error);

G_END_DECLS
