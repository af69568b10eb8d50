/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A slow hash of what a person types to open a lock: `pbkdf2-sha512$<iterations>$<salt>$<hash>`,
 * the last two in base64. Each takes about half a second on purpose: for a worker.
 *
 * Source: RFC 8018 §5.2 */
char *cr_pass_hash_new (const char *pass);
gboolean cr_pass_hash_matches (const char *hash, const char *pass);

G_END_DECLS
