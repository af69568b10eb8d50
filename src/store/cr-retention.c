/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-retention.h"

#include "store/cr-stmt.h"

static gint64
sweep (CrDb *db, const char *sql, gint64 before_ms, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_int64 (stmt, ":before_ms", before_ms);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
  return cr_stmt_run (stmt, error) ? cr_stmt_n_changed (stmt) : -1;
}

/* The requests of a pull that goes on are kept, however old. */
gint64
cr_retention_sweep (CrDb *db, gint64 before_ms, guint limit, GError **error)
{
  gint64 n_lines =
      sweep (db,
             "DELETE FROM pull_line WHERE (pull, n) IN (SELECT l.pull, l.n FROM pull_line l"
             " JOIN pull p ON p.n = l.pull WHERE p.finished_ms > 0 AND p.finished_ms < :before_ms"
             " LIMIT :limit)",
             before_ms, limit, error);
  gint64 n_deliveries = n_lines < 0
                          ? -1
                          : sweep (db,
                                   "DELETE FROM delivery WHERE n IN (SELECT n FROM delivery"
                                   " WHERE status = 'delivered' AND delivered_ms < :before_ms"
                                   " LIMIT :limit)",
                                   before_ms, limit, error);

  return n_deliveries < 0 ? -1 : n_lines + n_deliveries;
}
