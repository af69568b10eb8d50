/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* See cr-left-out-table.c. */
gboolean
cr_schema_add_left_out (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "CREATE TABLE left_out ("
                     "  run_id TEXT NOT NULL REFERENCES export_run (id) ON DELETE CASCADE,"
                     "  connection_id TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,"
                     "  PRIMARY KEY (run_id, connection_id)) WITHOUT ROWID;"
                     "CREATE INDEX left_out_connection ON left_out (connection_id);",
                     error);
}
