/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-records-table.h"

G_BEGIN_DECLS

/* Where a search through a patient's records goes on. All zero: from the start. */
typedef struct
{
  gint64 sid;    /* stream */
  gint64 before; /* sequence within it; 0: its newest */
} CrSearchPlace;

/* What one step of it came to. */
typedef struct
{
  GPtrArray *records; /* (owned): CrRecord with body, the last received of a source first */
  guint n_looked;     /* at this many, in this step */
  CrSearchPlace next;
  gboolean is_end;
} CrSearchStep;

void cr_search_step_free (CrSearchStep *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSearchStep, cr_search_step_free)

CrSearchStep *cr_record_search_step (CrDb *db,
                                     const CrRecordFilter *filter,
                                     const char *text,
                                     const CrSearchPlace *place,
                                     gint64 most_us,
                                     GError **error);

G_END_DECLS
