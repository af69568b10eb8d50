/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-log-tables.h"

#include "store/cr-deliveries-table.h"
#include "store/cr-search.h"
#include "store/cr-stmt-rows.h"

static gpointer
read_event (CrStmt *stmt)
{
  CrEvent *event = cr_event_new (cr_stmt_text (stmt, 0),
                                 (CrEventType) cr_stmt_enum (stmt, 1, CR_TYPE_EVENT_TYPE));

  event->data = cr_stmt_dup_text (stmt, 2);
  event->created_ms = cr_stmt_int64 (stmt, 3);
  return event;
}

gboolean
cr_events_table_add (CrDb *db, CrEvent *event, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "INSERT INTO event (id, type, data, created_ms)"
                                             " VALUES (:id, :type, :data, :created_ms)");

  cr_stmt_bind_text (stmt, ":id", event->id);
  cr_stmt_bind_enum (stmt, ":type", CR_TYPE_EVENT_TYPE, (int) event->type);
  cr_stmt_bind_text (stmt, ":data", event->data);
  cr_stmt_bind_int64 (stmt, ":created_ms", event->created_ms);
  return cr_stmt_run (stmt, error) && cr_deliveries_table_fan_out (db, event, error);
}

/**
 * cr_events_table_list:
 * @after_id: (nullable): the last one already seen; %NULL, or one that is gone, starts at the first
 */
GPtrArray *
cr_events_table_list (CrDb *db, const char *after_id, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT id, type, data, created_ms FROM event"
                       " WHERE n > coalesce ((SELECT n FROM event WHERE id = :after_id), 0)"
                       " ORDER BY n LIMIT :limit");

  cr_stmt_bind_text (stmt, ":after_id", after_id);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
  return cr_stmt_read_list (stmt, read_event, error);
}

GPtrArray *
cr_events_table_list_newest (CrDb *db, guint offset, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT id, type, data, created_ms FROM event"
                                             " ORDER BY n DESC LIMIT :limit OFFSET :offset");

  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_event, error);
}

gint64
cr_events_table_count (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*) FROM event");

  return cr_stmt_read_number (stmt, -1, error);
}

static gpointer
read_entry (CrStmt *stmt)
{
  CrAuditEntry *entry =
      cr_audit_entry_new (cr_stmt_text (stmt, 2), cr_stmt_text (stmt, 3), cr_stmt_text (stmt, 4),
                          cr_stmt_text (stmt, 5), cr_stmt_int64 (stmt, 1));

  entry->n = cr_stmt_int64 (stmt, 0);
  entry->name = cr_stmt_dup_text (stmt, 6);
  return entry;
}

gboolean
cr_audit_table_add (CrDb *db, CrAuditEntry *entry, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO audit (at_ms, person, action, object, detail)"
                       " VALUES (:at_ms, :person, :action, :object, :detail)");

  cr_stmt_bind_int64 (stmt, ":at_ms", entry->at_ms);
  cr_stmt_bind_text (stmt, ":person", entry->person != NULL ? entry->person : "");
  cr_stmt_bind_text (stmt, ":action", entry->action);
  cr_stmt_bind_text (stmt, ":object", entry->object);
  cr_stmt_bind_text (stmt, ":detail", entry->detail);
  return cr_stmt_run (stmt, error);
}

/* What entries are about, and whose that is: a patient's, or a destination's, or its own. The parts
 * are alike, so that SQLite looks for one id in the index of each. */
#define WHOSE                                                                                      \
  "SELECT id, id AS owner FROM patient UNION ALL SELECT id, patient_id FROM session"               \
  " UNION ALL SELECT id, patient_id FROM connection UNION ALL SELECT id, patient_id FROM pull"     \
  " UNION ALL SELECT id, patient_id FROM hold UNION ALL SELECT id, destination_id FROM export_run" \
  " UNION ALL SELECT id, id FROM destination UNION ALL SELECT id, id FROM source"                  \
  " UNION ALL SELECT id, id FROM api_key UNION ALL SELECT id, id FROM webhook"

#define NAMES                                                                                      \
  "SELECT id, name FROM patient UNION ALL SELECT id, name FROM destination"                        \
  " UNION ALL SELECT id, name FROM source UNION ALL SELECT id, name FROM api_key"

