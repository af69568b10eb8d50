/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "vault/cr-keyring.h"
#include "vault/cr-vault.h"

#define WORKSPACE "locked-test"

/* A bus and a gnome-keyring of its own, so that nobody else's is locked. */
typedef struct
{
  char *folder;
  GSubprocess *bus;
  GSubprocess *daemon;
} House;

static const char *const needed[] = { "dbus-daemon", "gnome-keyring-daemon" };

static GVariant *
call (const char *method, GVariant *parameters, const GVariantType *type)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  GVariant *answer = NULL;

  g_assert_no_error (error);
  answer = g_dbus_connection_call_sync (connection, "org.freedesktop.secrets",
                                        "/org/freedesktop/secrets",
                                        "org.freedesktop.Secret.Service", method, parameters, type,
                                        G_DBUS_CALL_FLAGS_NO_AUTO_START, 10000, NULL, &error);
  g_assert_no_error (error);
  return answer;
}

static void
lock_keyring (void)
{
  g_autoptr (GVariant) alias =
      call ("ReadAlias", g_variant_new ("(s)", "default"), G_VARIANT_TYPE ("(o)"));
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) locked = NULL;
  const char *collection;

  g_variant_get (alias, "(&o)", &collection);
  g_assert_cmpstr (collection, !=, "/");
  answer = call ("Lock", g_variant_new_parsed ("([%o],)", collection), G_VARIANT_TYPE ("(aoo)"));
  locked = g_variant_get_child_value (answer, 0);
  g_assert_cmpuint (g_variant_n_children (locked), ==, 1);
}

static void
start_bus (House *house)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GDataInputStream) out = NULL;
  g_autofree char *address = NULL;
  g_autoptr (GError) error = NULL;

  /* On a display the desktop's prompt would come up and wait for a person. */
  g_unsetenv ("DISPLAY");
  g_unsetenv ("WAYLAND_DISPLAY");
  house->bus = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                 &error, "dbus-daemon", "--session", "--nofork", "--nopidfile",
                                 "--print-address=1", NULL);
  g_assert_no_error (error);
  out = g_data_input_stream_new (g_subprocess_get_stdout_pipe (house->bus));
  address = g_data_input_stream_read_line (out, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (address);
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
  connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
}

static void
end (GSubprocess **process)
{
  g_subprocess_force_exit (*process);
  g_subprocess_wait (*process, NULL, NULL);
  g_clear_object (process);
}

static void
start_daemon (House *house)
{
  g_autofree char *control = g_build_filename (house->folder, "control", NULL);
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
                                 G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  GOutputStream *in;
  g_autoptr (GError) error = NULL;
  gint64 end_us = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  gboolean is_there = FALSE;

  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", house->folder, TRUE);
  house->daemon = g_subprocess_launcher_spawn (launcher, &error, "gnome-keyring-daemon",
                                               "--foreground", "--unlock", "--components=secrets",
                                               "--control-directory", control, NULL);
  g_assert_no_error (error);
  in = g_subprocess_get_stdin_pipe (house->daemon);
  g_assert_true (g_output_stream_write_all (in, "test", 4, NULL, NULL, &error));
  g_assert_true (g_output_stream_close (in, NULL, &error));

  while (!is_there && g_get_monotonic_time () < end_us)
    {
      g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
      g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
          connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
          "NameHasOwner", g_variant_new ("(s)", "org.freedesktop.secrets"), G_VARIANT_TYPE ("(b)"),
          G_DBUS_CALL_FLAGS_NONE, 10000, NULL, NULL);

      g_variant_get (answer, "(b)", &is_there);
      g_usleep (20 * 1000);
    }
  g_assert_true (is_there);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

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
  gint64 end_us = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
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

  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    {
      g_autofree char *path = g_find_program_in_path (needed[i]);

      if (path == NULL)
        {
          g_test_skip_printf ("%s is not installed", needed[i]);
          return;
        }
    }

  house.folder = g_dir_make_tmp ("chartroom-XXXXXX", NULL);
  start_bus (&house);
  start_daemon (&house);

  assert_set ("source/1", -1);
  assert_no_new_key (-1);
  secret = get ("source/1", -1);
  g_assert_cmpstr (secret, ==, "the secret");
  g_assert_null (get ("source/2", CR_ERROR_NOT_FOUND));

  lock_keyring ();
  assert_quiet ();
  g_assert_null (get ("source/1", CR_ERROR_KEYRING_LOCKED));
  g_assert_null (get ("source/2", CR_ERROR_NOT_FOUND));
  assert_set ("source/1", CR_ERROR_KEYRING_LOCKED);
  assert_set ("source/2", CR_ERROR_KEYRING_LOCKED);
  assert_clear ("source/1", CR_ERROR_KEYRING_LOCKED);
  assert_clear ("source/2", -1);
  assert_no_new_key (CR_ERROR_KEYRING_LOCKED);

  end (&house.daemon);
  g_assert_null (get ("source/1", CR_ERROR_KEYRING_MISSING));
  end (&house.bus);
  remove_tree (house.folder);
  g_free (house.folder);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vault/locked", test_locked);
  return g_test_run ();
}
