/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-connections-private.h"
#include "store/cr-search.h"

/* The words of the index connection_reconnect: only so is it used. */
#define MUST_SIGN_IN                                                                               \
  " (c.status = 'refresh_failed' OR c.status = 'expired' OR (c.status = 'active'"                  \
  "  AND ((c.has_refresh = 0 AND c.access_expires_ms > 0) OR c.consent_ends_ms > 0)))"
/* cr_connection_ends_ms() in SQL. */
#define ENDS                                                                                       \
  "(CASE c.status WHEN 'refresh_failed' THEN c.failure_ms"                                         \
  " WHEN 'active' THEN (CASE WHEN c.has_refresh = 0 AND c.access_expires_ms > 0"                   \
  " AND (c.consent_ends_ms = 0 OR c.access_expires_ms < c.consent_ends_ms)"                        \
  " THEN c.access_expires_ms ELSE c.consent_ends_ms END)"                                          \
  " ELSE c.access_expires_ms END)"
#define BY_DAYS " ORDER BY (c.status = 'active'), " ENDS ", c.id"
#define BY_PATIENT " ORDER BY lower (coalesce (who.name, who.id)), c.id"
#define BY_SOURCE " ORDER BY s.folded, " ENDS ", c.id"
#define BY_CALL " ORDER BY coalesce (m.called_ms, 0) DESC, c.id"

/* One row of the page is found by the index alone, with a look at its note. */
#define FOUND                                                                                      \
  " FROM connection c LEFT JOIN connection_note m ON m.connection_id = c.id"                       \
  " JOIN patient who ON who.id = c.patient_id JOIN source s ON s.id = c.source_id"                 \
  " WHERE" MUST_SIGN_IN " AND (c.status <> 'active' OR " ENDS " <= :until_ms)"                     \
  " AND (:called = 0 OR (:called = 2) = (coalesce (m.called_ms, 0) > 0))"
#define SEARCHED                                                                                   \
  FOUND " AND (who.n IN (SELECT rowid FROM patient_search WHERE patient_search MATCH :words)"      \
        " OR s.folded LIKE :part ESCAPE '\\' OR lower (s.name) LIKE :part ESCAPE '\\')"
#define LIMITS " LIMIT :limit OFFSET :offset"
#define PAGE(found, order)                                                                         \
  CR_CONNECTION_SELECT " WHERE c.n IN (SELECT c.n" found order LIMITS ")" order

static const char *const pages[][2] = {
  [CR_RECONNECT_BY_DAYS] = { PAGE (FOUND, BY_DAYS), PAGE (SEARCHED, BY_DAYS) },
  [CR_RECONNECT_BY_PATIENT] = { PAGE (FOUND, BY_PATIENT), PAGE (SEARCHED, BY_PATIENT) },
  [CR_RECONNECT_BY_SOURCE] = { PAGE (FOUND, BY_SOURCE), PAGE (SEARCHED, BY_SOURCE) },
  [CR_RECONNECT_BY_CALL] = { PAGE (FOUND, BY_CALL), PAGE (SEARCHED, BY_CALL) },
};

const char *
cr_reconnect_table_sql (CrReconnectSort sort)
{
  return pages[sort][0];
}

static void
bind_filter (CrStmt *stmt, const CrReconnectFilter *filter, const char *words)
{
  g_autofree char *part = cr_search_part (filter->text);

  cr_stmt_bind_int64 (stmt, ":until_ms", filter->until_ms > 0 ? filter->until_ms : G_MAXINT64);
  cr_stmt_bind_int64 (stmt, ":called", filter->called);
  if (words != NULL)
    {
      cr_stmt_bind_text (stmt, ":words", words);
      cr_stmt_bind_text (stmt, ":part", part);
    }
}

/**
 * cr_reconnect_table_list:
 *
 * Returns: (transfer full) (element-type CrConnection): a page of the connections for which the
 *   patient must sign in again: those whose access has ended, the longest first, then those that
 *   nothing renews, the next to end first
 */
GPtrArray *
cr_reconnect_table_list (CrDb *db,
                         const CrReconnectFilter *filter,
                         guint offset,
                         guint limit,
                         GError **error)
{
  g_autofree char *words = cr_search_words (filter->text);
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, pages[filter->sort][words != NULL]);

  bind_filter (stmt, filter, words);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, cr_connection_read, error);
}

gint64
cr_reconnect_table_count (CrDb *db, const CrReconnectFilter *filter, GError **error)
{
  g_autofree char *words = cr_search_words (filter->text);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, words != NULL ? "SELECT count(*)" SEARCHED : "SELECT count(*)" FOUND);

  bind_filter (stmt, filter, words);
  return cr_stmt_read_number (stmt, -1, error);
}

static gboolean
drop_empty (CrDb *db, const char *connection_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM connection_note WHERE connection_id = :id"
                                             " AND text IS NULL AND called_ms = 0");

  cr_stmt_bind_text (stmt, ":id", connection_id);
  return cr_stmt_run (stmt, error);
}

/**
 * cr_notes_table_save:
 *
 * Returns: %FALSE with CR_ERROR_CONFLICT when there is no such connection
 */
gboolean
cr_notes_table_save (CrDb *db,
                     const char *connection_id,
                     const char *text,
                     gint64 called_ms,
                     const char *called_by,
                     gint64 now_ms,
                     GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO connection_note (connection_id, text, called_ms, called_by, updated_ms)"
          " VALUES (:id, nullif (:text, ''), CASE WHEN :keeps THEN 0 ELSE :called_ms END,"
          "  :called_by, :now_ms)"
          " ON CONFLICT (connection_id) DO UPDATE SET"
          " text = CASE WHEN :text IS NULL THEN connection_note.text ELSE nullif (:text, '') END,"
          " called_ms = CASE WHEN :keeps THEN connection_note.called_ms ELSE :called_ms END,"
          " called_by = CASE WHEN :keeps THEN connection_note.called_by ELSE :called_by END,"
          " updated_ms = :now_ms");
  gboolean keeps = called_ms == CR_NOTE_KEEP;

  cr_stmt_bind_text (stmt, ":id", connection_id);
  cr_stmt_bind_text (stmt, ":text", text);
  cr_stmt_bind_int64 (stmt, ":keeps", keeps);
  cr_stmt_bind_int64 (stmt, ":called_ms", keeps ? 0 : called_ms);
  cr_stmt_bind_text (stmt, ":called_by", keeps || called_ms == 0 ? NULL : called_by);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run_add (stmt, CR_SAID ("There is no connection with this id."), error) &&
         drop_empty (db, connection_id, error);
}

gboolean
cr_notes_table_forget_call (CrDb *db, const char *connection_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE connection_note SET called_ms = 0, called_by = NULL"
                       " WHERE connection_id = :id AND called_ms > 0");

  cr_stmt_bind_text (stmt, ":id", connection_id);
  return cr_stmt_run (stmt, error) && drop_empty (db, connection_id, error);
}
