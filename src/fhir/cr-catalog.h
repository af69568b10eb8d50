/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-source.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* A list of portals as vendors and sites publish it: a Bundle of Endpoints and Organizations, with
 * or without the extensions of SMART's user-access brands. */
typedef struct _CrCatalog CrCatalog;

typedef struct
{
  guint n_entries;
  guint n_endpoints;
  guint n_organizations;
  guint n_other_version; /* endpoints of another FHIR version than R4 */
  guint n_other_kind;    /* of another kind than FHIR REST */
  guint n_inactive;      /* whose list says they are off */
  guint n_bad_address;   /* without an address that may be used */
  guint n_unnamed;       /* that no organization names */
  guint n_shared;        /* more organizations at an endpoint that is there already */
} CrCatalogCounts;

/* Called on the reading thread, now and then. */
typedef void (*CrCatalogProgress) (gsize n_done, gsize n_bytes, gpointer user_data);

CrCatalog *cr_catalog_read (const char *text,
                            gsize n_bytes,
                            CrCatalogProgress progress,
                            gpointer user_data,
                            GCancellable *cancellable,
                            GError **error);
void cr_catalog_free (CrCatalog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrCatalog, cr_catalog_free)

const char *cr_catalog_get_publisher (CrCatalog *self); /* (nullable): as the Bundle names itself */
GPtrArray *cr_catalog_get_sources (CrCatalog *self);    /* (element-type CrSource): without ids */
const CrCatalogCounts *cr_catalog_get_counts (CrCatalog *self);

G_END_DECLS
