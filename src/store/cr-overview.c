/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-overview-private.h"

#include <string.h>

#include "store/cr-exports-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-slots-table.h"
#include "store/cr-stmt.h"

/* More than that nobody watches at once. */
#define N_WORK 5
#define N_TROUBLES 5

static gboolean
read_pulls (CrDb *db, CrOverview *overview, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db,
      "SELECT p.id, p.patient_id, coalesce (w.name, w.id), s.name, p.started_ms,"
      " (SELECT type FROM pull_query q WHERE q.pull_id = p.id AND q.status = 'running' LIMIT 1),"
      " (SELECT count(*) FROM pull_query q WHERE q.pull_id = p.id),"
      " (SELECT count(*) FROM pull_query q WHERE q.pull_id = p.id"
      "   AND q.status NOT IN ('pending', 'running')),"
      " (SELECT coalesce (sum (q.n_received), 0) FROM pull_query q WHERE q.pull_id = p.id),"
      " (SELECT coalesce (sum (q.pages), 0) FROM pull_query q WHERE q.pull_id = p.id),"
      " " CR_PULL_LAST_PAGES " FROM pull p JOIN patient w ON w.id = p.patient_id LEFT JOIN source s"
      " ON s.id = p.source_id WHERE p.status = 'running' ORDER BY p.started_ms LIMIT :limit");
  CrStep step;

  cr_stmt_bind_int64 (stmt, ":limit", N_WORK);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrWork *work = g_new0 (CrWork, 1);

      work->id = cr_stmt_dup_text (stmt, 0);
      work->patient_id = cr_stmt_dup_text (stmt, 1);
      work->name = cr_stmt_dup_text (stmt, 2);
      work->about = cr_stmt_dup_text (stmt, 3);
      work->started_ms = cr_stmt_int64 (stmt, 4);
      work->type = cr_stmt_dup_text (stmt, 5);
      work->n_all = (guint) cr_stmt_int64 (stmt, 6);
      work->n_done = (guint) cr_stmt_int64 (stmt, 7);
      work->n_records = cr_stmt_int64 (stmt, 8);
      work->n_pages = (guint) cr_stmt_int64 (stmt, 9);
      work->last_pages = (guint) cr_stmt_int64 (stmt, 10);
      g_ptr_array_add (overview->work, work);
    }

  return step == CR_STEP_DONE;
}

/* Of those that wait for the same destination the first says it for all. */
static gboolean
read_runs (CrDb *db, CrOverview *overview, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT " CR_RUN_WORK " FROM export_run a JOIN destination d ON d.id = a.destination_id"
          " WHERE a.status IN ('queued', 'running', 'waiting')"
          " AND (a.status = 'running' OR (a.status = 'waiting' AND NOT EXISTS"
          "  (SELECT 1 FROM export_run b WHERE b.destination_id = a.destination_id"
          "   AND b.status = 'waiting' AND b.n < a.n)))"
          " ORDER BY a.status = 'waiting', a.created_ms LIMIT :limit");
  CrStep step;

  cr_stmt_bind_int64 (stmt, ":limit", N_WORK);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    g_ptr_array_add (overview->work, cr_run_work_read (stmt, 0));

  return step == CR_STEP_DONE;
}

