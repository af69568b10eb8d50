/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-background.h"

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "config.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define PORTAL "org.freedesktop.portal.Desktop"
#define PATH "/org/freedesktop/portal/desktop"

typedef struct
{
  gboolean starts;
  GDBusConnection *bus; /* (owned) (nullable) */
  guint subscription;
} Setting;

static void
setting_free (gpointer data)
{
  Setting *setting = data;

  if (setting->subscription != 0)
    g_dbus_connection_signal_unsubscribe (setting->bus, setting->subscription);
  g_clear_object (&setting->bus);
  g_free (setting);
}

/* The file ------------------------------------------------------------------------------------- */

static gboolean
write_file (const char *folder, const char *path, GError **error)
{
  static const char text[] = "[Desktop Entry]\n"
                             "Type=Application\n"
                             "Name=Chartroom\n"
                             "Exec=chartroom --background\n"
                             "Icon=" APP_ID "\n"
                             "X-GNOME-Autostart-enabled=true\n";

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_READ_ONLY,
                   "The folder of programs to start at sign-in cannot be made: %s.",
                   g_strerror (errno));
      return FALSE;
    }
  return g_file_set_contents (path, text, -1, error);
}

static gboolean
set_file (gboolean starts, GError **error)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "autostart", NULL);
  g_autofree char *path = g_build_filename (folder, APP_ID ".desktop", NULL);
  GError *trouble = NULL;

  if (!starts && (g_unlink (path) == 0 || errno == ENOENT))
    return TRUE;
  if (starts && write_file (folder, path, &trouble))
    return TRUE;
  if (trouble != NULL && trouble->domain == CR_ERROR)
    g_propagate_error (error, trouble);
  else
    {
      g_set_error (error, CR_ERROR, CR_ERROR_READ_ONLY,
                   "The list of programs to start at sign-in cannot be changed: %s.",
                   trouble != NULL ? trouble->message : g_strerror (errno));
      g_clear_error (&trouble);
    }
  return FALSE;
}

static void
end_with_file (GTask *task)
{
  Setting *setting = g_task_get_task_data (task);
  GError *error = NULL;

  if (set_file (setting->starts, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* The portal ----------------------------------------------------------------------------------- */

static void
response_cb (GDBusConnection *bus,
             const char *sender,
             const char *path,
             const char *interface,
             const char *signal,
             GVariant *parameters,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  Setting *setting = g_task_get_task_data (task);
  g_autoptr (GVariant) results = NULL;
  gboolean has_it = FALSE;
  guint32 code;

  g_variant_get (parameters, "(u@a{sv})", &code, &results);
  g_variant_lookup (results, "autostart", "b", &has_it);
  g_dbus_connection_signal_unsubscribe (bus, setting->subscription);
  setting->subscription = 0;
  if (code == 0 && has_it == setting->starts)
    g_task_return_boolean (task, TRUE);
  else if (code == 0 || code == 1)
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_REFUSED,
                             "The desktop does not let Chartroom start by itself. Allow it in the "
                             "desktop's settings, under Applications.");
  else
    end_with_file (task);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Setting *setting = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (answer != NULL)
    return; /* the response comes as a signal */
  if (setting->subscription != 0)
    g_dbus_connection_signal_unsubscribe (setting->bus, setting->subscription);
  setting->subscription = 0;
  if (!g_task_return_error_if_cancelled (task))
    end_with_file (task);
}

static void
ask_portal (GTask *task, GDBusConnection *bus)
{
  Setting *setting = g_task_get_task_data (task);
  static const char *const command[] = { "chartroom", "--background", NULL };
  g_autofree char *token = cr_random_hex (8);
  g_autofree char *sender =
      g_strdelimit (g_strdup (g_dbus_connection_get_unique_name (bus) + 1), ".", '_');
  g_autofree char *path = g_strdup_printf (PATH "/request/%s/%s", sender, token);
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE ("a{sv}"));
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (token));
  g_variant_builder_add (&options, "{sv}", "reason",
                         g_variant_new_string (_ ("Pulls and exports go on while nobody looks")));
  g_variant_builder_add (&options, "{sv}", "autostart", g_variant_new_boolean (setting->starts));
  g_variant_builder_add (&options, "{sv}", "commandline", g_variant_new_strv (command, -1));
  setting->bus = g_object_ref (bus);
  setting->subscription = g_dbus_connection_signal_subscribe (
      bus, PORTAL, "org.freedesktop.portal.Request", "Response", path, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, response_cb, g_object_ref (task), g_object_unref);
  g_dbus_connection_call (bus, PORTAL, PATH, "org.freedesktop.portal.Background",
                          "RequestBackground", g_variant_new ("(sa{sv})", "", &options),
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1,
                          g_task_get_cancellable (task), asked_cb, g_object_ref (task));
}

/* Elsewhere a portal knows a program by the unit that the desktop started it in; without one the
 * entry has no name and is that of every such program (xdg-desktop-portal 1.16 with GNOME 43). */
static gboolean
is_confined (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS) || g_getenv ("SNAP") != NULL;
}

static void
got_bus_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);

  if (bus != NULL)
    ask_portal (task, bus);
  else
    end_with_file (task);
}

void
cr_background_set_autostart_async (gboolean starts,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Setting *setting = g_new0 (Setting, 1);

  g_task_set_source_tag (task, cr_background_set_autostart_async);
  setting->starts = starts;
  g_task_set_task_data (task, setting, setting_free);
  if (is_confined ())
    g_bus_get (G_BUS_TYPE_SESSION, cancellable, got_bus_cb, task);
  else
    {
      end_with_file (task);
      g_object_unref (task);
    }
}

gboolean
cr_background_set_autostart_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
