/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-chart.h"

#include "app/cr-app-init.h"
#include "app/cr-even-layout.h"
#include "app/cr-legend-mark.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

struct _CrChart
{
  AdwBin parent_instance;

  GtkLabel *title;
  GtkBox *legend;
  GtkToggleButton *as_table;
  GtkStack *stack;
  CrBars *bars;
  GtkLabel *day;
  GtkGrid *table;

  const CrSeries *series; /* static */
  guint n_series;
  guint n_days;
  gint64 *days;   /* (owned) (nullable) */
  gint64 *values; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrChart, cr_chart, ADW_TYPE_BIN)

static gint64
value_at (CrChart *self, guint series, guint day)
{
  return self->values[series * self->n_days + day];
}

static char *
say_part (CrChart *self, guint series, gint64 n)
{
  g_autofree char *number = cr_words_number (n);

  /* Translators: a part of a chart: how many, of what: “41 complete” */
  return g_strdup_printf (C_ ("chart", "%s %s"), number, _ (self->series[series].name));
}

static char *
say_parts (CrChart *self, int day)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n_series; i++)
    {
      gint64 n = 0;
      g_autofree char *part = NULL;

      for (guint j = 0; j < self->n_days; j++)
        n += day < 0 || (int) j == day ? value_at (self, i, j) : 0;
      part = say_part (self, i, n);
      g_string_append_printf (text, "%s%s", i > 0 ? " · " : "", part);
    }
  return g_string_free (text, FALSE);
}

static void
show_day (CrChart *self)
{
  int day = cr_bars_get_day (self->bars);
  g_autofree char *parts = NULL;
  g_autofree char *name = NULL;
  g_autofree char *words = NULL;
  g_autofree char *label = NULL;

  if (self->n_days == 0)
    return;
  parts = say_parts (self, day);
  name = day < 0 ? g_strdup_printf (ngettext ("%u day", "%u days", self->n_days), self->n_days)
                 : cr_words_whole_day (self->days[day]);
  words = g_strdup_printf ("%s: %s", name, parts);
  label = g_strdup_printf ("%s. %s", gtk_label_get_text (self->title), words);
  gtk_label_set_text (self->day, words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bars), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
}

static GtkLabel *
cell_at (CrChart *self, guint column, guint row)
{
  GtkWidget *label = gtk_grid_get_child_at (self->table, (int) column, (int) row);

  if (label != NULL)
    return GTK_LABEL (label);
  label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), column == 0 ? 0 : 1);
  gtk_widget_set_hexpand (label, column == 0);
  gtk_widget_add_css_class (label, row == 0 ? "dim-label" : "numeric");
  gtk_grid_attach (self->table, label, (int) column, (int) row, 1, 1);
  return GTK_LABEL (label);
}

/* The newest day first, as lists are. */
static void
show_table (CrChart *self)
{
  gtk_label_set_text (cell_at (self, 0, 0), _ ("Day"));
  for (guint i = 0; i < self->n_series; i++)
    gtk_label_set_text (cell_at (self, i + 1, 0), _ (self->series[i].name));
  for (guint row = 1; row <= self->n_days; row++)
    {
      guint day = self->n_days - row;
      g_autofree char *name = cr_words_whole_day (self->days[day]);

      gtk_label_set_text (cell_at (self, 0, row), name);
      for (guint i = 0; i < self->n_series; i++)
        {
          g_autofree char *number = cr_words_number (value_at (self, i, day));

          gtk_label_set_text (cell_at (self, i + 1, row), number);
        }
    }
}

static void
as_table_cb (GtkToggleButton *button, CrChart *self)
{
  gboolean is_table = gtk_toggle_button_get_active (button);

  if (is_table && self->n_days > 0)
    show_table (self);
  gtk_stack_set_visible_child_name (self->stack, is_table ? "table" : "bars");
}

static void
day_cb (CrBars *bars, GParamSpec *pspec, CrChart *self)
{
  show_day (self);
}

static void
cr_chart_finalize (GObject *object)
{
  CrChart *self = CR_CHART (object);

  g_free (self->days);
  g_free (self->values);
  G_OBJECT_CLASS (cr_chart_parent_class)->finalize (object);
}

static void
cr_chart_class_init (CrChartClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_chart_finalize;
  g_type_ensure (CR_TYPE_BARS);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-chart"));
  gtk_widget_class_bind_template_child (widget_class, CrChart, title);
  gtk_widget_class_bind_template_child (widget_class, CrChart, legend);
  gtk_widget_class_bind_template_child (widget_class, CrChart, as_table);
  gtk_widget_class_bind_template_child (widget_class, CrChart, stack);
  gtk_widget_class_bind_template_child (widget_class, CrChart, bars);
  gtk_widget_class_bind_template_child (widget_class, CrChart, day);
  gtk_widget_class_bind_template_child (widget_class, CrChart, table);
  gtk_widget_class_bind_template_callback (widget_class, as_table_cb);
  gtk_widget_class_bind_template_callback (widget_class, day_cb);
}

static void
cr_chart_init (CrChart *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_layout_manager (GTK_WIDGET (self->legend), cr_even_layout_new (12, 6));
}

static void
add_to_legend (CrChart *self, const CrSeries *series)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *name = gtk_label_new (_ (series->name));

  gtk_widget_add_css_class (name, "caption");
  gtk_box_append (GTK_BOX (box), cr_legend_mark_new (series));
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (self->legend, box);
}

void
cr_chart_set_up (CrChart *self, const char *title, const CrSeries *series, guint n_series)
{
  g_return_if_fail (CR_IS_CHART (self));

  self->series = series;
  self->n_series = n_series;
  gtk_label_set_text (self->title, title);
  cr_bars_set_series (self->bars, series, n_series);
  for (guint i = 0; i < n_series && n_series > 1; i++)
    add_to_legend (self, &series[i]);
  gtk_widget_set_visible (GTK_WIDGET (self->legend), n_series > 1);
}

void
cr_chart_set_values (CrChart *self, const gint64 *days, guint n_days, const gint64 *values)
{
  g_return_if_fail (CR_IS_CHART (self));

  g_free (self->days);
  g_free (self->values);
  self->n_days = n_days;
  self->days = g_memdup2 (days, n_days * sizeof *days);
  self->values = g_memdup2 (values, (gsize) self->n_series * n_days * sizeof *values);
  cr_bars_set_values (self->bars, days, n_days, values);
  show_day (self);
  if (gtk_toggle_button_get_active (self->as_table))
    show_table (self);
}
