/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-deliveries-table.h"

#include "base/cr-enum.h"
#include "base/cr-id.h"
#include "base/cr-said.h"
#include "store/cr-stmt-rows.h"

#define SELECT                                                                                     \
  "SELECT d.id, w.id, d.type, coalesce (d.data, e.data), w.api_version, d.status, d.attempts,"     \
  " d.rung, d.next_ms, d.delivered_ms, d.last_status, d.last_error, d.last_body,"                  \
  " d.redelivered_ms, d.created_ms"                                                                \
  " FROM delivery d JOIN webhook w ON w.n = d.webhook LEFT JOIN event e ON e.n = d.event"
#define OF_WEBHOOK " WHERE d.webhook = (SELECT n FROM webhook WHERE id = :webhook_id)"
#define WANTS "(w.events = '*' OR instr (',' || w.events || ',', ',' || e.type || ',') > 0)"
#define MISSING CR_SAID ("There is no event with this id.")

static gpointer
read_delivery (CrStmt *stmt)
{
  CrDelivery *delivery = cr_delivery_new (cr_stmt_text (stmt, 0));

  delivery->webhook_id = cr_stmt_dup_text (stmt, 1);
  delivery->type = cr_stmt_dup_text (stmt, 2);
  delivery->data = cr_stmt_dup_text (stmt, 3);
  delivery->api_version = cr_stmt_dup_text (stmt, 4);
  delivery->status = (CrDeliveryStatus) cr_stmt_enum (stmt, 5, CR_TYPE_DELIVERY_STATUS);
  delivery->attempts = (guint) cr_stmt_int64 (stmt, 6);
  delivery->rung = (guint) cr_stmt_int64 (stmt, 7);
  delivery->next_ms = cr_stmt_int64 (stmt, 8);
  delivery->delivered_ms = cr_stmt_int64 (stmt, 9);
  delivery->last_status = (guint) cr_stmt_int64 (stmt, 10);
  delivery->last_error = cr_stmt_dup_text (stmt, 11);
  delivery->last_body = cr_stmt_dup_text (stmt, 12);
  delivery->redelivered_ms = cr_stmt_int64 (stmt, 13);
  delivery->created_ms = cr_stmt_int64 (stmt, 14);
  return delivery;
}

/* Adding --------------------------------------------------------------------------------------- */

static gboolean
add_for (CrDb *db, CrEvent *event, gint64 webhook, gint64 event_n, gint64 next_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO delivery (id, webhook, event, type, status, next_ms, created_ms)"
          " VALUES (:id, :webhook, :event, :type, 'pending', :next_ms, :created_ms)");
  g_autofree char *id = cr_id_new ("evt_", event->created_ms);

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_int64 (stmt, ":webhook", webhook);
  cr_stmt_bind_int64 (stmt, ":event", event_n);
  cr_stmt_bind_enum (stmt, ":type", CR_TYPE_EVENT_TYPE, (int) event->type);
  cr_stmt_bind_int64 (stmt, ":next_ms", next_ms);
  cr_stmt_bind_int64 (stmt, ":created_ms", event->created_ms);
  return cr_stmt_run (stmt, error);
}

/* Pairs of rowids, as a statement that is stepped must not see what is inserted meanwhile. */
static GArray *
read_pairs (CrStmt *stmt, GError **error)
{
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (gint64));
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      gint64 pair[] = { cr_stmt_int64 (stmt, 0), cr_stmt_int64 (stmt, 1) };

      g_array_append_vals (pairs, pair, 2);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&pairs) : NULL;
}

gboolean
cr_deliveries_table_fan_out (CrDb *db, CrEvent *event, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT w.n, e.n FROM event e JOIN webhook w ON w.status = 'active'"
                       " AND " WANTS " WHERE e.id = :id");
  g_autoptr (GArray) pairs = NULL;

  cr_stmt_bind_text (stmt, ":id", event->id);
  pairs = read_pairs (stmt, error);
  if (pairs == NULL)
    return FALSE;

  for (guint i = 0; i < pairs->len; i += 2)
    if (!add_for (db, event, g_array_index (pairs, gint64, i), g_array_index (pairs, gint64, i + 1),
                  event->created_ms, error))
      return FALSE;
  return TRUE;
}

