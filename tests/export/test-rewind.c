/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-first.h"
#include "store/cr-connections-table.h"
#include "store/cr-exports-table.h"

/* Sending again what was stored since a day: counted first, and what is held is said beside it. */

static gpointer
rewind_all (CrDb *db, gpointer destination_id, GError **error)
{
  gint64 n_held = -1;

  g_assert_cmpint (cr_rewind_count (db, cr_rewind_sequence (db, 1000, error), &n_held, error), ==,
                   N_RECORDS);
  g_assert_cmpint (n_held, ==, 0);
  g_assert_cmpint (cr_rewind_count (db, cr_rewind_sequence (db, 1001, error), &n_held, error), ==,
                   0);
  return cr_rewind (db, destination_id, 1000, "me", cr_time_now_ms (), error);
}

static void
test_rewind (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = export_test_make_folder (fixture);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) queued = NULL;
  g_autoptr (CrExportRun) again = NULL;
  g_autoptr (CrDestination) destination = NULL;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  export_test_assert_complete (run, N_RECORDS);
  queued = export_test_write (fixture, rewind_all, fixture->destination->id);
  again = export_test_go (fixture, queued);
  export_test_assert_complete (again, N_RECORDS);
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_delivered, ==, N_RECORDS);
}

static const struct
{
  CrHoldStatus status;
  guint n;
  guint n_held;
} rows[] = {
  { CR_HOLD_OPEN, N_RECORDS / 2, N_RECORDS / 2 },
  { CR_HOLD_REJECTED, N_RECORDS / 2, N_RECORDS / 2 },
  { CR_HOLD_RELEASED, N_RECORDS, 0 },
};

/* One hold after the other; the latest counts. */
static gpointer
count_held (CrDb *db, gpointer data, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *id = g_strdup_printf ("hold_%u", i);
      g_autoptr (CrHold) hold = cr_hold_new (id);
      gboolean is_open = rows[i].status == CR_HOLD_OPEN;
      gint64 n_held = -1;

      hold->connection_id = g_strdup ("conn_1");
      hold->patient_id = g_strdup ("p1");
      hold->created_ms = 5;
      g_assert_true (cr_holds_table_add (db, hold, error));
      if (!is_open)
        g_assert_true (cr_holds_table_decide (db, id, rows[i].status, "me", 6, error));
      g_assert_cmpint (cr_rewind_count (db, 0, &n_held, error), ==, rows[i].n);
      g_assert_cmpint (n_held, ==, rows[i].n_held);
      if (is_open)
        g_assert_true (cr_holds_table_decide (db, id, CR_HOLD_RELEASED, "me", 6, error));
    }
  return NULL;
}

static void
test_held (Fixture *fixture, gconstpointer data)
{
  export_test_fill (fixture);
  export_test_write (fixture, count_held, NULL);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/export/rewind", Fixture, NULL, export_test_set_up, test_rewind,
              export_test_tear_down);
  g_test_add ("/export/rewind/held", Fixture, NULL, export_test_set_up, test_held,
              export_test_tear_down);

  return g_test_run ();
}
