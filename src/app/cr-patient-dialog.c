/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-patient-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-entry-rows.h"
#include "app/cr-problem.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

/* FHIR's administrative-gender, in the order of the rows; none said comes first. */
static const char *const sexes[] = { NULL, "female", "male", "other", "unknown" };

struct _CrPatientDialog
{
  AdwWindow parent_instance;

  GtkEditable *id;
  GtkEditable *name;
  GtkEditable *birth_date;
  AdwComboRow *sex;
  GtkEditable *email;
  GtkLabel *problem;
  GtkButton *save;

  CrEngine *engine;          /* (owned) (nullable) */
  CrPatient *patient;        /* (owned) (nullable): the one being changed */
  char *person;              /* (owned) (nullable) */
  CrPatient *saving;         /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  CrPatientFunc func;        /* (nullable) */
  gpointer user_data;
};

G_DEFINE_FINAL_TYPE (CrPatientDialog, cr_patient_dialog, ADW_TYPE_WINDOW)

static char *
take_text (GtkEditable *entry)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (entry)));

  return text[0] == '\0' ? NULL : g_steal_pointer (&text);
}

static void
say_problem (CrPatientDialog *self, const char *text)
{
  cr_problem_show (self->problem, text, NULL);
}

static CrPatient *
read_patient (CrPatientDialog *self)
{
  g_autofree char *id = take_text (self->id);
  CrPatient *patient = cr_patient_new (id != NULL ? id : "");

  patient->name = take_text (self->name);
  patient->birth_date = take_text (self->birth_date);
  patient->email = take_text (self->email);
  patient->sex =
      g_strdup (sexes[MIN (adw_combo_row_get_selected (self->sex), G_N_ELEMENTS (sexes) - 1)]);
  if (self->patient != NULL)
    {
      g_free (patient->metadata);
      patient->metadata = g_strdup (self->patient->metadata);
      patient->created_ms = self->patient->created_ms;
    }
  return patient;
}

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrPatientDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = cr_engine_save_patient_finish (CR_ENGINE (object), result, &error);

  if (!ok && cr_error_is_cancelled (error))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), TRUE);
  if (!ok)
    {
      say_problem (self, cr_local_words (error->message));
      return;
    }
  if (self->func != NULL && gtk_window_get_transient_for (GTK_WINDOW (self)) != NULL)
    self->func (self->saving, self->user_data);
  gtk_window_close (GTK_WINDOW (self));
}

static void
save_cb (gpointer sender, CrPatientDialog *self)
{
  g_autoptr (CrPatient) patient = read_patient (self);
  g_autoptr (GError) error = NULL;

  if (!cr_patient_check (patient, &error))
    {
      say_problem (self, cr_local_words (error->message));
      return;
    }
  say_problem (self, NULL);
  g_set_object (&self->saving, patient);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), FALSE);
  cr_engine_save_patient_async (self->engine, patient, self->patient == NULL, self->person,
                                self->cancellable, saved_cb, g_object_ref (self));
}

static void
cr_patient_dialog_dispose (GObject *object)
{
  CrPatientDialog *self = CR_PATIENT_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  g_clear_object (&self->patient);
  g_clear_object (&self->saving);
  G_OBJECT_CLASS (cr_patient_dialog_parent_class)->dispose (object);
}

static void
cr_patient_dialog_finalize (GObject *object)
{
  CrPatientDialog *self = CR_PATIENT_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_free (self->person);
  G_OBJECT_CLASS (cr_patient_dialog_parent_class)->finalize (object);
}

static void
cr_patient_dialog_class_init (CrPatientDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_patient_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_patient_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-patient-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrPatientDialog, id);
  gtk_widget_class_bind_template_child (widget_class, CrPatientDialog, name);
  gtk_widget_class_bind_template_child (widget_class, CrPatientDialog, birth_date);
  gtk_widget_class_bind_template_child (widget_class, CrPatientDialog, sex);
  gtk_widget_class_bind_template_child (widget_class, CrPatientDialog, email);
  gtk_widget_class_bind_template_child (widget_class, CrPatientDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, CrPatientDialog, save);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_patient_dialog_init (CrPatientDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_entry_rows_name (GTK_WIDGET (self));
}

static void
set_text (GtkEditable *entry, const char *text)
{
  gtk_editable_set_text (entry, text != NULL ? text : "");
}

static void
fill_in (CrPatientDialog *self, CrPatient *patient)
{
  set_text (self->id, patient->id);
  gtk_widget_set_sensitive (GTK_WIDGET (self->id), FALSE);
  set_text (self->name, patient->name);
  set_text (self->birth_date, patient->birth_date);
  set_text (self->email, patient->email);
  for (guint i = 1; i < G_N_ELEMENTS (sexes); i++)
    if (g_strcmp0 (sexes[i], patient->sex) == 0)
      adw_combo_row_set_selected (self->sex, i);
  gtk_window_set_title (GTK_WINDOW (self), _ ("Edit Patient"));
  gtk_button_set_label (self->save, _ ("_Save"));
}

GtkWidget *
cr_patient_dialog_new (GtkWindow *parent,
                       CrEngine *engine,
                       CrPatient *patient,
                       const char *person,
                       CrPatientFunc func,
                       gpointer user_data)
{
  CrPatientDialog *self = g_object_new (CR_TYPE_PATIENT_DIALOG, "transient-for", parent, NULL);

  self->engine = g_object_ref (engine);
  self->person = g_strdup (person);
  self->func = func;
  self->user_data = user_data;
  g_set_object (&self->patient, patient);
  if (patient != NULL)
    fill_in (self, patient);
  return GTK_WIDGET (self);
}
