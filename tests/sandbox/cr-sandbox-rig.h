/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include "sandbox/cr-sandbox.h"

/* A sandbox and a client of it in one loop, so every request is async underneath. */
typedef struct
{
  CrSandbox *sandbox;
  SoupSession *session; /* keeps cookies */
  char *dir;
  JsonObject *about; /* of /_sandbox */
} CrSandboxRig;

typedef struct
{
  guint status;
  char *body; /* NUL-terminated */
  gsize length;
  SoupMessageHeaders *headers;
  SoupMessage *message;
} CrReply;

extern gint64 cr_sandbox_rig_now_ms; /* the sandbox's clock */

CrSandboxRig *cr_sandbox_rig_new (guint n_patients);
void cr_sandbox_rig_restart (CrSandboxRig *self);
void cr_sandbox_rig_free (CrSandboxRig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSandboxRig, cr_sandbox_rig_free)

void cr_reply_free (CrReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrReply, cr_reply_free)

CrReply *
cr_sandbox_rig_send (CrSandboxRig *self, SoupMessage *message, const char *type, GBytes *body);
SoupMessage *cr_sandbox_rig_message (CrSandboxRig *self, const char *method, const char *path);
GError *cr_sandbox_rig_fail (CrSandboxRig *self, const char *path, const char *token);
CrReply *cr_sandbox_rig_get (CrSandboxRig *self, const char *path, const char *token);
CrReply *cr_sandbox_rig_form (CrSandboxRig *self, const char *path, ...) G_GNUC_NULL_TERMINATED;
void cr_sandbox_rig_fault (CrSandboxRig *self, const char *name, const char *parameters);
void cr_sandbox_rig_no_fault (CrSandboxRig *self, const char *name);

JsonObject *cr_reply_json (CrReply *reply);
const char *cr_reply_header (CrReply *reply, const char *name);

JsonObject *cr_sandbox_rig_patient (CrSandboxRig *self, guint index);
char *cr_sandbox_rig_authorize_uri (CrSandboxRig *self, const char *scope, const char *challenge);
char *
cr_sandbox_rig_consent (CrSandboxRig *self, guint patient, const char *uri, const char *decision);
JsonObject *cr_sandbox_rig_walk (CrSandboxRig *self, guint patient, const char *scope);

/* RFC 7636 appendix B. */
#define CR_RIG_VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CR_RIG_CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define CR_RIG_REDIRECT "http://127.0.0.1:9/callback"
