/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What can go wrong here, of the contract's list, and three statuses that it has no code for. */
typedef enum
{
  CR_API_MISSING_KEY,
  CR_API_INVALID_KEY,
  CR_API_EXPIRED_KEY,
  CR_API_FORBIDDEN,
  CR_API_INSUFFICIENT_SCOPE,
  CR_API_BAD_REQUEST,
  CR_API_INVALID_DATA,
  CR_API_TOO_LARGE,
  CR_API_UNSUPPORTED_VERSION,
  CR_API_WRONG_METHOD, /* 405 */
  CR_API_MISDIRECTED,  /* 421 */
  CR_API_NOT_FOUND,
  CR_API_CONFLICT,
  CR_API_EXTERNAL_ID_EXISTS,
  CR_API_THROTTLED,
  CR_API_FEATURE_NOT_ENABLED,
  CR_API_FHIR_ERROR,
  CR_API_TOKEN_UNAVAILABLE,
  CR_API_INTERNAL_ERROR,
  CR_API_DB_ERROR,
  CR_API_CONFIG_MISSING,
  CR_API_UNAVAILABLE, /* 503 */
} CrApiCode;

guint cr_api_code_status (CrApiCode code);
CrApiCode cr_api_code_of_status (guint status);
CrApiCode cr_api_code_of_error (const GError *error);
char *
cr_api_error_text (CrApiCode code, const char *param, const char *message, const char *request_id);

G_END_DECLS
