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
  guint n_expected; /* records */
  guint n_found;
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
} CrReconciliation;

void cr_sought_free (CrSought *self);

CrReconciliation *cr_reconciliation_new (const char *destination_id);
void cr_reconciliation_free (CrReconciliation *self);
guint cr_reconciliation_missing (CrReconciliation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrReconciliation, cr_reconciliation_free)

G_END_DECLS
