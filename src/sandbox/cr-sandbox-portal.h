/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sandbox/cr-visit.h"

G_BEGIN_DECLS

#define CR_SANDBOX_PORTAL_CLIENT "chartroom-sandbox"
#define CR_SANDBOX_PORTAL_SECRET_CLIENT "chartroom-sandbox-confidential"
#define CR_SANDBOX_PORTAL_KEY_CLIENT "chartroom-sandbox-keys"
#define CR_SANDBOX_PORTAL_NAME "Sandbox Community Health"
#define CR_SANDBOX_PORTAL_SCOPES "launch/patient openid fhirUser offline_access patient/*.rs"

CrSandboxPortal *cr_sandbox_portal_new (const char *path, guint64 seed);
void cr_sandbox_portal_free (CrSandboxPortal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSandboxPortal, cr_sandbox_portal_free)

const char *cr_sandbox_portal_get_secret (CrSandboxPortal *self);
void cr_sandbox_portal_handle (CrVisit *x);
void cr_sandbox_portal_answer_discovery (CrVisit *x);

typedef struct
{
  const CrPerson *person; /* (unowned) */
  char **scopes;          /* (owned) */
} CrPass;

CrPass *cr_sandbox_portal_check_bearer (CrVisit *x);
void cr_pass_free (CrPass *pass);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPass, cr_pass_free)
gboolean cr_pass_allows (CrPass *pass, const char *type, char verb);

/* For cr-sandbox-portal-token.c. */
JsonObject *cr_sandbox_portal_table (CrSandboxPortal *self, const char *name);
void cr_sandbox_portal_save (CrSandboxPortal *self, gint64 now_ms);
char *cr_sandbox_portal_hash (const char *secret);
void cr_sandbox_portal_answer_token (CrVisit *x);
void cr_sandbox_portal_answer_revoke (CrVisit *x);
void cr_sandbox_portal_revoke_grant (CrSandboxPortal *self, const char *grant);

const char *cr_sandbox_portal_key_path (CrSandboxPortal *self);

/* cr-sandbox-portal-assertion.c */
const char *cr_sandbox_portal_check_assertion (CrVisit *x, const char *assertion);
void cr_sandbox_portal_answer_client (CrVisit *x);

/* cr-sandbox-portal-identity.c */
char *cr_sandbox_portal_make_id_token (CrVisit *x,
                                       const CrPerson *person,
                                       const char *client,
                                       const char *nonce,
                                       gboolean named);
void cr_sandbox_portal_answer_keys (CrVisit *x);

/* cr-sandbox-portal-pages.c */
char *
cr_sandbox_pages_login (CrPeople *people, const char *trip, const char *csrf, const char *problem);
char *cr_sandbox_pages_consent (const CrPerson *person,
                                const char *trip,
                                const char *csrf,
                                const char *client_name,
                                const char *scope);
char *cr_sandbox_pages_error (const char *title, const char *text);

G_END_DECLS
