/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-export.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* What a planned item is about to send: the records of one stream and type whose newest versions
 * bear the numbers @first to @last, each of which was such when it was planned. A record that got a
 * newer version meanwhile has left the range, and a later run will plan it. */
typedef struct
{
  gint64 sid;
  gint64 type;
  gint64 first;
  gint64 last;
} CrRange;

/* @ranges: (element-type CrRange), in the order they are to be sent. */
gboolean cr_ranges_table_add (CrDb *db, const char *item_id, GArray *ranges, GError **error);
GArray *cr_ranges_table_list (CrDb *db, const char *item_id, GError **error);
/* Makes entries that failed of all that is left of an item. */
gint64 cr_ranges_table_fail (CrDb *db,
                             const char *item_id,
                             const char *error_code,
                             const char *error_message,
                             GError **error); /* how many; -1 on error */
/* Makes pending entries of what a run has not sent, as far as a watermark has passed it, and drops
 * the rest: that is planned by the next run. */
gboolean cr_ranges_table_leave (CrDb *db, CrExportRun *run, GError **error);

/* Whose records a stream holds. */
typedef struct
{
  gint64 sid;
  char *patient_id; /* (owned) */
  char *source_id;  /* (owned) */
} CrStreamOwner;

void cr_stream_owner_clear (CrStreamOwner *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrStreamOwner, cr_stream_owner_clear)
/* FALSE without error: there is no such stream any more. Reads nothing when it is the same. */
gboolean cr_stream_owner_find (CrDb *db, CrStreamOwner *self, gint64 sid, GError **error);

/* The records of ranges, one after the other. Lives within one function of the store. */
typedef struct _CrRangeReader CrRangeReader;

typedef struct
{
  gint64 rid;
  gint64 sequence;
  const char *id;     /* (nullable): where it was asked for; until the next step */
  gconstpointer body; /* (nullable): the same */
  gsize n_bytes;
} CrRangeRecord;

typedef enum
{
  CR_RANGE_BODIES,
  CR_RANGE_BODIES_AND_IDS,
  CR_RANGE_SIZES, /* without bodies: they are for a CrBody */
} CrRangeContent;

CrRangeReader *cr_range_reader_new (CrDb *db, CrRangeContent content);
void cr_range_reader_free (CrRangeReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrRangeReader, cr_range_reader_free)
/* Starts at the records of @range after @after. */
void cr_range_reader_open (CrRangeReader *self, const CrRange *range, gint64 after);
/* FALSE without error: that was the last of the range. */
gboolean cr_range_reader_next (CrRangeReader *self, CrRangeRecord *record, GError **error);

G_END_DECLS
