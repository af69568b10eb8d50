/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-event.h"
#include "model/cr-webhook.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* A delivery for each active endpoint that wants the event, in its transaction. */
gboolean cr_deliveries_table_fan_out (CrDb *db, CrEvent *event, GError **error);
/* One that belongs to no event. */
gboolean cr_deliveries_table_add (CrDb *db, CrDelivery *delivery, GError **error);
CrDelivery *cr_deliveries_table_get (CrDb *db, const char *id, GError **error);
/* How far it is; also its attempt, unless that is NULL. One that is gone is no error. */
gboolean cr_deliveries_table_save (CrDb *db,
                                   CrDelivery *delivery,
                                   CrDeliveryAttempt *attempt,
                                   GError **error);
/* Oldest first. */
GPtrArray *cr_deliveries_table_list_due (CrDb *db,
                                         const char *webhook_id,
                                         gint64 now_ms,
                                         guint limit,
                                         GError **error);
/* When the next one of an active endpoint is due; 0: nothing waits; -1 on error. */
gint64 cr_deliveries_table_next_due (CrDb *db, GError **error);

/* Newest first. */
GPtrArray *cr_deliveries_table_list (CrDb *db,
                                     const char *webhook_id,
                                     CrDeliveriesWanted wanted,
                                     guint offset,
                                     guint limit,
                                     GError **error);
gint64 cr_deliveries_table_count (CrDb *db,
                                  const char *webhook_id,
                                  CrDeliveriesWanted wanted,
                                  GError **error); /* -1 on error */
GPtrArray *cr_deliveries_table_list_attempts (CrDb *db, const char *delivery_id, GError **error);

/* What an endpoint was not told since @since_ms, though it wants it: what failed at every attempt,
 * and what happened while it was disabled. -1 on error. */
gint64 cr_deliveries_table_count_missed (CrDb *db,
                                         const char *webhook_id,
                                         gint64 since_ms,
                                         GError **error);
/* All of that waits to be delivered, at once. Gives how many, -1 on error. */
gint64 cr_deliveries_table_replay (CrDb *db,
                                   const char *webhook_id,
                                   gint64 since_ms,
                                   gint64 now_ms,
                                   GError **error);

G_END_DECLS
