/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-fhir-batch.h"

G_BEGIN_DECLS

#define CR_TYPE_FHIR_SENDER (cr_fhir_sender_get_type ())
G_DECLARE_FINAL_TYPE (CrFhirSender, cr_fhir_sender, CR, FHIR_SENDER, CrSender)

/* One request to the server. */
typedef struct
{
  const char *method;
  const char *path; /* below the base; empty: the base itself */
  GBytes *body;     /* (nullable) */
} CrFhirCall;

void cr_fhir_sender_call_async (CrFhirSender *self,
                                const CrFhirCall *call,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
CrReply *cr_fhir_sender_call_finish (CrFhirSender *self, GAsyncResult *result, GError **error);
CrFhirIds cr_fhir_sender_get_ids (CrFhirSender *self);
char *cr_fhir_sender_id_of (CrFhirSender *self, const CrSought *each);

/* The preflight: a GTask with a GPtrArray of CrFinding. */
void cr_fhir_test_async (CrFhirSender *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);

void cr_fhir_sender_find_async (CrSender *sender,
                                GPtrArray *sought,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

G_END_DECLS
