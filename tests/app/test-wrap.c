/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-wrap.h"

#include <adwaita.h>

static int
min_width (GtkWidget *widget)
{
  int min, nat;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &min, &nat, NULL, NULL);
  return min;
}

/* A row of libadwaita breaks between letters, so it would be measured one letter wide. */
static void
test_row (void)
{
  GtkWidget *row = g_object_ref_sink (adw_action_row_new ());
  int before;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), "Sandbox Community Health");
  before = min_width (row);
  cr_wrap_bound (row);
  g_assert_cmpint (min_width (row), >=, before + 20);
  g_assert_cmpint (min_width (row), <, 180);
  g_object_unref (row);
}

/* Whoever asked for a width gets it; what breaks between words only is as narrow as its words. */
static void
test_others (void)
{
  static const struct
  {
    gboolean is_wrapping;
    PangoWrapMode mode;
    int chars;
    int expected;
  } cases[] = { { TRUE, PANGO_WRAP_WORD_CHAR, -1, CR_WRAP_CHARS },
                { TRUE, PANGO_WRAP_CHAR, -1, CR_WRAP_CHARS },
                { TRUE, PANGO_WRAP_WORD_CHAR, 20, 20 },
                { TRUE, PANGO_WRAP_WORD, -1, -1 },
                { FALSE, PANGO_WRAP_WORD_CHAR, -1, -1 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GtkWidget *label = g_object_ref_sink (gtk_label_new ("words"));

      gtk_label_set_wrap (GTK_LABEL (label), cases[i].is_wrapping);
      gtk_label_set_wrap_mode (GTK_LABEL (label), cases[i].mode);
      gtk_label_set_width_chars (GTK_LABEL (label), cases[i].chars);
      cr_wrap_bound (label);
      g_assert_cmpint (gtk_label_get_width_chars (GTK_LABEL (label)), ==, cases[i].expected);
      g_object_unref (label);
    }
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/wrap/row", test_row);
  g_test_add_func ("/app/wrap/others", test_others);
  return g_test_run ();
}
