/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-time.h"
#include "model/cr-destination.h"
#include "store/cr-store.h"

G_BEGIN_DECLS

#define CR_TYPE_UPLOADS (cr_uploads_get_type ())
G_DECLARE_FINAL_TYPE (CrUploads, cr_uploads, CR, UPLOADS, GObject)

/* The files in parts that are under way here. Each is written down before it is begun, so that what
 * is left of it is found, however it ends: see store/cr-uploads-table.h. Signal `left`: the end of
 * one was not seen. */
CrUploads *cr_uploads_new (CrStore *store, CrClock clock);
/* TRUE: who works on it ends it too. */
gboolean cr_uploads_is_under_way (CrUploads *self, const char *destination_id, const char *key);

/* One of them, until it is freed. */
typedef struct _CrUploadMark CrUploadMark;

void cr_uploads_mark_async (CrUploads *self,
                            CrDestination *destination,
                            const char *key,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
CrUploadMark *cr_uploads_mark_finish (CrUploads *self, GAsyncResult *result, GError **error);
void cr_upload_mark_name (CrUploadMark *self, const char *upload);
/* It is proven that the storage has no part of it any more, or has the file. */
void cr_upload_mark_settle (CrUploadMark *self);
void cr_upload_mark_free (CrUploadMark *self);

G_END_DECLS
