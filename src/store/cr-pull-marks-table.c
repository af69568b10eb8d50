/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-pull-marks-table.h"

#include "store/cr-stmt-rows.h"

gint64
cr_pull_marks_table_since (CrDb *db,
                           const char *connection_id,
                           const char *path,
                           const char *scopes,
                           gint64 full_after_ms,
                           gint64 now_ms,
                           GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT since_ms FROM pull_mark WHERE connection_id = :connection_id AND path = :path"
          " AND coalesce (scopes, '') = coalesce (:scopes, '') AND full_ms > :full_after"
          " AND full_ms <= :now_ms");

  cr_stmt_bind_text (stmt, ":connection_id", connection_id);
  cr_stmt_bind_text (stmt, ":path", path);
  cr_stmt_bind_text (stmt, ":scopes", scopes);
  cr_stmt_bind_int64 (stmt, ":full_after", full_after_ms);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_read_number (stmt, 0, error);
}

static gboolean
forget (CrDb *db, const char *connection_id, const char *path, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "DELETE FROM pull_mark WHERE connection_id = :connection_id AND path = :path");

  cr_stmt_bind_text (stmt, ":connection_id", connection_id);
  cr_stmt_bind_text (stmt, ":path", path);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_pull_marks_table_forget_all (CrDb *db, const char *connection_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "DELETE FROM pull_mark WHERE connection_id = :connection_id");

  cr_stmt_bind_text (stmt, ":connection_id", connection_id);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_pull_marks_table_set (CrDb *db,
                         const char *connection_id,
                         const char *path,
                         const char *scopes,
                         gint64 since_ms,
                         gint64 full_ms,
                         GError **error)
{
  g_autoptr (CrStmt) stmt = NULL;

  if (since_ms <= 0)
    return forget (db, connection_id, path, error);

  stmt = cr_stmt_new (
      db, "INSERT INTO pull_mark (connection_id, path, scopes, since_ms, full_ms)"
          " VALUES (:connection_id, :path, :scopes, :since_ms, :full_ms)"
          " ON CONFLICT (connection_id, path) DO UPDATE SET scopes = excluded.scopes,"
          " since_ms = excluded.since_ms, full_ms ="
          " CASE WHEN excluded.full_ms > 0 THEN excluded.full_ms ELSE pull_mark.full_ms END");
  cr_stmt_bind_text (stmt, ":connection_id", connection_id);
  cr_stmt_bind_text (stmt, ":path", path);
  cr_stmt_bind_text (stmt, ":scopes", scopes);
  cr_stmt_bind_int64 (stmt, ":since_ms", since_ms);
  cr_stmt_bind_int64 (stmt, ":full_ms", full_ms);
  return cr_stmt_run (stmt, error);
}
