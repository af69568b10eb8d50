/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

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

int
main (int argc, char **argv)
{
  g_setenv ("GTK_A11Y", "test", TRUE); /* keeps what is said, and says it to nobody */
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/tip/set", test_set);
  return g_test_run ();
}
