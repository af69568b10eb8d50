/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean cr_plural_pick (const char *rule, guint n, gulong *form);

G_END_DECLS