#define AUDIT_NAME                                                                                 \
  " coalesce ((SELECT name FROM (" NAMES ") WHERE id ="                                            \
  "  (SELECT owner FROM (" WHOSE ") WHERE id = audit.object)),"                                    \
  " (SELECT coalesce (nullif (description, ''), url) FROM webhook WHERE id = audit.object))"

#define FOUND_BY_NAME                                                                              \
  "SELECT id FROM (" WHOSE ") WHERE owner IN"                                                      \
  " (SELECT id FROM patient WHERE " CR_SEARCH_PATIENT                                              \
  "  UNION ALL SELECT id FROM destination WHERE folded LIKE :part ESCAPE '\\'"                     \
  "  UNION ALL SELECT id FROM source WHERE folded LIKE :part ESCAPE '\\'"                          \
  "  UNION ALL SELECT id FROM api_key WHERE lower (name) LIKE :part ESCAPE '\\'"                   \
  "  UNION ALL SELECT id FROM webhook WHERE lower (description) LIKE :part ESCAPE '\\')"

#define AUDIT_FILTER                                                                               \
  " WHERE (:kind IS NULL OR action LIKE :kind || '.%')"                                            \
  " AND (:part IS NULL OR lower (person) LIKE :part ESCAPE '\\' OR action LIKE :part ESCAPE '\\'"  \
  "  OR instr (:actions, ',' || action || ',') > 0"                                                \
  "  OR lower (object) LIKE :part ESCAPE '\\' OR lower (detail) LIKE :part ESCAPE '\\'"            \
  "  OR object IN (" FOUND_BY_NAME "))"

static void
bind_audit (CrStmt *stmt, const char *text, const char *kind, const char *actions)
{
  g_autofree char *part = cr_search_part (text);
  g_autofree char *words = cr_search_words (text);

  cr_stmt_bind_text (stmt, ":part", part);
  cr_stmt_bind_text (stmt, ":words", words != NULL ? words : "\"\"");
  cr_stmt_bind_text (stmt, ":kind", kind);
  cr_stmt_bind_text (stmt, ":actions", actions);
}

GPtrArray *
cr_audit_table_list (CrDb *db,
                     const char *text,
                     const char *kind,
                     const char *actions,
                     guint offset,
                     guint limit,
                     GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT n, at_ms, person, action, object, detail," AUDIT_NAME " FROM audit" AUDIT_FILTER
          " ORDER BY at_ms DESC, n DESC LIMIT :limit OFFSET :offset");

  bind_audit (stmt, text, kind, actions);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_entry, error);
}

gint64
cr_audit_table_count (CrDb *db,
                      const char *text,
                      const char *kind,
                      const char *actions,
                      GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*) FROM audit" AUDIT_FILTER);

  bind_audit (stmt, text, kind, actions);
  return cr_stmt_read_number (stmt, -1, error);
}

char *
cr_settings_table_get (CrDb *db, const char *key, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT value FROM setting WHERE key = :key");

  cr_stmt_bind_text (stmt, ":key", key);
  return cr_stmt_step (stmt, error) == CR_STEP_ROW ? cr_stmt_dup_text (stmt, 0) : NULL;
}

/**
 * cr_settings_table_set:
 * @value: (nullable): %NULL forgets the setting
 */
gboolean
cr_settings_table_set (CrDb *db, const char *key, const char *value, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, value != NULL ? "INSERT INTO setting (key, value) VALUES (:key, :value)"
                                       " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
                                     : "DELETE FROM setting WHERE key = :key");

  cr_stmt_bind_text (stmt, ":key", key);
  if (value != NULL)
    cr_stmt_bind_text (stmt, ":value", value);
  return cr_stmt_run (stmt, error);
}

/**
 * cr_settings_table_all:
 *
 * Returns: (transfer full) (element-type utf8 utf8): key → value
 */
GHashTable *
cr_settings_table_all (CrDb *db, GError **error)
{
  g_autoptr (GHashTable) all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT key, value FROM setting");
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    g_hash_table_insert (all, cr_stmt_dup_text (stmt, 0), cr_stmt_dup_text (stmt, 1));

  return step == CR_STEP_DONE ? g_steal_pointer (&all) : NULL;
}
