/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-tokens.h"
#include "model/cr-session.h"
#include "model/cr-source.h"
#include "net/cr-server.h"

G_BEGIN_DECLS

#define CR_TYPE_CONNECT (cr_connect_get_type ())
G_DECLARE_FINAL_TYPE (CrConnect, cr_connect, CR, CONNECT, GObject)

/* What a session is made from. Zero and NULL mean the default. */
typedef struct
{
  const char *patient_id;
  const char *patient_name;        /* (nullable): stored or updated */
  const char *patient_email;       /* (nullable) */
  const char *source_id;           /* (nullable): id or FHIR base URL: direct mode */
  const char *const *recommended;  /* (nullable): picker mode; excludes source_id */
  const char *return_url;          /* (nullable): NULL ends on a page of ours */
  const char *return_button_label; /* (nullable): 1 to 60 characters */
  gint64 expires_in_s;             /* 60 to 86 400; default 1 800 */
  const char *metadata;            /* (nullable): JSON object text */
} CrSessionRequest;

CrConnect *cr_connect_new (CrStore *store,
                           CrClient *client,
                           CrVault *vault,
                           CrChanges *changes,
                           CrClock clock);
/* /c/{key}, /callback, /.well-known/jwks.json and what the pages need. */
void cr_connect_add_routes (CrConnect *self, CrServer *server);
/* `http://127.0.0.1:8484`, without a slash at its end: the base of session URLs and of the redirect
 * URI `<public-url>/callback`. */
void cr_connect_set_public_url (CrConnect *self, const char *public_url);
void cr_connect_set_languages (CrConnect *self, const char *const *languages);
char *cr_connect_get_session_url (CrConnect *self, CrSession *session);
char *cr_connect_get_redirect_uri (CrConnect *self);
/* Where portals read the clinic's public keys. */
#define CR_JWKS_PATH "/.well-known/jwks.json"
char *cr_connect_get_jwks_uri (CrConnect *self);

/* The patient is made if missing. Errors: CR_ERROR_BAD_INPUT naming the field, CR_ERROR_NOT_FOUND
 * for the source. */
void cr_connect_create_session_async (CrConnect *self,
                                      const CrSessionRequest *request,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
CrSession *cr_connect_create_session_finish (CrConnect *self, GAsyncResult *result, GError **error);

/* Called once, and waited for before the server, the vault and the store are closed. */
void cr_connect_stop_async (CrConnect *self, GAsyncReadyCallback callback, gpointer user_data);
void cr_connect_stop_finish (CrConnect *self, GAsyncResult *result);

/* Tries a source without signing in: reachable, TLS, CapabilityStatement, FHIR version, SMART
 * configuration, PKCE, scopes. Returns GPtrArray of CrFinding. */
void cr_connect_test_source_async (CrConnect *self,
                                   CrSource *source,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GPtrArray *cr_connect_test_source_finish (CrConnect *self, GAsyncResult *result, GError **error);

G_END_DECLS
