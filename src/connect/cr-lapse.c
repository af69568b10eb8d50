/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-lapse.h"

#include "base/cr-id.h"
#include "base/cr-json.h"
#include "connect/cr-session-json.h"
#include "model/cr-event.h"
#include "store/cr-connections-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-sources-table.h"

/* In one look; the next one goes on. */
#define MOST_ENDED 200
#define MOST_ASKED 5

CrAuthEvent *
cr_auth_event_of_connection (CrConnection *connection,
                             CrAuthStep step,
                             CrAuthOutcome outcome,
                             CrFailureCode code,
                             const char *description,
                             gint64 now_ms)
{
  g_autofree char *id = cr_id_new ("ae_", now_ms);
  CrAuthEvent *event = cr_auth_event_new (id);

  event->patient_id = g_strdup (connection->patient_id);
  event->session_id = g_strdup (connection->session_id);
  event->connection_id = g_strdup (connection->id);
  event->source_id = g_strdup (connection->source_id);
  event->step = step;
  event->outcome = outcome;
  event->code = code;
  event->description = g_strdup (description);
  event->at_ms = now_ms;
  return event;
}

static gboolean
add_lapse_event (CrDb *db, const char *connection_id, CrTold *told, gint64 now_ms, GError **error)
{
  g_autofree char *id = cr_id_new ("ev_", now_ms);
  g_autoptr (CrEvent) event = cr_event_new (id, CR_EVENT_CONNECTION_TOKEN_REFRESH_FAILED);
  g_autoptr (CrConnection) connection = cr_connections_table_get (db, connection_id, error);
  g_autoptr (JsonObject) payload = NULL;

  if (connection == NULL)
    return FALSE;

  payload = cr_connection_to_event_json (connection);
  event->data = cr_json_object_to_text (payload, FALSE);
  event->created_ms = now_ms;
  cr_told_note (told, CR_CHANGE_EVENT, id);
  return cr_events_table_add (db, event, error);
}

/**
 * cr_lapse:
 * @status: CR_CONNECTION_EXPIRED or CR_CONNECTION_REFRESH_FAILED
 * @note: for the history
 *
 * Access has ended: erases the tokens, and says so in the history and in the outbox.
 */
gboolean
cr_lapse (CrDb *db,
          CrConnection *connection,
          CrConnectionStatus status,
          CrFailureCode code,
          const char *note,
          CrTold *told,
          gint64 now_ms,
          GError **error)
{
  g_autoptr (CrAuthEvent) event = cr_auth_event_of_connection (
      connection, CR_AUTH_STEP_REFRESH, CR_AUTH_OUTCOME_FAILURE, code, note, now_ms);

  cr_told_note (told, CR_CHANGE_CONNECTION, connection->id);
  return cr_connections_table_set_status (db, connection->id, status, code, now_ms, error) &&
         add_lapse_event (db, connection->id, told, now_ms, error) &&
         cr_auth_log_add (db, event, told, error);
}

/**
 * cr_lapse_ended:
 *
 * Makes connections expired whose access ended on its known date and that have no refresh token, so
 * that staff see it on the day and not at the next pull. At most 200 at a time.
 *
 * Returns: (transfer full): CrTold of each, to be told once this is committed
 */
GPtrArray *
cr_lapse_ended (CrDb *db, gint64 now_ms, GError **error)
{
  g_autoptr (GPtrArray) ended = cr_connections_table_list_ended (db, now_ms, MOST_ENDED, error);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_told_free);

  if (ended == NULL)
    return NULL;

  for (guint i = 0; i < ended->len; i++)
    {
      CrConnection *connection = g_ptr_array_index (ended, i);
      CrTold *told = cr_told_new (connection->patient_id);

      g_ptr_array_add (all, told);
      if (!cr_lapse (db, connection, CR_CONNECTION_EXPIRED, CR_FAILURE_NONE, CR_LAPSE_ENDED, told,
                     now_ms, error))
        return NULL;
    }

  return g_steal_pointer (&all);
}

GPtrArray *
cr_lapse_list_to_ask (CrDb *db, gint64 now_ms, GError **error)
{
  g_autoptr (GPtrArray) ended = cr_connections_table_list_ended (db, now_ms, MOST_ENDED, error);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (g_object_unref);

  if (ended == NULL)
    return NULL;

  for (guint i = 0; i < ended->len && g_hash_table_size (seen) < MOST_ASKED; i++)
    {
      CrConnection *connection = g_ptr_array_index (ended, i);
      CrSource *source;

      if (!g_hash_table_add (seen, connection->source_id))
        continue;
      source = cr_sources_table_get (db, connection->source_id, error);
      if (source == NULL)
        return NULL;
      g_ptr_array_add (sources, source);
    }

  return g_steal_pointer (&sources);
}