gboolean
cr_deliveries_table_add (CrDb *db, CrDelivery *delivery, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO delivery (id, webhook, type, data, status, rung, next_ms, created_ms)"
          " SELECT :id, n, :type, :data, :status, :rung, :next_ms, :created_ms FROM webhook"
          " WHERE id = :webhook_id");

  cr_stmt_bind_text (stmt, ":id", delivery->id);
  cr_stmt_bind_text (stmt, ":webhook_id", delivery->webhook_id);
  cr_stmt_bind_text (stmt, ":type", delivery->type);
  cr_stmt_bind_text (stmt, ":data", delivery->data);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_DELIVERY_STATUS, (int) delivery->status);
  cr_stmt_bind_int64 (stmt, ":rung", delivery->rung);
  cr_stmt_bind_int64 (stmt, ":next_ms", delivery->next_ms);
  cr_stmt_bind_int64 (stmt, ":created_ms", delivery->created_ms);
  return cr_stmt_run_change (stmt, CR_SAID ("There is no webhook endpoint with this id."), error);
}

/* Reading and saving --------------------------------------------------------------------------- */

CrDelivery *
cr_deliveries_table_get (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, SELECT " WHERE d.id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_one (stmt, read_delivery, MISSING, error);
}

static gboolean
save_attempt (CrDb *db, CrDelivery *delivery, CrDeliveryAttempt *attempt, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT OR REPLACE INTO delivery_attempt (delivery, n, at_ms, took_ms, status, error,"
          " body) SELECT n, :attempt, :at_ms, :took_ms, :status, :error, :body FROM delivery"
          " WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", delivery->id);
  cr_stmt_bind_int64 (stmt, ":attempt", delivery->attempts);
  cr_stmt_bind_int64 (stmt, ":at_ms", attempt->at_ms);
  cr_stmt_bind_int64 (stmt, ":took_ms", attempt->took_ms);
  cr_stmt_bind_int64 (stmt, ":status", attempt->status);
  cr_stmt_bind_text (stmt, ":error", attempt->error);
  cr_stmt_bind_text (stmt, ":body", attempt->body);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_deliveries_table_save (CrDb *db,
                          CrDelivery *delivery,
                          CrDeliveryAttempt *attempt,
                          GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE delivery SET status = :status, attempts = :attempts, rung = :rung,"
          " next_ms = :next_ms, delivered_ms = :delivered_ms, last_status = :last_status,"
          " last_error = :last_error, last_body = :last_body, redelivered_ms = :redelivered_ms"
          " WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", delivery->id);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_DELIVERY_STATUS, (int) delivery->status);
  cr_stmt_bind_int64 (stmt, ":attempts", delivery->attempts);
  cr_stmt_bind_int64 (stmt, ":rung", delivery->rung);
  cr_stmt_bind_int64 (stmt, ":next_ms", delivery->next_ms);
  cr_stmt_bind_int64 (stmt, ":delivered_ms", delivery->delivered_ms);
  cr_stmt_bind_int64 (stmt, ":last_status", delivery->last_status);
  cr_stmt_bind_text (stmt, ":last_error", delivery->last_error);
  cr_stmt_bind_text (stmt, ":last_body", delivery->last_body);
  cr_stmt_bind_int64 (stmt, ":redelivered_ms", delivery->redelivered_ms);
  return cr_stmt_run (stmt, error) &&
         (attempt == NULL || save_attempt (db, delivery, attempt, error));
}

GPtrArray *
cr_deliveries_table_list_due (CrDb *db,
                              const char *webhook_id,
                              gint64 now_ms,
                              guint limit,
                              GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, SELECT OF_WEBHOOK " AND d.status = 'pending' AND d.next_ms <= :now_ms"
                                         " ORDER BY d.next_ms, d.n LIMIT :limit");

  cr_stmt_bind_text (stmt, ":webhook_id", webhook_id);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
  return cr_stmt_read_list (stmt, read_delivery, error);
}

gint64
cr_deliveries_table_next_due (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT min ((SELECT d.next_ms FROM delivery d WHERE d.webhook = w.n"
                       " AND d.status = 'pending' ORDER BY d.next_ms LIMIT 1))"
                       " FROM webhook w WHERE w.status = 'active'");

  return cr_stmt_read_number (stmt, 0, error);
}

#define WANTED OF_WEBHOOK " AND (:wanted = 0 OR (:wanted = 1) = (d.delivered_ms > 0))"

GPtrArray *
cr_deliveries_table_list (CrDb *db,
                          const char *webhook_id,
                          CrDeliveriesWanted wanted,
                          guint offset,
                          guint limit,
                          GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, SELECT WANTED " ORDER BY d.created_ms DESC, d.n DESC"
                                                           " LIMIT :limit OFFSET :offset");

  cr_stmt_bind_text (stmt, ":webhook_id", webhook_id);
  cr_stmt_bind_int64 (stmt, ":wanted", wanted);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_delivery, error);
}

gint64
cr_deliveries_table_count (CrDb *db,
                           const char *webhook_id,
                           CrDeliveriesWanted wanted,
                           GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*) FROM delivery d" WANTED);

  cr_stmt_bind_text (stmt, ":webhook_id", webhook_id);
  cr_stmt_bind_int64 (stmt, ":wanted", wanted);
  return cr_stmt_read_number (stmt, -1, error);
}

