/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-legend-mark.h"

#define SIDE 12

struct _CrLegendMark
{
  GtkWidget parent_instance;

  const CrSeries *series; /* static */
};

G_DEFINE_FINAL_TYPE (CrLegendMark, cr_legend_mark, GTK_TYPE_WIDGET)

static void
cr_legend_mark_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  float y = (float) (gtk_widget_get_height (widget) - SIDE) / 2;

  cr_bars_fill (snapshot, widget, CR_LEGEND_MARK (widget)->series,
                &GRAPHENE_RECT_INIT (0, y, SIDE, SIDE));
}

static void
cr_legend_mark_measure (GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  *minimum = *natural = SIDE;
}

static void
cr_legend_mark_class_init (CrLegendMarkClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = cr_legend_mark_snapshot;
  widget_class->measure = cr_legend_mark_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
cr_legend_mark_init (CrLegendMark *self)
{
}

GtkWidget *
cr_legend_mark_new (const CrSeries *series)
{
  CrLegendMark *self = g_object_new (CR_TYPE_LEGEND_MARK, NULL);

  self->series = series;
  return GTK_WIDGET (self);
}
