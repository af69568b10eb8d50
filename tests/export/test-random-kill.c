/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "export/cr-object-sender.h"
#include "export/cr-sigv4.h"
#include "store/cr-exports-table.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* A process of its own runs the export and is killed after a random time, again and again. Nothing
 * may be lost, counted twice or left “running”, nor any part of a file in a bucket. CHARTROOM_KILLS
 * says how often. */
#define DEFAULT_KILLS 8
#define DEFAULT_KILLS_OF_PARTS 4
/* A record that has to go in three parts. */
#define BIG (2 * CR_OBJECT_PART_BYTES + 1000000)

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

/* One file of what was delivered; NULL: there is none of that name. */
typedef GBytes *(*ReadFunc) (Fixture *fixture, const char *name);

static GBytes *
read_file (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, "out", name, NULL);
  char *text;
  gsize n;

  return g_file_get_contents (path, &text, &n, NULL) ? g_bytes_new_take (text, n) : NULL;
}

static CrReply *
ask_bucket (Fixture *fixture, CrObjectVerb verb, const char *key)
{
  g_autoptr (GHashTable) secrets = g_hash_table_new (g_str_hash, g_str_equal);
  CrSenderParts parts = { fixture->client, cr_time_now_ms, fixture->destination, secrets };
  g_autoptr (CrSender) sender = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  CrObjectCall call = { .verb = verb, .key = key };
  CrReply *reply;

  g_hash_table_insert (secrets, (gpointer) "secret",
                       (gpointer) g_object_get_data (G_OBJECT (fixture->destination), "secret"));
  sender = cr_sender_kind_find ("s3")->make (&parts, &error);
  g_assert_no_error (error);
  cr_object_sender_call_async (CR_OBJECT_SENDER (sender), &call, NULL, export_test_keep, &result);
  reply =
      cr_object_sender_call_finish (CR_OBJECT_SENDER (sender), export_test_wait (&result), &error);
  g_assert_no_error (error);
  return reply;
}

static GBytes *
read_object (Fixture *fixture, const char *name)
{
  g_autoptr (CrReply) reply = ask_bucket (fixture, CR_OBJECT_GET, name);

  g_assert_true (reply->status == 200 || reply->status == 404);
  return reply->status == 200 ? g_bytes_ref (reply->body) : NULL;
}

static guint
count_uploads (Fixture *fixture)
{
  g_autoptr (CrReply) reply = ask_bucket (fixture, CR_OBJECT_UPLOADS, "");
  g_autofree char *body = NULL;
  g_auto (GStrv) uploads = NULL;

  g_assert_cmpuint (reply->status, ==, 200);
  body = g_strndup (g_bytes_get_data (reply->body, NULL), g_bytes_get_size (reply->body));
  uploads = g_strsplit (body, "<Upload>", -1);
  return g_strv_length (uploads) - 1;
}

/* Every line of the manifest of every run: how many, and that files are whole. */
static guint
count_lines (Fixture *fixture, GPtrArray *runs, ReadFunc read)
{
  guint n_lines = 0;

  for (guint k = 0; k < runs->len; k++)
    {
      g_autofree char *name = g_strconcat (runs->pdata[k], "/manifest.json", NULL);
      g_autoptr (GBytes) text = read (fixture, name);
      g_autoptr (JsonObject) manifest = NULL;
      JsonArray *parts;
      gsize n;
      const char *data = text != NULL ? g_bytes_get_data (text, &n) : NULL;

      g_assert_nonnull (data);
      manifest = cr_json_parse (data, (gssize) n, "manifest", NULL);
      parts = cr_json_array (manifest, "parts");
      for (guint i = 0; i < json_array_get_length (parts); i++)
        {
          JsonObject *part = cr_json_array_object (parts, i);
          g_autoptr (GBytes) body = read (fixture, cr_json_string (part, "name"));
          g_autofree char *sha256 = NULL;
          gint64 lines = 0;

          g_assert_nonnull (body);
          data = g_bytes_get_data (body, &n);
          sha256 = cr_sha256_hex (data, n);
          g_assert_cmpstr (sha256, ==, cr_json_string (part, "sha256"));
          g_assert_true (cr_json_int (part, "lines", &lines));
          n_lines += (guint) lines;
        }
    }

  return n_lines;
}

static char *self_path;

static guint
wanted_kills (guint fallback)
{
  const char *wanted = g_getenv ("CHARTROOM_KILLS");

  return wanted != NULL ? (guint) g_ascii_strtoull (wanted, NULL, 10) : fallback;
}

static void
add_record (Fixture *fixture, guint n, gsize n_bytes)
{
  g_autofree char *fill = g_strnfill (n_bytes, 'x');
  g_autofree char *body =
      g_strdup_printf ("{\"resourceType\":\"Observation\",\"id\":\"more%u\",\"status\":\"final\","
                       "\"valueString\":\"%s\"}",
                       n, fill);

  export_test_save (fixture, "p0", body);
}

static void
add_run (Fixture *fixture, CrRunTrigger trigger, GPtrArray *runs)
{
  g_autoptr (CrExportRun) run = export_test_add_run (fixture, trigger, NULL);

  g_ptr_array_add (runs, g_strdup (run->id));
}

/* Undisturbed; how long it took. */
static gint32
run_one (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  gint64 begun_us = g_get_monotonic_time ();
  g_autoptr (GSubprocess) child = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, self_path,
                                                    "--child", fixture->folder, NULL);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (child, NULL, &error));
  g_assert_no_error (error);
  return (gint32) CLAMP (g_get_monotonic_time () - begun_us, 100000, 20000000);
}

