/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-bars.h"

#include "app/cr-words.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_SERIES 8
#define GAP 6
#define STRIPE 5
#define GRID_ALPHA 0.18f

struct _CrBars
{
  GtkWidget parent_instance;

  const CrSeries *series; /* static */
  guint n_series;
  guint n_days;
  gint64 *days;   /* (owned) (nullable) */
  gint64 *values; /* (owned) (nullable) */
  int day;
  double pointer_x, pointer_y;
};

G_DEFINE_FINAL_TYPE (CrBars, cr_bars, GTK_TYPE_WIDGET)

typedef enum
{
  PROP_DAY = 1,
} CrBarsProperty;

static GParamSpec *props[PROP_DAY + 1];

gint64
cr_bars_round_up (gint64 value)
{
  static const gint64 steps[] = { 1, 2, 5 };

  for (gint64 ten = 1; ten < G_MAXINT64 / 10; ten *= 10)
    for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
      if (steps[i] * ten >= value)
        return steps[i] * ten;
  return value;
}

static gint64
sum_of_day (CrBars *self, guint day)
{
  gint64 sum = 0;

  for (guint i = 0; i < self->n_series; i++)
    sum += self->values[i * self->n_days + day];
  return sum;
}

static gint64
get_top (CrBars *self)
{
  gint64 most = 1;

  for (guint i = 0; i < self->n_days; i++)
    most = MAX (most, sum_of_day (self, i));
  return cr_bars_round_up (most);
}

static GdkRGBA
find_color (GtkWidget *widget, const char *name)
{
  GdkRGBA color;
  GtkStyleContext *style = gtk_widget_get_style_context (widget);

  gtk_style_context_get_color (style, &color);
  if (name != NULL)
    gtk_style_context_lookup_color (style, name, &color);
  return color;
}

static void
fill_stripes (GtkSnapshot *snapshot,
              const GdkRGBA *color,
              const graphene_rect_t *area,
              gboolean slants)
{
  GdkRGBA pale = *color;
  graphene_point_t start = area->origin;
  graphene_point_t end = GRAPHENE_POINT_INIT (start.x + (slants ? STRIPE : 0), start.y + STRIPE);
  GskColorStop stops[4];

  pale.alpha *= 0.25f;
  stops[0] = (GskColorStop){ 0, *color };
  stops[1] = (GskColorStop){ 0.5f, *color };
  stops[2] = (GskColorStop){ 0.5f, pale };
  stops[3] = (GskColorStop){ 1, pale };
  gtk_snapshot_append_repeating_linear_gradient (snapshot, area, &start, &end, stops,
                                                 G_N_ELEMENTS (stops));
}

static void
outline (GtkSnapshot *snapshot, const GdkRGBA *color, const graphene_rect_t *area)
{
  GskRoundedRect rounded;
  const float widths[] = { 1, 1, 1, 1 };
  const GdkRGBA colors[] = { *color, *color, *color, *color };

  gsk_rounded_rect_init_from_rect (&rounded, area, 0);
  gtk_snapshot_append_border (snapshot, &rounded, widths, colors);
}

void
cr_bars_fill (GtkSnapshot *snapshot,
              GtkWidget *widget,
              const CrSeries *series,
              const graphene_rect_t *area)
{
  GdkRGBA color = find_color (widget, series->color);

  if (area->size.width <= 0 || area->size.height <= 0)
    return;
  switch (series->pattern)
    {
    case CR_PATTERN_SOLID:
      gtk_snapshot_append_color (snapshot, &color, area);
      break;
    case CR_PATTERN_STRIPES:
      fill_stripes (snapshot, &color, area, TRUE);
      break;
    case CR_PATTERN_LINES:
      fill_stripes (snapshot, &color, area, FALSE);
      break;
    case CR_PATTERN_HOLLOW:
    default:
      break;
    }
  outline (snapshot, &color, area);
}

static void
append_text (CrBars *self,
             GtkSnapshot *snapshot,
             PangoLayout *layout,
             const GdkRGBA *color,
             float x,
             float y)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

