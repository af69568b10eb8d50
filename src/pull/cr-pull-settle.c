/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-settle.h"

#include "base/cr-id.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "fhir/cr-judge-patient.h"
#include "model/cr-event.h"
#include "store/cr-connections-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-guard-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-pace-table.h"
#include "store/cr-pull-history-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-sessions-table.h"

typedef struct
{
  CrPull *pull;             /* (owned) */
  CrConnection *connection; /* (owned) */
  gint64 now_ms;
} Settle;

static void
settle_free (gpointer data)
{
  Settle *settle = data;

  g_object_unref (settle->pull);
  g_object_unref (settle->connection);
  g_free (settle);
}

/* A search asked in parts is done, but its parts have the answers. */
static gboolean
was_answered (CrQuery *query)
{
  return query->status == CR_QUERY_COMPLETE && query->http_status < 400 &&
         (query->kind == CR_QUERY_KIND_SEARCH || query->kind == CR_QUERY_KIND_READ);
}

/**
 * cr_pull_tally:
 * @pull: its counters are written
 * @queries: of CrQuery
 *
 * Returns: complete when no query failed, failed when nothing but failures came, else partial.
 *   What was not granted or is not supported is no failure: it has its reason in its own row.
 */
CrPullStatus
cr_pull_tally (CrPull *pull, GPtrArray *queries)
{
  guint n_complete = 0;

  pull->pages = pull->n_received = pull->n_new = pull->n_changed = pull->n_unchanged = 0;
  pull->n_failed_queries = 0;
  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      pull->pages += query->pages;
      pull->n_received += query->n_received;
      pull->n_new += query->n_new;
      pull->n_changed += query->n_changed;
      pull->n_unchanged += query->n_unchanged;
      pull->n_failed_queries += query->status == CR_QUERY_FAILED;
      n_complete += was_answered (query);
    }

  if (pull->n_failed_queries == 0)
    return CR_PULL_COMPLETE;
  return n_complete > 0 || pull->n_received > 0 ? CR_PULL_PARTIAL : CR_PULL_FAILED;
}

static CrEvent *
make_event (Settle *settle)
{
  g_autofree char *id = cr_id_new ("ev_", settle->now_ms);
  gboolean has_failed = settle->pull->status == CR_PULL_FAILED;
  g_autoptr (JsonObject) data = json_object_new ();
  CrEvent *event = cr_event_new (id, has_failed ? CR_EVENT_RECORDS_SYNC_FAILED
                                                : CR_EVENT_RECORDS_SYNC_COMPLETED);

  json_object_set_string_member (data, "resource_type", "records_sync");
  json_object_set_string_member (data, "patient_id", settle->pull->patient_id);
  json_object_set_string_member (data, "connection_id", settle->pull->source_id);
  if (has_failed)
    cr_json_set_string (data, "error_message", settle->pull->error_message);
  else
    {
      json_object_set_int_member (data, "total", settle->pull->n_received);
      json_object_set_int_member (data, "errors", settle->pull->n_failed_queries);
      json_object_set_int_member (data, "duration_ms",
                                  settle->pull->finished_ms - settle->pull->started_ms);
    }

  g_free (event->data);
  event->data = cr_json_object_to_text (data, FALSE);
  event->created_ms = settle->now_ms;
  return event;
}

