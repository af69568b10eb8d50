/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Members that the JSON shapes of the faces have in common. @none: the value that stands for null.
 */
void cr_wire_set_enum (JsonObject *object, const char *name, GType type, int value);
void
cr_wire_set_enum_unless (JsonObject *object, const char *name, GType type, int value, int none);
void cr_wire_set_number (JsonObject *object, const char *name, gint64 number, gint64 none);
/* Of stored JSON text; an empty object when there is none. */

G_END_DECLS
