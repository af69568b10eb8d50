/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sandbox/cr-visit.h"

G_BEGIN_DECLS

typedef struct
{
  char *key;          /* (owned) */
  char *etag;         /* (owned): without quotes */
  char *content_type; /* (owned) */
  gsize size;
  gsize start; /* of the content in its file */
  gint64 stored_ms;
} CrSandboxObject;

CrSandboxBucket *cr_sandbox_bucket_new (const char *directory);
void cr_sandbox_bucket_free (CrSandboxBucket *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSandboxBucket, cr_sandbox_bucket_free)

void cr_sandbox_bucket_handle (CrVisit *x);

CrSandboxObject *cr_sandbox_bucket_find (CrSandboxBucket *self, const char *key);
GPtrArray *cr_sandbox_bucket_list (CrSandboxBucket *self, const char *prefix);
gboolean cr_sandbox_bucket_put (CrSandboxBucket *self,
                                const char *key,
                                const char *content_type,
                                const char *etag,
                                GBytes *const *parts,
                                guint n_parts,
                                gint64 now_ms,
                                GError **error);
void cr_sandbox_bucket_delete (CrSandboxBucket *self, const char *key);
GBytes *cr_sandbox_bucket_read (CrSandboxBucket *self, CrSandboxObject *object);
char *cr_sandbox_bucket_upload_dir (CrSandboxBucket *self, const char *upload_id);

/* cr-sandbox-bucket-routes.c */
const char *cr_sandbox_bucket_access_key (void);
void cr_sandbox_bucket_fail (CrVisit *x, guint status, const char *code, const char *message);

gboolean cr_sandbox_bucket_answer_fault (CrVisit *x);

/* cr-sandbox-bucket-auth.c */
gboolean cr_sandbox_bucket_check_signature (CrVisit *x, GBytes *body);

/* cr-sandbox-bucket-upload.c */
void cr_sandbox_bucket_start_upload (CrVisit *x, const char *key);
void cr_sandbox_bucket_put_part (CrVisit *x, const char *upload_id, GBytes *body);
void cr_sandbox_bucket_complete_upload (CrVisit *x,
                                        const char *key,
                                        const char *upload_id,
                                        GBytes *body);
void cr_sandbox_bucket_abort_upload (CrVisit *x, const char *upload_id);
void cr_sandbox_bucket_list_uploads (CrVisit *x);
void cr_sandbox_bucket_list_parts (CrVisit *x, const char *key, const char *upload_id);

G_END_DECLS
