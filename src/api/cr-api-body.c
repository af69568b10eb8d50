/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-body.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-time.h"
#include "fhir/cr-span.h"
#include "model/cr-patient.h"

#include <string.h>

#define MAX_TYPE 64

static gboolean G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (CR_ERROR, CR_ERROR_BAD_INPUT, format, args);
  va_end (args);
  return FALSE;
}

static gboolean
check_length (const CrApiField *field, const char *text, GError **error)
{
  glong n = g_utf8_strlen (text, -1);

  if (n < field->min)
    return field->min == 1 ? refuse (error, "%s must not be empty.", field->name)
                           : refuse (error, "%s must have at least %d characters.", field->name,
                                     (int) field->min);
  if (field->max > 0 && n > field->max)
    return refuse (error, "%s must have at most %d characters.", field->name, (int) field->max);
  return TRUE;
}

static gboolean
check_email (const CrApiField *field, const char *text, GError **error)
{
  const char *at = strchr (text, '@');

  if (at != NULL && at != text && at[1] != '\0' && strchr (at + 1, '@') == NULL &&
      strpbrk (text, " \t\r\n<>,;") == NULL)
    return TRUE;
  return refuse (error, "%s must be an e-mail address such as name@example.org.", field->name);
}

static gboolean
check_uri (const CrApiField *field, const char *text, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_ENCODED, NULL);

  if (uri != NULL && g_uri_get_scheme (uri) != NULL)
    return TRUE;
  return refuse (error, "%s must be an absolute URI.", field->name);
}

static gboolean
check_choice (const CrApiField *field, const char *text, GError **error)
{
  g_autofree char *all = NULL;

  if (g_strv_contains (field->choices, text))
    return TRUE;
  all = g_strjoinv (", ", (char **) field->choices);
  return refuse (error, "%s must be one of: %s.", field->name, all);
}

static gboolean
check_date (const CrApiField *field, const char *text, GError **error)
{
  return cr_date_is_valid (text) ||
         refuse (error, "%s must be a date such as 1980-02-29, 1980-02 or 1980.", field->name);
}

static gboolean
check_time (const CrApiField *field, const char *text, GError **error)
{
  gint64 ms;

  if (cr_time_from_string (text, &ms))
    return TRUE;
  return refuse (error, "%s must be a date such as 2026-04-25, or a date and time with its zone.",
                 field->name);
}

static gboolean
check_types (const CrApiField *field, const char *text, GError **error)
{
  g_auto (GStrv) types = g_strsplit (text, ",", -1);

  for (guint i = 0; types[i] != NULL; i++)
    {
      gsize n = strlen (types[i]);

      if (n == 0 || n > MAX_TYPE || !g_ascii_isupper (types[i][0]))
        return refuse (error, "%s must be resource types, separated by commas.", field->name);
      for (gsize j = 0; j < n; j++)
        if (!g_ascii_isalpha (types[i][j]))
          return refuse (error, "%s must be resource types, separated by commas.", field->name);
    }
  return types[0] != NULL || refuse (error, "%s must name a resource type.", field->name);
}

gboolean
cr_api_check_text (const CrApiField *field, const char *text, GError **error)
{
  if (!g_utf8_validate (text, -1, NULL))
    return refuse (error, "%s must be UTF-8.", field->name);
  if (!check_length (field, text, error))
    return FALSE;

  switch (field->type)
    {
    case CR_API_EMAIL:
      return check_email (field, text, error);
    case CR_API_URI:
      return check_uri (field, text, error);
    case CR_API_CHOICE:
      return check_choice (field, text, error);
    case CR_API_DATE:
      return check_date (field, text, error);
    case CR_API_TIME:
      return check_time (field, text, error);
    case CR_API_TYPES:
      return check_types (field, text, error);
    case CR_API_STRING:
    case CR_API_INTEGER:
    case CR_API_BOOLEAN:
    case CR_API_OBJECT:
    case CR_API_STRINGS:
      break;
    }

  return TRUE;
}

static gboolean
check_range (const CrApiField *field, gint64 value, GError **error)
{
  if (value >= field->min && (field->max == 0 || value <= field->max))
    return TRUE;
  return refuse (error, "%s must be a whole number from %d to %d.", field->name, (int) field->min,
                 (int) field->max);
}

/* Bodies --------------------------------------------------------------------------------------- */