static gpointer
read_attempt (CrStmt *stmt)
{
  CrDeliveryAttempt *attempt = cr_delivery_attempt_new ();

  attempt->n = (guint) cr_stmt_int64 (stmt, 0);
  attempt->at_ms = cr_stmt_int64 (stmt, 1);
  attempt->took_ms = cr_stmt_int64 (stmt, 2);
  attempt->status = (guint) cr_stmt_int64 (stmt, 3);
  attempt->error = cr_stmt_dup_text (stmt, 4);
  attempt->body = cr_stmt_dup_text (stmt, 5);
  return attempt;
}

GPtrArray *
cr_deliveries_table_list_attempts (CrDb *db, const char *delivery_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT n, at_ms, took_ms, status, error, body FROM delivery_attempt"
                       " WHERE delivery = (SELECT n FROM delivery WHERE id = :id) ORDER BY n");

  cr_stmt_bind_text (stmt, ":id", delivery_id);
  return cr_stmt_read_list (stmt, read_attempt, error);
}

/* What was missed ------------------------------------------------------------------------------ */

#define UNTOLD                                                                                     \
  " FROM webhook w JOIN event e ON " WANTS                                                         \
  " WHERE w.id = :webhook_id AND e.created_ms >= :since_ms"                                        \
  " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.webhook = w.n AND d.event = e.n)"
#define FAILED                                                                                     \
  OF_WEBHOOK " AND d.status = 'exhausted' AND d.event IS NOT NULL"                                 \
             " AND d.created_ms >= :since_ms"

static gint64
count_since (CrStmt *stmt, const char *webhook_id, gint64 since_ms, GError **error)
{
  cr_stmt_bind_text (stmt, ":webhook_id", webhook_id);
  cr_stmt_bind_int64 (stmt, ":since_ms", since_ms);
  return cr_stmt_read_number (stmt, -1, error);
}

gint64
cr_deliveries_table_count_missed (CrDb *db, const char *webhook_id, gint64 since_ms, GError **error)
{
  g_autoptr (CrStmt) untold = cr_stmt_new (db, "SELECT count(*)" UNTOLD);
  g_autoptr (CrStmt) failed = cr_stmt_new (db, "SELECT count(*) FROM delivery d" FAILED);
  gint64 n_untold = count_since (untold, webhook_id, since_ms, error);
  gint64 n_failed = n_untold >= 0 ? count_since (failed, webhook_id, since_ms, error) : -1;

  return n_failed >= 0 ? n_untold + n_failed : -1;
}

static gboolean
tell_untold (CrDb *db, const char *webhook_id, gint64 since_ms, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT w.n, e.n, e.type, e.created_ms" UNTOLD " ORDER BY e.n");
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (gint64));
  CrStep step;

  cr_stmt_bind_text (stmt, ":webhook_id", webhook_id);
  cr_stmt_bind_int64 (stmt, ":since_ms", since_ms);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      gint64 pair[] = { cr_stmt_int64 (stmt, 0), cr_stmt_int64 (stmt, 1) };
      CrEvent *event =
          cr_event_new (NULL, (CrEventType) cr_stmt_enum (stmt, 2, CR_TYPE_EVENT_TYPE));

      event->created_ms = cr_stmt_int64 (stmt, 3);
      g_ptr_array_add (events, event);
      g_array_append_vals (pairs, pair, 2);
    }
  if (step != CR_STEP_DONE)
    return FALSE;

  for (guint i = 0; i < events->len; i++)
    if (!add_for (db, g_ptr_array_index (events, i), g_array_index (pairs, gint64, 2 * i),
                  g_array_index (pairs, gint64, 2 * i + 1), now_ms, error))
      return FALSE;
  return TRUE;
}

gint64
cr_deliveries_table_replay (CrDb *db,
                            const char *webhook_id,
                            gint64 since_ms,
                            gint64 now_ms,
                            GError **error)
{
  gint64 n = cr_deliveries_table_count_missed (db, webhook_id, since_ms, error);
  g_autoptr (CrStmt) again = cr_stmt_new (
      db, "UPDATE delivery AS d SET status = 'pending', rung = 0, next_ms = :now_ms" FAILED);

  if (n < 0)
    return -1;

  cr_stmt_bind_text (again, ":webhook_id", webhook_id);
  cr_stmt_bind_int64 (again, ":since_ms", since_ms);
  cr_stmt_bind_int64 (again, ":now_ms", now_ms);
  if (!cr_stmt_run (again, error) || !tell_untold (db, webhook_id, since_ms, now_ms, error))
    return -1;
  return n;
}
