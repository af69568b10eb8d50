/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* What staff write about a connection, what is still to be done after a removal, and the order in
 * which patients must sign in again: see cr-reconnect-table.c and cr-removal-table.c. */
gboolean
cr_schema_add_reconnect (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "CREATE TABLE connection_note ("
      "  connection_id TEXT PRIMARY KEY REFERENCES connection (id) ON DELETE CASCADE,"
      "  text TEXT, called_ms INTEGER NOT NULL, called_by TEXT, updated_ms INTEGER NOT NULL)"
      "  WITHOUT ROWID;"
      "CREATE TABLE removal_task ("
      "  kind TEXT NOT NULL, name TEXT NOT NULL, queued_ms INTEGER NOT NULL,"
      "  PRIMARY KEY (kind, name)) WITHOUT ROWID;"
      "CREATE INDEX connection_reconnect ON connection ("
      "  (status = 'active'),"
      "  (CASE status WHEN 'refresh_failed' THEN failure_ms ELSE access_expires_ms END), id)"
      "  WHERE (status = 'refresh_failed' OR status = 'expired' OR (status = 'active'"
      "  AND has_refresh = 0 AND access_expires_ms > 0));",
      error);
}
