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

/* → the label of its words */
static GtkWidget *
show_toast (GtkWidget *window, GtkWidget *overlay, const char *words)
{
  GtkWidget *label;

  gtk_window_set_child (GTK_WINDOW (window), overlay);
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (overlay) == 0)
    g_main_context_iteration (NULL, TRUE);
  cr_toast_add (ADW_TOAST_OVERLAY (overlay),
                cr_toast_new_with_button (words, "Receipt", "win.receipt", NULL));
  while ((label = find_words (window, words)) == NULL || gtk_widget_get_height (label) == 0)
    g_main_context_iteration (NULL, TRUE);
  app_test_settle ();
  return label;
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
  label = show_toast (window, overlay, words);

  g_assert_false (pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (label))));
  toast = gtk_widget_get_parent (gtk_widget_get_parent (label));
  g_assert_true (gtk_widget_compute_bounds (label, window, &text));
  g_assert_true (gtk_widget_compute_bounds (toast, window, &around));
  g_assert_true (graphene_rect_contains_rect (&around, &text));
  g_assert_cmpint ((int) (around.origin.x + around.size.width), <=, WIDTH);
  set_large (FALSE);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* In a window that gets narrow while it is up, its words and its button stay in it. */
static void
test_toast_shrinks (void)
{
  static const char *const words = "Disconnected, and the records were removed from here for good. "
                                   "The portal was told, and the patient keeps them there.";
  GtkWidget *window = gtk_window_new ();
  GtkWidget *overlay = adw_toast_overlay_new ();
  GtkWidget *label, *toast, *button;
  graphene_rect_t inner, around;
  int height;

  gtk_window_set_default_size (GTK_WINDOW (window), 900, 500);
  label = show_toast (window, overlay, words);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, 500);
  while (gtk_widget_get_width (overlay) > WIDTH)
    g_main_context_iteration (NULL, TRUE);
  app_test_settle ();

  toast = gtk_widget_get_parent (gtk_widget_get_parent (label));
  button = gtk_widget_get_parent (find_words (toast, "Receipt"));
  g_assert_true (gtk_widget_compute_bounds (button, window, &inner));
  g_assert_true (gtk_widget_compute_bounds (toast, window, &around));
  g_assert_true (graphene_rect_contains_rect (&around, &inner));
  pango_layout_get_pixel_size (gtk_label_get_layout (GTK_LABEL (label)), NULL, &height);
  g_assert_cmpint (height, <=, gtk_widget_get_height (label));
  g_assert_cmpint ((int) (around.origin.x + around.size.width), <=, WIDTH);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
count_cb (AdwToast *toast, guint *n)
{
  *n += 1;
}

static AdwToast *
say (GtkWidget *overlay, const char *words, const char *action, guint *n)
{
  AdwToast *toast = cr_toast_new_with_button (words, "Button", action, NULL);

  g_signal_connect (toast, "dismissed", G_CALLBACK (count_cb), n);
  cr_toast_add (ADW_TOAST_OVERLAY (overlay), toast);
  return toast;
}

static void
wait_for_words (GtkWidget *window, const char *words)
{
  GtkWidget *label;

  while ((label = find_words (window, words)) == NULL || gtk_widget_get_height (label) == 0)
    g_main_context_iteration (NULL, TRUE);
}

/* What is so now stands there at once, and what it was before is not said after it; but what went
 * wrong stays to be read. */
