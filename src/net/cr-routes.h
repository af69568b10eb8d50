/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The parts of a pattern or of a path, which is still percent-encoded; g_strfreev() */
char **cr_route_split (const char *path);
/* Whether a path fits a pattern, both in parts; then the decoded parts are in @parameters, by name.
 * `{name}` is one part that is not empty, a last `{rest*}` is all that is left. */
gboolean
cr_route_match (const char *const *wanted, const char *const *given, GHashTable **parameters);

G_END_DECLS
