/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-records-table.h"

G_BEGIN_DECLS

/* A stream is the part of a record's identity that a whole pull shares; see CrRecordOwner. */
gint64 cr_streams_find (CrDb *db, const CrRecordOwner *owner, gboolean add, GError **error);
gint64 cr_streams_count_records (CrDb *db, const char *patient_id, GError **error);
gboolean cr_streams_forget (CrDb *db,
                            const char *patient_id,
                            const char *source_id,
                            GError **error); /* source NULL: all of the patient */

/* The records of a stream, the last received first, by the index that costs least: all, those of a
 * type there are many of, or few. :before is the sequence they come before. */
#define CR_RECORDS_OF_ANY "AND seq > 0 AND seq < :before ORDER BY seq DESC"
#define CR_RECORDS_OF_FREQUENT "AND +type = :type " CR_RECORDS_OF_ANY
#define CR_RECORDS_OF_SELDOM "AND type = :type AND +seq > 0 AND +seq < :before ORDER BY +seq DESC"
int cr_records_table_find_way (CrDb *db,
                               const CrRecordFilter *filter,
                               gint64 *type,
                               GError **error); /* place in the order above; -1 on error */

/* Versions that come late: kept, never the latest. */
gboolean cr_record_is_older (const char *stamp, const char *stored, gint64 now_ms);
int cr_record_has_version (CrDb *db, gint64 rid, const guint8 *sha256, GError **error);
gint64 cr_record_version_before (CrDb *db, gint64 sequence, GError **error);
gboolean cr_record_slip_behind (CrDb *db, gint64 rid, gint64 latest, gint64 older, GError **error);
gboolean cr_record_touch (CrDb *db, gint64 rid, gint64 now_ms, GError **error);

/* How many records of which type one save adds to a stream, and its pull. */
typedef struct
{
  CrDb *db;
  gint64 sid;
  gint64 pull;         /* 0: none */
  GHashTable *added;   /* number of a type → how many are new */
  GHashTable *changed; /* the same for those that changed */
} CrRecordTally;

gboolean cr_record_tally_save (const CrRecordTally *self, GError **error);

/* See cr-absence-table.h. */
int cr_absence_table_any (CrDb *db, gint64 sid, GError **error);
gboolean cr_absence_table_clear (CrDb *db, gint64 rid, gint64 pull, gint64 now_ms, GError **error);

G_END_DECLS
