/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-webhook.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

gboolean cr_webhooks_table_add (CrDb *db, CrWebhookEndpoint *endpoint, GError **error);
/* The fields that a person or a program chooses; also the status: one that is active again has
 * nothing left of its end, and what waits is due at once, on the first rung. */
gboolean
cr_webhooks_table_update (CrDb *db, CrWebhookEndpoint *endpoint, gint64 now_ms, GError **error);
gboolean cr_webhooks_table_remove (CrDb *db, const char *id, GError **error);
CrWebhookEndpoint *cr_webhooks_table_get (CrDb *db, const char *id, GError **error);
/* @status: (nullable): nick. Newest first. */
GPtrArray *
cr_webhooks_table_list (CrDb *db, const char *status, guint offset, guint limit, GError **error);
/* For who delivers: what waits for them is not counted, which a backlog makes dear. */
GPtrArray *cr_webhooks_table_list_active (CrDb *db, guint limit, GError **error);
gint64 cr_webhooks_table_count (CrDb *db, const char *status, GError **error); /* -1 on error */
gboolean cr_webhooks_table_set_old_secret (CrDb *db,
                                           const char *id,
                                           gint64 until_ms,
                                           gint64 now_ms,
                                           GError **error);

/* What deliveries say of their endpoint. */
gboolean cr_webhooks_table_note_good (CrDb *db, const char *id, gint64 now_ms, GError **error);
gboolean cr_webhooks_table_note_bad (CrDb *db, const char *id, gint64 now_ms, GError **error);
/* Whether it was not warned of before. */
gboolean
cr_webhooks_table_warn (CrDb *db, const char *id, gint64 now_ms, gboolean *is_news, GError **error);
gboolean cr_webhooks_table_disable (CrDb *db,
                                    const char *id,
                                    CrWebhookEnd end,
                                    gint64 now_ms,
                                    gboolean *is_news,
                                    GError **error);

G_END_DECLS
