/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-source-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-checklist.h"
#include "app/cr-dialogs.h"
#include "app/cr-entry-rows.h"
#include "app/cr-logo-row.h"
#include "app/cr-problem.h"
#include "app/cr-source-facts.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-engine-keys.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>
#include <string.h>

struct _CrSourceDialog
{
  AdwWindow parent_instance;

  AdwToastOverlay *toasts;
  AdwPreferencesGroup *portal;
  GtkEditable *name;
  GtkEditable *url;
  GtkEditable *type;
  GtkEditable *client_id;
  AdwComboRow *client_auth;
  GtkEditable *secret;
  GtkEditable *scopes;
  GtkEditable *parameters;
  AdwActionRow *ca_file;
  GtkWidget *ca_file_remove;
  CrSourceFacts *facts;
  GtkWidget *pace;
  GtkEditable *interval;
  GtkEditable *budget;
  AdwActionRow *redirect;
  AdwActionRow *keys;
  AdwActionRow *keys_hint;
  CrChecklist *checklist;
  GtkLabel *problem;
  GtkButton *test;
  GtkButton *save;
  GtkButton *save_anyway;

  CrEngine *engine;          /* (owned) (nullable) */
  CrSource *source;          /* (owned) (nullable): the one being changed */
  char *person;              /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  char *key_set;             /* (owned) (nullable): once it was asked for */
  char *ca_path;             /* (owned) (nullable): of its CA file */
  gboolean is_saving;        /* save when the test was fine */
};

G_DEFINE_FINAL_TYPE (CrSourceDialog, cr_source_dialog, ADW_TYPE_WINDOW)

static char *
take_text (GtkEditable *entry)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (entry)));

  return text[0] == '\0' ? NULL : g_steal_pointer (&text);
}

static CrClientAuth
get_auth (CrSourceDialog *self)
{
  return (CrClientAuth) adw_combo_row_get_selected (self->client_auth);
}

static void
say_problem (CrSourceDialog *self, const char *text)
{
  cr_problem_show (self->problem, text, NULL);
}

/* NULL, and says why, when what was entered cannot be a source. */
static CrSource *
read_source (CrSourceDialog *self)
{
  g_autoptr (CrSource) source = cr_source_new (self->source != NULL ? self->source->id : "");
  g_autofree char *url = take_text (self->url);
  g_autoptr (GError) error = NULL;

  g_free (source->name);
  source->name = take_text (self->name);
  g_free (source->fhir_base_url);
  source->fhir_base_url = cr_source_normal_base (url != NULL ? url : "", &error);
  source->type = take_text (self->type);
  source->client_id = take_text (self->client_id);
  source->client_auth = get_auth (self);
  source->scopes = take_text (self->scopes);
  source->parameters = take_text (self->parameters);
  source->ca_file = g_strdup (self->ca_path);
  if (self->source != NULL)
    {
      source->portal_url = g_strdup (self->source->portal_url);
      source->created_ms = self->source->created_ms;
      if (source->client_id == NULL && self->source->uses_vendor_client)
        {
          source->client_id = g_strdup (self->source->client_id);
          source->client_auth = self->source->client_auth;
          source->uses_vendor_client = TRUE;
        }
    }

  if (source->name == NULL)
    cr_problem_show (self->problem, _ ("Give the source a name that patients will recognise."),
                     GTK_WIDGET (self->name));
  else if (error != NULL)
    cr_problem_show (self->problem, cr_local_words (error->message), GTK_WIDGET (self->url));
  else
    {
      say_problem (self, NULL);
      return g_steal_pointer (&source);
    }
  return NULL;
}

#define INTERVAL "pull-interval-hours."
#define BUDGET "pull-requests-per-minute."

static void
show_number (CrSourceDialog *self, GHashTable *settings, const char *prefix, GtkEditable *entry)
{
  g_autofree char *key = g_strconcat (prefix, self->source->id, NULL);
  const char *value = g_hash_table_lookup (settings, key);

  gtk_editable_set_text (entry, value != NULL ? value : "");
}

