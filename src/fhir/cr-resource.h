/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-language.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Reading and changing one resource by byte ranges; nothing is ever re-serialised. Offsets are
 * bytes from the start of the body. */

/* The text of every `reference` member, contained and logical ones left out. */
typedef struct
{
  gsize start; /* of the string's content, after the quote */
  gsize length;
  char *type;    /* (owned) */
  char *id;      /* (owned) */
  char *version; /* (owned) (nullable): of `…/_history/…` */
} CrReferenceSpan;

GArray *cr_references_find (const char *body,
                            gsize n_bytes,
                            const char *fhir_base_url,
                            GError **error); /* of CrReferenceSpan, clear function set */

/* What a reference, or the resource's own id, becomes. NULL leaves it as it is. */
typedef char *(*CrIdMap) (const char *type, const char *id, gpointer data);

GBytes *cr_resource_rewrite_ids (GBytes *body,
                                 const char *fhir_base_url,
                                 CrIdMap map,
                                 gpointer data,
                                 GError **error); /* own id and all references */
GBytes *cr_resource_add_identifier (GBytes *body,
                                    const char *system,
                                    const char *value,
                                    GError **error); /* once: not when it is there already */
GBytes *cr_resource_add_tag (GBytes *body, const char *system, const char *code, GError **error);
GBytes *cr_resource_without_id (GBytes *body, GError **error);
gboolean cr_resource_type_has_identifier (const char *type);
GBytes *cr_resource_to_line (GBytes *body); /* CR and LF between tokens dropped, nothing else */
gboolean
cr_resource_identity (const char *body, gsize n_bytes, char **type, char **id, GError **error);
char *cr_resource_pretty (const char *body,
                          gsize n_bytes); /* indented for reading, number text untouched */

/* OperationOutcome in words; NULL when the body is none. */
char *cr_outcome_text (const char *body, gsize n_bytes, char **severity, char **code);

/* The portal's Patient, for the wrong-patient guard. */
typedef struct
{
  char **names;     /* (owned): each whole: prefix, given, family or text */
  char *birth_date; /* (owned) (nullable) */
  char *sex;        /* (owned) (nullable) */
} CrDemographics;

CrDemographics *cr_demographics_read (const char *body, gsize n_bytes, GError **error);
void cr_demographics_free (CrDemographics *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrDemographics, cr_demographics_free)
gboolean cr_patient_is_replaced (const char *body, gsize n_bytes);

/* A record in words. */
typedef struct
{
  char *label; /* (owned) */
  char *value; /* (owned): as written; decimals from their text */
} CrDetail;

typedef struct
{
  char *title;        /* (owned): what it is: “Hemoglobin 13.10 g/dL”, “Penicillin” */
  char *date;         /* (owned) (nullable): as the record writes it */
  char *status;       /* (owned) (nullable) */
  GPtrArray *details; /* (owned): of CrDetail */
} CrSummary;

CrSummary *
cr_summary_read (const char *body, gsize n_bytes, const CrLanguage *language, GError **error);
void cr_summary_free (CrSummary *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSummary, cr_summary_free)

G_END_DECLS
