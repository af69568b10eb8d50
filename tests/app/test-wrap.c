/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-cells.h"
#include "app/cr-state-label.h"
#include "app/cr-text-size.h"
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

static gboolean
has_hyphens_off (GtkWidget *label)
{
  PangoAttrList *list = gtk_label_get_attributes (GTK_LABEL (label));
  GSList *attributes = list != NULL ? pango_attr_list_get_attributes (list) : NULL;
  gboolean is_off = FALSE;

  for (GSList *each = attributes; each != NULL; each = each->next)
    {
      PangoAttribute *attribute = each->data;

      if (attribute->klass->type == PANGO_ATTR_INSERT_HYPHENS)
        is_off = ((PangoAttrInt *) attribute)->value == 0;
    }
  g_slist_free_full (attributes, (GDestroyNotify) pango_attribute_destroy);
  return is_off;
}

/* A secret that goes on in the next line has no sign more than it has. */
static void
test_secret (void)
{
  GtkWidget *label = g_object_ref_sink (gtk_label_new ("whsec_Gh9pY4XQICYGPDG1YSEpgZFRyhjW"));

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_CHAR);
  g_assert_false (has_hyphens_off (label));
  cr_wrap_bound (label);
  g_assert_true (has_hyphens_off (label));
  g_object_unref (label);
}

static int
nat_width (GtkWidget *widget, int height)
{
  int min, nat;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, height, &min, &nat, NULL, NULL);
  return nat;
}

static int
count_lines (GtkWidget *widget)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      int n = GTK_IS_LABEL (child)
                ? pango_layout_get_line_count (gtk_label_get_layout (GTK_LABEL (child)))
                : count_lines (child);

      if (n > 0)
        return n;
    }
  return 0;
}

/* Words of twice the size that have their room stand in one line, however high what is beside them.
 */
static void
test_large (void)
{
  GtkSettings *settings = gtk_settings_get_default ();
  GtkWidget *button = g_object_ref_sink (gtk_button_new_with_label ("Cancel"));
  GtkWidget *state = g_object_ref_sink (cr_state_label_new ());
  static const CrExplanation complete = { .title = "Complete",
                                          .icon = "object-select-symbolic",
                                          .tone = "success" };
  int width;

  g_object_set (settings, "gtk-xft-dpi", 2 * CR_TEXT_USUAL_DPI, NULL);
  cr_state_label_set (CR_STATE_LABEL (state), &complete);
  cr_wrap_bound (button);
  cr_wrap_bound (state);

  width = nat_width (button, -1);
  g_assert_cmpint (nat_width (button, 300), ==, width);
  width = nat_width (state, -1);
  gtk_widget_size_allocate (state, &(GtkAllocation){ 0, 0, width, 300 }, -1);
  g_assert_cmpint (count_lines (state), ==, 1);
  g_object_set (settings, "gtk-xft-dpi", CR_TEXT_USUAL_DPI, NULL);
  g_object_unref (button);
  g_object_unref (state);
}

/* The state of a row that opens has its room there too. */
static void
test_opening_row (void)
{
  GtkSettings *settings = gtk_settings_get_default ();
  static const CrExplanation complete = { .title = "Complete",
                                          .icon = "object-select-symbolic",
                                          .tone = "success" };
  GtkWidget *window = gtk_window_new ();
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *row, *state;

  g_object_set (settings, "gtk-xft-dpi", 2 * CR_TEXT_USUAL_DPI, NULL);
  row = adw_expander_row_new ();
  state = cr_state_label_new ();
  cr_state_label_set (CR_STATE_LABEL (state), &complete);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), "Just now");
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), "After connecting");
  adw_expander_row_add_action (ADW_EXPANDER_ROW (row), state);
  cr_wrap_bound (row);
  gtk_list_box_append (GTK_LIST_BOX (list), row);
  gtk_window_set_default_size (GTK_WINDOW (window), 1100, 200);
  gtk_window_set_child (GTK_WINDOW (window), list);
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (state) == 0)
    g_main_context_iteration (NULL, TRUE);
  app_test_settle ();
  g_assert_cmpint (count_lines (state), ==, 1);
  g_object_set (settings, "gtk-xft-dpi", CR_TEXT_USUAL_DPI, NULL);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* A name that is cut may be another patient's: at twice the size a cell has room for all of it. */
