/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-destination-row.h"

#include "app/cr-app-init.h"
#include "app/cr-destinations-page.h"
#include "app/cr-remedy.h"
#include "app/cr-row-name.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"
#include "app/cr-work-row.h"

#include <glib/gi18n.h>

struct _CrDestinationRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *name;
  GtkLabel *figures;
  GtkProgressBar *bar;
  GtkLabel *progress;
  CrStateLabel *state;
  GtkButton *remedy;
  GtkWidget *arrow;

  char *id; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrDestinationRow, cr_destination_row, GTK_TYPE_LIST_BOX_ROW)

static void
cr_destination_row_finalize (GObject *object)
{
  g_free (CR_DESTINATION_ROW (object)->id);
  G_OBJECT_CLASS (cr_destination_row_parent_class)->finalize (object);
}

static void
cr_destination_row_class_init (CrDestinationRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_destination_row_finalize;
  g_type_ensure (CR_TYPE_STATE_LABEL);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-destination-row"));
  gtk_widget_class_bind_template_child (widget_class, CrDestinationRow, name);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationRow, figures);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationRow, bar);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationRow, progress);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationRow, state);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationRow, remedy);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationRow, arrow);
}

static void
cr_destination_row_init (CrDestinationRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* A narrow row has no room for a button and an arrow behind it. */
GtkWidget *
cr_destination_row_new (CrPage *page)
{
  CrDestinationRow *self = g_object_new (CR_TYPE_DESTINATION_ROW, NULL);

  g_object_bind_property (page, "narrow", self->arrow, "visible",
                          G_BINDING_SYNC_CREATE | G_BINDING_INVERT_BOOLEAN);
  return GTK_WIDGET (self);
}

static char *
say_figures (CrDestination *destination)
{
  g_autofree char *time = cr_words_time (destination->last_exported_ms, cr_words_now_ms ());
  g_autofree char *last = destination->last_exported_ms == 0
                            ? g_strdup (_ ("nothing exported yet"))
                            : g_strdup_printf (_ ("last exported %s"), time);
  g_autofree char *delivered = cr_words_number (destination->n_delivered);
  g_autofree char *stored = cr_words_number (destination->n_stored);
  g_autofree char *failing = cr_words_number (destination->n_failing);
  g_autofree char *failed_runs = cr_words_number (destination->n_failed_runs);
  g_autofree char *sent = g_strdup_printf (_ ("%s of %s delivered"), delivered, stored);
  g_autofree char *fails =
      destination->n_failing == 0 ? g_strdup ("") : g_strdup_printf (_ ("%s failing"), failing);
  g_autofree char *runs = destination->n_failed_runs == 0
                            ? g_strdup ("")
                            : g_strdup_printf (ngettext ("%s failed run", "%s failed runs",
                                                         destination->n_failed_runs),
                                               failed_runs);

  return cr_words_join (cr_destinations_page_kind_label (destination->kind), last, sent, fails,
                        runs, NULL);
}

/* What has not begun has no way to show; what waits may have come some way. */
void
cr_destination_row_show_progress (CrDestination *destination, GtkProgressBar *bar, GtkLabel *words)
{
  const CrWork *work = destination->work;
  gboolean is_under_way = work != NULL && !work->is_queued;
  gboolean is_waiting = is_under_way && work->waiting_for != CR_WAIT_NONE;
  g_autofree char *label = g_strdup_printf (_ ("Export to %s"), destination->name);

  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (is_under_way)
    cr_work_row_show_progress (work, bar, words);
  gtk_widget_set_visible (GTK_WIDGET (bar), is_under_way && (!is_waiting || work->n_all > 0));
  gtk_widget_set_visible (GTK_WIDGET (words),
                          is_under_way && gtk_label_get_text (words)[0] != '\0');
}

/* Where its settings are wrong, a retry would end the same way. */
static void
show_way_out (CrDestinationRow *self, CrDestination *destination)
{
  CrRemedyIds ids = { .run_id = destination->retry_run, .destination_id = destination->id };
  CrRemedy remedy = destination->status == CR_DESTINATION_ACTION_REQUIRED
                      ? CR_REMEDY_EDIT_DESTINATION
                  : destination->retry_run != NULL ? CR_REMEDY_RETRY_RUN
                                                   : CR_REMEDY_NONE;
  g_autofree char *label = NULL;

  cr_remedy_set_button (self->remedy, remedy, &ids);
  if (remedy == CR_REMEDY_NONE)
    return;
  label = g_strdup_printf ("%s: %s", gtk_button_get_label (self->remedy), destination->name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->remedy), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
}

void
cr_destination_row_show (CrDestinationRow *self, CrDestination *destination)
{
  g_autofree char *figures = say_figures (destination);

  g_return_if_fail (CR_IS_DESTINATION_ROW (self));

  g_free (self->id);
  self->id = g_strdup (destination->id);
  gtk_label_set_text (self->name, destination->name);
  gtk_label_set_text (self->figures, figures);
  cr_destination_row_show_progress (destination, self->bar, self->progress);
  cr_state_label_set (self->state, cr_explain_destination_now (destination));
  show_way_out (self, destination);
  cr_time_tip_set (GTK_WIDGET (self), destination->last_exported_ms,
                   destination->work != NULL ? destination->work->wait_until_ms : 0);
  cr_row_name_set (GTK_WIDGET (self));
}

const char *
cr_destination_row_get_id (CrDestinationRow *self)
{
  g_return_val_if_fail (CR_IS_DESTINATION_ROW (self), NULL);

  return self->id;
}
