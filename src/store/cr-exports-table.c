/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-exports-table.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-stmt-rows.h"

#define COLUMNS                                                                                    \
  "id, destination_id, status, waiting_for, wait_until_ms, cause, retry_of, person,"               \
  " upper_sequence, n_patients, n_resources, n_files, bytes, n_items, n_failed_items, created_ms," \
  " started_ms, completed_ms, error_code, error_message, is_forced,"                               \
  " is_withdrawal"
#define SELECT "SELECT " COLUMNS " FROM export_run"
#define NEWEST " ORDER BY created_ms DESC, n DESC LIMIT :limit OFFSET :offset"
#define MISSING CR_SAID ("There is no export run with this id.")

static gpointer
read_run (CrStmt *stmt)
{
  CrExportRun *run = cr_export_run_new (cr_stmt_text (stmt, 0));

  run->destination_id = cr_stmt_dup_text (stmt, 1);
  run->status = (CrRunStatus) cr_stmt_enum (stmt, 2, CR_TYPE_RUN_STATUS);
  run->waiting_for = (CrWaitReason) cr_stmt_enum (stmt, 3, CR_TYPE_WAIT_REASON);
  run->wait_until_ms = cr_stmt_int64 (stmt, 4);
  run->trigger = (CrRunTrigger) cr_stmt_enum (stmt, 5, CR_TYPE_RUN_TRIGGER);
  run->retry_of = cr_stmt_dup_text (stmt, 6);
  run->person = cr_stmt_dup_text (stmt, 7);
  run->upper_sequence = cr_stmt_int64 (stmt, 8);
  run->n_patients = (guint) cr_stmt_int64 (stmt, 9);
  run->n_resources = (guint) cr_stmt_int64 (stmt, 10);
  run->n_files = (guint) cr_stmt_int64 (stmt, 11);
  run->bytes = cr_stmt_int64 (stmt, 12);
  run->n_items = (guint) cr_stmt_int64 (stmt, 13);
  run->n_failed_items = (guint) cr_stmt_int64 (stmt, 14);
  run->created_ms = cr_stmt_int64 (stmt, 15);
  run->started_ms = cr_stmt_int64 (stmt, 16);
  run->completed_ms = cr_stmt_int64 (stmt, 17);
  run->error_code = cr_stmt_dup_text (stmt, 18);
  run->error_message = cr_stmt_dup_text (stmt, 19);
  run->is_forced = cr_stmt_int64 (stmt, 20) != 0;
  run->is_withdrawal = cr_stmt_int64 (stmt, 21) != 0;
  return run;
}

/**
 * cr_run_work_read:
 * @column: of the first of CR_RUN_WORK
 *
 * Returns: (transfer full) (nullable): NULL when there is no run
 */
CrWork *
cr_run_work_read (CrStmt *stmt, int column)
{
  CrRunStatus status;
  CrWork *work;

  if (cr_stmt_text (stmt, column) == NULL)
    return NULL;

  status = (CrRunStatus) cr_stmt_enum (stmt, column + 2, CR_TYPE_RUN_STATUS);
  work = g_new0 (CrWork, 1);
  work->is_run = TRUE;
  work->id = cr_stmt_dup_text (stmt, column);
  work->name = cr_stmt_dup_text (stmt, column + 1);
  work->is_queued = status == CR_RUN_QUEUED;
  if (status == CR_RUN_WAITING)
    {
      work->waiting_for = (CrWaitReason) cr_stmt_enum (stmt, column + 3, CR_TYPE_WAIT_REASON);
      work->wait_until_ms = cr_stmt_int64 (stmt, column + 4);
      work->error_code = cr_stmt_dup_text (stmt, column + 5);
    }
  work->started_ms = cr_stmt_int64 (stmt, column + 6);
  work->n_records = cr_stmt_int64 (stmt, column + 7);
  work->n_all = (guint) cr_stmt_int64 (stmt, column + 8);
  work->n_done = work->n_all - (guint) cr_stmt_int64 (stmt, column + 9);
  return work;
}

