/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-ranges-table.h"

#include "store/cr-stmt-rows.h"

gboolean
cr_ranges_table_add (CrDb *db, const char *item_id, GArray *ranges, GError **error)
{
  g_autoptr (CrStmt) find = cr_stmt_new (db, "SELECT item FROM export_item WHERE id = :id");
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO export_range (item, n, sid, type, first, last)"
                       " VALUES (:item, :n, :sid, :type, :first, :last)");
  gint64 item;

  cr_stmt_bind_text (find, ":id", item_id);
  item = cr_stmt_read_number (find, -1, error);
  if (item < 0)
    return FALSE;

  cr_stmt_bind_int64 (stmt, ":item", item);
  for (guint i = 0; i < ranges->len; i++)
    {
      const CrRange *range = &g_array_index (ranges, CrRange, i);

      cr_stmt_bind_int64 (stmt, ":n", i);
      cr_stmt_bind_int64 (stmt, ":sid", range->sid);
      cr_stmt_bind_int64 (stmt, ":type", range->type);
      cr_stmt_bind_int64 (stmt, ":first", range->first);
      cr_stmt_bind_int64 (stmt, ":last", range->last);
      if (!cr_stmt_run (stmt, error))
        return FALSE;
      cr_stmt_reset (stmt);
    }
  return TRUE;
}

GArray *
cr_ranges_table_list (CrDb *db, const char *item_id, GError **error)
{
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (CrRange));
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT g.sid, g.type, g.first, g.last FROM export_item i"
                       " JOIN export_range g ON g.item = i.item WHERE i.id = :id ORDER BY g.n");
  CrStep step;

  cr_stmt_bind_text (stmt, ":id", item_id);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrRange range = { cr_stmt_int64 (stmt, 0), cr_stmt_int64 (stmt, 1), cr_stmt_int64 (stmt, 2),
                        cr_stmt_int64 (stmt, 3) };

      g_array_append_val (ranges, range);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&ranges) : NULL;
}

static gboolean
drop (CrDb *db, const char *item_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "DELETE FROM export_range WHERE item = (SELECT item FROM export_item WHERE id = :id)");

  cr_stmt_bind_text (stmt, ":id", item_id);
  return cr_stmt_run (stmt, error);
}

gint64
cr_ranges_table_fail (CrDb *db,
                      const char *item_id,
                      const char *error_code,
                      const char *error_message,
                      GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO export_entry (item, rid, destination, seq, status, is_retryable, error_code,"
          " error_message) SELECT i.item, r.rid, d.n, r.seq, 'failed', 1, :code, :message"
          " FROM export_item i JOIN destination d ON d.id = i.destination_id"
          " JOIN export_range g ON g.item = i.item"
          " JOIN record r ON r.sid = g.sid AND r.seq BETWEEN g.first AND g.last WHERE i.id = :id");
  gint64 n;

  cr_stmt_bind_text (stmt, ":id", item_id);
  cr_stmt_bind_text (stmt, ":code", error_code);
  cr_stmt_bind_text (stmt, ":message", error_message);
  if (!cr_stmt_run (stmt, error))
    return -1;
  n = cr_stmt_n_changed (stmt);

  return drop (db, item_id, error) ? n : -1;
}

gboolean
cr_ranges_table_leave (CrDb *db, CrExportRun *run, GError **error)
{
  g_autoptr (CrStmt) keep = cr_stmt_new (
      db, "INSERT INTO export_entry (item, rid, destination, seq, status, is_retryable)"
          " SELECT i.item, r.rid, d.n, r.seq, 'pending', 0"
          " FROM export_item i JOIN destination d ON d.id = i.destination_id"
          " JOIN export_range g ON g.item = i.item JOIN stream s ON s.sid = g.sid"
          " JOIN connection c ON c.patient_id = s.patient_id AND c.source_id = s.source_id"
          " JOIN watermark w ON w.connection_id = c.id AND w.destination_id = i.destination_id"
          "  AND w.sequence >= g.first"
          " JOIN record r ON r.sid = g.sid AND r.seq BETWEEN g.first AND min (g.last, w.sequence)"
          " WHERE i.run_id = :run_id AND i.status = 'pending'");
  g_autoptr (CrStmt) forget =
      cr_stmt_new (db, "DELETE FROM export_range WHERE item IN (SELECT item FROM export_item"
                       "  WHERE run_id = :run_id AND status = 'pending')");

  cr_stmt_bind_text (keep, ":run_id", run->id);
  cr_stmt_bind_text (forget, ":run_id", run->id);
  return cr_stmt_run (keep, error) && cr_stmt_run (forget, error);
}