static void
test_toasts (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *overlay = adw_toast_overlay_new ();
  guint n_enabled = 0, n_disabled = 0, n_failed = 0, n_other = 0, n_later = 0;
  AdwToast *failed;

  gtk_window_set_child (GTK_WINDOW (window), overlay);
  gtk_window_present (GTK_WINDOW (window));
  say (overlay, "Disabled", "win.enable-webhook", &n_disabled);
  wait_for_words (window, "Disabled");
  say (overlay, "Enabled", "win.disable-webhook", &n_enabled);
  g_assert_cmpuint (n_disabled, ==, 1);
  wait_for_words (window, "Enabled");
  failed = say (overlay, "Failed", CR_TOAST_EXPLAIN, &n_failed);
  g_assert_cmpuint (n_enabled, ==, 1);
  wait_for_words (window, "Failed");
  say (overlay, "Other", "win.other", &n_other);
  say (overlay, "Later", "win.later", &n_later);
  g_assert_cmpuint (n_other, ==, 1);
  g_assert_cmpuint (n_failed, ==, 0);
  adw_toast_dismiss (failed);
  wait_for_words (window, "Later");
  gtk_window_destroy (GTK_WINDOW (window));
}

typedef struct
{
  GtkWidget *window;
  GtkWidget *header;
  GtkWidget *words; /* below all */
} Dialog;

static Dialog
dialog_new (const char *title, const char *start, const char *end)
{
  Dialog self = { adw_window_new (), adw_header_bar_new (), gtk_label_new ("Name") };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_window_set_title (GTK_WINDOW (self.window), title);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (self.header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (self.header), gtk_button_new_with_label (start));
  adw_header_bar_pack_end (ADW_HEADER_BAR (self.header), gtk_button_new_with_label (end));
  gtk_box_append (GTK_BOX (box), self.header);
  gtk_box_append (GTK_BOX (box), self.words);
  adw_window_set_content (ADW_WINDOW (self.window), box);
  cr_title_lower (self.header);
  cr_title_lower (self.header); /* once is enough */
  return self;
}

static graphene_rect_t
place_of (GtkWidget *widget, GtkWidget *window)
{
  graphene_rect_t place;

  g_assert_true (gtk_widget_compute_bounds (widget, window, &place));
  return place;
}

static GtkWidget *
find_line (GtkWidget *widget, const char *words)
{
  GtkWidget *found =
      GTK_IS_LABEL (widget) && g_strcmp0 (gtk_label_get_text (GTK_LABEL (widget)), words) == 0
          ? widget
          : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_line (child, words);
  return found;
}

static void
resize (Dialog *dialog, int width)
{
  GtkWidget *box = gtk_widget_get_parent (dialog->words);
  int min;

  gtk_widget_measure (box, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
  g_assert_cmpint (min, <=, width);
  gtk_widget_size_allocate (box, &(GtkAllocation){ 0, 0, width, 300 }, -1);
}

/* The title is between the buttons where it is whole there, else below them, and whole there. */
static void
test_lower (void)
{
  Dialog dialog = dialog_new ("Add a Destination", "Cancel", "Test and Save");
  GtkWidget *line;
  graphene_rect_t bar, title;

  for (guint i = 0; i < 2; i++)
    {
      resize (&dialog, i == 0 ? 500 : WIDTH);
      line = find_line (dialog.window, "Add a Destination");
      g_assert_nonnull (line);
      g_assert_false (pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (line))));
      bar = place_of (dialog.header, dialog.window);
      title = place_of (line, dialog.window);
      if (i == 0)
        g_assert_true (graphene_rect_contains_rect (&bar, &title));
      else
        g_assert_cmpfloat (title.origin.y, >=, bar.origin.y + bar.size.height);
      g_assert_cmpfloat (place_of (dialog.words, dialog.window).origin.y, >=,
                         title.origin.y + title.size.height);
    }
  gtk_window_set_title (GTK_WINDOW (dialog.window), "Edit a Destination");
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (line)), ==, "Edit a Destination");
  gtk_window_destroy (GTK_WINDOW (dialog.window));
}

