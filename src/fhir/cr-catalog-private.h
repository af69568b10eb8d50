/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-catalog.h"
#include "fhir/cr-span.h"

G_BEGIN_DECLS

/* A sign-in page an Organization names. */
typedef struct
{
  char *name;           /* (owned) (nullable) */
  char *url;            /* (owned) (nullable) */
  char *logo;           /* (owned) (nullable) */
  GPtrArray *endpoints; /* (owned): references, char* */
} CrCatalogPortal;

typedef struct
{
  char *name;           /* (owned) (nullable) */
  GPtrArray *aliases;   /* (owned): char* */
  char *city;           /* (owned) (nullable) */
  char *state;          /* (owned) (nullable) */
  char *npi;            /* (owned) (nullable) */
  char *website;        /* (owned) (nullable) */
  char *logo;           /* (owned) (nullable) */
  char *part_of;        /* (owned) (nullable): a reference */
  GPtrArray *endpoints; /* (owned): references, char* */
  GPtrArray *portals;   /* (owned): of CrCatalogPortal */
} CrCatalogOrganization;

typedef struct
{
  char *id;               /* (owned): as its list knows it */
  char *name;             /* (owned) (nullable) */
  char *address;          /* (owned): normal */
  char *version;          /* (owned) (nullable) */
  char *managing;         /* (owned) (nullable): a reference */
  char *managing_display; /* (owned) (nullable) */
  CrSource *source;       /* (unowned) (nullable): made of it */
} CrCatalogEndpoint;

struct _CrCatalog
{
  char *publisher;             /* (owned) (nullable) */
  GPtrArray *sources;          /* (owned): of CrSource */
  GPtrArray *organizations;    /* (owned): of CrCatalogOrganization, in the order written */
  GPtrArray *endpoints;        /* (owned): of CrCatalogEndpoint */
  GHashTable *organization_of; /* (owned): reference → CrCatalogOrganization */
  GHashTable *endpoint_of;     /* (owned): reference → CrCatalogEndpoint */
  GHashTable *source_of;       /* (owned): base → CrSource */
  CrCatalogCounts counts;
};

void cr_catalog_organization_free (gpointer organization);
void cr_catalog_endpoint_free (gpointer endpoint);
void cr_catalog_read_entry (CrCatalog *self, const CrSpans *spans);
gpointer cr_catalog_resolve (GHashTable *table, const char *reference);
void cr_catalog_join (CrCatalog *self);

/* Where the value at @start ends; 0: the text ends first. */
gsize cr_catalog_skip_space (const char *text, gsize n_bytes, gsize at);
gsize cr_catalog_skip_value (const char *text, gsize n_bytes, gsize start);

G_END_DECLS
