/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-capability.h"
#include "model/cr-source.h"
#include "net/cr-client.h"
#include "vault/cr-vault.h"

G_BEGIN_DECLS

/* What the client says of itself to a token endpoint, signed with a key of the clinic. All pointers
 * are copied. */
typedef struct
{
  CrSource *source;
  const char *token_endpoint;
  const char *algorithm; /* (nullable): NULL: the portal is asked */
  gint64 now_ms;
} CrSignRequest;

void cr_sign_client_async (CrVault *vault,
                           CrClient *client,
                           const CrSignRequest *request,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
/* Free with cr_secret_free(). */
char *cr_sign_client_finish (CrVault *vault, GAsyncResult *result, GError **error);

const char *cr_sign_client_choose (const char *vendor, const CrSmartConfig *config, GError **error);

G_END_DECLS