static gboolean
check_strings (const CrApiField *field, JsonNode *node, GError **error)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = array != NULL ? json_array_get_length (array) : 0;

  if (array == NULL)
    return refuse (error, "%s must be an array of strings.", field->name);
  if (n < field->min || (field->max > 0 && n > field->max))
    return refuse (error, "%s must have %d to %d entries.", field->name, (int) field->min,
                   (int) field->max);
  for (guint i = 0; i < n; i++)
    {
      const char *text = cr_json_array_string (array, i);

      if (text == NULL || text[0] == '\0')
        return refuse (error, "%s must hold strings that are not empty.", field->name);
      if (field->choices != NULL && !check_choice (field, text, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_member (const CrApiField *field, JsonNode *node, GError **error)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (JSON_NODE_HOLDS_NULL (node))
    return field->is_nullable || refuse (error, "%s must not be null.", field->name);

  switch (field->type)
    {
    case CR_API_INTEGER:
      return type == G_TYPE_INT64 ? check_range (field, json_node_get_int (node), error)
                                  : refuse (error, "%s must be a whole number.", field->name);
    case CR_API_BOOLEAN:
      return type == G_TYPE_BOOLEAN || refuse (error, "%s must be true or false.", field->name);
    case CR_API_OBJECT:
      return JSON_NODE_HOLDS_OBJECT (node) ||
             refuse (error, "%s must be a JSON object.", field->name);
    case CR_API_STRINGS:
      return check_strings (field, node, error);
    case CR_API_STRING:
    case CR_API_EMAIL:
    case CR_API_URI:
    case CR_API_CHOICE:
    case CR_API_DATE:
    case CR_API_TIME:
    case CR_API_TYPES:
      break;
    }

  return type == G_TYPE_STRING ? cr_api_check_text (field, json_node_get_string (node), error)
                               : refuse (error, "%s must be a string.", field->name);
}

static gboolean
check_known (const CrApiBody *body, JsonObject *object, GError **error)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; body->is_closed && l != NULL; l = l->next)
    {
      gboolean is_known = FALSE;

      for (guint i = 0; i < body->n_fields && !is_known; i++)
        is_known = strcmp (body->fields[i].name, l->data) == 0;
      if (!is_known)
        return refuse (error, "The body has a member that is not known here. Known are those of "
                              "/openapi.json.");
    }
  return TRUE;
}

/* json-glib takes more than RFC 8259 allows and cuts text at U+0000, which would make one id into
 * another; and of two members of one name it keeps the last, so that a reader before us may have
 * seen another request. */
static gboolean
check_strictly (const char *text, gsize n_bytes, GError **error)
{
  g_auto (CrSpans) spans = { 0 };
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!g_utf8_validate_len (text, n_bytes, NULL) || !cr_spans_scan (&spans, text, n_bytes))
    return refuse (error, "The body is not JSON (RFC 8259).");
  if (spans.nodes[0].kind != CR_SPAN_KIND_OBJECT)
    return refuse (error, "The body must be a JSON object.");

  for (guint i = cr_spans_first (&spans, 0); i != CR_SPAN_NONE; i = cr_spans_next (&spans, 0, i))
    {
      GString *name = g_string_new (NULL);

      cr_span_decode (name, text + spans.nodes[i].key, spans.nodes[i].n_key);
      if (!g_hash_table_add (names, g_string_free (name, FALSE)))
        return refuse (error, "The body has a member twice.");
    }
  for (gsize i = 0; i + 5 < n_bytes; i++)
    {
      if (text[i] != '\\')
        continue;
      if (memcmp (text + i + 1, "u0000", 5) == 0)
        return refuse (error, "The body has a character U+0000.");
      i++;
    }
  return TRUE;
}

static JsonObject *
parse (const char *text, gsize n_bytes, GError **error)
{
  g_autoptr (JsonObject) object = NULL;
  g_autofree char *again = NULL;

  if (!check_strictly (text, n_bytes, error))
    return NULL;
  object = cr_json_parse (text, (gssize) n_bytes, "The body", error);
  if (object == NULL)
    return NULL;

  /* Halves of surrogate pairs become bytes that are no text. */
  again = cr_json_object_to_text (object, FALSE);
  if (!g_utf8_validate (again, -1, NULL))
    {
      refuse (error, "The body has half a surrogate pair.");
      return NULL;
    }
  return g_steal_pointer (&object);
}

static gboolean
check_members (const CrApiBody *body,
               JsonObject *object,
               const char **param,
               CrApiCode *code,
               GError **error)
{
  *code = CR_API_BAD_REQUEST;
  if (!check_known (body, object, error))
    return FALSE;

  for (guint i = 0; i < body->n_fields; i++)
    {
      const CrApiField *field = &body->fields[i];
      JsonNode *node = json_object_get_member (object, field->name);

      *param = field->name;
      *code = node == NULL ? CR_API_BAD_REQUEST : CR_API_INVALID_DATA;
      if (node == NULL && field->is_required)
        return refuse (error, "%s is required.", field->name);
      if (node != NULL && !check_member (field, node, error))
        return FALSE;
    }

  *code = CR_API_BAD_REQUEST;
  *param = body->exclusive != NULL ? body->exclusive[1] : NULL;
  if (*param != NULL && json_object_has_member (object, body->exclusive[0]) &&
      json_object_has_member (object, *param))
    return refuse (error, "%s and %s exclude each other.", body->exclusive[0], *param);

  *param = NULL;
  return TRUE;
}

/**
 * cr_api_body_read:
 * @param: (out): the member that is wrong, borrowed of @body
 * @code: (out): bad_request for what cannot be read, invalid_data for a value that does not fit
 *
 * Returns: (transfer full) (nullable): the body, all of it checked
 */
JsonObject *
cr_api_body_read (const CrApiBody *body,
                  const char *text,
                  gsize n_bytes,
                  const char **param,
                  CrApiCode *code,
                  GError **error)
{
  g_autoptr (JsonObject) object = parse (text, n_bytes, error);

  *code = CR_API_BAD_REQUEST;
  if (object == NULL || !check_members (body, object, param, code, error))
    return NULL;
  return g_steal_pointer (&object);
}
