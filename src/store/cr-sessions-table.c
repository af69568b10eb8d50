/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-sessions-table.h"

#include "base/cr-said.h"
#include "store/cr-stmt-rows.h"

#define COLUMNS                                                                                    \
  "id, patient_id, url_key, status, source_id, recommended, return_url, return_button_label,"      \
  " metadata, expires_ms, created_ms, completed_ms"
#define MISSING CR_SAID ("There is no session with this id.")
#define NEWEST " ORDER BY created_ms DESC, n DESC LIMIT :limit OFFSET :offset"

static gpointer
read_session (CrStmt *stmt)
{
  CrSession *session = cr_session_new (cr_stmt_text (stmt, 0));
  const char *recommended = cr_stmt_text (stmt, 5);

  session->patient_id = cr_stmt_dup_text (stmt, 1);
  session->url_key = cr_stmt_dup_text (stmt, 2);
  session->status = (CrSessionStatus) cr_stmt_enum (stmt, 3, CR_TYPE_SESSION_STATUS);
  session->source_id = cr_stmt_dup_text (stmt, 4);
  if (recommended != NULL)
    session->recommended = g_strsplit (recommended, "\n", -1);
  session->return_url = cr_stmt_dup_text (stmt, 6);
  session->return_button_label = cr_stmt_dup_text (stmt, 7);
  session->metadata = cr_stmt_dup_text (stmt, 8);
  session->expires_ms = cr_stmt_int64 (stmt, 9);
  session->created_ms = cr_stmt_int64 (stmt, 10);
  session->completed_ms = cr_stmt_int64 (stmt, 11);
  return session;
}

gboolean
cr_sessions_table_add (CrDb *db, CrSession *session, GError **error)
{
  g_autofree char *recommended =
      session->recommended != NULL ? g_strjoinv ("\n", session->recommended) : NULL;
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO session (" COLUMNS ") VALUES (:id, :patient_id, :url_key, :status,"
          " :source_id, :recommended, :return_url, :return_button_label, :metadata, :expires_ms,"
          " :created_ms, :completed_ms)");

  if (session->metadata == NULL)
    session->metadata = g_strdup ("{}");
  cr_stmt_bind_text (stmt, ":id", session->id);
  cr_stmt_bind_text (stmt, ":patient_id", session->patient_id);
  cr_stmt_bind_text (stmt, ":url_key", session->url_key);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_SESSION_STATUS, (int) session->status);
  cr_stmt_bind_text (stmt, ":source_id", session->source_id);
  cr_stmt_bind_text (stmt, ":recommended", recommended);
  cr_stmt_bind_text (stmt, ":return_url", session->return_url);
  cr_stmt_bind_text (stmt, ":return_button_label", session->return_button_label);
  cr_stmt_bind_text (stmt, ":metadata", session->metadata);
  cr_stmt_bind_int64 (stmt, ":expires_ms", session->expires_ms);
  cr_stmt_bind_int64 (stmt, ":created_ms", session->created_ms);
  cr_stmt_bind_int64 (stmt, ":completed_ms", session->completed_ms);
  return cr_stmt_run_add (
      stmt, CR_SAID ("This session clashes with one that is there, or its patient is gone."),
      error);
}

CrSession *
cr_sessions_table_get (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT " COLUMNS " FROM session WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_one (stmt, read_session, MISSING, error);
}

CrSession *
cr_sessions_table_get_by_url_key (CrDb *db, const char *url_key, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT " COLUMNS " FROM session WHERE url_key = :url_key");

  cr_stmt_bind_text (stmt, ":url_key", url_key);
  return cr_stmt_read_one (stmt, read_session, CR_SAID ("There is no session behind this link."),
                           error);
}

/**
 * cr_sessions_table_set_status:
 *
 * Ends an open session; one that ended already stays as it is, which is no error.
 */
gboolean
cr_sessions_table_set_status (CrDb *db,
                              const char *id,
                              CrSessionStatus status,
                              gint64 now_ms,
                              GError **error)
{
  g_autoptr (CrSession) session = cr_sessions_table_get (db, id, error);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE session SET status = :status, completed_ms = :completed_ms"
                       " WHERE id = :id");

  if (session == NULL)
    return FALSE;
  if (!cr_session_status_can_become (session->status, status))
    return TRUE;

  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_SESSION_STATUS, (int) status);
  cr_stmt_bind_int64 (stmt, ":completed_ms", status == CR_SESSION_COMPLETE ? now_ms : 0);
  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run (stmt, error);
}

/**
 * cr_sessions_table_list:
 * @patient_id: (nullable): %NULL for everyone's
 */
GPtrArray *
cr_sessions_table_list (CrDb *db, const char *patient_id, guint offset, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, patient_id != NULL ? "SELECT " COLUMNS
                                            " FROM session WHERE patient_id = :patient_id" NEWEST
                                          : "SELECT " COLUMNS " FROM session" NEWEST);

  if (patient_id != NULL)
    cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_session, error);
}

gint64
cr_sessions_table_count (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, patient_id != NULL ? "SELECT count(*) FROM session WHERE patient_id = :patient_id"
                             : "SELECT count(*) FROM session");

  if (patient_id != NULL)
    cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  return cr_stmt_read_number (stmt, 0, error);
}

/**
 * cr_sessions_table_list_ended:
 *
 * Returns: (transfer full): open sessions past their end, those that ended first at the front
 */
GPtrArray *
cr_sessions_table_list_ended (CrDb *db, gint64 now_ms, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT " COLUMNS " FROM session WHERE status = 'open' AND expires_ms <= :now_ms"
          " ORDER BY expires_ms LIMIT :limit OFFSET :offset");

  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_page (stmt, 0, limit);
  return cr_stmt_read_list (stmt, read_session, error);
}

gint64
cr_sessions_table_next_expiry_ms (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT expires_ms FROM session WHERE status = 'open'"
                                             " ORDER BY expires_ms LIMIT 1");
  gint64 next_ms = cr_stmt_read_number (stmt, 0, error);

  return MAX (next_ms, 0);
}
