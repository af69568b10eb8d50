/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-records-table.h"
#include "store/cr-stmt-rows.h"

#include "base/cr-error.h"

static gint64
received_at (CrDb *db, gint64 sequence, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT received_ms FROM version WHERE seq >= :seq ORDER BY seq LIMIT 1");

  cr_stmt_bind_int64 (stmt, ":seq", sequence);
  return cr_stmt_read_number (stmt, 0, error);
}

/**
 * cr_rewind_sequence:
 *
 * Returns: the sequence of the last version that was stored before @to_ms; 0: none, -1: error.
 *   Sequences are in the order of commits, so this is a search, not a scan.
 */
gint64
cr_rewind_sequence (CrDb *db, gint64 to_ms, GError **error)
{
  gint64 low = 0, high = cr_records_table_newest_sequence (db, error);

  if (high < 0)
    return -1;

  /* All up to @low are older than @to_ms, the one after @high is not. */
  while (low < high)
    {
      gint64 middle = low + (high - low + 1) / 2;
      gint64 at_ms = received_at (db, middle, error);

      if (at_ms < 0)
        return -1;
      if (at_ms > 0 && at_ms < to_ms)
        low = middle;
      else
        high = middle - 1;
    }

  return low;
}

/**
 * cr_rewind_count:
 * @n_held: (out): how many more there are that a hold keeps back
 *
 * Returns: how many records have a newest version after @sequence and would be sent again, or -1
 */
gint64
cr_rewind_count (CrDb *db, gint64 sequence, gint64 *n_held, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT coalesce (sum (n) FILTER (WHERE NOT held), 0),"
          "  coalesce (sum (n) FILTER (WHERE held), 0) FROM (SELECT coalesce ((SELECT h.status FROM"
          "  hold h WHERE h.connection_id = c.id ORDER BY h.n DESC LIMIT 1), 'released')"
          "  <> 'released' AS held,"
          "  (SELECT count(*) FROM record r WHERE r.sid = s.sid AND r.seq > :seq) AS n"
          "  FROM stream s JOIN connection c ON c.patient_id = s.patient_id"
          "  AND c.source_id = s.source_id AND c.portal_patient_id = s.portal_patient_id)");
  gint64 n;

  cr_stmt_bind_int64 (stmt, ":seq", sequence);
  n = cr_stmt_read_number (stmt, -1, error);
  *n_held = n >= 0 ? cr_stmt_int64 (stmt, 1) : 0;
  return n;
}

static gboolean
is_at_work (CrDb *db, const char *destination_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT count(*) FROM export_run WHERE destination_id = :id"
                       " AND status IN ('queued', 'running', 'waiting')");

  cr_stmt_bind_text (stmt, ":id", destination_id);
  return cr_stmt_read_number (stmt, 0, error) != 0;
}

/**
 * cr_rewind:
 *
 * Puts the watermarks of a destination back to what was stored before @to_ms and queues the run
 * that sends it again. A run that is at work would move them forward at its end, so there must be
 * none.
 *
 * Returns: (transfer full): the run
 */
CrExportRun *
cr_rewind (CrDb *db,
           const char *destination_id,
           gint64 to_ms,
           const char *person,
           gint64 now_ms,
           GError **error)
{
  g_autoptr (CrDestination) destination = cr_destinations_table_get (db, destination_id, error);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE watermark SET sequence = :seq, updated_ms = :now_ms"
                       " WHERE destination_id = :id AND sequence > :seq");
  gint64 sequence;

  if (destination == NULL)
    return NULL;
  if (!destination->is_enabled)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                           "This destination is disabled. Enable it first.");
      return NULL;
    }
  if (is_at_work (db, destination_id, error))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                           "An export to this destination is at work. Wait for its end or cancel "
                           "it, then rewind.");
      return NULL;
    }

  sequence = cr_rewind_sequence (db, to_ms, error);
  if (sequence < 0)
    return NULL;
  cr_stmt_bind_int64 (stmt, ":seq", sequence);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_text (stmt, ":id", destination_id);
  if (!cr_stmt_run (stmt, error))
    return NULL;

  return cr_runs_table_queue (db, destination_id, CR_RUN_TRIGGER_REWIND, NULL, person, now_ms,
                              error);
}
