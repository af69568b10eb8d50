/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-pulls-table.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-stmt-rows.h"

#define SELECT                                                                                     \
  "SELECT p.id, p.patient_id, p.connection_id, p.source_id, s.name, p.status, p.waiting_for,"      \
  " p.wait_until_ms, p.cause, p.person, p.created_ms, p.started_ms, p.finished_ms, p.requests,"    \
  " p.pages, p.bytes, p.n_received, p.n_new, p.n_changed, p.n_unchanged, p.n_failed_queries,"      \
  " p.error_code, p.error_message, p.n_retries, p.is_stopping,"                                    \
  " CASE p.status WHEN 'running' THEN " CR_PULL_LAST_PAGES                                         \
  " END FROM pull p LEFT JOIN source s ON s.id = p.source_id"
#define NEWEST " ORDER BY p.created_ms DESC, p.n DESC LIMIT :limit OFFSET :offset"
#define OPEN " status IN ('queued', 'running', 'waiting')"
#define MISSING CR_SAID ("There is no pull with this id.")

static gpointer
read_pull (CrStmt *stmt)
{
  CrPull *pull = cr_pull_new (cr_stmt_text (stmt, 0));

  pull->patient_id = cr_stmt_dup_text (stmt, 1);
  pull->connection_id = cr_stmt_dup_text (stmt, 2);
  pull->source_id = cr_stmt_dup_text (stmt, 3);
  pull->source_name = cr_stmt_dup_text (stmt, 4);
  pull->status = (CrPullStatus) cr_stmt_enum (stmt, 5, CR_TYPE_PULL_STATUS);
  pull->waiting_for = (CrWaitReason) cr_stmt_enum (stmt, 6, CR_TYPE_WAIT_REASON);
  pull->wait_until_ms = cr_stmt_int64 (stmt, 7);
  pull->trigger = (CrPullTrigger) cr_stmt_enum (stmt, 8, CR_TYPE_PULL_TRIGGER);
  pull->person = cr_stmt_dup_text (stmt, 9);
  pull->created_ms = cr_stmt_int64 (stmt, 10);
  pull->started_ms = cr_stmt_int64 (stmt, 11);
  pull->finished_ms = cr_stmt_int64 (stmt, 12);
  pull->requests = (guint) cr_stmt_int64 (stmt, 13);
  pull->pages = (guint) cr_stmt_int64 (stmt, 14);
  pull->bytes = cr_stmt_int64 (stmt, 15);
  pull->n_received = (guint) cr_stmt_int64 (stmt, 16);
  pull->n_new = (guint) cr_stmt_int64 (stmt, 17);
  pull->n_changed = (guint) cr_stmt_int64 (stmt, 18);
  pull->n_unchanged = (guint) cr_stmt_int64 (stmt, 19);
  pull->n_failed_queries = (guint) cr_stmt_int64 (stmt, 20);
  pull->error_code = cr_stmt_dup_text (stmt, 21);
  pull->error_message = cr_stmt_dup_text (stmt, 22);
  pull->retries = (guint) cr_stmt_int64 (stmt, 23);
  pull->is_stopping = cr_stmt_int64 (stmt, 24) != 0 && !cr_pull_status_is_final (pull->status);
  pull->last_pages = (guint) cr_stmt_int64 (stmt, 25);
  return pull;
}

