/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-destination-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-checklist.h"
#include "app/cr-entry-rows.h"
#include "app/cr-field-form.h"
#include "app/cr-problem.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrDestinationDialog
{
  AdwWindow parent_instance;

  AdwComboRow *kind;
  GtkEditable *name;
  CrFieldForm *form;
  CrChecklist *checklist;
  GtkLabel *problem;
  GtkButton *test;
  GtkButton *save;
  GtkButton *save_anyway;

  CrEngine *engine;           /* (owned) (nullable) */
  CrDestination *destination; /* (owned) (nullable): the one being changed */
  char *person;               /* (owned) (nullable) */
  GCancellable *cancellable;  /* (owned) */
  gboolean is_saving;         /* save when the test was fine */
};

G_DEFINE_FINAL_TYPE (CrDestinationDialog, cr_destination_dialog, ADW_TYPE_WINDOW)

static const CrDestinationKind *
get_kind (CrDestinationDialog *self)
{
  guint n_kinds;
  const CrDestinationKind *kinds = cr_engine_destination_kinds (&n_kinds);
  guint position = adw_combo_row_get_selected (self->kind);

  return position < n_kinds ? &kinds[position] : NULL;
}

static void
say_problem (CrDestinationDialog *self, const char *text)
{
  cr_problem_show (self->problem, text, NULL);
}

/* NULL, and says why, when something is missing. */
static CrDestination *
read_destination (CrDestinationDialog *self, GHashTable *secrets)
{
  g_autoptr (CrDestination) destination =
      cr_destination_new (self->destination != NULL ? self->destination->id : "");
  const CrDestinationKind *kind = get_kind (self);
  const char *missing = NULL;
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (self->name)));

  g_free (destination->name);
  destination->name = g_strdup (name[0] != '\0' ? name : _ (kind->label));
  g_free (destination->kind);
  destination->kind = g_strdup (kind->name);
  destination->is_enabled = self->destination == NULL || self->destination->is_enabled;
  if (self->destination != NULL)
    destination->created_ms = self->destination->created_ms;

  if (!cr_field_form_read (self->form, destination->settings, secrets, &missing))
    {
      g_autofree char *text = g_strdup_printf (_ ("“%s” is missing."), _ (missing));

      cr_problem_show (self->problem, text, cr_field_form_get_row (self->form, missing));
      return NULL;
    }
  say_problem (self, NULL);
  return g_steal_pointer (&destination);
}

static void
set_busy (CrDestinationDialog *self, gboolean is_busy)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->test), !is_busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), !is_busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_anyway), !is_busy);
}

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrDestinationDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrDestination) destination =
      cr_engine_save_destination_finish (CR_ENGINE (object), result, &error);
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));

  if (destination == NULL && cr_error_is_cancelled (error))
    return;
  set_busy (self, FALSE);
  if (destination == NULL)
    {
      say_problem (self, cr_local_words (error->message));
      return;
    }
  if (self->destination == NULL && parent != NULL)
    gtk_widget_activate_action (GTK_WIDGET (parent), "win.show-destination", "s", destination->id);
  gtk_window_close (GTK_WINDOW (self));
}

static GHashTable *
secrets_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* @keeps_failing: saves what failed its test, but disabled */
static void
save (CrDestinationDialog *self, gboolean keeps_failing)
{
  g_autoptr (GHashTable) secrets = secrets_new ();
  g_autoptr (CrDestination) destination = read_destination (self, secrets);

  if (destination == NULL)
    return;
  if (keeps_failing)
    destination->is_enabled = FALSE;
  set_busy (self, TRUE);
  cr_engine_save_destination_async (self->engine, destination, secrets, self->destination == NULL,
                                    self->person, self->cancellable, saved_cb, g_object_ref (self));
}

static void
tested_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrDestinationDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings =
      cr_engine_test_destination_finish (CR_ENGINE (object), result, &error);
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
    save (self, FALSE);
  self->is_saving = FALSE;
}

static void
test (CrDestinationDialog *self, gboolean is_saving)
{
  g_autoptr (GHashTable) secrets = secrets_new ();
  g_autoptr (CrDestination) destination = read_destination (self, secrets);

  if (destination == NULL)
    return;
  self->is_saving = is_saving;
  set_busy (self, TRUE);
  cr_checklist_start (self->checklist);
  cr_engine_test_destination_async (self->engine, destination, secrets, self->cancellable,
                                    tested_cb, g_object_ref (self));
}

