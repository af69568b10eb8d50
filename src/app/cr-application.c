/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-application.h"

#include "app/cr-app-init.h"
#include "app/cr-file-view.h"
#include "app/cr-meter.h"
#include "app/cr-notice-post.h"
#include "app/cr-notices.h"
#include "app/cr-preferences-dialog.h"
#include "app/cr-settings.h"
#include "app/cr-window.h"
#include "app/cr-wish.h"
#include "app/cr-wrap.h"

#include "config.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>

struct _CrApplication
{
  AdwApplication parent_instance;

  char *folder; /* (owned) (nullable) */
  gboolean is_sandbox;
  gboolean is_background;
  gboolean has_started; /* in the background: the next time its window is asked for */
  GSettings *settings;  /* (owned) (nullable): the schema is not installed */
  void (*engine_opened) (CrEngine *engine); /* (nullable) */
  CrWindow *window;                         /* (unowned) (nullable): of the workspace asked for */
  CrWindow *sandbox;                        /* (unowned) (nullable): opened from a live window */
  GVariant *wish; /* (owned) (nullable): as of `show-need`, until the window that closes is gone */
};

G_DEFINE_FINAL_TYPE (CrApplication, cr_application, ADW_TYPE_APPLICATION)

/* The first time that a window closes and the rest goes on, this is said. */
static void
hidden_cb (GtkWidget *window, GParamSpec *pspec, CrApplication *self)
{
  g_autoptr (GNotification) notification = NULL;

  if (gtk_widget_get_visible (window) || self->settings == NULL ||
      !cr_window_get_keeps_running (CR_WINDOW (window)) ||
      g_settings_get_boolean (self->settings, "told-goes-on"))
    return;
  g_settings_set_boolean (self->settings, "told-goes-on", TRUE);
  notification = g_notification_new (_ ("Chartroom goes on with its window closed"));
  g_notification_set_body (notification, _ ("Pulls, exports and the patient pages go on. Quit "
                                            "Chartroom to end them, or change this in "
                                            "Preferences."));
  g_notification_set_default_action (notification, "app.show-window");
  cr_notice_post (G_APPLICATION (self), "goes-on", notification);
}

static void
show_going_on (CrApplication *self)
{
  gboolean goes_on = self->is_background ||
                     (self->settings != NULL && g_settings_get_boolean (self->settings, "goes-on"));

  if (self->window != NULL)
    cr_window_set_keeps_running (self->window, goes_on);
}

static void
opened_cb (CrWindow *window, CrEngine *engine, CrApplication *self)
{
  g_object_set_data_full (G_OBJECT (window), "notices",
                          cr_notices_new (engine, G_APPLICATION (self), window == self->sandbox),
                          (GDestroyNotify) cr_notices_free);
  show_going_on (self);
  if (self->engine_opened != NULL)
    self->engine_opened (engine);
}

static void
add_window (CrApplication *self, CrWindow **slot, const char *folder, gboolean is_sandbox)
{
  *slot = CR_WINDOW (cr_window_new (GTK_APPLICATION (self), folder, is_sandbox));
  g_object_add_weak_pointer (G_OBJECT (*slot), (gpointer *) slot);
  g_signal_connect_object (*slot, "opened", G_CALLBACK (opened_cb), self, 0);
  g_signal_connect_object (*slot, "notify::visible", G_CALLBACK (hidden_cb), self, 0);
}

static CrWindow **
slot_of (CrApplication *self, gboolean is_second)
{
  return is_second ? &self->sandbox : &self->window;
}

/* → the window of that workspace, made where there is none; NULL while the last one closes: then
 * what was wished for waits until that is gone */
static CrWindow *
get_window (CrApplication *self, GVariant *wish)
{
  gboolean is_second;
  CrWindow **slot;

  g_variant_get_child (wish, 0, "b", &is_second);
  slot = slot_of (self, is_second);
  if (*slot != NULL && cr_window_is_closing (*slot))
    {
      g_clear_pointer (&self->wish, g_variant_unref);
      self->wish = g_variant_ref (wish);
      return NULL;
    }

  if (*slot == NULL)
    {
      add_window (self, slot, is_second ? NULL : self->folder, is_second || self->is_sandbox);
      show_going_on (self);
      cr_window_open (*slot);
    }
  return *slot;
}

