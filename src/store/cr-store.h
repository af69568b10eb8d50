/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-db.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define CR_TYPE_STORE (cr_store_get_type ())
G_DECLARE_FINAL_TYPE (CrStore, cr_store, CR, STORE, GObject)

/* Runs on a thread of the store. Fails by setting @error; may return NULL without one (nothing
 * found). */
typedef gpointer (*CrStoreFunc) (CrDb *db, gpointer data, GError **error);

/* Which reading thread: small reads for screens never wait behind a bulk read. */
typedef enum
{
  CR_READ_SCREEN,
  CR_READ_BULK,
} CrReader;

/* How sure a commit must be: SURE survives a power cut (tokens, final states), FAST may lose the
 * last transactions, never corrupt. */
typedef enum
{
  CR_WRITE_FAST,
  CR_WRITE_SURE,
} CrDurability;

CrStore *cr_store_open (const char *path, GError **error);
void cr_store_write_async (CrStore *self,
                           CrDurability durability,
                           CrStoreFunc func,
                           gpointer data,
                           GDestroyNotify free_data,
                           GDestroyNotify free_result,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gpointer cr_store_write_finish (CrStore *self, GAsyncResult *result, GError **error);
void cr_store_read_async (CrStore *self,
                          CrReader reader,
                          CrStoreFunc func,
                          gpointer data,
                          GDestroyNotify free_data,
                          GDestroyNotify free_result,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
gpointer cr_store_read_finish (CrStore *self, GAsyncResult *result, GError **error);
/* No byte of what was removed is left in the files afterwards; takes as long as copying them. */
void cr_store_wipe_async (CrStore *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
gboolean cr_store_wipe_finish (CrStore *self, GAsyncResult *result, GError **error);
void cr_store_close (CrStore *self);

G_END_DECLS
