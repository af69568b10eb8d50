/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-pace-table.h"

#include "store/cr-connections-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-stmt.h"

/* The first updates of cr_pace_table_shift(). */
#define N_MAY_BE_EARLY 3

#define HOUR_MS (60 * 60 * G_GINT64_CONSTANT (1000))
#define MINUTE_MS (60 * G_GINT64_CONSTANT (1000))

static guint64
number_of (CrDb *db, const char *key, guint64 most, guint64 fallback)
{
  g_autofree char *text = cr_settings_table_get (db, key, NULL);
  guint64 number;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, most, &number, NULL) ? number
                                                                                       : fallback;
}

/**
 * cr_pace_table_get:
 * @pace: (out): as the settings say for @source_id, or for all
 */
gboolean
cr_pace_table_get (CrDb *db, const char *source_id, CrPace *pace, GError **error)
{
  g_autofree char *own = g_strconcat (CR_PACE_INTERVAL_OF, source_id, NULL);
  g_autofree char *quiet = cr_settings_table_get (db, CR_PACE_QUIET, NULL);
  guint64 hours = number_of (db, CR_PACE_INTERVAL, 24 * 365, 24);

  pace->interval_ms = (gint64) MAX (number_of (db, own, 24 * 365, hours), 1) * HOUR_MS;
  pace->gap_ms = (gint64) number_of (db, CR_PACE_GAP, 24 * 60, 10) * MINUTE_MS;
  return cr_pace_read_quiet (pace, quiet, error);
}

guint
cr_pace_table_per_minute (CrDb *db, const char *source_id)
{
  g_autofree char *key = g_strconcat (CR_PACE_PER_MINUTE, source_id, NULL);

  return (guint) number_of (db, key, G_MAXINT, 0);
}

/* Access that has ended plans nothing. */
static gboolean
set_next (CrDb *db, const char *id, gint64 next_ms, guint n_retries, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE connection SET n_retries = :n_retries,"
          " next_pull_ms = CASE WHEN status = 'active' THEN :next_ms ELSE 0 END WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_int64 (stmt, ":next_ms", next_ms);
  cr_stmt_bind_int64 (stmt, ":n_retries", n_retries);
  return cr_stmt_run (stmt, error);
}

/**
 * cr_pace_table_plan:
 * @end_ms: when its last pull ended
 * @retries: that one failed and may go well with nothing changed by a person
 *
 * Plans the next pull of a connection: a retry, until there were CR_PACE_MAX_RETRIES in a row, or
 * that of the schedule.
 */
gboolean
cr_pace_table_plan (CrDb *db,
                    const char *connection_id,
                    gint64 end_ms,
                    gboolean retries,
                    GError **error)
{
  g_autoptr (CrConnection) connection = cr_connections_table_get (db, connection_id, error);
  gint64 next_ms;
  guint n = 0;
  CrPace pace;

  if (connection == NULL || !cr_pace_table_get (db, connection->source_id, &pace, error))
    return FALSE;

  next_ms = cr_pace_next (&pace, connection_id, end_ms);
  if (retries && connection->n_retries < CR_PACE_MAX_RETRIES)
    {
      n = connection->n_retries + 1;
      next_ms = cr_pace_retry (&pace, connection_id, n, end_ms);
    }
  return set_next (db, connection_id, next_ms, n, error);
}

/**
 * cr_pace_table_replan:
 *
 * After the settings changed: what is planned and is no retry. What would be past by now comes
 * soon, spread as ever.
 */
gboolean
cr_pace_table_replan (CrDb *db, gint64 now_ms, GError **error)
{
  g_autoptr (GPtrArray) connections = cr_connections_table_list (db, NULL, error);

  for (guint i = 0; connections != NULL && i < connections->len; i++)
    {
      CrConnection *connection = g_ptr_array_index (connections, i);
      gint64 next_ms;
      CrPace pace;

      if (connection->next_pull_ms == 0 || connection->n_retries > 0)
        continue;
      if (!cr_pace_table_get (db, connection->source_id, &pace, error))
        return FALSE;
      next_ms = cr_pace_next (&pace, connection->id,
                              connection->last_pull_ms > 0 ? MIN (connection->last_pull_ms, now_ms)
                                                           : now_ms);
      if (next_ms < now_ms)
        next_ms = cr_pace_leave_quiet (&pace, connection->id,
                                       now_ms + cr_pace_spread (&pace, connection->id));
      if (!set_next (db, connection->id, next_ms, 0, error))
        return FALSE;
    }

  return connections != NULL;
}

/**
 * cr_pace_table_shift:
 * @by_ms: how far the wall clock was set, below 0: back
 *
 * What waits for a time waits as long as before. Of a clock set forward the next pulls, retries and
 * deliveries make nothing: they come early once, which is better than late, as it may have been a
 * sleep.
 */
gboolean
cr_pace_table_shift (CrDb *db, gint64 by_ms, GError **error)
{
  static const char *const updates[] = {
    "UPDATE connection SET next_pull_ms = max (next_pull_ms + :by_ms, 1) WHERE next_pull_ms > 0",
    "UPDATE export_item SET next_attempt_ms = max (next_attempt_ms + :by_ms, 1)"
    " WHERE status = 'failed' AND next_attempt_ms > 0",
    "UPDATE delivery SET next_ms = max (next_ms + :by_ms, 1)"
    " WHERE status = 'pending' AND next_ms > 0",
    "UPDATE pull SET wait_until_ms = max (wait_until_ms + :by_ms, 1)"
    " WHERE status = 'waiting' AND wait_until_ms > 0",
    "UPDATE export_run SET wait_until_ms = max (wait_until_ms + :by_ms, 1)"
    " WHERE status = 'waiting' AND wait_until_ms > 0",
    "UPDATE source_outage SET next_try_ms = next_try_ms + :by_ms, since_ms = since_ms + :by_ms",
  };

  for (guint i = by_ms > 0 ? N_MAY_BE_EARLY : 0; i < G_N_ELEMENTS (updates); i++)
    {
      g_autoptr (CrStmt) stmt = cr_stmt_new (db, updates[i]);

      cr_stmt_bind_int64 (stmt, ":by_ms", by_ms);
      if (!cr_stmt_run (stmt, error))
        return FALSE;
    }

  return TRUE;
}
