/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-record.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* Whose records, and from where: the part of a record's identity that is the same for a whole pull.
 */
typedef struct
{
  const char *patient_id;
  const char *source_id;
  const char *portal_patient_id;
} CrRecordOwner;

typedef struct
{
  guint n_received;
  guint n_new;
  guint n_changed;
  guint n_unchanged;
} CrSaveCounts;

/* Which records a list is about. NULL: any. */
typedef struct
{
  const char *patient_id;
  const char *source_id;
  const char *type;
  gboolean free_only; /* without those of a connection whose patient is not certain */
} CrRecordFilter;

/* @counts is added to. An incoming resource without id is kept under `sha256-<first 32 hex digits
 * of its content>`. */
gboolean cr_records_table_save (CrDb *db,
                                const CrRecordOwner *owner,
                                const CrIncoming *incoming,
                                guint n_incoming,
                                const char *pull_id,
                                const char *reached,
                                gint64 now_ms,
                                CrSaveCounts *counts,
                                GError **error);
/* References of what @pull_id brought or confirmed that point at nothing stored for this owner, at
 * most @limit; each CrReference is owned by the array (free function set). @types: (nullable): only
 * to these types. */
GPtrArray *cr_records_table_list_missing (CrDb *db,
                                          const CrRecordOwner *owner,
                                          const char *const *types,
                                          guint limit,
                                          GError **error);
gboolean cr_records_table_has (CrDb *db,
                               const CrRecordOwner *owner,
                               const char *type,
                               const char *id,
                               GError **error);

CrRecord *cr_records_table_get (
    CrDb *db,
    const char *patient_id,
    const char *source_id,
    const char *type,
    const char *id,
    guint version,
    GError **error); /* version 0: latest; source NULL: the first that has it; with body */
CrRecord *cr_records_table_get_by_rid (CrDb *db, gint64 rid, guint version, GError **error);
gboolean cr_records_table_read_origin (CrDb *db,
                                       CrRecord *record,
                                       GError **error); /* its pulls and the source's stamps */
GPtrArray *cr_records_table_list_versions (CrDb *db,
                                           gint64 rid,
                                           GError **error); /* newest first, without bodies */
GPtrArray *cr_records_table_list (CrDb *db,
                                  const CrRecordFilter *filter,
                                  gboolean with_body,
                                  guint offset,
                                  guint limit,
                                  GError **error);
gint64 cr_records_table_count (CrDb *db, const CrRecordFilter *filter, GError **error);
GPtrArray *cr_records_table_count_types (CrDb *db,
                                         const char *patient_id,
                                         const char *source_id,
                                         GError **error); /* CrTypeCount, most first */

/* Whether a hold keeps the record from other programs: 1, 0, or -1 on error. */
int cr_records_table_is_held (CrDb *db, CrRecord *record, GError **error);

/* Latest versions with after < sequence <= upto, of one owner, in order of sequence, with bodies.
 * In keyset chunks, fewer than @limit at a time where they are large: an empty one is the end. */
GPtrArray *cr_records_table_list_changed (CrDb *db,
                                          const CrRecordOwner *owner,
                                          const char *type,
                                          gint64 after,
                                          gint64 upto,
                                          guint limit,
                                          GError **error);
gint64 cr_records_table_newest_sequence (CrDb *db, GError **error);

G_END_DECLS