static void
got_settings_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSourceDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) settings =
      cr_engine_get_settings_finish (CR_ENGINE (engine), result, &error);

  if (settings == NULL)
    {
      if (!cr_error_is_cancelled (error))
        say_problem (self, cr_local_words (error->message));
      return;
    }

  show_number (self, settings, INTERVAL, self->interval);
  show_number (self, settings, BUDGET, self->budget);
  gtk_widget_set_visible (self->pace, TRUE);
}

static void
number_kept_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSourceDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_engine_set_setting_finish (CR_ENGINE (engine), result, &error))
    say_problem (self, NULL);
  else if (!cr_error_is_cancelled (error))
    say_problem (self, cr_local_words (error->message));
}

static void
keep_number (CrSourceDialog *self, const char *prefix, GtkEditable *entry)
{
  g_autofree char *key = g_strconcat (prefix, self->source->id, NULL);
  g_autofree char *value = take_text (entry);

  cr_engine_set_setting_async (self->engine, key, value != NULL ? value : "", self->person,
                               self->cancellable, number_kept_cb, g_object_ref (self));
}

static void
interval_cb (CrSourceDialog *self)
{
  keep_number (self, INTERVAL, self->interval);
}

static void
budget_cb (CrSourceDialog *self)
{
  keep_number (self, BUDGET, self->budget);
}

static void
set_busy (CrSourceDialog *self, gboolean is_busy)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->test), !is_busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), !is_busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_anyway), !is_busy);
}

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSourceDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrSource) source = cr_engine_save_source_finish (CR_ENGINE (object), result, &error);

  if (source == NULL && cr_error_is_cancelled (error))
    return;
  set_busy (self, FALSE);
  if (source == NULL)
    say_problem (self, cr_local_words (error->message));
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
save_now (gpointer user_data)
{
  CrSourceDialog *self = user_data;
  g_autoptr (CrSource) source = read_source (self);
  g_autofree char *secret = take_text (self->secret);

  if (source == NULL || self->engine == NULL)
    return;
  set_busy (self, TRUE);
  cr_engine_save_source_async (self->engine, source, secret, self->person, self->cancellable,
                               saved_cb, g_object_ref (self));
}

static void
save (CrSourceDialog *self)
{
  g_autoptr (CrSource) source = read_source (self);

  if (source == NULL)
    return;
  if (self->source == NULL || strcmp (source->fhir_base_url, self->source->fhir_base_url) == 0)
    save_now (self);
  else
    cr_dialogs_confirm (GTK_WINDOW (self), _ ("Change the Address of This Source?"),
                        _ ("The old address keeps leading here. If the new one is on another "
                           "host, patients who are connected sign in there once more, and nothing "
                           "is pulled for them until they do."),
                        _ ("_Change Address"), save_now, g_object_ref (self), g_object_unref);
}

static void
tested_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSourceDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings =
      cr_engine_test_source_finish (CR_ENGINE (object), result, &error);
  gboolean is_fine = FALSE;

  if (findings == NULL && cr_error_is_cancelled (error))
    return;
  set_busy (self, FALSE);
  if (findings == NULL)
    cr_checklist_show_error (self->checklist, error);
  else
    is_fine = cr_checklist_show (self->checklist, findings);
  gtk_widget_set_visible (GTK_WIDGET (self->save_anyway), !is_fine);
  if (is_fine && self->is_saving)
    save (self);
  self->is_saving = FALSE;
}

static void
test (CrSourceDialog *self, gboolean is_saving)
{
  g_autoptr (CrSource) source = read_source (self);

  if (source == NULL)
    return;
  self->is_saving = is_saving;
  set_busy (self, TRUE);
  cr_checklist_start (self->checklist);
  cr_engine_test_source_async (self->engine, source, self->cancellable, tested_cb,
                               g_object_ref (self));
}

static void
test_cb (GtkButton *button, CrSourceDialog *self)
{
  test (self, FALSE);
}

static void
save_cb (GtkButton *button, CrSourceDialog *self)
{
  test (self, TRUE);
}

static void
save_anyway_cb (GtkButton *button, CrSourceDialog *self)
{
  save (self);
}

static void
key_set_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSourceDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  char *key_set = cr_engine_key_set_finish (CR_ENGINE (object), result, &error);

  if (key_set != NULL)
    {
      g_free (self->key_set);
      self->key_set = key_set;
    }
  else if (!cr_error_is_cancelled (error))
    say_problem (self, cr_local_words (error->message));
  gtk_widget_set_sensitive (GTK_WIDGET (self->keys), self->key_set != NULL);
}

