/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-id-token.h"

#include <string.h>

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"

/* For clocks that differ. */
#define SKEW_S 120

void
cr_id_token_free (CrIdToken *self)
{
  g_free (self->subject);
  g_free (self->fhir_user);
  g_free (self);
}

/* One text, or a list of them (RFC 7519 §4.1.3). Of several, the client must be the one it was made
 * for. */
static gboolean
is_for (JsonObject *claims, const char *client_id)
{
  const char *party = cr_json_string (claims, "azp");
  const char *one = cr_json_string (claims, "aud");
  JsonArray *several = cr_json_array (claims, "aud");

  if (party != NULL && strcmp (party, client_id) != 0)
    return FALSE;
  if (one != NULL)
    return strcmp (one, client_id) == 0;

  return several != NULL && cr_json_array_has (several, client_id);
}

/* Seconds since 1970, which may have a fraction (RFC 7519 §2). */
static gboolean
read_time (JsonObject *claims, const char *name, double *at)
{
  JsonNode *node = json_object_get_member (claims, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      (json_node_get_value_type (node) != G_TYPE_INT64 &&
       json_node_get_value_type (node) != G_TYPE_DOUBLE))
    return FALSE;

  *at = json_node_get_double (node);
  return TRUE;
}

/* Returns: (nullable): what is wrong */
static const char *
find_fault (JsonObject *claims, const CrIdTokenRules *rules)
{
  double now_s = (double) rules->now_ms / 1000;
  double at;

  if (g_strcmp0 (cr_json_string (claims, "iss"), rules->issuer) != 0)
    return CR_SAID ("it was issued by another server than the portal's");
  if (!is_for (claims, rules->client_id))
    return CR_SAID ("it was issued to another app");
  if (!read_time (claims, "exp", &at) || at <= now_s - SKEW_S)
    return CR_SAID ("it has expired");
  if (!read_time (claims, "iat", &at) || at > now_s + SKEW_S)
    return CR_SAID ("it was issued in the future; check this computer's clock");
  if (read_time (claims, "nbf", &at) && at > now_s + SKEW_S)
    return CR_SAID ("it is not valid yet; check this computer's clock");
  if (rules->nonce != NULL && g_strcmp0 (cr_json_string (claims, "nonce"), rules->nonce) != 0)
    return CR_SAID ("it does not belong to this sign-in");
  if (cr_json_string (claims, "sub") == NULL)
    return CR_SAID ("it does not say who signed in");

  return NULL;
}

/**
 * cr_id_token_check:
 * @error: %CR_ERROR_BAD_REPLY, with what is wrong in words
 *
 * Nothing of a token that fails is given out.
 *
 * Source: OpenID Connect Core 1.0 §3.1.3.7; SMART App Launch 2.2, scopes-and-launch-context.html
 */
CrIdToken *
cr_id_token_check (const char *id_token,
                   CrKeySet *keys,
                   const CrIdTokenRules *rules,
                   GError **error)
{
  g_autoptr (GBytes) payload = cr_key_set_verify (keys, id_token, error);
  g_autoptr (JsonObject) claims = NULL;
  gsize n_bytes = 0;
  const char *text = payload != NULL ? g_bytes_get_data (payload, &n_bytes) : NULL;
  const char *fault;
  CrIdToken *self;

  if (payload == NULL)
    return NULL;
  claims =
      cr_json_parse (text != NULL ? text : "", (gssize) n_bytes, CR_SAID ("The id token"), error);
  if (claims == NULL)
    return NULL;

  fault = find_fault (claims, rules);
  if (fault != NULL)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "The id token is not good: %s", fault);
      return NULL;
    }

  self = g_new0 (CrIdToken, 1);
  self->subject = g_strdup (cr_json_string (claims, "sub"));
  self->fhir_user = g_strdup (cr_json_string (claims, "fhirUser"));
  return self;
}