void
cr_stream_owner_clear (CrStreamOwner *self)
{
  g_clear_pointer (&self->patient_id, g_free);
  g_clear_pointer (&self->source_id, g_free);
  self->sid = 0;
}

gboolean
cr_stream_owner_find (CrDb *db, CrStreamOwner *self, gint64 sid, GError **error)
{
  g_autoptr (CrStmt) stmt = NULL;

  if (self->sid == sid)
    return TRUE;

  stmt = cr_stmt_new (db, "SELECT patient_id, source_id FROM stream WHERE sid = :sid");
  cr_stmt_bind_int64 (stmt, ":sid", sid);
  if (cr_stmt_step (stmt, error) != CR_STEP_ROW)
    return FALSE;

  cr_stream_owner_clear (self);
  self->patient_id = cr_stmt_dup_text (stmt, 0);
  self->source_id = cr_stmt_dup_text (stmt, 1);
  self->sid = sid;
  return TRUE;
}

struct _CrRangeReader
{
  CrStmt *stmt; /* (owned) */
  CrRangeContent content;
};

#define OF_RANGE                                                                                   \
  " FROM record r JOIN version v ON v.seq = r.seq WHERE r.sid = :sid"                              \
  " AND r.seq BETWEEN :first AND :last ORDER BY r.seq"

/* Without ids the index by number is enough to know which versions are the newest, and versions lie
 * in the order of their numbers: reading them is reading the file from front to back. */
CrRangeReader *
cr_range_reader_new (CrDb *db, CrRangeContent content)
{
  static const char *const sql[] = {
    [CR_RANGE_BODIES] = "SELECT r.rid, r.seq, v.body" OF_RANGE,
    [CR_RANGE_BODIES_AND_IDS] = "SELECT r.rid, r.seq, v.body, r.id" OF_RANGE,
    [CR_RANGE_SIZES] = "SELECT r.rid, r.seq, v.bytes" OF_RANGE,
  };
  CrRangeReader *self = g_new0 (CrRangeReader, 1);

  self->content = content;
  self->stmt = cr_stmt_new (db, sql[content]);
  return self;
}

void
cr_range_reader_free (CrRangeReader *self)
{
  if (self == NULL)
    return;

  cr_stmt_free (self->stmt);
  g_free (self);
}

void
cr_range_reader_open (CrRangeReader *self, const CrRange *range, gint64 after)
{
  cr_stmt_reset (self->stmt);
  cr_stmt_bind_int64 (self->stmt, ":sid", range->sid);
  cr_stmt_bind_int64 (self->stmt, ":first", MAX (range->first, after + 1));
  cr_stmt_bind_int64 (self->stmt, ":last", range->last);
}

gboolean
cr_range_reader_next (CrRangeReader *self, CrRangeRecord *record, GError **error)
{
  if (cr_stmt_step (self->stmt, error) != CR_STEP_ROW)
    return FALSE;

  record->rid = cr_stmt_int64 (self->stmt, 0);
  record->sequence = cr_stmt_int64 (self->stmt, 1);
  if (self->content == CR_RANGE_SIZES)
    {
      record->body = NULL;
      record->n_bytes = (gsize) cr_stmt_int64 (self->stmt, 2);
    }
  else
    record->body = cr_stmt_blob (self->stmt, 2, &record->n_bytes);
  record->id = self->content == CR_RANGE_BODIES_AND_IDS ? cr_stmt_text (self->stmt, 3) : NULL;
  return TRUE;
}
