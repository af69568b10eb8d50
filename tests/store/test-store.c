/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-store.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "store/cr-log-tables.h"
#include "store/cr-stmt.h"

typedef struct
{
  char *folder;
  char *path;
  CrStore *store;
  GString *said;   /* what callbacks say, in their order */
  guint n_waiting; /* callbacks to come */
  GError *error;   /* of the last callback */
} Fixture;

static void
open_store (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->store = cr_store_open (fixture->path, &error);
  g_assert_no_error (error);
}

static void
close_store (Fixture *fixture)
{
  cr_store_close (fixture->store);
  g_assert_finalize_object (g_steal_pointer (&fixture->store));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("chartroom-test-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "store.db", NULL);
  fixture->said = g_string_new (NULL);
  open_store (fixture);
}

static void
remove_folder (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_dir_close (dir);
  g_rmdir (folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->store != NULL)
    close_store (fixture);
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
  g_string_free (fixture->said, TRUE);
  g_clear_error (&fixture->error);
}

static void
wait_for_all (Fixture *fixture)
{
  while (fixture->n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autofree char *text = NULL;

  g_clear_error (&fixture->error);
  text = cr_store_write_finish (CR_STORE (source), result, &fixture->error);
  g_string_append_printf (fixture->said, "%s ",
                          text != NULL             ? text
                          : fixture->error != NULL ? cr_error_nick (fixture->error)
                                                   : "nothing");
  fixture->n_waiting--;
}

/* Adds a letter to the setting and gives the whole back. */
static gpointer
append (CrDb *db, gpointer data, GError **error)
{
  g_autofree char *old = cr_settings_table_get (db, "text", error);
  char *text = g_strconcat (old != NULL ? old : "", data, NULL);

  if (!cr_settings_table_set (db, "text", text, error))
    g_clear_pointer (&text, g_free);
  return text;
}

static gpointer
append_and_fail (CrDb *db, gpointer data, GError **error)
{
  g_free (append (db, data, error));
  g_set_error_literal (error, CR_ERROR, CR_ERROR_REFUSED, "No.");
  return NULL;
}

static gpointer
read_text (CrDb *db, gpointer data, GError **error)
{
  return cr_settings_table_get (db, "text", error);
}

static gpointer
write_on_reader (CrDb *db, gpointer data, GError **error)
{
  cr_settings_table_set (db, "text", "x", error);
  return NULL;
}

static void
ask_write (Fixture *fixture, CrStoreFunc func, const char *text, GCancellable *cancellable)
{
  fixture->n_waiting++;
  cr_store_write_async (fixture->store, CR_WRITE_FAST, func, g_strdup (text), g_free, g_free,
                        cancellable, done_cb, fixture);
}

static void
ask_read (Fixture *fixture, CrStoreFunc func, gpointer data, GCancellable *cancellable)
{
  fixture->n_waiting++;
  cr_store_read_async (fixture->store, CR_READ_SCREEN, func, data, NULL, g_free, cancellable,
                       done_cb, fixture);
}

static void
assert_said (Fixture *fixture, const char *text)
{
  wait_for_all (fixture);
  g_assert_cmpstr (fixture->said->str, ==, text);
  g_string_truncate (fixture->said, 0);
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  ask_write (fixture, append, "a", NULL);
  ask_write (fixture, append, "b", NULL);
  ask_write (fixture, append, "c", NULL);
  g_assert_cmpstr (fixture->said->str, ==, "");
  assert_said (fixture, "a ab abc ");

  ask_read (fixture, read_text, NULL, NULL);
  assert_said (fixture, "abc ");
}

static void
test_nothing_found (Fixture *fixture, gconstpointer data)
{
  ask_read (fixture, read_text, NULL, NULL);
  assert_said (fixture, "nothing ");
}

static void
test_roll_back (Fixture *fixture, gconstpointer data)
{
  ask_write (fixture, append, "a", NULL);
  ask_write (fixture, append_and_fail, "b", NULL);
  ask_write (fixture, append, "c", NULL);
  assert_said (fixture, "a refused ac ");
}

static void
test_readers_do_not_write (Fixture *fixture, gconstpointer data)
{
  ask_read (fixture, write_on_reader, NULL, NULL);
  assert_said (fixture, "read_only ");
}

static void
test_survives (Fixture *fixture, gconstpointer data)
{
  fixture->n_waiting++;
  cr_store_write_async (fixture->store, CR_WRITE_SURE, append, g_strdup ("kept"), g_free, g_free,
                        NULL, done_cb, fixture);
  assert_said (fixture, "kept ");
  close_store (fixture);
  open_store (fixture);
  ask_read (fixture, read_text, NULL, NULL);
  assert_said (fixture, "kept ");
}

/* What was asked comes to its end, and every callback comes, after the threads are gone. */
static void
test_close_while_pending (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    ask_write (fixture, append, "x", NULL);
  ask_read (fixture, read_text, NULL, NULL);
  cr_store_close (fixture->store);
  cr_store_close (fixture->store);
  wait_for_all (fixture);
  g_string_truncate (fixture->said, 0);

  ask_write (fixture, append, "late", NULL);
  assert_said (fixture, "cancelled ");
  close_store (fixture);
  open_store (fixture);
  ask_read (fixture, read_text, NULL, NULL);
  assert_said (fixture, "xxxxxxxxxxxxxxxxxxxx ");
}

static void
test_cancelled_before (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  ask_write (fixture, append, "a", cancellable);
  assert_said (fixture, "cancelled ");
  ask_read (fixture, read_text, NULL, cancellable);
  assert_said (fixture, "cancelled ");
  ask_read (fixture, read_text, NULL, NULL);
  assert_said (fixture, "nothing ");
}

typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean has_begun;
  gboolean may_end;
} Gate;

static void
gate_pass (Gate *gate, gboolean *which)
{
  g_mutex_lock (&gate->mutex);
  *which = TRUE;
  g_cond_broadcast (&gate->cond);
  g_mutex_unlock (&gate->mutex);
}

static void
gate_wait (Gate *gate, gboolean *which)
{
  g_mutex_lock (&gate->mutex);
  while (!*which)
    g_cond_wait (&gate->cond, &gate->mutex);
  g_mutex_unlock (&gate->mutex);
}

static gpointer
append_slowly (CrDb *db, gpointer data, GError **error)
{
  Gate *gate = data;

  gate_pass (gate, &gate->has_begun);
  gate_wait (gate, &gate->may_end);
  return append (db, (gpointer) "slow", error);
}

/* A write that has begun tells the truth; one that waits behind it is skipped. */
static void
test_write_cancelled_during (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Gate gate = { 0 };

  fixture->n_waiting++;
  cr_store_write_async (fixture->store, CR_WRITE_FAST, append_slowly, &gate, NULL, g_free,
                        cancellable, done_cb, fixture);
  ask_write (fixture, append, "skipped", cancellable);
  gate_wait (&gate, &gate.has_begun);
  g_cancellable_cancel (cancellable);
  gate_pass (&gate, &gate.may_end);
  assert_said (fixture, "slow cancelled ");
}

/* Never comes to an end by itself. */
static gpointer
count_for_ever (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up)"
                       " SELECT count(*) FROM up");
  Gate *gate = data;

  gate_pass (gate, &gate->has_begun);
  cr_stmt_run (stmt, error);
  return NULL;
}

