/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-trend-view.h"

#include "app/cr-app-init.h"
#include "app/cr-trend-line.h"
#include "app/cr-words.h"
#include "base/cr-error.h"

#include <glib/gi18n.h>
#include <string.h>

#define N_LISTED 100

struct _CrTrendView
{
  AdwBin parent_instance;

  CrTrendLine *line;
  GtkLabel *about;
  GtkListBox *values;

  CrRecord *record;          /* (owned) (nullable) */
  CrTrend *trend;            /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrTrendView, cr_trend_view, ADW_TYPE_BIN)

static const CrTrendPoint *
point_at (CrTrendView *self, guint i)
{
  return g_ptr_array_index (self->trend->points, i);
}

/* With the point that FHIR has: as the values are written, which stand beside it. */
static char *
say_range (const CrTrend *trend)
{
  char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (low, sizeof low, "%.10g", trend->low);
  g_ascii_formatd (high, sizeof high, "%.10g", trend->high);
  if (trend->has_low && trend->has_high)
    return g_strdup_printf (_ ("reference range %s to %s"), low, high);
  if (trend->has_low)
    return g_strdup_printf (_ ("reference range from %s"), low);
  if (trend->has_high)
    return g_strdup_printf (_ ("reference range up to %s"), high);
  return g_strdup ("");
}

static char *
say_trend (CrTrendView *self)
{
  guint n = self->trend->points->len;
  const CrTrendPoint *least = point_at (self, 0), *most = least, *last = point_at (self, n - 1);
  g_autofree char *number = cr_words_number (n);
  g_autofree char *count = g_strdup_printf (ngettext ("%s value", "%s values", n), number);
  g_autofree char *range = say_range (self->trend);
  /* With its unit each is one part of the line, also from right to left. */
  g_autofree char *last_text = cr_words_join (last->text, NULL);
  g_autofree char *latest = g_strdup_printf (_ ("latest %s"), last_text);
  g_autofree char *least_text = NULL, *lowest = NULL, *most_text = NULL, *highest = NULL;

  for (guint i = 1; i < n; i++)
    {
      least = point_at (self, i)->value < least->value ? point_at (self, i) : least;
      most = point_at (self, i)->value > most->value ? point_at (self, i) : most;
    }
  least_text = cr_words_join (least->text, NULL);
  most_text = cr_words_join (most->text, NULL);
  lowest = g_strdup_printf (_ ("lowest %s"), least_text);
  highest = g_strdup_printf (_ ("highest %s"), most_text);
  return cr_words_join (count, latest, lowest, highest, range, NULL);
}

static const char *
say_against_range (const CrTrend *trend, double value)
{
  if (trend->has_low && value < trend->low)
    return _ ("below the range");
  if (trend->has_high && value > trend->high)
    return _ ("above the range");
  return "";
}

static GtkWidget *
value_row_new (CrTrendView *self, const CrTrendPoint *point)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *date = g_strndup (point->date, strcspn (point->date, "T"));
  g_autofree char *day = cr_words_date (date);
  gboolean is_this = g_strcmp0 (point->id, self->record->id) == 0 &&
                     g_strcmp0 (point->source_id, self->record->source_id) == 0;
  g_autofree char *about = cr_words_join (day, say_against_range (self->trend, point->value),
                                          is_this ? _ ("this record") : "", NULL);
  g_autofree char *label = cr_words_join (point->text, about, NULL);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), point->text);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), about);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (!is_this)
    {
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
      gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "(ssss)", self->record->patient_id,
                                        point->source_id, "Observation", point->id);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "win.show-record");
    }
  return row;
}

static void
fill_values (CrTrendView *self)
{
  guint n = self->trend->points->len;
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->values, 0)) != NULL)
    gtk_list_box_remove (self->values, GTK_WIDGET (row));
  for (guint i = 0; i < n && i < N_LISTED; i++)
    gtk_list_box_append (self->values, value_row_new (self, point_at (self, n - 1 - i)));
}

static const char *
own_date (CrTrendView *self)
{
  for (guint i = 0; i < self->trend->points->len; i++)
    if (g_strcmp0 (point_at (self, i)->id, self->record->id) == 0)
      return point_at (self, i)->date;
  return NULL;
}

static void
show_trend (CrTrendView *self)
{
  g_autofree char *words = say_trend (self);

  gtk_label_set_text (self->about, words);
  cr_trend_line_set (self->line, self->trend, own_date (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->line), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
  fill_values (self);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

static void
got_trend_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrTrendView) self = user_data;
  g_autoptr (GError) error = NULL;
  CrTrend *trend = cr_engine_trend_finish (CR_ENGINE (source), result, &error);

  if (trend == NULL)
    {
      if (!cr_error_is_cancelled (error))
        g_message ("A trend could not be read: %s", error->message);
      return;
    }
  cr_trend_line_set (self->line, NULL, NULL);
  g_clear_pointer (&self->trend, cr_trend_free);
  self->trend = trend;
  if (trend->points->len > 1 && self->record != NULL)
    show_trend (self);
}

static void
cr_trend_view_dispose (GObject *object)
{
  CrTrendView *self = CR_TREND_VIEW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->record);
  if (self->line != NULL)
    cr_trend_line_set (self->line, NULL, NULL);
  g_clear_pointer (&self->trend, cr_trend_free);
  G_OBJECT_CLASS (cr_trend_view_parent_class)->dispose (object);
}

static void
cr_trend_view_class_init (CrTrendViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_trend_view_dispose;
  g_type_ensure (CR_TYPE_TREND_LINE);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-trend-view"));
  gtk_widget_class_bind_template_child (widget_class, CrTrendView, line);
  gtk_widget_class_bind_template_child (widget_class, CrTrendView, about);
  gtk_widget_class_bind_template_child (widget_class, CrTrendView, values);
}

static void
cr_trend_view_init (CrTrendView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
cr_trend_view_show (CrTrendView *self, CrEngine *engine, CrRecord *record)
{
  g_return_if_fail (CR_IS_TREND_VIEW (self));

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  g_set_object (&self->record, record);
  cr_engine_trend_async (engine, record, self->cancellable, got_trend_cb, g_object_ref (self));
}
