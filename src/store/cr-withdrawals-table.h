/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-withdrawal.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* What destinations are asked to give up, each in the transaction of what makes it so. Where no
 * destination wants to know, nothing is written. In cr-withdrawals-note.c. */
gboolean cr_withdrawals_note_gone (CrDb *db, gint64 rid, gint64 now_ms, GError **error);
gboolean cr_withdrawals_note_left (CrDb *db,
                                   const char *patient_id,
                                   const char *source_id,
                                   gint64 now_ms,
                                   GError **error);
gboolean cr_withdrawals_note_removed (CrDb *db,
                                      const char *patient_id,
                                      const char *source_id,
                                      gint64 now_ms,
                                      GError **error); /* source_id: (nullable) */
gboolean cr_withdrawals_note_delivered (CrDb *db,
                                        gint64 destination,
                                        gint64 rid,
                                        gint64 now_ms,
                                        GError **error);
gboolean cr_withdrawals_note_return (CrDb *db, gint64 rid, GError **error);
gboolean cr_withdrawals_note_reconnect (CrDb *db, const char *connection_id, GError **error);
gboolean
cr_withdrawals_note_change (CrDb *db, const char *destination_id, gboolean wants, GError **error);
GPtrArray *cr_withdrawals_list_takers (CrDb *db, GError **error); /* of char *: destination ids */
gboolean cr_withdrawals_wanted (CrDb *db, const char *destination_id);
/* FALSE: cr_withdrawals_is_withdrawn() is so for no record. */
gboolean cr_withdrawals_matter (CrDb *db, const char *destination_id);
/* 1: it is not to be sent there; -1: error */
int cr_withdrawals_is_withdrawn (CrDb *db,
                                 const char *destination_id,
                                 gint64 rid,
                                 gboolean wants,
                                 GError **error);
/* Queues a run when something waits for one; nothing for a disabled destination. */
gboolean cr_withdrawals_queue (CrDb *db, const char *destination_id, gint64 now_ms, GError **error);

/* What runs do with them, in cr-withdrawals-table.c. */
GPtrArray *cr_withdrawals_list_waiting (CrDb *db,
                                        const char *destination_id,
                                        GError **error); /* of CrWithdrawal */
GPtrArray *cr_withdrawals_list_failed (CrDb *db,
                                       const char *run_id,
                                       gboolean all,
                                       GError **error); /* without all: that may end well */
GPtrArray *cr_withdrawals_list (CrDb *db, const char *item_id, GError **error);
gboolean
cr_withdrawals_assign (CrDb *db, CrWithdrawal *withdrawal, const char *item_id, GError **error);
gboolean cr_withdrawals_drop_shared (CrDb *db, const char *destination_id, GError **error);
gboolean cr_withdrawals_drop_all (CrDb *db, const char *destination_id, GError **error);
gboolean cr_withdrawals_settle (CrDb *db,
                                CrExportItem *item,
                                GPtrArray *withdrawn,
                                GPtrArray *outcomes,
                                gint64 now_ms,
                                GError **error); /* outcomes: CrExportEntry, its rid a row */
gboolean cr_withdrawals_leave (CrDb *db, CrExportRun *run, const char *message, GError **error);
CrReceipt *cr_withdrawals_receipt (CrDb *db, const char *run_id, GError **error);

G_END_DECLS
