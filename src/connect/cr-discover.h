/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-capability.h"
#include "net/cr-client.h"

G_BEGIN_DECLS

void cr_discover_async (CrClient *client,
                        const char *fhir_base_url,
                        gboolean somebody_waits,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
CrSmartConfig *cr_discover_finish (CrClient *client, GAsyncResult *result, GError **error);

G_END_DECLS
