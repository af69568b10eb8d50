/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-judge.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "fhir/cr-scopes.h"

#include <string.h>

#define ACTIVATION_MS (48 * 60 * 60 * G_GINT64_CONSTANT (1000))

typedef struct
{
  const char *oauth_error;
  CrFailureCode code;
} Meaning;

static CrFailureCode
look_up (const Meaning *meanings, gsize n, const char *oauth_error, CrFailureCode fallback)
{
  for (gsize i = 0; i < n; i++)
    if (g_strcmp0 (meanings[i].oauth_error, oauth_error) == 0)
      return meanings[i].code;

  return fallback;
}

/**
 * cr_judge_authorization:
 * @oauth_error: the `error` that came back with the browser
 *
 * Source: RFC 6749 §4.1.2.1
 */
CrFailureCode
cr_judge_authorization (const char *oauth_error)
{
  static const Meaning meanings[] = {
    { "access_denied", CR_FAILURE_USER_DENIED },
    { "unauthorized_client", CR_FAILURE_CLIENT_NOT_ACTIVE },
    { "invalid_client", CR_FAILURE_CLIENT_NOT_ACTIVE },
    { "invalid_redirect_uri", CR_FAILURE_REGISTRATION_REFUSED },
    { "redirect_uri_mismatch", CR_FAILURE_REGISTRATION_REFUSED },
    { "invalid_scope", CR_FAILURE_SCOPES_INSUFFICIENT },
  };

  return look_up (meanings, G_N_ELEMENTS (meanings), oauth_error, CR_FAILURE_PORTAL_ERROR);
}

/**
 * cr_judge_exchange:
 * @oauth_error: (nullable): the `error` of the token endpoint
 *
 * Source: RFC 6749 §5.2
 */
CrFailureCode
cr_judge_exchange (const char *oauth_error, const GError *error)
{
  static const Meaning meanings[] = {
    { "invalid_client", CR_FAILURE_CLIENT_NOT_ACTIVE },
    { "unauthorized_client", CR_FAILURE_CLIENT_NOT_ACTIVE },
    { "invalid_scope", CR_FAILURE_SCOPES_INSUFFICIENT },
    { "access_denied", CR_FAILURE_USER_DENIED },
  };

  if (oauth_error == NULL && g_error_matches (error, CR_ERROR, CR_ERROR_OFFLINE))
    return CR_FAILURE_SOURCE_UNREACHABLE;

  return look_up (meanings, G_N_ELEMENTS (meanings), oauth_error, CR_FAILURE_TOKEN_EXCHANGE_FAILED);
}

/**
 * cr_judge_client:
 * @code: what a portal's refusal means
 * @use: of the client id that was refused
 *
 * Portals take up to two days to switch a new client id on. One that has worked, or is older than
 * that, is refused for another reason.
 */
CrFailureCode
cr_judge_client (CrFailureCode code, const CrClientUse *use, gint64 now_ms)
{
  gboolean is_new = use->worked_ms == 0 && now_ms - use->first_ms < ACTIVATION_MS;

  return code == CR_FAILURE_CLIENT_NOT_ACTIVE && !is_new ? CR_FAILURE_REGISTRATION_REFUSED : code;
}

/**
 * cr_judge_refresh_lapses:
 * @oauth_error: (nullable): the `error` that answered a refresh
 *
 * What is wrong with the clinic's registration (`invalid_client`, `unauthorized_client`,
 * `invalid_request`) does not end a patient's consent: once it is put right, the refresh token
 * works again.
 *
 * Returns: whether the patient's access has ended
 */
gboolean
cr_judge_refresh_lapses (const char *oauth_error)
{
  static const char *const ends[] = { "invalid_grant",        "access_denied",  "consent_required",
                                      "interaction_required", "login_required", NULL };

  return oauth_error != NULL && g_strv_contains (ends, oauth_error);
}

CrOAuthAuth
cr_judge_auth (CrClientAuth auth)
{
  switch (auth)
    {
    case CR_CLIENT_AUTH_BASIC:
      return CR_OAUTH_AUTH_BASIC;
    case CR_CLIENT_AUTH_POST:
      return CR_OAUTH_AUTH_POST;
    case CR_CLIENT_AUTH_PRIVATE_KEY_JWT:
      return CR_OAUTH_AUTH_KEY;
    case CR_CLIENT_AUTH_NONE:
    default:
      return CR_OAUTH_AUTH_NONE;
    }
}

/**
 * cr_judge_scopes:
 * @granted: (nullable): as the portal says; it may say nothing, which means all of it
 * @words: (out) (nullable): for the history
 *
 * Returns: (transfer full) (nullable): the scopes asked for that may not be read, space-separated;
 *   %NULL when there are none
 */
char *
cr_judge_scopes (const char *asked, const char *granted, char **words)
{
  g_auto (GStrv) missing = cr_scopes_ungranted (asked, granted);
  g_autofree char *list = missing != NULL ? g_strjoinv (", ", missing) : NULL;

  *words = NULL;
  if (missing == NULL)
    return NULL;

  if (cr_scopes_name_resources (granted))
    *words = g_strdup_printf (CR_SAID ("Not granted: %s. These records will be missing."), list);
  else
    *words = g_strdup (
        CR_SAID ("The portal names no records among what it granted. The first pull may come "
                 "back empty."));
  return g_strjoinv (" ", missing);
}
