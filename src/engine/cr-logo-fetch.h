/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine-private.h"

G_BEGIN_DECLS

/* One address: https, or this machine; no redirect to another host is followed. */
void cr_logo_fetch_async (CrEngine *self,
                          const char *url,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
gboolean cr_logo_fetch_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* All that are due, one after another, in the background. */
void cr_engine_go_on_fetching_logos (CrEngine *self);

G_END_DECLS