static void
bind_progress (CrStmt *stmt, CrPull *pull)
{
  cr_stmt_bind_text (stmt, ":id", pull->id);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_PULL_STATUS, (int) pull->status);
  cr_stmt_bind_enum (stmt, ":waiting_for", CR_TYPE_WAIT_REASON, (int) pull->waiting_for);
  cr_stmt_bind_int64 (stmt, ":wait_until_ms", pull->wait_until_ms);
  cr_stmt_bind_int64 (stmt, ":started_ms", pull->started_ms);
  cr_stmt_bind_int64 (stmt, ":finished_ms", pull->finished_ms);
  cr_stmt_bind_int64 (stmt, ":requests", pull->requests);
  cr_stmt_bind_int64 (stmt, ":pages", pull->pages);
  cr_stmt_bind_int64 (stmt, ":bytes", pull->bytes);
  cr_stmt_bind_int64 (stmt, ":n_received", pull->n_received);
  cr_stmt_bind_int64 (stmt, ":n_new", pull->n_new);
  cr_stmt_bind_int64 (stmt, ":n_changed", pull->n_changed);
  cr_stmt_bind_int64 (stmt, ":n_unchanged", pull->n_unchanged);
  cr_stmt_bind_int64 (stmt, ":n_failed_queries", pull->n_failed_queries);
  cr_stmt_bind_text (stmt, ":error_code", pull->error_code);
  cr_stmt_bind_text (stmt, ":error_message", pull->error_message);
  cr_stmt_bind_int64 (stmt, ":retries", pull->retries);
}

/* The id of the connection's pull that is not final; NULL without error when it has none. */
static char *
find_open (CrDb *db, const char *connection_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT id FROM pull WHERE connection_id = :connection_id AND" OPEN);

  cr_stmt_bind_text (stmt, ":connection_id", connection_id);
  return cr_stmt_step (stmt, error) == CR_STEP_ROW ? cr_stmt_dup_text (stmt, 0) : NULL;
}

/**
 * cr_pulls_table_add:
 * @pull_id: (out) (transfer full) (nullable): id of the pull that will run: that of @pull, or of
 *   the one the connection has already
 */
gboolean
cr_pulls_table_add (CrDb *db, CrPull *pull, char **pull_id, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *open = find_open (db, pull->connection_id, &failure);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db,
      "INSERT INTO pull (id, patient_id, connection_id, source_id, status, waiting_for,"
      " wait_until_ms, cause, person, created_ms, started_ms, finished_ms, requests, pages,"
      " bytes, n_received, n_new, n_changed, n_unchanged, n_failed_queries, error_code,"
      " error_message, n_retries) VALUES (:id, :patient_id, :connection_id, :source_id, :status,"
      " :waiting_for, :wait_until_ms, :cause, :person, :created_ms, :started_ms, :finished_ms,"
      " :requests, :pages, :bytes, :n_received, :n_new, :n_changed, :n_unchanged,"
      " :n_failed_queries, :error_code, :error_message, :retries)");

  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (open == NULL)
    {
      bind_progress (stmt, pull);
      cr_stmt_bind_text (stmt, ":patient_id", pull->patient_id);
      cr_stmt_bind_text (stmt, ":connection_id", pull->connection_id);
      cr_stmt_bind_text (stmt, ":source_id", pull->source_id);
      cr_stmt_bind_enum (stmt, ":cause", CR_TYPE_PULL_TRIGGER, (int) pull->trigger);
      cr_stmt_bind_text (stmt, ":person", pull->person);
      cr_stmt_bind_int64 (stmt, ":created_ms", pull->created_ms);
      if (!cr_stmt_run_add (stmt, CR_SAID ("The connection of this pull is gone."), error))
        return FALSE;
      open = g_strdup (pull->id);
    }

  if (pull_id != NULL)
    *pull_id = g_steal_pointer (&open);
  return TRUE;
}

CrPull *
cr_pulls_table_get (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, SELECT " WHERE p.id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_one (stmt, read_pull, MISSING, error);
}

CrPull *
cr_pulls_table_get_of_version (CrDb *db, gint64 sequence, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, SELECT " JOIN version v ON v.pull = p.n WHERE v.seq = :sequence");

  cr_stmt_bind_int64 (stmt, ":sequence", sequence);
  return cr_stmt_read_one (stmt, read_pull, NULL, error);
}