static void
test_cell (void)
{
  GtkSettings *settings = gtk_settings_get_default ();
  GtkWidget *usual = g_object_ref_sink (cr_cell_text_new ());
  GtkWidget *large, *label;
  int height, wanted;

  g_object_set (settings, "gtk-xft-dpi", 2 * CR_TEXT_USUAL_DPI, NULL);
  large = g_object_ref_sink (cr_cell_text_new ());
  label = g_object_ref_sink (gtk_label_new ("José Luis\nNúñez\nOrtega"));
  gtk_widget_measure (label, GTK_ORIENTATION_VERTICAL, -1, &wanted, NULL, NULL, NULL);
  gtk_widget_measure (large, GTK_ORIENTATION_VERTICAL, -1, &height, NULL, NULL, NULL);
  g_assert_cmpint (height, >=, wanted);
  gtk_widget_measure (usual, GTK_ORIENTATION_VERTICAL, -1, &height, NULL, NULL, NULL);
  g_assert_cmpint (height, <, wanted / 2);
  g_object_set (settings, "gtk-xft-dpi", CR_TEXT_USUAL_DPI, NULL);
  g_object_unref (usual);
  g_object_unref (large);
  g_object_unref (label);
}

/* Where it is drawn: the middle of what is not blank, from 0 at the left to 1. */
static double
find_ink (GtkWidget *widget)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autofree guint32 *pixels = app_test_render (paintable, width, height);
  int first = width, last = 0;

  for (int i = 0; i < width * height; i++)
    if (pixels[i] != 0)
      {
        first = MIN (first, i % width);
        last = MAX (last, i % width);
      }
  return (first + last) / 2.0 / width;
}

/* A text begins where the lines of its window do, whichever way it runs itself. */
static void
test_start (void)
{
  static const char *const texts[] = { "Ana", "آنا", "12", "Ana آنا", "24 ديس" };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (texts); i++)
    {
      GtkTextDirection direction = i % 2 == 0 ? GTK_TEXT_DIR_LTR : GTK_TEXT_DIR_RTL;
      GtkWidget *window = gtk_window_new ();
      GtkWidget *cell;
      double middle;

      gtk_widget_set_default_direction (direction);
      cell = cr_cell_text_new ();
      cr_cell_text_set (cell, texts[i / 2], 4, 4);
      gtk_window_set_default_size (GTK_WINDOW (window), 600, 100);
      gtk_window_set_child (GTK_WINDOW (window), cell);
      gtk_window_present (GTK_WINDOW (window));
      app_test_settle ();
      middle = find_ink (cell);
      g_test_message ("%s at %g", texts[i / 2], middle);
      g_assert_true (direction == GTK_TEXT_DIR_RTL ? middle > 0.8 : middle < 0.2);
      gtk_window_destroy (GTK_WINDOW (window));
    }
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
}

/* A name goes on in as many lines as it needs, without a hyphen that it does not have; another that
 * ends otherwise is told from it. */
static void
test_name (void)
{
  static const char *const words =
      "Maria Fernanda Guadalupe González de la Vega Martínez Echeverría y Santísima Trinidad";
  GtkSettings *settings = gtk_settings_get_default ();
  GtkWidget *name, *all;
  int height, least;

  g_object_set (settings, "gtk-xft-dpi", 2 * CR_TEXT_USUAL_DPI, NULL);
  name = g_object_ref_sink (cr_cell_name_new ());
  all = g_object_ref_sink (gtk_label_new (words));
  gtk_label_set_text (GTK_LABEL (name), words);
  gtk_label_set_wrap (GTK_LABEL (all), TRUE);
  gtk_widget_measure (all, GTK_ORIENTATION_VERTICAL, 320, &least, NULL, NULL, NULL);
  gtk_widget_measure (name, GTK_ORIENTATION_VERTICAL, 320, &height, NULL, NULL, NULL);
  gtk_widget_size_allocate (name, &(GtkAllocation){ 0, 0, 320, height }, -1);
  g_assert_cmpint (height, >=, least);
  g_assert_cmpint (pango_layout_get_line_count (gtk_label_get_layout (GTK_LABEL (name))), >, 3);
  g_assert_false (pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (name))));
  g_assert_true (has_hyphens_off (name));
  g_object_set (settings, "gtk-xft-dpi", CR_TEXT_USUAL_DPI, NULL);
  g_object_unref (name);
  g_object_unref (all);
}

