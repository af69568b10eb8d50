/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-even-layout.h"

#define SIDE 50
#define GAP 10

static GtkWidget *
box_new (guint n)
{
  GtkWidget *box = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0));

  gtk_widget_set_layout_manager (box, cr_even_layout_new (GAP, GAP));
  for (guint i = 0; i < n; i++)
    {
      GtkWidget *part = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

      gtk_widget_set_size_request (part, SIDE, SIDE);
      gtk_box_append (GTK_BOX (box), part);
    }
  return box;
}

/* How many stand in the first line, and how many lines there are. */
static void
count (GtkWidget *box, int width, guint *n_columns, guint *n_lines)
{
  int min, nat;

  gtk_widget_measure (box, GTK_ORIENTATION_VERTICAL, width, &min, &nat, NULL, NULL);
  gtk_widget_size_allocate (box, &(GtkAllocation){ 0, 0, width, nat }, -1);
  *n_columns = 0;
  *n_lines = (guint) (nat + GAP) / (SIDE + GAP);
  for (GtkWidget *part = gtk_widget_get_first_child (box); part != NULL;
       part = gtk_widget_get_next_sibling (part))
    {
      graphene_rect_t place;

      g_assert_true (gtk_widget_compute_bounds (part, box, &place));
      g_assert_cmpint ((int) (place.origin.x + place.size.width), <=, width);
      *n_columns += (int) place.origin.y == 0 ? 1 : 0;
    }
}

static void
test_lines (void)
{
  static const struct
  {
    guint n;
    int width;
    guint n_columns;
    guint n_lines;
  } cases[] = { { 6, 350, 6, 1 }, { 6, 349, 3, 2 }, { 6, 169, 2, 3 }, { 6, 109, 1, 6 },
                { 4, 230, 4, 1 }, { 4, 229, 2, 2 }, { 5, 289, 3, 2 }, { 1, 60, 1, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GtkWidget *box = box_new (cases[i].n);
      guint n_columns, n_lines;

      count (box, cases[i].width, &n_columns, &n_lines);
      g_assert_cmpuint (n_columns, ==, cases[i].n_columns);
      g_assert_cmpuint (n_lines, ==, cases[i].n_lines);
      g_object_unref (box);
    }
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/even-layout/lines", test_lines);
  return g_test_run ();
}
