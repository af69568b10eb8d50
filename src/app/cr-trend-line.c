/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-trend-line.h"

#include "app/cr-words.h"

#include <string.h>

#define GAP 6
#define DOT 7.0f
#define BAND_ALPHA 0.15f

struct _CrTrendLine
{
  GtkWidget parent_instance;

  const CrTrend *trend; /* (unowned) (nullable) */
  char *date;           /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrTrendLine, cr_trend_line, GTK_TYPE_WIDGET)

typedef struct
{
  float left, top, width, height;
  double low, high;   /* values at the edges */
  gint64 first, last; /* times at the edges */
  gboolean is_rtl;
} Frame;

static const CrTrendPoint *
point_at (const CrTrend *trend, guint i)
{
  return g_ptr_array_index (trend->points, i);
}

static void
find_edges (Frame *frame, const CrTrend *trend)
{
  double room;

  frame->low = frame->high = point_at (trend, 0)->value;
  for (guint i = 0; i < trend->points->len; i++)
    {
      frame->low = MIN (frame->low, point_at (trend, i)->value);
      frame->high = MAX (frame->high, point_at (trend, i)->value);
    }
  if (trend->has_low)
    frame->low = MIN (frame->low, trend->low);
  if (trend->has_high)
    frame->high = MAX (frame->high, trend->high);
  room = frame->high > frame->low ? (frame->high - frame->low) * 0.08 : 1;
  frame->low -= room;
  frame->high += room;
  frame->first = point_at (trend, 0)->at_s;
  frame->last = point_at (trend, trend->points->len - 1)->at_s;
}

/* With the point that FHIR has, whatever the locale's: values of a record are shown as the portal
 * wrote them, and “4,2” on the axis beside “4.2 mmol/l” would be two ways to write one number. */
static PangoLayout *
number_layout (GtkWidget *widget, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text, "%.4g", value);

  return gtk_widget_create_pango_layout (widget, text);
}

static Frame
get_frame (CrTrendLine *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  Frame frame = { .is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL };
  int widest = 0, height = 0;

  find_edges (&frame, self->trend);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (PangoLayout) layout = number_layout (widget, i == 0 ? frame.low : frame.high);
      int width;

      pango_layout_get_pixel_size (layout, &width, &height);
      widest = MAX (widest, width);
    }
  frame.left = frame.is_rtl ? DOT : (float) widest + GAP;
  frame.width = (float) gtk_widget_get_width (widget) - (float) widest - GAP - DOT;
  frame.top = (float) height / 2;
  frame.height = (float) gtk_widget_get_height (widget) - frame.top - (float) height - GAP;
  return frame;
}

static float
y_of (const Frame *frame, double value)
{
  return frame->top + frame->height * (float) ((frame->high - value) / (frame->high - frame->low));
}

static float
x_of (const Frame *frame, gint64 at_s)
{
  double part = frame->last > frame->first
                  ? (double) (at_s - frame->first) / (double) (frame->last - frame->first)
                  : 0.5;

  return frame->left + frame->width * (float) (frame->is_rtl ? 1 - part : part);
}

static void
draw_text (GtkWidget *widget, GtkSnapshot *snapshot, PangoLayout *layout, float x, float y)
{
  GdkRGBA color;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
draw_number (GtkWidget *widget, GtkSnapshot *snapshot, const Frame *frame, double value)
{
  g_autoptr (PangoLayout) layout = number_layout (widget, value);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  draw_text (widget, snapshot, layout,
             frame->is_rtl ? frame->left + frame->width + GAP : frame->left - GAP - (float) width,
             y_of (frame, value) - (float) height / 2);
}

static void
draw_date (CrTrendLine *self, GtkSnapshot *snapshot, const Frame *frame, guint i)
{
  const CrTrendPoint *point = point_at (self->trend, i);
  g_autofree char *date = g_strndup (point->date, strcspn (point->date, "T"));
  g_autofree char *day = cr_words_date (date);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), day);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  draw_text (GTK_WIDGET (self), snapshot, layout,
             CLAMP (x_of (frame, point->at_s) - (float) width / 2, frame->left,
                    frame->left + frame->width - (float) width),
             frame->top + frame->height + GAP);
}

