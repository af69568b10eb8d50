/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-webhooks-table.h"

#include "base/cr-said.h"
#include "store/cr-stmt-rows.h"

#define COLUMNS                                                                                    \
  "SELECT w.id, w.url, w.events, w.description, w.metadata, w.api_version, w.status, w.ended,"     \
  " w.allows_private, w.created_ms, w.updated_ms, w.failing_since_ms, w.warned_ms, w.disabled_ms," \
  " w.old_secret_until_ms, w.delivered_ms"
#define FROM " FROM webhook w"
#define SELECT                                                                                     \
  COLUMNS                                                                                          \
  ", (SELECT count(*) FROM delivery d WHERE d.webhook = w.n AND d.status = 'pending'),"            \
  " (SELECT count(*) FROM delivery d WHERE d.webhook = w.n AND d.status = 'exhausted')" FROM
#define MISSING CR_SAID ("There is no webhook endpoint with this id.")

static gpointer
read_endpoint (CrStmt *stmt)
{
  CrWebhookEndpoint *endpoint = cr_webhook_endpoint_new (cr_stmt_text (stmt, 0));

  endpoint->url = cr_stmt_dup_text (stmt, 1);
  endpoint->events = g_strsplit (cr_stmt_text (stmt, 2), ",", -1);
  endpoint->description = cr_stmt_dup_text (stmt, 3);
  endpoint->metadata = cr_stmt_dup_text (stmt, 4);
  endpoint->api_version = cr_stmt_dup_text (stmt, 5);
  endpoint->status = (CrWebhookStatus) cr_stmt_enum (stmt, 6, CR_TYPE_WEBHOOK_STATUS);
  endpoint->end = (CrWebhookEnd) cr_stmt_enum (stmt, 7, CR_TYPE_WEBHOOK_END);
  endpoint->allows_private = cr_stmt_int64 (stmt, 8) != 0;
  endpoint->created_ms = cr_stmt_int64 (stmt, 9);
  endpoint->updated_ms = cr_stmt_int64 (stmt, 10);
  endpoint->failing_since_ms = cr_stmt_int64 (stmt, 11);
  endpoint->warned_ms = cr_stmt_int64 (stmt, 12);
  endpoint->disabled_ms = cr_stmt_int64 (stmt, 13);
  endpoint->old_secret_until_ms = cr_stmt_int64 (stmt, 14);
  endpoint->delivered_ms = cr_stmt_int64 (stmt, 15);
  endpoint->n_pending = cr_stmt_int64 (stmt, 16);
  endpoint->n_exhausted = cr_stmt_int64 (stmt, 17);
  return endpoint;
}

static void
bind_chosen (CrStmt *stmt, CrWebhookEndpoint *endpoint, const char *events)
{
  cr_stmt_bind_text (stmt, ":id", endpoint->id);
  cr_stmt_bind_text (stmt, ":url", endpoint->url);
  cr_stmt_bind_text (stmt, ":events", events);
  cr_stmt_bind_text (stmt, ":description", endpoint->description);
  cr_stmt_bind_text (stmt, ":metadata", endpoint->metadata != NULL ? endpoint->metadata : "{}");
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_WEBHOOK_STATUS, (int) endpoint->status);
  cr_stmt_bind_enum (stmt, ":ended", CR_TYPE_WEBHOOK_END, (int) endpoint->end);
  cr_stmt_bind_int64 (stmt, ":allows_private", endpoint->allows_private);
  cr_stmt_bind_int64 (stmt, ":updated_ms", endpoint->updated_ms);
  cr_stmt_bind_int64 (stmt, ":disabled_ms", endpoint->disabled_ms);
}

gboolean
cr_webhooks_table_add (CrDb *db, CrWebhookEndpoint *endpoint, GError **error)
{
  g_autofree char *events = g_strjoinv (",", endpoint->events);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO webhook (id, url, events, description, metadata, api_version, status, ended,"
          " allows_private, created_ms, updated_ms, disabled_ms) VALUES (:id, :url, :events,"
          " :description, :metadata, :api_version, :status, :ended, :allows_private, :created_ms,"
          " :updated_ms, :disabled_ms)");

  bind_chosen (stmt, endpoint, events);
  cr_stmt_bind_text (stmt, ":api_version", endpoint->api_version);
  cr_stmt_bind_int64 (stmt, ":created_ms", endpoint->created_ms);
  return cr_stmt_run (stmt, error);
}

static gboolean
start_anew (CrDb *db, const char *id, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) waiting =
      cr_stmt_new (db, "UPDATE delivery SET rung = 0, next_ms = :now_ms WHERE status = 'pending'"
                       " AND webhook = (SELECT n FROM webhook WHERE id = :id)");
  g_autoptr (CrStmt) endpoint =
      cr_stmt_new (db, "UPDATE webhook SET failing_since_ms = 0, warned_ms = 0 WHERE id = :id");

  cr_stmt_bind_text (waiting, ":id", id);
  cr_stmt_bind_int64 (waiting, ":now_ms", now_ms);
  cr_stmt_bind_text (endpoint, ":id", id);
  return cr_stmt_run (waiting, error) && cr_stmt_run (endpoint, error);
}

