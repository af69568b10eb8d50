/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-connections-table.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-connections-private.h"
#include "store/cr-records-private.h"
#include "store/cr-stmt-rows.h"
#include "store/cr-withdrawals-table.h"

#define MISSING CR_SAID ("There is no connection with this id.")

gpointer
cr_connection_read (CrStmt *stmt)
{
  CrConnection *connection = cr_connection_new (cr_stmt_text (stmt, 0));

  connection->patient_id = cr_stmt_dup_text (stmt, 1);
  connection->source_id = cr_stmt_dup_text (stmt, 2);
  connection->source_name = cr_stmt_dup_text (stmt, 3);
  connection->portal_patient_id = cr_stmt_dup_text (stmt, 4);
  connection->session_id = cr_stmt_dup_text (stmt, 5);
  connection->status = (CrConnectionStatus) cr_stmt_enum (stmt, 6, CR_TYPE_CONNECTION_STATUS);
  connection->scopes = cr_stmt_dup_text (stmt, 7);
  connection->asked_scopes = cr_stmt_dup_text (stmt, 8);
  connection->token_endpoint = cr_stmt_dup_text (stmt, 9);
  connection->has_refresh = cr_stmt_int64 (stmt, 10) != 0;
  connection->access_expires_ms = cr_stmt_int64 (stmt, 11);
  connection->sealed_tokens = cr_stmt_dup_bytes (stmt, 12);
  connection->failure_code = (CrFailureCode) cr_stmt_enum (stmt, 13, CR_TYPE_FAILURE_CODE);
  connection->failure_ms = cr_stmt_int64 (stmt, 14);
  connection->next_pull_ms = cr_stmt_int64 (stmt, 15);
  connection->created_ms = cr_stmt_int64 (stmt, 16);
  connection->updated_ms = cr_stmt_int64 (stmt, 17);
  connection->is_held = cr_stmt_int64 (stmt, 18) != 0;
  connection->n_records = (guint) cr_stmt_int64 (stmt, 19);
  connection->last_pull_id = cr_stmt_dup_text (stmt, 20);
  connection->last_pull_status = cr_stmt_dup_text (stmt, 21);
  connection->last_pull_ms = cr_stmt_int64 (stmt, 22);
  connection->patient_name = cr_stmt_dup_text (stmt, 23);
  connection->note = cr_stmt_dup_text (stmt, 24);
  connection->called_ms = cr_stmt_int64 (stmt, 25);
  connection->called_by = cr_stmt_dup_text (stmt, 26);
  connection->consent_ends_ms = cr_stmt_int64 (stmt, 27);
  connection->ungranted = cr_stmt_dup_text (stmt, 28);
  connection->n_retries = (guint) cr_stmt_int64 (stmt, 29);
  return connection;
}

static gboolean
check_portal_patient (CrConnection *old, CrConnection *connection, GError **error)
{
  if (old->portal_patient_id[0] == '\0' ||
      g_strcmp0 (old->portal_patient_id, connection->portal_patient_id) == 0)
    return TRUE;

  g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                       "The sign-in was for another person at the portal than before. The "
                       "connection stays as it was.");
  return FALSE;
}

/**
 * cr_connections_table_save:
 * @connection: (inout): what a sign-in gave; its id and creation time become those of the
 *   connection that was there, if one was
 */
