/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-sessions-table.h"
#include "store/cr-stmt-rows.h"

static gpointer
read_event (CrStmt *stmt)
{
  CrAuthEvent *event = cr_auth_event_new (cr_stmt_text (stmt, 0));

  event->patient_id = cr_stmt_dup_text (stmt, 1);
  event->session_id = cr_stmt_dup_text (stmt, 2);
  event->attempt_id = cr_stmt_dup_text (stmt, 3);
  event->connection_id = cr_stmt_dup_text (stmt, 4);
  event->source_id = cr_stmt_dup_text (stmt, 5);
  event->source_name = cr_stmt_dup_text (stmt, 6);
  event->step = (CrAuthStep) cr_stmt_enum (stmt, 7, CR_TYPE_AUTH_STEP);
  event->outcome = (CrAuthOutcome) cr_stmt_enum (stmt, 8, CR_TYPE_AUTH_OUTCOME);
  event->code = (CrFailureCode) cr_stmt_enum (stmt, 9, CR_TYPE_FAILURE_CODE);
  event->description = cr_stmt_dup_text (stmt, 10);
  event->at_ms = cr_stmt_int64 (stmt, 11);
  return event;
}

gboolean
cr_auth_events_table_add (CrDb *db, CrAuthEvent *event, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO auth_event (id, patient_id, session_id, attempt_id, connection_id,"
          " source_id, step, outcome, code, description, at_ms) VALUES (:id, :patient_id,"
          " :session_id, :attempt_id, :connection_id, :source_id, :step, :outcome, :code,"
          " :description, :at_ms)");

  cr_stmt_bind_text (stmt, ":id", event->id);
  cr_stmt_bind_text (stmt, ":patient_id", event->patient_id);
  cr_stmt_bind_text (stmt, ":session_id", event->session_id);
  cr_stmt_bind_text (stmt, ":attempt_id", event->attempt_id);
  cr_stmt_bind_text (stmt, ":connection_id", event->connection_id);
  cr_stmt_bind_text (stmt, ":source_id", event->source_id);
  cr_stmt_bind_enum (stmt, ":step", CR_TYPE_AUTH_STEP, (int) event->step);
  cr_stmt_bind_enum (stmt, ":outcome", CR_TYPE_AUTH_OUTCOME, (int) event->outcome);
  cr_stmt_bind_enum (stmt, ":code", CR_TYPE_FAILURE_CODE, (int) event->code);
  cr_stmt_bind_text (stmt, ":description", event->description);
  cr_stmt_bind_int64 (stmt, ":at_ms", event->at_ms);
  return cr_stmt_run (stmt, error);
}

GPtrArray *
cr_auth_events_table_list (CrDb *db,
                           const char *patient_id,
                           guint offset,
                           guint limit,
                           GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT e.id, e.patient_id, e.session_id, e.attempt_id, e.connection_id, e.source_id,"
          " s.name, e.step, e.outcome, e.code, e.description, e.at_ms FROM auth_event e"
          " LEFT JOIN source s ON s.id = e.source_id WHERE e.patient_id = :patient_id"
          " ORDER BY e.at_ms DESC, e.n DESC LIMIT :limit OFFSET :offset");

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_event, error);
}

gint64
cr_auth_events_table_count (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT count(*) FROM auth_event WHERE patient_id = :patient_id");

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  return cr_stmt_read_number (stmt, 0, error);
}

gint64
cr_auth_events_table_given_since (CrDb *db, CrPull *pull, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT EXISTS (SELECT 1 FROM auth_event WHERE patient_id = :patient_id"
                       " AND at_ms > :since_ms AND connection_id = :connection_id AND step = :step"
                       " AND attempt_id IS NOT NULL)");

  cr_stmt_bind_text (stmt, ":patient_id", pull->patient_id);
  cr_stmt_bind_int64 (stmt, ":since_ms", pull->created_ms);
  cr_stmt_bind_text (stmt, ":connection_id", pull->connection_id);
  cr_stmt_bind_enum (stmt, ":step", CR_TYPE_AUTH_STEP, CR_AUTH_STEP_GUARD);
  return cr_stmt_read_number (stmt, 0, error);
}
