/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-exports-table.h"

#include "store/cr-stmt-rows.h"

/* Connections that a run left out when it was planned. The reason may be gone when it ends, and
 * then its watermark would move over what nobody sent. */

gboolean
cr_left_out_table_add (CrDb *db, const char *run_id, const char *connection_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO left_out (run_id, connection_id)"
                       " SELECT :run_id, id FROM connection WHERE id = :connection_id"
                       " ON CONFLICT DO NOTHING");

  cr_stmt_bind_text (stmt, ":run_id", run_id);
  cr_stmt_bind_text (stmt, ":connection_id", connection_id);
  return cr_stmt_run (stmt, error);
}

GHashTable *
cr_left_out_table_list (CrDb *db, const char *run_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT connection_id FROM left_out WHERE run_id = :run_id");
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  CrStep step;

  cr_stmt_bind_text (stmt, ":run_id", run_id);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    g_hash_table_add (ids, cr_stmt_dup_text (stmt, 0));

  return step == CR_STEP_DONE ? g_steal_pointer (&ids) : NULL;
}
