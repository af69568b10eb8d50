/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-sessions-table.h"
#include "store/cr-stmt-rows.h"

#define COLUMNS                                                                                    \
  "id, session_id, patient_id, source_id, connection_id, status, state, sealed_verifier,"          \
  " redirect_uri, token_endpoint, scopes, failure_code, failure_description, failure_ms,"          \
  " state_expires_ms, created_ms"
#define MISSING CR_SAID ("This sign-in is not known here.")

static gpointer
read_attempt (CrStmt *stmt)
{
  CrAttempt *attempt = cr_attempt_new (cr_stmt_text (stmt, 0));

  attempt->session_id = cr_stmt_dup_text (stmt, 1);
  attempt->patient_id = cr_stmt_dup_text (stmt, 2);
  attempt->source_id = cr_stmt_dup_text (stmt, 3);
  attempt->connection_id = cr_stmt_dup_text (stmt, 4);
  attempt->status = (CrAttemptStatus) cr_stmt_enum (stmt, 5, CR_TYPE_ATTEMPT_STATUS);
  attempt->state = cr_stmt_dup_text (stmt, 6);
  attempt->sealed_verifier = cr_stmt_dup_bytes (stmt, 7);
  attempt->redirect_uri = cr_stmt_dup_text (stmt, 8);
  attempt->token_endpoint = cr_stmt_dup_text (stmt, 9);
  attempt->scopes = cr_stmt_dup_text (stmt, 10);
  attempt->failure_code = (CrFailureCode) cr_stmt_enum (stmt, 11, CR_TYPE_FAILURE_CODE);
  attempt->failure_description = cr_stmt_dup_text (stmt, 12);
  attempt->failure_ms = cr_stmt_int64 (stmt, 13);
  attempt->state_expires_ms = cr_stmt_int64 (stmt, 14);
  attempt->created_ms = cr_stmt_int64 (stmt, 15);
  return attempt;
}

static void
bind_outcome (CrStmt *stmt, CrAttempt *attempt)
{
  cr_stmt_bind_text (stmt, ":id", attempt->id);
  cr_stmt_bind_text (stmt, ":connection_id", attempt->connection_id);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_ATTEMPT_STATUS, (int) attempt->status);
  cr_stmt_bind_enum (stmt, ":failure_code", CR_TYPE_FAILURE_CODE, (int) attempt->failure_code);
  cr_stmt_bind_text (stmt, ":failure_description", attempt->failure_description);
  cr_stmt_bind_int64 (stmt, ":failure_ms", attempt->failure_ms);
}

gboolean
cr_attempts_table_add (CrDb *db, CrAttempt *attempt, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO attempt (" COLUMNS ", is_taken) VALUES (:id, :session_id, :patient_id,"
          " :source_id, :connection_id, :status, :state, :sealed_verifier, :redirect_uri,"
          " :token_endpoint, :scopes, :failure_code, :failure_description, :failure_ms,"
          " :state_expires_ms, :created_ms, 0)");

  bind_outcome (stmt, attempt);
  cr_stmt_bind_text (stmt, ":session_id", attempt->session_id);
  cr_stmt_bind_text (stmt, ":patient_id", attempt->patient_id);
  cr_stmt_bind_text (stmt, ":source_id", attempt->source_id);
  cr_stmt_bind_text (stmt, ":state", attempt->state);
  cr_stmt_bind_bytes (stmt, ":sealed_verifier", attempt->sealed_verifier);
  cr_stmt_bind_text (stmt, ":redirect_uri", attempt->redirect_uri);
  cr_stmt_bind_text (stmt, ":token_endpoint", attempt->token_endpoint);
  cr_stmt_bind_text (stmt, ":scopes", attempt->scopes);
  cr_stmt_bind_int64 (stmt, ":state_expires_ms", attempt->state_expires_ms);
  cr_stmt_bind_int64 (stmt, ":created_ms", attempt->created_ms);
  return cr_stmt_run_add (
      stmt, CR_SAID ("This sign-in clashes with one that is there, or its session is gone."),
      error);
}

CrAttempt *
cr_attempts_table_get_by_state (CrDb *db, const char *state, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT " COLUMNS " FROM attempt WHERE state = :state");

  cr_stmt_bind_text (stmt, ":state", state);
  return cr_stmt_read_one (stmt, read_attempt, MISSING, error);
}

