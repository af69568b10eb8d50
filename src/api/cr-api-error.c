/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-error.h"

#include "base/cr-error.h"
#include "fhir/cr-span.h"

#include <string.h>

/* One page for all codes, as the contract has it. */
#define DOC_URL "https://medblocks.com/docs/reference/errors"

static const struct
{
  guint status;
  const char *type;
  const char *code;
} codes[] = {
  [CR_API_MISSING_KEY] = { 401, "authentication_error", "missing_api_key" },
  [CR_API_INVALID_KEY] = { 401, "authentication_error", "invalid_api_key" },
  [CR_API_EXPIRED_KEY] = { 401, "authentication_error", "expired_api_key" },
  [CR_API_FORBIDDEN] = { 403, "permission_error", "forbidden" },
  [CR_API_INSUFFICIENT_SCOPE] = { 403, "permission_error", "insufficient_scope" },
  [CR_API_BAD_REQUEST] = { 400, "invalid_request_error", "bad_request" },
  [CR_API_INVALID_DATA] = { 400, "invalid_request_error", "invalid_data" },
  [CR_API_TOO_LARGE] = { 413, "invalid_request_error", "payload_too_large" },
  [CR_API_UNSUPPORTED_VERSION] = { 400, "invalid_request_error", "unsupported_api_version" },
  [CR_API_WRONG_METHOD] = { 405, "invalid_request_error", "bad_request" },
  [CR_API_MISDIRECTED] = { 421, "invalid_request_error", "bad_request" },
  [CR_API_NOT_FOUND] = { 404, "not_found_error", "resource_not_found" },
  [CR_API_CONFLICT] = { 409, "conflict_error", "resource_conflict" },
  [CR_API_EXTERNAL_ID_EXISTS] = { 409, "conflict_error", "external_id_already_exists" },
  [CR_API_THROTTLED] = { 429, "rate_limit_error", "throttled" },
  [CR_API_FEATURE_NOT_ENABLED] = { 402, "billing_error", "feature_not_enabled" },
  [CR_API_FHIR_ERROR] = { 502, "ehr_error", "fhir_error" },
  [CR_API_TOKEN_UNAVAILABLE] = { 502, "ehr_error", "token_unavailable" },
  [CR_API_INTERNAL_ERROR] = { 500, "api_error", "internal_error" },
  [CR_API_DB_ERROR] = { 500, "api_error", "db_error" },
  [CR_API_CONFIG_MISSING] = { 500, "api_error", "config_missing" },
  [CR_API_UNAVAILABLE] = { 503, "api_error", "internal_error" },
};

guint
cr_api_code_status (CrApiCode code)
{
  return codes[code].status;
}

CrApiCode
cr_api_code_of_status (guint status)
{
  if (status == 403)
    return CR_API_FORBIDDEN;
  if (status == 400)
    return CR_API_BAD_REQUEST;
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (codes[i].status == status)
      return (CrApiCode) i;
  return status < 500 ? CR_API_BAD_REQUEST : CR_API_INTERNAL_ERROR;
}

CrApiCode
cr_api_code_of_error (const GError *error)
{
  if (cr_error_is_keyring (error))
    return CR_API_CONFIG_MISSING;
  if (error->domain != CR_ERROR)
    return cr_error_is_cancelled (error) ? CR_API_UNAVAILABLE : CR_API_INTERNAL_ERROR;

  switch ((CrErrorCode) error->code)
    {
    case CR_ERROR_NOT_FOUND:
      return CR_API_NOT_FOUND;
    case CR_ERROR_CONFLICT:
    case CR_ERROR_IN_USE:
      return CR_API_CONFLICT;
    case CR_ERROR_BAD_INPUT:
      return CR_API_INVALID_DATA;
    case CR_ERROR_TOO_LARGE:
      return CR_API_TOO_LARGE;
    case CR_ERROR_REFUSED:
      return CR_API_FORBIDDEN;
    case CR_ERROR_SIGN_IN:
      return CR_API_TOKEN_UNAVAILABLE;
    case CR_ERROR_OFFLINE:
    case CR_ERROR_BAD_REPLY:
    case CR_ERROR_CERTIFICATE:
      return CR_API_FHIR_ERROR;
    case CR_ERROR_NO_SPACE:
    case CR_ERROR_READ_ONLY:
    case CR_ERROR_CORRUPT:
    case CR_ERROR_TOO_NEW:
    case CR_ERROR_BUSY: /* no call waits for another server: it is the store's file */
      return CR_API_DB_ERROR;
    case CR_ERROR_KEYRING_MISSING:
    case CR_ERROR_KEYRING_LOCKED:
    case CR_ERROR_KEYRING_REFUSED:
    case CR_ERROR_INTERNAL:
      break;
    }

  return CR_API_INTERNAL_ERROR;
}

static void
append_member (GString *text, const char *name, const char *value)
{
  if (text->str[text->len - 1] != '{')
    g_string_append_c (text, ',');
  g_string_append_printf (text, "\"%s\":", name);
  if (value == NULL)
    {
      g_string_append (text, "null");
      return;
    }

  g_string_append_c (text, '"');
  cr_span_escape (text, value, strlen (value));
  g_string_append_c (text, '"');
}

/**
 * cr_api_error_text:
 * @param: (nullable): the member or parameter that was wrong
 *
 * Returns: (transfer full): the envelope that every answer outside of 2xx has
 */
char *
cr_api_error_text (CrApiCode code, const char *param, const char *message, const char *request_id)
{
  /* One lies ready for every connection, see cr-server-limits.c, so a tree would cost. */
  GString *text = g_string_new ("{\"error\":{");

  append_member (text, "type", codes[code].type);
  append_member (text, "code", codes[code].code);
  append_member (text, "message", message);
  append_member (text, "param", param);
  append_member (text, "doc_url", DOC_URL);
  append_member (text, "request_id", request_id);
  g_string_append (text, "}}");
  return g_string_free (text, FALSE);
}
