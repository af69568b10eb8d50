/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* What an export item is about to send: stretches of numbers in place of a row for each record. */
gboolean
cr_schema_add_ranges (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "CREATE TABLE export_range ("
                     "  item INTEGER NOT NULL REFERENCES export_item (item) ON DELETE CASCADE,"
                     "  n INTEGER NOT NULL, sid INTEGER NOT NULL, type INTEGER NOT NULL,"
                     "  first INTEGER NOT NULL, last INTEGER NOT NULL,"
                     "  PRIMARY KEY (item, n)) WITHOUT ROWID;",
                     error);
}
