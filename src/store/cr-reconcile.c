/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-reconcile.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "store/cr-stmt-rows.h"

/* Files looked at in one go. */
#define MAX_FILES 1000000

static CrDifference *
add (CrReconciliation *self, CrStmt *stmt)
{
  CrDifference *each = g_new0 (CrDifference, 1);

  each->name = cr_stmt_dup_text (stmt, 0);
  each->n_expected = (guint) cr_stmt_int64 (stmt, 1);
  each->bytes = cr_stmt_int64 (stmt, 2);
  each->lines = cr_stmt_dup_text (stmt, 3);
  each->sha256 = cr_stmt_dup_text (stmt, 4);
  g_ptr_array_add (self->expected, each);
  return each;
}

static gboolean
list (CrReconciliation *self, CrDb *db, const char *sql, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);
  CrStep step;

  cr_stmt_bind_text (stmt, ":id", self->destination_id);
  cr_stmt_bind_int64 (stmt, ":limit", MAX_FILES);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrDifference *each = add (self, stmt);
      g_autoptr (JsonObject) lines = NULL;

      if (each->lines == NULL)
        {
          each->type = g_strdup (each->name);
          continue;
        }
      lines = cr_json_parse (each->lines, -1, "lines", NULL);
      if (lines == NULL)
        continue;
      each->type = g_strdup (cr_json_string (lines, "type"));
      each->etag = g_strdup (cr_json_string (lines, "etag"));
      each->md5 = g_strdup (cr_json_string (lines, "md5"));
    }

  return step == CR_STEP_DONE;
}

/**
 * cr_reconcile_load:
 *
 * What should be at a destination: every file that was written, or, where there are no files, how
 * many records of each type.
 */
CrReconciliation *
cr_reconcile_load (CrDb *db, const char *destination_id, GError **error)
{
  g_autoptr (CrReconciliation) self = cr_reconciliation_new (destination_id);

  if (!list (self, db,
             "SELECT name, n_resources - n_failed, bytes, lines, sha256 FROM export_item"
             " WHERE destination_id = :id AND sha256 IS NOT NULL AND lines IS NOT NULL"
             " AND status IN ('sent', 'failed') AND n_resources > n_failed ORDER BY item LIMIT "
             ":limit",
             error))
    return NULL;
  self->has_files = self->expected->len > 0;
  if (!self->has_files &&
      !list (self, db,
             "SELECT t.name, count(*), 0, NULL, NULL FROM destination d JOIN delivered v"
             " ON v.destination = d.n AND v.seq > 0 JOIN record r ON r.rid = v.rid"
             " JOIN rtype t ON t.n = r.type WHERE d.id = :id GROUP BY t.name ORDER BY t.name LIMIT "
             ":limit",
             error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * cr_reconcile_load_records:
 * @after: the record the last page ended with; 0: the first page
 *
 * Returns: (transfer full) (element-type CrSought): at most @n of the records that a destination
 *   has got, in the order of their rids; none: that was all
 */
GPtrArray *
cr_reconcile_load_records (CrDb *db,
                           const char *destination_id,
                           gint64 after,
                           guint n,
                           GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_sought_free);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT v.rid, t.name, r.id, s.patient_id, s.source_id, v.place FROM destination d"
          " JOIN delivered v ON v.destination = d.n AND v.rid > :after AND v.seq > 0"
          " JOIN record r ON r.rid = v.rid JOIN rtype t ON t.n = r.type"
          " JOIN stream s ON s.sid = r.sid WHERE d.id = :id ORDER BY v.rid LIMIT :n");
  CrStep step;

  cr_stmt_bind_text (stmt, ":id", destination_id);
  cr_stmt_bind_int64 (stmt, ":after", after);
  cr_stmt_bind_int64 (stmt, ":n", n);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrSought *each = g_new0 (CrSought, 1);

      each->rid = cr_stmt_int64 (stmt, 0);
      each->type = cr_stmt_dup_text (stmt, 1);
      each->id = cr_stmt_dup_text (stmt, 2);
      each->patient_id = cr_stmt_dup_text (stmt, 3);
      each->source_id = cr_stmt_dup_text (stmt, 4);
      each->place = cr_stmt_dup_text (stmt, 5);
      g_ptr_array_add (found, each);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&found) : NULL;
}

