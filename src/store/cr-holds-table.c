/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-connections-table.h"
#include "store/cr-stmt-rows.h"

#define SELECT                                                                                     \
  "SELECT id, connection_id, patient_id, status, reason, detail, person, created_ms, decided_ms"   \
  " FROM hold"
#define NEWEST " ORDER BY created_ms DESC, n DESC"
#define MISSING CR_SAID ("There is no hold with this id.")

static gpointer
read_hold (CrStmt *stmt)
{
  CrHold *hold = cr_hold_new (cr_stmt_text (stmt, 0));

  hold->connection_id = cr_stmt_dup_text (stmt, 1);
  hold->patient_id = cr_stmt_dup_text (stmt, 2);
  hold->status = (CrHoldStatus) cr_stmt_enum (stmt, 3, CR_TYPE_HOLD_STATUS);
  hold->reason = (CrGuardResult) cr_stmt_enum (stmt, 4, CR_TYPE_GUARD_RESULT);
  hold->detail = cr_stmt_dup_text (stmt, 5);
  hold->person = cr_stmt_dup_text (stmt, 6);
  hold->created_ms = cr_stmt_int64 (stmt, 7);
  hold->decided_ms = cr_stmt_int64 (stmt, 8);
  return hold;
}

gboolean
cr_holds_table_add (CrDb *db, CrHold *hold, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO hold (id, connection_id, patient_id, status, reason, detail, person,"
          " created_ms, decided_ms) VALUES (:id, :connection_id, :patient_id, :status, :reason,"
          " :detail, :person, :created_ms, :decided_ms)");

  cr_stmt_bind_text (stmt, ":id", hold->id);
  cr_stmt_bind_text (stmt, ":connection_id", hold->connection_id);
  cr_stmt_bind_text (stmt, ":patient_id", hold->patient_id);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_HOLD_STATUS, (int) hold->status);
  cr_stmt_bind_enum (stmt, ":reason", CR_TYPE_GUARD_RESULT, (int) hold->reason);
  cr_stmt_bind_text (stmt, ":detail", hold->detail);
  cr_stmt_bind_text (stmt, ":person", hold->person);
  cr_stmt_bind_int64 (stmt, ":created_ms", hold->created_ms);
  cr_stmt_bind_int64 (stmt, ":decided_ms", hold->decided_ms);
  return cr_stmt_run (stmt, error);
}

CrHold *
cr_holds_table_get (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, SELECT " WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_one (stmt, read_hold, MISSING, error);
}

/**
 * cr_holds_table_decide:
 * @person: who decided
 *
 * Returns: %FALSE with CR_ERROR_CONFLICT when it was decided already
 */
gboolean
cr_holds_table_decide (CrDb *db,
                       const char *id,
                       CrHoldStatus status,
                       const char *person,
                       gint64 now_ms,
                       GError **error)
{
  g_autoptr (CrHold) old = cr_holds_table_get (db, id, error);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE hold SET status = :status, person = :person, decided_ms = :now_ms"
                       " WHERE id = :id");

  if (old == NULL)
    return FALSE;
  if (!cr_hold_status_can_become (old->status, status))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT, "This hold was decided already.");
      return FALSE;
    }

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_HOLD_STATUS, (int) status);
  cr_stmt_bind_text (stmt, ":person", person);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run (stmt, error);
}

GPtrArray *
cr_holds_table_list (CrDb *db, const char *patient_id, gboolean open_only, GError **error)
{
  static const char *const sql[2][2] = {
    { SELECT NEWEST, SELECT " WHERE status = 'open'" NEWEST },
    { SELECT " WHERE patient_id = :patient_id" NEWEST,
      SELECT " WHERE patient_id = :patient_id AND status = 'open'" NEWEST },
  };
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql[patient_id != NULL][open_only != FALSE]);

  if (patient_id != NULL)
    cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  return cr_stmt_read_list (stmt, read_hold, error);
}

CrHold *
cr_holds_table_latest (CrDb *db, const char *connection_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, SELECT " WHERE connection_id = :connection_id ORDER BY n DESC LIMIT 1");

  cr_stmt_bind_text (stmt, ":connection_id", connection_id);
  return cr_stmt_read_one (stmt, read_hold, NULL, error);
}
