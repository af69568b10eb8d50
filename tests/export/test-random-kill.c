/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "export/cr-sigv4.h"
#include "store/cr-exports-table.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* A process of its own runs the export and is killed after a random time, again and again. Nothing
 * may be lost, counted twice or left “running”. CHARTROOM_KILLS says how often. */
#define DEFAULT_KILLS "8"

static gpointer
requeue (CrDb *db, gpointer data, GError **error)
{
  cr_runs_table_requeue (db, error);
  return NULL;
}

static gpointer
first_open (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) runs = cr_runs_table_list_open (db, error);

  return runs != NULL && runs->len > 0 ? g_object_ref (g_ptr_array_index (runs, 0)) : NULL;
}

/* The part that is killed. */
static int
run_child (const char *folder)
{
  Fixture fixture = { 0 };
  g_autofree char *path = g_build_filename (folder, "store.db", NULL);
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) end = NULL;

  fixture.store = cr_store_open (path, NULL);
  fixture.client = cr_client_new (cr_time_now_ms, 8);
  fixture.vault = cr_vault_new ("test");
  fixture.changes = cr_changes_new ();
  export_test_write (&fixture, requeue, NULL);
  run = export_test_write (&fixture, first_open, NULL);
  if (run != NULL)
    {
      fixture.destination = export_test_get_destination (&fixture, run->destination_id);
      end = export_test_go (&fixture, run);
    }
  cr_store_close (fixture.store);
  return 0;
}

/* TRUE when it came to its end before. */
static gboolean
kill_one (const char *self, const char *folder, guint32 after_us)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) child =
      g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, self, "--child", folder, NULL);

  g_assert_no_error (error);
  g_usleep (after_us);
  g_subprocess_send_signal (child, SIGKILL);
  g_subprocess_wait (child, NULL, NULL);
  return g_subprocess_get_if_exited (child);
}

/* Every line of every manifest: how many, and that files are whole. */
static guint
count_lines (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n_lines = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, "manifest.json", NULL);
      g_autofree char *text = NULL;
      g_autoptr (JsonObject) manifest = NULL;
      JsonArray *parts;

      if (!g_file_get_contents (path, &text, NULL, NULL))
        continue;
      manifest = cr_json_parse (text, -1, "manifest", NULL);
      parts = cr_json_array (manifest, "parts");
      for (guint i = 0; i < json_array_get_length (parts); i++)
        {
          JsonObject *part = cr_json_array_object (parts, i);
          g_autofree char *file = g_build_filename (folder, cr_json_string (part, "name"), NULL);
          g_autofree char *body = NULL;
          g_autofree char *sha256 = NULL;
          gint64 lines = 0;
          gsize n;

          g_assert_true (g_file_get_contents (file, &body, &n, NULL));
          sha256 = cr_sha256_hex (body, n);
          g_assert_cmpstr (sha256, ==, cr_json_string (part, "sha256"));
          g_assert_true (cr_json_int (part, "lines", &lines));
          n_lines += (guint) lines;
        }
    }

  return n_lines;
}

static char *self_path;

static void
test_kill (Fixture *fixture, gconstpointer data)
{
  const char *wanted = g_getenv ("CHARTROOM_KILLS");
  guint n_wanted = (guint) g_ascii_strtoull (wanted != NULL ? wanted : DEFAULT_KILLS, NULL, 10);
  g_autofree char *folder = g_build_filename (fixture->folder, "out", NULL);
  guint n_kills = 0, n_stored = N_RECORDS;
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrDestination) destination = NULL;
  g_autoptr (CrExportRun) open = NULL;
  g_autoptr (CrExportRun) nothing = NULL;

  g_mkdir (folder, 0700);
  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  while (n_kills < n_wanted)
    {
      g_autoptr (CrExportRun) left = NULL;

      cr_store_close (fixture->store);
      g_assert_finalize_object (g_steal_pointer (&fixture->store));
      if (!kill_one (self_path, fixture->folder, (guint32) g_test_rand_int_range (5000, 120000)))
        n_kills++;
      fixture->store = NULL;
      {
        g_autofree char *path = g_build_filename (fixture->folder, "store.db", NULL);

        fixture->store = cr_store_open (path, NULL);
      }
      left = export_test_write (fixture, first_open, NULL);
      if (left == NULL)
        {
          g_autofree char *body = g_strdup_printf (
              "{\"resourceType\":\"Observation\",\"id\":\"more%u\",\"status\":\"final\"}",
              n_stored);
          g_autoptr (CrExportRun) next = NULL;

          export_test_save (fixture, "p0", body);
          n_stored++;
          next = export_test_add_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
        }
    }

  export_test_write (fixture, requeue, NULL);
  while ((open = export_test_write (fixture, first_open, NULL)) != NULL)
    {
      g_autoptr (CrExportRun) end = export_test_go (fixture, open);

      g_assert_cmpint (end->status, ==, CR_RUN_COMPLETE);
      g_clear_object (&open);
    }
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_delivered, ==, n_stored);
  g_assert_cmpuint (destination->n_failing, ==, 0);
  g_assert_cmpuint (count_lines (folder), ==, n_stored);
  nothing = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);
  g_assert_cmpuint (nothing->n_resources, ==, 0);
  g_test_message ("%u kills, %u records", n_kills, n_stored);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  if (argc == 3 && g_str_equal (argv[1], "--child"))
    return run_child (argv[2]);

  self_path = g_file_read_link ("/proc/self/exe", NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/export/random-kill", Fixture, NULL, export_test_set_up, test_kill,
              export_test_tear_down);
  return g_test_run ();
}
