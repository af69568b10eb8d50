/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-said.h"
#include "store/cr-pulls-table.h"
#include "store/cr-stmt-rows.h"

static gpointer
read_query (CrStmt *stmt)
{
  CrQuery *query = cr_query_new (cr_stmt_text (stmt, 0), (guint) cr_stmt_int64 (stmt, 1));

  query->kind = (CrQueryKind) cr_stmt_enum (stmt, 2, CR_TYPE_QUERY_KIND);
  query->type = cr_stmt_dup_text (stmt, 3);
  query->path = cr_stmt_dup_text (stmt, 4);
  query->status = (CrQueryStatus) cr_stmt_enum (stmt, 5, CR_TYPE_QUERY_STATUS);
  query->next = cr_stmt_dup_text (stmt, 6);
  query->pages = (guint) cr_stmt_int64 (stmt, 7);
  query->n_received = (guint) cr_stmt_int64 (stmt, 8);
  query->n_new = (guint) cr_stmt_int64 (stmt, 9);
  query->n_changed = (guint) cr_stmt_int64 (stmt, 10);
  query->n_unchanged = (guint) cr_stmt_int64 (stmt, 11);
  query->n_skipped = (guint) cr_stmt_int64 (stmt, 12);
  query->total = cr_stmt_int64 (stmt, 13);
  query->http_status = (guint) cr_stmt_int64 (stmt, 14);
  query->error_code = cr_stmt_dup_text (stmt, 15);
  query->outcome = cr_stmt_dup_text (stmt, 16);
  query->raw = cr_stmt_dup_text (stmt, 17);
  query->since_ms = cr_stmt_int64 (stmt, 18);
  return query;
}

static void
bind_progress (CrStmt *stmt, CrQuery *query)
{
  cr_stmt_bind_text (stmt, ":pull_id", query->pull_id);
  cr_stmt_bind_int64 (stmt, ":n", query->n);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_QUERY_STATUS, (int) query->status);
  cr_stmt_bind_text (stmt, ":next", query->next);
  cr_stmt_bind_int64 (stmt, ":pages", query->pages);
  cr_stmt_bind_int64 (stmt, ":n_received", query->n_received);
  cr_stmt_bind_int64 (stmt, ":n_new", query->n_new);
  cr_stmt_bind_int64 (stmt, ":n_changed", query->n_changed);
  cr_stmt_bind_int64 (stmt, ":n_unchanged", query->n_unchanged);
  cr_stmt_bind_int64 (stmt, ":n_skipped", query->n_skipped);
  cr_stmt_bind_int64 (stmt, ":total", query->total);
  cr_stmt_bind_int64 (stmt, ":http_status", query->http_status);
  cr_stmt_bind_text (stmt, ":error_code", query->error_code);
  cr_stmt_bind_text (stmt, ":outcome", query->outcome);
  cr_stmt_bind_text (stmt, ":raw", query->raw);
  cr_stmt_bind_int64 (stmt, ":since_ms", query->since_ms);
}

static gboolean
add_one (CrDb *db, CrQuery *query, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO pull_query (pull_id, n, kind, type, path, status, next, pages, n_received,"
          " n_new, n_changed, n_unchanged, n_skipped, total, http_status, error_code, outcome, raw,"
          " since_ms)"
          " VALUES (:pull_id, :n, :kind, :type, :path, :status, :next, :pages, :n_received, :n_new,"
          " :n_changed, :n_unchanged, :n_skipped, :total, :http_status, :error_code, :outcome,"
          " :raw, :since_ms)");

  bind_progress (stmt, query);
  cr_stmt_bind_enum (stmt, ":kind", CR_TYPE_QUERY_KIND, (int) query->kind);
  cr_stmt_bind_text (stmt, ":type", query->type);
  cr_stmt_bind_text (stmt, ":path", query->path != NULL ? query->path : "");
  return cr_stmt_run (stmt, error);
}

/**
 * cr_queries_table_add:
 * @queries: (element-type CrQuery): all with the id of their pull and their place in it
 */
gboolean
cr_queries_table_add (CrDb *db, GPtrArray *queries, GError **error)
{
  for (guint i = 0; i < queries->len; i++)
    if (!add_one (db, g_ptr_array_index (queries, i), error))
      return FALSE;
  return TRUE;
}

gboolean
cr_queries_table_save (CrDb *db, CrQuery *query, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE pull_query SET status = :status, next = :next, pages = :pages,"
          " n_received = :n_received, n_new = :n_new, n_changed = :n_changed,"
          " n_unchanged = :n_unchanged, n_skipped = :n_skipped, total = :total,"
          " http_status = :http_status, error_code = :error_code, outcome = :outcome, raw = :raw,"
          " since_ms = :since_ms"
          " WHERE pull_id = :pull_id AND n = :n");

  bind_progress (stmt, query);
  return cr_stmt_run_change (stmt, CR_SAID ("There is no such query in this pull."), error);
}

GPtrArray *
cr_queries_table_list (CrDb *db, const char *pull_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT pull_id, n, kind, type, path, status, next, pages, n_received, n_new, n_changed,"
          " n_unchanged, n_skipped, total, http_status, error_code, outcome, raw, since_ms"
          " FROM pull_query"
          " WHERE pull_id = :pull_id ORDER BY n");

  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  return cr_stmt_read_list (stmt, read_query, error);
}
