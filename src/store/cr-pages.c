/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-pages.h"

#include <string.h>

#include "base/cr-error.h"

#include "store/cr-connections-table.h"
#include "store/cr-deliveries-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-source-words.h"
#include "store/cr-sources-table.h"
#include "store/cr-stmt-rows.h"
#include "store/cr-webhooks-table.h"

#define HEAD(table, key) "SELECT id, created_ms, " key " FROM " table
#define BEHIND " WHERE (created_ms, n) < (:at_ms, CAST (:key AS INTEGER))"
#define STATUS " AND (:status IS NULL OR status = :status)"
#define NEWEST " ORDER BY created_ms DESC, n DESC LIMIT :limit"

typedef gpointer (*GetFunc) (CrDb *db, const char *id, GError **error);

static gpointer
get_patient (CrDb *db, const char *id, GError **error)
{
  return cr_patients_table_get (db, id, error);
}

static gpointer
get_session (CrDb *db, const char *id, GError **error)
{
  return cr_pages_get_session (db, id, error);
}

static gpointer
get_source (CrDb *db, const char *id, GError **error)
{
  return cr_sources_table_get (db, id, error);
}

static gpointer
get_pull (CrDb *db, const char *id, GError **error)
{
  return cr_pulls_table_get (db, id, error);
}

static gpointer
get_destination (CrDb *db, const char *id, GError **error)
{
  return cr_destinations_table_get (db, id, error);
}

static gpointer
get_run (CrDb *db, const char *id, GError **error)
{
  return cr_runs_table_get (db, id, error);
}

static gpointer
get_webhook (CrDb *db, const char *id, GError **error)
{
  return cr_webhooks_table_get (db, id, error);
}

static gpointer
get_delivery (CrDb *db, const char *id, GError **error)
{
  return cr_deliveries_table_get (db, id, error);
}

/* Ids of a page, by index where a list can be long; then each object as its own table reads it. */
static const struct
{
  const char *sql;
  GetFunc get;
} kinds[] = {
  [CR_PAGE_PATIENTS] = { HEAD ("patient", "n") BEHIND
                         " AND (:id IS NULL OR id = :id)"
                         " AND (:email IS NULL OR email = :email)" NEWEST,
                         get_patient },
  [CR_PAGE_SESSIONS] = { HEAD ("session", "n") BEHIND " AND patient_id = :owner" STATUS NEWEST,
                         get_session },
  [CR_PAGE_SOURCES] = { HEAD ("source", "id") " WHERE (created_ms, id) < (:at_ms, :key)"
                                              " AND (:type IS NULL OR type = :type)"
                                              " AND status <> 'gone'"
                                              " AND (:text IS NULL"
                                              "  OR instr (lower (name), lower (:text)) > 0"
                                              "  OR instr (folded, :folded) > 0)"
                                              " ORDER BY created_ms DESC, id DESC LIMIT :limit",
                        get_source },
  [CR_PAGE_PULLS] = { HEAD ("pull", "n") BEHIND STATUS NEWEST, get_pull },
  [CR_PAGE_PATIENT_PULLS] = { HEAD ("pull", "n") BEHIND " AND patient_id = :owner" STATUS NEWEST,
                              get_pull },
  [CR_PAGE_DESTINATIONS] = { HEAD ("destination", "n") BEHIND NEWEST, get_destination },
  [CR_PAGE_RUNS] = { HEAD ("export_run", "n") BEHIND " AND destination_id = :owner" STATUS NEWEST,
                     get_run },
  [CR_PAGE_WEBHOOKS] = { HEAD ("webhook", "n") BEHIND STATUS NEWEST, get_webhook },
  [CR_PAGE_DELIVERIES] = { HEAD ("delivery", "n") BEHIND
                           " AND webhook = (SELECT n FROM webhook WHERE id = :owner)"
                           " AND (:status IS NULL OR (:status = 'true') = (delivered_ms > "
                           "0))" NEWEST,
                           get_delivery },
};

/* Only the names that a statement has are bound: an unknown one is an error. */
static void
bind_if (CrStmt *stmt, const char *sql, const char *name, const char *value)
{
  if (strstr (sql, name) != NULL)
    cr_stmt_bind_text (stmt, name, value);
}

