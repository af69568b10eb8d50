/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pull/cr-pull-ask.h"

G_BEGIN_DECLS

/* Adds the queries' figures up into @pull, and gives the status they amount to. */
CrPullStatus cr_pull_tally (CrPull *pull, GPtrArray *queries);

/* The end of a pull, in one transaction: its row, the connection's next pull, the event in the
 * outbox, and an export run for every enabled destination that has something to send. */
void cr_pull_settle_async (CrPullContext *context,
                           CrPull *pull,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
/* That it waits, which cr_pull_settle_finish() ends too. */
void cr_pull_wait_async (CrPullContext *context,
                         CrPull *pull,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
/* A function of the store, of a GPtrArray of CrQuery. */
gpointer cr_pull_save_queries_func (CrDb *db, gpointer data, GError **error);
/* The end of one that a person stopped and that does not run, within a transaction. */
gboolean cr_pull_settle_cancelled (CrDb *db, CrPull *pull, gint64 now_ms, GError **error);
gboolean cr_pull_settle_finish (CrStore *store, GAsyncResult *result, GError **error);

G_END_DECLS
