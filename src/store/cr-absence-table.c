/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-absence-table.h"

#include "store/cr-records-private.h"
#include "store/cr-stmt-rows.h"
#include "store/cr-withdrawals-table.h"

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

/* What this pull missed first, for its history. */
static gboolean
note_missed (CrDb *db, gint64 sid, gint64 type, const char *pull_id, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO pull_absence (pull, rid, change, at_ms, http_status)"
          " SELECT p.n, a.rid, 'unlisted', :now_ms, 0 FROM absence a JOIN record r"
          " ON r.rid = a.rid JOIN pull p ON p.id = :pull_id WHERE a.sid = :sid AND r.type = :type"
          " AND a.missed_ms = :now_ms ON CONFLICT DO NOTHING");

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":type", type);
  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_absence_table_note (CrDb *db,
                       const CrRecordOwner *owner,
                       const char *pull_id,
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
          " AND r.type = :type AND a.gone_ms = 0 AND r.confirmed_ms < :since_ms"
          /* an id made here is none that a portal could be asked for */
          " AND r.id NOT LIKE 'sha256-%' LIMIT :limit");
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
  if (!cr_stmt_run (note, error) || !note_missed (db, sid, n, pull_id, now_ms, error))
    return FALSE;

  cr_stmt_bind_int64 (list, ":sid", sid);
  cr_stmt_bind_int64 (list, ":type", n);
  cr_stmt_bind_int64 (list, ":since_ms", since_ms);
  cr_stmt_bind_int64 (list, ":limit", limit);
  while ((step = cr_stmt_step (list, error)) == CR_STEP_ROW)
    g_ptr_array_add (ids, cr_stmt_dup_text (list, 0));
  return step == CR_STEP_DONE;
}

static gboolean
note_gone (CrDb *db,
           gint64 sid,
           gint64 type,
           const char *id,
           const char *pull_id,
           guint http_status,
           gint64 now_ms,
           GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO pull_absence (pull, rid, change, at_ms, http_status)"
          " SELECT p.n, a.rid, 'gone', :now_ms, :status FROM absence a JOIN record r"
          " ON r.rid = a.rid JOIN pull p ON p.id = :pull_id WHERE r.sid = :sid AND r.type = :type"
          " AND r.id = :id ON CONFLICT (pull, rid) DO UPDATE SET change = excluded.change,"
          " at_ms = excluded.at_ms, http_status = excluded.http_status");

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":type", type);
  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  cr_stmt_bind_int64 (stmt, ":status", http_status);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run (stmt, error);
}

static gboolean
withdraw (CrDb *db, gint64 sid, gint64 type, const char *id, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT r.rid FROM absence a JOIN record r ON r.rid = a.rid WHERE r.sid = :sid"
          " AND r.type = :type AND r.id = :id AND a.gone_ms > 0");
  gint64 rid;

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":type", type);
  cr_stmt_bind_text (stmt, ":id", id);
  rid = cr_stmt_read_number (stmt, 0, error);
  return rid == 0 || (rid > 0 && cr_withdrawals_note_gone (db, rid, now_ms, error));
}

gboolean
cr_absence_table_settle (CrDb *db,
                         const CrRecordOwner *owner,
                         const char *pull_id,
                         const char *type,
                         const char *id,
                         guint http_status,
                         gint64 now_ms,
                         GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE absence SET http_status = :status, gone_ms = :gone_ms WHERE rid ="
                       " (SELECT rid FROM record WHERE sid = :sid AND type = :type AND id = :id)");
  gboolean is_gone = http_status == 404 || http_status == 410;
  gint64 sid, n;

  if (!find (db, owner, type, &sid, &n, error))
    return FALSE;

  cr_stmt_bind_int64 (stmt, ":status", http_status);
  cr_stmt_bind_int64 (stmt, ":gone_ms", is_gone ? now_ms : 0);
  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":type", n);
  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run (stmt, error) &&
         (!is_gone || (note_gone (db, sid, n, id, pull_id, http_status, now_ms, error) &&
                       withdraw (db, sid, n, id, now_ms, error)));
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

static gboolean
forget (CrDb *db, gint64 rid, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM absence WHERE rid = :rid");

  cr_stmt_bind_int64 (stmt, ":rid", rid);
  if (!cr_stmt_run (stmt, error))
    return FALSE;
  return cr_stmt_n_changed (stmt) == 0 || cr_withdrawals_note_return (db, rid, error);
}

/* What one pull missed and found again itself is no change. */
static gboolean
note_return (CrDb *db, gint64 rid, gint64 pull, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) note = cr_stmt_new (
      db, "INSERT INTO pull_absence (pull, rid, change, at_ms, http_status)"
          " SELECT p.n, a.rid, 'returned', :now_ms, 0 FROM absence a JOIN pull p ON p.n = :pull"
          " WHERE a.rid = :rid ON CONFLICT (pull, rid) DO UPDATE SET change = 'none'");
  g_autoptr (CrStmt) undo = cr_stmt_new (
      db, "DELETE FROM pull_absence WHERE pull = :pull AND rid = :rid AND change = 'none'");

  cr_stmt_bind_int64 (note, ":rid", rid);
  cr_stmt_bind_int64 (note, ":pull", pull);
  cr_stmt_bind_int64 (note, ":now_ms", now_ms);
  cr_stmt_bind_int64 (undo, ":rid", rid);
  cr_stmt_bind_int64 (undo, ":pull", pull);
  return cr_stmt_run (note, error) && cr_stmt_run (undo, error);
}

gboolean
cr_absence_table_clear (CrDb *db, gint64 rid, gint64 pull, gint64 now_ms, GError **error)
{
  return note_return (db, rid, pull, now_ms, error) && forget (db, rid, error);
}
