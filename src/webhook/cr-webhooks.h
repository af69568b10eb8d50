/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-changes.h"
#include "model/cr-webhook.h"
#include "net/cr-client.h"
#include "store/cr-store.h"
#include "vault/cr-vault.h"

G_BEGIN_DECLS

#define CR_TYPE_WEBHOOKS (cr_webhooks_get_type ())
G_DECLARE_FINAL_TYPE (CrWebhooks, cr_webhooks, CR, WEBHOOKS, GObject)

/* Drains the outbox: delivers each event to each endpoint that wants it, at least once. Endpoints
 * do not wait for each other. Signals, on the main thread: `notice` (const char *webhook_id,
 * CrWebhookEnd end): an endpoint has been failing for a while (NONE), or was disabled `keyring`
 * (GError *error): a secret could not be read now; (nullable): it could
 */
CrWebhooks *cr_webhooks_new (CrStore *store, CrVault *vault, CrChanges *changes, CrClock clock);
/* Hosts on this computer or the local network that endpoints may have, beside those whose own row
 * says so. @hosts: (nullable): separated by commas */
void cr_webhooks_allow_hosts (CrWebhooks *self, const char *hosts);
gboolean cr_webhooks_allows (CrWebhooks *self, CrWebhookEndpoint *endpoint);
/* From now on what is due is delivered; before, only what is sent by hand. */
void cr_webhooks_start (CrWebhooks *self);
/* Something may be due. */
void cr_webhooks_wake (CrWebhooks *self);
/* Its secret is another one now. */
void cr_webhooks_forget_secret (CrWebhooks *self, const char *webhook_id);

/* One attempt now, whatever the state of the delivery: it is waited for. */
void cr_webhooks_send_async (CrWebhooks *self,
                             const char *delivery_id,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
CrDelivery *cr_webhooks_send_finish (CrWebhooks *self, GAsyncResult *result, GError **error);

/* Called once. Attempts under way are waited for and written, 5 s at most. */
void cr_webhooks_stop_async (CrWebhooks *self, GAsyncReadyCallback callback, gpointer user_data);
void cr_webhooks_stop_finish (CrWebhooks *self, GAsyncResult *result);

#define CR_WEBHOOK_SECRET(id) g_strconcat ("webhook/", (id), NULL)
#define CR_WEBHOOK_OLD_SECRET(id) g_strconcat ("webhook/", (id), "/old", NULL)

G_END_DECLS
