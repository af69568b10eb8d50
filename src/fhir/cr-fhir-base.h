/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A FHIR base URL, ready to be compared with the front of many references. */
typedef struct
{
  const char *text; /* (unowned) (nullable) */
  gsize n_bytes;    /* without slashes at its end */
  gsize n_host;     /* scheme and host: what compares without case */
} CrFhirBase;

/* What a reference points at: spans into its own text. */
typedef struct
{
  const char *type;
  gsize n_type;
  const char *id;
  gsize n_id;
  const char *version; /* (nullable) */
  gsize n_version;
  const char *fragment; /* (nullable): with its `#` */
  gsize n_fragment;
} CrReferenceParts;

void cr_fhir_base_init (CrFhirBase *self, const char *url);
char *cr_fhir_base_describe_answer (const char *url);
gboolean cr_reference_parse (const CrFhirBase *base,
                             const char *text,
                             gsize n_bytes,
                             CrReferenceParts *parts);

G_END_DECLS