/* Takes the floating @wish: (bss), of which the last two may be empty. */
static void
show (CrApplication *self, GVariant *floating)
{
  g_autoptr (GVariant) wish = g_variant_ref_sink (floating);
  CrWindow *window = get_window (self, wish);
  const char *name, *target;

  if (window == NULL)
    return;
  g_variant_get (wish, "(b&s&s)", NULL, &name, &target);
  gtk_window_present (GTK_WINDOW (window));
  if (name[0] != '\0')
    cr_wish_make (window, name, target);
}

static void
open_sandbox_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrApplication *self = user_data;
  gboolean is_new = self->sandbox == NULL;

  show (self, g_variant_new ("(bss)", TRUE, "", ""));
  if (is_new)
    cr_window_start_samples (self->sandbox);
}

/* From a notice: also when the window was closed, or the desktop started the program for it. */
static void
show_need_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  show (user_data, parameter);
}

static void
show_window_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  show (user_data, g_variant_new ("(bss)", FALSE, "", ""));
}

static void
close_window (CrWindow *window)
{
  if (window == NULL)
    return;
  cr_window_set_keeps_running (window, FALSE);
  gtk_window_close (GTK_WINDOW (window));
}

/* Each engine finishes its step first; the last window to go ends the program. */
static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrApplication *self = user_data;

  close_window (self->sandbox);
  close_window (self->window);
}

static gboolean
signal_cb (gpointer user_data)
{
  quit_cb (NULL, NULL, user_data);
  return G_SOURCE_CONTINUE;
}

static void
set_accels (GtkApplication *app, const char *action, const char *first, const char *second)
{
  const char *accels[] = { first, second, NULL };

  gtk_application_set_accels_for_action (app, action, accels);
}

/* Dialogs too, which no application knows of. */
static void
windows_cb (GListModel *windows, guint position, guint removed, guint added, gpointer user_data)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      cr_meter_watch (window);
      /* Its template is there by then, and whatever was added to that. */
      g_signal_connect (window, "notify::transient-for", G_CALLBACK (cr_wrap_bound), NULL);
      g_signal_connect (window, "map", G_CALLBACK (cr_wrap_bound), NULL);
    }
}

static void
cr_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = {
    { "open-sandbox", open_sandbox_cb, NULL, NULL, NULL, { 0 } },
    { "show-need", show_need_cb, "(bss)", NULL, NULL, { 0 } },
    { "show-window", show_window_cb, NULL, NULL, NULL, { 0 } },
    { "quit", quit_cb, NULL, NULL, NULL, { 0 } },
  };
  GtkApplication *app = GTK_APPLICATION (application);
  gboolean is_rtl;

  /* The parent looks for the shortcuts among the resources. */
  cr_app_init ();
  g_signal_connect (gtk_window_get_toplevels (), "items-changed", G_CALLBACK (windows_cb), NULL);
  G_APPLICATION_CLASS (cr_application_parent_class)->startup (application);
  cr_preferences_dialog_apply ();
  /* GTK takes the direction from the locale, which a test cannot choose where it is not installed.
   */
  if (g_strcmp0 (g_getenv ("CHARTROOM_TEST_DIRECTION"), "rtl") == 0)
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  is_rtl = gtk_widget_get_default_direction () == GTK_TEXT_DIR_RTL;
  CR_APPLICATION (application)->settings = cr_settings_new ();
  if (CR_APPLICATION (application)->settings != NULL)
    g_signal_connect_object (CR_APPLICATION (application)->settings, "changed::goes-on",
                             G_CALLBACK (show_going_on), application, G_CONNECT_SWAPPED);
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries),
                                   application);
  set_accels (app, "app.quit", "<Control>q", NULL);
  set_accels (app, "win.search", "<Control>f", NULL);
  set_accels (app, "win.search-patients", "<Control>k", NULL);
  set_accels (app, "win.connect-patient", "<Control>n", NULL);
  set_accels (app, "win.refresh", "F5", "<Control>r");
  set_accels (app, "win.back", "<Alt>Left", is_rtl ? "<Alt>Right" : NULL);
  set_accels (app, "win.lock", "<Control>l", NULL);
  set_accels (app, "win.switch-person", "<Control>u", NULL);
  set_accels (app, "win.preferences", "<Control>comma", NULL);
  set_accels (app, "win.help", "F1", NULL);
  set_accels (app, "win.show-help-overlay", "<Control>question", NULL);
  set_accels (app, "win.section::overview", "<Alt>1", NULL);
  set_accels (app, "win.section::patients", "<Alt>2", NULL);
  set_accels (app, "win.section::reconnect", "<Alt>3", NULL);
  set_accels (app, "win.section::sources", "<Alt>4", NULL);
  set_accels (app, "win.section::destinations", "<Alt>5", NULL);
  set_accels (app, "win.section::webhooks", "<Alt>6", NULL);
  set_accels (app, "win.section::activity", "<Alt>7", NULL);
  set_accels (app, "window.close", "<Control>w", NULL);
  g_unix_signal_add (SIGTERM, signal_cb, application);
  g_unix_signal_add (SIGINT, signal_cb, application);
}

