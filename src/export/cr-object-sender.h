/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-object-dialect.h"
#include "export/cr-object-file.h"
#include "export/cr-sender.h"

G_BEGIN_DECLS

#define CR_TYPE_OBJECT_SENDER (cr_object_sender_get_type ())
G_DECLARE_FINAL_TYPE (CrObjectSender, cr_object_sender, CR, OBJECT_SENDER, CrSender)

/* A file up to twice this goes in one request; a larger one in parts of this. */
#define CR_OBJECT_PART_BYTES (8u << 20)

void cr_object_sender_call_async (CrObjectSender *self,
                                  const CrObjectCall *call,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
CrReply *cr_object_sender_call_finish (CrObjectSender *self, GAsyncResult *result, GError **error);
gboolean cr_object_sender_check (CrObjectSender *self,
                                 const CrObjectCall *call,
                                 const CrReply *reply,
                                 const char *words,
                                 GError **error);
CrObjectLayout *cr_object_sender_get_layout (CrObjectSender *self);
const CrObjectDialect *cr_object_sender_get_dialect (CrObjectSender *self);
const CrObjectAccount *cr_object_sender_get_account (CrObjectSender *self);
CrDestination *cr_object_sender_get_destination (CrObjectSender *self);
CrUploads *cr_object_sender_get_uploads (CrObjectSender *self); /* (nullable) */
gint64 cr_object_sender_now_ms (CrObjectSender *self);

typedef enum
{
  CR_SAMENESS_NO,
  CR_SAMENESS_SIZE, /* as large; the storage tells no more */
  CR_SAMENESS_HASH,
} CrSameness;

/* cr-object-compare.c */
CrSameness
cr_object_sender_compare (CrObjectSender *self, const CrDifference *each, const CrReply *reply);
char *cr_object_tag_clean (const char *tag);

/* Writes one object, which appears whole or not at all; cr-object-upload.c. */
void cr_object_upload_async (CrObjectSender *self,
                             const char *key,
                             GBytes *body,
                             const char *body_sha256,
                             const char *content_type,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean cr_object_upload_finish (CrObjectSender *self,
                                  GAsyncResult *result,
                                  gint64 *retry_after_ms,
                                  GError **error);
/* What the storage said of the file that arrived, to know it by; (nullable) each. */
const char *cr_object_upload_etag (GAsyncResult *result);
const char *cr_object_upload_md5 (GAsyncResult *result);

/* Ends what was begun under a name and never ended: a GTask with a boolean; cr-object-clean.c. */
void cr_object_clean_async (CrSender *sender,
                            const CrUploadNote *note,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/* The preflight: a GTask with a GPtrArray of CrFinding. */
void cr_object_test_async (CrObjectSender *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

G_END_DECLS
