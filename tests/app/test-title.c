/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-text-size.h"
#include "app/cr-title.h"
#include "app/cr-toast.h"
#include "app/cr-webhook-page.h"
#include "app/cr-webhooks-page.h"

#define WIDTH 360

static void
set_large (gboolean is_large)
{
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi",
                is_large ? 2 * CR_TEXT_USUAL_DPI : CR_TEXT_USUAL_DPI, NULL);
}

/* Where the header has no room for it, a title is the line below, but not above one of the page. */
static void
test_show (void)
{
  static const struct
  {
    gboolean is_large, is_narrow, is_headed;
    const char *title;
    gboolean has_line;
  } cases[] = { { FALSE, FALSE, FALSE, "Overview", FALSE },
                { FALSE, TRUE, FALSE, "Overview", FALSE },
                { TRUE, FALSE, FALSE, "Overview", FALSE },
                { TRUE, TRUE, FALSE, "", TRUE },
                { TRUE, TRUE, TRUE, "", FALSE },
                { FALSE, TRUE, TRUE, "Overview", FALSE } };
  GtkWidget *title = g_object_ref_sink (adw_window_title_new (NULL, NULL));
  GtkWidget *line = g_object_ref_sink (gtk_label_new (NULL));

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      CrPage *page =
          g_object_new (cases[i].is_headed ? CR_TYPE_WEBHOOK_PAGE : CR_TYPE_WEBHOOKS_PAGE, "title",
                        "Overview", "narrow", cases[i].is_narrow, NULL);

      g_object_ref_sink (page);
      set_large (cases[i].is_large);
      cr_title_show (ADW_WINDOW_TITLE (title), GTK_LABEL (line), page, FALSE);
      g_assert_cmpstr (adw_window_title_get_title (ADW_WINDOW_TITLE (title)), ==, cases[i].title);
      g_assert_cmpint (gtk_widget_get_visible (line), ==, cases[i].has_line);
      g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (line)), ==, "Overview");
      g_object_unref (page);
    }
  set_large (FALSE);
  g_object_unref (title);
  g_object_unref (line);
}

static GtkWidget *
find_words (GtkWidget *widget, const char *words)
{
  GtkWidget *found = GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) &&
                             g_strcmp0 (gtk_label_get_text (GTK_LABEL (widget)), words) == 0
                       ? widget
                       : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_words (child, words);
  return found;
}

/* All of its words are in the window, above the button that comes with them. */
static void
test_toast (void)
{
  static const char *const words = "Disconnected, and the records were removed";
  GtkWidget *window = gtk_window_new ();
  GtkWidget *overlay = adw_toast_overlay_new ();
  GtkWidget *label, *toast;
  graphene_rect_t text, around;

  set_large (TRUE);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, 500);
  gtk_window_set_child (GTK_WINDOW (window), overlay);
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (overlay) == 0)
    g_main_context_iteration (NULL, TRUE);
  cr_toast_add (ADW_TOAST_OVERLAY (overlay),
                cr_toast_new_with_button (words, "Receipt", "win.receipt", NULL));
  while ((label = find_words (window, words)) == NULL || gtk_widget_get_height (label) == 0)
    g_main_context_iteration (NULL, TRUE);
  app_test_settle ();

  g_assert_false (pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (label))));
  toast = gtk_widget_get_parent (gtk_widget_get_parent (label));
  g_assert_true (gtk_widget_compute_bounds (label, window, &text));
  g_assert_true (gtk_widget_compute_bounds (toast, window, &around));
  g_assert_true (graphene_rect_contains_rect (&around, &text));
  g_assert_cmpint ((int) (around.origin.x + around.size.width), <=, WIDTH);
  set_large (FALSE);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* The title of a dialog leaves the line of its buttons, and is whole below it. */
static void
test_lower (void)
{
  GtkWidget *window = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *words = gtk_label_new ("Name");
  GtkWidget *line;

  gtk_window_set_title (GTK_WINDOW (window), "Add a Destination");
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), words);
  adw_window_set_content (ADW_WINDOW (window), box);
  cr_title_lower (header); /* no button needs the room */
  g_assert_true (gtk_widget_get_next_sibling (header) == words);

  adw_header_bar_pack_end (ADW_HEADER_BAR (header), gtk_button_new_with_label ("Test and Save"));
  cr_title_lower (header);
  cr_title_lower (header); /* once is enough */
  line = gtk_widget_get_next_sibling (header);
  g_assert_true (gtk_widget_get_next_sibling (line) == words);
  line = gtk_widget_get_first_child (line);
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (line)), ==, "Add a Destination");
  gtk_window_set_title (GTK_WINDOW (window), "Edit a Destination");
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (line)), ==, "Edit a Destination");
  g_assert_nonnull (adw_header_bar_get_title_widget (ADW_HEADER_BAR (header)));
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/title/show", test_show);
  g_test_add_func ("/app/title/toast", test_toast);
  g_test_add_func ("/app/title/lower", test_lower);
  return g_test_run ();
}
