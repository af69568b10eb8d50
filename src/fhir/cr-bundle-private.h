/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-bundle.h"
#include "fhir/cr-canonical.h"
#include "fhir/cr-fhir-base.h"
#include "fhir/cr-span.h"

G_BEGIN_DECLS

struct _CrBundle
{
  gatomicrefcount ref_count;

  GBytes *page;          /* (owned) */
  GStringChunk *strings; /* (owned) */
  GArray *entries;       /* (owned): of CrIncoming */
  GArray *references;    /* (owned): of CrReference, those of one entry after those of the other */
  GArray *attachments;   /* (owned): of CrAttachment */
  const char *next;      /* (unowned) (nullable): in strings, as all below */
  const char *self_link; /* (unowned) (nullable) */
  gint64 total;
  guint n_skipped;
  guint n_damaged;
  const char *outcome_severity; /* (unowned) (nullable) */
  GString *outcome_text;        /* (owned) */
};

/* What splitting needs beside the bundle it fills. */
typedef struct
{
  CrBundle *bundle; /* (unowned) */
  CrSpans spans;
  CrCanonical canonical;
  CrFhirBase base;
  gboolean is_utf8;
  const char *last_type; /* (unowned) (nullable): in the bundle's strings */
} CrSplit;

const char *cr_split_keep_text (CrSplit *self, guint node);
gboolean cr_split_read_resource (CrSplit *self,
                                 guint resource,
                                 guint type,
                                 CrEntryMode mode,
                                 GError **error);

G_END_DECLS