gboolean
cr_connections_table_save (CrDb *db, CrConnection *connection, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (CrConnection) old =
      cr_connections_table_find (db, connection->patient_id, connection->source_id, &failure);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db,
      "INSERT INTO connection (id, patient_id, source_id, portal_patient_id, session_id,"
      " status, scopes, asked_scopes, token_endpoint, has_refresh, access_expires_ms,"
      " sealed_tokens, failure_code, failure_ms, next_pull_ms, created_ms, updated_ms)"
      " VALUES (:id, :patient_id, :source_id, :portal_patient_id, :session_id, :status, :scopes,"
      " :asked_scopes, :token_endpoint, :has_refresh, :access_expires_ms, :sealed_tokens,"
      " :failure_code, :failure_ms, :next_pull_ms, :created_ms, :updated_ms)"
      " ON CONFLICT (patient_id, source_id) DO UPDATE SET session_id = excluded.session_id,"
      " portal_patient_id = excluded.portal_patient_id,"
      " status = excluded.status, scopes = excluded.scopes,"
      " asked_scopes = excluded.asked_scopes, token_endpoint = excluded.token_endpoint,"
      " has_refresh = excluded.has_refresh, access_expires_ms = excluded.access_expires_ms,"
      " sealed_tokens = excluded.sealed_tokens, failure_code = excluded.failure_code,"
      " failure_ms = excluded.failure_ms, next_pull_ms = excluded.next_pull_ms,"
      " updated_ms = excluded.updated_ms");

  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (old != NULL)
    {
      if (!check_portal_patient (old, connection, error))
        return FALSE;
      g_free (connection->id);
      connection->id = g_strdup (old->id);
      connection->created_ms = old->created_ms;
    }

  cr_stmt_bind_text (stmt, ":id", connection->id);
  cr_stmt_bind_text (stmt, ":patient_id", connection->patient_id);
  cr_stmt_bind_text (stmt, ":source_id", connection->source_id);
  cr_stmt_bind_text (stmt, ":portal_patient_id", connection->portal_patient_id);
  cr_stmt_bind_text (stmt, ":session_id", connection->session_id);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_CONNECTION_STATUS, (int) connection->status);
  cr_stmt_bind_text (stmt, ":scopes", connection->scopes);
  cr_stmt_bind_text (stmt, ":asked_scopes", connection->asked_scopes);
  cr_stmt_bind_text (stmt, ":token_endpoint", connection->token_endpoint);
  cr_stmt_bind_int64 (stmt, ":has_refresh", connection->has_refresh);
  cr_stmt_bind_int64 (stmt, ":access_expires_ms", connection->access_expires_ms);
  cr_stmt_bind_bytes (stmt, ":sealed_tokens", connection->sealed_tokens);
  cr_stmt_bind_enum (stmt, ":failure_code", CR_TYPE_FAILURE_CODE, (int) connection->failure_code);
  cr_stmt_bind_int64 (stmt, ":failure_ms", connection->failure_ms);
  cr_stmt_bind_int64 (stmt, ":next_pull_ms", connection->next_pull_ms);
  cr_stmt_bind_int64 (stmt, ":created_ms", connection->created_ms);
  cr_stmt_bind_int64 (stmt, ":updated_ms", connection->updated_ms);
  return cr_stmt_run_add (stmt, CR_SAID ("The patient or the source of this connection is gone."),
                          error) &&
         cr_notes_table_forget_call (db, connection->id, error) &&
         (old == NULL || old->status != CR_CONNECTION_DISCONNECTED ||
          cr_withdrawals_note_reconnect (db, connection->id, error));
}

CrConnection *
cr_connections_table_get (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, CR_CONNECTION_SELECT " WHERE c.id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_one (stmt, cr_connection_read, MISSING, error);
}

CrConnection *
cr_connections_table_find (CrDb *db, const char *patient_id, const char *source_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, CR_CONNECTION_SELECT " WHERE c.patient_id = :patient_id AND c.source_id = :source_id");

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_text (stmt, ":source_id", source_id);
  return cr_stmt_read_one (stmt, cr_connection_read, NULL, error);
}

GPtrArray *
cr_connections_table_list (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, patient_id != NULL ? CR_CONNECTION_SELECT " WHERE c.patient_id = :patient_id"
                                                    " ORDER BY c.created_ms DESC, c.id"
                             : CR_CONNECTION_SELECT " ORDER BY c.created_ms DESC, c.id");

  if (patient_id != NULL)
    cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  return cr_stmt_read_list (stmt, cr_connection_read, error);
}

GPtrArray *
cr_connections_table_list_due (CrDb *db, gint64 now_ms, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, CR_CONNECTION_SELECT
                   " WHERE c.status = 'active' AND c.next_pull_ms > 0 AND c.next_pull_ms <= :now_ms"
                   " ORDER BY c.next_pull_ms LIMIT :limit");

  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
  return cr_stmt_read_list (stmt, cr_connection_read, error);
}

