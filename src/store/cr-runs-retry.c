/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-said.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-ranges-table.h"
#include "store/cr-stmt-rows.h"
#include "store/cr-withdrawals-table.h"

#include <string.h>

#define FIRST_RETRY_MS (5 * 60 * 1000)
#define LONGEST_RETRY_MS (6 * 60 * 60 * 1000)
/* Automatic retries in a row, which is about a day and a half. */
#define MAX_RETRIES 10

/**
 * cr_runs_table_is_edited:
 *
 * Whether a person has changed something about the destination since @run ended: then what it
 * refused may have another end now. -1 on error.
 */
int
cr_runs_table_is_edited (CrDb *db, CrExportRun *run, GError **error)
{
  g_autoptr (CrDestination) destination =
      cr_destinations_table_get (db, run->destination_id, error);

  if (destination == NULL)
    return -1;

  return run->completed_ms > 0 && destination->updated_ms > run->completed_ms;
}

/* Makes a retry take on what would end as before too. */
gboolean
cr_runs_table_force (CrDb *db, const char *run_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "UPDATE export_run SET is_forced = 1 WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", run_id);
  return cr_stmt_run (stmt, error);
}

static void
add_cause (CrRetryPreview *preview, CrStmt *stmt)
{
  CrErrorCause *cause = g_new0 (CrErrorCause, 1);

  cause->code = cr_stmt_dup_text (stmt, 0);
  cause->message = cr_stmt_dup_text (stmt, 1);
  cause->is_retried = cr_stmt_int64 (stmt, 2) != 0;
  cause->n = (guint) cr_stmt_int64 (stmt, 3);
  cause->example = cr_stmt_dup_text (stmt, 4);
  cause->first_ms = cr_stmt_int64 (stmt, 5);
  cause->last_ms = cr_stmt_int64 (stmt, 6);
  g_ptr_array_add (preview->causes, cause);
  if (cause->is_retried)
    preview->n_retried += cause->n;
  else
    preview->n_left += cause->n;
}

/**
 * cr_runs_table_preview_retry:
 *
 * What a retry of a run would do, and why the rest would end as before: a record that was refused
 * for what it is, in the version that is still the newest, at a destination nobody has changed.
 */
CrRetryPreview *
cr_runs_table_preview_retry (CrDb *db, const char *run_id, GError **error)
{
  g_autoptr (CrExportRun) run = cr_runs_table_get (db, run_id, error);
  g_autoptr (CrRetryPreview) preview = NULL;
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT e.error_code, e.error_message,"
          "  e.is_retryable <> 0 OR :is_edited <> 0 OR r.seq > e.seq AS is_retried,"
          "  count (DISTINCT e.rid) AS n, min (t.name || ' in ' || i.name),"
          "  min (CASE i.failed_ms WHEN 0 THEN :ended_ms ELSE i.failed_ms END),"
          "  max (CASE i.failed_ms WHEN 0 THEN :ended_ms ELSE i.failed_ms END)"
          " FROM export_item i JOIN export_entry e ON e.item = i.item"
          " JOIN record r ON r.rid = e.rid JOIN rtype t ON t.n = r.type"
          " WHERE i.run_id = :run_id AND e.status = 'failed'"
          " AND NOT EXISTS (SELECT 1 FROM delivered d WHERE d.destination = e.destination"
          "  AND d.rid = e.rid AND d.seq >= e.seq)"
          " GROUP BY 1, 2, 3"
          " UNION ALL SELECT w.error_code, w.error_message,"
          "  w.is_retryable <> 0 OR :is_edited <> 0 AS is_retried, count(*) AS n,"
          "  min (coalesce (w.type || ' in ', '') || i.name),"
          "  min (CASE w.at_ms WHEN 0 THEN :ended_ms ELSE w.at_ms END),"
          "  max (CASE w.at_ms WHEN 0 THEN :ended_ms ELSE w.at_ms END)"
          " FROM export_item i JOIN withdrawal w ON w.item = i.item"
          " WHERE i.run_id = :run_id AND w.status = 'failed' GROUP BY 1, 2, 3"
          " ORDER BY n DESC LIMIT 200");
  int is_edited = run != NULL ? cr_runs_table_is_edited (db, run, error) : -1;
  CrStep step;

  if (is_edited < 0)
    return NULL;

  preview = cr_retry_preview_new ();
  cr_stmt_bind_int64 (stmt, ":is_edited", is_edited);
  cr_stmt_bind_text (stmt, ":run_id", run_id);
  cr_stmt_bind_int64 (stmt, ":ended_ms", run->completed_ms);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    add_cause (preview, stmt);

  return step == CR_STEP_DONE ? g_steal_pointer (&preview) : NULL;
}

