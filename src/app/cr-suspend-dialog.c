/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-suspend-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-entry-rows.h"
#include "app/cr-locale-time.h"
#include "app/cr-problem.h"
#include "app/cr-window.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-engine-catalog.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrSuspendDialog
{
  AdwWindow parent_instance;

  AdwWindowTitle *title;
  GtkCheckButton *not_enabled;
  GtkEditable *reason;
  GtkWidget *ends_row;
  GtkSwitch *ends;
  GtkMenuButton *day;
  GtkLabel *date;
  GtkCalendar *calendar;
  GtkWidget *clock;
  GtkSpinButton *hour;
  GtkSpinButton *minute;
  GtkLabel *when;
  GtkLabel *problem;
  GtkButton *save;

  CrEngine *engine; /* (owned) (nullable) */
  char *source_id;  /* (owned) (nullable) */
  gboolean was_working;
  char *person;              /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrSuspendDialog, cr_suspend_dialog, ADW_TYPE_WINDOW)

static CrSourceStatus
get_status (CrSuspendDialog *self)
{
  return gtk_check_button_get_active (self->not_enabled) ? CR_SOURCE_NOT_ENABLED
                                                         : CR_SOURCE_SUSPENDED;
}

/* 0: until staff resume it */
static gint64
get_until_ms (CrSuspendDialog *self)
{
  g_autoptr (GDateTime) day = gtk_calendar_get_date (self->calendar);
  g_autoptr (GDateTime) until = NULL;

  if (get_status (self) != CR_SOURCE_SUSPENDED || !gtk_switch_get_active (self->ends))
    return 0;

  until = g_date_time_new_local (g_date_time_get_year (day), g_date_time_get_month (day),
                                 g_date_time_get_day_of_month (day),
                                 gtk_spin_button_get_value_as_int (self->hour),
                                 gtk_spin_button_get_value_as_int (self->minute), 0);
  return g_date_time_to_unix (until) * 1000;
}

/* What will be, before it is. */
static void
refresh (CrSuspendDialog *self)
{
  g_autoptr (GDateTime) day = gtk_calendar_get_date (self->calendar);
  g_autofree char *date = cr_locale_time (day, N_ ("%A, %-d %B %Y"));
  g_autofree char *label = g_strdup_printf (_ ("Day it ends: %s"), date);
  g_autofree char *reason = g_strstrip (g_strdup (gtk_editable_get_text (self->reason)));
  gint64 until_ms = get_until_ms (self);
  gboolean is_past = until_ms != 0 && until_ms <= cr_words_now_ms ();
  g_autofree char *time = cr_words_day_and_time (until_ms);
  g_autofree char *words = NULL;

  if (is_past)
    words = g_strdup_printf (_ ("%s has passed. The end must lie ahead."), time);
  else if (until_ms != 0)
    words = g_strdup_printf (_ ("Patients can choose it again from %s."), time);
  else
    words = g_strdup (_ ("Patients can choose it again when somebody here resumes it."));

  gtk_label_set_text (self->date, date);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->day), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_label_set_text (self->when, words);
  gtk_widget_set_sensitive (self->ends_row, get_status (self) == CR_SOURCE_SUSPENDED);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), reason[0] != '\0' && !is_past);
}

static void
day_chosen_cb (CrSuspendDialog *self)
{
  refresh (self);
  gtk_menu_button_popdown (self->day);
}

/* “05” */
static gboolean
two_digits_cb (GtkSpinButton *button, CrSuspendDialog *self)
{
  g_autofree char *text = g_strdup_printf ("%02d", gtk_spin_button_get_value_as_int (button));

  gtk_editable_set_text (GTK_EDITABLE (button), text);
  return TRUE;
}

static void
say_done (CrSuspendDialog *self)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));

  if (self->was_working && CR_IS_WINDOW (parent))
    cr_window_say_undo (CR_WINDOW (parent), _ ("Patients cannot choose the source now"),
                        "win.resume-source", self->source_id);
}

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSuspendDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_engine_set_source_status_finish (CR_ENGINE (object), result, &error))
    {
      say_done (self);
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  if (cr_error_is_cancelled (error))
    return;
  cr_problem_show (self->problem, cr_local_words (error->message), NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), TRUE);
}

static void
save_cb (gpointer sender, CrSuspendDialog *self)
{
  g_autofree char *reason = g_strstrip (g_strdup (gtk_editable_get_text (self->reason)));

  if (!gtk_widget_get_sensitive (GTK_WIDGET (self->save)))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), FALSE);
  cr_engine_set_source_status_async (self->engine, self->source_id, get_status (self), reason,
                                     get_until_ms (self), self->person, self->cancellable, saved_cb,
                                     g_object_ref (self));
}

static void
cr_suspend_dialog_dispose (GObject *object)
{
  CrSuspendDialog *self = CR_SUSPEND_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_suspend_dialog_parent_class)->dispose (object);
}

static void
cr_suspend_dialog_finalize (GObject *object)
{
  CrSuspendDialog *self = CR_SUSPEND_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_free (self->source_id);
  g_free (self->person);
  G_OBJECT_CLASS (cr_suspend_dialog_parent_class)->finalize (object);
}

static void
cr_suspend_dialog_class_init (CrSuspendDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_suspend_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_suspend_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-suspend-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, title);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, not_enabled);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, reason);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, ends_row);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, ends);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, day);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, date);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, calendar);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, clock);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, hour);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, minute);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, when);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, CrSuspendDialog, save);
  gtk_widget_class_bind_template_callback (widget_class, refresh);
  gtk_widget_class_bind_template_callback (widget_class, day_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, two_digits_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_suspend_dialog_init (CrSuspendDialog *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) tomorrow = g_date_time_add_days (now, 1);

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_entry_rows_name (GTK_WIDGET (self));
  gtk_widget_set_direction (self->clock, GTK_TEXT_DIR_LTR); /* 23:59, in every language */
  gtk_calendar_select_day (self->calendar, tomorrow);
  refresh (self);
}

GtkWidget *
cr_suspend_dialog_new (GtkWindow *parent, CrEngine *engine, CrSource *source, const char *person)
{
  CrSuspendDialog *self = g_object_new (CR_TYPE_SUSPEND_DIALOG, "transient-for", parent, NULL);

  self->engine = g_object_ref (engine);
  self->source_id = g_strdup (source->id);
  self->was_working = source->status == CR_SOURCE_WORKING;
  self->person = g_strdup (person);
  adw_window_title_set_subtitle (self->title, source->name);
  return GTK_WIDGET (self);
}
