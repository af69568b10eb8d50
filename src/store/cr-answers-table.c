/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-answers-table.h"

#include <string.h>

#include "store/cr-stmt-rows.h"

#define DAY_MS ((gint64) 24 * 60 * 60 * 1000)
#define MOST 10000

/* Of all that is a day old, and of the oldest when there are very many. */
static gboolean
make_room (CrDb *db, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) old = cr_stmt_new (db, "DELETE FROM api_answer WHERE at_ms < :until_ms");
  g_autoptr (CrStmt) many = cr_stmt_new (
      db, "DELETE FROM api_answer WHERE n <= (SELECT max (n) FROM api_answer) - :most");

  cr_stmt_bind_int64 (old, ":until_ms", now_ms - DAY_MS);
  cr_stmt_bind_int64 (many, ":most", MOST);
  return cr_stmt_run (old, error) && cr_stmt_run (many, error);
}

static gboolean
add (CrDb *db, const CrAnswerAsk *ask, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO api_answer (key, request, patient_id, at_ms, status)"
                       " VALUES (:key, :request, :patient_id, :at_ms, 0)");

  cr_stmt_bind_text (stmt, ":key", ask->key);
  cr_stmt_bind_text (stmt, ":request", ask->request);
  cr_stmt_bind_text (stmt, ":patient_id", ask->patient_id);
  cr_stmt_bind_int64 (stmt, ":at_ms", ask->now_ms);
  return cr_stmt_run (stmt, error);
}

CrAnswer *
cr_answers_table_begin (CrDb *db, const CrAnswerAsk *ask, GError **error)
{
  g_autoptr (CrAnswer) answer = g_new0 (CrAnswer, 1);
  g_autoptr (CrStmt) stmt = NULL;
  CrStep step;

  if (!make_room (db, ask->now_ms, error))
    return NULL;

  stmt = cr_stmt_new (db, "SELECT request, status, body FROM api_answer WHERE key = :key");
  cr_stmt_bind_text (stmt, ":key", ask->key);
  step = cr_stmt_step (stmt, error);
  if (step == CR_STEP_ERROR || (step == CR_STEP_DONE && !add (db, ask, error)))
    return NULL;
  if (step == CR_STEP_DONE)
    return g_steal_pointer (&answer);

  answer->status = (guint) cr_stmt_int64 (stmt, 1);
  if (strcmp (cr_stmt_text (stmt, 0), ask->request) != 0)
    answer->state = CR_ANSWER_OTHER;
  else if (answer->status == 0)
    answer->state = CR_ANSWER_UNKNOWN;
  else
    {
      answer->state = CR_ANSWER_DONE;
      answer->body = cr_stmt_dup_bytes (stmt, 2);
    }
  return g_steal_pointer (&answer);
}

gboolean
cr_answers_table_settle (CrDb *db, const char *key, guint status, GBytes *sealed, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE api_answer SET status = :status, body = :body WHERE key = :key");

  cr_stmt_bind_text (stmt, ":key", key);
  cr_stmt_bind_int64 (stmt, ":status", status);
  cr_stmt_bind_bytes (stmt, ":body", sealed);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_answers_table_drop (CrDb *db, const char *key, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM api_answer WHERE key = :key");

  cr_stmt_bind_text (stmt, ":key", key);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_answers_table_forget_patient (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "DELETE FROM api_answer WHERE patient_id = :patient_id");

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  return cr_stmt_run (stmt, error);
}