static void
test_cb (GtkButton *button, CrDestinationDialog *self)
{
  test (self, FALSE);
}

static void
save_cb (GtkButton *button, CrDestinationDialog *self)
{
  test (self, TRUE);
}

static void
save_anyway_cb (GtkButton *button, CrDestinationDialog *self)
{
  save (self, TRUE);
}

/* What was tested is no longer what is entered. */
static void
form_changed_cb (CrDestinationDialog *self)
{
  cr_checklist_clear (self->checklist);
  gtk_widget_set_visible (GTK_WIDGET (self->save_anyway), FALSE);
}

static void
kind_cb (CrDestinationDialog *self)
{
  const CrDestinationKind *kind = get_kind (self);

  if (kind != NULL)
    cr_field_form_set_kind (self->form, kind);
  form_changed_cb (self);
}

static void
cr_destination_dialog_dispose (GObject *object)
{
  CrDestinationDialog *self = CR_DESTINATION_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  g_clear_object (&self->destination);
  G_OBJECT_CLASS (cr_destination_dialog_parent_class)->dispose (object);
}

static void
cr_destination_dialog_finalize (GObject *object)
{
  CrDestinationDialog *self = CR_DESTINATION_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_free (self->person);
  G_OBJECT_CLASS (cr_destination_dialog_parent_class)->finalize (object);
}

static gboolean
cr_destination_dialog_close_request (GtkWindow *window)
{
  g_cancellable_cancel (CR_DESTINATION_DIALOG (window)->cancellable);
  return GTK_WINDOW_CLASS (cr_destination_dialog_parent_class)->close_request (window);
}

static void
cr_destination_dialog_class_init (CrDestinationDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_destination_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_destination_dialog_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = cr_destination_dialog_close_request;
  g_type_ensure (CR_TYPE_CHECKLIST);
  g_type_ensure (CR_TYPE_FIELD_FORM);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-destination-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrDestinationDialog, kind);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationDialog, name);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationDialog, form);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationDialog, checklist);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationDialog, test);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationDialog, save);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationDialog, save_anyway);
  gtk_widget_class_bind_template_callback (widget_class, test_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_anyway_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_destination_dialog_init (CrDestinationDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_entry_rows_name (GTK_WIDGET (self));
  cr_checklist_set_next (self->checklist, GTK_WIDGET (self->save_anyway));
}

static void
set_kinds (CrDestinationDialog *self)
{
  g_autoptr (GtkStringList) labels = gtk_string_list_new (NULL);
  guint n_kinds;
  const CrDestinationKind *kinds = cr_engine_destination_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    gtk_string_list_append (labels, _ (kinds[i].label));
  adw_combo_row_set_model (self->kind, G_LIST_MODEL (labels));
  g_signal_connect_swapped (self->kind, "notify::selected", G_CALLBACK (kind_cb), self);
  g_signal_connect_swapped (self->form, "changed", G_CALLBACK (form_changed_cb), self);
  kind_cb (self);
}

static void
fill_in (CrDestinationDialog *self, CrDestination *destination)
{
  guint n_kinds;
  const CrDestinationKind *kinds = cr_engine_destination_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    if (g_strcmp0 (kinds[i].name, destination->kind) == 0)
      adw_combo_row_set_selected (self->kind, i);
  gtk_widget_set_sensitive (GTK_WIDGET (self->kind), FALSE);
  gtk_editable_set_text (self->name, destination->name);
  cr_field_form_set_values (self->form, destination->settings);
  cr_field_form_keep_secrets (self->form);
  gtk_window_set_title (GTK_WINDOW (self), destination->name);
}

GtkWidget *
cr_destination_dialog_new (GtkWindow *parent,
                           CrEngine *engine,
                           CrDestination *destination,
                           const char *person)
{
  CrDestinationDialog *self =
      g_object_new (CR_TYPE_DESTINATION_DIALOG, "transient-for", parent, NULL);

  self->engine = g_object_ref (engine);
  self->person = g_strdup (person);
  g_set_object (&self->destination, destination);
  set_kinds (self);
  if (destination != NULL)
    fill_in (self, destination);
  return GTK_WIDGET (self);
}

void
cr_destination_dialog_test (CrDestinationDialog *self)
{
  g_return_if_fail (CR_IS_DESTINATION_DIALOG (self));

  test (self, FALSE);
}