static void
bind (CrStmt *stmt, const char *sql, const CrPageAsk *ask)
{
  const char *last = ask->kind == CR_PAGE_SOURCES ? "\xF4\x8F\xBF\xBF" : "9223372036854775807";
  g_autofree char *folded = ask->text != NULL ? cr_source_words_of_name (ask->text) : NULL;

  cr_stmt_bind_int64 (stmt, ":at_ms", ask->key != NULL ? ask->at_ms : G_MAXINT64);
  cr_stmt_bind_text (stmt, ":key", ask->key != NULL ? ask->key : last);
  cr_stmt_bind_int64 (stmt, ":limit", (gint64) ask->limit + 1);
  bind_if (stmt, sql, ":id", ask->id);
  bind_if (stmt, sql, ":owner", ask->owner);
  bind_if (stmt, sql, ":email", ask->email);
  bind_if (stmt, sql, ":status", ask->status);
  bind_if (stmt, sql, ":type", ask->type);
  bind_if (stmt, sql, ":text", ask->text);
  bind_if (stmt, sql, ":folded", folded != NULL && folded[0] != '\0' ? folded : NULL);
}

/* One that is asked for beyond the page says that there is more. */
static GPtrArray *
read_ids (CrDb *db, const CrPageAsk *ask, CrListPage *page, GError **error)
{
  const char *sql = kinds[ask->kind].sql;
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  CrStep step;

  bind (stmt, sql, ask);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      if (ids->len == ask->limit)
        {
          page->has_more = TRUE;
          continue;
        }
      g_ptr_array_add (ids, cr_stmt_dup_text (stmt, 0));
      page->at_ms = cr_stmt_int64 (stmt, 1);
      g_free (page->key);
      page->key = cr_stmt_dup_text (stmt, 2);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&ids) : NULL;
}

/* Items are only ever added, in the order of their numbers, so their place is their key. */
static CrListPage *
read_items (CrDb *db, const CrPageAsk *ask, GError **error)
{
  g_autoptr (CrListPage) page = g_new0 (CrListPage, 1);
  gboolean failed_only = g_strcmp0 (ask->status, "failed") == 0;
  guint offset = ask->key != NULL ? (guint) g_ascii_strtoull (ask->key, NULL, 10) : 0;

  page->rows = cr_items_table_list (db, ask->owner, failed_only, offset, ask->limit + 1, error);
  if (page->rows == NULL)
    return NULL;

  page->has_more = page->rows->len > ask->limit;
  if (page->has_more)
    g_ptr_array_set_size (page->rows, (int) ask->limit);
  page->key = g_strdup_printf ("%u", offset + page->rows->len);
  return g_steal_pointer (&page);
}

/**
 * cr_pages_read:
 *
 * Newest first. Rows that come while somebody reads stand before the first page and move nothing.
 */
CrListPage *
cr_pages_read (CrDb *db, const CrPageAsk *ask, GError **error)
{
  g_autoptr (CrListPage) page = NULL;
  g_autoptr (GPtrArray) ids = NULL;

  if (ask->kind == CR_PAGE_ITEMS)
    return read_items (db, ask, error);

  page = g_new0 (CrListPage, 1);
  ids = read_ids (db, ask, page, error);
  if (ids == NULL)
    return NULL;

  page->rows = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < ids->len; i++)
    {
      gpointer row = kinds[ask->kind].get (db, g_ptr_array_index (ids, i), error);

      if (row == NULL)
        return NULL;
      g_ptr_array_add (page->rows, row);
    }
  return g_steal_pointer (&page);
}

/* What an attempt made may have lapsed since. */
static gboolean
add_connection (CrDb *db, CrAttempt *attempt, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (attempt->status != CR_ATTEMPT_ACTIVE || attempt->connection_id == NULL)
    return TRUE;

  attempt->connection = (GObject *) cr_connections_table_get (db, attempt->connection_id, &failure);
  if (failure == NULL || g_error_matches (failure, CR_ERROR, CR_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

CrSession *
cr_pages_get_session (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrSession) session = cr_sessions_table_get (db, id, error);

  if (session == NULL)
    return NULL;

  session->attempts = cr_attempts_table_list (db, id, error);
  if (session->attempts == NULL)
    return NULL;
  for (guint i = 0; i < session->attempts->len; i++)
    if (!add_connection (db, g_ptr_array_index (session->attempts, i), error))
      return NULL;
  return g_steal_pointer (&session);
}

CrPatient *
cr_pages_get_patient (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrPatient) patient = cr_patients_table_get (db, id, error);

  if (patient == NULL)
    return NULL;

  patient->connections = cr_connections_table_list (db, id, error);
  if (patient->connections == NULL)
    return NULL;
  patient->failed_attempts = cr_attempts_table_list_failed (db, id, error);
  return patient->failed_attempts != NULL ? g_steal_pointer (&patient) : NULL;
}
