/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-wrap.h"

#include "app/cr-flow-layout.h"
#include "app/cr-state-label.h"
#include "app/cr-text-size.h"

#define ROW_SPACING 6
#define LARGE_DPI (CR_TEXT_USUAL_DPI * 3 / 2)
#define TITLE_CHARS 2
#define HEADER_CHARS 4

/* Where one word may be wider than the window. */
static gboolean
is_large (GtkWidget *widget)
{
  return cr_text_dpi (widget) > LARGE_DPI;
}

static void
break_words (GtkLabel *label)
{
  glong n = g_utf8_strlen (gtk_label_get_text (label), -1);
  int chars = gtk_widget_get_ancestor (GTK_WIDGET (label), ADW_TYPE_HEADER_BAR) != NULL
                ? HEADER_CHARS
                : CR_WORD_CHARS;

  gtk_label_set_wrap_mode (label, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_width_chars (label, n == 0 ? chars : (int) MIN (n, chars));
}

static void
bound (GtkLabel *label)
{
  /* A title between the buttons of a dialog may be cut further than libadwaita does. */
  if (gtk_label_get_ellipsize (label) != PANGO_ELLIPSIZE_NONE &&
      gtk_label_get_width_chars (label) > TITLE_CHARS &&
      gtk_widget_has_css_class (GTK_WIDGET (label), "title"))
    gtk_label_set_width_chars (label, TITLE_CHARS);
  if (!gtk_label_get_wrap (label) || gtk_label_get_width_chars (label) >= 0)
    return;
  if (gtk_label_get_wrap_mode (label) != PANGO_WRAP_WORD)
    gtk_label_set_width_chars (label, CR_WRAP_CHARS);
  else if (is_large (GTK_WIDGET (label)))
    break_words (label);
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

  flow (header);
  flow (gtk_widget_get_last_child (header));
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

/* What is chosen is whole in the list that opens. Its label comes with the choice. */
static void
cut_choice (GtkWidget *menu)
{
  cut_words (menu);
  if (g_signal_handler_find (menu, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, cut_words, NULL) == 0)
    g_signal_connect_after (menu, "notify::selected-item", G_CALLBACK (cut_words), NULL);
}

void
cr_wrap_bound (GtkWidget *root)
{
  g_return_if_fail (GTK_IS_WIDGET (root));

  if (ADW_IS_VIEW_SWITCHER (root) || GTK_IS_POPOVER (root))
    return;
  if (GTK_IS_DROP_DOWN (root))
    {
      cut_choice (root);
      return;
    }
  if (GTK_IS_LABEL (root))
    bound (GTK_LABEL (root));
  else if ((GTK_IS_BUTTON (root) || CR_IS_STATE_LABEL (root)) && is_large (root))
    wrap_words (root);
  else if (GTK_IS_EXPANDER (root) &&
           GTK_IS_LABEL (gtk_expander_get_label_widget (GTK_EXPANDER (root))))
    gtk_label_set_wrap (GTK_LABEL (gtk_expander_get_label_widget (GTK_EXPANDER (root))), TRUE);
  else if (ADW_IS_ACTION_ROW (root))
    flow_row (GTK_LIST_BOX_ROW (root));
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    cr_wrap_bound (child);
}
