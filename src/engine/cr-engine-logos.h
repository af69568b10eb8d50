/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-logo.h"

G_BEGIN_DECLS

/* Logos of sources. Those of sources that patients may choose are fetched in the background; they
 * are shown from here, so that no patient's browser asks a stranger for them. */

/* CR_ERROR_NOT_FOUND when none is kept. */
void cr_engine_get_logo_async (CrEngine *self,
                               const char *source_id,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
CrLogo *cr_engine_get_logo_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* By hand: goes before the publisher's, and no import changes it. */
void cr_engine_set_logo_async (CrEngine *self,
                               const char *source_id,
                               GFile *file,
                               const char *person,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean cr_engine_set_logo_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Of one set by hand; the publisher's is shown again. */
void cr_engine_remove_logo_async (CrEngine *self,
                                  const char *source_id,
                                  const char *person,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean cr_engine_remove_logo_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* Asks the publisher's address now. */
void cr_engine_fetch_logo_async (CrEngine *self,
                                 const char *source_id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean cr_engine_fetch_logo_finish (CrEngine *self, GAsyncResult *result, GError **error);

G_END_DECLS
