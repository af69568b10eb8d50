/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-db-private.h"
#include "store/cr-schema-private.h"

/* On what terms a portal gave access, and since when it knows a client id. */
gboolean
cr_schema_add_terms (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "ALTER TABLE connection ADD COLUMN consent_ends_ms INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE connection ADD COLUMN ungranted TEXT;"
      "ALTER TABLE source ADD COLUMN parameters TEXT;"
      "CREATE TABLE client_use ("
      "  source_id TEXT NOT NULL REFERENCES source (id) ON DELETE CASCADE,"
      "  client_id TEXT NOT NULL, first_ms INTEGER NOT NULL, worked_ms INTEGER NOT NULL,"
      "  PRIMARY KEY (source_id, client_id)) WITHOUT ROWID;",
      error);
}