GPtrArray *
cr_connections_table_list_ended (CrDb *db, gint64 now_ms, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, CR_CONNECTION_SELECT " WHERE c.status = 'active' AND c.has_refresh = 0"
                               " AND c.access_expires_ms > 0 AND c.access_expires_ms <= :now_ms"
                               " ORDER BY c.access_expires_ms LIMIT :limit");

  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
  return cr_stmt_read_list (stmt, cr_connection_read, error);
}

gint64
cr_connections_table_next_due_ms (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT next_pull_ms FROM connection WHERE status = 'active' AND next_pull_ms > 0"
          " ORDER BY next_pull_ms LIMIT 1");
  gint64 next_ms = cr_stmt_read_number (stmt, 0, error);

  return MAX (next_ms, 0);
}

gboolean
cr_connections_table_set_tokens (CrDb *db,
                                 const char *id,
                                 GBytes *sealed,
                                 gboolean has_refresh,
                                 gint64 access_expires_ms,
                                 const char *scopes,
                                 gint64 now_ms,
                                 GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE connection SET sealed_tokens = :sealed, has_refresh = :has_refresh,"
          " access_expires_ms = :access_expires_ms, scopes = coalesce (:scopes, scopes),"
          " updated_ms = :now_ms WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_bytes (stmt, ":sealed", sealed);
  cr_stmt_bind_int64 (stmt, ":has_refresh", has_refresh);
  cr_stmt_bind_int64 (stmt, ":access_expires_ms", access_expires_ms);
  cr_stmt_bind_text (stmt, ":scopes", scopes);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run_change (stmt, MISSING, error);
}

/**
 * cr_connections_table_set_terms:
 * @consent_ends_ms: when the patient's permission ends; 0: not said
 * @ungranted: (nullable): scopes that were asked for and not granted
 */
gboolean
cr_connections_table_set_terms (CrDb *db,
                                const char *id,
                                gint64 consent_ends_ms,
                                const char *ungranted,
                                GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE connection SET consent_ends_ms = :consent_ends_ms,"
                       " ungranted = :ungranted WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_int64 (stmt, ":consent_ends_ms", consent_ends_ms);
  cr_stmt_bind_text (stmt, ":ungranted", ungranted);
  return cr_stmt_run_change (stmt, MISSING, error);
}

/**
 * cr_connections_table_set_status:
 * @code: why, when @status is not active
 *
 * Anything but active erases the tokens and plans no pull. Setting the status it has is no error.
 *
 * Returns: %FALSE with CR_ERROR_CONFLICT when the connection may not become that
 */
gboolean
cr_connections_table_set_status (CrDb *db,
                                 const char *id,
                                 CrConnectionStatus status,
                                 CrFailureCode code,
                                 gint64 now_ms,
                                 GError **error)
{
  g_autoptr (CrConnection) old = cr_connections_table_get (db, id, error);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE connection SET status = :status, failure_code = :code, failure_ms = :failure_ms,"
          " updated_ms = :now_ms,"
          " sealed_tokens = CASE WHEN :status = 'active' THEN sealed_tokens END,"
          " has_refresh = CASE WHEN :status = 'active' THEN has_refresh ELSE 0 END,"
          " next_pull_ms = CASE WHEN :status = 'active' THEN next_pull_ms ELSE 0 END"
          " WHERE id = :id");

  if (old == NULL)
    return FALSE;
  if (old->status == status)
    return TRUE;
  if (!cr_connection_status_can_become (old->status, status))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                           "This connection ended already; only the patient can renew it.");
      return FALSE;
    }

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_CONNECTION_STATUS, (int) status);
  cr_stmt_bind_enum (stmt, ":code", CR_TYPE_FAILURE_CODE, (int) code);
  cr_stmt_bind_int64 (stmt, ":failure_ms", code != CR_FAILURE_NONE ? now_ms : 0);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run (stmt, error) &&
         (status != CR_CONNECTION_DISCONNECTED ||
          cr_withdrawals_note_left (db, old->patient_id, old->source_id, now_ms, error));
}

gboolean
cr_connections_table_set_next_pull (CrDb *db, const char *id, gint64 next_pull_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE connection SET next_pull_ms = :next_pull_ms WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_int64 (stmt, ":next_pull_ms", next_pull_ms);
  return cr_stmt_run_change (stmt, MISSING, error);
}
