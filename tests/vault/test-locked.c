/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "keyring-house.h"
#include "vault/cr-keyring.h"
#include "vault/cr-vault.h"

#define WORKSPACE "locked-test"

static char *
get (const char *name, int code)
{
  g_autoptr (GError) error = NULL;
  char *secret = cr_keyring_get (WORKSPACE, name, TRUE, NULL, &error);

  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, CR_ERROR, code);
  return secret;
}

static int n_unlocks; /* that anybody asked the keyring for; read and written atomically */

static GDBusMessage *
watch_cb (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  if (incoming && g_strcmp0 (g_dbus_message_get_member (message), "Unlock") == 0)
    g_atomic_int_inc (&n_unlocks);
  g_object_unref (message);
  return NULL;
}

/* Sees what everybody on the bus sends. */
static GDBusConnection *
start_watching (void)
{
  static const char *const rules[] = {
    "type='method_call',interface='org.freedesktop.Secret.Service'", NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = NULL;
  GDBusConnection *connection =
      g_dbus_connection_new_for_address_sync (g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  answer = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                        "org.freedesktop.DBus.Monitoring", "BecomeMonitor",
                                        g_variant_new ("(^asu)", rules, 0), NULL,
                                        G_DBUS_CALL_FLAGS_NONE, 10000, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_add_filter (connection, watch_cb, NULL, NULL);
  return connection;
}

/* For a stranger nobody is asked to unlock; for a person at the desk it is. */
static void
assert_quiet (void)
{
  g_autoptr (GDBusConnection) watch = start_watching ();
  gint64 end_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  g_autoptr (GError) error = NULL;

  g_assert_null (cr_keyring_get (WORKSPACE, "source/1", FALSE, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_KEYRING_LOCKED);
  g_clear_error (&error);
  g_assert_false (cr_keyring_clear (WORKSPACE, "source/1", FALSE, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_KEYRING_LOCKED);
  g_assert_cmpint (g_atomic_int_get (&n_unlocks), ==, 0);

  g_assert_null (get ("source/1", CR_ERROR_KEYRING_LOCKED));
  while (g_atomic_int_get (&n_unlocks) == 0 && g_get_monotonic_time () < end_us)
    g_usleep (10 * 1000);
  g_assert_cmpint (g_atomic_int_get (&n_unlocks), >, 0);
  g_dbus_connection_close_sync (watch, NULL, NULL);
}

static void
assert_set (const char *name, int code)
{
  g_autoptr (GError) error = NULL;
  gboolean is_set = cr_keyring_set (WORKSPACE, name, "Test", "the secret", NULL, &error);

  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, CR_ERROR, code);
  g_assert_cmpint (is_set, ==, code < 0);
}

static void
assert_clear (const char *name, int code)
{
  g_autoptr (GError) error = NULL;
  gboolean is_gone = cr_keyring_clear (WORKSPACE, name, TRUE, NULL, &error);

  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, CR_ERROR, code);
  g_assert_cmpint (is_gone, ==, code < 0);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* A new sealing key in place of the one that is locked away would make every token unreadable. */
static void
assert_no_new_key (int code)
{
  CrVault *vault = cr_vault_new (WORKSPACE);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (CrSealer) sealer = NULL;
  g_autoptr (GError) error = NULL;

  cr_vault_get_sealer_async (vault, TRUE, NULL, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  sealer = cr_vault_get_sealer_finish (vault, result, &error);
  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, CR_ERROR, code);
  cr_vault_close (vault);
  g_object_unref (vault);
}

static void
test_locked (void)
{
  House house = { NULL };
  g_autofree char *secret = NULL;

  if (!house_open (&house))
    return;

  assert_set ("source/1", -1);
  assert_no_new_key (-1);
  secret = get ("source/1", -1);
  g_assert_cmpstr (secret, ==, "the secret");
  g_assert_null (get ("source/2", CR_ERROR_NOT_FOUND));

  house_lock ();
  assert_quiet ();
  g_assert_null (get ("source/1", CR_ERROR_KEYRING_LOCKED));
  g_assert_null (get ("source/2", CR_ERROR_NOT_FOUND));
  assert_set ("source/1", CR_ERROR_KEYRING_LOCKED);
  assert_set ("source/2", CR_ERROR_KEYRING_LOCKED);
  assert_clear ("source/1", CR_ERROR_KEYRING_LOCKED);
  assert_clear ("source/2", -1);
  assert_no_new_key (CR_ERROR_KEYRING_LOCKED);

  house_end_daemon (&house);
  g_assert_null (get ("source/1", CR_ERROR_KEYRING_MISSING));
  house_close (&house);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vault/locked", test_locked);
  return g_test_run ();
}
