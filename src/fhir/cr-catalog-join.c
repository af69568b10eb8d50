/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-catalog-private.h"

#include <string.h>

#define MAX_ALIASES 500
#define MAX_DEPTH 5

static void
keep (char **into, const char *text)
{
  if (*into == NULL && text != NULL)
    *into = g_strdup (text);
}

static void
add_alias (CrSource *source, const char *name)
{
  guint n = source->aliases != NULL ? g_strv_length (source->aliases) : 0;

  if (name == NULL || g_strcmp0 (name, source->name) == 0 || n >= MAX_ALIASES ||
      (n > 0 && g_strv_contains ((const char *const *) source->aliases, name)))
    return;

  source->aliases = g_renew (char *, source->aliases, n + 2);
  source->aliases[n] = g_strdup (name);
  source->aliases[n + 1] = NULL;
}

static CrCatalogOrganization *
parent_of (CrCatalog *self, CrCatalogOrganization *organization)
{
  return cr_catalog_resolve (self->organization_of, organization->part_of);
}

/* The one at the top: what people call the whole. */
static CrCatalogOrganization *
brand_of (CrCatalog *self, CrCatalogOrganization *organization)
{
  for (guint i = 0; i < MAX_DEPTH; i++)
    {
      CrCatalogOrganization *parent = parent_of (self, organization);

      if (parent == NULL || parent->name == NULL || parent == organization)
        break;
      organization = parent;
    }

  return organization;
}

static CrSource *
make_source (CrCatalog *self, CrCatalogEndpoint *endpoint, const char *name)
{
  CrSource *source = cr_source_new ("");

  source->name = g_strdup (name);
  source->published_name = g_strdup (name);
  source->published_id = g_strdup (endpoint->id);
  source->fhir_base_url = g_strdup (endpoint->address);
  source->fhir_version = g_strdup (endpoint->version);
  g_hash_table_insert (self->source_of, source->fhir_base_url, source);
  g_ptr_array_add (self->sources, source);
  return source;
}

static void
describe (CrSource *source, CrCatalogOrganization *organization, CrCatalogPortal *portal)
{
  keep (&source->city, organization->city);
  keep (&source->state, organization->state);
  keep (&source->npi, organization->npi);
  keep (&source->website, organization->website);
  keep (&source->logo_url, organization->logo);
  for (guint i = 0; i < organization->aliases->len; i++)
    add_alias (source, g_ptr_array_index (organization->aliases, i));
  if (portal != NULL)
    {
      keep (&source->login, portal->name);
      keep (&source->portal_url, portal->url);
      keep (&source->logo_url, portal->logo);
    }
}

static void
join (CrCatalog *self,
      CrCatalogOrganization *organization,
      CrCatalogPortal *portal,
      CrCatalogEndpoint *endpoint)
{
  CrCatalogOrganization *brand = brand_of (self, organization);
  CrSource *source = g_hash_table_lookup (self->source_of, endpoint->address);

  if (organization->name == NULL)
    return;
  if (source == NULL)
    source = make_source (self, endpoint, organization->name);
  else if (strcmp (source->name, organization->name) != 0)
    {
      self->counts.n_shared++;
      add_alias (source, organization->name);
    }

  endpoint->source = source;
  if (brand != organization)
    {
      keep (&source->brand, brand->name);
      keep (&source->logo_url, organization->logo);
      keep (&source->logo_url, brand->logo);
      keep (&source->website, organization->website);
    }
  describe (source, organization, portal);
}

/* Which sign-in page an endpoint has, when its organization names two. */
static void
name_logins (CrCatalog *self, CrCatalogOrganization *organization)
{
  for (guint i = 0; organization->endpoints->len > 1 && i < organization->endpoints->len; i++)
    {
      CrCatalogEndpoint *endpoint =
          cr_catalog_resolve (self->endpoint_of, g_ptr_array_index (organization->endpoints, i));

      if (endpoint != NULL && endpoint->source != NULL)
        keep (&endpoint->source->login, endpoint->name);
    }
}

static void
join_organization (CrCatalog *self, CrCatalogOrganization *organization)
{
  for (guint i = 0; i < organization->portals->len; i++)
    {
      CrCatalogPortal *portal = g_ptr_array_index (organization->portals, i);

      for (guint j = 0; j < portal->endpoints->len; j++)
        {
          CrCatalogEndpoint *endpoint =
              cr_catalog_resolve (self->endpoint_of, g_ptr_array_index (portal->endpoints, j));

          if (endpoint != NULL)
            join (self, organization, portal, endpoint);
        }
    }

  for (guint i = 0; i < organization->endpoints->len; i++)
    {
      CrCatalogEndpoint *endpoint =
          cr_catalog_resolve (self->endpoint_of, g_ptr_array_index (organization->endpoints, i));
      CrCatalogPortal *only =
          organization->portals->len == 1 ? g_ptr_array_index (organization->portals, 0) : NULL;

      if (endpoint != NULL)
        join (self, organization, only, endpoint);
    }
  name_logins (self, organization);
}

/* A place without an endpoint of its own is found by its name at its parent's. */
static void
join_part (CrCatalog *self, CrCatalogOrganization *part)
{
  CrCatalogOrganization *parent = parent_of (self, part);

  if (part->endpoints->len > 0 || parent == NULL || part->name == NULL)
    return;

  for (guint i = 0; i < parent->endpoints->len; i++)
    {
      CrCatalogEndpoint *endpoint =
          cr_catalog_resolve (self->endpoint_of, g_ptr_array_index (parent->endpoints, i));

      if (endpoint != NULL && endpoint->source != NULL)
        add_alias (endpoint->source, part->name);
    }
}

/* An endpoint that no organization names, which may name one itself. */
static void
join_endpoint (CrCatalog *self, CrCatalogEndpoint *endpoint)
{
  CrCatalogOrganization *organization =
      cr_catalog_resolve (self->organization_of, endpoint->managing);
  const char *name =
      endpoint->managing_display != NULL ? endpoint->managing_display : endpoint->name;

  if (endpoint->source != NULL || g_hash_table_contains (self->source_of, endpoint->address))
    {
      if (endpoint->source == NULL && organization != NULL)
        join (self, organization, NULL, endpoint);
      return;
    }
  if (organization != NULL && organization->name != NULL)
    join (self, organization, NULL, endpoint);
  else if (name != NULL)
    endpoint->source = make_source (self, endpoint, name);
  else
    self->counts.n_unnamed++;
}

/**
 * cr_catalog_join:
 *
 * Makes a source of each endpoint and the organizations that go with it.
 */
void
cr_catalog_join (CrCatalog *self)
{
  for (guint i = 0; i < self->organizations->len; i++)
    join_organization (self, g_ptr_array_index (self->organizations, i));
  for (guint i = 0; i < self->endpoints->len; i++)
    join_endpoint (self, g_ptr_array_index (self->endpoints, i));
  for (guint i = 0; i < self->organizations->len; i++)
    join_part (self, g_ptr_array_index (self->organizations, i));
}
