/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* Keys that were revoked stay, so that the list says what became of them. */
gboolean
cr_schema_add_api (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "CREATE TABLE api_key ("
      "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, sha256 BLOB NOT NULL,"
      "  is_read_only INTEGER NOT NULL, person TEXT NOT NULL, created_ms INTEGER NOT NULL,"
      "  expires_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL, revoked_ms INTEGER NOT NULL);"
      "CREATE INDEX source_by_age ON source (created_ms, id);"
      "CREATE INDEX patient_by_email ON patient (email);",
      error);
}
