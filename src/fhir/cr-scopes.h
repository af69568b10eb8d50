/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean cr_scopes_name_resources (const char *scopes);
char **cr_scopes_ungranted (const char *asked, const char *granted);

G_END_DECLS
