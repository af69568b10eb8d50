/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-destinations-table.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "store/cr-exports-table.h"
#include "store/cr-search.h"
#include "store/cr-stmt-rows.h"

/* A record that was delivered and whose newest version then failed counts as failing only. */
#define SELECT                                                                                     \
  "SELECT d.id, d.name, d.kind, d.settings, d.is_enabled, d.action_required, d.created_ms,"        \
  " d.updated_ms, d.last_exported_ms,"                                                             \
  " d.n_delivered - (SELECT count(DISTINCT e.rid) FROM export_entry e JOIN delivered v"            \
  "   ON v.destination = e.destination AND v.rid = e.rid AND v.seq > 0"                            \
  "   WHERE e.destination = d.n AND e.status = 'failed'),"                                         \
  " (SELECT count(DISTINCT rid) FROM export_entry e"                                               \
  "   WHERE e.destination = d.n AND e.status = 'failed'),"                                         \
  " coalesce ((SELECT value FROM counter WHERE name = 'records'), 0),"                             \
  " (SELECT id FROM export_run r WHERE r.destination_id = d.id"                                    \
  "   AND r.status IN ('partial', 'failed', 'cancelled')"                                          \
  "   AND (r.n_failed_items > 0 OR r.status = 'failed')"                                           \
  "   ORDER BY r.created_ms DESC, r.n DESC LIMIT 1),"                                              \
  " (SELECT id FROM export_run r WHERE r.destination_id = d.id AND r.status = 'complete'"          \
  "   ORDER BY r.created_ms DESC, r.n DESC LIMIT 1),"                                              \
  " (SELECT count(*) FROM export_run r WHERE r.destination_id = d.id"                              \
  "   AND r.status IN ('partial', 'failed')),"                                                     \
  " (SELECT r.status FROM export_run r WHERE r.destination_id = d.id"                              \
  "   AND r.status IN ('complete', 'partial', 'failed')"                                           \
  "   ORDER BY r.created_ms DESC, r.n DESC LIMIT 1),"                                              \
  " (SELECT count(DISTINCT w.rid) FROM withdrawal w WHERE w.destination = d.n"                     \
  "   AND w.status = 'sent' AND w.rid IS NOT NULL AND NOT EXISTS (SELECT 1 FROM delivered v"       \
  "   WHERE v.destination = d.n AND v.rid = w.rid AND v.seq > 0)),"                                \
  " (SELECT count(*) FROM withdrawal w WHERE w.destination = d.n"                                  \
  "   AND w.status IN ('pending', 'failed') AND w.file IS NULL),"                                  \
  " (SELECT u.message FROM upload_note u WHERE u.destination_id = d.id"                            \
  "   AND u.message IS NOT NULL ORDER BY u.n DESC LIMIT 1), " CR_RUN_WORK                          \
  " FROM destination d LEFT JOIN export_run a ON a.id ="                                           \
  " (SELECT id FROM export_run r WHERE r.destination_id = d.id"                                    \
  "   AND r.status IN ('queued', 'running', 'waiting')"                                            \
  "   ORDER BY CASE r.status WHEN 'running' THEN 0 WHEN 'waiting' THEN 1 ELSE 2 END, r.n LIMIT 1)"
#define MISSING CR_SAID ("There is no destination with this id.")
#define TAKEN CR_SAID ("A destination with this name is there already. Choose another name.")

void
cr_destination_read_settings (CrDestination *destination, const char *text)
{
  g_autoptr (JsonObject) object = cr_json_parse (text, -1, "settings", NULL);
  g_autoptr (GList) names = object != NULL ? json_object_get_members (object) : NULL;

  for (GList *l = names; l != NULL; l = l->next)
    g_hash_table_insert (destination->settings, g_strdup (l->data),
                         g_strdup (cr_json_string (object, l->data)));
}