/* Lets one run end and then kills until it has been @n_wanted times; what comes to its end is given
 * two records more, of @n_bytes, and a new run. The time until a kill follows how long a run takes
 * here. Returns how many records were added. */
static guint
kill_often (Fixture *fixture, guint n_wanted, gsize n_bytes, GPtrArray *runs)
{
  g_autofree char *path = g_build_filename (fixture->folder, "store.db", NULL);
  guint n_kills = 0, n_added = 0;
  gint32 window_us = 0;

  while (n_kills < n_wanted)
    {
      g_autoptr (CrExportRun) left = NULL;

      cr_store_close (fixture->store);
      g_assert_finalize_object (g_steal_pointer (&fixture->store));
      if (window_us == 0)
        window_us = run_one (fixture);
      else if (kill_one (self_path, fixture->folder,
                         (guint32) g_test_rand_int_range (5000, window_us)))
        window_us = MAX (window_us / 8 * 7, 50000);
      else
        {
          n_kills++;
          window_us += window_us / 16;
        }
      fixture->store = cr_store_open (path, NULL);
      left = export_test_write (fixture, first_open, NULL);
      /* It waits for nobody: otherwise nothing would be killed. */
      if (left != NULL)
        g_assert_cmpstr (left->error_message, ==, NULL);
      if (left != NULL)
        continue;

      add_record (fixture, n_added++, n_bytes);
      add_record (fixture, n_added++, n_bytes);
      add_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, runs);
    }

  g_test_message ("%u kills, %u runs", n_kills, runs->len);
  return n_added;
}

/* Goes on until nothing is left to do, and looks at what has come of all of it. */
static void
end_all (Fixture *fixture, guint n_stored, GPtrArray *runs, ReadFunc read)
{
  g_autoptr (CrDestination) destination = NULL;
  g_autoptr (CrExportRun) open = NULL;
  g_autoptr (CrExportRun) nothing = NULL;

  export_test_write (fixture, requeue, NULL);
  while ((open = export_test_write (fixture, first_open, NULL)) != NULL)
    {
      g_autoptr (CrExportRun) end = export_test_go (fixture, open);

      g_assert_cmpstr (end->error_message, ==, NULL);
      g_assert_cmpint (end->status, ==, CR_RUN_COMPLETE);
      g_clear_object (&open);
    }
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_delivered, ==, n_stored);
  g_assert_cmpuint (destination->n_failing, ==, 0);
  g_assert_cmpuint (count_lines (fixture, runs, read), ==, n_stored);
  nothing = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);
  g_assert_cmpuint (nothing->n_resources, ==, 0);
}

static void
test_kill (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "out", NULL);
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (g_free);
  guint n_stored = N_RECORDS;

  g_mkdir (folder, 0700);
  export_test_fill (fixture);
  export_test_add_destination (fixture, "folder", "path", folder, NULL);
  add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, runs);
  n_stored += kill_often (fixture, wanted_kills (DEFAULT_KILLS), 10, runs);
  end_all (fixture, n_stored, runs, read_file);
}

static void
add_bucket (Fixture *fixture)
{
  g_autoptr (GBytes) answer = export_test_http (fixture, "GET", "/_sandbox?counts=no", NULL);
  g_autoptr (JsonObject) root = cr_json_parse (g_bytes_get_data (answer, NULL),
                                               (gssize) g_bytes_get_size (answer), "it", NULL);
  JsonObject *bucket = cr_json_object (root, "bucket");
  char *secret = g_strdup (cr_json_string (bucket, "secret_key"));

  export_test_add_destination (fixture, "s3", "endpoint", cr_json_string (bucket, "endpoint"),
                               "bucket", cr_json_string (bucket, "bucket"), "region",
                               cr_json_string (bucket, "region"), "access-key",
                               cr_json_string (bucket, "access_key"), NULL);
  g_object_set_data_full (G_OBJECT (fixture->destination), "secret", secret, g_free);
  export_test_set_secret (fixture, secret);
}

/* Two files of three parts each at once: what was begun when the engine was killed is
 * gone when it has gone on. */
static void
test_kill_parts (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (g_free);
  guint n_stored = N_RECORDS + 2;

  export_test_fill (fixture);
  for (guint i = 0; i < 2; i++)
    add_record (fixture, 1000 + i, BIG);
  export_test_start_sandbox (fixture);
  add_bucket (fixture);
  add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, runs);
  n_stored += kill_often (fixture, wanted_kills (DEFAULT_KILLS_OF_PARTS), BIG, runs);
  g_test_message ("%u uploads were left", count_uploads (fixture));
  end_all (fixture, n_stored, runs, read_object);
  g_assert_cmpuint (count_uploads (fixture), ==, 0);
}

int
main (int argc, char **argv)
{
  /* The child reads the keyring's file too. */
  g_setenv ("CHARTROOM_TEST_KEYRING", "1", TRUE);
  cr_first_of_all ();
  if (argc == 3 && g_str_equal (argv[1], "--child"))
    return run_child (argv[2]);

  self_path = g_file_read_link ("/proc/self/exe", NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/export/random-kill", Fixture, NULL, export_test_set_up, test_kill,
              export_test_tear_down);
  g_test_add ("/export/random-kill/parts", Fixture, NULL, export_test_set_up, test_kill_parts,
              export_test_tear_down);
  return g_test_run ();
}
