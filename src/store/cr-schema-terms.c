/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-db-private.h"
#include "store/cr-schema-private.h"

/* On what terms a portal gave access, and since when it knows a client id. */
gboolean
cr_schema_add_terms (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "ALTER TABLE connection ADD COLUMN consent_ends_ms INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE connection ADD COLUMN ungranted TEXT;"
      "ALTER TABLE source ADD COLUMN parameters TEXT;"
      "CREATE TABLE client_use ("
      "  source_id TEXT NOT NULL REFERENCES source (id) ON DELETE CASCADE,"
      "  client_id TEXT NOT NULL, first_ms INTEGER NOT NULL, worked_ms INTEGER NOT NULL,"
      "  PRIMARY KEY (source_id, client_id)) WITHOUT ROWID;",
      error);
}

/* Access that a refresh token renews ends with the patient's permission, too. The words are those
 * of cr-reconnect-table.c. */
gboolean
cr_schema_add_consent_end (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "DROP INDEX connection_reconnect;"
      "CREATE INDEX connection_reconnect ON connection ("
      "  (status = 'active'), (CASE status WHEN 'refresh_failed' THEN failure_ms"
      "   WHEN 'active' THEN (CASE WHEN has_refresh = 0 AND access_expires_ms > 0"
      "   AND (consent_ends_ms = 0 OR access_expires_ms < consent_ends_ms)"
      "   THEN access_expires_ms ELSE consent_ends_ms END)"
      "   ELSE access_expires_ms END), id)"
      "  WHERE (status = 'refresh_failed' OR status = 'expired' OR (status = 'active'"
      "  AND ((has_refresh = 0 AND access_expires_ms > 0) OR consent_ends_ms > 0)));",
      error);
}
