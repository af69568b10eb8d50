/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-even-layout.h"

struct _CrEvenLayout
{
  GtkLayoutManager parent_instance;

  int column_spacing;
  int row_spacing;
};

G_DEFINE_FINAL_TYPE (CrEvenLayout, cr_even_layout, GTK_TYPE_LAYOUT_MANAGER)

typedef struct
{
  GtkWidget *widget;
  int min;
  int nat;
} Child;

/* A button of a view switcher would like to be wider than what is in it, for the looks. */
static int
natural_of (GtkWidget *widget, int min, int nat)
{
  GtkWidget *child = GTK_IS_BUTTON (widget) ? gtk_widget_get_first_child (widget) : NULL;
  int child_min, child_nat;

  if (child == NULL)
    return nat;
  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &child_min, &child_nat, NULL, NULL);
  return MIN (nat, MAX (min, child_nat + min - child_min));
}

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
        each.nat = natural_of (child, each.min, each.nat);
        g_array_append_val (children, each);
      }
  return children;
}

/* What the columns are wide, and in all. */
static int
measure_columns (CrEvenLayout *self,
                 GArray *children,
                 guint n_columns,
                 gboolean is_natural,
                 int *widths)
{
  int all = (int) (n_columns - 1) * self->column_spacing;

  memset (widths, 0, n_columns * sizeof *widths);
  for (guint i = 0; i < children->len; i++)
    {
      Child *child = &g_array_index (children, Child, i);

      widths[i % n_columns] = MAX (widths[i % n_columns], is_natural ? child->nat : child->min);
    }
  for (guint i = 0; i < n_columns; i++)
    all += widths[i];
  return all;
}

/* Returns: how many columns; what is left over is shared out among them. Two are worth a name that
 * goes on below. */
static guint
choose_columns (CrEvenLayout *self, GArray *children, int width, int *widths)
{
  guint n = MAX (children->len, 1);
  guint n_columns = n;
  int all = measure_columns (self, children, n, TRUE, widths);

  for (guint n_lines = 2; all > width && n_columns > 1; n_lines++)
    {
      n_columns = (n + n_lines - 1) / n_lines;
      all = measure_columns (self, children, n_columns, TRUE, widths);
      if (n_columns == 2 && all > width)
        all = measure_columns (self, children, n_columns, FALSE, widths);
    }
  for (guint i = 0; i < n_columns; i++)
    widths[i] += MAX (width - all, 0) / (int) n_columns;
  if (n_columns == 1)
    widths[0] = width;
  return n_columns;
}

static int
line_height (GArray *children, guint first, guint n, const int *widths)
{
  int height = 0;

  for (guint i = first; i < MIN (first + n, children->len); i++)
    {
      int min, nat;

      gtk_widget_measure (g_array_index (children, Child, i).widget, GTK_ORIENTATION_VERTICAL,
                          widths[i - first], &min, &nat, NULL, NULL);
      height = MAX (height, nat);
    }
  return height;
}

static int
height_for (CrEvenLayout *self, GArray *children, int width)
{
  g_autofree int *widths = g_new0 (int, children->len + 1);
  guint n = choose_columns (self, children, width, widths);
  int height = 0;

  for (guint first = 0; first < children->len; first += n)
    height += line_height (children, first, n, widths) + (first > 0 ? self->row_spacing : 0);
  return height;
}

static void
cr_even_layout_measure (GtkLayoutManager *manager,
                        GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  CrEvenLayout *self = CR_EVEN_LAYOUT (manager);
  g_autoptr (GArray) children = list_children (widget);
  int min = 0, nat = 0;

  for (guint i = 0; i < children->len; i++)
    {
      Child *child = &g_array_index (children, Child, i);

      min = MAX (min, child->min);
      nat += child->nat + (i > 0 ? self->column_spacing : 0);
    }
  *minimum_baseline = *natural_baseline = -1;
  *minimum = min;
  *natural = nat;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = height_for (self, children, for_size < 0 ? nat : for_size);
}

static void
cr_even_layout_allocate (GtkLayoutManager *manager,
                         GtkWidget *widget,
                         int width,
                         int height,
                         int baseline)
{
  CrEvenLayout *self = CR_EVEN_LAYOUT (manager);
  g_autoptr (GArray) children = list_children (widget);
  g_autofree int *widths = g_new0 (int, children->len + 1);
  guint n = choose_columns (self, children, width, widths);
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int y = 0;

  for (guint first = 0; first < children->len; first += n)
    {
      int line = line_height (children, first, n, widths);
      int x = 0;

      for (guint i = first; i < MIN (first + n, children->len); i++)
        {
          int wide = widths[i - first];

          gtk_widget_size_allocate (
              g_array_index (children, Child, i).widget,
              &(GtkAllocation){ is_rtl ? width - x - wide : x, y, wide, line }, -1);
          x += wide + self->column_spacing;
        }
      y += line + self->row_spacing;
    }
}

static GtkSizeRequestMode
cr_even_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
cr_even_layout_class_init (CrEvenLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->measure = cr_even_layout_measure;
  manager_class->allocate = cr_even_layout_allocate;
  manager_class->get_request_mode = cr_even_layout_get_request_mode;
}

static void
cr_even_layout_init (CrEvenLayout *self)
{
}

GtkLayoutManager *
cr_even_layout_new (int column_spacing, int row_spacing)
{
  CrEvenLayout *self = g_object_new (CR_TYPE_EVEN_LAYOUT, NULL);

  self->column_spacing = column_spacing;
  self->row_spacing = row_spacing;
  return GTK_LAYOUT_MANAGER (self);
}
