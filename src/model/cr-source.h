/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  CR_CLIENT_AUTH_NONE,
  CR_CLIENT_AUTH_BASIC,
  CR_CLIENT_AUTH_POST,
  CR_CLIENT_AUTH_PRIVATE_KEY_JWT,
} CrClientAuth;

#define CR_TYPE_CLIENT_AUTH (cr_client_auth_get_type ())
GType cr_client_auth_get_type (void);

#define CR_TYPE_SOURCE (cr_source_get_type ())
G_DECLARE_FINAL_TYPE (CrSource, cr_source, CR, SOURCE, GObject)

/* A portal's FHIR endpoint in the catalog. */
struct _CrSource
{
  GObject parent_instance;

  char *id;   /* (owned): fhirsrc_… */
  char *name; /* (owned) */
  char *type; /* (owned) (nullable): vendor, such as `epic`; the name of a file of portal rules */
  char *fhir_base_url;      /* (owned): no slash at its end */
  char *portal_url;         /* (owned) (nullable) */
  char *client_id;          /* (owned) (nullable): without one nobody can sign in here yet */
  CrClientAuth client_auth; /* its secret, if any, is in the keyring under `source/<id>` */
  char *scopes;             /* (owned) (nullable): NULL asks the default of the portal rules */
  gint64 created_ms;
};

CrSource *cr_source_new (const char *id);
char *cr_source_normal_base (const char *url, GError **error);

G_END_DECLS