static void
bind_progress (CrStmt *stmt, CrExportRun *run)
{
  cr_stmt_bind_text (stmt, ":id", run->id);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_RUN_STATUS, (int) run->status);
  cr_stmt_bind_enum (stmt, ":waiting_for", CR_TYPE_WAIT_REASON, (int) run->waiting_for);
  cr_stmt_bind_int64 (stmt, ":wait_until_ms", run->wait_until_ms);
  cr_stmt_bind_int64 (stmt, ":upper_sequence", run->upper_sequence);
  cr_stmt_bind_int64 (stmt, ":n_patients", run->n_patients);
  cr_stmt_bind_int64 (stmt, ":n_resources", run->n_resources);
  cr_stmt_bind_int64 (stmt, ":n_files", run->n_files);
  cr_stmt_bind_int64 (stmt, ":bytes", run->bytes);
  cr_stmt_bind_int64 (stmt, ":n_items", run->n_items);
  cr_stmt_bind_int64 (stmt, ":n_failed_items", run->n_failed_items);
  cr_stmt_bind_int64 (stmt, ":started_ms", run->started_ms);
  cr_stmt_bind_int64 (stmt, ":completed_ms", run->completed_ms);
  cr_stmt_bind_text (stmt, ":error_code", run->error_code);
  cr_stmt_bind_text (stmt, ":error_message", run->error_message);
}

gboolean
cr_runs_table_add (CrDb *db, CrExportRun *run, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO export_run (" COLUMNS ") VALUES (:id, :destination_id, :status,"
          " :waiting_for, :wait_until_ms, :cause, :retry_of, :person, :upper_sequence, :n_patients,"
          " :n_resources, :n_files, :bytes, :n_items, :n_failed_items, :created_ms, :started_ms,"
          " :completed_ms, :error_code, :error_message, :is_forced, :is_withdrawal)");

  bind_progress (stmt, run);
  cr_stmt_bind_text (stmt, ":destination_id", run->destination_id);
  cr_stmt_bind_enum (stmt, ":cause", CR_TYPE_RUN_TRIGGER, (int) run->trigger);
  cr_stmt_bind_text (stmt, ":retry_of", run->retry_of);
  cr_stmt_bind_text (stmt, ":person", run->person);
  cr_stmt_bind_int64 (stmt, ":created_ms", run->created_ms);
  cr_stmt_bind_int64 (stmt, ":is_forced", run->is_forced);
  cr_stmt_bind_int64 (stmt, ":is_withdrawal", run->is_withdrawal);
  return cr_stmt_run_add (stmt, CR_SAID ("The destination of this export run is gone."), error);
}

CrExportRun *
cr_runs_table_get (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, SELECT " WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_one (stmt, read_run, MISSING, error);
}

gboolean
cr_runs_table_save (CrDb *db, CrExportRun *run, GError **error)
{
  g_autoptr (CrExportRun) old = cr_runs_table_get (db, run->id, error);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE export_run SET status = :status, waiting_for = :waiting_for,"
          " wait_until_ms = :wait_until_ms, upper_sequence = :upper_sequence,"
          " n_patients = :n_patients, n_resources = :n_resources, n_files = :n_files,"
          " bytes = :bytes, n_items = :n_items, n_failed_items = :n_failed_items,"
          " started_ms = :started_ms, completed_ms = :completed_ms, error_code = :error_code,"
          " error_message = :error_message WHERE id = :id");

  if (old == NULL)
    return FALSE;
  if (old->status != run->status && !cr_run_status_can_become (old->status, run->status))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                           "This export run came to its end already.");
      return FALSE;
    }

  bind_progress (stmt, run);
  return cr_stmt_run (stmt, error) && cr_unsealed_table_note (db, run, error);
}

GPtrArray *
cr_runs_table_list (CrDb *db, const char *destination_id, guint offset, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, destination_id != NULL ? SELECT
                                                 " WHERE destination_id = :destination_id" NEWEST
                                                                    : SELECT NEWEST);

  if (destination_id != NULL)
    cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_run, error);
}

gint64
cr_runs_table_count (CrDb *db, const char *destination_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, destination_id != NULL
              ? "SELECT count(*) FROM export_run WHERE destination_id = :destination_id"
              : "SELECT count(*) FROM export_run");

  if (destination_id != NULL)
    cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  return cr_stmt_read_number (stmt, 0, error);
}

GPtrArray *
cr_runs_table_list_open (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, SELECT " WHERE status IN ('queued', 'running', 'waiting') ORDER BY created_ms, n");

  return cr_stmt_read_list (stmt, read_run, error);
}

gboolean
cr_runs_table_requeue (CrDb *db, GError **error)
{
  return cr_db_exec (db, "UPDATE export_run SET status = 'queued' WHERE status = 'running'", error);
}
