/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a server says it can do. A hint: the answer to the call itself wins. */
typedef struct _CrCapability CrCapability;

CrCapability *
cr_capability_parse (GBytes *body,
                     GError **error); /* CR_ERROR_BAD_REPLY: not JSON, no CapabilityStatement, not
                                         FHIR R4; said in words */
void cr_capability_free (CrCapability *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrCapability, cr_capability_free)

const char *cr_capability_get_fhir_version (CrCapability *self);
const char *cr_capability_get_software (CrCapability *self); /* (nullable) */
gboolean cr_capability_lists_types (CrCapability *self);     /* FALSE: says nothing about types */
gboolean cr_capability_has_type (CrCapability *self, const char *type);
gboolean cr_capability_has_search (
    CrCapability *self,
    const char *type,
    const char *parameter); /* TRUE when the type lists no parameters at all */
gboolean cr_capability_lists_search (CrCapability *self,
                                     const char *type,
                                     const char *parameter); /* TRUE only when it says so */
gboolean cr_capability_has_interaction (CrCapability *self, const char *type, const char *code);
gboolean
cr_capability_has_revinclude (CrCapability *self, const char *type, const char *revinclude);
gboolean cr_capability_updates_as_create (CrCapability *self, const char *type);
const char *
cr_capability_get_authorize_url (CrCapability *self);         /* (nullable): oauth-uris extension */
const char *cr_capability_get_token_url (CrCapability *self); /* (nullable) */

/* .well-known/smart-configuration */
typedef struct
{
  char *issuer;                  /* (owned) (nullable) */
  gboolean is_iss_promised;      /* it names itself with every answer, RFC 9207 §3 */
  char *authorization_endpoint;  /* (owned) */
  char *token_endpoint;          /* (owned) */
  char *revocation_endpoint;     /* (owned) (nullable) */
  char *jwks_uri;                /* (owned) (nullable) */
  char **capabilities;           /* (owned): never NULL */
  char **scopes_supported;       /* (owned) (nullable) */
  char **code_challenge_methods; /* (owned) (nullable) */
  char **auth_methods;           /* (owned) (nullable): token_endpoint_auth_methods_supported */
  char **auth_algorithms; /* (owned) (nullable): token_endpoint_auth_signing_alg_values_supported */
} CrSmartConfig;

CrSmartConfig *cr_smart_config_parse (GBytes *body,
                                      const char *base_url,
                                      GError **error); /* endpoints https, or http to loopback */
CrSmartConfig *cr_smart_config_from_capability (CrCapability *capability, GError **error);
void cr_smart_config_free (CrSmartConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSmartConfig, cr_smart_config_free)
gboolean cr_smart_config_can (const CrSmartConfig *self, const char *capability);

G_END_DECLS
