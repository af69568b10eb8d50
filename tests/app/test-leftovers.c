/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-leftovers.h"

#include <adwaita.h>

#define N_ROWS 400

typedef struct
{
  GtkWidget *window;
  GtkWidget *stack;
  GtkWidget *page;
  GtkWidget *list;
} Test;

static void
make (Test *test)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  test->window = gtk_window_new ();
  test->stack = gtk_stack_new ();
  test->page = adw_bin_new ();
  test->list = gtk_list_box_new ();
  for (guint i = 0; i < N_ROWS; i++)
    gtk_list_box_append (GTK_LIST_BOX (test->list), gtk_label_new ("row"));
  gtk_box_append (GTK_BOX (box), test->list);
  adw_bin_set_child (ADW_BIN (test->page), box);
  gtk_stack_add_child (GTK_STACK (test->stack), test->page);
  gtk_window_set_child (GTK_WINDOW (test->window), test->stack);
  g_object_add_weak_pointer (G_OBJECT (test->page), (gpointer *) &test->page);
  g_object_add_weak_pointer (G_OBJECT (test->list), (gpointer *) &test->list);
}

/* It is out of sight at once, and gone some turns later. */
static void
test_add (void)
{
  Test test;
  guint n_turns = 0;

  make (&test);
  cr_leftovers_add (test.page);
  g_assert_false (gtk_widget_get_visible (test.page));
  g_assert_null (gtk_stack_get_visible_child (GTK_STACK (test.stack)));
  g_assert_nonnull (gtk_list_box_get_row_at_index (GTK_LIST_BOX (test.list), N_ROWS - 1));

  for (; test.page != NULL || test.list != NULL; n_turns++)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_turns, >, 1);
  g_assert_null (gtk_widget_get_first_child (test.stack));
  gtk_window_destroy (GTK_WINDOW (test.window));
}

/* Who closes does not wait; nor does a page whose window went first stay. */
static void
test_flush (void)
{
  Test test;

  make (&test);
  cr_leftovers_add (test.page);
  cr_leftovers_flush ();
  g_assert_null (test.page);
  g_assert_null (test.list);
  gtk_window_destroy (GTK_WINDOW (test.window));

  make (&test);
  cr_leftovers_add (test.page);
  gtk_window_destroy (GTK_WINDOW (test.window));
  while (test.page != NULL || test.list != NULL)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/leftovers/add", test_add);
  g_test_add_func ("/app/leftovers/flush", test_flush);
  return g_test_run ();
}