static CrDestinationStatus
status_of (CrDestination *destination, const char *last_run)
{
  if (!destination->is_enabled)
    return CR_DESTINATION_DISABLED;
  if (destination->action_required != NULL)
    return CR_DESTINATION_ACTION_REQUIRED;
  if (destination->work != NULL)
    return CR_DESTINATION_RUNNING;
  if (destination->n_failing > 0 || destination->n_to_withdraw > 0 ||
      g_strcmp0 (last_run, "failed") == 0)
    return CR_DESTINATION_FAILING;
  return CR_DESTINATION_IDLE;
}

static gpointer
read_destination (CrStmt *stmt)
{
  CrDestination *destination = cr_destination_new (cr_stmt_text (stmt, 0));

  destination->name = cr_stmt_dup_text (stmt, 1);
  destination->kind = cr_stmt_dup_text (stmt, 2);
  cr_destination_read_settings (destination, cr_stmt_text (stmt, 3));
  destination->is_enabled = cr_stmt_int64 (stmt, 4) != 0;
  destination->action_required = cr_stmt_dup_text (stmt, 5);
  destination->created_ms = cr_stmt_int64 (stmt, 6);
  destination->updated_ms = cr_stmt_int64 (stmt, 7);
  destination->last_exported_ms = cr_stmt_int64 (stmt, 8);
  destination->n_delivered = (guint) cr_stmt_int64 (stmt, 9);
  destination->n_failing = (guint) cr_stmt_int64 (stmt, 10);
  destination->n_stored = (guint) cr_stmt_int64 (stmt, 11);
  destination->work = cr_run_work_read (stmt, 19);
  destination->last_successful_run = cr_stmt_dup_text (stmt, 13);
  destination->n_failed_runs = (guint) cr_stmt_int64 (stmt, 14);
  destination->n_withdrawn = (guint) cr_stmt_int64 (stmt, 16);
  destination->n_to_withdraw = (guint) cr_stmt_int64 (stmt, 17);
  destination->left_behind = cr_stmt_dup_text (stmt, 18);
  destination->status = status_of (destination, cr_stmt_text (stmt, 15));
  if (destination->status == CR_DESTINATION_FAILING)
    destination->retry_run = cr_stmt_dup_text (stmt, 12);
  return destination;
}

char *
cr_destination_write_settings (CrDestination *destination)
{
  g_autoptr (JsonObject) object = json_object_new ();
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, destination->settings);
  while (g_hash_table_iter_next (&iter, &name, &value))
    cr_json_set_string (object, name, value);
  return cr_json_object_to_text (object, FALSE);
}

static void
bind_destination (CrStmt *stmt, CrDestination *destination)
{
  g_autofree char *settings = cr_destination_write_settings (destination);
  g_autofree char *folded = cr_search_fold (destination->name);

  cr_stmt_bind_text (stmt, ":id", destination->id);
  cr_stmt_bind_text (stmt, ":name", destination->name);
  cr_stmt_bind_text (stmt, ":folded", folded);
  cr_stmt_bind_text (stmt, ":settings", settings);
  cr_stmt_bind_int64 (stmt, ":is_enabled", destination->is_enabled);
  cr_stmt_bind_text (stmt, ":action_required", destination->action_required);
  cr_stmt_bind_int64 (stmt, ":updated_ms", destination->updated_ms);
}

gboolean
cr_destinations_table_add (CrDb *db, CrDestination *destination, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO destination (id, name, folded, kind, settings, is_enabled, action_required,"
          " created_ms, updated_ms, last_exported_ms, n_delivered) VALUES (:id, :name, :folded,"
          " :kind, :settings, :is_enabled, :action_required, :created_ms, :updated_ms, 0, 0)");

  bind_destination (stmt, destination);
  cr_stmt_bind_text (stmt, ":kind", destination->kind);
  cr_stmt_bind_int64 (stmt, ":created_ms", destination->created_ms);
  return cr_stmt_run_add (stmt, TAKEN, error);
}

gboolean
cr_destinations_table_update (CrDb *db, CrDestination *destination, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE destination SET name = :name, folded = :folded, settings = :settings,"
          " is_enabled = :is_enabled, action_required = :action_required,"
          " updated_ms = :updated_ms WHERE id = :id");

  bind_destination (stmt, destination);
  if (!cr_stmt_run_add (stmt, TAKEN, error))
    return FALSE;
  if (cr_stmt_n_changed (stmt) > 0)
    return TRUE;

  g_set_error_literal (error, CR_ERROR, CR_ERROR_NOT_FOUND, MISSING);
  return FALSE;
}

