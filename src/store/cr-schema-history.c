/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* What a pull changed, how often it waited and what it asked. Versions know their pull already; a
 * version that came late (see cr_record_slip_behind()) says so, because its number was moved.
 * `pull_type` counts what one call of the save adds to, `pull_absence` keeps what a listing missed
 * after the record came back. `pull_line` has nothing that tells whose request it was. */
gboolean
cr_schema_add_history (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "ALTER TABLE version ADD COLUMN is_late INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE pull ADD COLUMN n_retries INTEGER NOT NULL DEFAULT 0;"
      "CREATE INDEX version_of_pull ON version (pull);"
      "CREATE TABLE pull_type ("
      "  pull INTEGER NOT NULL REFERENCES pull (n) ON DELETE CASCADE, type INTEGER NOT NULL,"
      "  n_new INTEGER NOT NULL, n_changed INTEGER NOT NULL,"
      "  PRIMARY KEY (pull, type)) WITHOUT ROWID;"
      "CREATE TABLE pull_absence ("
      "  pull INTEGER NOT NULL REFERENCES pull (n) ON DELETE CASCADE, rid INTEGER NOT NULL,"
      "  change TEXT NOT NULL, at_ms INTEGER NOT NULL, http_status INTEGER NOT NULL,"
      "  PRIMARY KEY (pull, rid)) WITHOUT ROWID;"
      "CREATE INDEX pull_absence_of_record ON pull_absence (rid);"
      "CREATE TABLE pull_wait ("
      "  pull INTEGER NOT NULL REFERENCES pull (n) ON DELETE CASCADE, n INTEGER NOT NULL,"
      "  reason TEXT NOT NULL, began_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
      "  ended_ms INTEGER NOT NULL, PRIMARY KEY (pull, n)) WITHOUT ROWID;"
      "CREATE TABLE pull_line ("
      "  pull INTEGER NOT NULL REFERENCES pull (n) ON DELETE CASCADE, n INTEGER NOT NULL,"
      "  at_ms INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,"
      "  status INTEGER NOT NULL, error TEXT, bytes INTEGER NOT NULL, took_ms INTEGER NOT NULL,"
      "  attempts INTEGER NOT NULL, wait_ms INTEGER NOT NULL,"
      "  PRIMARY KEY (pull, n)) WITHOUT ROWID;",
      error);
}
