/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-webhook.h"
#include "net/cr-client.h"

G_BEGIN_DECLS

/* One attempt on the wire: what is sent, and what comes of it. */

gboolean cr_webhook_url_check (const char *url, gboolean allows_private, GError **error);
GBytes *cr_webhook_body (CrDelivery *delivery);
void cr_webhook_send_async (CrClient *client,
                            CrWebhookEndpoint *endpoint,
                            CrDelivery *delivery,
                            const char *const *secrets,
                            gboolean allows_private,
                            gint64 now_ms,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
/* Never fails: whatever happened is an attempt. @retry_after_ms: (out): what the receiver asked
 * for, or 0 */
CrDeliveryAttempt *
cr_webhook_send_finish (CrClient *client, GAsyncResult *result, gint64 *retry_after_ms);

G_END_DECLS
