/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-claims-table.h"

#include "base/cr-json.h"
#include "store/cr-stmt-rows.h"

gboolean
cr_claims_matter (CrDb *db, const char *destination_id)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT settings FROM destination WHERE id = :id");
  g_autoptr (JsonObject) settings = NULL;

  cr_stmt_bind_text (stmt, ":id", destination_id);
  if (cr_stmt_step (stmt, NULL) == CR_STEP_ROW)
    settings = cr_json_parse (cr_stmt_text (stmt, 0), -1, "settings", NULL);
  return settings != NULL && g_strcmp0 (cr_json_string (settings, "ids"), "source") == 0;
}

gboolean
cr_claims_table_take (CrDb *db, const char *destination_id, const CrRange *range, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO claim (destination, type, id, rid) SELECT d.n, r.type, r.id, r.rid"
          " FROM record r JOIN destination d ON d.id = :destination_id WHERE r.sid = :sid"
          " AND r.seq BETWEEN :first AND :last ORDER BY r.seq"
          " ON CONFLICT (destination, type, id) DO NOTHING");

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_int64 (stmt, ":sid", range->sid);
  cr_stmt_bind_int64 (stmt, ":first", range->first);
  cr_stmt_bind_int64 (stmt, ":last", range->last);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_claims_table_take_one (CrDb *db, const char *destination_id, gint64 rid, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO claim (destination, type, id, rid) SELECT d.n, r.type, r.id, r.rid"
          " FROM record r JOIN destination d ON d.id = :destination_id WHERE r.rid = :rid"
          " ON CONFLICT (destination, type, id) DO NOTHING");

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_int64 (stmt, ":rid", rid);
  return cr_stmt_run (stmt, error);
}

int
cr_claims_table_is_other (CrDb *db, const char *destination_id, gint64 rid, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT count(*) FROM record r JOIN destination d ON d.id = :destination_id JOIN claim c"
          " ON c.destination = d.n AND c.type = r.type AND c.id = r.id AND c.rid <> r.rid"
          " WHERE r.rid = :rid");

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_int64 (stmt, ":rid", rid);
  return (int) cr_stmt_read_number (stmt, -1, error);
}
