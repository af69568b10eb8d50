/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @path, still percent-encoded, fits @pattern; then the decoded parts are in @parameters,
 * by name. `{name}` is one part that is not empty, a last `{rest*}` is all that is left. */
gboolean cr_route_match (const char *pattern, const char *path, GHashTable **parameters);

G_END_DECLS
