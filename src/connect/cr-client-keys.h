/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "net/cr-signing-key.h"
#include "vault/cr-vault.h"

G_BEGIN_DECLS

/* The keys the clinic signs with at portals (`private_key_jwt`): one item of the keyring, nowhere
 * else. */

/* The key that signs for @algorithm now; made when there is none. */
void cr_client_keys_get_async (CrVault *vault,
                               const char *algorithm,
                               gint64 now_ms,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
CrSigningKey *cr_client_keys_get_finish (CrVault *vault, GAsyncResult *result, GError **error);

typedef enum
{
  CR_KEYS_AS_THEY_ARE, /* makes none: the set may be empty */
  CR_KEYS_MAKE,        /* one for each algorithm, where there is none */
  CR_KEYS_ROTATE,      /* new ones: published now, used from a day later; the old ones end then */
  CR_KEYS_REPLACE,     /* new ones at once; the old ones are withdrawn: somebody may have them */
} CrKeysWish;

/* The set of the public halves, as portals read it (RFC 7517 §5): JSON text. */
void cr_client_keys_publish_async (CrVault *vault,
                                   CrKeysWish wish,
                                   gint64 now_ms,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
char *cr_client_keys_publish_finish (CrVault *vault, GAsyncResult *result, GError **error);

G_END_DECLS
