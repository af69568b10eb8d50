/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-wire-set.h"

#include "base/cr-enum.h"
#include "base/cr-json.h"

void
cr_wire_set_enum (JsonObject *object, const char *name, GType type, int value)
{
  json_object_set_string_member (object, name, cr_enum_to_string (type, value));
}

void
cr_wire_set_enum_unless (JsonObject *object, const char *name, GType type, int value, int none)
{
  if (value == none)
    json_object_set_null_member (object, name);
  else
    cr_wire_set_enum (object, name, type, value);
}

void
cr_wire_set_number (JsonObject *object, const char *name, gint64 number, gint64 none)
{
  if (number == none)
    json_object_set_null_member (object, name);
  else
    json_object_set_int_member (object, name, number);
}
