/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* Who works at a shared desk, what locks it, and what was told on the desktop: see
 * cr-desk-tables.c. */
gboolean
cr_schema_add_desk (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "CREATE TABLE person (name TEXT PRIMARY KEY, added_ms INTEGER NOT NULL)"
                     " WITHOUT ROWID;"
                     "CREATE TABLE desk_lock (kind TEXT PRIMARY KEY, hash TEXT NOT NULL)"
                     " WITHOUT ROWID;"
                     "CREATE TABLE notice ("
                     "  key TEXT PRIMARY KEY, words TEXT NOT NULL, since_ms INTEGER NOT NULL,"
                     "  gone_ms INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;",
                     error);
}
