/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-asked-table.h"

#include "store/cr-pace-table.h"
#include "store/cr-stmt.h"

/* A day begins anew with what is added to it first. */
#define BEFORE "CASE source_asked.day WHEN excluded.day THEN source_asked.n ELSE 0 END"

gboolean
cr_asked_table_add (CrDb *db, const char *source_id, const CrSourceQuota *quota, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO source_asked (source_id, day, n, slowed_ms, slowed_n, slowed_for_ms,"
          " said_n, said_s, said_ms)"
          " SELECT id, :day, max (:n, 0), :slowed_ms, :slowed_n, :slowed_for_ms, :said_n, :said_s,"
          " :said_ms FROM source WHERE id = :id"
          " ON CONFLICT (source_id) DO UPDATE SET day = excluded.day,"
          " n = max (" BEFORE " + :n, 0),"
          " slowed_n = CASE excluded.slowed_ms WHEN 0 THEN slowed_n"
          "  ELSE " BEFORE " + excluded.slowed_n END,"
          " slowed_for_ms = CASE excluded.slowed_ms WHEN 0 THEN slowed_for_ms"
          "  ELSE excluded.slowed_for_ms END,"
          " slowed_ms = max (slowed_ms, excluded.slowed_ms),"
          " said_ms = CASE WHEN excluded.said_s = 0 OR (excluded.said_n = said_n"
          "  AND excluded.said_s = said_s) THEN said_ms ELSE excluded.said_ms END,"
          " said_n = CASE excluded.said_s WHEN 0 THEN said_n ELSE excluded.said_n END,"
          " said_s = CASE excluded.said_s WHEN 0 THEN said_s ELSE excluded.said_s END");

  cr_stmt_bind_text (stmt, ":id", source_id);
  cr_stmt_bind_int64 (stmt, ":day", quota->day);
  cr_stmt_bind_int64 (stmt, ":n", quota->n);
  cr_stmt_bind_int64 (stmt, ":slowed_ms", quota->slowed_ms);
  cr_stmt_bind_int64 (stmt, ":slowed_n", quota->slowed_n);
  cr_stmt_bind_int64 (stmt, ":slowed_for_ms", quota->slowed_for_ms);
  cr_stmt_bind_int64 (stmt, ":said_n", quota->said_n);
  cr_stmt_bind_int64 (stmt, ":said_s", quota->said_s);
  cr_stmt_bind_int64 (stmt, ":said_ms", quota->said_ms);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_asked_table_fill (CrDb *db, GPtrArray *sources, GError **error)
{
  for (guint i = 0; i < sources->len; i++)
    {
      CrSource *source = g_ptr_array_index (sources, i);
      CrSourceQuota *quota = &source->quota;
      g_autoptr (CrStmt) stmt =
          cr_stmt_new (db, "SELECT day, n, slowed_ms, slowed_n, slowed_for_ms, said_n, said_s,"
                           " said_ms FROM source_asked WHERE source_id = :id");
      CrStep step;

      quota->per_minute = cr_pace_table_per_minute (db, source->id);
      cr_stmt_bind_text (stmt, ":id", source->id);
      step = cr_stmt_step (stmt, error);
      if (step == CR_STEP_ERROR)
        return FALSE;
      if (step != CR_STEP_ROW)
        continue;
      quota->day = (int) cr_stmt_int64 (stmt, 0);
      quota->n = (int) cr_stmt_int64 (stmt, 1);
      quota->slowed_ms = cr_stmt_int64 (stmt, 2);
      quota->slowed_n = (int) cr_stmt_int64 (stmt, 3);
      quota->slowed_for_ms = cr_stmt_int64 (stmt, 4);
      quota->said_n = (guint) cr_stmt_int64 (stmt, 5);
      quota->said_s = (guint) cr_stmt_int64 (stmt, 6);
      quota->said_ms = cr_stmt_int64 (stmt, 7);
    }

  return TRUE;
}
