/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-overview-private.h"

#include <string.h>

#include "base/cr-enum.h"
#include "model/cr-patient.h"
#include "store/cr-destinations-table.h"
#include "store/cr-stmt-rows.h"
#include "store/cr-webhooks-table.h"

/* More than an engine takes. */
#define MOST_WEBHOOKS 1000

static CrNeed *
add_need (CrOverview *overview, CrNeedKind kind, const char *of, gint64 n, gint64 since_ms)
{
  CrNeed *need = g_new0 (CrNeed, 1);

  need->kind = kind;
  need->key = g_strconcat (cr_enum_to_string (CR_TYPE_NEED_KIND, (int) kind), "/",
                           of != NULL ? of : "", NULL);
  need->n = n;
  need->since_ms = since_ms;
  g_ptr_array_add (overview->needs, need);
  return need;
}

static gboolean
read_holds (CrDb *db, CrOverview *overview, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT count(*), max (h.created_ms), min (h.connection_id), min (p.name) FROM hold h"
          " LEFT JOIN patient p ON p.id = h.patient_id WHERE h.status = 'open'");
  CrStep step = cr_stmt_step (stmt, error);
  CrNeed *need;

  if (step == CR_STEP_ERROR || cr_stmt_int64 (stmt, 0) == 0)
    return step != CR_STEP_ERROR;

  need = add_need (overview, CR_NEED_HOLD, NULL, cr_stmt_int64 (stmt, 0), cr_stmt_int64 (stmt, 1));
  if (need->n == 1)
    {
      need->id = cr_stmt_dup_text (stmt, 2);
      need->name = cr_stmt_dup_text (stmt, 3);
    }
  return TRUE;
}

/* The terms are those of the index connection_reconnect, and of cr-reconnect-table.c. */
static gboolean
read_sign_ins (CrDb *db, CrOverview *overview, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT has_ended, count(*), max (ends_ms), min (ends_ms) FROM ("
          " SELECT c.status <> 'active' AS has_ended,"
          " (CASE c.status WHEN 'refresh_failed' THEN c.failure_ms"
          " WHEN 'active' THEN (CASE WHEN c.has_refresh = 0 AND c.access_expires_ms > 0"
          " AND (c.consent_ends_ms = 0 OR c.access_expires_ms < c.consent_ends_ms)"
          " THEN c.access_expires_ms ELSE c.consent_ends_ms END)"
          " ELSE c.access_expires_ms END) AS ends_ms"
          " FROM connection c LEFT JOIN connection_note m ON m.connection_id = c.id"
          " WHERE (c.status = 'refresh_failed' OR c.status = 'expired' OR (c.status = 'active'"
          "  AND ((c.has_refresh = 0 AND c.access_expires_ms > 0) OR c.consent_ends_ms > 0)))"
          " AND coalesce (m.called_ms, 0) = 0)"
          " WHERE has_ended OR ends_ms <= :soon_ms GROUP BY has_ended");
  CrStep step;

  cr_stmt_bind_int64 (stmt, ":soon_ms", now_ms + CR_SOON_MS);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    if (cr_stmt_int64 (stmt, 0) != 0)
      add_need (overview, CR_NEED_SIGN_IN, NULL, cr_stmt_int64 (stmt, 1), cr_stmt_int64 (stmt, 2));
    else
      add_need (overview, CR_NEED_SIGN_IN_SOON, NULL, cr_stmt_int64 (stmt, 1), 0)->until_ms =
          cr_stmt_int64 (stmt, 3);

  return step == CR_STEP_DONE;
}

