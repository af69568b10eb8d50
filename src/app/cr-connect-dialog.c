/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-connect-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-dialogs.h"
#include "app/cr-link-view.h"
#include "app/cr-patient-dialog.h"
#include "app/cr-picker.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

#define LINK_LIFE_S (24 * 60 * 60)

struct _CrConnectDialog
{
  AdwWindow parent_instance;

  AdwWindowTitle *title;
  GtkButton *back;
  GtkStack *stack;
  CrPicker *patients;
  CrPicker *sources;
  GtkWidget *add_source;
  AdwStatusPage *trouble;
  CrLinkView *link;

  CrEngine *engine;          /* (owned) (nullable) */
  char *patient_id;          /* (owned) (nullable) */
  char *source_id;           /* (owned) (nullable) */
  char *person;              /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrConnectDialog, cr_connect_dialog, ADW_TYPE_WINDOW)

static void
show_step (CrConnectDialog *self, const char *name, const char *subtitle)
{
  gtk_stack_set_visible_child_name (self->stack, name);
  adw_window_title_set_subtitle (self->title, subtitle);
  gtk_widget_set_visible (GTK_WIDGET (self->back), g_str_equal (name, "source"));
}

static void
say_trouble (CrConnectDialog *self, const GError *error)
{
  adw_status_page_set_description (self->trouble, cr_local_words (error->message));
  show_step (self, "trouble", "");
}

static void
created_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrConnectDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrSession) session =
      cr_engine_create_session_finish (CR_ENGINE (object), result, &error);

  if (session == NULL && cr_error_is_cancelled (error))
    return;
  if (session == NULL)
    {
      say_trouble (self, error);
      return;
    }
  cr_link_view_show (self->link, self->engine, session);
  show_step (self, "link", _ ("Hand over the link"));
}

static void
make_link (CrConnectDialog *self)
{
  CrSessionSpec spec = { .patient_id = self->patient_id,
                         .source_id = self->source_id,
                         .expires_in_s = LINK_LIFE_S };

  show_step (self, "waiting", _ ("Making the link…"));
  cr_engine_create_session_async (self->engine, &spec, self->person, self->cancellable, created_cb,
                                  g_object_ref (self));
}

static void
go_on (CrConnectDialog *self)
{
  if (self->patient_id == NULL)
    show_step (self, "patient", _ ("Who is the patient?"));
  else if (self->source_id == NULL)
    show_step (self, "source", _ ("Where are the records?"));
  else
    make_link (self);
}

static void
choose_patient (CrConnectDialog *self, CrPatient *patient)
{
  g_free (self->patient_id);
  self->patient_id = g_strdup (patient->id);
  adw_window_title_set_title (self->title, cr_patient_get_title (patient));
  go_on (self);
}

static void
patient_chosen_cb (gpointer item, gpointer user_data)
{
  choose_patient (user_data, item);
}

static void
patient_added_cb (CrPatient *patient, gpointer user_data)
{
  choose_patient (user_data, patient);
}

static void
source_chosen_cb (gpointer item, gpointer user_data)
{
  CrConnectDialog *self = user_data;

  g_free (self->source_id);
  self->source_id = g_strdup (CR_SOURCE (item)->id);
  go_on (self);
}

static void
add_patient_cb (GtkButton *button, CrConnectDialog *self)
{
  GtkWidget *dialog = cr_patient_dialog_new (GTK_WINDOW (self), self->engine, NULL, self->person,
                                             patient_added_cb, self);

  cr_dialogs_present (GTK_WINDOW (dialog));
}

static void
add_source_cb (GtkButton *button, CrConnectDialog *self)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));

  gtk_window_close (GTK_WINDOW (self));
  if (parent != NULL)
    gtk_widget_activate_action (GTK_WIDGET (parent), "win.add-source", NULL);
}

static void
back_cb (GtkButton *button, CrConnectDialog *self)
{
  g_clear_pointer (&self->patient_id, g_free);
  adw_window_title_set_title (self->title, _ ("Connect a Patient"));
  go_on (self);
}

static void
again_cb (GtkButton *button, CrConnectDialog *self)
{
  go_on (self);
}