static gboolean
read_troubles (CrDb *db, CrOverview *overview, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT t.source_id, s.name, sum (t.failing), sum (t.partial), sum (t.waiting),"
          " max (t.newest_ms), (SELECT count(*) FROM connection_standing c"
          "  WHERE c.source_id = t.source_id AND c.status <> 0 AND c.status <> 6)"
          " FROM (SELECT source_id, sum (status = 5) AS failing, sum (status = 4) AS partial,"
          "   0 AS waiting, max (ended_ms) AS newest_ms FROM connection_standing"
          "   WHERE status >= 4 AND status <= 5 GROUP BY source_id"
          "  UNION ALL SELECT source_id, 0, 0, count(*), max (started_ms) FROM pull"
          "   WHERE status = 'waiting' AND waiting_for = 'source_outage' GROUP BY source_id) t"
          " JOIN source s ON s.id = t.source_id GROUP BY t.source_id"
          " ORDER BY sum (t.failing) + sum (t.waiting) DESC, sum (t.partial) DESC, s.folded"
          " LIMIT :limit");
  CrStep step;

  cr_stmt_bind_int64 (stmt, ":limit", N_TROUBLES);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrPortalTrouble *trouble = g_new0 (CrPortalTrouble, 1);

      trouble->source_id = cr_stmt_dup_text (stmt, 0);
      trouble->name = cr_stmt_dup_text (stmt, 1);
      trouble->n_failing = cr_stmt_int64 (stmt, 2);
      trouble->n_partial = cr_stmt_int64 (stmt, 3);
      trouble->n_waiting = cr_stmt_int64 (stmt, 4);
      trouble->since_ms = cr_stmt_int64 (stmt, 5);
      trouble->n_all = cr_stmt_int64 (stmt, 6);
      g_ptr_array_add (overview->troubles, trouble);
    }

  return step == CR_STEP_DONE;
}

static gboolean
read_figures (CrDb *db, CrOverview *overview, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT (SELECT count(*) FROM pull WHERE status = 'queued'),"
          " (SELECT count(*) FROM pull WHERE status = 'running')"
          "  + (SELECT count(*) FROM export_run WHERE status IN ('queued', 'running', 'waiting')"
          "   AND status = 'running'),"
          " (SELECT count(*) FROM patient_standing),"
          " (SELECT count(*) FROM patient_standing WHERE status <> 0 AND status <> 6),"
          " coalesce ((SELECT value FROM counter WHERE name = 'records'), 0),"
          " (SELECT count(*) FROM source)");

  if (cr_stmt_step (stmt, error) != CR_STEP_ROW)
    return FALSE;

  overview->n_queued = cr_stmt_int64 (stmt, 0);
  overview->n_running = cr_stmt_int64 (stmt, 1);
  overview->n_patients = cr_stmt_int64 (stmt, 2);
  overview->n_connected = cr_stmt_int64 (stmt, 3);
  overview->n_records = cr_stmt_int64 (stmt, 4);
  overview->n_sources = cr_stmt_int64 (stmt, 5);
  return TRUE;
}

static gboolean
read_counts (CrDb *db, CrOverview *overview, GError **error)
{
  static const char *const whats[] = { [CR_COUNT_LANDED] = "landed",
                                       [CR_COUNT_DELIVERED] = "delivered",
                                       [CR_COUNT_PULL_COMPLETE] = "pull.complete",
                                       [CR_COUNT_PULL_PARTIAL] = "pull.partial",
                                       [CR_COUNT_PULL_FAILED] = "pull.failed",
                                       [CR_COUNT_PULL_CANCELLED] = "pull.cancelled",
                                       [CR_N_COUNTS] = NULL };

  return cr_slots_table_read (db, whats, overview->days, CR_OVERVIEW_DAYS, overview->counts[0],
                              error);
}

/**
 * cr_overview_read:
 * @days: (array fixed-size=30): when each of the days begins that the counts are for
 *
 * What a clinic wants to know at a glance. Counted by indexes and by what is kept beside the
 * tables: no record is looked at, and no patient who is well.
 */
CrOverview *
cr_overview_read (CrDb *db, const gint64 *days, gint64 now_ms, GError **error)
{
  g_autoptr (CrOverview) overview = cr_overview_new ();

  memcpy (overview->days, days, sizeof overview->days);
  if (!cr_overview_read_needs (db, overview, now_ms, error) || !read_pulls (db, overview, error) ||
      !read_runs (db, overview, error) || !read_troubles (db, overview, error) ||
      !read_figures (db, overview, error) || !read_counts (db, overview, error))
    return NULL;
  return g_steal_pointer (&overview);
}