/**
 * cr_destinations_table_remove:
 *
 * Removes the destination with its runs, watermarks and what is known of its deliveries.
 */
gboolean
cr_destinations_table_remove (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) delivered = cr_stmt_new (
      db, "DELETE FROM delivered WHERE destination IN (SELECT n FROM destination WHERE id = :id)");
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM destination WHERE id = :id");

  cr_stmt_bind_text (delivered, ":id", id);
  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run (delivered, error) && cr_stmt_run_change (stmt, MISSING, error);
}

CrDestination *
cr_destinations_table_get (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, SELECT " WHERE d.id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_one (stmt, read_destination, MISSING, error);
}

GPtrArray *
cr_destinations_table_list (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, SELECT " ORDER BY d.folded, d.n");

  return cr_stmt_read_list (stmt, read_destination, error);
}

/**
 * cr_watermarks_table_get:
 *
 * Returns: the sequence up to which all was sent or is in the list of failures; 0 for none, -1 on
 *   error
 */
gint64
cr_watermarks_table_get (CrDb *db,
                         const char *destination_id,
                         const char *connection_id,
                         GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT sequence FROM watermark WHERE destination_id = :destination_id"
                       " AND connection_id = :connection_id");

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_text (stmt, ":connection_id", connection_id);
  return cr_stmt_read_number (stmt, 0, error);
}

gboolean
cr_watermarks_table_set (CrDb *db,
                         const char *destination_id,
                         const char *connection_id,
                         gint64 sequence,
                         gint64 now_ms,
                         GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO watermark (destination_id, connection_id, sequence, updated_ms)"
                       " VALUES (:destination_id, :connection_id, :sequence, :now_ms)"
                       " ON CONFLICT (destination_id, connection_id) DO UPDATE"
                       " SET sequence = excluded.sequence, updated_ms = excluded.updated_ms");

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_text (stmt, ":connection_id", connection_id);
  cr_stmt_bind_int64 (stmt, ":sequence", sequence);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run_add (stmt, CR_SAID ("The destination or the connection is gone."), error);
}

/* Connections looked at in one go, so that no read stays open for long. */
#define CHUNK 2000

static gint64
list_behind (CrDb *db,
             const char *destination_id,
             gint64 upto,
             gint64 after,
             GPtrArray *ids,
             GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT c.n, c.id, EXISTS (SELECT 1 FROM stream s JOIN record r ON r.sid = s.sid"
          "  WHERE s.patient_id = c.patient_id AND s.source_id = c.source_id"
          "  AND s.portal_patient_id = c.portal_patient_id AND r.seq <= :upto"
          "  AND r.seq > coalesce ((SELECT sequence FROM watermark w WHERE w.destination_id ="
          "  :destination_id AND w.connection_id = c.id), 0))"
          " FROM connection c WHERE c.n > :after ORDER BY c.n LIMIT :limit");
  gint64 last = 0;
  CrStep step;

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_int64 (stmt, ":upto", upto);
  cr_stmt_bind_int64 (stmt, ":after", after);
  cr_stmt_bind_int64 (stmt, ":limit", CHUNK);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      last = cr_stmt_int64 (stmt, 0);
      if (cr_stmt_int64 (stmt, 2) != 0)
        g_ptr_array_add (ids, cr_stmt_dup_text (stmt, 1));
    }

  return step == CR_STEP_DONE ? last : -1;
}

/**
 * cr_watermarks_table_list_behind:
 *
 * Returns: (transfer full) (element-type utf8): ids of the connections that have a record between
 *   their watermark and @upto: the only ones that a run up to there is about
 */
GPtrArray *
cr_watermarks_table_list_behind (CrDb *db, const char *destination_id, gint64 upto, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  gint64 after = 0;

  do
    after = list_behind (db, destination_id, upto, after, ids, error);
  while (after > 0);

  return after == 0 ? g_steal_pointer (&ids) : NULL;
}
