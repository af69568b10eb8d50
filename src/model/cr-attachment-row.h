/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  CR_ATTACHMENT_KEPT,
  CR_ATTACHMENT_MISSING,    /* the portal says it is not there */
  CR_ATTACHMENT_REFUSED,    /* not granted, or not licensed */
  CR_ATTACHMENT_TOO_LARGE,  /* over the cap */
  CR_ATTACHMENT_ELSEWHERE,  /* on another server, where this patient's access must not go */
  CR_ATTACHMENT_UNREADABLE, /* something else came: a web page, an error message */
  CR_ATTACHMENT_NOT_YET,    /* not stored: what a version is of whose links were not followed yet */
  CR_ATTACHMENT_WITHHELD,   /* not stored: neither bytes nor an address */
} CrAttachmentStatus;

#define CR_TYPE_ATTACHMENT_STATUS (cr_attachment_status_get_type ())
GType cr_attachment_status_get_type (void);

/* What became of one file that a record links to. */
typedef struct
{
  gint64 rid; /* of the record */
  gint64 seq; /* the version of it that was looked at */
  char *url;  /* (owned): as written there */
  CrAttachmentStatus status;
  guint http_status;
  gboolean is_raw;    /* the file itself came; else a Binary resource */
  char *content_type; /* (owned) (nullable): as received */
  gsize n_bytes;      /* of the file */
  gboolean has_hash;
  guint8 sha256[32]; /* of the file */
  char *binary_id;   /* (owned) (nullable): the Binary that holds it */
  gint64 fetched_ms;
} CrAttachmentRow;

CrAttachmentRow *cr_attachment_row_new (gint64 rid, gint64 seq, const char *url);
void cr_attachment_row_free (CrAttachmentRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrAttachmentRow, cr_attachment_row_free)

G_END_DECLS
