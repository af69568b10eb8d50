/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-api-keys-table.h"

#include "base/cr-said.h"
#include "store/cr-stmt-rows.h"

#define COLUMNS                                                                                    \
  "id, name, sha256, is_read_only, person, created_ms, expires_ms, used_ms, revoked_ms"
#define MISSING CR_SAID ("There is no API key with this id.")

static gpointer
read_key (CrStmt *stmt)
{
  CrApiKey *key = cr_api_key_new (cr_stmt_text (stmt, 0));

  key->name = cr_stmt_dup_text (stmt, 1);
  key->sha256 = cr_stmt_dup_bytes (stmt, 2);
  key->is_read_only = cr_stmt_int64 (stmt, 3) != 0;
  key->person = cr_stmt_dup_text (stmt, 4);
  key->created_ms = cr_stmt_int64 (stmt, 5);
  key->expires_ms = cr_stmt_int64 (stmt, 6);
  key->used_ms = cr_stmt_int64 (stmt, 7);
  key->revoked_ms = cr_stmt_int64 (stmt, 8);
  return key;
}

gboolean
cr_api_keys_table_add (CrDb *db, CrApiKey *key, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO api_key (" COLUMNS ") VALUES (:id, :name, :sha256,"
                       " :is_read_only, :person, :created_ms, :expires_ms, 0, 0)");

  cr_stmt_bind_text (stmt, ":id", key->id);
  cr_stmt_bind_text (stmt, ":name", key->name);
  cr_stmt_bind_bytes (stmt, ":sha256", key->sha256);
  cr_stmt_bind_int64 (stmt, ":is_read_only", key->is_read_only ? 1 : 0);
  cr_stmt_bind_text (stmt, ":person", key->person);
  cr_stmt_bind_int64 (stmt, ":created_ms", key->created_ms);
  cr_stmt_bind_int64 (stmt, ":expires_ms", key->expires_ms);
  return cr_stmt_run_add (stmt, CR_SAID ("An API key with this id is there already."), error);
}

GPtrArray *
cr_api_keys_table_list (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT " COLUMNS " FROM api_key ORDER BY n DESC");

  return cr_stmt_read_list (stmt, read_key, error);
}

/**
 * cr_api_keys_table_revoke:
 *
 * One that was revoked before keeps the time of that.
 */
gboolean
cr_api_keys_table_revoke (CrDb *db, const char *id, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE api_key SET revoked_ms = CASE WHEN revoked_ms > 0 THEN revoked_ms"
                       " ELSE :now_ms END WHERE id = :id");

  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run_change (stmt, MISSING, error);
}

gboolean
cr_api_keys_table_touch (CrDb *db, const char *id, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "UPDATE api_key SET used_ms = :now_ms WHERE id = :id");

  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run (stmt, error);
}