/**
 * cr_attempts_table_take:
 * @state: the `state` of an answer
 *
 * The first call gets the attempt with its verifier and erases the verifier from the store; every
 * later one fails. Whether the attempt came in time is for the caller to see in its status and
 * `state_expires_ms`.
 *
 * Returns: (transfer full): the attempt; %NULL with CR_ERROR_NOT_FOUND or CR_ERROR_CONFLICT
 */
CrAttempt *
cr_attempts_table_take (CrDb *db, const char *state, GError **error)
{
  g_autoptr (CrAttempt) attempt = cr_attempts_table_get_by_state (db, state, error);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE attempt SET is_taken = 1, sealed_verifier = NULL"
                       " WHERE state = :state AND is_taken = 0");

  if (attempt == NULL)
    return NULL;

  cr_stmt_bind_text (stmt, ":state", state);
  if (!cr_stmt_run (stmt, error))
    return NULL;
  if (cr_stmt_n_changed (stmt) == 1)
    return g_steal_pointer (&attempt);

  g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT, "This sign-in was used already.");
  return NULL;
}

static gboolean
check_move (CrDb *db, CrAttempt *attempt, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT status FROM attempt WHERE id = :id");
  int old;

  cr_stmt_bind_text (stmt, ":id", attempt->id);
  old = cr_stmt_read_enum (stmt, CR_TYPE_ATTEMPT_STATUS, MISSING, error);
  if (old < 0)
    return FALSE;
  if (old == (int) attempt->status ||
      cr_attempt_status_can_become ((CrAttemptStatus) old, attempt->status))
    return TRUE;

  g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT, "This sign-in came to its end already.");
  return FALSE;
}

gboolean
cr_attempts_table_finish (CrDb *db, CrAttempt *attempt, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE attempt SET status = :status, connection_id = :connection_id,"
          " failure_code = :failure_code, failure_description = :failure_description,"
          " failure_ms = :failure_ms, sealed_verifier = NULL, is_taken = 1 WHERE id = :id");

  if (!check_move (db, attempt, error))
    return FALSE;

  bind_outcome (stmt, attempt);
  return cr_stmt_run_change (stmt, MISSING, error);
}

GPtrArray *
cr_attempts_table_list (CrDb *db, const char *session_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT " COLUMNS " FROM attempt WHERE session_id = :session_id ORDER BY n");

  cr_stmt_bind_text (stmt, ":session_id", session_id);
  return cr_stmt_read_list (stmt, read_attempt, error);
}

/**
 * cr_attempts_table_list_failed:
 *
 * Returns: (transfer full): the failed attempts of a patient, newest first
 */
GPtrArray *
cr_attempts_table_list_failed (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT " COLUMNS " FROM attempt WHERE patient_id = :patient_id AND status = 'failed'"
          " ORDER BY created_ms DESC, n DESC");

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  return cr_stmt_read_list (stmt, read_attempt, error);
}

GPtrArray *
cr_attempts_table_list_ended (CrDb *db,
                              gboolean is_taken,
                              gint64 now_ms,
                              guint limit,
                              GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT " COLUMNS " FROM attempt WHERE status = 'started' AND is_taken = :is_taken"
          " AND state_expires_ms <= :now_ms ORDER BY state_expires_ms LIMIT :limit OFFSET :offset");

  cr_stmt_bind_int64 (stmt, ":is_taken", is_taken ? 1 : 0);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_page (stmt, 0, limit);
  return cr_stmt_read_list (stmt, read_attempt, error);
}

gint64
cr_attempts_table_next_end_ms (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT state_expires_ms FROM attempt"
                                             " WHERE status = 'started' AND is_taken = 0"
                                             " ORDER BY state_expires_ms LIMIT 1");
  gint64 next_ms = cr_stmt_read_number (stmt, 0, error);

  return MAX (next_ms, 0);
}

/**
 * cr_attempts_table_dup_redirect_uri:
 *
 * Returns: (transfer full) (nullable): the return address of the sign-in that last made the
 *   connection; %NULL without an error when it is not known any more
 */
char *
cr_attempts_table_dup_redirect_uri (CrDb *db, const char *connection_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT redirect_uri FROM attempt WHERE session_id = (SELECT session_id FROM connection"
          " WHERE id = :connection_id) AND connection_id = :connection_id AND status = 'active'"
          " ORDER BY n DESC LIMIT 1");

  cr_stmt_bind_text (stmt, ":connection_id", connection_id);
  return cr_stmt_step (stmt, error) == CR_STEP_ROW ? cr_stmt_dup_text (stmt, 0) : NULL;
}
