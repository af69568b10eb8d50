/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* Opens the folder, locks it and opens its engine. @folder: (nullable): the default one. */
void cr_opening_run_async (const char *folder,
                           gboolean is_sandbox,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
CrEngine *cr_opening_run_finish (GAsyncResult *result, GError **error);
/* What to do about an engine that did not open, in a sentence. */
const char *cr_opening_advise (const GError *error);

G_END_DECLS
