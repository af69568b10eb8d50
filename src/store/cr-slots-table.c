/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-slots-table.h"

#include <string.h>

#include "store/cr-stmt.h"

#define SLOT_MS (15 * 60 * 1000)
/* Charts show a month; a second one is for whoever comes back from holidays. */
#define KEPT_SLOTS (62 * 24 * 4)

static gboolean
drop_old (CrDb *db, gint64 slot, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM slot_count WHERE slot < :slot");

  cr_stmt_bind_int64 (stmt, ":slot", slot - KEPT_SLOTS);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_slots_table_add (CrDb *db, const char *what, guint n, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO slot_count (slot, what, n) VALUES (:slot, :what, :n)"
                       " ON CONFLICT (slot, what) DO UPDATE SET n = slot_count.n + excluded.n");

  if (n == 0)
    return TRUE;

  cr_stmt_bind_int64 (stmt, ":slot", now_ms / SLOT_MS);
  cr_stmt_bind_text (stmt, ":what", what);
  cr_stmt_bind_int64 (stmt, ":n", n);
  return cr_stmt_run (stmt, error) && drop_old (db, now_ms / SLOT_MS, error);
}

/**
 * cr_slots_table_read:
 * @whats: (array zero-terminated=1)
 * @days: (array length=n_days): when each day begins, in rising order; the last one has no end
 * @counts: (out caller-allocates): how often, for each of @whats @n_days numbers
 *
 * Days are what the caller says they are: a clinic's day begins at its own midnight.
 */
gboolean
cr_slots_table_read (CrDb *db,
                     const char *const *whats,
                     const gint64 *days,
                     guint n_days,
                     gint64 *counts,
                     GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT slot, what, n FROM slot_count WHERE slot >= :slot ORDER BY slot");
  guint day = 0;
  CrStep step;

  memset (counts, 0, sizeof (gint64) * n_days * g_strv_length ((char **) whats));
  cr_stmt_bind_int64 (stmt, ":slot", days[0] / SLOT_MS);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      gint64 at_ms = cr_stmt_int64 (stmt, 0) * SLOT_MS;

      while (day + 1 < n_days && at_ms >= days[day + 1])
        day++;
      for (guint i = 0; whats[i] != NULL; i++)
        if (g_str_equal (whats[i], cr_stmt_text (stmt, 1)))
          counts[i * n_days + day] += cr_stmt_int64 (stmt, 2);
    }

  return step == CR_STEP_DONE;
}
