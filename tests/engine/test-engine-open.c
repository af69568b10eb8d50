/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "engine-test.h"
#include "engine/cr-takeover.h"
#include "store/cr-db.h"

#include <string.h>

static void
check_error (GError *error, int code)
{
  g_test_message ("%s", error != NULL ? error->message : "");
  g_assert_error (error, CR_ERROR, code);
  g_assert_cmpuint (strlen (error->message), >, 20);
}

/* What made it fail is gone: nothing of the failed try is in the way. */
static void
check_opens (EngineTest *test)
{
  engine_test_open (test);
  engine_test_close (test);
}

static void
test_newer (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize n_before, n_after;
  CrDb *db;

  engine_test_make (&test);
  check_opens (&test);
  path = engine_test_path (&test, "chartroom.db");
  db = cr_db_open (path, CR_DB_WRITE, &error);
  g_assert_no_error (error);
  g_assert_true (cr_db_exec (db, "PRAGMA user_version = 9999", &error));
  cr_db_close (db);
  g_assert_true (g_file_get_contents (path, &before, &n_before, NULL));

  engine_test_open_fails (&test, "127.0.0.1:0", &error);
  check_error (error, CR_ERROR_TOO_NEW);
  g_assert_true (g_file_get_contents (path, &after, &n_after, NULL));
  g_assert_cmpmem (before, n_before, after, n_after);
}

static void
test_damaged (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *after = NULL;
  g_autofree char *garbage = g_strnfill (20000, 'x');

  engine_test_make (&test);
  check_opens (&test);
  path = engine_test_path (&test, "chartroom.db");
  g_assert_true (g_file_set_contents (path, garbage, -1, NULL));
  engine_test_open_fails (&test, "127.0.0.1:0", &error);
  check_error (error, CR_ERROR_CORRUPT);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, garbage);
}

static void
test_address (void)
{
  g_auto (EngineTest) test = { 0 };
  g_auto (EngineTest) other = { 0 };
  g_autoptr (GError) error = NULL;
  const char *taken;

  engine_test_make (&other);
  engine_test_open (&other);
  taken = cr_engine_get_public_url (other.engine) + strlen ("http://");
  engine_test_make (&test);
  engine_test_open_fails (&test, taken, &error);
  check_error (error, CR_ERROR_IN_USE);
  g_assert_nonnull (strstr (error->message, taken));
  g_clear_error (&error);
  engine_test_open_fails (&test, "no address", &error);
  check_error (error, CR_ERROR_BAD_INPUT);
  check_opens (&test);
}

static void
test_second (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GError) error = NULL;

  engine_test_make (&test);
  engine_test_open (&test);
  engine_test_open_fails (&test, "127.0.0.1:0", &error);
  check_error (error, CR_ERROR_IN_USE);
}

static void
gave_up_cb (gpointer user_data)
{
  EngineTest *test = user_data;

  engine_test_close (test);
}

/* A window asks the server for the folder; the server finishes its step and gives it. */
static void
test_takeover (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrWorkspace) window = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  engine_test_make (&test);
  engine_test_open (&test);
  cr_engine_offer_takeover (test.engine, gave_up_cb, &test);
  window = cr_workspace_open (test.folder, FALSE, NULL);
  cr_workspace_take_async (window, NULL, keep_result, &result);
  g_assert_true (cr_workspace_take_finish (window, wait_result (&result), &error));
  g_assert_no_error (error);
  g_assert_null (test.engine);
  cr_workspace_unlock (window);
  check_opens (&test);
}

/* Another window does not give it. */
static void
test_no_takeover (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrWorkspace) window = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  engine_test_make (&test);
  engine_test_open (&test);
  window = cr_workspace_open (test.folder, FALSE, NULL);
  cr_workspace_take_async (window, NULL, keep_result, &result);
  g_assert_false (cr_workspace_take_finish (window, wait_result (&result), &error));
  check_error (error, CR_ERROR_IN_USE);
  g_assert_nonnull (test.engine);
}

/* Cancelled at any moment, it is closed or handed over, never dropped with its threads running. */
static void
test_cancelled (void)
{
  g_auto (EngineTest) test = { 0 };

  engine_test_make (&test);
  for (guint ms = 0; ms < 60; ms += 3)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (CrWorkspace) workspace = cr_workspace_open (test.folder, FALSE, &error);
      CrEngineOptions options = { .workspace = workspace,
                                  .clock = engine_test_clock,
                                  .listen = "127.0.0.1:0",
                                  .no_schedule = TRUE };

      g_assert_no_error (error);
      g_assert_true (cr_workspace_lock (workspace, &error));
      cr_engine_open_async (&options, cancellable, keep_result, &result);
      iterate_for (ms);
      g_cancellable_cancel (cancellable);
      test.engine = cr_engine_open_finish (wait_result (&result), &error);
      if (test.engine == NULL)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_object (&result);
      engine_test_close (&test);
    }
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/open/newer", test_newer);
  g_test_add_func ("/open/damaged", test_damaged);
  g_test_add_func ("/open/address", test_address);
  g_test_add_func ("/open/second", test_second);
  g_test_add_func ("/open/takeover", test_takeover);
  g_test_add_func ("/open/no-takeover", test_no_takeover);

  g_test_add_func ("/open/cancelled", test_cancelled);
  return g_test_run ();
}
