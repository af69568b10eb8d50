/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-records-table.h"

G_BEGIN_DECLS

/* What a plan needs of a record. */
typedef struct
{
  gint64 rid;
  gint64 sequence;
  gint64 type; /* its number */
  gsize n_bytes;
  gint64 delivered; /* the sequence that the destination has; 0: none */
} CrRecordHead;

/* Array of CrRecordHead: latest versions of a stream with after < sequence <= upto, in order of
 * sequence. @destination_id: (nullable): what it has of them is asked for too */
GArray *cr_record_heads_list (CrDb *db,
                              gint64 sid,
                              const char *destination_id,
                              gint64 after,
                              gint64 upto,
                              guint limit,
                              GError **error);
gint64 cr_record_heads_stream (CrDb *db,
                               const CrRecordOwner *owner,
                               GError **error); /* 0: there is none; -1: error */

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