/* A query that was not asked to its end says so: a final pull leaves none running. */
static gboolean
end_queries (CrDb *db, Settle *settle, GError **error)
{
  g_autoptr (GPtrArray) queries = cr_queries_table_list (db, settle->pull->id, error);
  gboolean is_cancelled = settle->pull->status == CR_PULL_CANCELLED;

  if (queries == NULL)
    return FALSE;

  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      if (query->status != CR_QUERY_PENDING && query->status != CR_QUERY_RUNNING)
        continue;
      query->status = CR_QUERY_FAILED;
      g_free (query->error_code);
      query->error_code = g_strdup (is_cancelled ? "cancelled" : settle->pull->error_code);
      g_free (query->outcome);
      query->outcome =
          g_strdup (query->pages == 0 ? CR_SAID ("Not asked: the pull ended before its turn.")
                                      : CR_SAID ("Not asked to its end: the pull ended. What "
                                                 "came before is kept."));
      if (!cr_queries_table_save (db, query, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
is_passing (const char *code)
{
  return g_strcmp0 (code, "busy") == 0 || g_strcmp0 (code, "offline") == 0;
}

/* What failed for a reason that passes by itself is tried again; for any other a person must do
 * something first. */
static gboolean
plan_next (CrDb *db, Settle *settle, GError **error)
{
  CrPull *pull = settle->pull;
  gboolean has_failed = pull->status == CR_PULL_FAILED || pull->status == CR_PULL_PARTIAL;
  gboolean retries = has_failed && is_passing (pull->error_code);
  g_autoptr (GPtrArray) queries = cr_queries_table_list (db, pull->id, error);

  if (queries == NULL)
    return FALSE;

  for (guint i = 0; has_failed && i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      retries |= query->status == CR_QUERY_FAILED && is_passing (query->error_code);
    }
  return cr_pace_table_plan (db, settle->connection->id, settle->now_ms, retries, error);
}

/* Access given while this pull was open joined it; it asked with what it had begun with. */
static gboolean
ask_anew (CrDb *db, Settle *settle, GError **error)
{
  gint64 is_given = cr_auth_events_table_given_since (db, settle->pull, error);
  g_autoptr (CrPull) pull = NULL;

  if (is_given <= 0)
    return is_given == 0;

  pull = cr_pull_new_for (settle->connection, CR_PULL_TRIGGER_ACTIVATION, settle->now_ms);
  return cr_pulls_table_add (db, pull, NULL, error);
}

static gpointer
settle_func (CrDb *db, gpointer data, GError **error)
{
  Settle *settle = data;
  gboolean raises_event = settle->pull->status != CR_PULL_CANCELLED;
  gboolean has_news = settle->pull->n_new > 0 || settle->pull->n_changed > 0;
  g_autoptr (CrHold) hold = NULL;
  g_autoptr (GError) trouble = NULL;

  if (!cr_pulls_table_save (db, settle->pull, error) ||
      !cr_pull_waits_table_note (db, settle->pull, settle->now_ms, error) ||
      !end_queries (db, settle, error))
    return NULL;
  if (!plan_next (db, settle, error) || (raises_event && !ask_anew (db, settle, error)))
    return NULL;
  if (raises_event)
    {
      g_autoptr (CrEvent) event = make_event (settle);

      if (!cr_events_table_add (db, event, error))
        return NULL;
    }

  if (!cr_guard_table_note (db, settle->connection, cr_judge_patient, settle->now_ms, error))
    return NULL;
  hold = cr_holds_table_latest (db, settle->connection->id, &trouble);
  if (trouble != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&trouble));
      return NULL;
    }
  if (has_news && (hold == NULL || hold->status == CR_HOLD_RELEASED) &&
      !cr_runs_table_queue_all (db, CR_RUN_TRIGGER_PULL_COMPLETED, NULL, settle->now_ms, error))
    return NULL;

  return GINT_TO_POINTER (TRUE);
}

gboolean
cr_pull_settle_cancelled (CrDb *db, CrPull *pull, gint64 now_ms, GError **error)
{
  g_autoptr (CrConnection) connection = cr_connections_table_get (db, pull->connection_id, error);
  g_autoptr (GPtrArray) queries = cr_queries_table_list (db, pull->id, error);
  Settle settle = { pull, connection, now_ms };

  if (connection == NULL || queries == NULL)
    return FALSE;

  cr_pull_tally (pull, queries);
  pull->status = CR_PULL_CANCELLED;
  pull->waiting_for = CR_WAIT_NONE;
  pull->wait_until_ms = 0;
  pull->finished_ms = now_ms;
  return settle_func (db, &settle, error) != NULL;
}

void
cr_pull_settle_async (CrPullContext *context,
                      CrPull *pull,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  Settle *settle = g_new0 (Settle, 1);

  settle->pull = g_object_ref (pull);
  settle->connection = g_object_ref (context->parts.connection);
  settle->now_ms = context->parts.clock ();
  cr_store_write_async (context->parts.store, CR_WRITE_SURE, settle_func, settle, settle_free, NULL,
                        NULL, callback, user_data);
}

typedef struct
{
  CrPull *pull; /* (owned) */
  gint64 now_ms;
} Wait;

static void
wait_free (gpointer data)
{
  Wait *wait = data;

  g_object_unref (wait->pull);
  g_free (wait);
}

static gpointer
wait_func (CrDb *db, gpointer data, GError **error)
{
  Wait *wait = data;

  return GINT_TO_POINTER (cr_pulls_table_save (db, wait->pull, error) &&
                          cr_pull_waits_table_note (db, wait->pull, wait->now_ms, error));
}

void
cr_pull_wait_async (CrPullContext *context,
                    CrPull *pull,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  Wait *wait = g_new0 (Wait, 1);

  wait->pull = g_object_ref (pull);
  wait->now_ms = context->parts.clock ();
  cr_store_write_async (context->parts.store, CR_WRITE_SURE, wait_func, wait, wait_free, NULL, NULL,
                        callback, user_data);
}

gpointer
cr_pull_save_queries_func (CrDb *db, gpointer data, GError **error)
{
  GPtrArray *queries = data;

  for (guint i = 0; i < queries->len; i++)
    if (!cr_queries_table_save (db, g_ptr_array_index (queries, i), error))
      return NULL;
  return queries;
}

gboolean
cr_pull_settle_finish (CrStore *store, GAsyncResult *result, GError **error)
{
  return cr_store_write_finish (store, result, error) != NULL;
}