static void
show_patient (GtkWidget *cell, gpointer item)
{
  CrPatient *patient = item;
  g_autofree char *born =
      patient->birth_date != NULL ? cr_words_date (patient->birth_date) : g_strdup ("");
  g_autofree char *about = cr_words_join (patient->id, born, NULL);

  cr_picker_set_cell (cell, cr_patient_get_title (patient), about);
}

static void
show_source (GtkWidget *cell, gpointer item)
{
  CrSource *source = item;
  g_autofree char *host = cr_words_address (source->fhir_base_url);
  g_autofree char *about = cr_words_join (
      host, source->client_id == NULL ? _ ("no client id yet: nobody can sign in here") : "", NULL);

  cr_picker_set_cell (cell, source->name, about);
}

static void
got_patient_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrConnectDialog) self = user_data;
  g_autoptr (CrPatient) patient = cr_engine_get_finish (CR_ENGINE (object), result, NULL);

  if (patient != NULL)
    adw_window_title_set_title (self->title, cr_patient_get_title (patient));
}

static gboolean
cr_connect_dialog_close_request (GtkWindow *window)
{
  g_cancellable_cancel (CR_CONNECT_DIALOG (window)->cancellable);
  return GTK_WINDOW_CLASS (cr_connect_dialog_parent_class)->close_request (window);
}

static void
cr_connect_dialog_finalize (GObject *object)
{
  CrConnectDialog *self = CR_CONNECT_DIALOG (object);

  g_clear_object (&self->engine);
  g_clear_object (&self->cancellable);
  g_free (self->patient_id);
  g_free (self->source_id);
  g_free (self->person);
  G_OBJECT_CLASS (cr_connect_dialog_parent_class)->finalize (object);
}

static void
cr_connect_dialog_class_init (CrConnectDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_connect_dialog_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = cr_connect_dialog_close_request;
  g_type_ensure (CR_TYPE_PICKER);
  g_type_ensure (CR_TYPE_LINK_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-connect-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrConnectDialog, title);
  gtk_widget_class_bind_template_child (widget_class, CrConnectDialog, back);
  gtk_widget_class_bind_template_child (widget_class, CrConnectDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, CrConnectDialog, patients);
  gtk_widget_class_bind_template_child (widget_class, CrConnectDialog, sources);
  gtk_widget_class_bind_template_child (widget_class, CrConnectDialog, add_source);
  gtk_widget_class_bind_template_child (widget_class, CrConnectDialog, trouble);
  gtk_widget_class_bind_template_child (widget_class, CrConnectDialog, link);
  gtk_widget_class_bind_template_callback (widget_class, add_patient_cb);
  gtk_widget_class_bind_template_callback (widget_class, add_source_cb);
  gtk_widget_class_bind_template_callback (widget_class, back_cb);
  gtk_widget_class_bind_template_callback (widget_class, again_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_connect_dialog_init (CrConnectDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
cr_connect_dialog_new (GtkWindow *parent,
                       CrEngine *engine,
                       const char *patient_id,
                       const char *source_id,
                       const char *person)
{
  CrConnectDialog *self = g_object_new (CR_TYPE_CONNECT_DIALOG, "transient-for", parent, NULL);

  /* Who may not add one is not led to a dialog that does not come. */
  gtk_widget_set_visible (
      self->add_source, g_action_group_get_action_enabled (G_ACTION_GROUP (parent), "add-source"));
  self->engine = g_object_ref (engine);
  self->patient_id = g_strdup (patient_id);
  self->source_id = g_strdup (source_id);
  self->person = g_strdup (person);
  cr_picker_start (self->patients, engine, CR_LIST_PATIENTS, show_patient, patient_chosen_cb, self);
  cr_picker_start (self->sources, engine, CR_LIST_SOURCES, show_source, source_chosen_cb, self);
  if (patient_id != NULL)
    cr_engine_get_async (engine, CR_LIST_PATIENTS, patient_id, self->cancellable, got_patient_cb,
                         g_object_ref (self));
  go_on (self);
  return GTK_WIDGET (self);
}
