/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-pull-history-table.h"
#include "store/cr-stmt-rows.h"

#define MAX_LINES 5000
#define MAX_PULLS 20
#define PULL "(SELECT n FROM pull WHERE id = :pull_id)"

static gboolean
run_for_pull (CrDb *db, const char *sql, const char *pull_id, gint64 number, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  cr_stmt_bind_int64 (stmt, ":number", number);
  return cr_stmt_run (stmt, error);
}

static gboolean
begin_wait (CrDb *db, CrPull *pull, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO pull_wait (pull, n, reason, began_ms, until_ms, ended_ms) SELECT p.n,"
          " (SELECT coalesce (max (n), 0) + 1 FROM pull_wait w WHERE w.pull = p.n), :reason,"
          " :now_ms, :until_ms, 0 FROM pull p WHERE p.id = :pull_id");

  cr_stmt_bind_text (stmt, ":pull_id", pull->id);
  cr_stmt_bind_enum (stmt, ":reason", CR_TYPE_WAIT_REASON, (int) pull->waiting_for);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_int64 (stmt, ":until_ms", pull->wait_until_ms);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_pull_waits_table_note (CrDb *db, CrPull *pull, gint64 now_ms, GError **error)
{
  if (!run_for_pull (db,
                     "UPDATE pull_wait SET ended_ms = :number WHERE ended_ms = 0 AND pull = " PULL,
                     pull->id, now_ms, error))
    return FALSE;
  return pull->status != CR_PULL_WAITING || begin_wait (db, pull, now_ms, error);
}

static gpointer
read_wait (CrStmt *stmt)
{
  CrPullWait *wait = cr_pull_wait_new ();

  wait->reason = (CrWaitReason) cr_stmt_enum (stmt, 0, CR_TYPE_WAIT_REASON);
  wait->began_ms = cr_stmt_int64 (stmt, 1);
  wait->until_ms = cr_stmt_int64 (stmt, 2);
  wait->ended_ms = cr_stmt_int64 (stmt, 3);
  return wait;
}

GPtrArray *
cr_pull_waits_table_list (CrDb *db, const char *pull_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT reason, began_ms, until_ms, ended_ms FROM pull_wait"
                       " WHERE pull = " PULL " ORDER BY n");

  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  return cr_stmt_read_list (stmt, read_wait, error);
}

static gboolean
add_line (CrDb *db, gint64 pull, gint64 n, CrPullLine *line, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO pull_line (pull, n, at_ms, method, path, status, error, bytes, took_ms,"
          " attempts, wait_ms) VALUES (:pull, :n, :at_ms, :method, :path, :status, :error, :bytes,"
          " :took_ms, :attempts, :wait_ms)");

  cr_stmt_bind_int64 (stmt, ":pull", pull);
  cr_stmt_bind_int64 (stmt, ":n", n);
  cr_stmt_bind_int64 (stmt, ":at_ms", line->at_ms);
  cr_stmt_bind_text (stmt, ":method", line->method);
  cr_stmt_bind_text (stmt, ":path", line->path);
  cr_stmt_bind_int64 (stmt, ":status", line->status);
  cr_stmt_bind_text (stmt, ":error", line->error);
  cr_stmt_bind_int64 (stmt, ":bytes", line->n_bytes);
  cr_stmt_bind_int64 (stmt, ":took_ms", line->took_ms);
  cr_stmt_bind_int64 (stmt, ":attempts", line->n_attempts);
  cr_stmt_bind_int64 (stmt, ":wait_ms", line->wait_ms);
  return cr_stmt_run (stmt, error);
}

static gboolean
prune (CrDb *db, const char *pull_id, gint64 newest, GError **error)
{
  return run_for_pull (db, "DELETE FROM pull_line WHERE n <= :number AND pull = " PULL, pull_id,
                       newest - MAX_LINES, error) &&
         run_for_pull (db,
                       "DELETE FROM pull_line WHERE pull IN (SELECT n FROM pull WHERE connection_id"
                       " = (SELECT connection_id FROM pull WHERE id = :pull_id)"
                       " ORDER BY created_ms DESC, n DESC LIMIT -1 OFFSET :number)",
                       pull_id, MAX_PULLS, error);
}

gboolean
cr_pull_lines_table_add (CrDb *db, const char *pull_id, GPtrArray *lines, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT p.n, (SELECT coalesce (max (l.n), 0) FROM pull_line l"
                       " WHERE l.pull = p.n) FROM pull p WHERE p.id = :pull_id");
  gint64 pull, n;
  CrStep step;

  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  step = cr_stmt_step (stmt, error);
  if (step != CR_STEP_ROW)
    return step == CR_STEP_DONE; /* the patient was removed meanwhile */

  pull = cr_stmt_int64 (stmt, 0);
  n = cr_stmt_int64 (stmt, 1);
  for (guint i = 0; i < lines->len; i++)
    if (!add_line (db, pull, ++n, g_ptr_array_index (lines, i), error))
      return FALSE;
  return prune (db, pull_id, n, error);
}

static gpointer
read_line (CrStmt *stmt)
{
  CrPullLine *line = cr_pull_line_new ();

  line->at_ms = cr_stmt_int64 (stmt, 0);
  line->method = cr_stmt_dup_text (stmt, 1);
  line->path = cr_stmt_dup_text (stmt, 2);
  line->status = (guint) cr_stmt_int64 (stmt, 3);
  line->error = cr_stmt_dup_text (stmt, 4);
  line->n_bytes = cr_stmt_int64 (stmt, 5);
  line->took_ms = cr_stmt_int64 (stmt, 6);
  line->n_attempts = (guint) cr_stmt_int64 (stmt, 7);
  line->wait_ms = cr_stmt_int64 (stmt, 8);
  return line;
}

GPtrArray *
cr_pull_lines_table_list (CrDb *db, const char *pull_id, guint offset, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT at_ms, method, path, status, error, bytes, took_ms, attempts, wait_ms"
          " FROM pull_line WHERE pull = " PULL " ORDER BY n LIMIT :limit OFFSET :offset");

  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_line, error);
}

gint64
cr_pull_lines_table_count (CrDb *db, const char *pull_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*) FROM pull_line WHERE pull = " PULL);

  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  return cr_stmt_read_number (stmt, -1, error);
}
