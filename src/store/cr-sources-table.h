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

/* For many changes at once: without the index of words, which cr_sources_table_index() makes
 * anew at the end, in the same transaction. */
gboolean cr_sources_table_put_unindexed (CrDb *db, CrSource *source, GError **error);
gboolean cr_sources_table_index (CrDb *db, GError **error);

gboolean cr_sources_table_set_status (CrDb *db,
                                      const char *id,
                                      CrSourceStatus status,
                                      const char *reason,
                                      gint64 until_ms,
                                      gint64 now_ms,
                                      GError **error);

/* An address a source had before; who asks for it by cr_sources_table_get() gets the source. */
gboolean cr_sources_table_add_alias (CrDb *db,
                                     const char *fhir_base_url,
                                     const char *source_id,
                                     gint64 now_ms,
                                     GError **error);

gboolean cr_vendor_clients_set (CrDb *db, const CrVendorClient *client, GError **error);
gboolean cr_vendor_clients_remove (CrDb *db, const char *type, GError **error);
GPtrArray *cr_vendor_clients_list (CrDb *db, GError **error);

G_END_DECLS
