/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

const char *cr_enum_to_string (GType type, int value);
gboolean cr_enum_from_string (GType type, const char *nick, int *value);

G_END_DECLS