/* The keys are made as soon as they are wanted, so that the portal finds them at their address. */
static void
auth_cb (CrSourceDialog *self)
{
  CrClientAuth auth = get_auth (self);
  gboolean is_key = auth == CR_CLIENT_AUTH_PRIVATE_KEY_JWT && self->engine != NULL;
  g_autofree char *url = NULL;
  gboolean can_be_read = TRUE;

  gtk_widget_set_visible (GTK_WIDGET (self->secret),
                          auth == CR_CLIENT_AUTH_BASIC || auth == CR_CLIENT_AUTH_POST);
  if (is_key)
    {
      url = cr_engine_dup_key_set_url (self->engine, &can_be_read);
      adw_action_row_set_subtitle (self->keys, url);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->keys), is_key);
  gtk_widget_set_visible (GTK_WIDGET (self->keys_hint), is_key && !can_be_read);
  if (!is_key || self->key_set != NULL)
    return;

  gtk_widget_set_sensitive (GTK_WIDGET (self->keys), FALSE);
  cr_engine_key_set_async (self->engine, CR_KEY_SET_SHOW, self->person, self->cancellable,
                           key_set_cb, g_object_ref (self));
}

static void
copy_text (CrSourceDialog *self, const char *text)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Copied")));
}

static void
copy_cb (GtkButton *button, CrSourceDialog *self)
{
  copy_text (self, adw_action_row_get_subtitle (self->redirect));
}

static void
copy_keys_cb (GtkButton *button, CrSourceDialog *self)
{
  copy_text (self, adw_action_row_get_subtitle (self->keys));
}

static void
keys_saved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSourceDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (g_file_replace_contents_finish (G_FILE (object), result, NULL, &error))
    adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Key set saved")));
  else if (!cr_error_is_cancelled (error))
    say_problem (self, cr_local_words (error->message));
}

static void
save_keys (const char *path, gpointer user_data)
{
  CrSourceDialog *self = user_data;
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (self->key_set != NULL)
    g_file_replace_contents_async (file, self->key_set, strlen (self->key_set), NULL, FALSE,
                                   G_FILE_CREATE_NONE, self->cancellable, keys_saved_cb,
                                   g_object_ref (self));
}

static void
save_keys_cb (GtkButton *button, CrSourceDialog *self)
{
  cr_dialogs_save_path (GTK_WINDOW (self), _ ("Save the Key Set"), "chartroom-keys.json", save_keys,
                        g_object_ref (self), g_object_unref);
}

static void
show_ca_file (CrSourceDialog *self, const char *path)
{
  g_autofree char *shown = path != NULL ? g_filename_display_name (path) : NULL;
  g_autofree char *escaped = shown != NULL ? g_markup_escape_text (shown, -1) : NULL;

  g_free (self->ca_path);
  self->ca_path = g_strdup (path);
  adw_action_row_set_subtitle (self->ca_file,
                               escaped != NULL ? escaped
                                               : _ ("None: only for a portal whose certificate is "
                                                    "of a private authority"));
  gtk_widget_set_visible (self->ca_file_remove, path != NULL);
}

static void
ca_file_chosen_cb (const char *path, gpointer user_data)
{
  show_ca_file (user_data, path);
}

static void
choose_ca_file_cb (GtkButton *button, CrSourceDialog *self)
{
  cr_dialogs_choose_path (GTK_WINDOW (self), FALSE, _ ("Choose a CA Certificate"),
                          ca_file_chosen_cb, g_object_ref (self), g_object_unref);
}

static void
remove_ca_file_cb (GtkButton *button, CrSourceDialog *self)
{
  show_ca_file (self, NULL);
}

static void
cr_source_dialog_dispose (GObject *object)
{
  CrSourceDialog *self = CR_SOURCE_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  g_clear_object (&self->source);
  G_OBJECT_CLASS (cr_source_dialog_parent_class)->dispose (object);
}

static void
cr_source_dialog_finalize (GObject *object)
{
  CrSourceDialog *self = CR_SOURCE_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_free (self->person);
  g_free (self->key_set);
  g_free (self->ca_path);
  G_OBJECT_CLASS (cr_source_dialog_parent_class)->finalize (object);
}

