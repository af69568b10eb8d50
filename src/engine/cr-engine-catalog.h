/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-catalog-change.h"

G_BEGIN_DECLS

/* Lists of portals, and the states of sources. */

/* Reads a published list and says what it would change; nothing is changed. @publisher: (nullable):
 * as the file names itself. @permille: (nullable): how far the reading is, set from another thread;
 * it lives until the callback. */
void cr_engine_read_catalog_async (CrEngine *self,
                                   GFile *file,
                                   const char *publisher,
                                   int *permille,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
CrCatalogDiff *cr_engine_read_catalog_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Does what @diff says, in one transaction; CR_ERROR_CONFLICT when the catalog has changed since.
 * Patients of sources that moved to another host must sign in once more. → what was done */
void cr_engine_apply_catalog_async (CrEngine *self,
                                    CrCatalogDiff *diff,
                                    const char *person,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
CrCatalogDiff *
cr_engine_apply_catalog_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* @status: working, suspended or not-enabled. @reason: needed unless working. @until_ms: 0: until
 * resumed. */
void cr_engine_set_source_status_async (CrEngine *self,
                                        const char *id,
                                        CrSourceStatus status,
                                        const char *reason,
                                        gint64 until_ms,
                                        const char *person,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean cr_engine_set_source_status_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* The same, for faces that have verbs of one id. */
void cr_engine_resume_source_async (CrEngine *self,
                                    const char *id,
                                    const char *person,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean cr_engine_resume_source_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* Asks now whether the source answers; the error says what was wrong. When it does, those who wait
 * for it go on. */
void cr_engine_try_source_async (CrEngine *self,
                                 const char *id,
                                 const char *person,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean cr_engine_try_source_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* @secret: (nullable): kept in the keyring. */
void cr_engine_set_vendor_client_async (CrEngine *self,
                                        const CrVendorClient *client,
                                        const char *secret,
                                        const char *person,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean cr_engine_set_vendor_client_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_remove_vendor_client_async (CrEngine *self,
                                           const char *type,
                                           const char *person,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);
gboolean
cr_engine_remove_vendor_client_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* → GPtrArray of CrVendorClient */
void cr_engine_list_vendor_clients_async (CrEngine *self,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
GPtrArray *
cr_engine_list_vendor_clients_finish (CrEngine *self, GAsyncResult *result, GError **error);

G_END_DECLS
