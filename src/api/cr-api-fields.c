/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-body.h"
#include "api/cr-api-call.h"

#include "base/cr-error.h"

#include <string.h>

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
check_parameter (CrApiCall *call, const CrApiField *field, GError **error)
{
  guint n = cr_exchange_count_query (call->exchange, field->name);
  const char *text = cr_api_query (call, field->name);
  gint64 value;

  if (n == 0)
    return !field->is_required || refuse (error, "%s is required.", field->name);
  if (n > 1)
    return refuse (error, "%s may be given once only.", field->name);
  if (text == NULL)
    return refuse (error, "%s must be UTF-8.", field->name);
  if (field->type != CR_API_INTEGER)
    return cr_api_check_text (field, text, error);
  if (!g_ascii_string_to_signed (text, 10, field->min, field->max, &value, NULL))
    return refuse (error, "%s must be a whole number from %d to %d.", field->name, (int) field->min,
                   (int) field->max);
  return TRUE;
}

gboolean
cr_api_check_query (CrApiCall *call, const char **param, GError **error)
{
  for (guint i = 0; i < call->route->n_query; i++)
    {
      *param = call->route->query[i].name;
      if (!check_parameter (call, &call->route->query[i], error))
        return FALSE;
    }

  *param = NULL;
  return TRUE;
}

static gboolean
is_json (CrApiCall *call)
{
  const char *type = cr_exchange_get_header (call->exchange, "Content-Type");
  g_autofree char *bare = type != NULL ? g_strndup (type, strcspn (type, ";")) : NULL;

  return bare != NULL && g_ascii_strcasecmp (g_strstrip (bare), "application/json") == 0;
}

gboolean
cr_api_read_body (CrApiCall *call, const char **param, CrApiCode *code, GError **error)
{
  GBytes *bytes = cr_exchange_get_body (call->exchange);
  gsize n_bytes;
  const char *text = g_bytes_get_data (bytes, &n_bytes);

  *code = CR_API_BAD_REQUEST;
  if (n_bytes == 0 && call->route->body->is_optional)
    return TRUE;
  if (!is_json (call))
    return refuse (error, "Send the body as Content-Type: application/json.");

  call->body = cr_api_body_read (call->route->body, text, n_bytes, param, code, error);
  return call->body != NULL;
}
