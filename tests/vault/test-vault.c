/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "vault/cr-vault.h"

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_null (*(GAsyncResult **) user_data);
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

static char *
get (CrVault *vault, const char *name, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_vault_get_async (vault, name, cancellable, keep_result, &result);
  g_assert_null (result);
  return cr_vault_get_finish (vault, wait_result (&result), error);
}

static gboolean
set (CrVault *vault,
     const char *name,
     const char *secret,
     GCancellable *cancellable,
     GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_vault_set_async (vault, name, "Test", secret, cancellable, keep_result, &result);
  return cr_vault_set_finish (vault, wait_result (&result), error);
}

static gboolean
clear (CrVault *vault, const char *name, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_vault_clear_async (vault, name, cancellable, keep_result, &result);
  return cr_vault_clear_finish (vault, wait_result (&result), error);
}

static CrSealer *
get_sealer (CrVault *vault, gboolean may_create, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_vault_get_sealer_async (vault, may_create, cancellable, keep_result, &result);
  return cr_vault_get_sealer_finish (vault, wait_result (&result), error);
}

static void
assert_secret (CrVault *vault, const char *name, const char *secret)
{
  g_autoptr (GError) error = NULL;
  char *found = get (vault, name, NULL, &error);

  if (secret != NULL)
    g_assert_no_error (error);
  else
    g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_assert_cmpstr (found, ==, secret);
  cr_vault_secret_free (found);
}

static void
close_vault (CrVault *vault)
{
  cr_vault_close (vault);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (vault);
}

static void
test_items (void)
{
  CrVault *live = cr_vault_new ("live");
  CrVault *sandbox = cr_vault_new ("sandbox");
  g_autoptr (GError) error = NULL;

  assert_secret (live, "source/fhirsrc_1", NULL);
  g_assert_true (set (live, "source/fhirsrc_1", "one", NULL, &error));
  g_assert_true (set (live, "source/fhirsrc_2", "two", NULL, &error));
  assert_secret (live, "source/fhirsrc_1", "one");
  assert_secret (live, "source/fhirsrc_2", "two");
  assert_secret (sandbox, "source/fhirsrc_1", NULL);
  g_assert_true (set (live, "source/fhirsrc_1", "Zoë & co", NULL, &error));
  assert_secret (live, "source/fhirsrc_1", "Zoë & co");

  g_assert_true (clear (live, "source/fhirsrc_1", NULL, &error));
  g_assert_no_error (error);
  assert_secret (live, "source/fhirsrc_1", NULL);
  assert_secret (live, "source/fhirsrc_2", "two");
  g_assert_true (clear (live, "source/fhirsrc_1", NULL, &error));
  close_vault (live);
  close_vault (sandbox);
}

static void
test_sealer (void)
{
  CrVault *vault = cr_vault_new ("ws");
  g_autoptr (GBytes) plain = g_bytes_new_static ("token", 5);
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (get_sealer (vault, FALSE, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);

  {
    g_autoptr (CrSealer) sealer = get_sealer (vault, TRUE, NULL, &error);
    g_autoptr (CrSealer) again = get_sealer (vault, FALSE, NULL, &error);

    g_assert_no_error (error);
    g_assert_true (sealer == again);
    sealed = cr_sealer_seal (sealer, plain, "conn_1");
  }
  close_vault (vault);

  /* after a restart */
  vault = cr_vault_new ("ws");
  {
    g_autoptr (CrSealer) sealer = get_sealer (vault, TRUE, NULL, &error);
    g_autoptr (GBytes) opened = cr_sealer_open (sealer, sealed, "conn_1", &error);

    g_assert_no_error (error);
    g_assert_true (g_bytes_equal (opened, plain));
  }
  close_vault (vault);

  /* a key that is none */
  vault = cr_vault_new ("ws");
  g_assert_true (set (vault, "sealing-key", "bm90IGEga2V5", NULL, &error));
  g_assert_null (get_sealer (vault, TRUE, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CORRUPT);
  close_vault (vault);
}

/* What is there, and the word that @data says. */
static char *
add_word (const char *secret, gpointer data, GError **error)
{
  if (g_str_equal (data, "nothing"))
    return NULL;
  if (g_str_equal (data, "fail"))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CORRUPT, "No");
      return NULL;
    }

  return g_strconcat (secret != NULL ? secret : "", data, NULL);
}

static char *
change (CrVault *vault, const char *word, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_vault_change_async (vault, "client-keys", "Test", add_word, g_strdup (word), g_free,
                         cancellable, keep_result, &result);
  return cr_vault_change_finish (vault, wait_result (&result), error);
}