static void
test_read_cancelled_during (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Gate gate = { 0 };

  ask_read (fixture, count_for_ever, &gate, cancellable);
  gate_wait (&gate, &gate.has_begun);
  /* The statement may not have begun yet; interrupting is repeated until it was hit. */
  g_cancellable_cancel (cancellable);
  while (fixture->n_waiting > 0)
    {
      g_main_context_iteration (NULL, FALSE);
      g_cancellable_reset (cancellable);
      g_cancellable_cancel (cancellable);
    }
  g_assert_true (cr_error_is_cancelled (fixture->error));
  g_string_truncate (fixture->said, 0);

  ask_read (fixture, read_text, NULL, NULL);
  assert_said (fixture, "nothing ");
}

static void
test_readers_beside_each_other (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Gate gate = { 0 };

  fixture->n_waiting++;
  cr_store_read_async (fixture->store, CR_READ_BULK, append_slowly, &gate, NULL, g_free, NULL,
                       done_cb, fixture);
  gate_wait (&gate, &gate.has_begun);
  ask_read (fixture, read_text, NULL, NULL);
  while (fixture->n_waiting > 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (fixture->said->str, ==, "nothing ");
  gate_pass (&gate, &gate.may_end);
  assert_said (fixture, "nothing read_only ");
}

static gpointer
fill (CrDb *db, gpointer data, GError **error)
{
  g_autofree char *text = g_strnfill (4 << 20, 'x');

  cr_settings_table_set (db, "big", text, error);
  return g_strdup ("filled");
}

/* In a process of its own, because its files may not grow any more. */
static void
run_out_of_space (void)
{
  Fixture fixture = { 0 };
  struct rlimit limit = { 1 << 22, 1 << 22 };

  set_up (&fixture, NULL);
  ask_write (&fixture, append, "kept", NULL);
  assert_said (&fixture, "kept ");

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  ask_write (&fixture, fill, "", NULL);
  assert_said (&fixture, "no_space ");
  g_assert_nonnull (strstr (fixture.error->message, "full"));
  ask_write (&fixture, append, "+", NULL);
  assert_said (&fixture, "kept+ ");
  close_store (&fixture);
  open_store (&fixture);
  ask_read (&fixture, read_text, NULL, NULL);
  assert_said (&fixture, "kept+ ");
  tear_down (&fixture, NULL);
}

static void
test_full_disk (void)
{
  if (g_test_subprocess ())
    {
      run_out_of_space ();
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

#define ADD(name, func) g_test_add ("/store/store/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  ADD ("order", test_order);
  ADD ("nothing-found", test_nothing_found);
  ADD ("roll-back", test_roll_back);
  ADD ("readers-do-not-write", test_readers_do_not_write);
  ADD ("survives", test_survives);
  ADD ("close-while-pending", test_close_while_pending);
  ADD ("cancelled-before", test_cancelled_before);
  ADD ("write-cancelled-during", test_write_cancelled_during);
  ADD ("read-cancelled-during", test_read_cancelled_during);
  ADD ("readers-beside-each-other", test_readers_beside_each_other);
  g_test_add_func ("/store/store/full-disk", test_full_disk);

  return g_test_run ();
}
