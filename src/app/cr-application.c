/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-application.h"

#include "app/cr-app-init.h"
#include "app/cr-file-view.h"
#include "app/cr-preferences-dialog.h"
#include "app/cr-webhook-notice.h"
#include "app/cr-window.h"

#include "config.h"

#include <glib-unix.h>
#include <signal.h>

struct _CrApplication
{
  AdwApplication parent_instance;

  char *folder; /* (owned) (nullable) */
  gboolean is_sandbox;
  gboolean is_background;
  void (*engine_opened) (CrEngine *engine); /* (nullable) */
  CrWindow *window;                         /* (unowned) (nullable): of the workspace asked for */
  CrWindow *sandbox;                        /* (unowned) (nullable): opened from a live window */
};

G_DEFINE_FINAL_TYPE (CrApplication, cr_application, ADW_TYPE_APPLICATION)

static void
opened_cb (CrWindow *window, CrEngine *engine, CrApplication *self)
{
  cr_webhook_notice_watch (engine, G_APPLICATION (self), window == self->sandbox);
  if (self->engine_opened != NULL)
    self->engine_opened (engine);
}

static void
add_window (CrApplication *self, CrWindow **slot, const char *folder, gboolean is_sandbox)
{
  *slot = CR_WINDOW (cr_window_new (GTK_APPLICATION (self), folder, is_sandbox));
  g_object_add_weak_pointer (G_OBJECT (*slot), (gpointer *) slot);
  g_signal_connect_object (*slot, "opened", G_CALLBACK (opened_cb), self, 0);
}

static void
open_sandbox_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrApplication *self = user_data;

  if (self->sandbox == NULL)
    {
      add_window (self, &self->sandbox, NULL, TRUE);
      cr_window_start_samples (self->sandbox);
      cr_window_open (self->sandbox);
    }
  gtk_window_present (GTK_WINDOW (self->sandbox));
}

/* From a notice, also when the window was closed or another page is open. */
static void
show_webhook_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrApplication *self = user_data;
  gboolean is_second;
  const char *id;
  CrWindow *window;

  g_variant_get (parameter, "(b&s)", &is_second, &id);
  window = is_second ? self->sandbox : self->window;
  if (window == NULL || cr_window_get_engine (window) == NULL)
    return;
  gtk_window_present (GTK_WINDOW (window));
  cr_window_show_section (window, "webhooks");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-webhook", "s", id);
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

static void
cr_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = {
    { "open-sandbox", open_sandbox_cb, NULL, NULL, NULL, { 0 } },
    { "show-webhook", show_webhook_cb, "(bs)", NULL, NULL, { 0 } },
    { "quit", quit_cb, NULL, NULL, NULL, { 0 } },
  };
  GtkApplication *app = GTK_APPLICATION (application);

  /* The parent looks for the shortcuts among the resources. */
  cr_app_init ();
  G_APPLICATION_CLASS (cr_application_parent_class)->startup (application);
  cr_preferences_dialog_apply ();
  /* GTK takes the direction from the locale, which a test cannot choose where it is not installed.
   */
  if (g_strcmp0 (g_getenv ("CHARTROOM_TEST_DIRECTION"), "rtl") == 0)
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries),
                                   application);
  set_accels (app, "app.quit", "<Control>q", NULL);
  set_accels (app, "win.search", "<Control>f", NULL);
  set_accels (app, "win.search-patients", "<Control>k", NULL);
  set_accels (app, "win.connect-patient", "<Control>n", NULL);
  set_accels (app, "win.refresh", "F5", "<Control>r");
  set_accels (app, "win.back", "<Alt>Left", NULL);
  set_accels (app, "win.preferences", "<Control>comma", NULL);
  set_accels (app, "win.show-help-overlay", "F1", "<Control>question");
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

static void
cr_application_activate (GApplication *application)
{
  CrApplication *self = CR_APPLICATION (application);
  gboolean is_first = self->window == NULL;

  if (is_first)
    {
      add_window (self, &self->window, self->folder, self->is_sandbox);
      cr_window_set_keeps_running (self->window, self->is_background);
      cr_window_open (self->window);
    }
  if (!is_first || !self->is_background)
    gtk_window_present (GTK_WINDOW (self->window));
}

static void
cr_application_finalize (GObject *object)
{
  CrApplication *self = CR_APPLICATION (object);

  g_clear_weak_pointer (&self->window);
  g_clear_weak_pointer (&self->sandbox);
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
  G_APPLICATION_CLASS (klass)->startup = cr_application_startup;
  G_APPLICATION_CLASS (klass)->activate = cr_application_activate;
  G_APPLICATION_CLASS (klass)->shutdown = cr_application_shutdown;
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
  CrApplication *self = g_object_new (CR_TYPE_APPLICATION, "application-id", id,
                                      "resource-base-path", "/io/github/chartroom/Chartroom", NULL);

  self->folder = g_strdup (options->folder);
  self->is_sandbox = options->is_sandbox;
  self->is_background = options->is_background;
  self->engine_opened = options->engine_opened;
  return self;
}
