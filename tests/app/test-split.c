/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-split.h"

static GtkWidget *
block_new (int width)
{
  GtkWidget *block = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_set_size_request (block, width, 10);
  return block;
}

static void
test_collapse (void)
{
  static const struct
  {
    int width;
    gboolean is_collapsed;
    int content_width;
  } cases[] = { { 1000, FALSE, 800 },
                { 720, FALSE, 520 },
                { 719, TRUE, 719 },
                { 360, TRUE, 360 },
                { 900, FALSE, 700 } };
  GtkWidget *side = block_new (200);
  GtkWidget *content = block_new (300);
  CrSplit *split =
      g_object_ref_sink (g_object_new (CR_TYPE_SPLIT, "sidebar", side, "content", content, NULL));
  int min, nat;

  gtk_widget_measure (GTK_WIDGET (split), GTK_ORIENTATION_HORIZONTAL, -1, &min, &nat, NULL, NULL);
  g_assert_cmpint (min, ==, 300);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gtk_widget_size_allocate (GTK_WIDGET (split), &(GtkAllocation){ 0, 0, cases[i].width, 400 },
                                -1);
      g_assert_cmpint (cr_split_get_collapsed (split), ==, cases[i].is_collapsed);
      g_assert_cmpint (gtk_widget_get_child_visible (side), ==, !cases[i].is_collapsed);
      g_assert_cmpint (gtk_widget_get_width (content), ==, cases[i].content_width);
    }
  g_assert_finalize_object (split);
}

/* With text of twice the size the sidebar goes at twice the width. */
static void
test_large_text (void)
{
  CrSplit *split = g_object_ref_sink (
      g_object_new (CR_TYPE_SPLIT, "sidebar", block_new (200), "content", block_new (300), NULL));
  GtkSettings *settings = gtk_settings_get_default ();
  int dpi;

  g_object_get (settings, "gtk-xft-dpi", &dpi, NULL);
  g_object_set (settings, "gtk-xft-dpi", 2 * 96 * 1024, NULL);
  gtk_widget_size_allocate (GTK_WIDGET (split), &(GtkAllocation){ 0, 0, 1439, 400 }, -1);
  g_assert_true (cr_split_get_collapsed (split));
  gtk_widget_size_allocate (GTK_WIDGET (split), &(GtkAllocation){ 0, 0, 1440, 400 }, -1);
  g_assert_false (cr_split_get_collapsed (split));
  g_object_set (settings, "gtk-xft-dpi", dpi, NULL);
  g_assert_finalize_object (split);
}

/* What is wide beside the sidebar and narrow alone, as a page with a switcher of words or of icons.
 */
static void
narrow_cb (CrSplit *split, GParamSpec *pspec, GtkWidget *content)
{
  gtk_widget_set_size_request (content, cr_split_get_collapsed (split) ? 300 : 900, 10);
}

static void
lay_out (CrSplit *split, int width)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  gtk_widget_size_allocate (GTK_WIDGET (split), &(GtkAllocation){ 0, 0, width, 400 }, -1);
}

/* It does not go back and forth for ever. */
static void
test_settles (void)
{
  GtkWidget *content = block_new (300);
  CrSplit *split = g_object_ref_sink (
      g_object_new (CR_TYPE_SPLIT, "sidebar", block_new (200), "content", content, NULL));

  g_signal_connect (split, "notify::collapsed", G_CALLBACK (narrow_cb), content);
  lay_out (split, 1000); /* both fit, as long as the content is narrow */
  for (guint i = 0; i < 6; i++)
    {
      lay_out (split, 1000);
      g_assert_true (cr_split_get_collapsed (split));
    }

  lay_out (split, 1100);
  g_assert_false (cr_split_get_collapsed (split));
  lay_out (split, 1100);
  g_assert_false (cr_split_get_collapsed (split));

  /* Another content is tried again. */
  lay_out (split, 1000);
  g_assert_true (cr_split_get_collapsed (split));
  g_signal_handlers_disconnect_by_func (split, narrow_cb, content);
  gtk_widget_set_size_request (content, 300, 10);
  lay_out (split, 1000);
  g_assert_true (cr_split_get_collapsed (split));
  cr_split_try_again (split);
  lay_out (split, 1000);
  g_assert_false (cr_split_get_collapsed (split));
  g_assert_finalize_object (split);
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/split/collapse", test_collapse);
  g_test_add_func ("/app/split/large-text", test_large_text);
  g_test_add_func ("/app/split/settles", test_settles);
  return g_test_run ();
}
