/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-sender.h"

G_BEGIN_DECLS

/* What files of records are called and what is in them; pure, any thread. */
typedef enum
{
  CR_FILE_TYPE_NDJSON,
  CR_FILE_TYPE_GZIP,
  CR_FILE_TYPE_ZIP,
} CrFileType;

#define CR_TYPE_FILE_TYPE (cr_file_type_get_type ())
GType cr_file_type_get_type (void);

typedef struct
{
  char *prefix; /* (owned): without slashes at its ends; empty: none */
  CrFileType file_type;
  gboolean is_by_patient;
} CrObjectLayout;

CrObjectLayout *cr_object_layout_new (CrDestination *destination);
void cr_object_layout_free (CrObjectLayout *self);
char *cr_object_layout_part (const CrObjectLayout *self,
                             const char *run_id,
                             const char *type,
                             const char *patient_id,
                             const char *source_id,
                             guint part);
char *cr_object_layout_key (const CrObjectLayout *self, const char *name);
const char *cr_object_layout_content_type (const CrObjectLayout *self);

/* One file, made from a parcel. */
typedef struct
{
  GBytes *bytes; /* (owned) */
  char *sha256;  /* (owned): of @bytes */
  char *lines;   /* (owned): see cr_object_file_new */
} CrObjectFile;

CrObjectFile *cr_object_file_new (CrParcel *parcel, CrFileType file_type, GError **error);
void cr_object_file_free (CrObjectFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrObjectFile, cr_object_file_free)

void cr_object_file_new_async (CrParcel *parcel,
                               CrFileType file_type,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
CrObjectFile *cr_object_file_new_finish (GAsyncResult *result, GError **error);

GBytes *cr_object_manifest_new (const CrObjectLayout *layout, CrExportRun *run, GPtrArray *items);

G_END_DECLS
