/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *cr_id_new (const char *prefix, gint64 now_ms);
gboolean cr_id_has_prefix (const char *id, const char *prefix);
char *cr_random_hex (gsize n_bytes);
char *cr_random_base64url (gsize n_bytes);
void cr_random_bytes (guint8 *buffer, gsize n_bytes);
char *cr_base64url_encode (const guint8 *data, gsize n_bytes);
guint8 *cr_base64url_decode (const char *text, gsize *n_bytes);

G_END_DECLS
