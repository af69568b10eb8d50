/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-records-table.h"

G_BEGIN_DECLS

/* What a plan needs of a record. */
typedef struct
{
  gint64 rid;
  gint64 sequence;
  gsize n_bytes;
  gint64 delivered; /* the sequence that the destination has; 0: none */
} CrRecordHead;

/* Array of CrRecordHead: what cr_records_table_list_changed() lists, beside what @destination_id
 * has of it. */
GArray *cr_record_heads_list (CrDb *db,
                              const CrRecordOwner *owner,
                              const char *type,
                              const char *destination_id,
                              gint64 after,
                              gint64 upto,
                              guint limit,
                              GError **error);

/* Latest versions, one after the other, for sending: only rid, sequence, patient, source, type, id,
 * size and body are set. Lives within one function of the store. */
typedef struct _CrRecordLoader CrRecordLoader;

CrRecordLoader *cr_record_loader_new (CrDb *db);
void cr_record_loader_free (CrRecordLoader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrRecordLoader, cr_record_loader_free)
CrRecord *cr_record_loader_get (CrRecordLoader *self,
                                gint64 rid,
                                GError **error); /* NULL without error: no such record */

G_END_DECLS
