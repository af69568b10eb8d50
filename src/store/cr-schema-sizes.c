/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* How large the latest version of a record is, in the index by number: what an export is planned
 * from is read without the bodies. */
gboolean
cr_schema_add_sizes (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "DROP INDEX record_by_sequence;"
                     "ALTER TABLE record ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;"
                     "UPDATE record SET bytes = (SELECT v.bytes FROM version v"
                     " WHERE v.seq = record.seq) WHERE seq > 0;"
                     "CREATE INDEX record_by_sequence ON record (sid, seq, type, bytes);",
                     error);
}
