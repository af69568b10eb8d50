/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"

/**
 * cr_enum_to_string:
 * @type: an enum type made by G_DEFINE_ENUM_TYPE
 * @value: one of its values
 *
 * Returns: (transfer none): the value's nick, which is its stored and public name
 */
const char *
cr_enum_to_string (GType type, int value)
{
  GEnumClass *klass = g_type_class_ref (type);
  GEnumValue *found = g_enum_get_value (klass, value);

  g_type_class_unref (klass);
  g_return_val_if_fail (found != NULL, "unknown");
  return found->value_nick;
}

/**
 * cr_enum_from_string:
 * @type: an enum type made by G_DEFINE_ENUM_TYPE
 * @nick: (nullable): text from a database, a file or a request
 * @value: (out): set only when found
 *
 * Returns: whether @nick names a value of @type
 */
gboolean
cr_enum_from_string (GType type, const char *nick, int *value)
{
  GEnumClass *klass = g_type_class_ref (type);
  GEnumValue *found = nick != NULL ? g_enum_get_value_by_nick (klass, nick) : NULL;

  g_type_class_unref (klass);
  if (found == NULL)
    return FALSE;

  *value = found->value;
  return TRUE;
}
