/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-flow-layout.h"

#include "app/cr-text-size.h"

#include <adwaita.h>

/* What a text that wraps is to have beside others, with text of the usual size. */
#define COMFORT 150

struct _CrFlowLayout
{
  GtkLayoutManager parent_instance;

  int spacing;
  int max_width; /* 0: any */
};

G_DEFINE_FINAL_TYPE (CrFlowLayout, cr_flow_layout, GTK_TYPE_LAYOUT_MANAGER)

typedef enum
{
  PROP_SPACING = 1,
} CrFlowLayoutProperty;

static GParamSpec *props[PROP_SPACING + 1];

typedef struct
{
  GtkWidget *widget;
  int min;
  int nat;
  int width; /* as laid out */
} Child;

static GArray *
list_children (GtkWidget *widget)
{
  GArray *children = g_array_new (FALSE, FALSE, sizeof (Child));

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      {
        Child each = { .widget = child };

        gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &each.min, &each.nat, NULL,
                            NULL);
        g_array_append_val (children, each);
      }
  return children;
}

static gboolean
is_mark (GtkWidget *widget)
{
  return GTK_IS_IMAGE (widget) || GTK_IS_SPINNER (widget) || ADW_IS_AVATAR (widget) ||
         (GTK_IS_CHECK_BUTTON (widget) &&
          gtk_check_button_get_label (GTK_CHECK_BUTTON (widget)) == NULL);
}

/* Also the box of a row that has one alone. */
static gboolean
is_picture (GtkWidget *widget)
{
  guint n = 0;

  if (!GTK_IS_BOX (widget))
    return is_mark (widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child) && (n++ > 0 || !is_mark (child)))
      return FALSE;
  return n > 0;
}

static gboolean
is_small (GtkWidget *widget)
{
  if (GTK_IS_MENU_BUTTON (widget))
    return gtk_menu_button_get_icon_name (GTK_MENU_BUTTON (widget)) != NULL;
  if (GTK_IS_BUTTON (widget))
    return gtk_button_get_icon_name (GTK_BUTTON (widget)) != NULL;
  return is_picture (widget);
}

/* What stands behind the words and takes no room of its own: it ends their line. */
static int
width_behind (CrFlowLayout *self, GArray *children, guint words)
{
  int width = 0;

  for (guint i = words + 1; i < children->len; i++)
    {
      Child *child = &g_array_index (children, Child, i);

      if (!is_small (child->widget))
        return 0;
      width += self->spacing + child->nat;
    }
  return width;
}

/* The button of a menu, say, takes the one before it along rather than stand alone in a line. */
static gboolean
leaves_one_alone (GArray *children, guint first, guint n)
{
  guint last = first + n;
  Child *before;

  if (n < 2 || last + 1 != children->len ||
      !is_small (g_array_index (children, Child, last).widget))
    return FALSE;
  before = &g_array_index (children, Child, last - 1);
  return !gtk_widget_compute_expand (before->widget, GTK_ORIENTATION_HORIZONTAL) &&
         (n > 2 || !is_picture (g_array_index (children, Child, first).widget));
}

/* How many from @first stand in one line. A picture does not stand alone. */
static guint
count_in_line (CrFlowLayout *self, GArray *children, guint first, int width, int comfort)
{
  gboolean has_words = FALSE;
  int taken = 0;
  guint n = 0;

  for (guint i = first; i < children->len; i++, n++)
    {
      Child *child = &g_array_index (children, Child, i);
      int wanted = CLAMP (comfort, child->min, child->nat);

      if (!has_words)
        wanted = MIN (wanted, MAX (width - taken - (n > 0 ? self->spacing : 0) -
                                       width_behind (self, children, i),
                                   child->min));
      has_words = has_words || !is_picture (child->widget);
      if (n > 0 && taken + self->spacing + wanted > width)
        break;
      taken += wanted + (n > 0 ? self->spacing : 0);
    }
  return leaves_one_alone (children, first, n) ? n - 1 : n;
}

/* As a box does it: the least for each, then what each would like, then more for who expands. */
static int
share (CrFlowLayout *self, GArray *children, guint first, guint n, int width)
{
  g_autofree GtkRequestedSize *sizes = g_new0 (GtkRequestedSize, n);
  int left = width - (int) (n - 1) * self->spacing;
  guint n_expanding = 0;

  for (guint i = 0; i < n; i++)
    {
      Child *child = &g_array_index (children, Child, first + i);

      sizes[i] = (GtkRequestedSize){ child, child->min, child->nat };
      left -= child->min;
      if (gtk_widget_compute_expand (child->widget, GTK_ORIENTATION_HORIZONTAL))
        n_expanding++;
    }
  left = gtk_distribute_natural_allocation (MAX (left, 0), n, sizes);
  for (guint i = 0; i < n; i++)
    {
      Child *child = &g_array_index (children, Child, first + i);

      child->width = sizes[i].minimum_size;
      if (gtk_widget_compute_expand (child->widget, GTK_ORIENTATION_HORIZONTAL))
        {
          child->width += left / (int) n_expanding;
          left -= left / (int) n_expanding--;
        }
    }
  return left;
}