/* One record counts as not delivered. */
static gboolean
forget_record (CrDb *db, const char *id, gint64 rid, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE delivered SET seq = 0 WHERE destination = (SELECT n FROM destination"
                       "  WHERE id = :id) AND rid = :rid");
  g_autoptr (CrStmt) mark = cr_stmt_new (
      db, "UPDATE watermark SET sequence = min (sequence, (SELECT seq - 1 FROM record"
          "  WHERE rid = :rid)) WHERE destination_id = :id AND connection_id IN"
          " (SELECT c.id FROM record r JOIN stream s ON s.sid = r.sid JOIN connection c"
          "  ON c.patient_id = s.patient_id AND c.source_id = s.source_id WHERE r.rid = :rid"
          "  AND r.seq > 0)");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_int64 (stmt, ":rid", rid);
  cr_stmt_bind_text (mark, ":id", id);
  cr_stmt_bind_int64 (mark, ":rid", rid);
  return cr_stmt_run (stmt, error) && cr_stmt_run (mark, error);
}

/* Records of a type and owner count as not delivered. */
static gboolean
forget (CrDb *db,
        const char *id,
        const char *type,
        const char *patient,
        const char *source,
        GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE delivered SET seq = 0 WHERE destination = (SELECT n FROM destination"
          "  WHERE id = :id) AND seq > 0 AND rid IN (SELECT r.rid FROM stream s"
          "  JOIN record r ON r.sid = s.sid JOIN rtype t ON t.n = r.type WHERE t.name = :type"
          "  AND s.patient_id = :patient AND s.source_id = :source)");
  g_autoptr (CrStmt) mark = cr_stmt_new (
      db, "UPDATE watermark SET sequence = 0 WHERE destination_id = :id AND connection_id IN"
          " (SELECT id FROM connection WHERE patient_id = :patient AND source_id = :source)");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_text (stmt, ":type", type);
  cr_stmt_bind_text (stmt, ":patient", patient);
  cr_stmt_bind_text (stmt, ":source", source);
  cr_stmt_bind_text (mark, ":id", id);
  cr_stmt_bind_text (mark, ":patient", patient);
  cr_stmt_bind_text (mark, ":source", source);
  return cr_stmt_run (stmt, error) && cr_stmt_run (mark, error);
}

static gboolean
forget_file (CrDb *db, const char *id, const CrDifference *file, GError **error)
{
  g_autoptr (JsonObject) lines = cr_json_parse (file->lines, -1, "lines", error);
  JsonArray *owners = lines != NULL ? cr_json_array (lines, "owners") : NULL;
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE export_item SET sha256 = NULL WHERE destination_id = :id"
                       " AND name = :name");

  if (lines == NULL)
    return FALSE;
  for (guint i = 0; owners != NULL && i < json_array_get_length (owners); i++)
    {
      JsonObject *owner = cr_json_array_object (owners, i);

      if (!forget (db, id, file->type, cr_json_string (owner, "patient_id"),
                   cr_json_string (owner, "source_id"), error))
        return FALSE;
    }

  /* The file is gone; it is not missed twice. */
  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_text (stmt, ":name", file->name);
  return cr_stmt_run (stmt, error);
}

static gboolean
count_again (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE destination SET n_delivered = (SELECT count(*) FROM delivered v"
                       " WHERE v.destination = destination.n AND v.seq > 0) WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run (stmt, error);
}

/**
 * cr_reconcile_send:
 *
 * Queues a run that sends what was found to be missing: exactly the records that a server has no
 * more, or, of a file that is gone, all records of the same owners and type, since new files harm
 * nothing.
 *
 * Returns: (transfer full): the run
 */
CrExportRun *
cr_reconcile_send (CrDb *db,
                   CrReconciliation *self,
                   const char *person,
                   gint64 now_ms,
                   GError **error)
{
  g_autoptr (CrStmt) open =
      cr_stmt_new (db, "SELECT count(*) FROM export_run WHERE destination_id = :id"
                       " AND status IN ('queued', 'running', 'waiting')");

  cr_stmt_bind_text (open, ":id", self->destination_id);
  if (cr_stmt_read_number (open, 0, error) != 0)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                           "An export to this destination is at work. Wait for its end or cancel "
                           "it, then compare again.");
      return NULL;
    }

  for (guint i = 0; i < self->expected->len; i++)
    {
      const CrDifference *each = g_ptr_array_index (self->expected, i);

      if (self->has_files && each->n_found < each->n_expected &&
          !forget_file (db, self->destination_id, each, error))
        return NULL;
    }
  for (guint i = 0; i < self->missing->len; i++)
    if (!forget_record (db, self->destination_id, g_array_index (self->missing, gint64, i), error))
      return NULL;
  if (!count_again (db, self->destination_id, error))
    return NULL;

  return cr_runs_table_queue (db, self->destination_id, CR_RUN_TRIGGER_MANUAL, NULL, person, now_ms,
                              error);
}
