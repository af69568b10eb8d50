/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-client-uses-table.h"

#include "base/cr-said.h"
#include "store/cr-stmt-rows.h"

/**
 * cr_client_uses_table_note:
 * @worked: the portal accepted it, now
 *
 * The first call for a client id fixes when it was first used.
 */
gboolean
cr_client_uses_table_note (CrDb *db,
                           const char *source_id,
                           const char *client_id,
                           gboolean worked,
                           gint64 now_ms,
                           GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO client_use (source_id, client_id, first_ms, worked_ms)"
                       " VALUES (:source_id, :client_id, :now_ms, :worked_ms)"
                       " ON CONFLICT (source_id, client_id)"
                       " DO UPDATE SET worked_ms = max (worked_ms, excluded.worked_ms)");

  cr_stmt_bind_text (stmt, ":source_id", source_id);
  cr_stmt_bind_text (stmt, ":client_id", client_id != NULL ? client_id : "");
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_int64 (stmt, ":worked_ms", worked ? now_ms : 0);
  return cr_stmt_run_add (stmt, CR_SAID ("The source of this client id is gone."), error);
}

gboolean
cr_client_uses_table_get (CrDb *db,
                          const char *source_id,
                          const char *client_id,
                          CrClientUse *use,
                          GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT first_ms, worked_ms FROM client_use"
                                             " WHERE source_id = :source_id"
                                             " AND client_id = :client_id");
  CrStep step;

  cr_stmt_bind_text (stmt, ":source_id", source_id);
  cr_stmt_bind_text (stmt, ":client_id", client_id != NULL ? client_id : "");
  step = cr_stmt_step (stmt, error);
  use->first_ms = step == CR_STEP_ROW ? cr_stmt_int64 (stmt, 0) : 0;
  use->worked_ms = step == CR_STEP_ROW ? cr_stmt_int64 (stmt, 1) : 0;
  return step == CR_STEP_ROW || step == CR_STEP_DONE;
}
