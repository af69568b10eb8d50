/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-work-row.h"

#include "app/cr-app-init.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"
#include "model/cr-explain.h"

#include <glib/gi18n.h>

struct _CrWorkRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *name;
  GtkLabel *about;
  GtkProgressBar *bar;
  GtkButton *cancel;
};

G_DEFINE_FINAL_TYPE (CrWorkRow, cr_work_row, GTK_TYPE_LIST_BOX_ROW)

static void
cr_work_row_class_init (CrWorkRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-work-row"));
  gtk_widget_class_bind_template_child (widget_class, CrWorkRow, name);
  gtk_widget_class_bind_template_child (widget_class, CrWorkRow, about);
  gtk_widget_class_bind_template_child (widget_class, CrWorkRow, bar);
  gtk_widget_class_bind_template_child (widget_class, CrWorkRow, cancel);
}

static void
cr_work_row_init (CrWorkRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
cr_work_row_new (void)
{
  return g_object_new (CR_TYPE_WORK_ROW, NULL);
}

static char *
say_left (const CrWork *work)
{
  gint64 left_ms = cr_work_left_ms (work, cr_words_now_ms ());
  g_autofree char *duration = cr_words_duration (MAX (left_ms, 1000));

  return left_ms < 0 ? g_strdup ("") : g_strdup_printf (_ ("about %s left"), duration);
}

static char *
say_next (const CrWork *work)
{
  g_autofree char *time = cr_words_time (work->wait_until_ms, cr_words_now_ms ());

  if (work->waiting_for == CR_WAIT_NONE || work->wait_until_ms == 0)
    return g_strdup ("");
  /* Translators: when a pull that waits goes on: “goes on today 09:40” */
  return g_strdup_printf (work->is_run ? _ ("next attempt %s") : _ ("goes on %s"), time);
}

static char *
say_parts (const CrWork *work)
{
  g_autofree char *done = cr_words_number (work->n_done);
  g_autofree char *all = cr_words_number (work->n_all);

  if (work->n_all == 0)
    return g_strdup ("");
  return g_strdup_printf (work->is_run
                              ? ngettext ("%s of %s item", "%s of %s items", work->n_all)
                              : ngettext ("%s of %s query", "%s of %s queries", work->n_all),
                          done, all);
}

static char *
say_records (const CrWork *work)
{
  g_autofree char *number = cr_words_number (work->n_records);

  if (work->n_all == 0 && work->waiting_for != CR_WAIT_NONE)
    return g_strdup ("");
  return g_strdup_printf (ngettext ("%s record", "%s records", (gulong) work->n_records), number);
}

char *
cr_work_row_say (const CrWork *work)
{
  g_autofree char *next = say_next (work);
  g_autofree char *type = work->type == NULL ? g_strdup ("") : cr_words_type (work->type);
  g_autofree char *parts = say_parts (work);
  g_autofree char *records = say_records (work);
  g_autofree char *left = say_left (work);

  return cr_words_join (next, type, parts, records, left, NULL);
}

void
cr_work_row_show_progress (const CrWork *work, GtkProgressBar *bar, GtkLabel *label)
{
  g_autofree char *words = cr_work_row_say (work);
  g_autofree char *begun = cr_words_begin (words);

  gtk_label_set_text (label, begun);
  gtk_progress_bar_set_fraction (bar, work->n_all == 0 ? 0 : (double) work->n_done / work->n_all);
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, words,
                                  -1);
}

void
cr_work_row_show (CrWorkRow *self, const CrWork *work)
{
  g_autofree char *far = cr_work_row_say (work);
  g_autofree char *about = cr_words_join (
      work->waiting_for != CR_WAIT_NONE ? _ (cr_explain_work (work)->title) : "", far, NULL);
  g_autofree char *name =
      work->is_run ? g_strdup_printf (_ ("Export to %s"), work->name)
                   : cr_words_join (work->name, work->about != NULL ? work->about : "", NULL);
  g_autofree char *label = cr_words_join (name, about, NULL);

  g_return_if_fail (CR_IS_WORK_ROW (self));

  cr_work_row_show_progress (work, self->bar, self->about);
  gtk_label_set_text (self->about, about);
  gtk_label_set_text (self->name, name);
  cr_time_tip_set (GTK_WIDGET (self->about), work->wait_until_ms, 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->cancel), "s", work->id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->cancel),
                                  work->is_run ? "win.cancel-run" : "win.cancel-pull");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self), "s",
                                    work->is_run ? work->id : work->patient_id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self),
                                  work->is_run ? "win.show-run" : "win.show-pulls");
}
