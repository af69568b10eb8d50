/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-sender.h"

G_BEGIN_DECLS

/* What a FHIR server is sent and what it answers; pure. */
#define CR_SOURCE_SYSTEM "urn:chartroom:source:" /* + source id: of a record's original id */
#define CR_PATIENT_ID_SYSTEM "urn:medblocks:patient-id"
#define CR_RECORD_SYSTEM                                                                           \
  "urn:chartroom:record" /* of cr_fhir_name(), where the server chooses ids */

typedef enum
{
  CR_FHIR_IDS_NAMESPACED,
  CR_FHIR_IDS_SOURCE,
} CrFhirIds;

char *
cr_fhir_name (const char *source_id, const char *patient_id, const char *type, const char *id);
gboolean cr_fhir_id_is_valid (const char *id);
guint cr_fhir_type_rank (const char *type);

/* By what the server finds the record. */
typedef enum
{
  CR_FHIR_WRITE_NAMED,   /* an id of ours */
  CR_FHIR_WRITE_PLACED,  /* the id it chose itself */
  CR_FHIR_WRITE_MATCHED, /* a condition: it chooses an id, or finds the one it chose */
} CrFhirWrite;

/* How records are to be written. */
typedef struct
{
  const char *fhir_base_url; /* (nullable): of the source, whose absolute references are its own */
  CrFhirIds ids;
  GHashTable *places;        /* (nullable): see cr_fhir_place_key() */
  GHashTable *matched_types; /* (nullable): types the server chooses ids for */
} CrFhirManner;

/* A resource as it leaves. */
typedef struct
{
  GBytes *body; /* (owned) (nullable): of a large one, once it is in a batch */
  char *url;    /* (owned): `Observation/cr-…`, or with a condition */
  CrFhirWrite write;
  gboolean is_incomplete; /* points at a record that has no id at the server yet */
  CrRecord *record;       /* (owned) */
  CrExportEntry *entry;   /* (unowned): its outcome */
} CrFhirEntry;

/* A record from this size on is alone in its item, and is held once: it gives its body away. */
#define CR_FHIR_LARGE (1u << 20)

char *cr_fhir_place_key (CrRecord *record, const char *type, const char *id);
CrFhirEntry *cr_fhir_entry_new (CrRecord *record,
                                const CrFhirManner *manner,
                                CrExportEntry *outcome,
                                GError **error);
void cr_fhir_entry_free (CrFhirEntry *self);
void cr_fhir_entry_wait (CrFhirEntry *self);
void cr_fhir_entry_wait_for_id (CrFhirEntry *self);

GBytes *cr_fhir_batch_new (GPtrArray *entries, guint first, guint n_entries);

/* What a server answered to one entry of a batch. */
typedef struct
{
  guint status;
  char *text;  /* (owned) (nullable): of its OperationOutcome */
  char *place; /* (owned) (nullable): the location it names */
} CrFhirAnswer;

void cr_fhir_answer_free (CrFhirAnswer *self);
GPtrArray *cr_fhir_answer_read (GBytes *answer, guint n_entries, GError **error);
void cr_fhir_answer_read_async (GBytes *answer,
                                guint n_entries,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
GPtrArray *cr_fhir_answer_read_finish (GAsyncResult *result, GError **error);
gboolean
cr_fhir_answers_check (GPtrArray *entries, guint first, GPtrArray *answers, GError **error);
gboolean cr_fhir_entry_answer (CrFhirEntry *self, const CrFhirAnswer *answer);
char *cr_fhir_place_read (const char *location, const char *type);

/* The outcome of one resource. */
void cr_fhir_outcome_set (CrExportEntry *outcome, guint status, const char *text);

G_END_DECLS