/* Who starts it without a window, while it is there already, wants none. */
static gboolean
cr_application_local_command_line (GApplication *application, char ***arguments, int *status)
{
  if (CR_APPLICATION (application)->is_background &&
      g_application_register (application, NULL, NULL) && g_application_get_is_remote (application))
    {
      *status = 0;
      return TRUE;
    }
  return G_APPLICATION_CLASS (cr_application_parent_class)
      ->local_command_line (application, arguments, status);
}

static void
cr_application_activate (GApplication *application)
{
  CrApplication *self = CR_APPLICATION (application);
  g_autoptr (GVariant) wish = g_variant_ref_sink (g_variant_new ("(bss)", FALSE, "", ""));

  if (self->is_background && !self->has_started)
    get_window (self, wish);
  else
    show (self, wish);
  self->has_started = TRUE;
}

/* Before the application finds that it has none left. */
static void
cr_application_window_removed (GtkApplication *app, GtkWindow *window)
{
  CrApplication *self = CR_APPLICATION (app);
  g_autoptr (GVariant) wish = NULL;

  for (int i = 0; i < 2; i++)
    {
      CrWindow **slot = slot_of (self, i);

      if (GTK_WINDOW (*slot) == window)
        g_clear_weak_pointer (slot);
    }
  GTK_APPLICATION_CLASS (cr_application_parent_class)->window_removed (app, window);
  wish = g_steal_pointer (&self->wish);
  if (wish != NULL)
    show (self, wish);
}

static void
cr_application_finalize (GObject *object)
{
  CrApplication *self = CR_APPLICATION (object);

  g_clear_weak_pointer (&self->window);
  g_clear_weak_pointer (&self->sandbox);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->wish, g_variant_unref);
  g_free (self->folder);
  G_OBJECT_CLASS (cr_application_parent_class)->finalize (object);
}

/* What was opened for other programs goes with this one. */
static void
cr_application_shutdown (GApplication *application)
{
  cr_file_view_remove_folders ();
  G_APPLICATION_CLASS (cr_application_parent_class)->shutdown (application);
}

static void
cr_application_class_init (CrApplicationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_application_finalize;
  G_APPLICATION_CLASS (klass)->local_command_line = cr_application_local_command_line;
  G_APPLICATION_CLASS (klass)->startup = cr_application_startup;
  G_APPLICATION_CLASS (klass)->activate = cr_application_activate;
  G_APPLICATION_CLASS (klass)->shutdown = cr_application_shutdown;
  GTK_APPLICATION_CLASS (klass)->window_removed = cr_application_window_removed;
}

static void
cr_application_init (CrApplication *self)
{
}

static char *
make_id (const CrApplicationOptions *options)
{
  g_autofree char *sum = NULL;

  if (options->folder == NULL)
    return g_strdup (options->is_sandbox ? APP_ID ".Sandbox" : APP_ID);
  sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, options->folder, -1);
  sum[16] = '\0';
  return g_strconcat (APP_ID ".w", sum, NULL);
}

CrApplication *
cr_application_new (const CrApplicationOptions *options)
{
  g_autofree char *id = make_id (options);
  CrApplication *self = g_object_new (
      CR_TYPE_APPLICATION, "application-id", id, "resource-base-path",
      "/io/github/chartroom/Chartroom", "flags",
      options->is_service ? G_APPLICATION_IS_SERVICE : G_APPLICATION_DEFAULT_FLAGS, NULL);

  self->folder = g_strdup (options->folder);
  self->is_sandbox = options->is_sandbox;
  self->is_background = options->is_background;
  self->engine_opened = options->engine_opened;
  return self;
}