static gboolean
cr_source_dialog_close_request (GtkWindow *window)
{
  g_cancellable_cancel (CR_SOURCE_DIALOG (window)->cancellable);
  return GTK_WINDOW_CLASS (cr_source_dialog_parent_class)->close_request (window);
}

static void
cr_source_dialog_class_init (CrSourceDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_source_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_source_dialog_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = cr_source_dialog_close_request;
  g_type_ensure (CR_TYPE_CHECKLIST);
  g_type_ensure (CR_TYPE_SOURCE_FACTS);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-source-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, toasts);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, portal);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, name);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, url);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, type);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, client_id);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, client_auth);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, secret);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, scopes);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, parameters);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, ca_file);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, ca_file_remove);
  gtk_widget_class_bind_template_callback (widget_class, choose_ca_file_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_ca_file_cb);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, facts);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, pace);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, interval);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, budget);
  gtk_widget_class_bind_template_callback (widget_class, interval_cb);
  gtk_widget_class_bind_template_callback (widget_class, budget_cb);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, redirect);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, keys);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, keys_hint);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, checklist);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, test);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, save);
  gtk_widget_class_bind_template_child (widget_class, CrSourceDialog, save_anyway);
  gtk_widget_class_bind_template_callback (widget_class, test_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_anyway_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_keys_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_keys_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_source_dialog_init (CrSourceDialog *self)
{
  GtkStringList *auths = gtk_string_list_new (NULL);

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  show_ca_file (self, NULL);
  cr_entry_rows_name (GTK_WIDGET (self));
  cr_checklist_set_next (self->checklist, GTK_WIDGET (self->save_anyway));
  for (int auth = CR_CLIENT_AUTH_NONE; auth <= CR_CLIENT_AUTH_PRIVATE_KEY_JWT; auth++)
    gtk_string_list_append (auths, cr_words_client_auth ((CrClientAuth) auth));
  adw_combo_row_set_model (self->client_auth, G_LIST_MODEL (auths));
  g_object_unref (auths);
  g_signal_connect_swapped (self->client_auth, "notify::selected", G_CALLBACK (auth_cb), self);
  auth_cb (self);
}

static void
set_text (GtkEditable *entry, const char *text)
{
  gtk_editable_set_text (entry, text != NULL ? text : "");
}

static void
fill_in (CrSourceDialog *self, CrSource *source)
{
  set_text (self->name, source->name);
  set_text (self->url, source->fhir_base_url);
  set_text (self->type, source->type);
  set_text (self->client_id, source->uses_vendor_client ? NULL : source->client_id);
  set_text (self->scopes, source->scopes);
  set_text (self->parameters, source->parameters);
  show_ca_file (self, source->ca_file);
  adw_combo_row_set_selected (self->client_auth, source->client_auth);
  gtk_window_set_title (GTK_WINDOW (self), source->name);
}

GtkWidget *
cr_source_dialog_new (GtkWindow *parent, CrEngine *engine, CrSource *source, const char *person)
{
  CrSourceDialog *self = g_object_new (CR_TYPE_SOURCE_DIALOG, "transient-for", parent, NULL);
  const char *public_url = cr_engine_get_public_url (engine);
  g_autofree char *redirect =
      public_url == NULL ? g_strdup ("") : g_strconcat (public_url, "/callback", NULL);

  self->engine = g_object_ref (engine);
  self->person = g_strdup (person);
  g_set_object (&self->source, source);
  if (source != NULL)
    {
      fill_in (self, source);
      cr_source_facts_watch (self->facts, engine, source);
      adw_preferences_group_add (self->portal, cr_logo_row_new (engine, source, person));
      cr_engine_get_settings_async (engine, self->cancellable, got_settings_cb,
                                    g_object_ref (self));
    }
  adw_action_row_set_subtitle (self->redirect, redirect);
  gtk_widget_set_visible (GTK_WIDGET (self->redirect), public_url != NULL);
  return GTK_WIDGET (self);
}

void
cr_source_dialog_test (CrSourceDialog *self)
{
  g_return_if_fail (CR_IS_SOURCE_DIALOG (self));

  test (self, FALSE);
}
