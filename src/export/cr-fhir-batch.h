/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-sender.h"

G_BEGIN_DECLS

/* What a FHIR server is sent and what it answers; pure. */
#define CR_SOURCE_SYSTEM "urn:chartroom:source:" /* + source id: of a record's original id */
#define CR_PATIENT_ID_SYSTEM "urn:medblocks:patient-id"

typedef enum
{
  CR_FHIR_IDS_NAMESPACED,
  CR_FHIR_IDS_SOURCE,
} CrFhirIds;

char *
cr_fhir_name (const char *source_id, const char *patient_id, const char *type, const char *id);
gboolean cr_fhir_id_is_valid (const char *id);
guint cr_fhir_type_rank (const char *type);

/* A resource as it leaves. */
typedef struct
{
  GBytes *body;         /* (owned) */
  char *url;            /* (owned): `Observation/cr-…`, or with a condition */
  CrExportEntry *entry; /* (unowned): its outcome */
} CrFhirEntry;

CrFhirEntry *cr_fhir_entry_new (CrRecord *record,
                                const char *fhir_base_url,
                                CrFhirIds ids,
                                CrExportEntry *outcome,
                                GError **error);
void cr_fhir_entry_free (CrFhirEntry *self);

GBytes *cr_fhir_batch_new (GPtrArray *entries, guint first, guint n_entries);
gboolean cr_fhir_batch_read (GBytes *answer,
                             GPtrArray *entries,
                             guint first,
                             guint n_entries,
                             GError **error);

/* The outcome of one resource. @body: (nullable): an OperationOutcome */
void cr_fhir_outcome_set (CrExportEntry *outcome, guint status, const char *text);

G_END_DECLS
