/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-exports-table.h"

#include "store/cr-stmt-rows.h"

/* Runs that were cancelled or failed when some of their files had arrived: those count as delivered
 * and are not sent again, so whoever reads by manifests would never see them. */

gboolean
cr_unsealed_table_note (CrDb *db, CrExportRun *run, GError **error)
{
  gboolean has_stopped = run->status == CR_RUN_FAILED || run->status == CR_RUN_CANCELLED;
  g_autoptr (CrStmt) stmt = NULL;

  if (!has_stopped || run->n_files == 0 || run->is_withdrawal)
    return TRUE;

  stmt = cr_stmt_new (db, "INSERT INTO unsealed_run (run_id) VALUES (:id)"
                          " ON CONFLICT (run_id) DO NOTHING");
  cr_stmt_bind_text (stmt, ":id", run->id);
  return cr_stmt_run (stmt, error);
}

GPtrArray *
cr_unsealed_table_list (CrDb *db, const char *destination_id, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT u.run_id FROM unsealed_run u JOIN export_run r ON r.id = u.run_id"
                       " WHERE r.destination_id = :destination_id ORDER BY r.created_ms"
                       " LIMIT :limit");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (g_object_unref);
  CrStep step;

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    g_ptr_array_add (ids, cr_stmt_dup_text (stmt, 0));
  for (guint i = 0; step == CR_STEP_DONE && i < ids->len; i++)
    {
      CrExportRun *run = cr_runs_table_get (db, g_ptr_array_index (ids, i), error);

      if (run == NULL)
        return NULL;
      g_ptr_array_add (runs, run);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&runs) : NULL;
}

gboolean
cr_unsealed_table_strike (CrDb *db, const char *run_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM unsealed_run WHERE run_id = :id");

  cr_stmt_bind_text (stmt, ":id", run_id);
  return cr_stmt_run (stmt, error);
}
