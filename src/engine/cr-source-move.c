/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-source-move.h"

#include "base/cr-said.h"
#include "connect/cr-lapse.h"
#include "store/cr-catalog-import.h"
#include "store/cr-connections-table.h"
#include "store/cr-sources-table.h"

#define MOVED_NOTE                                                                                 \
  CR_SAID ("The portal moved to another host. The key of the old one is not sent there; the "      \
           "patient signs "                                                                        \
           "in once more.")

gboolean
cr_source_uproot (CrDb *db, CrCatalogDiff *diff, GPtrArray *told, gint64 now_ms, GError **error)
{
  g_autoptr (GPtrArray) ids = cr_catalog_import_uprooted (db, diff, error);

  for (guint i = 0; ids != NULL && i < ids->len; i++)
    {
      g_autoptr (CrConnection) connection =
          cr_connections_table_get (db, g_ptr_array_index (ids, i), error);
      CrTold *one;

      if (connection == NULL)
        return FALSE;
      one = cr_told_new (connection->patient_id);
      g_ptr_array_add (told, one);
      if (!cr_lapse (db, connection, CR_CONNECTION_REFRESH_FAILED, CR_FAILURE_REFRESH_REFUSED,
                     MOVED_NOTE, one, now_ms, error))
        return FALSE;
    }

  return ids != NULL;
}

gboolean
cr_source_move (CrDb *db,
                CrSource *source,
                const char *old_base,
                GPtrArray *told,
                gint64 now_ms,
                GError **error)
{
  g_autoptr (CrCatalogDiff) diff = cr_catalog_diff_new ("");
  CrCatalogChange *change = cr_catalog_change_new (CR_CATALOG_MOVED, source);

  change->old_base = g_strdup (old_base);
  g_ptr_array_add (diff->changes, change);
  if (source->status == CR_SOURCE_WORKING)
    {
      source->status = CR_SOURCE_MOVED;
      source->status_ms = now_ms;
      g_free (source->status_reason);
      source->status_reason = g_strdup (CR_SAID ("Its address was changed by hand."));
    }
  return cr_source_uproot (db, diff, told, now_ms, error) &&
         cr_sources_table_add_alias (db, old_base, source->id, now_ms, error);
}