static void
test_change (void)
{
  CrVault *vault = cr_vault_new ("ws");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncResult *results[10] = { NULL };
  g_autoptr (GError) error = NULL;
  char *found;

  g_assert_null (change (vault, "nothing", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);
  found = change (vault, "a", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, "a");
  cr_vault_secret_free (found);
  found = change (vault, "nothing", NULL, &error);
  g_assert_cmpstr (found, ==, "a");
  cr_vault_secret_free (found);
  g_assert_null (change (vault, "fail", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CORRUPT);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_null (change (vault, "z", cancellable, &error));
  g_assert_true (cr_error_is_cancelled (error));
  g_clear_error (&error);
  assert_secret (vault, "client-keys", "a");

  /* Together, and none is lost. */
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    cr_vault_change_async (vault, "client-keys", "Test", add_word, g_strdup ("b"), g_free, NULL,
                           keep_result, &results[i]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      cr_vault_secret_free (cr_vault_change_finish (vault, wait_result (&results[i]), NULL));
      g_object_unref (results[i]);
    }
  assert_secret (vault, "client-keys", "abbbbbbbbbb");
  close_vault (vault);
}

static void
test_cancelled (void)
{
  CrVault *vault = cr_vault_new ("ws");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (get (vault, "webhook/1", cancellable, &error));
  g_assert_true (cr_error_is_cancelled (error));
  g_clear_error (&error);
  g_assert_false (set (vault, "webhook/1", "s", cancellable, &error));
  g_assert_true (cr_error_is_cancelled (error));
  g_clear_error (&error);
  g_assert_false (clear (vault, "webhook/1", cancellable, &error));
  g_assert_true (cr_error_is_cancelled (error));
  g_clear_error (&error);
  g_assert_null (get_sealer (vault, TRUE, cancellable, &error));
  g_assert_true (cr_error_is_cancelled (error));
  assert_secret (vault, "webhook/1", NULL);
  close_vault (vault);
}

/* Closing answers everything that was asked, and later questions too. */
static void
test_close (void)
{
  CrVault *vault = cr_vault_new ("ws");
  GAsyncResult *results[20] = { NULL };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    cr_vault_get_async (vault, "webhook/1", NULL, keep_result, &results[i]);
  cr_vault_close (vault);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_clear_error (&error);
      g_assert_null (cr_vault_get_finish (vault, wait_result (&results[i]), &error));
      g_assert_true (cr_error_is_cancelled (error) ||
                     g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND));
      g_object_unref (results[i]);
    }
  g_clear_error (&error);
  g_assert_null (get (vault, "webhook/1", NULL, &error));
  g_assert_true (cr_error_is_cancelled (error));
  close_vault (vault);
}

static void
test_missing (void)
{
  CrVault *vault = cr_vault_new ("ws");
  g_autoptr (GError) error = NULL;

  g_assert_null (get (vault, "webhook/1", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_KEYRING_MISSING);
  g_assert_nonnull (strstr (error->message, "gnome-keyring"));
  g_clear_error (&error);
  g_assert_false (set (vault, "webhook/1", "secret", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_KEYRING_MISSING);
  g_clear_error (&error);
  g_assert_false (clear (vault, "webhook/1", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_KEYRING_MISSING);
  g_clear_error (&error);
  g_assert_null (get_sealer (vault, TRUE, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_KEYRING_MISSING);
  g_clear_error (&error);
  g_assert_null (change (vault, "a", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_KEYRING_MISSING);
  close_vault (vault);
}

static gboolean
asks_for (int argc, char **argv, const char *path)
{
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], path) == 0)
      return TRUE;

  return FALSE;
}

int
main (int argc, char **argv)
{
  gboolean is_missing = asks_for (argc, argv, "/vault/missing");
  g_autofree char *folder = g_dir_make_tmp ("chartroom-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "test.keyring", NULL);
  int status;

  g_setenv ("CHARTROOM_TEST_KEYRING", "1", TRUE);
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  if (!is_missing)
    {
      g_setenv ("SECRET_BACKEND", "file", TRUE);
      g_setenv ("SECRET_FILE_TEST_PATH", file, TRUE);
      g_setenv ("SECRET_FILE_TEST_PASSWORD", "test", TRUE);
    }
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  if (is_missing)
    g_test_add_func ("/vault/missing/all", test_missing);
  else
    {
      g_test_add_func ("/vault/file/items", test_items);
      g_test_add_func ("/vault/file/sealer", test_sealer);
      g_test_add_func ("/vault/file/cancelled", test_cancelled);
      g_test_add_func ("/vault/file/change", test_change);
      g_test_add_func ("/vault/file/close", test_close);
    }

  status = g_test_run ();
  g_unlink (file);
  g_rmdir (folder);
  return status;
}
