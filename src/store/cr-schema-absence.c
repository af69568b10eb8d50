/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* What a portal listed once and lists no more. `gone_ms` is 0 until a read has proven it. */
static const char *const absence =
    "CREATE TABLE listing ("
    "  sid INTEGER NOT NULL, type INTEGER NOT NULL, signature TEXT NOT NULL,"
    "  at_ms INTEGER NOT NULL, PRIMARY KEY (sid, type)) WITHOUT ROWID;"
    "CREATE TABLE absence ("
    "  rid INTEGER PRIMARY KEY, sid INTEGER NOT NULL, missed_ms INTEGER NOT NULL,"
    "  gone_ms INTEGER NOT NULL, http_status INTEGER NOT NULL);"
    "CREATE INDEX absence_of_stream ON absence (sid);";

gboolean
cr_schema_add_absence (CrDb *db, GError **error)
{
  return cr_db_exec (db, absence, error);
}
