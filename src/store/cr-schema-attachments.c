/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* What became of each file that a record links to, for the version of the record that links to it:
 * portals make some files anew for every reader, so their bytes say nothing about change. The file
 * itself is in the Binary `to_rid`; `sha256` and `bytes` are of the file, not of that resource.
 *
 * A reference that led nowhere, so that it is not tried again each time. */
gboolean
cr_schema_add_attachments (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "CREATE TABLE attachment ("
      "  rid INTEGER NOT NULL, url TEXT NOT NULL, seq INTEGER NOT NULL, status TEXT NOT NULL,"
      "  http_status INTEGER NOT NULL, form TEXT NOT NULL, content_type TEXT,"
      "  bytes INTEGER NOT NULL, sha256 BLOB, to_rid INTEGER NOT NULL,"
      "  fetched_ms INTEGER NOT NULL, PRIMARY KEY (rid, url)) WITHOUT ROWID;"
      "CREATE TABLE unresolved ("
      "  rid INTEGER PRIMARY KEY, http_status INTEGER NOT NULL, tried_ms INTEGER NOT NULL);",
      error);
}
