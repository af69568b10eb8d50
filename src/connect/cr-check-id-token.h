/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "net/cr-client.h"
#include "net/cr-id-token.h"

G_BEGIN_DECLS

/* Fetches the keys of the server that @id_token should be from, and checks it. @rules and
 * @jwks_uri (nullable) are copied. */
void cr_check_id_token_async (CrClient *client,
                              const char *id_token,
                              const CrIdTokenRules *rules,
                              const char *jwks_uri,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
CrIdToken *cr_check_id_token_finish (CrClient *client, GAsyncResult *result, GError **error);

G_END_DECLS
