/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-preferences-dialog.h"

#include "app/cr-dialogs.h"

#include "app/cr-announce.h"
#include "app/cr-api-keys-group.h"
#include "app/cr-app-init.h"
#include "app/cr-desk-group.h"
#include "app/cr-entry-rows.h"
#include "app/cr-notice-group.h"
#include "app/cr-problem.h"
#include "app/cr-settings.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-engine-backup.h"
#include "engine/cr-local-words.h"
#include "engine/cr-restore-aside.h"

#include <glib/gi18n.h>

#define KEY "color-scheme"

typedef struct
{
  const char *name;
  AdwColorScheme scheme;
} Scheme;

/* In the order of the rows. */
static const Scheme schemes[] = {
  { "default", ADW_COLOR_SCHEME_DEFAULT },
  { "light", ADW_COLOR_SCHEME_FORCE_LIGHT },
  { "dark", ADW_COLOR_SCHEME_FORCE_DARK },
};

struct _CrPreferencesDialog
{
  AdwWindow parent_instance;

  AdwComboRow *scheme;
  AdwEntryRow *clinic;
  AdwEntryRow *interval;
  AdwEntryRow *quiet;
  AdwEntryRow *gap;
  AdwEntryRow *hosts;
  AdwActionRow *person;
  AdwActionRow *address;
  AdwActionRow *folder;
  AdwPreferencesGroup *place;
  AdwEntryRow *listen;
  AdwEntryRow *public_url;
  AdwEntryRow *tls_cert;
  AdwEntryRow *tls_key;
  GtkLabel *outcome;
  CrApiKeysGroup *api_keys;
  CrDeskGroup *desk;
  CrNoticeGroup *notices;
  GtkWidget *locked;
  GtkWidget *backup;
  AdwActionRow *last_backup;
  AdwActionRow *aside;
  AdwEntryRow *keep;
  GtkWidget *webhooks;
  GtkWidget *pulls;

  CrEngine *engine;          /* (owned) (nullable) */
  char *on_duty;             /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  GSettings *settings;       /* (owned) (nullable): the schema is not installed */
};

G_DEFINE_FINAL_TYPE (CrPreferencesDialog, cr_preferences_dialog, ADW_TYPE_WINDOW)

static guint
find_scheme (GSettings *settings)
{
  g_autofree char *name = g_settings_get_string (settings, KEY);

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_equal (schemes[i].name, name))
      return i;
  return 0;
}

static void
scheme_cb (CrPreferencesDialog *self)
{
  const Scheme *scheme =
      &schemes[MIN (adw_combo_row_get_selected (self->scheme), G_N_ELEMENTS (schemes) - 1)];

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), scheme->scheme);
  if (self->settings != NULL)
    g_settings_set_string (self->settings, KEY, scheme->name);
}

/* What went well leaves the focus where it is. */
static void
say (CrPreferencesDialog *self, const char *words, gboolean is_error)
{
  GtkWidget *outcome = GTK_WIDGET (self->outcome);

  gtk_widget_remove_css_class (outcome, is_error ? "success" : "error");
  gtk_widget_add_css_class (outcome, is_error ? "error" : "success");
  cr_problem_show (self->outcome, is_error ? words : NULL, NULL);
  if (is_error)
    return;
  gtk_label_set_text (self->outcome, words);
  gtk_widget_set_visible (outcome, TRUE);
  cr_announce (outcome, words);
}

static void
applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrPreferencesDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_engine_set_setting_finish (CR_ENGINE (source), result, &error))
    say (self, _ ("Kept. It takes effect when Chartroom starts again."), FALSE);
  else if (!cr_error_is_cancelled (error))
    say (self, cr_local_words (error->message), TRUE);
}

static void
clinic_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrPreferencesDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_set_setting_finish (CR_ENGINE (source), result, &error) &&
      !cr_error_is_cancelled (error))
    cr_dialogs_say (GTK_WINDOW (self), _ ("The Name Could Not Be Kept"),
                    cr_local_words (error->message));
}

static void
clinic_cb (CrPreferencesDialog *self)
{
  g_autofree char *text =
      g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->clinic))));

  cr_engine_set_setting_async (self->engine, "clinic-name", text[0] != '\0' ? text : NULL,
                               self->on_duty, self->cancellable, clinic_kept_cb,
                               g_object_ref (self));
}

static void
hosts_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrPreferencesDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_set_setting_finish (CR_ENGINE (source), result, &error) &&
      !cr_error_is_cancelled (error))
    cr_dialogs_say (GTK_WINDOW (self), _ ("The Hosts Could Not Be Kept"),
                    cr_local_words (error->message));
}

