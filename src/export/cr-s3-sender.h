/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-object-file.h"
#include "export/cr-sender.h"

G_BEGIN_DECLS

#define CR_TYPE_S3_SENDER (cr_s3_sender_get_type ())
G_DECLARE_FINAL_TYPE (CrS3Sender, cr_s3_sender, CR, S3_SENDER, CrSender)

/* One request to the bucket. */
typedef struct
{
  const char *method;
  const char *key;          /* (nullable): NULL is the bucket itself */
  const char *query;        /* (nullable): percent-encoded */
  GBytes *body;             /* (nullable) */
  const char *body_sha256;  /* (nullable): hex, where it is known already */
  const char *content_type; /* (nullable) */
} CrS3Call;

void cr_s3_sender_call_async (CrS3Sender *self,
                              const CrS3Call *call,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
CrReply *cr_s3_sender_call_finish (CrS3Sender *self, GAsyncResult *result, GError **error);
CrObjectLayout *cr_s3_sender_get_layout (CrS3Sender *self);
const char *cr_s3_sender_get_region (CrS3Sender *self);

/* The preflight: a GTask with a GPtrArray of CrFinding. */
void cr_s3_test_async (CrS3Sender *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);

G_END_DECLS
