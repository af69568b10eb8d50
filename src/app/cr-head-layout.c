/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-head-layout.h"

#define GAP 6
#define MARGIN 12

/* With all its words in one line. */
static int
wide (GtkWidget *widget)
{
  int nat = 0;

  if (widget != NULL && gtk_widget_should_layout (widget))
    gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &nat, NULL, NULL);
  return nat;
}

static int
narrow (GtkWidget *widget)
{
  int min;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
  return min;
}

static int
high (GtkWidget *widget, int width)
{
  int nat;

  gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, width, NULL, &nat, NULL, NULL);
  return nat;
}

static int
wide_together (GtkWidget *bar, GtkWidget *title)
{
  return wide (bar) + wide (title) + 2 * GAP;
}

static gboolean
is_beside (GtkWidget *bar, GtkWidget *title, int width)
{
  return wide_together (bar, title) <= width;
}

static int
room_below (int width)
{
  return MAX (width - 2 * MARGIN, 0);
}

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  GtkWidget *bar = gtk_widget_get_first_child (widget);
  GtkWidget *title = gtk_widget_get_last_child (widget);
  int width = for_size < 0 ? wide_together (bar, title) : for_size;

  *minimum_baseline = *natural_baseline = -1;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = MAX (narrow (bar), narrow (title) + 2 * MARGIN);
      *natural = wide_together (bar, title);
    }
  else if (is_beside (bar, title, width))
    *minimum = *natural = MAX (high (bar, width), high (title, wide (title)));
  else
    *minimum = *natural = high (bar, width) + high (title, room_below (width)) + GAP;
}

static GtkCenterBox *
find_ends (GtkWidget *widget)
{
  GtkCenterBox *found = GTK_IS_CENTER_BOX (widget) ? GTK_CENTER_BOX (widget) : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_ends (child);
  return found;
}

/* In the middle of the window, but for the buttons. */
static int
place_beside (GtkWidget *bar, GtkWidget *title, int width)
{
  GtkCenterBox *ends = find_ends (bar);
  int start = ends != NULL ? wide (gtk_center_box_get_start_widget (ends)) : 0;
  int end = ends != NULL ? wide (gtk_center_box_get_end_widget (ends)) : 0;
  int around = (wide (bar) - start - end) / 2 + GAP;
  int middle = (width - wide (title)) / 2;

  return CLAMP (middle, start + around, MAX (width - end - around - wide (title), start + around));
}

static void
allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *bar = gtk_widget_get_first_child (widget);
  GtkWidget *title = gtk_widget_get_last_child (widget);
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  gboolean is_in_bar = is_beside (bar, title, width);
  GtkAllocation top = { 0, 0, width, is_in_bar ? height : high (bar, width) };
  GtkAllocation words;

  if (is_in_bar)
    {
      int x = place_beside (bar, title, width);

      words.width = wide (title);
      words.height = high (title, words.width);
      words.x = is_rtl ? width - x - words.width : x;
      words.y = (height - words.height) / 2;
    }
  else
    words = (GtkAllocation){ MARGIN, top.height, room_below (width),
                             MAX (height - top.height - GAP, 0) };
  gtk_widget_size_allocate (bar, &top, -1);
  gtk_widget_size_allocate (title, &words, -1);
}

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

GtkLayoutManager *
cr_head_layout_new (void)
{
  return gtk_custom_layout_new (get_request_mode, measure, allocate);
}
