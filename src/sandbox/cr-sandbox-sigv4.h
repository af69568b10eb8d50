/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* AWS Signature Version 4, the checking side. */
typedef struct
{
  const char *method;
  const char *path;     /* decoded */
  const char *query;    /* (nullable): as it came */
  const char *amz_date; /* 20130524T000000Z */
  const char *region;
  const char *service;
  const char *signed_headers; /* "host;x-amz-date" */
  const char *payload_hash;   /* lower-case hexadecimal, or UNSIGNED-PAYLOAD */
  const char *secret_key;
  const char *(*get_header) (gpointer user_data, const char *name);
  gpointer user_data;
} CrSandboxSigv4Request;

char *cr_sandbox_sigv4_canonical_request (const CrSandboxSigv4Request *request);
char *cr_sandbox_sigv4_sign (const CrSandboxSigv4Request *request);
char *cr_sandbox_sigv4_hash (const void *data, gsize length);
char *cr_sandbox_sigv4_encode (const char *text, gboolean keep_slash);

G_END_DECLS
