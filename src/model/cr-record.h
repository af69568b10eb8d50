/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-pull.h"

G_BEGIN_DECLS

#define CR_TYPE_RECORD (cr_record_get_type ())
G_DECLARE_FINAL_TYPE (CrRecord, cr_record, CR, RECORD, GObject)

/* One stored FHIR resource, seen at one of its versions. */
struct _CrRecord
{
  GObject parent_instance;

  gint64 rid;        /* row of the record in the store */
  char *patient_id;  /* (owned) */
  char *source_id;   /* (owned) */
  char *source_name; /* (owned) (nullable) */
  char *source_base; /* (owned) (nullable): its FHIR base URL; for reads of a stretch */
  char *type;        /* (owned): resource type */
  char *id;          /* (owned): the source's own logical id */
  guint version;     /* 1, 2, … of this record */
  guint n_versions;
  gint64 sequence; /* of this version, grows with every commit */
  char *sha256;    /* (owned): hex, of the bytes as received */
  gsize n_bytes;
  GBytes *body;       /* (owned) (nullable): as received; NULL in lists */
  char *title;        /* (owned) (nullable): for lists, in words */
  char *date;         /* (owned) (nullable): for lists, as the record writes it */
  char *reached;      /* (owned) (nullable): search, read, reference, attachment */
  gint64 received_ms; /* this version */
  gint64 first_seen_ms;
  gint64 last_confirmed_ms;
  gint64 missed_ms; /* the source listed it once and no more; 0: it is listed as far as known */
  gint64 gone_ms;   /* and a read proved that it is gone; 0: not proven */

  /* Of a record that was got by itself: (owned) (nullable) */
  CrPull *first_pull;   /* that brought it first */
  CrPull *pull;         /* that brought this version */
  CrPull *last_pull;    /* that saw it last */
  char *source_version; /* meta.versionId as the source last had it; of the latest version */
  char *source_updated; /* and meta.lastUpdated */
};

CrRecord *cr_record_new (gint64 rid);

/* A relative reference, or one to an own base: what it points at. */
typedef struct
{
  const char *type;
  const char *id;
} CrReference;

typedef enum
{
  CR_ENTRY_MATCH,
  CR_ENTRY_INCLUDE,
  CR_ENTRY_OUTCOME,
  CR_ENTRY_OTHER_PATIENT, /* about somebody else: never kept */
} CrEntryMode;

#define CR_CONTENT_HASH_SIZE 32

/* A resource as it came in: spans into the page that holds it, nothing copied. The page's owner
 * owns every pointer. */
typedef struct _CrIncoming CrIncoming;
struct _CrIncoming
{
  const char *type;         /* resourceType */
  const char *id;           /* (nullable): the resource has none */
  const char *version_id;   /* (nullable): meta.versionId */
  const char *last_updated; /* (nullable): meta.lastUpdated, as written */
  const char *about; /* (nullable): id of the one Patient of the source it says it is about */
  const char *body;  /* the bytes as received */
  gsize n_bytes;
  guint8 sha256[CR_CONTENT_HASH_SIZE];  /* of the bytes */
  guint8 content[CR_CONTENT_HASH_SIZE]; /* of the canonical content: sorted keys, number text
                                           untouched, without the stamps in meta */
  const CrReference *references;
  guint n_references;
  CrEntryMode mode;
  gpointer page; /* (unowned) (nullable): that it came with */
  /* (nullable): whoever needs @content or @references calls it first, one thread at a time; NULL:
   * they are there. Of what did not change they are not needed. */
  gboolean (*complete) (const CrIncoming *self, GError **error);
};

/* How many records of one type a patient has. */
typedef struct
{
  char *type; /* (owned) */
  guint n;
} CrTypeCount;

CrTypeCount *cr_type_count_new (const char *type, guint n);
void cr_type_count_free (CrTypeCount *self);

G_END_DECLS