CrPull *
cr_pulls_table_get_at (CrDb *db,
                       const char *patient_id,
                       const char *source_id,
                       gint64 ms,
                       GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, SELECT " WHERE p.patient_id = :patient_id AND p.source_id = :source_id"
                              " AND p.created_ms <= :ms AND p.started_ms BETWEEN 1 AND :ms"
                              " AND (p.finished_ms = 0 OR p.finished_ms >= :ms)"
                              " ORDER BY p.created_ms DESC LIMIT 1");

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_text (stmt, ":source_id", source_id);
  cr_stmt_bind_int64 (stmt, ":ms", ms);
  return cr_stmt_read_one (stmt, read_pull, NULL, error);
}

static gboolean
check_move (CrDb *db, CrPull *pull, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT status FROM pull WHERE id = :id");
  CrPullStatus old;

  cr_stmt_bind_text (stmt, ":id", pull->id);
  switch (cr_stmt_step (stmt, error))
    {
    case CR_STEP_ROW:
      break;
    case CR_STEP_DONE:
      g_set_error_literal (error, CR_ERROR, CR_ERROR_NOT_FOUND, MISSING);
      return FALSE;
    case CR_STEP_ERROR:
    default:
      return FALSE;
    }

  old = (CrPullStatus) cr_stmt_enum (stmt, 0, CR_TYPE_PULL_STATUS);
  if (old == pull->status || cr_pull_status_can_become (old, pull->status))
    return TRUE;

  g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT, "This pull came to its end already.");
  return FALSE;
}

gboolean
cr_pulls_table_save (CrDb *db, CrPull *pull, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE pull SET status = :status, waiting_for = :waiting_for,"
          " wait_until_ms = :wait_until_ms, started_ms = :started_ms, finished_ms = :finished_ms,"
          " requests = :requests, pages = :pages, bytes = :bytes, n_received = :n_received,"
          " n_new = :n_new, n_changed = :n_changed, n_unchanged = :n_unchanged,"
          " n_failed_queries = :n_failed_queries, error_code = :error_code,"
          " error_message = :error_message, n_retries = :retries WHERE id = :id");

  if (!check_move (db, pull, error))
    return FALSE;

  bind_progress (stmt, pull);
  return cr_stmt_run_change (stmt, MISSING, error);
}

gboolean
cr_pulls_table_stop (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "UPDATE pull SET is_stopping = 1 WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run_change (stmt, MISSING, error);
}

GPtrArray *
cr_pulls_table_list (CrDb *db,
                     const char *patient_id,
                     const char *connection_id,
                     guint offset,
                     guint limit,
                     GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, connection_id != NULL ? SELECT " WHERE p.connection_id = :key" NEWEST
                       : patient_id != NULL  ? SELECT " WHERE p.patient_id = :key" NEWEST
                                             : SELECT NEWEST);

  if (connection_id != NULL || patient_id != NULL)
    cr_stmt_bind_text (stmt, ":key", connection_id != NULL ? connection_id : patient_id);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_pull, error);
}

gint64
cr_pulls_table_count (CrDb *db, const char *patient_id, const char *connection_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, connection_id != NULL ? "SELECT count(*) FROM pull WHERE connection_id = :key"
          : patient_id != NULL  ? "SELECT count(*) FROM pull WHERE patient_id = :key"
                                : "SELECT count(*) FROM pull");

  if (connection_id != NULL || patient_id != NULL)
    cr_stmt_bind_text (stmt, ":key", connection_id != NULL ? connection_id : patient_id);
  return cr_stmt_read_number (stmt, 0, error);
}

GPtrArray *
cr_pulls_table_list_open (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, SELECT " WHERE p.status IN ('queued', 'running', 'waiting')"
                              " ORDER BY p.created_ms, p.n");

  return cr_stmt_read_list (stmt, read_pull, error);
}

/**
 * cr_pulls_table_requeue:
 *
 * For the start of the engine: what a crash left running goes back to where it can be resumed.
 */
gboolean
cr_pulls_table_requeue (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "UPDATE pull_query SET status = 'pending' WHERE status = 'running'"
                     " AND pull_id IN (SELECT id FROM pull WHERE" OPEN ");"
                     "UPDATE pull SET status = 'queued' WHERE status = 'running'",
                     error);
}
