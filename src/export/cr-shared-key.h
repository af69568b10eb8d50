/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Azure Storage's Shared Key; pure. */
char *cr_shared_key_to_sign (const char *account,
                             const char *method,
                             const char *url,
                             const char *const *headers,
                             gsize n_bytes);
char *cr_shared_key_authorization (const char *account,
                                   const char *secret,
                                   const char *to_sign,
                                   GError **error);

G_END_DECLS
