/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean cr_return_url_check (const char *url, GError **error);
char *cr_url_with_query (const char *url, const char *const *pairs);

char *cr_url_with_exact_query (const char *url, const char *text);

G_END_DECLS