static void
hosts_cb (CrPreferencesDialog *self)
{
  g_autofree char *text =
      g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->hosts))));

  cr_engine_set_setting_async (self->engine, "webhook-hosts", text, self->on_duty,
                               self->cancellable, hosts_kept_cb, g_object_ref (self));
}

static void
pace_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrPreferencesDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_set_setting_finish (CR_ENGINE (source), result, &error) &&
      !cr_error_is_cancelled (error))
    cr_dialogs_say (GTK_WINDOW (self), _ ("The Setting Could Not Be Kept"),
                    cr_local_words (error->message));
}

static void
pace_cb (AdwEntryRow *row, CrPreferencesDialog *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
  const char *key = row == self->interval ? "pull-interval-hours"
                  : row == self->quiet    ? "pull-quiet-hours"
                  : row == self->keep     ? "keep-log-days"
                                          : "pull-gap-minutes";

  cr_engine_set_setting_async (self->engine, key, text, self->on_duty, self->cancellable,
                               pace_kept_cb, g_object_ref (self));
}

/* In place of this dialog, so that there are never two of them. */
static void
go_to (CrPreferencesDialog *self, const char *action)
{
  GtkWindow *window = gtk_window_get_transient_for (GTK_WINDOW (self));

  gtk_window_close (GTK_WINDOW (self));
  if (window != NULL)
    gtk_widget_activate_action (GTK_WIDGET (window), action, NULL);
}

static void
unlock_cb (CrPreferencesDialog *self)
{
  go_to (self, "win.open-admin");
}

static void
back_up_cb (CrPreferencesDialog *self)
{
  go_to (self, "win.back-up");
}

static void
restore_cb (CrPreferencesDialog *self)
{
  go_to (self, "win.restore-backup");
}

static void
undo_cb (CrPreferencesDialog *self)
{
  go_to (self, "win.undo-restore");
}

static void
discard_cb (CrPreferencesDialog *self)
{
  go_to (self, "win.discard-aside");
}

static void
show_aside (CrPreferencesDialog *self)
{
  gint64 aside_ms = cr_restore_aside_ms (cr_engine_get_workspace (self->engine));
  g_autofree char *time = cr_words_exact_time (aside_ms);
  g_autofree char *words = g_strdup_printf (
      _ ("Put aside: %s. Kept until the next restore or the next removal of a patient, or until "
         "you delete it."),
      time);

  gtk_widget_set_visible (GTK_WIDGET (self->aside), aside_ms > 0);
  adw_action_row_set_subtitle (self->aside, words);
}

static void
weighed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrPreferencesDialog) self = user_data;
  g_autoptr (CrBackup) now = cr_engine_weigh_finish (CR_ENGINE (source), result, NULL);
  g_autofree char *time = NULL;

  if (now == NULL)
    return;
  time = cr_words_time (now->last_ms, cr_words_now_ms ());
  adw_action_row_set_subtitle (self->last_backup,
                               now->last_ms > 0 ? time : _ ("never: make one today"));
  cr_time_tip_set (GTK_WIDGET (self->last_backup), now->last_ms, 0);
}

static const char *
key_of (CrPreferencesDialog *self, AdwEntryRow *row)
{
  return row == self->listen     ? "listen"
       : row == self->public_url ? "public-url"
       : row == self->tls_cert   ? "tls-cert"
                                 : "tls-key";
}

static void
apply_cb (CrPreferencesDialog *self, AdwEntryRow *row)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));

  if (self->engine != NULL)
    cr_engine_set_setting_async (self->engine, key_of (self, row), text, self->on_duty,
                                 self->cancellable, applied_cb, g_object_ref (self));
}

static void
show_setting (GHashTable *settings, AdwEntryRow *row, const char *key)
{
  const char *value = g_hash_table_lookup (settings, key);

  gtk_editable_set_text (GTK_EDITABLE (row), value != NULL ? value : "");
}

static void
got_settings_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrPreferencesDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) settings =
      cr_engine_get_settings_finish (CR_ENGINE (source), result, &error);

  if (settings == NULL)
    {
      if (!cr_error_is_cancelled (error))
        say (self, cr_local_words (error->message), TRUE);
      return;
    }

  show_setting (settings, self->clinic, "clinic-name");
  gtk_widget_set_sensitive (GTK_WIDGET (self->clinic), TRUE);
  show_setting (settings, self->interval, "pull-interval-hours");
  show_setting (settings, self->quiet, "pull-quiet-hours");
  show_setting (settings, self->gap, "pull-gap-minutes");
  show_setting (settings, self->keep, "keep-log-days");
  gtk_widget_set_sensitive (GTK_WIDGET (self->interval), TRUE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->quiet), TRUE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->gap), TRUE);
  show_setting (settings, self->hosts, "webhook-hosts");
  gtk_widget_set_sensitive (GTK_WIDGET (self->hosts), TRUE);
  show_setting (settings, self->listen, "listen");
  show_setting (settings, self->public_url, "public-url");
  show_setting (settings, self->tls_cert, "tls-cert");
  show_setting (settings, self->tls_key, "tls-key");
}