/* Both bounds, or what lies beyond the only one, to the edge. */
static void
draw_range (cairo_t *cr, const Frame *frame, const CrTrend *trend, const GdkRGBA *color)
{
  double top = trend->has_high ? y_of (frame, trend->high) : frame->top;
  double bottom = trend->has_low ? y_of (frame, trend->low) : frame->top + frame->height;
  const double dashes[] = { 4, 4 };

  if (!trend->has_low && !trend->has_high)
    return;
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, BAND_ALPHA);
  cairo_rectangle (cr, frame->left, top, frame->width, bottom - top);
  cairo_fill (cr);
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, 1);
  cairo_set_dash (cr, dashes, G_N_ELEMENTS (dashes), 0);
  cairo_set_line_width (cr, 1);
  if (trend->has_high)
    {
      cairo_move_to (cr, frame->left, top);
      cairo_rel_line_to (cr, frame->width, 0);
    }
  if (trend->has_low)
    {
      cairo_move_to (cr, frame->left, bottom);
      cairo_rel_line_to (cr, frame->width, 0);
    }
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
draw_values (CrTrendLine *self, cairo_t *cr, const Frame *frame, const GdkRGBA *color)
{
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, 1);
  cairo_set_line_width (cr, 2);
  for (guint i = 0; i < self->trend->points->len; i++)
    cairo_line_to (cr, x_of (frame, point_at (self->trend, i)->at_s),
                   y_of (frame, point_at (self->trend, i)->value));
  cairo_stroke (cr);
  for (guint i = 0; i < self->trend->points->len; i++)
    {
      const CrTrendPoint *point = point_at (self->trend, i);
      float x = x_of (frame, point->at_s), y = y_of (frame, point->value);

      if (g_strcmp0 (point->date, self->date) == 0)
        cairo_rectangle (cr, x - DOT, y - DOT, 2 * DOT, 2 * DOT);
      else
        cairo_arc (cr, x, y, DOT / 2, 0, 2 * G_PI);
      cairo_fill (cr);
    }
}

static void
cr_trend_line_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  CrTrendLine *self = CR_TREND_LINE (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GdkRGBA line, range;
  Frame frame;
  cairo_t *cr;

  if (self->trend == NULL || self->trend->points->len == 0)
    return;
  gtk_style_context_get_color (style, &line);
  range = line;
  gtk_style_context_lookup_color (style, "accent_color", &line);
  gtk_style_context_lookup_color (style, "success_color", &range);
  frame = get_frame (self);
  cr = gtk_snapshot_append_cairo (snapshot,
                                  &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget),
                                                       (float) gtk_widget_get_height (widget)));
  draw_range (cr, &frame, self->trend, &range);
  draw_values (self, cr, &frame, &line);
  cairo_destroy (cr);
  draw_number (widget, snapshot, &frame, frame.low);
  draw_number (widget, snapshot, &frame, frame.high);
  draw_date (self, snapshot, &frame, 0);
  draw_date (self, snapshot, &frame, self->trend->points->len - 1);
}

static void
cr_trend_line_measure (GtkWidget *widget,
                       GtkOrientation orientation,
                       int for_size,
                       int *minimum,
                       int *natural,
                       int *minimum_baseline,
                       int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : 140;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 400 : 160;
}

static void
cr_trend_line_finalize (GObject *object)
{
  g_free (CR_TREND_LINE (object)->date);
  G_OBJECT_CLASS (cr_trend_line_parent_class)->finalize (object);
}

static void
cr_trend_line_class_init (CrTrendLineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_trend_line_finalize;
  widget_class->snapshot = cr_trend_line_snapshot;
  widget_class->measure = cr_trend_line_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
cr_trend_line_init (CrTrendLine *self)
{
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
}

void
cr_trend_line_set (CrTrendLine *self, const CrTrend *trend, const char *date)
{
  g_return_if_fail (CR_IS_TREND_LINE (self));

  g_free (self->date);
  self->date = g_strdup (date);
  self->trend = trend;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
