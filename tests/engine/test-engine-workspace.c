/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "engine-test.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void
check_error (GError *error, int code)
{
  g_test_message ("%s", error != NULL ? error->message : "");
  g_assert_error (error, CR_ERROR, code);
  g_assert_cmpuint (strlen (error->message), >, 20);
}

static void
test_folder (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrWorkspace) workspace = NULL;
  g_autoptr (CrWorkspace) again = NULL;
  g_autofree char *identity = NULL;
  GStatBuf about;

  engine_test_make (&test);
  workspace = cr_workspace_open (test.folder, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (test.folder, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0700);
  identity = engine_test_path (&test, "workspace.json");
  g_assert_cmpint (g_stat (identity, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0600);

  again = cr_workspace_open (test.folder, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_workspace_get_id (again), ==, cr_workspace_get_id (workspace));
  g_assert_cmpuint (strlen (cr_workspace_get_id (again)), >=, 16);
  g_assert_false (cr_workspace_is_sandbox (again));
}

static void
test_lock (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrWorkspace) first = NULL;
  g_autoptr (CrWorkspace) second = NULL;
  g_autoptr (GAsyncResult) waited = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  engine_test_make (&test);
  first = cr_workspace_open (test.folder, TRUE, NULL);
  second = cr_workspace_open (test.folder, TRUE, NULL);
  g_assert_true (cr_workspace_lock (first, &error));
  g_assert_true (cr_workspace_lock (first, &error));
  g_assert_false (cr_workspace_lock (second, &error));
  check_error (error, CR_ERROR_IN_USE);
  g_clear_error (&error);

  cr_workspace_wait_async (second, cancellable, keep_result, &cancelled);
  g_cancellable_cancel (cancellable);
  g_assert_false (cr_workspace_wait_finish (second, wait_result (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  cr_workspace_wait_async (second, NULL, keep_result, &waited);
  iterate_for (100);
  g_assert_null (waited);
  cr_workspace_unlock (first);
  g_assert_true (cr_workspace_wait_finish (second, wait_result (&waited), &error));
  g_assert_no_error (error);
  g_assert_false (cr_workspace_lock (first, &error));
  check_error (error, CR_ERROR_IN_USE);
}

static void
test_other_kind (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrWorkspace) live = NULL;

  engine_test_make (&test);
  live = cr_workspace_open (test.folder, FALSE, NULL);
  g_assert_null (cr_workspace_open (test.folder, TRUE, &error));
  check_error (error, CR_ERROR_BAD_INPUT);
}

/* Left as it is: what cannot be read is not written over. */
static void
test_damaged (gconstpointer data)
{
  const char *content = data;
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrWorkspace) workspace = NULL;
  g_autofree char *path = NULL;
  g_autofree char *after = NULL;

  engine_test_make (&test);
  workspace = cr_workspace_open (test.folder, FALSE, NULL);
  path = engine_test_path (&test, "workspace.json");
  g_assert_true (g_file_set_contents (path, content, -1, NULL));
  g_assert_null (cr_workspace_open (test.folder, FALSE, &error));
  check_error (error, CR_ERROR_CORRUPT);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, content);
}

static void
test_no_folder (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *parent = NULL;
  g_autofree char *file = NULL;
  g_autofree char *below = NULL;

  engine_test_make (&test);
  parent = g_path_get_dirname (test.folder);
  file = g_build_filename (parent, "file", NULL);
  below = g_build_filename (file, "below", NULL);
  g_assert_true (g_file_set_contents (file, "x", -1, NULL));
  g_assert_null (cr_workspace_open (below, FALSE, &error));
  check_error (error, CR_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_null (cr_workspace_open (file, FALSE, &error));
  check_error (error, CR_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_null (cr_workspace_open ("/proc/self/none", FALSE, &error));
  check_error (error, CR_ERROR_READ_ONLY);
}

/* What cannot be read now is not taken for a folder without one: a new identity in its place would
 * find nothing of what the keyring keeps. */
static void
test_unreadable (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *identity = NULL;
  g_autofree char *target = NULL;

  engine_test_make (&test);
  identity = engine_test_path (&test, "workspace.json");
  g_assert_cmpint (g_mkdir (test.folder, 0700), ==, 0);
  g_assert_cmpint (symlink ("workspace.json", identity), ==, 0);
  g_assert_null (cr_workspace_open (test.folder, FALSE, &error));
  check_error (error, CR_ERROR_READ_ONLY);
  target = g_file_read_link (identity, NULL);
  g_assert_cmpstr (target, ==, "workspace.json");
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/workspace/folder", test_folder);
  g_test_add_func ("/workspace/lock", test_lock);
  g_test_add_func ("/workspace/other-kind", test_other_kind);
  g_test_add_data_func ("/workspace/damaged/cut", "{\"id\":\"12", test_damaged);
  g_test_add_data_func ("/workspace/damaged/empty", "", test_damaged);
  g_test_add_data_func ("/workspace/damaged/no-id", "{\"sandbox\":false}", test_damaged);
  g_test_add_data_func ("/workspace/damaged/list", "[1]", test_damaged);
  g_test_add_func ("/workspace/no-folder", test_no_folder);
  g_test_add_func ("/workspace/unreadable", test_unreadable);

  return g_test_run ();
}
