/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-absence-table.h"

#include "store/cr-records-private.h"
#include "store/cr-stmt-rows.h"

static gboolean
find (CrDb *db,
      const CrRecordOwner *owner,
      const char *type,
      gint64 *sid,
      gint64 *n,
      GError **error)
{
  *sid = cr_streams_find (db, owner, FALSE, error);
  *n = *sid > 0 ? cr_db_type_number (db, type, FALSE, error) : 0;
  return *sid >= 0 && *n >= 0;
}

gboolean
cr_listings_table_keep (CrDb *db,
                        const CrRecordOwner *owner,
                        const char *type,
                        const char *signature,
                        gint64 now_ms,
                        GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO listing (sid, type, signature, at_ms)"
                       " VALUES (:sid, :type, :signature, :now_ms) ON CONFLICT (sid, type)"
                       " DO UPDATE SET signature = excluded.signature, at_ms = excluded.at_ms");
  gint64 sid, n;

  if (!find (db, owner, type, &sid, &n, error))
    return FALSE;
  if (sid == 0 || n == 0)
    return TRUE; /* nothing of it was ever kept, so nothing can be missed */

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":type", n);
  cr_stmt_bind_text (stmt, ":signature", signature);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run (stmt, error);
}

static gboolean
was_listed_so (CrDb *db, gint64 sid, gint64 type, const char *signature, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*) FROM listing WHERE sid = :sid"
                                             " AND type = :type AND signature = :signature");

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":type", type);
  cr_stmt_bind_text (stmt, ":signature", signature);
  return cr_stmt_read_number (stmt, 0, error) > 0;
}

gboolean
cr_absence_table_note (CrDb *db,
                       const CrRecordOwner *owner,
                       const char *type,
                       const char *signature,
                       gint64 since_ms,
                       gint64 now_ms,
                       guint limit,
                       GPtrArray *ids,
                       GError **error)
{
  g_autoptr (CrStmt) note = cr_stmt_new (
      db, "INSERT INTO absence (rid, sid, missed_ms, gone_ms, http_status)"
          " SELECT r.rid, r.sid, :now_ms, 0, 0 FROM record r JOIN version v ON v.seq = r.seq"
          " WHERE r.sid = :sid AND r.type = :type AND r.seq > 0 AND r.confirmed_ms < :since_ms"
          " AND v.reached IN ('search', 'read') ON CONFLICT DO NOTHING");
  g_autoptr (CrStmt) list = cr_stmt_new (
      db, "SELECT r.id FROM absence a JOIN record r ON r.rid = a.rid WHERE a.sid = :sid"
          " AND r.type = :type AND a.gone_ms = 0 AND r.confirmed_ms < :since_ms LIMIT :limit");
  GError *trouble = NULL;
  gint64 sid, n;
  CrStep step;

  if (!find (db, owner, type, &sid, &n, error))
    return FALSE;
  if (sid == 0 || n == 0 || !was_listed_so (db, sid, n, signature, &trouble))
    {
      if (trouble != NULL)
        g_propagate_error (error, trouble);
      return trouble == NULL;
    }

  cr_stmt_bind_int64 (note, ":sid", sid);
  cr_stmt_bind_int64 (note, ":type", n);
  cr_stmt_bind_int64 (note, ":since_ms", since_ms);
  cr_stmt_bind_int64 (note, ":now_ms", now_ms);
  if (!cr_stmt_run (note, error))
    return FALSE;

  cr_stmt_bind_int64 (list, ":sid", sid);
  cr_stmt_bind_int64 (list, ":type", n);
  cr_stmt_bind_int64 (list, ":since_ms", since_ms);
  cr_stmt_bind_int64 (list, ":limit", limit);
  while ((step = cr_stmt_step (list, error)) == CR_STEP_ROW)
    g_ptr_array_add (ids, cr_stmt_dup_text (list, 0));
  return step == CR_STEP_DONE;
}

gboolean
cr_absence_table_settle (CrDb *db,
                         const CrRecordOwner *owner,
                         const char *type,
                         const char *id,
                         guint http_status,
                         gint64 now_ms,
                         GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE absence SET http_status = :status, gone_ms = :gone_ms WHERE rid ="
                       " (SELECT rid FROM record WHERE sid = :sid AND type = :type AND id = :id)");
  gint64 sid, n;

  if (!find (db, owner, type, &sid, &n, error))
    return FALSE;

  cr_stmt_bind_int64 (stmt, ":status", http_status);
  cr_stmt_bind_int64 (stmt, ":gone_ms", http_status == 404 || http_status == 410 ? now_ms : 0);
  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":type", n);
  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run (stmt, error);
}

/* Whether anything of the stream is absent; -1 on error. Asked once a call, so that a pull of what
 * is all there pays nothing. */
int
cr_absence_table_any (CrDb *db, gint64 sid, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT EXISTS (SELECT 1 FROM absence WHERE sid = :sid)");

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  return (int) cr_stmt_read_number (stmt, -1, error);
}

gboolean
cr_absence_table_clear (CrDb *db, gint64 rid, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM absence WHERE rid = :rid");

  cr_stmt_bind_int64 (stmt, ":rid", rid);
  return cr_stmt_run (stmt, error);
}
