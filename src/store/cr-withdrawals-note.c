/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-withdrawals-table.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "store/cr-exports-table.h"
#include "store/cr-stmt-rows.h"

#define NUMBER "(SELECT n FROM destination WHERE id = :destination_id)"

/* Who wants to know ---------------------------------------------------------------------------- */

static gboolean
wants (const char *settings)
{
  g_autoptr (JsonObject) object = cr_json_parse (settings, -1, "settings", NULL);

  return object != NULL &&
         g_strcmp0 (cr_json_string (object, CR_WITHDRAWALS_FIELD), CR_WITHDRAWALS_SEND) == 0;
}

GPtrArray *
cr_withdrawals_list_takers (CrDb *db, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT id, settings FROM destination ORDER BY n");
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    if (wants (cr_stmt_text (stmt, 1)))
      g_ptr_array_add (ids, cr_stmt_dup_text (stmt, 0));

  return step == CR_STEP_DONE ? g_steal_pointer (&ids) : NULL;
}

gboolean
cr_withdrawals_wanted (CrDb *db, const char *destination_id)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT settings FROM destination WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", destination_id);
  return cr_stmt_step (stmt, NULL) == CR_STEP_ROW && wants (cr_stmt_text (stmt, 0));
}

gboolean
cr_withdrawals_matter (CrDb *db, const char *destination_id)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT EXISTS (SELECT 1 FROM withdrawal WHERE destination = " NUMBER
                       " AND status = 'sent')");

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  return cr_withdrawals_wanted (db, destination_id) || cr_stmt_read_number (stmt, 0, NULL) > 0;
}

/**
 * cr_withdrawals_is_withdrawn:
 * @wants: cr_withdrawals_wanted()
 *
 * Whether a record is gone at its portal, or its source disconnected, and the destination wants to
 * know such things or has given up the record already.
 */
int
cr_withdrawals_is_withdrawn (CrDb *db,
                             const char *destination_id,
                             gint64 rid,
                             gboolean wants,
                             GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT (EXISTS (SELECT 1 FROM absence a WHERE a.rid = :rid AND a.gone_ms > 0)"
          " OR EXISTS (SELECT 1 FROM record r JOIN stream s ON s.sid = r.sid JOIN connection c"
          "  ON c.patient_id = s.patient_id AND c.source_id = s.source_id"
          "  WHERE r.rid = :rid AND c.status = 'disconnected'))"
          " AND (:wants <> 0 OR EXISTS (SELECT 1 FROM withdrawal w WHERE w.rid = :rid"
          "  AND w.destination = " NUMBER " AND w.status = 'sent'))");

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_int64 (stmt, ":rid", rid);
  cr_stmt_bind_int64 (stmt, ":wants", wants);
  return (int) cr_stmt_read_number (stmt, -1, error);
}

gboolean
cr_withdrawals_queue (CrDb *db, const char *destination_id, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT count(*) FROM destination d WHERE d.id = :destination_id AND d.is_enabled <> 0"
          " AND EXISTS (SELECT 1 FROM withdrawal w WHERE w.destination = d.n"
          "  AND w.status = 'pending' AND w.item IS NULL)");
  g_autoptr (CrExportRun) run = NULL;
  gint64 n;

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  n = cr_stmt_read_number (stmt, -1, error);
  if (n <= 0)
    return n == 0;

  run = cr_runs_table_queue (db, destination_id, CR_RUN_TRIGGER_WITHDRAWAL, NULL, NULL, now_ms,
                             error);
  return run != NULL;
}

/* What is to be given up ----------------------------------------------------------------------- */

typedef struct
{
  CrWithdrawalCause cause;
  gint64 rid;             /* 0: all of the patient */
  const char *patient_id; /* (nullable) */
  const char *source_id;  /* (nullable) */
  gint64 now_ms;
} Scope;

#define OF " patient_id = :patient_id AND (:source_id IS NULL OR source_id = :source_id)"

