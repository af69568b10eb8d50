/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-export.h"
#include "model/cr-work.h"
#include "store/cr-db.h"
#include "store/cr-stmt.h"

G_BEGIN_DECLS

/* What cr_run_work_read() reads of the run `a` of the destination `d`; both counts are of an index.
 */
#define CR_RUN_WORK                                                                                \
  "a.id, d.name, a.status, a.waiting_for, a.wait_until_ms, a.error_code, a.started_ms,"            \
  " a.n_resources, (SELECT count(*) FROM export_item i WHERE i.run_id = a.id),"                    \
  " (SELECT count(*) FROM export_item i WHERE i.run_id = a.id AND i.status = 'pending')"

CrWork *cr_run_work_read (CrStmt *stmt, int column);

gboolean cr_runs_table_add (CrDb *db, CrExportRun *run, GError **error);
/* Queues a run of a destination. One that is queued already and would send the same is joined
 * instead, unless @trigger is a retry: it fixes its upper bound only when it starts. */
CrExportRun *cr_runs_table_queue (CrDb *db,
                                  const char *destination_id,
                                  CrRunTrigger trigger,
                                  const char *retry_of,
                                  const char *person,
                                  gint64 now_ms,
                                  GError **error);
/* The same for every enabled destination. */
gboolean cr_runs_table_queue_all (CrDb *db,
                                  CrRunTrigger trigger,
                                  const char *person,
                                  gint64 now_ms,
                                  GError **error);
CrExportRun *cr_runs_table_get (CrDb *db, const char *id, GError **error);
gboolean cr_runs_table_save (CrDb *db,
                             CrExportRun *run,
                             GError **error); /* checked against the allowed moves */
GPtrArray *cr_runs_table_list (CrDb *db,
                               const char *destination_id,
                               guint offset,
                               guint limit,
                               GError **error); /* newest first; NULL: all */
gint64 cr_runs_table_count (CrDb *db, const char *destination_id, GError **error);
GPtrArray *cr_runs_table_list_open (CrDb *db, GError **error);
gboolean cr_runs_table_requeue (CrDb *db,
                                GError **error); /* at start: running goes back to queued */

/* Retries, in cr-runs-retry.c. */
int cr_runs_table_is_edited (CrDb *db, CrExportRun *run, GError **error);
gboolean cr_runs_table_force (CrDb *db, const char *run_id, GError **error);
CrRetryPreview *cr_runs_table_preview_retry (CrDb *db, const char *run_id, GError **error);
gboolean cr_runs_table_plan_retry (CrDb *db, CrExportRun *run, gint64 now_ms, GError **error);
gboolean cr_runs_table_queue_retries (CrDb *db, gint64 now_ms, gint64 *next_ms, GError **error);
gboolean cr_items_table_leave (CrDb *db, CrExportRun *run, GError **error);

/* Runs that ended without a manifest of the files that arrived, in cr-unsealed-table.c. */
gboolean cr_unsealed_table_note (CrDb *db, CrExportRun *run, GError **error); /* if it is one */
GPtrArray *cr_unsealed_table_list (CrDb *db,
                                   const char *destination_id,
                                   guint limit,
                                   GError **error); /* of CrExportRun, oldest first */
gboolean cr_unsealed_table_strike (CrDb *db, const char *run_id, GError **error);

/* Connections that a run left out when it was planned, in cr-left-out-table.c. */
gboolean cr_left_out_table_add (CrDb *db,
                                const char *run_id,
                                const char *connection_id, /* one that is gone is no error */
                                GError **error);
GHashTable *cr_left_out_table_list (CrDb *db, const char *run_id, GError **error); /* ids */

/* Rewinding, in cr-rewind.c. */
gint64 cr_rewind_sequence (CrDb *db, gint64 to_ms, GError **error);
gint64 cr_rewind_count (CrDb *db, gint64 sequence, gint64 *n_held, GError **error);
CrExportRun *cr_rewind (CrDb *db,
                        const char *destination_id,
                        gint64 to_ms,
                        const char *person,
                        gint64 now_ms,
                        GError **error);

gboolean cr_items_table_add (CrDb *db,
                             CrExportItem *item,
                             GPtrArray *entries,
                             GError **error); /* entries: CrExportEntry, what it holds */
gboolean cr_items_table_save (CrDb *db, CrExportItem *item, GError **error);
/* Removes the items of a run whose planning was cut off. */
gboolean cr_items_table_forget (CrDb *db, const char *run_id, GError **error);
gboolean cr_items_table_move (CrDb *db, const char *run_id, guint from, guint to, GError **error);
GPtrArray *cr_items_table_list (CrDb *db,
                                const char *run_id,
                                gboolean failed_only,
                                guint offset,
                                guint limit,
                                GError **error); /* in order of n */
gint64 cr_items_table_count (CrDb *db, const char *run_id, gboolean failed_only, GError **error);

/* Entries: one per record version of an item that is not planned as a range: one that failed, or is
 * tried again. When an item is sent, those delivered are dropped and counted per destination (table
 * delivered: destination, rid, sequence); those refused stay with the reason. */
GPtrArray *
cr_entries_table_list (CrDb *db, const char *item_id, GError **error); /* CrExportEntry */
/* Saves the item with the outcome of each entry; what of its ranges is left out was not to be sent.
 * @sent: (nullable): of CrRecordMark, beside @entries */
gboolean cr_entries_table_settle (CrDb *db,
                                  CrExportItem *item,
                                  GArray *sent,
                                  GPtrArray *entries,
                                  gint64 now_ms,
                                  GError **error);
/* Failed retryable or permanent entries of a destination that nothing newer has delivered, for a
 * retry; of @run_id alone when given. Those whose record was delivered newer are closed as
 * superseded first. */
GPtrArray *cr_entries_table_list_failed (CrDb *db,
                                         const char *destination_id,
                                         const char *run_id,
                                         guint limit,
                                         GError **error);
gboolean cr_entries_table_supersede (CrDb *db,
                                     const char *destination_id,
                                     gint64 rid,
                                     gint64 sequence,
                                     GError **error);

/* Whether anything was delivered to a destination, or lies there; -1: error. */
int cr_delivered_table_any (CrDb *db, const char *destination_id, GError **error);
/* Sequence of the newest version of a record that was delivered; 0: none, -1: none is stored. */
gint64 cr_delivered_table_find (CrDb *db,
                                const char *destination_id,
                                gint64 from_rid,
                                const char *type,
                                const char *id,
                                char **place,
                                GError **error);

G_END_DECLS
