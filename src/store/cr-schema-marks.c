/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* How far each search of a connection has come, in the portal's own time: it moves only when a
 * search came to its end. */
gboolean
cr_schema_add_pull_marks (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "CREATE TABLE pull_mark ("
      "  connection_id TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,"
      "  path TEXT NOT NULL, scopes TEXT, since_ms INTEGER NOT NULL, full_ms INTEGER NOT NULL,"
      "  PRIMARY KEY (connection_id, path)) WITHOUT ROWID;"
      "ALTER TABLE pull_query ADD COLUMN since_ms INTEGER NOT NULL DEFAULT 0;",
      error);
}
