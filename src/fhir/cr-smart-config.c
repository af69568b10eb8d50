/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "fhir/cr-capability.h"
#include "fhir/cr-document.h"

#include <string.h>

#define WHAT CR_SAID ("The portal's SMART configuration")

static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return g_ascii_strcasecmp (host, "localhost") == 0 ||
         (address != NULL && g_inet_address_get_is_loopback (address));
}

/* @url: (nullable): absolute, or relative to @base_url
 * Returns: (transfer full) (nullable): absolute */
static char *
check_endpoint (const char *url, const char *base_url, const char *name, GError **error)
{
  g_autoptr (GUri) base = NULL;
  g_autoptr (GUri) uri = NULL;
  const char *host;

  if (url == NULL || *url == '\0')
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                   "The portal's SMART configuration names no %s", name);
      return NULL;
    }

  base = base_url != NULL ? g_uri_parse (base_url, G_URI_FLAGS_ENCODED, NULL) : NULL;
  uri = base != NULL ? g_uri_parse_relative (base, url, G_URI_FLAGS_ENCODED, NULL)
                     : g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  host = uri != NULL ? g_uri_get_host (uri) : NULL;
  if (host == NULL || *host == '\0')
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                   "The portal's SMART configuration has a %s that is no web address", name);
      return NULL;
    }

  if (strcmp (g_uri_get_scheme (uri), "https") == 0 ||
      (strcmp (g_uri_get_scheme (uri), "http") == 0 && is_loopback (host)))
    return g_uri_to_string (uri);

  g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY,
               "The portal's SMART configuration has a %s at %s that is not protected by https",
               name, host);
  return NULL;
}

/* One that is there and unusable is left out: nothing needs it. */
static char *
optional_endpoint (JsonObject *root, const char *name, const char *base_url)
{
  return check_endpoint (cr_json_string (root, name), base_url, name, NULL);
}

static gboolean
read_endpoints (CrSmartConfig *self,
                const char *authorize_url,
                const char *token_url,
                const char *base_url,
                GError **error)
{
  self->authorization_endpoint =
      check_endpoint (authorize_url, base_url, CR_SAID ("authorization endpoint"), error);
  if (self->authorization_endpoint == NULL)
    return FALSE;

  self->token_endpoint = check_endpoint (token_url, base_url, CR_SAID ("token endpoint"), error);
  return self->token_endpoint != NULL;
}

/**
 * cr_smart_config_parse:
 * @body: of `.well-known/smart-configuration`
 * @base_url: (nullable): the FHIR base it was found under, for relative endpoints
 * @error: %CR_ERROR_BAD_REPLY: no JSON, an endpoint missing or neither https nor on loopback
 *
 * Returns: (transfer full)
 * Source: SMART App Launch 2.2, conformance.html
 */
CrSmartConfig *
cr_smart_config_parse (GBytes *body, const char *base_url, GError **error)
{
  g_autoptr (JsonObject) root = cr_document_parse (body, WHAT, error);
  g_autoptr (CrSmartConfig) self = NULL;

  if (root == NULL)
    return NULL;

  self = g_new0 (CrSmartConfig, 1);
  if (!read_endpoints (self, cr_json_string (root, "authorization_endpoint"),
                       cr_json_string (root, "token_endpoint"), base_url, error))
    return NULL;

  self->issuer = g_strdup (cr_json_string (root, "issuer"));
  self->is_iss_promised =
      cr_json_bool (root, "authorization_response_iss_parameter_supported", FALSE);
  self->revocation_endpoint = optional_endpoint (root, "revocation_endpoint", base_url);
  self->jwks_uri = optional_endpoint (root, "jwks_uri", base_url);
  self->capabilities = cr_json_strv (root, "capabilities");
  if (self->capabilities == NULL)
    self->capabilities = g_new0 (char *, 1);
  self->scopes_supported = cr_json_strv (root, "scopes_supported");
  self->code_challenge_methods = cr_json_strv (root, "code_challenge_methods_supported");
  self->auth_methods = cr_json_strv (root, "token_endpoint_auth_methods_supported");
  self->auth_algorithms = cr_json_strv (root, "token_endpoint_auth_signing_alg_values_supported");

  return g_steal_pointer (&self);
}

/**
 * cr_smart_config_from_capability:
 * @error: %CR_ERROR_BAD_REPLY as above
 *
 * What servers older than the well-known document say in the `oauth-uris` extension.
 *
 * Returns: (transfer full)
 */
CrSmartConfig *
cr_smart_config_from_capability (CrCapability *capability, GError **error)
{
  g_autoptr (CrSmartConfig) self = g_new0 (CrSmartConfig, 1);

  self->capabilities = g_new0 (char *, 1);
  if (!read_endpoints (self, cr_capability_get_authorize_url (capability),
                       cr_capability_get_token_url (capability), NULL, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
cr_smart_config_free (CrSmartConfig *self)
{
  g_free (self->issuer);
  g_free (self->authorization_endpoint);
  g_free (self->token_endpoint);
  g_free (self->revocation_endpoint);
  g_free (self->jwks_uri);
  g_strfreev (self->capabilities);
  g_strfreev (self->scopes_supported);
  g_strfreev (self->code_challenge_methods);
  g_strfreev (self->auth_methods);
  g_strfreev (self->auth_algorithms);
  g_free (self);
}

gboolean
cr_smart_config_can (const CrSmartConfig *self, const char *capability)
{
  return g_strv_contains ((const char *const *) self->capabilities, capability);
}
