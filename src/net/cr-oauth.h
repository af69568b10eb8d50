/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "net/cr-client.h"

G_BEGIN_DECLS

/* How the client proves who it is at a token endpoint. */
typedef enum
{
  CR_OAUTH_AUTH_NONE,
  CR_OAUTH_AUTH_BASIC,
  CR_OAUTH_AUTH_POST,
  CR_OAUTH_AUTH_KEY, /* private_key_jwt */
} CrOAuthAuth;

#define CR_OAUTH_ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

typedef struct
{
  const char *token_endpoint;
  CrOAuthAuth auth;
  const char *client_id;
  const char *client_secret;     /* (nullable) */
  const char *client_assertion;  /* (nullable): of CR_OAUTH_AUTH_KEY; good for one request */
  const char *const *parameters; /* name, value, …, NULL: grant_type and what belongs to it */
  GTlsDatabase *tls_database;    /* (nullable) */
  guint total_s;                 /* default 90 */
} CrOAuthRequest;

/* What a token endpoint granted. Freeing wipes the tokens. */
typedef struct
{
  char *access_token;
  char *refresh_token; /* (nullable) */
  char *id_token;      /* (nullable) */
  char *scope;         /* (nullable) */
  char *patient;       /* (nullable): SMART launch context */
  gint64 expires_in_s; /* 0: missing, negative or no number */
  gint64 consent_in_s; /* until the patient's permission ends, if that was said; else 0 */
} CrOAuthGrant;

void cr_oauth_grant_free (CrOAuthGrant *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrOAuthGrant, cr_oauth_grant_free)

void cr_oauth_token_async (CrClient *client,
                           const CrOAuthRequest *request,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
/* @oauth_error: (out) (optional): the `error` of an OAuth refusal, such as `invalid_grant`; then
 * the error is CR_ERROR_SIGN_IN. */
CrOAuthGrant *
cr_oauth_token_finish (CrClient *client, GAsyncResult *result, char **oauth_error, GError **error);

/* Returns: (transfer full) (nullable): what the server said about its refusal, unchecked text */
char *cr_oauth_token_get_description (GAsyncResult *result);

/* The value of Authorization that names a client with its secret. */
char *cr_oauth_basic (const char *client_id, const char *client_secret);

/* PKCE: a new verifier, and its S256 challenge (RFC 7636). */
char *cr_pkce_verifier_new (void);
char *cr_pkce_challenge (const char *verifier);

/* A CrToken by client credentials (RFC 6749 §4.4): fetched when needed, renewed before its end. */
CrToken *cr_client_credentials_token_new (CrClient *client,
                                          const CrOAuthRequest *request,
                                          const char *scope,
                                          const char *origin,
                                          CrClock clock);

G_END_DECLS
