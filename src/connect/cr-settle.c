/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-settle.h"

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "connect/cr-session-json.h"
#include "model/cr-event.h"
#include "model/cr-pull.h"
#include "store/cr-client-uses-table.h"
#include "store/cr-connections-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-pulls-table.h"
#include "store/cr-sessions-table.h"

void
cr_settlement_free (CrSettlement *self)
{
  g_clear_object (&self->attempt);
  g_free (self->session_url);
  g_clear_pointer (&self->log, g_ptr_array_unref);
  g_free (self->note);
  g_clear_pointer (&self->sealer, cr_sealer_unref);
  g_clear_pointer (&self->tokens, cr_token_pair_free);
  g_free (self->portal_patient_id);
  g_free (self->scopes);
  g_free (self->ungranted);
  g_free (self->guard_detail);
  g_clear_object (&self->session);
  g_clear_pointer (&self->told, cr_told_free);
  g_free (self);
}

static gboolean
add_session_event (CrDb *db, CrSession *session, const char *url, CrTold *told, GError **error)
{
  g_autoptr (GPtrArray) attempts = cr_attempts_table_list (db, session->id, error);
  g_autoptr (JsonObject) payload = NULL;
  g_autoptr (CrEvent) event = NULL;
  g_autofree char *id = NULL;

  if (attempts == NULL)
    return FALSE;

  id = cr_id_new ("ev_", session->completed_ms);
  payload = cr_session_to_json (session, url, attempts);
  event = cr_event_new (id, CR_EVENT_PATIENT_SESSION_COMPLETED);
  event->data = cr_json_object_to_text (payload, FALSE);
  event->created_ms = session->completed_ms;
  cr_told_note (told, CR_CHANGE_EVENT, id);
  return cr_events_table_add (db, event, error);
}

/**
 * cr_settle_session:
 * @url: the patient's URL, for the event
 * @complete: end it, if it is still open
 *
 * Returns: (transfer full): the session as it is afterwards
 */
CrSession *
cr_settle_session (CrDb *db,
                   const char *session_id,
                   const char *url,
                   gboolean complete,
                   CrTold *told,
                   gint64 now_ms,
                   GError **error)
{
  g_autoptr (CrSession) session = cr_sessions_table_get (db, session_id, error);

  if (session == NULL)
    return NULL;

  cr_told_note (told, CR_CHANGE_SESSION, session_id);
  if (!complete || session->status != CR_SESSION_OPEN)
    return g_steal_pointer (&session);

  if (!cr_sessions_table_set_status (db, session_id, CR_SESSION_COMPLETE, now_ms, error))
    return NULL;

  session->status = CR_SESSION_COMPLETE;
  session->completed_ms = now_ms;
  if (!add_session_event (db, session, url, told, error))
    return NULL;

  return g_steal_pointer (&session);
}

static CrConnection *
connection_of (CrSettlement *self, CrConnection *existing)
{
  g_autofree char *fresh = cr_id_new ("conn_", self->now_ms);
  CrConnection *connection = cr_connection_new (existing != NULL ? existing->id : fresh);
  g_autoptr (GBytes) plain = cr_token_pair_to_bytes (self->tokens);

  connection->patient_id = g_strdup (self->attempt->patient_id);
  connection->source_id = g_strdup (self->attempt->source_id);
  connection->portal_patient_id = g_strdup (self->portal_patient_id);
  connection->session_id = g_strdup (self->attempt->session_id);
  connection->status = CR_CONNECTION_ACTIVE;
  connection->scopes = g_strdup (self->scopes);
  connection->asked_scopes = g_strdup (self->attempt->scopes);
  connection->token_endpoint = g_strdup (self->attempt->token_endpoint);
  connection->has_refresh = self->tokens->refresh_token != NULL;
  connection->access_expires_ms = self->access_expires_ms;
  connection->sealed_tokens = cr_sealer_seal (self->sealer, plain, connection->id);
  connection->created_ms = existing != NULL ? existing->created_ms : self->now_ms;
  connection->updated_ms = self->now_ms;
  return connection;
}

static gboolean
add_pull (CrDb *db, CrSettlement *self, CrConnection *connection, GError **error)
{
  g_autofree char *actual = NULL;
  g_autoptr (CrPull) pull = cr_pull_new_for (connection, CR_PULL_TRIGGER_ACTIVATION, self->now_ms);

  if (!cr_pulls_table_add (db, pull, &actual, error))
    return FALSE;

  cr_told_note (self->told, CR_CHANGE_PULL, actual != NULL ? actual : pull->id);
  return TRUE;
}

/* What a person released stays released while the finding is the same one. */
static gboolean
needs_hold (CrDb *db, CrSettlement *self, gboolean *needed, GError **error)
{
  g_autoptr (CrHold) latest = NULL;
  GError *local = NULL;

  *needed = FALSE;
  if (!cr_guard_result_holds (self->guard))
    return TRUE;

  latest = cr_holds_table_latest (db, self->attempt->connection_id, &local);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return FALSE;
    }

  *needed = latest == NULL || latest->status == CR_HOLD_REJECTED ||
            (latest->status == CR_HOLD_RELEASED && latest->reason != self->guard);
  return TRUE;
}