/* At one source for one cause: one thing to find out, however many patients it is about. */
static gboolean
read_failures (CrDb *db, CrOverview *overview, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT g.status, g.source_id, g.cause, g.n, g.newest_ms, s.name,"
          " CASE g.n WHEN 1 THEN g.patient_id END"
          " FROM (SELECT status, source_id, cause, count(*) AS n, max (ended_ms) AS newest_ms,"
          "  min (patient_id) AS patient_id FROM connection_standing"
          "  WHERE status >= 4 AND status <= 5 GROUP BY status, source_id, cause) g"
          " LEFT JOIN source s ON s.id = g.source_id");
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrNeedKind kind = cr_stmt_int64 (stmt, 0) == CR_RECORD_STATUS_FAILING ? CR_NEED_PULL_FAILED
                                                                            : CR_NEED_PULL_PARTIAL;
      g_autofree char *of = g_strconcat (cr_stmt_text (stmt, 1), "/", cr_stmt_text (stmt, 2), NULL);
      CrNeed *need =
          add_need (overview, kind, of, cr_stmt_int64 (stmt, 3), cr_stmt_int64 (stmt, 4));

      need->source_id = cr_stmt_dup_text (stmt, 1);
      need->code = cr_stmt_dup_text (stmt, 2);
      need->name = cr_stmt_dup_text (stmt, 5);
      need->id = cr_stmt_dup_text (stmt, 6);
    }

  return step == CR_STEP_DONE;
}

/* What pulls wait for that passes by itself, such as a rate limit, needs nobody. */
static gboolean
read_waits (CrDb *db, CrOverview *overview, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT w.waiting_for, w.source_id, w.n, w.first_ms, w.until_ms, s.name,"
          " CASE w.waiting_for WHEN 'keyring_locked' THEN (SELECT error_code FROM pull"
          "  WHERE status = 'waiting' AND waiting_for = 'keyring_locked'"
          "  ORDER BY source_id DESC, started_ms DESC LIMIT 1) END"
          " FROM (SELECT waiting_for, CASE waiting_for WHEN 'source_outage' THEN source_id END"
          "  AS source_id, count(*) AS n, min (nullif (started_ms, 0)) AS first_ms,"
          "  min (nullif (wait_until_ms, 0)) AS until_ms FROM pull WHERE status = 'waiting'"
          "  AND waiting_for IN ('source_outage', 'keyring_locked', 'offline', 'storage')"
          "  GROUP BY 1, 2) w LEFT JOIN source s ON s.id = w.source_id");
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      const char *source_id = cr_stmt_text (stmt, 1);
      g_autofree char *of = g_strconcat (cr_stmt_text (stmt, 0), "/", source_id, NULL);
      CrNeed *need = add_need (overview, CR_NEED_WAITING, of, cr_stmt_int64 (stmt, 2),
                               cr_stmt_int64 (stmt, 3));

      need->code = cr_stmt_dup_text (stmt, 0);
      need->source_id = g_strdup (source_id);
      need->until_ms = cr_stmt_int64 (stmt, 4);
      need->name = cr_stmt_dup_text (stmt, 5);
      need->error = cr_stmt_dup_text (stmt, 6);
    }

  return step == CR_STEP_DONE;
}

static gboolean
read_stale (CrDb *db, CrOverview *overview, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*), max (good_ms) FROM patient_standing"
                                             " WHERE good_ms > 0 AND good_ms < :before_ms");
  CrStep step;

  cr_stmt_bind_int64 (stmt, ":before_ms", now_ms - CR_PATIENT_STALE_MS);
  step = cr_stmt_step (stmt, error);
  if (step == CR_STEP_ROW && cr_stmt_int64 (stmt, 0) > 0)
    add_need (overview, CR_NEED_STALE, NULL, cr_stmt_int64 (stmt, 0), cr_stmt_int64 (stmt, 1));
  return step != CR_STEP_ERROR;
}

static gboolean
explain_destination (CrDb *db, CrNeed *need, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT completed_ms, error_message FROM export_run WHERE destination_id = :id"
          " AND status IN ('partial', 'failed') ORDER BY created_ms DESC, n DESC LIMIT 1");
  CrStep step;

  cr_stmt_bind_text (stmt, ":id", need->id);
  step = cr_stmt_step (stmt, error);
  if (step == CR_STEP_ROW)
    {
      need->since_ms = cr_stmt_int64 (stmt, 0);
      if (need->detail == NULL)
        need->detail = cr_stmt_dup_text (stmt, 1);
    }
  return step != CR_STEP_ERROR;
}

