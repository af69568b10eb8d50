/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-logos-table.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-stmt-rows.h"

#define HOUR_MS (60 * 60 * G_GINT64_CONSTANT (1000))
#define RETRY_MS HOUR_MS
#define RENEW_MS (30 * 24 * HOUR_MS)

CrLogo *
cr_logos_table_get (CrDb *db, const char *source_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT l.body FROM source AS s JOIN logo AS l"
          " ON l.url = 'source:' || s.id OR l.url = s.logo_url"
          " WHERE s.id = :id AND l.body IS NOT NULL ORDER BY l.url = s.logo_url LIMIT 1");
  g_autoptr (GBytes) body = NULL;
  CrStep step;

  cr_stmt_bind_text (stmt, ":id", source_id);
  step = cr_stmt_step (stmt, error);
  if (step == CR_STEP_DONE)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_NOT_FOUND, "No logo of this source is kept.");
  if (step != CR_STEP_ROW)
    return NULL;

  body = cr_stmt_dup_bytes (stmt, 0);
  return cr_logo_new (body, error);
}

gboolean
cr_logos_table_put (CrDb *db, const char *url, const CrLogo *logo, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO logo (url, type, body, fetched_ms) VALUES (:url, :type, :body, :now)"
          " ON CONFLICT (url) DO UPDATE SET fetched_ms = excluded.fetched_ms,"
          " type = coalesce (excluded.type, type), body = coalesce (excluded.body, body)");

  cr_stmt_bind_text (stmt, ":url", url);
  cr_stmt_bind_text (stmt, ":type", logo != NULL ? logo->type : NULL);
  cr_stmt_bind_bytes (stmt, ":body", logo != NULL ? logo->body : NULL);
  cr_stmt_bind_int64 (stmt, ":now", now_ms);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_logos_table_put_own (CrDb *db,
                        const char *source_id,
                        const CrLogo *logo,
                        gint64 now_ms,
                        GError **error)
{
  g_autoptr (CrStmt) known = cr_stmt_new (db, "SELECT count(*) FROM source WHERE id = :id");
  g_autoptr (CrStmt) drop = cr_stmt_new (db, "DELETE FROM logo WHERE url = :url");
  g_autofree char *url = g_strconcat ("source:", source_id, NULL);
  gint64 n;

  cr_stmt_bind_text (known, ":id", source_id);
  n = cr_stmt_read_number (known, 0, error);
  if (n == 0)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_NOT_FOUND, "There is no such source.");
  if (n <= 0)
    return FALSE;
  if (logo != NULL)
    return cr_logos_table_put (db, url, logo, now_ms, error);

  cr_stmt_bind_text (drop, ":url", url);
  return cr_stmt_run_change (drop, CR_SAID ("No logo of this source was set by hand."), error);
}

GPtrArray *
cr_logos_table_due (CrDb *db, gint64 now_ms, guint limit, GError **error)
{
  g_autoptr (GPtrArray) urls = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT DISTINCT s.logo_url FROM source AS s"
                       " LEFT JOIN vendor_client AS v ON v.type = s.type"
                       " LEFT JOIN logo AS l ON l.url = s.logo_url"
                       " WHERE s.logo_url >= 'http' AND s.logo_url < 'httq' AND s.status <> 'gone'"
                       " AND coalesce (s.client_id, v.client_id, '') <> ''"
                       " AND (l.url IS NULL OR l.fetched_ms <"
                       " CASE WHEN l.body IS NULL THEN :retry ELSE :renew END) LIMIT :limit");
  CrStep step;

  cr_stmt_bind_int64 (stmt, ":retry", now_ms - RETRY_MS);
  cr_stmt_bind_int64 (stmt, ":renew", now_ms - RENEW_MS);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    g_ptr_array_add (urls, cr_stmt_dup_text (stmt, 0));

  return step == CR_STEP_DONE ? g_steal_pointer (&urls) : NULL;
}

gboolean
cr_logos_table_prune (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "DELETE FROM logo WHERE NOT EXISTS (SELECT 1 FROM source AS s"
                     " WHERE s.logo_url = logo.url) AND NOT EXISTS (SELECT 1 FROM source AS s"
                     " WHERE logo.url LIKE 'source:%' AND s.id = substr (logo.url, 8))",
                     error);
}