/* However much a question says, its answers are on the screen. */
static void
test_question (void)
{
  GtkSettings *settings = gtk_settings_get_default ();
  g_autoptr (GString) body = g_string_new (NULL);
  GtkWidget *dialog;
  int height;

  g_object_set (settings, "gtk-xft-dpi", 2 * CR_TEXT_USUAL_DPI, NULL);
  for (guint i = 0; i < 12; i++)
    g_string_append (body, "“Sandbox FHIR server” keeps the 453 records it has.\n");
  dialog = adw_message_dialog_new (NULL, "Remove This Patient?", body->str);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", "Cancel", "do", "Remove",
                                    NULL);
  cr_wrap_bound (dialog);
  cr_wrap_bound (dialog); /* once is enough */
  gtk_widget_measure (dialog, GTK_ORIENTATION_VERTICAL, 360, &height, NULL, NULL, NULL);
  g_assert_cmpint (height, <=, 740);
  g_object_set (settings, "gtk-xft-dpi", CR_TEXT_USUAL_DPI, NULL);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* With room enough nothing that a question says is out of sight. */
static void
test_question_room (void)
{
  GtkSettings *settings = gtk_settings_get_default ();
  GtkWidget *window = gtk_window_new ();
  GtkWidget *dialog, *label;
  graphene_rect_t bounds;

  g_object_set (settings, "gtk-xft-dpi", 2 * CR_TEXT_USUAL_DPI, NULL);
  gtk_window_set_default_size (GTK_WINDOW (window), 1100, 740);
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (window) == 0)
    g_main_context_iteration (NULL, TRUE);
  dialog = adw_message_dialog_new (GTK_WINDOW (window), "Remove This Patient?",
                                   "The portals are asked to take their access back. The patient, "
                                   "the connections and all records are deleted here and wiped "
                                   "from the files.");
  label = gtk_label_new ("This cannot be undone.");
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), label);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", "Cancel", "do", "Remove",
                                    NULL);
  cr_wrap_bound (dialog);
  cr_wrap_give_room (GTK_WINDOW (dialog));
  gtk_window_present (GTK_WINDOW (dialog));
  while (gtk_widget_get_width (label) == 0)
    g_main_context_iteration (NULL, TRUE);
  app_test_settle ();
  g_assert_true (gtk_widget_compute_bounds (
      label, gtk_widget_get_ancestor (label, GTK_TYPE_SCROLLED_WINDOW), &bounds));
  g_assert_cmpfloat (
      bounds.origin.y + bounds.size.height, <=,
      gtk_widget_get_height (gtk_widget_get_ancestor (label, GTK_TYPE_SCROLLED_WINDOW)));
  g_assert_cmpint (gtk_widget_get_width (dialog), >, 600);
  g_object_set (settings, "gtk-xft-dpi", CR_TEXT_USUAL_DPI, NULL);
  gtk_window_destroy (GTK_WINDOW (window));
}

static GtkWidget *
find_clamp (GtkWidget *widget)
{
  GtkWidget *found = ADW_IS_CLAMP (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_clamp (child);
  return found;
}

/* Text of twice the size has as many words in a line of a form. */
static void
test_form (void)
{
  GtkSettings *settings = gtk_settings_get_default ();
  GtkWidget *page = g_object_ref_sink (adw_preferences_page_new ());
  AdwClamp *clamp = ADW_CLAMP (find_clamp (page));
  int width = adw_clamp_get_maximum_size (clamp),
      tight = adw_clamp_get_tightening_threshold (clamp);

  cr_wrap_bound (page);
  g_assert_cmpint (adw_clamp_get_maximum_size (clamp), ==, width);
  g_object_set (settings, "gtk-xft-dpi", 2 * CR_TEXT_USUAL_DPI, NULL);
  for (guint i = 0; i < 2; i++)
    cr_wrap_bound (page);
  g_assert_cmpint (adw_clamp_get_maximum_size (clamp), ==, 2 * width);
  g_assert_cmpint (adw_clamp_get_tightening_threshold (clamp), ==, 2 * tight);
  g_object_set (settings, "gtk-xft-dpi", CR_TEXT_USUAL_DPI, NULL);
  g_object_unref (page);
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/wrap/row", test_row);
  g_test_add_func ("/app/wrap/others", test_others);
  g_test_add_func ("/app/wrap/secret", test_secret);
  g_test_add_func ("/app/wrap/large", test_large);
  g_test_add_func ("/app/wrap/opening-row", test_opening_row);
  g_test_add_func ("/app/wrap/cell", test_cell);
  g_test_add_func ("/app/wrap/start", test_start);
  g_test_add_func ("/app/wrap/name", test_name);
  g_test_add_func ("/app/wrap/question", test_question);
  g_test_add_func ("/app/wrap/question-room", test_question_room);
  g_test_add_func ("/app/wrap/form", test_form);
  return g_test_run ();
}
