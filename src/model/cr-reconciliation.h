/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One thing that should be at a destination: a file, or the records of a type. */
typedef struct
{
  char *name;  /* (owned): of the file, or the type */
  char *type;  /* (owned) (nullable) */
  char *lines; /* (owned) (nullable): of a file: whose lines are in it */
  gint64 bytes;
  char *sha256;     /* (owned) (nullable): of a file: hex */
  char *etag;       /* (owned) (nullable): what the storage called the file that arrived */
  char *md5;        /* (owned) (nullable): what it said its MD5 is: base64 */
  guint n_expected; /* records */
  guint n_found;
  gboolean is_sized; /* found by its size alone: the storage told no checksum */
} CrDifference;

/* One record that should be at a destination without files. */
typedef struct
{
  gint64 rid;
  char *type;       /* (owned) */
  char *id;         /* (owned): at its source */
  char *patient_id; /* (owned) */
  char *source_id;  /* (owned) */
  char *place;      /* (owned) (nullable): the id the destination chose */
  gboolean is_there;
} CrSought;

/* A destination counted again. */
typedef struct
{
  char *destination_id; /* (owned) */
  gboolean has_files;
  GPtrArray *expected; /* (owned): of CrDifference */
  GArray *missing;     /* (owned): of gint64: the records, where there are no files */
  char *queued_run;    /* (owned) (nullable): the run that sends what is missing */
} CrReconciliation;

void cr_sought_free (CrSought *self);

CrReconciliation *cr_reconciliation_new (const char *destination_id);
void cr_reconciliation_free (CrReconciliation *self);
guint cr_reconciliation_missing (CrReconciliation *self);
guint cr_reconciliation_sized (CrReconciliation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrReconciliation, cr_reconciliation_free)

G_END_DECLS
