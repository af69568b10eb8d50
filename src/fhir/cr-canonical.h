/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-span.h"
#include "model/cr-record.h"

G_BEGIN_DECLS

/* Room for the canonical content of one resource after another. */
typedef struct
{
  GString *bytes; /* (owned) */
  GArray *order;  /* (owned): guint nodes of the objects being written */
} CrCanonical;

void cr_canonical_init (CrCanonical *self);
void cr_canonical_clear (CrCanonical *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrCanonical, cr_canonical_clear)

const GString *cr_canonical_write (CrCanonical *self, const CrSpans *spans, guint node);
gboolean cr_canonical_hash (CrCanonical *self, const CrSpans *spans, guint node, guint8 *content);
gboolean cr_bytes_hash (const char *bytes, gsize n_bytes, guint8 *hash);

G_END_DECLS
