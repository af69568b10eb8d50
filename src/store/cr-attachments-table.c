/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-attachments-table.h"

#include <string.h>

#include "store/cr-records-private.h"
#include "store/cr-stmt-rows.h"

/**
 * cr_attachments_table_list:
 *
 * Returns: (transfer full) (element-type CrAttachmentRow): in no order
 */
GPtrArray *
cr_attachments_table_list (CrDb *db, gint64 rid, GError **error)
{
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_attachment_row_free);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT a.seq, a.url, a.status, a.http_status, a.form, a.content_type, a.bytes, a.sha256,"
          " r.id, a.fetched_ms FROM attachment a LEFT JOIN record r ON r.rid = a.to_rid"
          " WHERE a.rid = :rid");
  CrStep step;

  cr_stmt_bind_int64 (stmt, ":rid", rid);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrAttachmentRow *row =
          cr_attachment_row_new (rid, cr_stmt_int64 (stmt, 0), cr_stmt_text (stmt, 1));
      gsize n_hash;
      gconstpointer hash = cr_stmt_blob (stmt, 7, &n_hash);

      row->status = (CrAttachmentStatus) cr_stmt_enum (stmt, 2, CR_TYPE_ATTACHMENT_STATUS);
      row->http_status = (guint) cr_stmt_int64 (stmt, 3);
      row->is_raw = g_strcmp0 (cr_stmt_text (stmt, 4), "raw") == 0;
      row->content_type = cr_stmt_dup_text (stmt, 5);
      row->n_bytes = (gsize) cr_stmt_int64 (stmt, 6);
      row->has_hash = n_hash == sizeof row->sha256;
      if (row->has_hash)
        memcpy (row->sha256, hash, n_hash);
      row->binary_id = cr_stmt_dup_text (stmt, 8);
      row->fetched_ms = cr_stmt_int64 (stmt, 9);
      g_ptr_array_add (rows, row);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&rows) : NULL;
}

static gint64
find_record (CrDb *db, const CrRecordOwner *owner, const char *type, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT rid FROM record WHERE sid = :sid AND type = :type AND id = :id");
  gint64 sid = cr_streams_find (db, owner, FALSE, error);
  gint64 number = sid > 0 ? cr_db_type_number (db, type, FALSE, error) : sid;

  if (number <= 0)
    return number;

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":type", number);
  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_number (stmt, 0, error);
}

gboolean
cr_attachments_table_save (CrDb *db,
                           const CrRecordOwner *owner,
                           CrAttachmentRow *row,
                           GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO attachment (rid, url, seq, status, http_status, form, content_type, bytes,"
          " sha256, to_rid, fetched_ms) VALUES (:rid, :url, :seq, :status, :http_status, :form,"
          " :content_type, :bytes, :sha256, :to_rid, :fetched_ms)"
          " ON CONFLICT (rid, url) DO UPDATE SET seq = excluded.seq, status = excluded.status,"
          " http_status = excluded.http_status, form = excluded.form,"
          " content_type = excluded.content_type, bytes = excluded.bytes,"
          " sha256 = excluded.sha256, to_rid = excluded.to_rid,"
          " fetched_ms = excluded.fetched_ms");
  gint64 to_rid =
      row->binary_id != NULL ? find_record (db, owner, "Binary", row->binary_id, error) : 0;

  if (to_rid < 0)
    return FALSE;

  cr_stmt_bind_int64 (stmt, ":rid", row->rid);
  cr_stmt_bind_text (stmt, ":url", row->url);
  cr_stmt_bind_int64 (stmt, ":seq", row->seq);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_ATTACHMENT_STATUS, (int) row->status);
  cr_stmt_bind_int64 (stmt, ":http_status", row->http_status);
  cr_stmt_bind_text (stmt, ":form", row->is_raw ? "raw" : "fhir");
  cr_stmt_bind_text (stmt, ":content_type", row->content_type);
  cr_stmt_bind_int64 (stmt, ":bytes", (gint64) row->n_bytes);
  cr_stmt_bind_blob (stmt, ":sha256", row->has_hash ? row->sha256 : NULL,
                     row->has_hash ? sizeof row->sha256 : 0);
  cr_stmt_bind_int64 (stmt, ":to_rid", to_rid);
  cr_stmt_bind_int64 (stmt, ":fetched_ms", row->fetched_ms);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_unresolved_table_add (CrDb *db,
                         const CrRecordOwner *owner,
                         const char *type,
                         const char *id,
                         guint http_status,
                         gint64 now_ms,
                         GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO unresolved (rid, http_status, tried_ms) VALUES (:rid, :http_status, :now_ms)"
          " ON CONFLICT (rid) DO UPDATE SET http_status = excluded.http_status,"
          " tried_ms = excluded.tried_ms");
  gint64 rid = find_record (db, owner, type, id, error);

  if (rid <= 0)
    return rid == 0;

  cr_stmt_bind_int64 (stmt, ":rid", rid);
  cr_stmt_bind_int64 (stmt, ":http_status", http_status);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_unresolved_table_has (CrDb *db,
                         const CrRecordOwner *owner,
                         const char *type,
                         const char *id,
                         gint64 since_ms,
                         GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT count(*) FROM unresolved WHERE rid = :rid AND tried_ms >= :since");
  gint64 rid = find_record (db, owner, type, id, error);

  if (rid <= 0)
    return FALSE;

  cr_stmt_bind_int64 (stmt, ":rid", rid);
  cr_stmt_bind_int64 (stmt, ":since", since_ms);
  return cr_stmt_read_number (stmt, 0, error) > 0;
}
