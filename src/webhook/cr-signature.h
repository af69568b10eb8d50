/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *cr_signature_secret_new (void);
char *cr_signature_of_contract (const char *secret, gint64 at_s, GBytes *body);
char *cr_signature_standard (const char *const *secrets,
                             const char *message_id,
                             gint64 at_s,
                             GBytes *body);

G_END_DECLS
