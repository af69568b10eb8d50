/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* Who is told what happened: lists are CR_LIST_WEBHOOKS, CR_LIST_DELIVERIES,
 * CR_LIST_DELIVERY_ATTEMPTS. */

/* Whether @url is one that an endpoint can have once somebody lets its host be on this computer or
 * the local network. A name that only turns out to be there is found when it is connected to. */
gboolean cr_engine_webhook_needs_leave (CrEngine *self, const char *url);

/* New when the id is empty: then it gets one, and a secret, which is given once. A host on this
 * computer or the local network is taken when the endpoint allows it, or the setting
 * `webhook-hosts` names it; a change to another host takes the endpoint's own leave back. Errors:
 * CR_ERROR_BAD_INPUT, whose message begins with the field; CR_ERROR_CONFLICT
 * when there are too many. */
void cr_engine_save_webhook_async (CrEngine *self,
                                   CrWebhookEndpoint *endpoint,
                                   const char *person,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/* @secret: (out) (nullable) (optional): to be freed with cr_secret_free(); NULL for one that was
 * there before */
CrWebhookEndpoint *
cr_engine_save_webhook_finish (CrEngine *self, GAsyncResult *result, char **secret, GError **error);
/* With what was delivered to it and what waits. */
void cr_engine_remove_webhook_async (CrEngine *self,
                                     const char *id,
                                     const char *person,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean cr_engine_remove_webhook_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* A new secret, which signs from now on. Unless @at_once, the old one signs too for a day, in
 * `webhook-signature` alone. */
void cr_engine_rotate_webhook_async (CrEngine *self,
                                     const char *id,
                                     gboolean at_once,
                                     const char *person,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
CrWebhookEndpoint *cr_engine_rotate_webhook_finish (CrEngine *self,
                                                    GAsyncResult *result,
                                                    char **secret,
                                                    GError **error);

/* Sends `webhook.test`, also to one that is disabled, and waits for what comes of it. */
void cr_engine_test_webhook_async (CrEngine *self,
                                   const char *id,
                                   const char *person,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
CrDelivery *cr_engine_test_webhook_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Sends one event once more, or before its time, under the same id. Errors: CR_ERROR_BUSY within a
 * minute of the last time; CR_ERROR_CONFLICT while its endpoint is disabled. */
void cr_engine_redeliver_async (CrEngine *self,
                                const char *delivery_id,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/* @retry_after_s: (out) (optional): with CR_ERROR_BUSY; else 0 */
CrDelivery *cr_engine_redeliver_finish (CrEngine *self,
                                        GAsyncResult *result,
                                        guint *retry_after_s,
                                        GError **error);
/* No more attempts of this event. */
void cr_engine_give_up_delivery_async (CrEngine *self,
                                       const char *delivery_id,
                                       const char *person,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean cr_engine_give_up_delivery_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* What an endpoint was not told since @since_ms, though it wants it. @replays: it is told now, else
 * only counted. → how many, -1 on error */
void cr_engine_missed_async (CrEngine *self,
                             const char *webhook_id,
                             gint64 since_ms,
                             gboolean replays,
                             const char *person,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gint64 cr_engine_missed_finish (CrEngine *self, GAsyncResult *result, GError **error);

G_END_DECLS
