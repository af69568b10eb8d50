/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keyring-house.h"

#include <glib/gstdio.h>

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

void
house_lock (void)
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

/* Of a bus that has no folder of services to start. */
static char *
write_config (House *house)
{
  char *path = g_build_filename (house->folder, "bus.conf", NULL);
  g_autofree char *text = g_strdup_printf (
      "<busconfig><type>session</type><listen>unix:tmpdir=%s</listen><auth>EXTERNAL</auth>"
      "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>"
      "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
      house->folder);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
start_bus (House *house)
{
  g_autofree char *config = house->starts_nothing ? write_config (house) : NULL;
  g_autofree char *which =
      config != NULL ? g_strconcat ("--config-file=", config, NULL) : g_strdup ("--session");
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GDataInputStream) out = NULL;
  g_autofree char *address = NULL;
  g_autoptr (GError) error = NULL;

  /* On a display the desktop's prompt would come up and wait for a person. */
  g_unsetenv ("DISPLAY");
  g_unsetenv ("WAYLAND_DISPLAY");
  house->bus =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error,
                        "dbus-daemon", which, "--nofork", "--nopidfile", "--print-address=1", NULL);
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

void
house_start_daemon (House *house)
{
  g_autofree char *control = g_build_filename (house->folder, "control", NULL);
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
                                 G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  GOutputStream *in;
  g_autoptr (GError) error = NULL;
  gint64 end_us = g_get_monotonic_time () + 90 * G_USEC_PER_SEC;
  gboolean is_there = FALSE;

  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", house->folder, TRUE);
  house->daemon = g_subprocess_launcher_spawn (
      launcher, &error, "gnome-keyring-daemon", "--foreground", "--components=secrets",
      "--control-directory", control, house->is_empty ? NULL : "--unlock", NULL);
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

gboolean
house_open (House *house)
{
  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    {
      g_autofree char *path = g_find_program_in_path (needed[i]);

      if (path == NULL)
        {
          g_test_skip_printf ("%s is not installed", needed[i]);
          return FALSE;
        }
    }

  house->folder = g_dir_make_tmp ("chartroom-XXXXXX", NULL);
  start_bus (house);
  house_start_daemon (house);
  return TRUE;
}

void
house_end_daemon (House *house)
{
  end (&house->daemon);
}

void
house_close (House *house)
{
  if (house->daemon != NULL)
    end (&house->daemon);
  end (&house->bus);
  remove_tree (house->folder);
  g_clear_pointer (&house->folder, g_free);
}

/* gnome-keyring's own way in, without its prompt. */
void
house_unlock (void)
{
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) alias =
      call ("ReadAlias", g_variant_new ("(s)", "default"), G_VARIANT_TYPE ("(o)"));
  g_autoptr (GVariant) session =
      call ("OpenSession", g_variant_new ("(sv)", "plain", g_variant_new_string ("")),
            G_VARIANT_TYPE ("(vo)"));
  g_autoptr (GVariant) answer = NULL;
  const char *collection;
  const char *path;

  g_variant_get (alias, "(&o)", &collection);
  g_variant_get_child (session, 1, "&o", &path);
  answer = g_dbus_connection_call_sync (
      connection, "org.freedesktop.secrets", "/org/freedesktop/secrets",
      "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface", "UnlockWithMasterPassword",
      g_variant_new (
          "(o@(oayays))", collection,
          g_variant_new (
              "(o@ay@ays)", path,
              g_variant_new_from_data (G_VARIANT_TYPE ("ay"), "", 0, TRUE, NULL, NULL),
              g_variant_new_from_data (G_VARIANT_TYPE ("ay"), "test", 4, TRUE, NULL, NULL),
              "text/plain")),
      NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, 10000, NULL, &error);
  g_assert_no_error (error);
}
