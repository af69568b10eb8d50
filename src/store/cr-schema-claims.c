/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* Which record has an id of its source at a destination. */
gboolean
cr_schema_add_claims (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "CREATE TABLE claim ("
                     "  destination INTEGER NOT NULL REFERENCES destination (n) ON DELETE CASCADE,"
                     "  type INTEGER NOT NULL, id TEXT NOT NULL, rid INTEGER NOT NULL,"
                     "  PRIMARY KEY (destination, type, id)) WITHOUT ROWID;"
                     "CREATE INDEX claim_of_record ON claim (rid);",
                     error);
}