static guint
count_automatic (CrDb *db, CrExportRun *run)
{
  g_autoptr (CrExportRun) at = g_object_ref (run);
  guint n = 0;

  while (at != NULL && at->trigger == CR_RUN_TRIGGER_AUTOMATIC_RETRY && at->retry_of != NULL &&
         n <= MAX_RETRIES)
    {
      CrExportRun *before = cr_runs_table_get (db, at->retry_of, NULL);

      n++;
      g_set_object (&at, before);
      g_clear_object (&before);
    }

  return n;
}

/**
 * cr_runs_table_plan_retry:
 *
 * Sets the time of the next attempt of what failed in @run and may end well later. After some
 * attempts in a row it is left to a person, or to the next run.
 */
gboolean
cr_runs_table_plan_retry (CrDb *db, CrExportRun *run, gint64 now_ms, GError **error)
{
  guint n = count_automatic (db, run);
  gint64 wait_ms = MIN ((gint64) FIRST_RETRY_MS << MIN (n, 12), LONGEST_RETRY_MS);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE export_item SET next_attempt_ms = :at"
                       " WHERE run_id = :run_id AND status = 'failed' AND is_retryable <> 0");

  if (n >= MAX_RETRIES)
    return TRUE;

  cr_stmt_bind_text (stmt, ":run_id", run->id);
  cr_stmt_bind_int64 (stmt, ":at", now_ms + wait_ms);
  return cr_stmt_run (stmt, error);
}

#define STILL_FAILED                                                                               \
  " FROM export_item i JOIN destination d ON d.id = i.destination_id"                              \
  " WHERE i.status = 'failed' AND i.next_attempt_ms > 0 AND d.is_enabled <> 0"                     \
  " AND d.action_required IS NULL"

static gboolean
queue_retry (CrDb *db,
             const char *run_id,
             const char *destination_id,
             gint64 now_ms,
             GError **error)
{
  g_autoptr (CrStmt) clear =
      cr_stmt_new (db, "UPDATE export_item SET next_attempt_ms = 0 WHERE run_id = :run_id");
  g_autoptr (CrStmt) left =
      cr_stmt_new (db, "SELECT (SELECT count(*) FROM export_item i JOIN export_entry e"
                       "  ON e.item = i.item WHERE i.run_id = :run_id AND e.status = 'failed'"
                       "  AND e.is_retryable <> 0) + (SELECT count(*) FROM export_item i"
                       "  JOIN withdrawal w ON w.item = i.item WHERE i.run_id = :run_id"
                       "  AND w.status = 'failed' AND w.is_retryable <> 0)");
  g_autoptr (CrExportRun) run = NULL;

  cr_stmt_bind_text (clear, ":run_id", run_id);
  cr_stmt_bind_text (left, ":run_id", run_id);
  if (!cr_stmt_run (clear, error))
    return FALSE;
  /* Another run may have taken them on. */
  if (cr_stmt_read_number (left, 0, error) == 0)
    return TRUE;

  run = cr_runs_table_queue (db, destination_id, CR_RUN_TRIGGER_AUTOMATIC_RETRY, run_id, NULL,
                             now_ms, error);
  return run != NULL;
}

/**
 * cr_runs_table_queue_retries:
 * @next_ms: (out): when the next is due; 0: none
 *
 * Queues a run for each of those whose next attempt is due.
 */