#define ADD                                                                                        \
  "INSERT INTO withdrawal (destination, cause, rid, type, record, patient_id, source_id, place,"   \
  " bytes, status, is_retryable, answer, queued_ms, at_ms)"                                        \
  " SELECT v.destination, :cause, r.rid, t.name, r.id, s.patient_id, s.source_id, v.place, 0,"     \
  " 'pending', 1, 0, :now_ms, 0 FROM record r JOIN stream s ON s.sid = r.sid"                      \
  " JOIN rtype t ON t.n = r.type JOIN delivered v ON v.destination = " NUMBER                      \
  " AND v.rid = r.rid AND (v.seq > 0 OR v.place IS NOT NULL)"
#define NOT_YET                                                                                    \
  " AND NOT EXISTS (SELECT 1 FROM withdrawal w WHERE w.rid = r.rid"                                \
  "  AND w.destination = v.destination AND w.status IN ('pending', 'failed'))"

static void
bind_scope (CrStmt *stmt, const char *destination_id, const Scope *scope)
{
  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_enum (stmt, ":cause", CR_TYPE_WITHDRAWAL_CAUSE, (int) scope->cause);
  cr_stmt_bind_int64 (stmt, ":now_ms", scope->now_ms);
}

static gboolean
add_record (CrDb *db, const char *destination_id, const Scope *scope, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, ADD " WHERE r.rid = :rid" NOT_YET);

  bind_scope (stmt, destination_id, scope);
  cr_stmt_bind_int64 (stmt, ":rid", scope->rid);
  return cr_stmt_run (stmt, error);
}

static gboolean
add_patient (CrDb *db, const char *destination_id, const Scope *scope, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, ADD " WHERE s.patient_id = :patient_id"
                           " AND (:source_id IS NULL OR s.source_id = :source_id)" NOT_YET);

  bind_scope (stmt, destination_id, scope);
  cr_stmt_bind_text (stmt, ":patient_id", scope->patient_id);
  cr_stmt_bind_text (stmt, ":source_id", scope->source_id);
  return cr_stmt_run (stmt, error);
}

/* Files that hold nothing but lines of this patient, as their names say: those of the layout by
 * patient. `cr_object_layout_part()` writes such names. */
static gboolean
add_files (CrDb *db, const char *destination_id, const Scope *scope, GError **error)
{
  g_autofree char *patient = g_uri_escape_string (scope->patient_id, "@ ", FALSE);
  g_autofree char *source =
      scope->source_id != NULL ? g_uri_escape_string (scope->source_id, "@ ", FALSE) : NULL;
  g_autofree char *folder =
      source != NULL ? g_strconcat ("patient_id=", patient, "/source_id=", source, "/", NULL)
                     : g_strconcat ("patient_id=", patient, "/", NULL);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO withdrawal (destination, cause, rid, type, record, patient_id, source_id,"
          " place, file, sha256, bytes, status, is_retryable, answer, queued_ms, at_ms)"
          " SELECT " NUMBER ", :cause, NULL, NULL, NULL, :patient_id, :source_id, NULL, i.name,"
          " i.sha256, i.bytes, 'pending', 1, 0, :now_ms, 0 FROM export_item i"
          " WHERE i.destination_id = :destination_id AND i.sha256 IS NOT NULL"
          " AND i.status IN ('sent', 'failed') AND instr (i.name, :folder) = 1"
          " AND NOT EXISTS (SELECT 1 FROM withdrawal w WHERE w.destination = " NUMBER
          "  AND w.file = i.name AND w.status IN ('pending', 'failed'))");

  bind_scope (stmt, destination_id, scope);
  cr_stmt_bind_text (stmt, ":patient_id", scope->patient_id);
  cr_stmt_bind_text (stmt, ":source_id", scope->source_id);
  cr_stmt_bind_text (stmt, ":folder", folder);
  return cr_stmt_run (stmt, error);
}

