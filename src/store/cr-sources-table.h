/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-source.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

gboolean cr_sources_table_add (CrDb *db,
                               CrSource *source,
                               GError **error); /* CR_ERROR_CONFLICT when the base URL is taken */
gboolean cr_sources_table_update (CrDb *db, CrSource *source, GError **error);
gboolean cr_sources_table_remove (CrDb *db,
                                  const char *id,
                                  GError **error); /* CR_ERROR_CONFLICT while connections use it */
CrSource *cr_sources_table_get (CrDb *db, const char *id_or_base_url, GError **error);
GPtrArray *cr_sources_table_list (CrDb *db,
                                  const char *text,
                                  const char *type,
                                  guint offset,
                                  guint limit,
                                  GError **error);
/* cr-sources-pick.c: for patients; of CrSource */
GPtrArray *cr_sources_table_pick (CrDb *db, const char *text, guint limit, GError **error);
gint64 cr_sources_table_count (CrDb *db, const char *text, const char *type, GError **error);

G_END_DECLS
