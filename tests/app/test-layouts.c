/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-cell-layout.h"
#include "app/cr-column-layout.h"
#include "app/cr-room-layout.h"

/* Long enough for many lines. */
#define WORDS                                                                                      \
  "Nothing leaves until somebody decides, and whoever is asked first looks at what came before."

static GtkWidget *
words_new (void)
{
  GtkWidget *label = gtk_label_new (WORDS);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  return label;
}

static int
measure (GtkWidget *widget, GtkOrientation orientation, int for_size)
{
  int min;

  gtk_widget_measure (widget, orientation, for_size, &min, NULL, NULL, NULL);
  return min;
}

static int
height_of (GtkWidget *widget)
{
  graphene_rect_t bounds;

  g_assert_true (gtk_widget_compute_bounds (widget, widget, &bounds));
  return (int) bounds.size.height;
}

/* Like a vertical box, but for a width that does not depend on the height. */
static void
test_column (void)
{
  GtkWidget *column = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0));
  GtkWidget *box = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_VERTICAL, 7));
  GtkWidget *first = words_new (), *second = words_new (), *hidden = words_new ();
  int min = 0, height;
  graphene_rect_t bounds;

  gtk_widget_set_layout_manager (column, cr_column_layout_new (7));
  gtk_box_append (GTK_BOX (column), first);
  gtk_box_append (GTK_BOX (column), hidden);
  gtk_box_append (GTK_BOX (column), second);
  gtk_widget_set_visible (hidden, FALSE);
  gtk_box_append (GTK_BOX (box), words_new ());
  gtk_box_append (GTK_BOX (box), words_new ());

  min = measure (column, GTK_ORIENTATION_HORIZONTAL, -1);
  g_assert_cmpint (min, ==, measure (box, GTK_ORIENTATION_HORIZONTAL, -1));
  height = measure (column, GTK_ORIENTATION_VERTICAL, 200);
  g_assert_cmpint (height, ==, measure (box, GTK_ORIENTATION_VERTICAL, 200));
  g_assert_cmpint (min, ==, measure (column, GTK_ORIENTATION_HORIZONTAL, height));

  gtk_widget_size_allocate (column, &(GtkAllocation){ 0, 0, 200, height }, -1);
  g_assert_true (gtk_widget_compute_bounds (second, column, &bounds));
  g_assert_cmpint ((int) bounds.origin.y, ==, height_of (first) + 7);
  g_assert_cmpint ((int) (bounds.origin.y + bounds.size.height), ==, height);
  g_object_unref (column);
  g_object_unref (box);
}

/* As high as there is room, however high the child would be; one that does not scroll is never
 * squeezed. */
static void
test_room (void)
{
  GtkWidget *room = g_object_ref_sink (adw_bin_new ());
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *words = words_new ();
  int width;

  gtk_widget_set_layout_manager (room, cr_room_layout_new ());
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), words_new ());
  adw_bin_set_child (ADW_BIN (room), scroller);
  width = measure (room, GTK_ORIENTATION_HORIZONTAL, -1);
  g_assert_cmpint (width, ==, measure (scroller, GTK_ORIENTATION_HORIZONTAL, -1));
  g_assert_cmpint (width, ==, measure (room, GTK_ORIENTATION_HORIZONTAL, 1000));
  g_assert_cmpint (measure (room, GTK_ORIENTATION_VERTICAL, width), ==, 0);
  gtk_widget_size_allocate (room, &(GtkAllocation){ 0, 0, 300, 150 }, -1);
  g_assert_cmpint (height_of (scroller), ==, 150);

  adw_bin_set_child (ADW_BIN (room), words);
  width = measure (room, GTK_ORIENTATION_HORIZONTAL, -1);
  gtk_widget_size_allocate (room, &(GtkAllocation){ 0, 0, width, 5 }, -1);
  g_assert_cmpint (height_of (words), ==, measure (words, GTK_ORIENTATION_VERTICAL, width));
  gtk_widget_size_allocate (room, &(GtkAllocation){ 0, 0, width, 2000 }, -1);
  g_assert_cmpint (height_of (words), ==, 2000);
  g_object_unref (room);
}

/* What a column view asks for first: how high it is at its narrowest. */
static int
height_in_row (GtkWidget *cell)
{
  return measure (cell, GTK_ORIENTATION_VERTICAL, measure (cell, GTK_ORIENTATION_HORIZONTAL, -1));
}

/* As high as the words in the width that the column has, not as at their narrowest. */
static void
test_cell (void)
{
  GtkWidget *cell = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_VERTICAL, 0));
  GtkWidget *first = words_new (), *second = words_new ();
  int narrowest, height;

  gtk_widget_set_layout_manager (cell, cr_cell_layout_new ());
  gtk_box_append (GTK_BOX (cell), first);
  gtk_box_append (GTK_BOX (cell), second);
  narrowest = 2 * measure (first, GTK_ORIENTATION_VERTICAL,
                           measure (first, GTK_ORIENTATION_HORIZONTAL, -1));
  for (int width = 300; width > 100; width /= 2)
    {
      height = 2 * measure (first, GTK_ORIENTATION_VERTICAL, width);
      gtk_widget_size_allocate (cell, &(GtkAllocation){ 0, 0, width, height_in_row (cell) }, -1);
      gtk_widget_queue_resize (cell); /* as it does itself, by the next frame */
      g_assert_cmpint (height_in_row (cell), ==, height);
      g_assert_cmpint (height, <, narrowest);
      g_assert_cmpint (height_of (second), ==, height / 2);
    }
  g_object_unref (cell);
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/layouts/column", test_column);
  g_test_add_func ("/app/layouts/room", test_room);
  g_test_add_func ("/app/layouts/cell", test_cell);
  return g_test_run ();
}
