/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-attachment-row.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrAttachmentStatus,
                    cr_attachment_status,
                    G_DEFINE_ENUM_VALUE (CR_ATTACHMENT_KEPT, "kept"),
                    G_DEFINE_ENUM_VALUE (CR_ATTACHMENT_MISSING, "missing"),
                    G_DEFINE_ENUM_VALUE (CR_ATTACHMENT_REFUSED, "refused"),
                    G_DEFINE_ENUM_VALUE (CR_ATTACHMENT_TOO_LARGE, "too_large"),
                    G_DEFINE_ENUM_VALUE (CR_ATTACHMENT_ELSEWHERE, "elsewhere"),
                    G_DEFINE_ENUM_VALUE (CR_ATTACHMENT_UNREADABLE, "unreadable"),
                    G_DEFINE_ENUM_VALUE (CR_ATTACHMENT_NOT_YET, "not_yet"),
                    G_DEFINE_ENUM_VALUE (CR_ATTACHMENT_WITHHELD, "withheld"))

CrAttachmentRow *
cr_attachment_row_new (gint64 rid, gint64 seq, const char *url)
{
  CrAttachmentRow *self = g_new0 (CrAttachmentRow, 1);

  self->rid = rid;
  self->seq = seq;
  self->url = g_strdup (url);
  return self;
}

void
cr_attachment_row_free (CrAttachmentRow *self)
{
  g_free (self->url);
  g_free (self->content_type);
  g_free (self->binary_id);
  g_free (self);
}
