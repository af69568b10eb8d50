/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "net/cr-client.h"

G_BEGIN_DECLS

/* Who signed in, as the portal knows them. */
typedef struct
{
  char *id;         /* (owned) */
  GBytes *body;     /* (owned) (nullable): their Patient; NULL when it may not be read */
  const char *from; /* where the id came from, in words */
} CrPortalPatient;

void cr_portal_patient_free (CrPortalPatient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPortalPatient, cr_portal_patient_free)

char *cr_portal_patient_id (const char *reference, const char *base, gboolean may_be_bare);

void cr_ask_patient_async (CrClient *client,
                           CrToken *token,
                           const char *fhir_base_url,
                           const char *granted_patient,
                           const char *fhir_user,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
CrPortalPatient *cr_ask_patient_finish (CrClient *client, GAsyncResult *result, GError **error);

G_END_DECLS