gboolean
cr_webhooks_table_update (CrDb *db, CrWebhookEndpoint *endpoint, gint64 now_ms, GError **error)
{
  g_autoptr (CrWebhookEndpoint) old = cr_webhooks_table_get (db, endpoint->id, error);
  g_autofree char *events = g_strjoinv (",", endpoint->events);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE webhook SET url = :url, events = :events, description = :description,"
          " metadata = :metadata, status = :status, ended = :ended,"
          " allows_private = :allows_private, updated_ms = :updated_ms,"
          " disabled_ms = :disabled_ms WHERE id = :id");

  if (old == NULL)
    return FALSE;

  endpoint->updated_ms = now_ms;
  if (endpoint->status == CR_WEBHOOK_ACTIVE)
    {
      endpoint->end = CR_WEBHOOK_END_NONE;
      endpoint->disabled_ms = 0;
    }
  else if (old->status == CR_WEBHOOK_ACTIVE)
    {
      endpoint->end = CR_WEBHOOK_END_PERSON;
      endpoint->disabled_ms = now_ms;
    }
  bind_chosen (stmt, endpoint, events);
  if (!cr_stmt_run_change (stmt, MISSING, error))
    return FALSE;

  return old->status == CR_WEBHOOK_ACTIVE || endpoint->status != CR_WEBHOOK_ACTIVE ||
         start_anew (db, endpoint->id, now_ms, error);
}

gboolean
cr_webhooks_table_remove (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM webhook WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run_change (stmt, MISSING, error);
}

CrWebhookEndpoint *
cr_webhooks_table_get (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, SELECT " WHERE w.id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_one (stmt, read_endpoint, MISSING, error);
}

GPtrArray *
cr_webhooks_table_list (CrDb *db, const char *status, guint offset, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, SELECT " WHERE :status IS NULL OR w.status = :status"
                              " ORDER BY w.created_ms DESC, w.n DESC LIMIT :limit OFFSET :offset");

  cr_stmt_bind_text (stmt, ":status", status);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_endpoint, error);
}

GPtrArray *
cr_webhooks_table_list_active (CrDb *db, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, COLUMNS ", 0, 0" FROM " WHERE w.status = 'active'"
                                                     " ORDER BY w.n LIMIT :limit");

  cr_stmt_bind_int64 (stmt, ":limit", limit);
  return cr_stmt_read_list (stmt, read_endpoint, error);
}

gint64
cr_webhooks_table_count (CrDb *db, const char *status, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT count(*) FROM webhook WHERE :status IS NULL OR status = :status");

  cr_stmt_bind_text (stmt, ":status", status);
  return cr_stmt_read_number (stmt, -1, error);
}

gboolean
cr_webhooks_table_set_old_secret (CrDb *db,
                                  const char *id,
                                  gint64 until_ms,
                                  gint64 now_ms,
                                  GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE webhook SET old_secret_until_ms = :until_ms, updated_ms = :now_ms"
                       " WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_int64 (stmt, ":until_ms", until_ms);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run_change (stmt, MISSING, error);
}

/* How it goes ---------------------------------------------------------------------------------- */

gboolean
cr_webhooks_table_note_good (CrDb *db, const char *id, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE webhook SET failing_since_ms = 0, warned_ms = 0,"
                       " delivered_ms = :now_ms WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_webhooks_table_note_bad (CrDb *db, const char *id, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "UPDATE webhook SET failing_since_ms = :now_ms"
                                             " WHERE id = :id AND failing_since_ms = 0");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_webhooks_table_warn (CrDb *db, const char *id, gint64 now_ms, gboolean *is_news, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE webhook SET warned_ms = :now_ms WHERE id = :id AND warned_ms = 0");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  if (!cr_stmt_run (stmt, error))
    return FALSE;

  *is_news = cr_stmt_n_changed (stmt) > 0;
  return TRUE;
}

gboolean
cr_webhooks_table_disable (CrDb *db,
                           const char *id,
                           CrWebhookEnd end,
                           gint64 now_ms,
                           gboolean *is_news,
                           GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "UPDATE webhook SET status = 'disabled', ended = :end,"
                                             " disabled_ms = :now_ms, updated_ms = :now_ms"
                                             " WHERE id = :id AND status = 'active'");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_enum (stmt, ":end", CR_TYPE_WEBHOOK_END, (int) end);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  if (!cr_stmt_run (stmt, error))
    return FALSE;

  *is_news = cr_stmt_n_changed (stmt) > 0;
  return TRUE;
}