static gboolean
add_guard (CrDb *db, CrSettlement *self, GError **error)
{
  gboolean holds = cr_guard_result_holds (self->guard);
  g_autoptr (CrAuthEvent) event = cr_auth_event_of_attempt (
      self->attempt, CR_AUTH_STEP_GUARD, holds ? CR_AUTH_OUTCOME_FAILURE : CR_AUTH_OUTCOME_SUCCESS,
      CR_FAILURE_NONE, cr_guard_result_say (self->guard), self->now_ms);
  g_autoptr (CrHold) hold = NULL;
  gboolean needed;

  if (!cr_auth_log_add (db, event, self->told, error) || !needs_hold (db, self, &needed, error))
    return FALSE;
  if (!needed)
    return TRUE;

  hold = cr_hold_open (self->attempt->connection_id, self->attempt->patient_id, self->guard,
                       self->guard_detail, self->now_ms);
  cr_told_note (self->told, CR_CHANGE_HOLD, hold->id);
  return cr_holds_table_add (db, hold, error);
}

static gboolean
add_log (CrDb *db, CrSettlement *self, GError **error)
{
  for (guint i = 0; i < self->log->len; i++)
    {
      CrAuthEvent *event = g_ptr_array_index (self->log, i);

      cr_set_text (&event->connection_id, self->attempt->connection_id);
      if (!cr_auth_log_add (db, event, self->told, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
settle_failure (CrDb *db, CrSettlement *self, GError **error)
{
  CrAttempt *attempt = self->attempt;

  attempt->status = CR_ATTEMPT_FAILED;
  attempt->failure_code = self->code;
  cr_set_text (&attempt->failure_description, self->note);
  attempt->failure_ms = self->now_ms;
  return cr_attempts_table_finish (db, attempt, error) && add_log (db, self, error);
}

static gboolean
settle_success (CrDb *db, CrSettlement *self, CrConnection *existing, GError **error)
{
  g_autoptr (CrConnection) connection = connection_of (self, existing);

  if (!cr_connections_table_save (db, connection, error) ||
      !cr_connections_table_set_terms (db, connection->id, self->consent_ends_ms, self->ungranted,
                                       error) ||
      !cr_client_uses_table_note (db, connection->source_id, self->client_id, TRUE, self->now_ms,
                                  error))
    return FALSE;

  cr_set_text (&self->attempt->connection_id, connection->id);
  self->attempt->status = CR_ATTEMPT_ACTIVE;
  cr_told_note (self->told, CR_CHANGE_CONNECTION, connection->id);
  return cr_attempts_table_finish (db, self->attempt, error) && add_log (db, self, error) &&
         add_guard (db, self, error) && add_pull (db, self, connection, error);
}

static void
refuse_other_patient (CrSettlement *self)
{
  self->code = CR_FAILURE_DIFFERENT_PORTAL_PATIENT;
  cr_set_text (&self->note,
               CR_SAID ("Another patient of the portal signed in than the one this connection "
                        "belongs to. The connection stays as it was."));
  g_ptr_array_add (self->log, cr_auth_event_of_attempt (self->attempt, CR_AUTH_STEP_PATIENT,
                                                        CR_AUTH_OUTCOME_FAILURE, self->code,
                                                        self->note, self->now_ms));
}

/**
 * cr_settle:
 * @data: a CrSettlement whose attempt was taken
 *
 * Stores how an attempt ended: the attempt, its history, on success the connection with its sealed
 * tokens, the guard's finding and the first pull, and in direct mode the end of the session with
 * its event. The connection's id, which the tokens are sealed to, is settled in here, so that two
 * trips that end at once cannot disagree about it.
 */
gpointer
cr_settle (CrDb *db, gpointer data, GError **error)
{
  CrSettlement *self = data;
  g_autoptr (CrConnection) existing = NULL;
  g_autoptr (CrSession) session = NULL;
  GError *local = NULL;
  gboolean ok;

  existing =
      cr_connections_table_find (db, self->attempt->patient_id, self->attempt->source_id, &local);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return NULL;
    }

  /* One whose data were removed after it was disconnected belongs to nobody at the portal. */
  if (self->code == CR_FAILURE_NONE && existing != NULL && existing->portal_patient_id[0] != '\0' &&
      g_strcmp0 (existing->portal_patient_id, self->portal_patient_id) != 0)
    refuse_other_patient (self);

  ok = self->code == CR_FAILURE_NONE ? settle_success (db, self, existing, error)
                                     : settle_failure (db, self, error);
  if (ok)
    session = cr_sessions_table_get (db, self->attempt->session_id, error);
  if (session == NULL)
    return NULL;

  self->session =
      cr_settle_session (db, session->id, self->session_url,
                         session->source_id != NULL && self->code != CR_FAILURE_SESSION_EXPIRED,
                         self->told, self->now_ms, error);
  return self->session != NULL ? self : NULL;
}
