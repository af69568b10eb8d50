/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-attachment-row.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define CR_TYPE_RECORD_FILE (cr_record_file_get_type ())
G_DECLARE_FINAL_TYPE (CrRecordFile, cr_record_file, CR, RECORD_FILE, GObject)

/* A file of a record: one it carries inside, or one it links to, with what became of that. */
struct _CrRecordFile
{
  GObject parent_instance;

  char *source_id;    /* (owned) (nullable): of the record */
  char *type;         /* (owned) (nullable): of the record */
  char *id;           /* (owned) (nullable): of the record */
  guint n;            /* 1, 2, … in that record */
  char *title;        /* (owned) (nullable): as the source calls it */
  char *content_type; /* (owned) (nullable) */
  char *url;          /* (owned) (nullable): as written; NULL: it is inside */
  char *reason;       /* (owned) (nullable): why the source gives none, a code of FHIR's */
  gint64 n_bytes;     /* -1: not known */
  CrAttachmentStatus status;
  guint http_status; /* of a link; 0: none */
  char *sha256;      /* (owned) (nullable): hex, of the file that a link led to */
  char *binary_id;   /* (owned) (nullable): the Binary that keeps it */
  gint64 fetched_ms; /* of a link */
  GBytes *body;      /* (owned) (nullable): the file; NULL in lists */
};

CrRecordFile *cr_record_file_new (guint n);

/* Its kind without parameters, in small letters: `application/pdf`. Never NULL. */
char *cr_record_file_get_kind (CrRecordFile *self);
gboolean cr_record_file_is_text (CrRecordFile *self);
gboolean cr_record_file_is_image (CrRecordFile *self);
/* A kind that other programs only look at. What they might carry out – pages with scripts, and what
 * nobody knows – is saved or shown as text. */
gboolean cr_record_file_may_be_opened (CrRecordFile *self);
/* A name to save it under. */
char *cr_record_file_get_name (CrRecordFile *self);
/* The same without what the source calls it, which may tell of whom it is. */
char *cr_record_file_get_plain_name (CrRecordFile *self);

G_END_DECLS
