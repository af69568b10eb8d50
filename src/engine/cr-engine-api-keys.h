/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-api-key.h"

G_BEGIN_DECLS

/* Keys of the API. The list is of CrApiKey, newest first. */
GPtrArray *cr_engine_dup_api_keys (CrEngine *self);
void cr_engine_create_api_key_async (CrEngine *self,
                                     const char *name,
                                     gboolean is_read_only,
                                     gint64 expires_ms,
                                     const char *person,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
CrApiKey *
cr_engine_create_api_key_finish (CrEngine *self, GAsyncResult *result, char **text, GError **error);
void cr_engine_revoke_api_key_async (CrEngine *self,
                                     const char *id,
                                     const char *person,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean cr_engine_revoke_api_key_finish (CrEngine *self, GAsyncResult *result, GError **error);
CrApiKey *cr_engine_check_api_key (CrEngine *self, const char *text, CrApiKeyFault *fault);
/* Requests a second of each key, as set at the start. */
guint cr_engine_get_api_rate (CrEngine *self);

G_END_DECLS
