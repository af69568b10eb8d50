/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* What destinations that want to know are asked to give up. A row is of a record, or of a file
 * (then `type` is NULL). `rid` is NULL when the record is not stored any more; then the texts are
 * what it takes to name it there, and go as soon as the destination has answered. */
gboolean
cr_schema_add_withdrawals (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "ALTER TABLE export_run ADD COLUMN is_withdrawal INTEGER NOT NULL DEFAULT 0;"
      "CREATE TABLE withdrawal ("
      "  n INTEGER PRIMARY KEY,"
      "  destination INTEGER NOT NULL REFERENCES destination (n) ON DELETE CASCADE,"
      "  item INTEGER REFERENCES export_item (item) ON DELETE CASCADE, cause TEXT NOT NULL,"
      "  rid INTEGER, type TEXT, record TEXT, patient_id TEXT, source_id TEXT, place TEXT,"
      "  file TEXT, sha256 TEXT, bytes INTEGER NOT NULL, status TEXT NOT NULL,"
      "  is_retryable INTEGER NOT NULL, how TEXT, answer INTEGER NOT NULL, error_code TEXT,"
      "  error_message TEXT, queued_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL);"
      "CREATE INDEX withdrawal_of_record ON withdrawal (rid);"
      "CREATE INDEX withdrawal_of_patient ON withdrawal (patient_id);"
      "CREATE INDEX withdrawal_of_item ON withdrawal (item);"
      "CREATE INDEX withdrawal_of_destination ON withdrawal (destination, status);",
      error);
}
