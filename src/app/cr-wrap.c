/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-wrap.h"

#include "app/cr-flow-layout.h"
#include "app/cr-state-label.h"
#include "app/cr-text-size.h"
#include "app/cr-title.h"

#define ROW_SPACING 6
#define TITLE_CHARS 2
#define HEADER_CHARS 7
#define QUESTION_CHARS 12
#define QUESTION_WIDTH 372
#define QUESTION_MARGIN 30
#define FORM_WIDTH 600
#define FORM_TIGHT 400
/* What has words, and nothing that is copied. */
#define HYPHENS "hyphens"

/* The buttons of a header have the room between them, those of a question go below each other
 * rather than break a word. */
static int
word_chars (GtkWidget *label)
{
  if (gtk_widget_get_ancestor (label, ADW_TYPE_HEADER_BAR) != NULL)
    return HEADER_CHARS;
  return ADW_IS_MESSAGE_DIALOG (gtk_widget_get_root (label)) ? QUESTION_CHARS : CR_WORD_CHARS;
}

static glong
longest_word (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  glong longest = 0;

  for (guint i = 0; words[i] != NULL; i++)
    longest = MAX (longest, g_utf8_strlen (words[i], -1));
  return longest;
}

static void
break_words (GtkLabel *label)
{
  glong n = longest_word (gtk_label_get_text (label));
  int chars = word_chars (GTK_WIDGET (label));

  gtk_widget_add_css_class (GTK_WIDGET (label), HYPHENS);
  gtk_label_set_wrap_mode (label, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_width_chars (label, n == 0 ? chars : (int) MIN (n, chars));
}

static gboolean
is_in_dialog (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  return GTK_IS_WINDOW (root) && gtk_window_get_transient_for (GTK_WINDOW (root)) != NULL;
}

/* A title between buttons may be cut further than libadwaita does. */
static void
bound_title (GtkLabel *label)
{
  if (gtk_label_get_width_chars (label) > TITLE_CHARS)
    gtk_label_set_width_chars (label, TITLE_CHARS);
}

/* Inside a word it may be an address or a secret that breaks: a hyphen would be taken for a part of
 * it. */
static void
break_without_hyphens (GtkLabel *label)
{
  PangoAttrList *attributes = gtk_label_get_attributes (label);

  attributes = attributes != NULL ? pango_attr_list_copy (attributes) : pango_attr_list_new ();
  pango_attr_list_change (attributes, pango_attr_insert_hyphens_new (FALSE));
  gtk_label_set_attributes (label, attributes);
  pango_attr_list_unref (attributes);
}

/* libadwaita cuts the title of a group. */
static void
wrap_heading (GtkLabel *label)
{
  gtk_label_set_ellipsize (label, PANGO_ELLIPSIZE_NONE);
  gtk_label_set_wrap (label, TRUE);
  gtk_label_set_wrap_mode (label, PANGO_WRAP_WORD_CHAR);
}

static void
bound (GtkLabel *label)
{
  if (gtk_label_get_ellipsize (label) != PANGO_ELLIPSIZE_NONE &&
      (gtk_widget_has_css_class (GTK_WIDGET (label), "title") ||
       gtk_widget_has_css_class (GTK_WIDGET (label), "subtitle")))
    bound_title (label);
  if (gtk_widget_has_css_class (GTK_WIDGET (label), "heading") &&
      gtk_widget_get_ancestor (GTK_WIDGET (label), ADW_TYPE_PREFERENCES_GROUP) != NULL)
    wrap_heading (label);
  if (!gtk_label_get_wrap (label))
    return;
  if (gtk_label_get_wrap_mode (label) != PANGO_WRAP_WORD)
    {
      if (gtk_label_get_width_chars (label) < 0)
        gtk_label_set_width_chars (label, CR_WRAP_CHARS);
      if (!gtk_widget_has_css_class (GTK_WIDGET (label), HYPHENS))
        break_without_hyphens (label);
    }
  else if (gtk_label_get_width_chars (label) < 0 && cr_text_is_large (GTK_WIDGET (label)))
    break_words (label);
}

/* Where it stands beside what is higher, a button is not made as narrow as that height allows. */
static void
keep_words_together (GtkWidget *button)
{
  GtkWidget *child = gtk_widget_get_first_child (button);

  if (!GTK_IS_LABEL (child) || gtk_widget_get_next_sibling (child) != NULL)
    return;
  gtk_widget_set_hexpand (button, gtk_widget_compute_expand (button, GTK_ORIENTATION_HORIZONTAL));
  gtk_widget_set_hexpand (child, TRUE);
  gtk_widget_set_layout_manager (button, cr_flow_layout_new (0));
}

/* Words of a button and of a state go on in a second line rather than out of the window. */
static void
wrap_words (GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_LABEL (child))
      wrap_words (child);
    else if (!gtk_label_get_wrap (GTK_LABEL (child)))
      {
        gtk_label_set_wrap (GTK_LABEL (child), TRUE);
        if (GTK_IS_BUTTON (widget))
          gtk_label_set_justify (GTK_LABEL (child), GTK_JUSTIFY_CENTER);
      }
}

static void
flow (GtkWidget *box)
{
  if (GTK_IS_BOX (box) && !CR_IS_FLOW_LAYOUT (gtk_widget_get_layout_manager (box)))
    gtk_widget_set_layout_manager (box, cr_flow_layout_new (ROW_SPACING));
}