/* What failed and is being tried again is not over yet: else each attempt would end the trouble,
 * and begin it anew. -1 on error */
static int
is_in_trouble (CrDb *db, CrDestination *destination, GError **error)
{
  g_autoptr (CrStmt) stmt = NULL;

  if (destination->status != CR_DESTINATION_RUNNING)
    return destination->status == CR_DESTINATION_FAILING ||
           destination->status == CR_DESTINATION_ACTION_REQUIRED;

  stmt = cr_stmt_new (
      db,
      "SELECT status IN ('partial', 'failed') FROM export_run WHERE destination_id = :id"
      " AND status IN ('complete', 'partial', 'failed') ORDER BY created_ms DESC, n DESC LIMIT 1");
  cr_stmt_bind_text (stmt, ":id", destination->id);
  return (int) cr_stmt_read_number (stmt, 0, error);
}

static gboolean
read_destinations (CrDb *db, CrOverview *overview, GError **error)
{
  g_autoptr (GPtrArray) all = cr_destinations_table_list (db, error);

  for (guint i = 0; all != NULL && i < all->len; i++)
    {
      CrDestination *destination = g_ptr_array_index (all, i);
      int is_needed = is_in_trouble (db, destination, error);
      CrNeed *need;

      if (is_needed < 0)
        return FALSE;
      overview->n_failing += destination->n_failing;
      if (is_needed == 0)
        continue;
      need = add_need (overview, CR_NEED_DESTINATION, destination->id, destination->n_failing, 0);
      need->id = g_strdup (destination->id);
      need->name = g_strdup (destination->name);
      need->code = g_strdup (cr_enum_to_string (CR_TYPE_DESTINATION_STATUS,
                                                destination->status == CR_DESTINATION_RUNNING
                                                    ? CR_DESTINATION_FAILING
                                                    : (int) destination->status));
      need->detail = g_strdup (destination->action_required);
      if (!explain_destination (db, need, error))
        return FALSE;
    }
  if (all != NULL)
    overview->n_destinations = all->len;
  return all != NULL;
}

/* One that a person disabled needs nobody. */
static gboolean
read_webhooks (CrDb *db, CrOverview *overview, GError **error)
{
  g_autoptr (GPtrArray) all = cr_webhooks_table_list (db, NULL, 0, MOST_WEBHOOKS, error);

  for (guint i = 0; all != NULL && i < all->len; i++)
    {
      CrWebhookEndpoint *endpoint = g_ptr_array_index (all, i);
      CrNeed *need;

      if (!cr_webhook_endpoint_needs_somebody (endpoint))
        continue;
      need = add_need (overview, CR_NEED_WEBHOOK, endpoint->id,
                       endpoint->n_pending + endpoint->n_exhausted,
                       endpoint->disabled_ms > 0 ? endpoint->disabled_ms : endpoint->warned_ms);
      need->id = g_strdup (endpoint->id);
      need->name = g_strdup (endpoint->url);
      need->detail = g_strdup (endpoint->description);
      if (need->detail == NULL || need->detail[0] == '\0')
        need->made_ms = endpoint->created_ms;
      need->code = g_strdup (cr_enum_to_string (CR_TYPE_WEBHOOK_END, (int) endpoint->end));
    }
  return all != NULL;
}

static gint
compare_needs (gconstpointer a, gconstpointer b)
{
  const CrNeed *left = *(CrNeed *const *) a, *right = *(CrNeed *const *) b;

  if (left->since_ms != right->since_ms)
    return left->since_ms > right->since_ms ? -1 : 1;
  return strcmp (left->key, right->key);
}

gboolean
cr_overview_read_needs (CrDb *db, CrOverview *overview, gint64 now_ms, GError **error)
{
  if (!read_holds (db, overview, error) || !read_sign_ins (db, overview, now_ms, error) ||
      !read_failures (db, overview, error) || !read_waits (db, overview, error) ||
      !read_stale (db, overview, now_ms, error) || !read_destinations (db, overview, error) ||
      !read_webhooks (db, overview, error))
    return FALSE;

  g_ptr_array_sort (overview->needs, compare_needs);
  return TRUE;
}
