/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-record-loader.h"

#include "store/cr-records-private.h"
#include "store/cr-stmt-rows.h"

struct _CrRecordLoader
{
  CrDb *db;         /* (unowned) */
  CrStmt *find;     /* (owned) */
  gint64 sid;       /* whose are the next two; 0: nobody's */
  char *patient_id; /* (owned) (nullable) */
  char *source_id;  /* (owned) (nullable) */
};

gint64
cr_record_heads_stream (CrDb *db, const CrRecordOwner *owner, GError **error)
{
  return cr_streams_find (db, owner, FALSE, error);
}

/* All of it stands in the index by number, so that no row of a record or a version is read. */
GArray *
cr_record_heads_list (CrDb *db,
                      gint64 sid,
                      const char *destination_id,
                      gint64 after,
                      gint64 upto,
                      guint limit,
                      GError **error)
{
  g_autoptr (GArray) heads = g_array_sized_new (FALSE, FALSE, sizeof (CrRecordHead), limit);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, destination_id != NULL
              ? "SELECT r.rid, r.seq, r.type, r.bytes, coalesce (d.seq, 0) FROM record r"
                " LEFT JOIN delivered d ON d.destination ="
                " (SELECT n FROM destination WHERE id = :destination_id) AND d.rid = r.rid"
                " WHERE r.sid = :sid AND r.seq > :after AND r.seq <= :upto"
                " ORDER BY r.seq LIMIT :limit"
              : "SELECT r.rid, r.seq, r.type, r.bytes, 0 FROM record r"
                " WHERE r.sid = :sid AND r.seq > :after AND r.seq <= :upto"
                " ORDER BY r.seq LIMIT :limit");
  CrStep step;

  if (destination_id != NULL)
    cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":after", MAX (after, 0));
  cr_stmt_bind_int64 (stmt, ":upto", upto);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrRecordHead head = { .rid = cr_stmt_int64 (stmt, 0),
                            .sequence = cr_stmt_int64 (stmt, 1),
                            .type = cr_stmt_int64 (stmt, 2),
                            .n_bytes = (gsize) cr_stmt_int64 (stmt, 3),
                            .delivered = cr_stmt_int64 (stmt, 4) };

      g_array_append_val (heads, head);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&heads) : NULL;
}

CrRecordLoader *
cr_record_loader_new (CrDb *db)
{
  CrRecordLoader *self = g_new0 (CrRecordLoader, 1);

  self->db = db;
  self->find = cr_stmt_new (db, "SELECT r.sid, r.type, r.id, r.seq, v.bytes, v.body FROM record r"
                                " JOIN version v ON v.seq = r.seq WHERE r.rid = :rid");
  return self;
}

void
cr_record_loader_free (CrRecordLoader *self)
{
  if (self == NULL)
    return;

  cr_stmt_free (self->find);
  g_free (self->patient_id);
  g_free (self->source_id);
  g_free (self);
}

/* Most records of a run have the same owner as the one before. */
static gboolean
read_owner (CrRecordLoader *self, gint64 sid, GError **error)
{
  g_autoptr (CrStmt) stmt = NULL;

  if (self->sid == sid)
    return TRUE;

  stmt = cr_stmt_new (self->db, "SELECT patient_id, source_id FROM stream WHERE sid = :sid");
  cr_stmt_bind_int64 (stmt, ":sid", sid);
  if (cr_stmt_step (stmt, error) != CR_STEP_ROW)
    return FALSE;

  g_free (self->patient_id);
  g_free (self->source_id);
  self->patient_id = cr_stmt_dup_text (stmt, 0);
  self->source_id = cr_stmt_dup_text (stmt, 1);
  self->sid = sid;
  return TRUE;
}

CrRecord *
cr_record_loader_get (CrRecordLoader *self, gint64 rid, GError **error)
{
  CrRecord *record = NULL;

  cr_stmt_bind_int64 (self->find, ":rid", rid);
  if (cr_stmt_step (self->find, error) == CR_STEP_ROW &&
      read_owner (self, cr_stmt_int64 (self->find, 0), error))
    {
      record = cr_record_new (rid);
      record->patient_id = g_strdup (self->patient_id);
      record->source_id = g_strdup (self->source_id);
      record->type = g_strdup (cr_db_type_name (self->db, cr_stmt_int64 (self->find, 1)));
      record->id = cr_stmt_dup_text (self->find, 2);
      record->sequence = cr_stmt_int64 (self->find, 3);
      record->n_bytes = (gsize) cr_stmt_int64 (self->find, 4);
      record->body = cr_stmt_dup_bytes (self->find, 5);
    }
  cr_stmt_reset (self->find);
  return record;
}
