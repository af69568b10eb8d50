/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Seals small secrets to an id with AES-256-GCM, under a key that the keyring holds. Plain
 * functions, any thread. */
typedef struct _CrSealer CrSealer;

CrSealer *cr_sealer_new (const guint8 key[32]);
CrSealer *cr_sealer_ref (CrSealer *self);
void cr_sealer_unref (CrSealer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSealer, cr_sealer_unref)
GBytes *cr_sealer_seal (CrSealer *self, GBytes *plain, const char *bound_to);
GBytes *cr_sealer_open (CrSealer *self,
                        GBytes *sealed,
                        const char *bound_to,
                        GError **error); /* CR_ERROR_CORRUPT; result wiped when freed */

#define CR_TYPE_VAULT (cr_vault_get_type ())
G_DECLARE_FINAL_TYPE (CrVault, cr_vault, CR, VAULT, GObject)

/* The keyring, for one workspace. libsecret runs on a thread of the vault. Errors:
 * CR_ERROR_KEYRING_MISSING, _LOCKED, _REFUSED told apart; CR_ERROR_NOT_FOUND when the item is
 * really not there. Names: `source/<id>`, `vendor/<type>`, `destination/<id>/<field>`,
 * `webhook/<id>`, `client-keys`, `sealing-key`. */
#define CR_VAULT_SEALING_KEY "sealing-key"
CrVault *cr_vault_new (const char *workspace_id);
void cr_vault_get_async (CrVault *self,
                         const char *name,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
/* Shows no prompt, whoever asks: finished by the one below. */
void cr_vault_get_quietly_async (CrVault *self,
                                 const char *name,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
char *cr_vault_get_finish (CrVault *self,
                           GAsyncResult *result,
                           GError **error); /* free with cr_vault_secret_free */
void cr_vault_set_async (CrVault *self,
                         const char *name,
                         const char *label,
                         const char *secret,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
gboolean cr_vault_set_finish (CrVault *self, GAsyncResult *result, GError **error);
void cr_vault_clear_async (CrVault *self,
                           const char *name,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
void cr_vault_clear_quietly_async (CrVault *self,
                                   const char *name,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
void cr_vault_clear_all_async (CrVault *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean cr_vault_clear_finish (CrVault *self,
                                GAsyncResult *result,
                                GError **error); /* TRUE only when proven gone */

/* Runs on the vault's thread, so that it may take long. @secret: (nullable): what is there; NULL
 * when it is proven that nothing is. Returns: (nullable): what is to be there from now on, to be
 * freed with cr_secret_free(); NULL without an error leaves it as it is. */
typedef char *(*CrVaultChange) (const char *secret, gpointer data, GError **error);

void cr_vault_change_async (CrVault *self,
                            const char *name,
                            const char *label,
                            CrVaultChange change,
                            gpointer data,
                            GDestroyNotify free_data,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
char *cr_vault_change_finish (CrVault *self,
                              GAsyncResult *result,
                              GError **error); /* free with cr_vault_secret_free */

/* The sealing key: read once and kept for the life of the vault. @may_create: make one when there
 * is none; otherwise CR_ERROR_NOT_FOUND, which for a store with sealed tokens means that they are
 * lost. */
void cr_vault_get_sealer_async (CrVault *self,
                                gboolean may_create,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
CrSealer *cr_vault_get_sealer_finish (CrVault *self, GAsyncResult *result, GError **error);
void cr_vault_secret_free (char *secret);
void cr_vault_close (CrVault *self);

G_END_DECLS
