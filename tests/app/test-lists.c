/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-activity-page.h"

#define N_ITEMS 5000
#define WIDTH 2500
#define PATIENCE_US (20 * G_USEC_PER_SEC)
#define MOST 1400 /* of what is read in lines */

static GtkWidget *
find_list (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_LIST_VIEW (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_POPOVER (child))
      found = find_list (child);
  return found;
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, guint *n_made)
{
  gtk_list_item_set_child (item, gtk_label_new (NULL));
  *n_made += 1;
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, guint *last)
{
  GtkStringObject *text = gtk_list_item_get_item (item);

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)),
                      gtk_string_object_get_string (text));
  *last = MAX (*last, gtk_list_item_get_position (item));
}

static GtkSelectionModel *
make_model (void)
{
  GtkStringList *texts = gtk_string_list_new (NULL);

  for (guint i = 0; i < N_ITEMS; i++)
    gtk_string_list_append (texts, "Somebody did something");
  return GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (texts)));
}

static void
show_on_top (GtkWidget *widget)
{
  for (; widget != NULL; widget = gtk_widget_get_parent (widget))
    if (GTK_IS_STACK (gtk_widget_get_parent (widget)))
      gtk_stack_set_visible_child (GTK_STACK (gtk_widget_get_parent (widget)), widget);
}

/* On a wide screen lines stay readable; only what is seen has widgets, and the end can be reached.
 */
static void
test_clamped (gconstpointer type)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *page = g_object_new (GPOINTER_TO_SIZE (type), NULL);
  GtkWidget *list = find_list (page);
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkSelectionModel) model = make_model ();
  GtkAdjustment *scroll;
  guint n_made = 0, last = 0;
  gint64 end_us;

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), &n_made);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), &last);
  gtk_list_view_set_factory (GTK_LIST_VIEW (list), factory);
  gtk_list_view_set_model (GTK_LIST_VIEW (list), model);
  show_on_top (list);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, 700);
  gtk_window_set_child (GTK_WINDOW (window), page);
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (list) == 0)
    g_main_context_iteration (NULL, TRUE);
  app_test_settle ();

  g_assert_cmpint (gtk_widget_get_width (list), <=, MOST);
  g_assert_cmpint (gtk_widget_get_width (list), >, MOST / 2);
  g_assert_cmpuint (n_made, <, N_ITEMS / 10);
  g_assert_cmpuint (last, <, N_ITEMS / 10);
  end_us = g_get_monotonic_time () + PATIENCE_US;
  scroll = gtk_scrolled_window_get_vadjustment (
      GTK_SCROLLED_WINDOW (gtk_widget_get_ancestor (list, GTK_TYPE_SCROLLED_WINDOW)));
  /* How high all of it is becomes known on the way. */
  while (last != N_ITEMS - 1 && g_get_monotonic_time () < end_us)
    {
      gtk_adjustment_set_value (scroll, gtk_adjustment_get_upper (scroll));
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (1000);
    }
  g_assert_cmpuint (last, ==, N_ITEMS - 1);
  g_assert_cmpuint (n_made, <, N_ITEMS / 5);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_data_func ("/app/lists/activity", GSIZE_TO_POINTER (CR_TYPE_ACTIVITY_PAGE),
                        test_clamped);
  return g_test_run ();
}
