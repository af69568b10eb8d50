/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-work-row.h"

#include "app/cr-app-init.h"
#include "app/cr-words.h"

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
say_left (gint64 left_ms)
{
  g_autofree char *duration = NULL;

  if (left_ms < 0)
    return g_strdup ("");
  duration = cr_words_duration (left_ms);
  return g_strdup_printf (_ ("about %s left"), duration);
}

static char *
say_work (const CrWork *work)
{
  g_autofree char *type = work->type == NULL ? g_strdup ("") : cr_words_type (work->type);
  g_autofree char *number = cr_words_number (work->n_records);
  g_autofree char *records =
      g_strdup_printf (ngettext ("%s record", "%s records", (gulong) work->n_records), number);
  g_autofree char *parts =
      work->n_all == 0
          ? g_strdup ("")
          : g_strdup_printf (work->is_run
                                 ? ngettext ("%u of %u item", "%u of %u items", work->n_all)
                                 : ngettext ("%u of %u query", "%u of %u queries", work->n_all),
                             work->n_done, work->n_all);
  g_autofree char *left = say_left (work->left_ms);

  return cr_words_join (type, parts, records, left, NULL);
}

void
cr_work_row_show (CrWorkRow *self, const CrWork *work)
{
  g_autofree char *about = say_work (work);
  g_autofree char *name =
      work->is_run ? g_strdup_printf (_ ("Export to %s"), work->name)
                   : cr_words_join (work->name, work->about != NULL ? work->about : "", NULL);
  g_autofree char *label = cr_words_join (name, about, NULL);

  g_return_if_fail (CR_IS_WORK_ROW (self));

  gtk_label_set_text (self->name, name);
  gtk_label_set_text (self->about, about);
  gtk_progress_bar_set_fraction (self->bar,
                                 work->n_all == 0 ? 0 : (double) work->n_done / work->n_all);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                  about, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->cancel), "s", work->id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->cancel),
                                  work->is_run ? "win.cancel-run" : "win.cancel-pull");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self), "s",
                                    work->is_run ? work->id : work->patient_id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self),
                                  work->is_run ? "win.show-run" : "win.show-pulls");
}