/* What could not be sent yet never will be. */
static gboolean
close_failures (CrDb *db, const char *destination_id, const Scope *scope, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db,
      "UPDATE export_entry SET status = 'superseded' WHERE destination = " NUMBER
      " AND status = 'failed' AND rid IN (SELECT r.rid FROM record r JOIN stream s"
      "  ON s.sid = r.sid WHERE (:rid > 0 AND r.rid = :rid) OR (:rid = 0"
      "  AND s.patient_id = :patient_id AND s.source_id = coalesce (:source_id, s.source_id)))");

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_int64 (stmt, ":rid", scope->rid);
  cr_stmt_bind_text (stmt, ":patient_id", scope->patient_id);
  cr_stmt_bind_text (stmt, ":source_id", scope->source_id);
  return cr_stmt_run (stmt, error);
}

static gboolean
note (CrDb *db, const Scope *scope, GError **error)
{
  g_autoptr (GPtrArray) takers = cr_withdrawals_list_takers (db, error);

  if (takers == NULL)
    return FALSE;

  for (guint i = 0; i < takers->len; i++)
    {
      const char *id = g_ptr_array_index (takers, i);
      gboolean ok = scope->rid > 0
                      ? add_record (db, id, scope, error)
                      : add_patient (db, id, scope, error) && add_files (db, id, scope, error);

      if (!ok || !close_failures (db, id, scope, error) ||
          !cr_withdrawals_queue (db, id, scope->now_ms, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
cr_withdrawals_note_gone (CrDb *db, gint64 rid, gint64 now_ms, GError **error)
{
  Scope scope = { .cause = CR_WITHDRAWAL_GONE, .rid = rid, .now_ms = now_ms };

  return note (db, &scope, error);
}

gboolean
cr_withdrawals_note_left (CrDb *db,
                          const char *patient_id,
                          const char *source_id,
                          gint64 now_ms,
                          GError **error)
{
  Scope scope = { CR_WITHDRAWAL_DISCONNECTED, 0, patient_id, source_id, now_ms };

  return note (db, &scope, error);
}

static gboolean
run_for (CrDb *db, const char *sql, const char *patient_id, const char *source_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_text (stmt, ":source_id", source_id);
  return cr_stmt_run (stmt, error);
}

/**
 * cr_withdrawals_note_removed:
 *
 * Before the rows of the records go. Receipts of earlier withdrawals forget the names; what it
 * takes to withdraw what is still there is kept until the destination has answered.
 */
gboolean
cr_withdrawals_note_removed (CrDb *db,
                             const char *patient_id,
                             const char *source_id,
                             gint64 now_ms,
                             GError **error)
{
  Scope scope = { CR_WITHDRAWAL_REMOVED, 0, patient_id, source_id, now_ms };

  return run_for (db, "UPDATE withdrawal SET status = 'superseded' WHERE status = 'failed' AND" OF,
                  patient_id, source_id, error) &&
         note (db, &scope, error) &&
         run_for (db, "UPDATE withdrawal SET rid = NULL, cause = 'removed' WHERE" OF, patient_id,
                  source_id, error) &&
         run_for (db,
                  "UPDATE withdrawal SET record = NULL, place = NULL, file = NULL,"
                  " patient_id = NULL, source_id = NULL WHERE status IN ('sent', 'superseded')"
                  " AND" OF,
                  patient_id, source_id, error);
}

/* What was on its way when its record was withdrawn arrived after that. */
gboolean
cr_withdrawals_note_delivered (CrDb *db,
                               gint64 destination,
                               gint64 rid,
                               gint64 now_ms,
                               GError **error)
{
  g_autoptr (CrStmt) find = cr_stmt_new (db, "SELECT id FROM destination WHERE n = :n");
  g_autoptr (CrStmt) gone =
      cr_stmt_new (db, "SELECT count(*) FROM absence WHERE rid = :rid AND gone_ms > 0");
  g_autofree char *id = NULL;
  Scope scope = { .rid = rid, .now_ms = now_ms };
  int is_withdrawn;

  cr_stmt_bind_int64 (find, ":n", destination);
  if (cr_stmt_step (find, error) != CR_STEP_ROW)
    return FALSE;
  id = cr_stmt_dup_text (find, 0);

  is_withdrawn = cr_withdrawals_is_withdrawn (db, id, rid, TRUE, error);
  if (is_withdrawn <= 0)
    return is_withdrawn == 0;

  cr_stmt_bind_int64 (gone, ":rid", rid);
  scope.cause =
      cr_stmt_read_number (gone, 0, error) > 0 ? CR_WITHDRAWAL_GONE : CR_WITHDRAWAL_DISCONNECTED;
  return add_record (db, id, &scope, error) && cr_withdrawals_queue (db, id, now_ms, error);
}

/* What comes back -------------------------------------------------------------------------------*/

/* Below its watermark the record would not be sent again. */
gboolean
cr_withdrawals_note_return (CrDb *db, gint64 rid, GError **error)
{
  g_autoptr (CrStmt) close = cr_stmt_new (
      db, "UPDATE withdrawal SET status = 'superseded' WHERE rid = :rid AND cause = 'gone'"
          " AND status IN ('pending', 'failed')");
  g_autoptr (CrStmt) mark = cr_stmt_new (
      db, "UPDATE watermark SET sequence = min (sequence, (SELECT seq - 1 FROM record"
          "  WHERE rid = :rid)) WHERE destination_id IN (SELECT d.id FROM withdrawal w"
          "  JOIN destination d ON d.n = w.destination WHERE w.rid = :rid)"
          " AND connection_id IN (SELECT c.id FROM record r JOIN stream s ON s.sid = r.sid"
          "  JOIN connection c ON c.patient_id = s.patient_id AND c.source_id = s.source_id"
          "  WHERE r.rid = :rid AND r.seq > 0)");

  cr_stmt_bind_int64 (close, ":rid", rid);
  cr_stmt_bind_int64 (mark, ":rid", rid);
  return cr_stmt_run (close, error) && cr_stmt_run (mark, error);
}

gboolean
cr_withdrawals_note_reconnect (CrDb *db, const char *connection_id, GError **error)
{
  g_autoptr (CrStmt) close =
      cr_stmt_new (db, "UPDATE withdrawal SET status = 'superseded' WHERE cause = 'disconnected'"
                       " AND status IN ('pending', 'failed') AND EXISTS (SELECT 1 FROM connection c"
                       "  WHERE c.id = :id AND c.patient_id = withdrawal.patient_id"
                       "  AND c.source_id = withdrawal.source_id)");
  g_autoptr (CrStmt) mark = cr_stmt_new (
      db, "UPDATE watermark SET sequence = 0 WHERE connection_id = :id AND destination_id IN"
          " (SELECT d.id FROM connection c JOIN withdrawal w ON w.patient_id = c.patient_id"
          "  AND w.source_id = c.source_id JOIN destination d ON d.n = w.destination"
          "  WHERE c.id = :id)");

  cr_stmt_bind_text (close, ":id", connection_id);
  cr_stmt_bind_text (mark, ":id", connection_id);
  return cr_stmt_run (close, error) && cr_stmt_run (mark, error);
}

/**
 * cr_withdrawals_note_change:
 * @wants: what the destination wants from now on
 *
 * One that does not want to know any more gets what it was spared, and is told nothing that waits.
 */
gboolean
cr_withdrawals_note_change (CrDb *db, const char *destination_id, gboolean wants, GError **error)
{
  g_autoptr (CrStmt) mark =
      cr_stmt_new (db, "UPDATE watermark SET sequence = 0 WHERE destination_id = :destination_id");

  if (wants)
    return TRUE;

  cr_stmt_bind_text (mark, ":destination_id", destination_id);
  return cr_withdrawals_drop_all (db, destination_id, error) && cr_stmt_run (mark, error);
}
