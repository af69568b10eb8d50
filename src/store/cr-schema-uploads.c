/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* Files in parts that were begun at a storage: see cr-uploads-table.h. No reference to the
 * destination, as the rows outlive it. */
gboolean
cr_schema_add_uploads (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "CREATE TABLE upload_note ("
      "  n INTEGER PRIMARY KEY, destination_id TEXT NOT NULL, name TEXT NOT NULL,"
      "  kind TEXT NOT NULL, settings TEXT NOT NULL, key TEXT NOT NULL, upload TEXT,"
      "  begun_ms INTEGER NOT NULL, removed_ms INTEGER NOT NULL DEFAULT 0,"
      "  attempts INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL, message TEXT);"
      "CREATE INDEX upload_note_of_destination ON upload_note (destination_id);",
      error);
}
