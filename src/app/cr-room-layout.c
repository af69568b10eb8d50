/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-room-layout.h"

struct _CrRoomLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (CrRoomLayout, cr_room_layout, GTK_TYPE_LAYOUT_MANAGER)

static GtkWidget *
get_child (GtkWidget *widget)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  return child != NULL && gtk_widget_should_layout (child) ? child : NULL;
}

static void
cr_room_layout_measure (GtkLayoutManager *manager,
                        GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  GtkWidget *child = get_child (widget);

  *minimum = *natural = 0;
  *minimum_baseline = *natural_baseline = -1;
  if (child != NULL && orientation == GTK_ORIENTATION_HORIZONTAL)
    gtk_widget_measure (child, orientation, -1, minimum, natural, NULL, NULL);
}

/* What does not scroll as a whole is cut off at the end rather than squeezed. */
static void
cr_room_layout_allocate (GtkLayoutManager *manager,
                         GtkWidget *widget,
                         int width,
                         int height,
                         int baseline)
{
  GtkWidget *child = get_child (widget);
  int needed = 0;

  if (child == NULL)
    return;
  if (!GTK_IS_SCROLLED_WINDOW (child))
    gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, &needed, NULL, NULL, NULL);
  gtk_widget_size_allocate (child, &(GtkAllocation){ 0, 0, width, MAX (height, needed) }, -1);
}

static GtkSizeRequestMode
cr_room_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
cr_room_layout_class_init (CrRoomLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->measure = cr_room_layout_measure;
  manager_class->allocate = cr_room_layout_allocate;
  manager_class->get_request_mode = cr_room_layout_get_request_mode;
}

static void
cr_room_layout_init (CrRoomLayout *self)
{
}

GtkLayoutManager *
cr_room_layout_new (void)
{
  return g_object_new (CR_TYPE_ROOM_LAYOUT, NULL);
}
