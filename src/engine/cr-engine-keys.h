/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* The public keys for portals where the clinic signs in with a private key (private_key_jwt): JSON
 * text, made when there is none. */
typedef enum
{
  CR_KEY_SET_SHOW,
  CR_KEY_SET_ROTATE, /* new keys: published at once, used after a day; the old ones end a week later
                      */
  CR_KEY_SET_REPLACE, /* new keys at once, the old ones withdrawn: somebody else may have them */
} CrKeySetVerb;

void cr_engine_key_set_async (CrEngine *self,
                              CrKeySetVerb verb,
                              const char *person,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
char *cr_engine_key_set_finish (CrEngine *self, GAsyncResult *result, GError **error);
char *cr_engine_dup_key_set_url (CrEngine *self, gboolean *can_be_read);

G_END_DECLS
