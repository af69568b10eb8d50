/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "net/cr-client.h"

G_BEGIN_DECLS

/* What a bucket answered, in words; pure. */
char *cr_s3_error_code (const char *body, gsize n_bytes);
char *cr_s3_reply_text (const char *body, gsize n_bytes, const char *element);
char *cr_s3_reply_region (const CrReply *reply);
gboolean cr_s3_refuses_checksum (guint status, const char *code);
gboolean
cr_s3_reply_check (const CrReply *reply, const char *verb, const char *region, GError **error);

G_END_DECLS