/* Words, and what is done with them. */
static gboolean
has_words_that_expand (GArray *children)
{
  for (guint i = 0; i < children->len; i++)
    if (gtk_widget_compute_expand (g_array_index (children, Child, i).widget,
                                   GTK_ORIENTATION_HORIZONTAL))
      return TRUE;
  return FALSE;
}

static int
line_height (GArray *children, guint first, guint n, gboolean is_natural)
{
  int height = 0;

  for (guint i = first; i < first + n; i++)
    {
      Child *child = &g_array_index (children, Child, i);
      int min, nat;

      gtk_widget_measure (child->widget, GTK_ORIENTATION_VERTICAL, child->width, &min, &nat, NULL,
                          NULL);
      height = MAX (height, is_natural ? nat : min);
    }
  return height;
}

static int
height_for (CrFlowLayout *self, GtkWidget *widget, GArray *children, int width, gboolean is_natural)
{
  int comfort = cr_text_enlarge (widget, COMFORT);
  int height = 0;

  for (guint first = 0, n; first < children->len; first += n)
    {
      n = count_in_line (self, children, first, width, comfort);
      share (self, children, first, n, width);
      height +=
          line_height (children, first, n, is_natural) + (first > 0 ? MIN (self->spacing, 6) : 0);
    }
  return height;
}

static void
cr_flow_layout_measure (GtkLayoutManager *manager,
                        GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  CrFlowLayout *self = CR_FLOW_LAYOUT (manager);
  g_autoptr (GArray) children = list_children (widget);
  int min = 0, nat = 0;

  for (guint i = 0; i < children->len; i++)
    {
      Child *child = &g_array_index (children, Child, i);

      min = MAX (min, child->min);
      nat += child->nat + (i > 0 ? self->spacing : 0);
    }
  *minimum_baseline = *natural_baseline = -1;
  nat = self->max_width > 0 ? MAX (min, MIN (nat, self->max_width)) : nat;
  *minimum = min;
  *natural = nat;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      int width = for_size < 0 ? nat : for_size;

      *minimum = height_for (self, widget, children, width, FALSE);
      *natural = height_for (self, widget, children, width, TRUE);
    }
}

static void
place (GtkWidget *widget, Child *child, int x, int y, int width, int height)
{
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;

  gtk_widget_size_allocate (
      child->widget,
      &(GtkAllocation){ is_rtl ? width - x - child->width : x, y, child->width, height }, -1);
}

static void
cr_flow_layout_allocate (GtkLayoutManager *manager,
                         GtkWidget *widget,
                         int width,
                         int height,
                         int baseline)
{
  CrFlowLayout *self = CR_FLOW_LAYOUT (manager);
  g_autoptr (GArray) children = list_children (widget);
  int comfort = cr_text_enlarge (widget, COMFORT);
  gboolean is_for_words = has_words_that_expand (children);
  int y = 0;

  for (guint first = 0, n; first < children->len; first += n)
    {
      int left, line, x;

      n = count_in_line (self, children, first, width, comfort);
      left = share (self, children, first, n, width);
      /* The only line has all the height; buttons that came down stand at the end, unless there are
       * buttons alone. */
      line = first == 0 && n == children->len ? height : line_height (children, first, n, TRUE);
      x = first > 0 && is_for_words ? MAX (left, 0) : 0;
      for (guint i = first; i < first + n; i++)
        {
          Child *child = &g_array_index (children, Child, i);

          place (widget, child, x, y, width, line);
          x += child->width + self->spacing;
        }
      y += line + MIN (self->spacing, 6);
    }
}

static GtkSizeRequestMode
cr_flow_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
cr_flow_layout_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_int (value, CR_FLOW_LAYOUT (object)->spacing);
}

static void
cr_flow_layout_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  CR_FLOW_LAYOUT (object)->spacing = g_value_get_int (value);
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (object));
}

static void
cr_flow_layout_class_init (CrFlowLayoutClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  object_class->get_property = cr_flow_layout_get_property;
  object_class->set_property = cr_flow_layout_set_property;
  manager_class->measure = cr_flow_layout_measure;
  manager_class->allocate = cr_flow_layout_allocate;
  manager_class->get_request_mode = cr_flow_layout_get_request_mode;

  props[PROP_SPACING] = g_param_spec_int ("spacing", NULL, NULL, 0, G_MAXINT, 0,
                                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
cr_flow_layout_init (CrFlowLayout *self)
{
}

GtkLayoutManager *
cr_flow_layout_new (int spacing)
{
  return g_object_new (CR_TYPE_FLOW_LAYOUT, "spacing", spacing, NULL);
}

void
cr_flow_layout_set_max_width (CrFlowLayout *self, int max_width)
{
  g_return_if_fail (CR_IS_FLOW_LAYOUT (self));

  if (self->max_width == max_width)
    return;
  self->max_width = max_width;
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (self));
}
