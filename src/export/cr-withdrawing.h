/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-export-steps.h"

G_BEGIN_DECLS

/* What a run that takes back does in the store, in place of the steps of one that sends. */
typedef struct
{
  CrSender *sender;
  CrExportRun *run; /* a copy; its number of items is filled */
} CrWithdrawingPlan;

void cr_withdrawing_plan_free (CrWithdrawingPlan *self);
gpointer cr_withdrawing_plan (CrDb *db, gpointer data, GError **error); /* → CrExportRun */
gpointer cr_withdrawing_load (CrDb *db, CrExportLoad *load, GError **error);

/* The file that names what is withdrawn, for storage. */
GBytes *cr_withdrawing_manifest (CrParcel *parcel);
/* The outcome of each record named in it: done. */
void cr_withdrawing_named (CrParcel *parcel);
CrExportEntry *cr_withdrawing_refused (const CrWithdrawal *withdrawal,
                                       CrErrorCode code,
                                       gboolean is_retryable,
                                       const char *message);

/* A GTask with a boolean each. */
void cr_fhir_withdraw_async (CrSender *sender,
                             CrParcel *parcel,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
void cr_object_withdraw_async (CrSender *sender,
                               CrParcel *parcel,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);

G_END_DECLS
