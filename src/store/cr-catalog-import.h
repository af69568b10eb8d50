/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-catalog-change.h"
#include "store/cr-db.h"

#include <gio/gio.h>

G_BEGIN_DECLS

CrCatalogDiff *cr_catalog_import_plan (CrDb *db,
                                       const char *publisher,
                                       GPtrArray *published,
                                       gint64 now_ms,
                                       GCancellable *cancellable,
                                       GError **error);
gboolean cr_catalog_import_apply (CrDb *db,
                                  CrCatalogDiff *diff,
                                  gint64 now_ms,
                                  GCancellable *cancellable,
                                  GError **error);
/* → GPtrArray of the ids of active connections to sources that move to another host. */
GPtrArray *cr_catalog_import_uprooted (CrDb *db, CrCatalogDiff *diff, GError **error);

G_END_DECLS
