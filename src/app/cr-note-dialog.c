/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-note-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-entry-rows.h"
#include "app/cr-problem.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrNoteDialog
{
  AdwWindow parent_instance;

  AdwWindowTitle *title;
  AdwActionRow *called_row;
  GtkSwitch *called;
  GtkEditable *note;
  GtkLabel *problem;
  GtkButton *save;

  CrEngine *engine;          /* (owned) (nullable) */
  CrConnection *connection;  /* (owned) (nullable) */
  char *person;              /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrNoteDialog, cr_note_dialog, ADW_TYPE_WINDOW)

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrNoteDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_engine_note_connection_finish (CR_ENGINE (object), result, &error))
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  if (cr_error_is_cancelled (error))
    return;
  cr_problem_show (self->problem, cr_local_words (error->message), NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), TRUE);
}

/* A call that stays said keeps its time and its person. */
static void
save_cb (gpointer sender, CrNoteDialog *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->note)));
  gboolean is_called = gtk_switch_get_active (self->called);
  gboolean was_called = self->connection->called_ms > 0;

  gtk_widget_set_sensitive (GTK_WIDGET (self->save), FALSE);
  cr_engine_note_connection_async (self->engine, self->connection->id, text,
                                   is_called == was_called ? CR_ENGINE_KEEP
                                   : is_called             ? cr_words_now_ms ()
                                                           : 0,
                                   self->person, self->cancellable, saved_cb, g_object_ref (self));
}

static void
cr_note_dialog_dispose (GObject *object)
{
  CrNoteDialog *self = CR_NOTE_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (cr_note_dialog_parent_class)->dispose (object);
}

static void
cr_note_dialog_finalize (GObject *object)
{
  CrNoteDialog *self = CR_NOTE_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_free (self->person);
  G_OBJECT_CLASS (cr_note_dialog_parent_class)->finalize (object);
}

static void
cr_note_dialog_class_init (CrNoteDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_note_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_note_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-note-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrNoteDialog, title);
  gtk_widget_class_bind_template_child (widget_class, CrNoteDialog, called_row);
  gtk_widget_class_bind_template_child (widget_class, CrNoteDialog, called);
  gtk_widget_class_bind_template_child (widget_class, CrNoteDialog, note);
  gtk_widget_class_bind_template_child (widget_class, CrNoteDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, CrNoteDialog, save);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_note_dialog_init (CrNoteDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_entry_rows_name (GTK_WIDGET (self));
}

char *
cr_note_dialog_say_call (CrConnection *connection)
{
  g_autofree char *time = cr_words_time (connection->called_ms, cr_words_now_ms ());

  if (connection->called_ms == 0)
    return g_strdup (_ ("Not yet"));
  if (connection->called_by == NULL)
    return g_strdup_printf (_ ("Called %s"), time);
  /* Translators: a time, then a person: “Called today 09:14 by Ana” */
  return g_strdup_printf (_ ("Called %s by %s"), time, connection->called_by);
}

GtkWidget *
cr_note_dialog_new (GtkWindow *parent,
                    CrEngine *engine,
                    CrConnection *connection,
                    const char *person)
{
  CrNoteDialog *self = g_object_new (CR_TYPE_NOTE_DIALOG, "transient-for", parent, NULL);
  g_autofree char *call = cr_note_dialog_say_call (connection);
  const char *name =
      connection->patient_name != NULL ? connection->patient_name : connection->patient_id;

  self->engine = g_object_ref (engine);
  self->connection = g_object_ref (connection);
  self->person = g_strdup (person);
  adw_window_title_set_title (self->title, name);
  adw_window_title_set_subtitle (self->title,
                                 connection->source_name != NULL ? connection->source_name : "");
  adw_action_row_set_subtitle (self->called_row, call);
  cr_time_tip_set (GTK_WIDGET (self->called_row), connection->called_ms, 0);
  gtk_switch_set_active (self->called, connection->called_ms > 0);
  gtk_editable_set_text (self->note, connection->note != NULL ? connection->note : "");
  return GTK_WIDGET (self);
}
