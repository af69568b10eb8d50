/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-cell-layout.h"

struct _CrCellLayout
{
  GtkLayoutManager parent_instance;

  int width; /* 0: not known yet */
  gboolean is_waiting;
};

G_DEFINE_FINAL_TYPE (CrCellLayout, cr_cell_layout, GTK_TYPE_LAYOUT_MANAGER)

static int
height_of (GtkWidget *child, int width)
{
  int nat;

  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, NULL, &nat, NULL, NULL);
  return nat;
}

static void
cr_cell_layout_measure (GtkLayoutManager *manager,
                        GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  CrCellLayout *self = CR_CELL_LAYOUT (manager);
  int width;

  *minimum = *natural = 0;
  *minimum_baseline = *natural_baseline = -1;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      int min, nat;

      if (!gtk_widget_should_layout (child))
        continue;
      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &min, &nat, NULL, NULL);
      *minimum = MAX (*minimum, min);
      *natural = MAX (*natural, nat);
    }
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    return;
  width = MAX (self->width > 0 ? self->width : *natural, for_size);
  *natural = 0;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      *natural += height_of (child, width);
  *minimum = *natural;
}

/* In the middle of a layout nothing can be asked for. */
static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  GtkLayoutManager *manager = gtk_widget_get_layout_manager (widget);

  if (CR_IS_CELL_LAYOUT (manager))
    CR_CELL_LAYOUT (manager)->is_waiting = FALSE;
  gtk_widget_queue_resize (widget);
  return G_SOURCE_REMOVE;
}

static void
cr_cell_layout_allocate (GtkLayoutManager *manager,
                         GtkWidget *widget,
                         int width,
                         int height,
                         int baseline)
{
  CrCellLayout *self = CR_CELL_LAYOUT (manager);
  int y = 0;

  if (width != self->width && !self->is_waiting)
    {
      self->is_waiting = TRUE;
      gtk_widget_add_tick_callback (widget, tick_cb, NULL, NULL);
    }
  self->width = width;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      {
        int needed = height_of (child, width);

        gtk_widget_size_allocate (child, &(GtkAllocation){ 0, y, width, needed }, -1);
        y += needed;
      }
}

static GtkSizeRequestMode
cr_cell_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
cr_cell_layout_class_init (CrCellLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->measure = cr_cell_layout_measure;
  manager_class->allocate = cr_cell_layout_allocate;
  manager_class->get_request_mode = cr_cell_layout_get_request_mode;
}

static void
cr_cell_layout_init (CrCellLayout *self)
{
}

GtkLayoutManager *
cr_cell_layout_new (void)
{
  return g_object_new (CR_TYPE_CELL_LAYOUT, NULL);
}
