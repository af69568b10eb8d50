/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* How many retries in a row were planned for a connection: above 0, its next pull is one. That a
 * person stopped a pull, which a crash does not undo. And the sources that answer nobody, for as
 * long as somebody waits for them. */
gboolean
cr_schema_add_pace (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "ALTER TABLE connection ADD COLUMN n_retries INTEGER NOT NULL DEFAULT 0;"
                     "ALTER TABLE pull ADD COLUMN is_stopping INTEGER NOT NULL DEFAULT 0;"
                     "CREATE TABLE source_outage ("
                     "  source_id TEXT PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,"
                     "  since_ms INTEGER NOT NULL, next_try_ms INTEGER NOT NULL,"
                     "  n_tries INTEGER NOT NULL, code TEXT, message TEXT) WITHOUT ROWID;",
                     error);
}

/* See cr-asked-table.c. */
gboolean
cr_schema_add_asked (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "CREATE TABLE source_asked ("
                     "  source_id TEXT PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,"
                     "  day INTEGER NOT NULL, n INTEGER NOT NULL, slowed_ms INTEGER NOT NULL,"
                     "  slowed_n INTEGER NOT NULL, slowed_for_ms INTEGER NOT NULL,"
                     "  said_n INTEGER NOT NULL, said_s INTEGER NOT NULL,"
                     "  said_ms INTEGER NOT NULL) WITHOUT ROWID;",
                     error);
}
