/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-vendors.h"

#include "base/cr-json.h"
#include "base/cr-said.h"
#include "fhir/cr-portals-resource.h"

#include <string.h>

struct _CrVendors
{
  JsonObject *root; /* (owned) */
  JsonArray *rows;  /* (unowned) */
};

CrVendors *
cr_vendors_load (GError **error)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (cr_portals_get_resource (),
                                                     "/io/github/chartroom/portals/vendors.json",
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  CrVendors *self;
  JsonObject *root;
  gsize n_bytes;
  const char *text;

  if (bytes == NULL)
    return NULL;

  text = g_bytes_get_data (bytes, &n_bytes);
  root = cr_json_parse (text, (gssize) n_bytes, CR_SAID ("The list of vendors"), error);
  if (root == NULL)
    return NULL;

  self = g_new0 (CrVendors, 1);
  self->root = root;
  self->rows = cr_json_array (root, "vendors");
  return self;
}

void
cr_vendors_free (CrVendors *self)
{
  if (self == NULL)
    return;

  json_object_unref (self->root);
  g_free (self);
}

static guint
count_of (JsonArray *array)
{
  return array != NULL ? json_array_get_length (array) : 0;
}

/* @domain itself, or a name below it. */
static gboolean
is_within (const char *host, const char *domain)
{
  gsize n_host = strlen (host), n_domain = strlen (domain);

  return n_host >= n_domain && g_ascii_strcasecmp (host + n_host - n_domain, domain) == 0 &&
         (n_host == n_domain || host[n_host - n_domain - 1] == '.');
}

static gboolean
has_host (JsonObject *row, const char *host)
{
  JsonArray *hosts = cr_json_array (row, "hosts");

  for (guint i = 0; i < count_of (hosts); i++)
    if (is_within (host, cr_json_array_string (hosts, i)))
      return TRUE;

  return FALSE;
}

static gboolean
has_path (JsonObject *row, const char *path)
{
  JsonArray *paths = cr_json_array (row, "paths");

  for (guint i = 0; i < count_of (paths); i++)
    if (strstr (path, cr_json_array_string (paths, i)) != NULL)
      return TRUE;

  return FALSE;
}

/**
 * cr_vendors_recognise:
 *
 * Returns: (transfer none) (nullable): the type: by the host, else, since many sites run the
 *   vendor's server under their own name, by a path that only one vendor uses
 */
const char *
cr_vendors_recognise (CrVendors *self, const char *fhir_base_url)
{
  g_autoptr (GUri) uri = g_uri_parse (fhir_base_url, G_URI_FLAGS_ENCODED, NULL);
  g_autofree char *path = uri != NULL ? g_ascii_strdown (g_uri_get_path (uri), -1) : NULL;

  for (guint i = 0; uri != NULL && i < count_of (self->rows); i++)
    if (has_host (cr_json_array_object (self->rows, i), g_uri_get_host (uri)))
      return cr_json_string (cr_json_array_object (self->rows, i), "type");
  for (guint i = 0; uri != NULL && i < count_of (self->rows); i++)
    if (has_path (cr_json_array_object (self->rows, i), path))
      return cr_json_string (cr_json_array_object (self->rows, i), "type");

  return NULL;
}

/**
 * cr_vendors_list:
 *
 * Returns: (transfer full): the types there are
 */
char **
cr_vendors_list (CrVendors *self)
{
  g_autoptr (GStrvBuilder) types = g_strv_builder_new ();

  for (guint i = 0; i < count_of (self->rows); i++)
    g_strv_builder_add (types, cr_json_string (cr_json_array_object (self->rows, i), "type"));
  return g_strv_builder_end (types);
}

/**
 * cr_vendors_get_name:
 *
 * Returns: (transfer none): the vendor as people know it; @type when it is not in the list
 */
const char *
cr_vendors_get_name (CrVendors *self, const char *type)
{
  for (guint i = 0; i < count_of (self->rows); i++)
    if (g_strcmp0 (cr_json_string (cr_json_array_object (self->rows, i), "type"), type) == 0)
      return cr_json_string (cr_json_array_object (self->rows, i), "name");

  return type;
}
