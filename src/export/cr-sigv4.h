/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* AWS Signature Version 4, header form; pure. */
typedef struct
{
  const char *access_key;
  const char *secret;
  const char *region;
  const char *service; /* `s3` */
  const char *token;   /* (nullable): of temporary credentials */
} CrSigV4Key;

char *cr_sigv4_encode (const char *text, gboolean keep_slashes);
char *cr_sigv4_authorization (const CrSigV4Key *key,
                              const char *method,
                              const char *path,
                              const char *query,
                              const char *const *headers,
                              const char *body_sha256,
                              gint64 now_ms);
char **cr_sigv4_headers (const CrSigV4Key *key,
                         const char *method,
                         const char *url,
                         const char *body_sha256,
                         const char *const *extra,
                         gint64 now_ms);
char *cr_sha256_hex (gconstpointer data, gsize n_bytes);

G_END_DECLS
