/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-json.h"

#include "base/cr-error.h"
#include "base/cr-json-raw.h"
#include "base/cr-time.h"

#include <string.h>

#define MAX_DEPTH 128

/* json-glib calls itself for each level, so that a text of brackets alone would use up the stack;
 * it also takes comments and single quotes, behind which brackets could hide. */
static gboolean
is_plain (const char *text, gsize length)
{
  gboolean in_string = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < length; i++)
    {
      char c = text[i];

      if (in_string)
        {
          if (c == '\\')
            i++;
          else if (c == '"')
            in_string = FALSE;
        }
      else if (c == '"')
        in_string = TRUE;
      else if (c == '[' || c == '{')
        {
          if (++depth > MAX_DEPTH)
            return FALSE;
        }
      else if (c == ']' || c == '}')
        depth -= depth > 0 ? 1 : 0;
      else if (!g_ascii_isalnum (c) && !g_ascii_isspace (c) && strchr (",:.+-", c) == NULL)
        return FALSE;
    }

  return TRUE;
}

/**
 * cr_json_parse:
 * @text: UTF-8
 * @length: bytes, or -1 if terminated by NUL
 * @what: what it should be, for the error: “The answer of the token endpoint”
 * @error: %CR_ERROR_BAD_REPLY, naming @what and quoting nothing of @text; also for what is nested
 *   more than 128 levels deep
 *
 * Returns: (transfer full): the object at the root
 */
JsonObject *
cr_json_parse (const char *text, gssize length, const char *what, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonNode *root;

  if (length < 0)
    length = (gssize) strlen (text);
  if (!g_utf8_validate (text, length, NULL) || !is_plain (text, (gsize) length) ||
      !json_parser_load_from_data (parser, text, length, NULL))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is not JSON", what);
      return NULL;
    }

  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is not a JSON object", what);
      return NULL;
    }

  return json_object_ref (json_node_get_object (root));
}

/* The readers answer NULL or FALSE for a member that is absent or of another type: foreign
 * documents are read tolerantly, and what is required is checked by the caller, who knows how to
 * say so. */
const char *
cr_json_string (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;

  return json_node_get_string (node);
}

JsonObject *
cr_json_object (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
cr_json_array (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

gboolean
cr_json_int (JsonObject *object, const char *name, gint64 *value)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;

  *value = json_node_get_int (node);
  return TRUE;
}

gboolean
cr_json_bool (JsonObject *object, const char *name, gboolean fallback)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return fallback;

  return json_node_get_boolean (node);
}

JsonObject *
cr_json_array_object (JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

const char *
cr_json_array_string (JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
           ? json_node_get_string (node)
           : NULL;
}

/* Returns: (transfer full) (nullable): the strings of an array member, others left out */
char **
cr_json_strv (JsonObject *object, const char *name)
{
  JsonArray *array = cr_json_array (object, name);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (array == NULL)
    return NULL;

  for (guint i = 0; i < json_array_get_length (array); i++)
    if (cr_json_array_string (array, i) != NULL)
      g_strv_builder_add (builder, cr_json_array_string (array, i));

  return g_strv_builder_end (builder);
}

gboolean
cr_json_array_has (JsonArray *array, const char *text)
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    if (g_strcmp0 (cr_json_array_string (array, i), text) == 0)
      return TRUE;

  return FALSE;
}

/* @value: (nullable): NULL writes null */
void
cr_json_set_string (JsonObject *object, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

/* @ms: 0 or less writes null */
void
cr_json_set_time (JsonObject *object, const char *name, gint64 ms)
{
  g_autofree char *text = ms > 0 ? cr_time_to_string (ms) : NULL;

  cr_json_set_string (object, name, text);
}

/* @values: (nullable): NULL writes null */
void
cr_json_set_strv (JsonObject *object, const char *name, const char *const *values)
{
  JsonArray *array;

  if (values == NULL)
    {
      json_object_set_null_member (object, name);
      return;
    }

  array = json_array_new ();
  for (guint i = 0; values[i] != NULL; i++)
    json_array_add_string_element (array, values[i]);
  json_object_set_array_member (object, name, array);
}

char *
cr_json_node_to_text (JsonNode *node, gboolean pretty)
{
  char *text = json_to_string (node, pretty);

  /* json-glib 1.6 lets U+001F through as it is, which RFC 8259 section 7 forbids; outside of
   * strings there is none. */
  if (strchr (text, '\x1f') != NULL)
    {
      g_auto (GStrv) parts = g_strsplit (text, "\x1f", -1);

      g_free (text);
      text = g_strjoinv ("\\u001f", parts);
    }
  return cr_json_unmark (text);
}

char *
cr_json_object_to_text (JsonObject *object, gboolean pretty)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);

  return cr_json_node_to_text (node, pretty);
}
