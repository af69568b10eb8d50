/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-sources-private.h"

static const char *const ready_rows =
    "SELECT " CR_SOURCE_COLUMNS " FROM source AS s" CR_SOURCE_VENDOR
    " WHERE coalesce (s.client_id, v.client_id, '') <> ''"
    " AND s.status NOT IN ('gone', 'not-enabled') ORDER BY s.place LIMIT :limit OFFSET :offset";

/**
 * cr_sources_table_pick:
 * @text: (nullable): what a patient typed, as for cr_sources_table_list()
 *
 * Returns: (transfer full): what a patient is shown: whatever fits @text, so that the one looked
 *   for is found and can say why it cannot be chosen; without @text those that may be ready
 */
GPtrArray *
cr_sources_table_pick (CrDb *db, const char *text, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = NULL;

  if (text != NULL)
    return cr_sources_table_list (db, text, NULL, 0, limit, error);

  stmt = cr_stmt_new (db, ready_rows);
  cr_stmt_bind_page (stmt, 0, limit);
  return cr_stmt_read_list (stmt, cr_sources_read, error);
}
