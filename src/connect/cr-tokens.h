/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-changes.h"
#include "net/cr-client.h"
#include "store/cr-store.h"
#include "vault/cr-vault.h"

G_BEGIN_DECLS

#define CR_TYPE_TOKENS (cr_tokens_get_type ())
G_DECLARE_FINAL_TYPE (CrTokens, cr_tokens, CR, TOKENS, GObject)

/* Keeps patients' tokens: sealed in the store, renewed before their end, one renewal at a time per
 * connection, a rotated refresh token saved before it is used. */
CrTokens *
cr_tokens_new (CrStore *store, CrClient *client, CrVault *vault, CrChanges *changes, CrClock clock);

/* The Authorization of one connection, for the origin of its source. Getting one fails with
 * CR_ERROR_SIGN_IN once access lapsed (then the connection is refresh_failed or expired already),
 * with CR_ERROR_KEYRING_* or CR_ERROR_OFFLINE/BUSY when it must wait: those never lapse it. */
CrToken *cr_tokens_for (CrTokens *self, const char *connection_id, const char *fhir_base_url);

/* Asks the portal to revoke (RFC 7009) when it can, clears the tokens, and makes the connection
 * disconnected. */
void cr_tokens_disconnect_async (CrTokens *self,
                                 const char *connection_id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean cr_tokens_disconnect_finish (CrTokens *self, GAsyncResult *result, GError **error);

/* Called once, and waited for before the vault and the store are closed. */
void cr_tokens_stop_async (CrTokens *self, GAsyncReadyCallback callback, gpointer user_data);
void cr_tokens_stop_finish (CrTokens *self, GAsyncResult *result);

G_END_DECLS
