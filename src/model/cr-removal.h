/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *name; /* (owned): of the destination */
  gint64 n_records;
  gboolean is_told; /* it wants to know, and is asked to give them up */
} CrRemovalPlace;

/* What a removal would take, or has taken: the words before it and the receipt after it. */
typedef struct
{
  gint64 n_connections;
  gint64 n_records;
  gint64 n_versions;
  gint64 n_pulls;
  gint64 n_delivered; /* records that destinations have; those copies stay where they are */
  GPtrArray *places;  /* (owned): of CrRemovalPlace, destinations that have some */
  gint64 at_ms;       /* 0: not done */
  char *person;       /* (owned) (nullable) */
  gboolean is_wiped;  /* no byte of it is left in the database's files */
} CrRemoval;

CrRemoval *cr_removal_new (void);
void cr_removal_free (CrRemoval *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrRemoval, cr_removal_free)
CrRemovalPlace *cr_removal_add_place (CrRemoval *self, const char *name, gint64 n_records);

G_END_DECLS
