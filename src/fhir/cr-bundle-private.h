/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-bundle.h"
#include "fhir/cr-canonical.h"
#include "fhir/cr-fhir-base.h"
#include "fhir/cr-span.h"

G_BEGIN_DECLS

/* What splitting needs beside the bundle it fills. */
typedef struct
{
  CrBundle *bundle; /* (unowned) */
  CrSpans spans;
  CrCanonical canonical;
  CrFhirBase base;
  GArray *references;    /* (owned): of CrReference, those of the entry at hand */
  const char *last_type; /* (unowned) (nullable): in the bundle's strings */
  guint array;           /* the list of entries; %CR_SPAN_NONE: none was seen */
  GError *error;         /* (owned) (nullable): of one of them */
} CrSplit;

struct _CrBundle
{
  gatomicrefcount ref_count;

  GBytes *page;          /* (owned) */
  GStringChunk *strings; /* (owned) */
  GArray *entries;       /* (owned): of CrIncoming, which own their references */
  GArray *attachments;   /* (owned): of CrAttachment */
  const char *next;      /* (unowned) (nullable): in strings, as all below */
  const char *self_link; /* (unowned) (nullable) */
  gint64 total;
  guint n_skipped;
  guint n_damaged;
  const char *outcome_severity; /* (unowned) (nullable) */
  GString *outcome_text;        /* (owned) */
  const char *base_url;         /* (unowned) (nullable) */
  gboolean is_utf8;
  CrSplit *late; /* (owned) (nullable): for entries that are completed one by one */
};

const char *cr_split_keep_text (CrSplit *self, guint node);
void cr_split_init (CrSplit *self, CrBundle *bundle);
void cr_split_clear (CrSplit *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrSplit, cr_split_clear)

/* Its content, references and attachments. */
gboolean cr_split_complete (CrSplit *self, CrIncoming *entry, GError **error);
/* Where it lies and what it is called, all that costs next to nothing: adds an entry. */
gboolean
cr_split_outline (CrSplit *self, guint resource, guint type, CrEntryMode mode, GError **error);

G_END_DECLS
