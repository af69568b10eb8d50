/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* Who is told what happened, and how that went: see cr-webhooks-table.c and cr-deliveries-table.c.
 * An event that is removed takes its deliveries with it. */
gboolean
cr_schema_add_webhooks (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "CREATE TABLE webhook ("
      "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, url TEXT NOT NULL, events TEXT NOT NULL,"
      "  description TEXT, metadata TEXT NOT NULL, api_version TEXT NOT NULL, status TEXT NOT NULL,"
      "  ended TEXT NOT NULL, allows_private INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
      "  updated_ms INTEGER NOT NULL, failing_since_ms INTEGER NOT NULL DEFAULT 0,"
      "  warned_ms INTEGER NOT NULL DEFAULT 0, disabled_ms INTEGER NOT NULL DEFAULT 0,"
      "  old_secret_until_ms INTEGER NOT NULL DEFAULT 0, delivered_ms INTEGER NOT NULL DEFAULT 0);"
      "CREATE TABLE delivery ("
      "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
      "  webhook INTEGER NOT NULL REFERENCES webhook (n) ON DELETE CASCADE,"
      "  event INTEGER REFERENCES event (n) ON DELETE CASCADE, type TEXT NOT NULL, data TEXT,"
      "  status TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
      "  rung INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL,"
      "  delivered_ms INTEGER NOT NULL DEFAULT 0, last_status INTEGER NOT NULL DEFAULT 0,"
      "  last_error TEXT, last_body TEXT, redelivered_ms INTEGER NOT NULL DEFAULT 0,"
      "  created_ms INTEGER NOT NULL);"
      "CREATE UNIQUE INDEX delivery_once ON delivery (webhook, event);"
      "CREATE INDEX delivery_of_event ON delivery (event);"
      "CREATE INDEX delivery_newest ON delivery (webhook, created_ms, n);"
      "CREATE INDEX delivery_due ON delivery (webhook, next_ms, n) WHERE status = 'pending';"
      "CREATE INDEX delivery_exhausted ON delivery (webhook) WHERE status = 'exhausted';"
      "CREATE TABLE delivery_attempt ("
      "  delivery INTEGER NOT NULL REFERENCES delivery (n) ON DELETE CASCADE, n INTEGER NOT NULL,"
      "  at_ms INTEGER NOT NULL, took_ms INTEGER NOT NULL, status INTEGER NOT NULL, error TEXT,"
      "  body TEXT, PRIMARY KEY (delivery, n)) WITHOUT ROWID;",
      error);
}
