/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-guard-table.h"

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "store/cr-connections-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-records-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-stmt-rows.h"

typedef struct
{
  gboolean has_record; /* of the portal's Patient */
  gboolean is_damaged; /* it is there and cannot be read */
  gboolean needs_hold;
  CrGuardResult result;
  char *detail; /* (owned) (nullable) */
} Finding;

static void
finding_clear (Finding *finding)
{
  g_free (finding->detail);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Finding, finding_clear)

/* What a person released stays released while the finding is the same one; what waits for a person,
 * or was rejected, is stopped already. */
static gboolean
look_for_hold (CrDb *db, CrConnection *connection, Finding *finding, GError **error)
{
  GError *failure = NULL;
  g_autoptr (CrHold) latest = cr_holds_table_latest (db, connection->id, &failure);

  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }

  finding->needs_hold =
      latest == NULL || (latest->status == CR_HOLD_RELEASED && latest->reason != finding->result);
  return TRUE;
}

static gboolean
compare (CrDb *db, CrConnection *connection, CrGuardJudge judge, Finding *finding, GError **error)
{
  GError *failure = NULL;
  g_autoptr (CrPatient) patient = cr_patients_table_get (db, connection->patient_id, error);
  g_autoptr (CrRecord) record = NULL;

  if (patient == NULL)
    return FALSE;

  record = cr_records_table_get (db, connection->patient_id, connection->source_id, "Patient",
                                 connection->portal_patient_id, 0, &failure);
  if (record == NULL)
    {
      if (g_error_matches (failure, CR_ERROR, CR_ERROR_NOT_FOUND))
        g_clear_error (&failure);
      if (failure != NULL)
        g_propagate_error (error, failure);
      return failure == NULL;
    }

  finding->has_record = TRUE;
  finding->is_damaged = record->body == NULL;
  finding->result = judge (patient, record->body, &finding->detail);
  return !cr_guard_result_holds (finding->result) || look_for_hold (db, connection, finding, error);
}

static gboolean
add_hold (CrDb *db, CrConnection *connection, Finding *finding, gint64 now_ms, GError **error)
{
  g_autofree char *event_id = cr_id_new ("ae_", now_ms);
  g_autoptr (CrHold) hold = cr_hold_open (connection->id, connection->patient_id, finding->result,
                                          finding->detail, now_ms);
  g_autoptr (CrAuthEvent) event = cr_auth_event_new (event_id);

  event->patient_id = g_strdup (connection->patient_id);
  event->session_id = g_strdup (connection->session_id);
  event->connection_id = g_strdup (connection->id);
  event->source_id = g_strdup (connection->source_id);
  event->step = CR_AUTH_STEP_GUARD;
  event->outcome = CR_AUTH_OUTCOME_FAILURE;
  event->code = CR_FAILURE_NONE;
  event->description = g_strdup (cr_guard_result_say (finding->result));
  event->at_ms = now_ms;
  return cr_auth_events_table_add (db, event, error) && cr_holds_table_add (db, hold, error);
}

gboolean
cr_guard_table_note (CrDb *db,
                     CrConnection *connection,
                     CrGuardJudge judge,
                     gint64 now_ms,
                     GError **error)
{
  g_auto (Finding) finding = { 0 };

  return compare (db, connection, judge, &finding, error) &&
         (!finding.needs_hold || add_hold (db, connection, &finding, now_ms, error));
}

gboolean
cr_guard_table_note_patient (CrDb *db,
                             const char *patient_id,
                             CrGuardJudge judge,
                             gint64 now_ms,
                             GError **error)
{
  g_autoptr (GPtrArray) connections = cr_connections_table_list (db, patient_id, error);

  for (guint i = 0; connections != NULL && i < connections->len; i++)
    if (!cr_guard_table_note (db, g_ptr_array_index (connections, i), judge, now_ms, error))
      return FALSE;
  return connections != NULL;
}

/* 1, 0, or -1 on error */
static int
is_first_pull_under_way (CrDb *db, const char *connection_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT count(*) > 0 AND count(*) = sum (status IN ('queued', 'running', 'waiting'))"
          " FROM (SELECT status FROM pull WHERE connection_id = :id ORDER BY created_ms LIMIT 2)");

  cr_stmt_bind_text (stmt, ":id", connection_id);
  return (int) cr_stmt_read_number (stmt, -1, error);
}

/**
 * cr_guard_table_stops:
 *
 * The last look before records leave. Besides what differs it stops what cannot be compared yet:
 * the Patient cannot be read, or has not come while the first pull is under way.
 */
int
cr_guard_table_stops (CrDb *db, CrConnection *connection, CrGuardJudge judge, GError **error)
{
  g_auto (Finding) finding = { 0 };

  if (!compare (db, connection, judge, &finding, error))
    return -1;
  if (!finding.has_record)
    return is_first_pull_under_way (db, connection->id, error);
  return finding.needs_hold || finding.is_damaged;
}