/* What stands behind the words of a row goes below them. */
static void
flow_row (GtkListBoxRow *row)
{
  GtkWidget *header = gtk_list_box_row_get_child (row);
  GtkWidget *suffixes = gtk_widget_get_last_child (header);

  flow (header);
  flow (suffixes);
  /* A row that opens has another box there. */
  for (GtkWidget *child = gtk_widget_get_first_child (suffixes); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    flow (child);
}

static void
cut_words (GtkWidget *widget)
{
  if (GTK_IS_POPOVER (widget))
    return;
  if (GTK_IS_LABEL (widget))
    gtk_label_set_ellipsize (GTK_LABEL (widget), PANGO_ELLIPSIZE_END);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    cut_words (child);
}

/* libadwaita cuts what is chosen at twenty letters, however much room there is. */
static void
lengthen_choice (GtkWidget *widget)
{
  if (GTK_IS_POPOVER (widget))
    return;
  if (GTK_IS_LABEL (widget) && gtk_label_get_ellipsize (GTK_LABEL (widget)) != PANGO_ELLIPSIZE_NONE)
    gtk_label_set_max_width_chars (GTK_LABEL (widget), -1);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    lengthen_choice (child);
}

/* The label of what is chosen comes with the choice. */
static void
follow_choice (GtkWidget *widget, void (*shape) (GtkWidget *))
{
  shape (widget);
  if (g_signal_handler_find (widget, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, shape, NULL) == 0)
    g_signal_connect_after (widget, "notify::selected-item", G_CALLBACK (shape), NULL);
}

static GtkWidget *
find_class (GtkWidget *widget, const char *name)
{
  GtkWidget *found = gtk_widget_has_css_class (widget, name) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_class (child, name);
  return found;
}

/* What a question says scrolls, rather than push its buttons off the screen. */
static void
scroll_message (GtkWidget *dialog)
{
  GtkWidget *area = find_class (dialog, "message-area");
  GtkWidget *parent = area != NULL ? gtk_widget_get_parent (area) : NULL;
  GtkWidget *scrolled;

  if (!GTK_IS_BOX (parent))
    return;

  scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_box_prepend (GTK_BOX (parent), scrolled);
  g_object_ref (area);
  gtk_box_remove (GTK_BOX (parent), area);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), area);
  g_object_unref (area);
}

static int
least_width (GtkWidget *widget)
{
  int min;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
  return min;
}

static int
height_at (GtkWidget *widget, int width)
{
  int nat;

  gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, width, NULL, &nat, NULL, NULL);
  return nat;
}

/* Forms are as wide for libadwaita whatever the size of the text. */
static void
widen (AdwClamp *clamp)
{
  adw_clamp_set_maximum_size (clamp, cr_text_enlarge (GTK_WIDGET (clamp), FORM_WIDTH));
  adw_clamp_set_tightening_threshold (clamp, cr_text_enlarge (GTK_WIDGET (clamp), FORM_TIGHT));
}

void
cr_wrap_bound (GtkWidget *root)
{
  g_return_if_fail (GTK_IS_WIDGET (root));

  if (ADW_IS_VIEW_SWITCHER (root) || GTK_IS_POPOVER (root))
    return;
  if (GTK_IS_DROP_DOWN (root))
    {
      follow_choice (root, cut_words); /* what is chosen is whole in the list that opens */
      return;
    }
  if (ADW_IS_MESSAGE_DIALOG (root) && cr_text_is_large (root))
    scroll_message (root);
  if (ADW_IS_CLAMP (root) && gtk_widget_get_ancestor (root, ADW_TYPE_PREFERENCES_PAGE) != NULL)
    widen (ADW_CLAMP (root));
  if (GTK_IS_BOX (root) && ADW_IS_HEADER_BAR (gtk_widget_get_first_child (root)) &&
      is_in_dialog (root))
    cr_title_lower (gtk_widget_get_first_child (root));
  if (GTK_IS_LABEL (root))
    bound (GTK_LABEL (root));
  else if ((GTK_IS_BUTTON (root) || CR_IS_STATE_LABEL (root)) && cr_text_is_large (root))
    {
      wrap_words (root);
      if (GTK_IS_BUTTON (root))
        keep_words_together (root);
    }
  else if (GTK_IS_EXPANDER (root) &&
           GTK_IS_LABEL (gtk_expander_get_label_widget (GTK_EXPANDER (root))))
    gtk_label_set_wrap (GTK_LABEL (gtk_expander_get_label_widget (GTK_EXPANDER (root))), TRUE);
  else if (ADW_IS_ACTION_ROW (root))
    {
      flow_row (GTK_LIST_BOX_ROW (root));
      if (ADW_IS_COMBO_ROW (root))
        follow_choice (root, lengthen_choice);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    cr_wrap_bound (child);
}

/* libadwaita makes a question as narrow as its buttons, and what scrolls is measured as if it did
 * not wrap: a question with large text would be cut after a few words. */
void
cr_wrap_give_room (GtkWindow *question)
{
  GtkWidget *below = GTK_WIDGET (gtk_window_get_transient_for (question));
  GtkWidget *area = find_class (GTK_WIDGET (question), "message-area");
  GtkWidget *scrolled =
      area != NULL ? gtk_widget_get_ancestor (area, GTK_TYPE_SCROLLED_WINDOW) : NULL;
  int width, most;

  if (below == NULL || scrolled == NULL)
    return;

  cr_wrap_bound (GTK_WIDGET (question)); /* its buttons came later than the rest */
  width = MIN (cr_text_enlarge (below, QUESTION_WIDTH),
               gtk_widget_get_width (below) - 2 * QUESTION_MARGIN);
  width = MAX (width, least_width (gtk_widget_get_parent (scrolled)));
  most = gtk_widget_get_height (below) - 2 * QUESTION_MARGIN;
  for (GtkWidget *each = gtk_widget_get_next_sibling (scrolled); each != NULL;
       each = gtk_widget_get_next_sibling (each))
    most -= height_at (each, width);
  gtk_widget_set_size_request (scrolled, width, MIN (height_at (area, width), most));
}
