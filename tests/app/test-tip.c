/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-cells.h"
#include "app/cr-tip.h"

static gboolean
asks (GtkWidget *widget)
{
  g_autoptr (GtkTooltip) tooltip = g_object_new (GTK_TYPE_TOOLTIP, NULL);
  gboolean is_shown = FALSE;

  g_signal_emit_by_name (widget, "query-tooltip", 1, 1, FALSE, tooltip, &is_shown);
  return is_shown;
}

/* Shown like a tooltip of GTK, and said like one. */
static void
test_set (void)
{
  GtkWidget *label = g_object_ref_sink (gtk_label_new ("Yesterday"));

  cr_tip_set (label, "26 November 2026, 10:32");
  cr_tip_set (label, "26 November 2026, 10:33");
  g_assert_cmpstr (cr_tip_get (label), ==, "26 November 2026, 10:33");
  g_assert_true (gtk_widget_get_has_tooltip (label));
  g_assert_true (asks (label));
  g_assert_null (gtk_test_accessible_check_property (
      GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "26 November 2026, 10:33"));

  cr_tip_set (label, NULL);
  g_assert_null (cr_tip_get (label));
  g_assert_false (gtk_widget_get_has_tooltip (label));
  g_assert_false (asks (label));
  g_assert_false (gtk_test_accessible_has_property (GTK_ACCESSIBLE (label),
                                                    GTK_ACCESSIBLE_PROPERTY_DESCRIPTION));
  g_object_unref (label);
}

static GtkWidget *
find (GtkWidget *widget, gboolean (*is_it) (GtkWidget *widget, gpointer data), gpointer data)
{
  GtkWidget *found = is_it (widget, data) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, is_it, data);
  return found;
}

static gboolean
is_popover (GtkWidget *widget, gpointer data)
{
  return GTK_IS_POPOVER (widget);
}

static gboolean
says (GtkWidget *widget, gpointer data)
{
  return GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) &&
         g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), data);
}

static gboolean
tells (GtkWidget *widget, double x, double y)
{
  g_autoptr (GtkTooltip) tooltip = g_object_new (GTK_TYPE_TOOLTIP, NULL);
  gboolean is_shown = FALSE;

  g_signal_emit_by_name (widget, "query-tooltip", (int) x, (int) y, FALSE, tooltip, &is_shown);
  return is_shown;
}

#define PATIENCE_US (20 * G_USEC_PER_SEC)

static GtkWidget *
wait_for_label (GtkWidget *widget, const char *text)
{
  gint64 end_us = g_get_monotonic_time () + PATIENCE_US;
  GtkWidget *label = NULL;

  while (g_get_monotonic_time () < end_us)
    {
      label = find (widget, says, (gpointer) text);
      if (label != NULL && gtk_widget_get_width (label) > 0)
        return label;
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (1000);
    }
  g_assert_not_reached ();
}

/* Where the pointer is on the choice of that text in the list. */
static gboolean
tells_of (GtkWidget *popover, const char *text)
{
  GtkWidget *label = wait_for_label (popover, text);
  double x, y;

  g_assert_true (gtk_widget_translate_coordinates (label, popover, gtk_widget_get_width (label) / 2,
                                                   gtk_widget_get_height (label) / 2, &x, &y));
  return tells (popover, x, y);
}

/* What is cut off is told whole, in the row and in its list; what is not says nothing twice. */
static void
test_choices (void)
{
  static const char *const texts[] = {
    "Short", "A choice whose words are much too long for the place that they have there", NULL
  };
  GtkWidget *window = gtk_window_new ();
  GtkWidget *box = gtk_list_box_new ();
  GtkWidget *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) model = gtk_string_list_new (texts);
  GtkWidget *popover;

  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (model));
  cr_tip_tell_choices (row);
  cr_tip_tell_choices (row); /* once is enough */
  gtk_window_set_default_size (GTK_WINDOW (window), 260, 100);
  gtk_list_box_append (GTK_LIST_BOX (box), row);
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_present (GTK_WINDOW (window));
  wait_for_label (row, texts[0]);
  g_assert_false (tells (row, 5, 5));

  popover = find (row, is_popover, NULL);
  gtk_popover_popup (GTK_POPOVER (popover));
  g_assert_true (tells_of (popover, texts[1]));
  g_assert_false (tells_of (popover, texts[0]));
  gtk_popover_popdown (GTK_POPOVER (popover));

  adw_combo_row_set_selected (ADW_COMBO_ROW (row), 1);
  wait_for_label (row, texts[1]);
  app_test_settle ();
  g_assert_true (tells (row, 5, 5));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* What is to be entered, where its name has no room. */
static void
test_entry (void)
{
  static const char *const titles[] = { "Name", "Requests a minute, at most (empty: as it takes)" };
  GtkWidget *window = gtk_window_new ();
  GtkWidget *box = gtk_list_box_new ();
  GtkWidget *row = adw_entry_row_new ();

  cr_tip_tell_choices (row);
  gtk_window_set_default_size (GTK_WINDOW (window), 260, 100);
  gtk_list_box_append (GTK_LIST_BOX (box), row);
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_present (GTK_WINDOW (window));
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), titles[i]);
      wait_for_label (row, titles[i]);
      app_test_settle ();
      g_assert_cmpint (tells (row, 5, 5), ==, i == 1);
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

/* An id of a clinic may be longer than its column. */
static void
test_cut (void)
{
  static const char *const texts[] = { "user_42", "0000-1111-2222-3333-4444-5555-6666" };
  GtkWidget *window = gtk_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *cells[] = { cr_cell_text_new (), cr_cell_label_new () };

  gtk_window_set_default_size (GTK_WINDOW (window), 140, 100);
  gtk_window_set_child (GTK_WINDOW (window), box);
  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    gtk_box_append (GTK_BOX (box), cells[i]);
  gtk_window_present (GTK_WINDOW (window));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      cr_cell_text_set (cells[0], texts[i], 4, 8);
      gtk_label_set_text (GTK_LABEL (cells[1]), texts[i]);
      app_test_settle ();
      g_assert_cmpint (tells (cells[0], 1, 1), ==, i == 1);
      g_assert_cmpint (tells (cells[1], 1, 1), ==, i == 1);
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_setenv ("GTK_A11Y", "test", TRUE); /* keeps what is said, and says it to nobody */
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/tip/set", test_set);
  g_test_add_func ("/app/tip/choices", test_choices);
  g_test_add_func ("/app/tip/entry", test_entry);
  g_test_add_func ("/app/tip/cut", test_cut);
  return g_test_run ();
}