gboolean
cr_runs_table_queue_retries (CrDb *db, gint64 now_ms, gint64 *next_ms, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CrStmt) next = cr_stmt_new (db, "SELECT min (i.next_attempt_ms)" STILL_FAILED);
  CrStep step;

  {
    g_autoptr (CrStmt) due =
        cr_stmt_new (db, "SELECT DISTINCT i.run_id, i.destination_id" STILL_FAILED
                         " AND i.next_attempt_ms <= :now_ms LIMIT 100");

    cr_stmt_bind_int64 (due, ":now_ms", now_ms);
    while ((step = cr_stmt_step (due, error)) == CR_STEP_ROW)
      {
        g_ptr_array_add (ids, cr_stmt_dup_text (due, 0));
        g_ptr_array_add (ids, cr_stmt_dup_text (due, 1));
      }
  }
  if (step != CR_STEP_DONE)
    return FALSE;

  for (guint i = 0; i < ids->len; i += 2)
    if (!queue_retry (db, g_ptr_array_index (ids, i), g_ptr_array_index (ids, i + 1), now_ms,
                      error))
      return FALSE;

  *next_ms = cr_stmt_read_number (next, 0, error);
  return *next_ms >= 0;
}

/* What is below the watermark would be planned by no run again: it goes back to the retry list.
 * What is above it is planned by the next one. */
#define IS_PASSED                                                                                  \
  "EXISTS (SELECT 1 FROM record r JOIN stream s ON s.sid = r.sid"                                  \
  "  JOIN connection c ON c.patient_id = s.patient_id AND c.source_id = s.source_id"               \
  "  JOIN watermark w ON w.connection_id = c.id AND w.destination_id = :destination_id"            \
  "  WHERE r.rid = export_entry.rid AND export_entry.seq <= w.sequence)"
#define OF_RUN                                                                                     \
  "item IN (SELECT item FROM export_item WHERE run_id = :run_id AND status = 'pending')"

static gboolean
run_for (CrDb *db, const char *sql, CrExportRun *run, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_text (stmt, ":run_id", run->id);
  if (strstr (sql, ":destination_id") != NULL)
    cr_stmt_bind_text (stmt, ":destination_id", run->destination_id);
  if (strstr (sql, ":message") != NULL)
    cr_stmt_bind_text (stmt, ":message", CR_SAID ("The export was cancelled before this was sent"));
  return cr_stmt_run (stmt, error);
}

/**
 * cr_items_table_leave:
 *
 * Ends the items of a cancelled run that were not sent, and loses none of their records.
 */
gboolean
cr_items_table_leave (CrDb *db, CrExportRun *run, GError **error)
{
  g_autoptr (CrStmt) count = cr_stmt_new (
      db, "SELECT count(*) FROM export_item WHERE run_id = :run_id AND status = 'failed'");
  gint64 n_failed;

  if (run->is_withdrawal)
    return cr_withdrawals_leave (
        db, run, CR_SAID ("The withdrawal was cancelled before this was sent"), error);
  if (!cr_ranges_table_leave (db, run, error) ||
      !run_for (db,
                "UPDATE export_entry SET status = CASE WHEN " IS_PASSED
                " THEN 'failed' ELSE 'superseded' END, is_retryable = 1, error_code = 'conflict',"
                " error_message = :message"
                " WHERE status = 'pending' AND " OF_RUN,
                run, error) ||
      !run_for (db,
                "UPDATE export_item SET is_retryable = 1, n_failed = (SELECT count(*)"
                " FROM export_entry e WHERE e.item = export_item.item AND e.status = 'failed')"
                " WHERE run_id = :run_id AND status = 'pending'",
                run, error) ||
      !run_for (db,
                "UPDATE export_item SET status = CASE WHEN n_failed > 0 THEN 'failed'"
                " ELSE 'superseded' END, error_code = 'conflict',"
                " error_message = :message"
                " WHERE run_id = :run_id AND status = 'pending'",
                run, error))
    return FALSE;

  cr_stmt_bind_text (count, ":run_id", run->id);
  n_failed = cr_stmt_read_number (count, 0, error);
  run->n_failed_items = (guint) MAX (n_failed, 0);
  return n_failed >= 0;
}