typedef struct
{
  float left, top, width, height; /* of the plot, without its labels */
  float step;                     /* from one day to the next */
  gint64 most;
  gboolean is_rtl;
} Frame;

static PangoLayout *
number_layout (CrBars *self, gint64 n)
{
  g_autofree char *text = cr_words_number (n);

  return gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
}

static Frame
get_frame (CrBars *self)
{
  g_autoptr (PangoLayout) layout = NULL;
  Frame frame = { .most = get_top (self) };
  int width, height;

  layout = number_layout (self, frame.most);
  pango_layout_get_pixel_size (layout, &width, &height);
  frame.is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  frame.width = (float) (gtk_widget_get_width (GTK_WIDGET (self)) - width - GAP);
  frame.left = frame.is_rtl ? 0 : (float) (width + GAP);
  frame.top = (float) height / 2;
  frame.height =
      (float) gtk_widget_get_height (GTK_WIDGET (self)) - frame.top - (float) height - GAP;
  frame.step = frame.width / (float) MAX (self->n_days, 1);
  return frame;
}

static float
left_of_day (const Frame *frame, guint day)
{
  return frame->is_rtl ? frame->left + frame->width - (float) (day + 1) * frame->step
                       : frame->left + (float) day * frame->step;
}

/* Zero, half and the top; a half that is no whole number is left out. */
static void
draw_grid (CrBars *self, GtkSnapshot *snapshot, const Frame *frame)
{
  GdkRGBA color = find_color (GTK_WIDGET (self), NULL);
  GdkRGBA pale = color;

  pale.alpha *= GRID_ALPHA;
  for (guint i = 0; i <= 2; i++)
    {
      gint64 n = frame->most * i / 2;
      float y = frame->top + frame->height * (1 - (float) i / 2);
      g_autoptr (PangoLayout) layout = number_layout (self, n);
      int width, height;

      if (frame->most * i % 2 != 0)
        continue;
      pango_layout_get_pixel_size (layout, &width, &height);
      gtk_snapshot_append_color (snapshot, &pale,
                                 &GRAPHENE_RECT_INIT (frame->left, y, frame->width, 1));
      append_text (self, snapshot, layout, &color,
                   frame->is_rtl ? frame->width + GAP : frame->left - GAP - (float) width,
                   y - (float) height / 2);
    }
}

static void
draw_day_name (CrBars *self, GtkSnapshot *snapshot, const Frame *frame, guint day, float align)
{
  GdkRGBA color = find_color (GTK_WIDGET (self), NULL);
  g_autofree char *text = cr_words_day (self->days[day]);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  float from = left_of_day (frame, day) + frame->step * align;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  append_text (
      self, snapshot, layout, &color,
      CLAMP (from - (float) width * align, frame->left, frame->left + frame->width - (float) width),
      frame->top + frame->height + GAP);
}

static void
draw_bar (CrBars *self, GtkSnapshot *snapshot, const Frame *frame, guint day)
{
  float x = left_of_day (frame, day);
  float space = MAX (1, frame->step * 0.15f);
  float base = frame->top + frame->height;

  if ((int) day == self->day)
    {
      GdkRGBA color = find_color (GTK_WIDGET (self), NULL);

      color.alpha *= GRID_ALPHA;
      gtk_snapshot_append_color (snapshot, &color,
                                 &GRAPHENE_RECT_INIT (x, frame->top, frame->step, frame->height));
    }
  for (guint i = 0; i < self->n_series; i++)
    {
      gint64 n = self->values[i * self->n_days + day];
      float height = n == 0 ? 0 : MAX (2, frame->height * (float) n / (float) frame->most);

      base -= height;
      cr_bars_fill (snapshot, GTK_WIDGET (self), &self->series[i],
                    &GRAPHENE_RECT_INIT (x + space, base, frame->step - 2 * space, height));
    }
}

static void
cr_bars_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  CrBars *self = CR_BARS (widget);
  Frame frame;

  if (self->n_days == 0)
    return;
  frame = get_frame (self);
  draw_grid (self, snapshot, &frame);
  for (guint i = 0; i < self->n_days; i++)
    draw_bar (self, snapshot, &frame, i);
  draw_day_name (self, snapshot, &frame, 0, 0);
  draw_day_name (self, snapshot, &frame, self->n_days / 2, 0.5f);
  draw_day_name (self, snapshot, &frame, self->n_days - 1, 1);
}

