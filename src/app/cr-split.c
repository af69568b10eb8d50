/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-split.h"

#include "app/cr-text-size.h"

struct _CrSplit
{
  GtkWidget parent_instance;

  GtkWidget *sidebar; /* (unowned) (nullable): a child */
  GtkWidget *content; /* (unowned) (nullable): a child */
  int threshold;
  gboolean is_collapsed;
  int needed; /* width for both, when they last did not fit beside each other; 0: try */
  guint idle_id;
};

G_DEFINE_FINAL_TYPE (CrSplit, cr_split, GTK_TYPE_WIDGET)

typedef enum
{
  PROP_SIDEBAR = 1,
  PROP_CONTENT,
  PROP_THRESHOLD,
  PROP_COLLAPSED,
} CrSplitProperty;

static GParamSpec *props[PROP_COLLAPSED + 1];

static void
measure_child (GtkWidget *child, GtkOrientation orientation, int for_size, int *min, int *nat)
{
  *min = 0;
  *nat = 0;
  if (child != NULL)
    gtk_widget_measure (child, orientation, for_size, min, nat, NULL, NULL);
}

static int
min_width (GtkWidget *child)
{
  int min, nat;

  measure_child (child, GTK_ORIENTATION_HORIZONTAL, -1, &min, &nat);
  return min;
}

/* A content that hears that it is alone may take less room from then on: it would fit again, hear
 * so, need more, and so on for ever. So what it needed before holds. */
static gboolean
fits (CrSplit *self, int width)
{
  int both = min_width (self->sidebar) + min_width (self->content);

  if (!self->is_collapsed)
    self->needed = width < both ? both : 0;
  /* Text of twice the size needs twice the room. */
  return width >=
         MAX (cr_text_enlarge (GTK_WIDGET (self), self->threshold), MAX (both, self->needed));
}

static int
sidebar_width (CrSplit *self)
{
  int min, nat;

  measure_child (self->sidebar, GTK_ORIENTATION_HORIZONTAL, -1, &min, &nat);
  return nat;
}

#define MIN_HEIGHT 240
#define NAT_HEIGHT 400

/* Alone the content must fit, whatever the sidebar would like. How high it would be is not asked:
 * its pages scroll, and every text that wraps would be laid out once more, at its narrowest. */
static void
cr_split_measure (GtkWidget *widget,
                  GtkOrientation orientation,
                  int for_size,
                  int *minimum,
                  int *natural,
                  int *minimum_baseline,
                  int *natural_baseline)
{
  CrSplit *self = CR_SPLIT (widget);
  int side_min, side_nat, min, nat;

  *minimum_baseline = -1;
  *natural_baseline = -1;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      *minimum = MIN_HEIGHT;
      *natural = NAT_HEIGHT;
      return;
    }
  measure_child (self->content, orientation, -1, &min, &nat);
  measure_child (self->sidebar, orientation, -1, &side_min, &side_nat);
  *minimum = min;
  *natural = nat + side_nat;
}

static gboolean
tell_cb (gpointer user_data)
{
  CrSplit *self = user_data;

  self->idle_id = 0;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_COLLAPSED]);
  return G_SOURCE_REMOVE;
}

/* Whoever listens changes the layout, which must not happen in the middle of one. */
static void
set_collapsed (CrSplit *self, gboolean is_collapsed)
{
  if (self->sidebar != NULL)
    gtk_widget_set_child_visible (self->sidebar, !is_collapsed);
  if (self->is_collapsed == is_collapsed)
    return;
  self->is_collapsed = is_collapsed;
  if (self->idle_id == 0)
    self->idle_id = g_idle_add_full (G_PRIORITY_HIGH_IDLE, tell_cb, self, NULL);
}

static void
cr_split_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  CrSplit *self = CR_SPLIT (widget);
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int side = fits (self, width) ? sidebar_width (self) : 0;

  if (side > 0)
    side = MIN (side, width - min_width (self->content));
  set_collapsed (self, side == 0);
  if (side > 0)
    gtk_widget_size_allocate (self->sidebar,
                              &(GtkAllocation){ is_rtl ? width - side : 0, 0, side, height }, -1);
  if (self->content != NULL)
    gtk_widget_size_allocate (self->content,
                              &(GtkAllocation){ is_rtl ? 0 : side, 0, width - side, height }, -1);
}

static void
adopt (CrSplit *self, GtkWidget **slot, GtkWidget *child)
{
  g_clear_pointer (slot, gtk_widget_unparent);
  *slot = child;
  if (child != NULL)
    gtk_widget_set_parent (child, GTK_WIDGET (self));
}

static void
cr_split_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  CrSplit *self = CR_SPLIT (object);

  switch ((CrSplitProperty) id)
    {
    case PROP_SIDEBAR:
      g_value_set_object (value, self->sidebar);
      break;
    case PROP_CONTENT:
      g_value_set_object (value, self->content);
      break;
    case PROP_THRESHOLD:
      g_value_set_int (value, self->threshold);
      break;
    case PROP_COLLAPSED:
      g_value_set_boolean (value, self->is_collapsed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
cr_split_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  CrSplit *self = CR_SPLIT (object);

  switch ((CrSplitProperty) id)
    {
    case PROP_SIDEBAR:
      adopt (self, &self->sidebar, g_value_get_object (value));
      break;
    case PROP_CONTENT:
      adopt (self, &self->content, g_value_get_object (value));
      break;
    case PROP_THRESHOLD:
      self->threshold = g_value_get_int (value);
      break;
    case PROP_COLLAPSED:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
cr_split_dispose (GObject *object)
{
  CrSplit *self = CR_SPLIT (object);

  g_clear_handle_id (&self->idle_id, g_source_remove);
  g_clear_pointer (&self->sidebar, gtk_widget_unparent);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  G_OBJECT_CLASS (cr_split_parent_class)->dispose (object);
}

static void
cr_split_class_init (CrSplitClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = cr_split_dispose;
  object_class->get_property = cr_split_get_property;
  object_class->set_property = cr_split_set_property;
  widget_class->measure = cr_split_measure;
  widget_class->size_allocate = cr_split_size_allocate;

  props[PROP_SIDEBAR] = g_param_spec_object ("sidebar", NULL, NULL, GTK_TYPE_WIDGET, flags);
  props[PROP_CONTENT] = g_param_spec_object ("content", NULL, NULL, GTK_TYPE_WIDGET, flags);
  props[PROP_THRESHOLD] = g_param_spec_int ("threshold", NULL, NULL, 0, G_MAXINT, 720, flags);
  props[PROP_COLLAPSED] = g_param_spec_boolean ("collapsed", NULL, NULL, FALSE,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
cr_split_init (CrSplit *self)
{
  self->threshold = 720;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  self->is_collapsed = TRUE; /* until there is room for more: a window never shrinks by itself */
}

/* Another content may need less. */
void
cr_split_try_again (CrSplit *self)
{
  g_return_if_fail (CR_IS_SPLIT (self));

  self->needed = 0;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

gboolean
cr_split_get_collapsed (CrSplit *self)
{
  g_return_val_if_fail (CR_IS_SPLIT (self), FALSE);

  return self->is_collapsed;
}