static void
cr_preferences_dialog_dispose (GObject *object)
{
  CrPreferencesDialog *self = CR_PREFERENCES_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (cr_preferences_dialog_parent_class)->dispose (object);
}

static void
cr_preferences_dialog_finalize (GObject *object)
{
  CrPreferencesDialog *self = CR_PREFERENCES_DIALOG (object);

  g_object_unref (self->cancellable);
  g_free (self->on_duty);
  G_OBJECT_CLASS (cr_preferences_dialog_parent_class)->finalize (object);
}

static void
cr_preferences_dialog_class_init (CrPreferencesDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_preferences_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_preferences_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-preferences-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, scheme);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, clinic);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, interval);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, quiet);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, gap);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, hosts);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, person);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, address);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, folder);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, place);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, listen);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, public_url);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, tls_cert);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, tls_key);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, outcome);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, api_keys);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, desk);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, notices);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, locked);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, backup);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, last_backup);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, aside);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, webhooks);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, pulls);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, keep);
  gtk_widget_class_bind_template_callback (widget_class, apply_cb);
  gtk_widget_class_bind_template_callback (widget_class, clinic_cb);
  gtk_widget_class_bind_template_callback (widget_class, pace_cb);
  gtk_widget_class_bind_template_callback (widget_class, hosts_cb);
  gtk_widget_class_bind_template_callback (widget_class, unlock_cb);
  gtk_widget_class_bind_template_callback (widget_class, back_up_cb);
  gtk_widget_class_bind_template_callback (widget_class, restore_cb);
  gtk_widget_class_bind_template_callback (widget_class, undo_cb);
  gtk_widget_class_bind_template_callback (widget_class, discard_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_preferences_dialog_init (CrPreferencesDialog *self)
{
  g_type_ensure (CR_TYPE_API_KEYS_GROUP);
  g_type_ensure (CR_TYPE_DESK_GROUP);
  g_type_ensure (CR_TYPE_NOTICE_GROUP);
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_entry_rows_name (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  self->settings = cr_settings_new ();
  if (self->settings != NULL)
    adw_combo_row_set_selected (self->scheme, find_scheme (self->settings));
  g_signal_connect_swapped (self->scheme, "notify::selected", G_CALLBACK (scheme_cb), self);
}

GtkWidget *
cr_preferences_dialog_new (GtkWindow *parent,
                           CrEngine *engine,
                           const char *person,
                           gboolean is_admin)
{
  CrPreferencesDialog *self =
      g_object_new (CR_TYPE_PREFERENCES_DIALOG, "transient-for", parent, NULL);
  const char *url = engine == NULL ? NULL : cr_engine_get_public_url (engine);
  const char *folder =
      engine == NULL ? "" : cr_workspace_get_folder (cr_engine_get_workspace (engine));

  adw_action_row_set_subtitle (self->person, person);
  adw_action_row_set_subtitle (self->address, url != NULL ? url : _ ("not running"));
  adw_action_row_set_subtitle (self->folder, folder);
  gtk_widget_set_visible (self->locked, engine != NULL && !is_admin);
  gtk_widget_set_visible (GTK_WIDGET (self->place), engine != NULL && is_admin);
  gtk_widget_set_visible (GTK_WIDGET (self->api_keys), engine != NULL && is_admin);
  gtk_widget_set_visible (self->webhooks, is_admin);
  gtk_widget_set_visible (self->pulls, is_admin);
  gtk_widget_set_visible (self->backup, engine != NULL && is_admin);
  gtk_widget_set_visible (GTK_WIDGET (self->desk), engine != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->notices), engine != NULL);
  if (engine != NULL)
    {
      self->engine = g_object_ref (engine);
      self->on_duty = g_strdup (person);
      show_aside (self);
      cr_api_keys_group_set_engine (self->api_keys, engine, person);
      cr_desk_group_set_engine (self->desk, engine, person, is_admin);
      cr_notice_group_set_engine (self->notices, engine, person);
      cr_engine_weigh_async (engine, 0, self->cancellable, weighed_cb, g_object_ref (self));
      cr_engine_get_settings_async (engine, self->cancellable, got_settings_cb,
                                    g_object_ref (self));
    }
  return GTK_WIDGET (self);
}

void
cr_preferences_dialog_apply (void)
{
  g_autoptr (GSettings) settings = cr_settings_new ();

  if (settings != NULL)
    adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                        schemes[find_scheme (settings)].scheme);
}