static void
cr_bars_measure (GtkWidget *widget,
                 GtkOrientation orientation,
                 int for_size,
                 int *minimum,
                 int *natural,
                 int *minimum_baseline,
                 int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : 140;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 360 : 160;
}

static void
look_at (CrBars *self, int day)
{
  if (self->day == day)
    return;
  self->day = day;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DAY]);
}

static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, CrBars *self)
{
  Frame frame;
  int day;

  /* GTK tells of a pointer that rests whenever something is laid out. */
  if (self->n_days == 0 || (x == self->pointer_x && y == self->pointer_y))
    return;
  self->pointer_x = x;
  self->pointer_y = y;
  frame = get_frame (self);
  day = (int) (((float) x - frame.left) / frame.step);
  if (frame.is_rtl)
    day = (int) self->n_days - 1 - day;
  look_at (self, x < frame.left || day < 0 || day >= (int) self->n_days ? -1 : day);
}

static void
leave_cb (GtkEventControllerMotion *motion, CrBars *self)
{
  look_at (self, -1);
}

static gboolean
key_cb (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType modifiers, CrBars *self)
{
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  int last = (int) self->n_days - 1;
  int day = self->day < 0 ? last + 1 : self->day;

  if (last < 0)
    return FALSE;
  switch (key)
    {
    case GDK_KEY_Left:
      day += is_rtl ? 1 : -1;
      break;
    case GDK_KEY_Right:
      day += is_rtl ? -1 : 1;
      break;
    case GDK_KEY_Home:
      day = 0;
      break;
    case GDK_KEY_End:
      day = last;
      break;
    default:
      return FALSE;
    }
  look_at (self, CLAMP (day, 0, last));
  return TRUE;
}

static void
cr_bars_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch ((CrBarsProperty) id)
    {
    case PROP_DAY:
      g_value_set_int (value, CR_BARS (object)->day);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
cr_bars_finalize (GObject *object)
{
  CrBars *self = CR_BARS (object);

  g_free (self->days);
  g_free (self->values);
  G_OBJECT_CLASS (cr_bars_parent_class)->finalize (object);
}

static void
cr_bars_class_init (CrBarsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = cr_bars_finalize;
  object_class->get_property = cr_bars_get_property;
  widget_class->snapshot = cr_bars_snapshot;
  widget_class->measure = cr_bars_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "bars");
  props[PROP_DAY] =
      g_param_spec_int ("day", NULL, NULL, -1, G_MAXINT, -1,
                        G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
cr_bars_init (CrBars *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->day = -1;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

GtkWidget *
cr_bars_new (void)
{
  return g_object_new (CR_TYPE_BARS, NULL);
}

void
cr_bars_set_series (CrBars *self, const CrSeries *series, guint n_series)
{
  g_return_if_fail (CR_IS_BARS (self));
  g_return_if_fail (n_series <= MAX_SERIES);

  self->series = series;
  self->n_series = n_series;
}

static gboolean
is_shown (CrBars *self, const gint64 *days, guint n_days, const gint64 *values)
{
  return self->days != NULL && self->n_days == n_days &&
         memcmp (self->days, days, n_days * sizeof *days) == 0 &&
         memcmp (self->values, values, (gsize) self->n_series * n_days * sizeof *values) == 0;
}

void
cr_bars_set_values (CrBars *self, const gint64 *days, guint n_days, const gint64 *values)
{
  g_return_if_fail (CR_IS_BARS (self));

  if (is_shown (self, days, n_days, values))
    return;
  g_free (self->days);
  g_free (self->values);
  self->n_days = n_days;
  self->days = g_memdup2 (days, n_days * sizeof *days);
  self->values = g_memdup2 (values, (gsize) self->n_series * n_days * sizeof *values);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

int
cr_bars_get_day (CrBars *self)
{
  g_return_val_if_fail (CR_IS_BARS (self), -1);

  return self->day;
}