/* In the middle of the window, unless a button is there: then beside it. */
static void
test_middle (void)
{
  Dialog even = dialog_new ("Note", "Cancel", "Cancel");
  Dialog uneven = dialog_new ("Suspend This Source", "Cancel", "Test and Save Without Asking");
  GtkWidget *button = find_line (uneven.window, "Test and Save Without Asking");
  graphene_rect_t title, end;

  resize (&even, 500);
  title = place_of (find_line (even.window, "Note"), even.window);
  g_assert_cmpfloat_with_epsilon (title.origin.x + title.size.width / 2, 250, 1.5);
  resize (&uneven, 760);
  title = place_of (find_line (uneven.window, "Suspend This Source"), uneven.window);
  end = place_of (gtk_widget_get_parent (button), uneven.window);
  g_assert_cmpfloat (title.origin.x + title.size.width, <=, end.origin.x);
  g_assert_cmpfloat (title.origin.y, <, end.origin.y + end.size.height);
  gtk_window_destroy (GTK_WINDOW (even.window));
  gtk_window_destroy (GTK_WINDOW (uneven.window));
}

static void
list_labels (GtkWidget *widget, GPtrArray *labels)
{
  if (!gtk_widget_get_visible (widget) || !gtk_widget_get_child_visible (widget))
    return;
  if (GTK_IS_LABEL (widget) && gtk_label_get_text (GTK_LABEL (widget))[0] != '\0')
    g_ptr_array_add (labels, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    list_labels (child, labels);
}

static AdwViewSwitcher *
switcher_new (CrPage *page)
{
  static const char *const tabs[] = { "Datensätze", "Abrufverlauf", "Anmeldungen", "Lieferungen" };
  AdwViewSwitcher *switcher = g_object_ref_sink (ADW_VIEW_SWITCHER (adw_view_switcher_new ()));
  AdwViewStack *stack = ADW_VIEW_STACK (adw_view_stack_new ());

  for (guint i = 0; i < G_N_ELEMENTS (tabs); i++)
    adw_view_stack_add_titled_with_icon (stack, gtk_label_new (tabs[i]), tabs[i], tabs[i],
                                         "text-x-generic-symbolic");
  adw_view_switcher_set_stack (switcher, stack);
  cr_page_bind_switcher (page, switcher);
  return switcher;
}

/* Where one can go has its whole name, and its own place. */
static void
test_tabs (void)
{
  CrPage *page = g_object_ref_sink (g_object_new (CR_TYPE_WEBHOOKS_PAGE, "narrow", TRUE, NULL));

  for (guint i = 0; i < 2; i++)
    {
      AdwViewSwitcher *switcher;
      GtkWidget *widget;
      g_autoptr (GPtrArray) labels = g_ptr_array_new ();
      int min, height, width = WIDTH - 36;

      set_large (i == 1);
      switcher = switcher_new (page);
      widget = GTK_WIDGET (switcher);
      gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
      g_assert_cmpint (min, <=, width);
      gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, width, &height, NULL, NULL, NULL);
      gtk_widget_size_allocate (widget, &(GtkAllocation){ 0, 0, width, height }, -1);
      list_labels (widget, labels);
      g_assert_cmpuint (labels->len, >=, 4);
      for (guint j = 0; j < labels->len; j++)
        {
          graphene_rect_t place = place_of (labels->pdata[j], widget);

          g_assert_false (pango_layout_is_ellipsized (gtk_label_get_layout (labels->pdata[j])));
          g_assert_cmpfloat (place.origin.x, >=, 0);
          g_assert_cmpfloat (place.origin.x + place.size.width, <=, (float) width);
          for (guint k = 0; k < j; k++)
            {
              graphene_rect_t before = place_of (labels->pdata[k], widget);

              g_assert_false (graphene_rect_intersection (&before, &place, NULL));
            }
        }
      g_object_unref (switcher);
    }
  set_large (FALSE);
  g_object_unref (page);
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/title/show", test_show);
  g_test_add_func ("/app/title/toast", test_toast);
  g_test_add_func ("/app/title/toast-shrinks", test_toast_shrinks);
  g_test_add_func ("/app/title/toasts", test_toasts);
  g_test_add_func ("/app/title/lower", test_lower);
  g_test_add_func ("/app/title/middle", test_middle);
  g_test_add_func ("/app/title/tabs", test_tabs);
  return g_test_run ();
}
