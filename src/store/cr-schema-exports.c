/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* Retries that are made although the cause is unchanged, and the time of the next one. */
gboolean
cr_schema_add_retries (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "ALTER TABLE export_run ADD COLUMN is_forced INTEGER NOT NULL DEFAULT 0;"
                     "CREATE INDEX item_to_retry ON export_item (next_attempt_ms)"
                     "  WHERE status = 'failed' AND next_attempt_ms > 0;"
                     "CREATE INDEX item_pending ON export_item (run_id) WHERE status = 'pending';",
                     error);
}

/* What failed before it was noted did so by the end of its run. */
gboolean
cr_schema_add_failed (CrDb *db, GError **error)
{
  return cr_db_exec (db, "ALTER TABLE export_item ADD COLUMN failed_ms INTEGER NOT NULL DEFAULT 0;",
                     error);
}
