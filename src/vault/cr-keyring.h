/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* libsecret's synchronous calls for one item, and what their answers mean. For the vault's thread
 * only: each may block for as long as a person looks at a prompt. Errors as CrVault says. */
char *cr_keyring_get (const char *workspace_id,
                      const char *name,
                      gboolean may_prompt,
                      GCancellable *cancellable,
                      GError **error);
gboolean cr_keyring_set (const char *workspace_id,
                         const char *name,
                         const char *label,
                         const char *secret,
                         GCancellable *cancellable,
                         GError **error);
gboolean cr_keyring_clear (const char *workspace_id,
                           const char *name,
                           gboolean may_prompt,
                           GCancellable *cancellable,
                           GError **error);

/* All that is kept for a workspace; never prompts. */
gboolean cr_keyring_clear_all (const char *workspace_id, GError **error);

G_END_DECLS
