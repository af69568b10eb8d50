/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-row-name.h"

#include "app/cr-tip.h"

#include <adwaita.h>

/* The child of the list that has the cell. A column view has a list inside, so this is its row. */
static GtkWidget *
find_row (GtkWidget *cell)
{
  GtkWidget *parent;

  for (GtkWidget *widget = cell; widget != NULL; widget = parent)
    {
      parent = gtk_widget_get_parent (widget);
      if (GTK_IS_LIST_VIEW (parent))
        return widget;
    }
  return NULL;
}

static const char *
get_words (GtkWidget *widget)
{
  const char *text = NULL;

  if (GTK_IS_LABEL (widget))
    text = gtk_label_get_text (GTK_LABEL (widget));
  else if (GTK_IS_INSCRIPTION (widget))
    text = gtk_inscription_get_text (GTK_INSCRIPTION (widget));
  return text != NULL ? text : "";
}

static void
add_words (GtkWidget *widget, GString *words)
{
  const char *text = get_words (widget);

  if (!gtk_widget_get_visible (widget) || gtk_widget_get_opacity (widget) == 0)
    return;
  if (text[0] != '\0')
    g_string_append_printf (words, "%s%s", words->len > 0 ? ", " : "", text);

  /* A button has a name of its own, an avatar has none to say. */
  if (GTK_IS_BUTTON (widget) || GTK_IS_MENU_BUTTON (widget) || ADW_IS_AVATAR (widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    add_words (child, words);
}

void
cr_row_name_set (GtkWidget *row)
{
  g_autoptr (GString) words = g_string_new (NULL);

  for (GtkWidget *child = gtk_widget_get_first_child (row); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    add_words (child, words);
  g_object_set_data (G_OBJECT (row), "cr-named", words->len > 0 ? row : NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, words->str,
                                  -1);
  /* A row of libadwaita is labelled by its title, which would be said once more. */
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
}

static gboolean
tick_cb (GtkWidget *row, GdkFrameClock *clock, gpointer user_data)
{
  g_object_set_data (G_OBJECT (row), "cr-waits", NULL);
  cr_row_name_set (row);
  return G_SOURCE_REMOVE;
}

/* Once for all cells of a row that change together; a row that is not on screen waits until it is.
 */
void
cr_row_name_update (GtkWidget *cell)
{
  GtkWidget *row = find_row (cell);

  if (row == NULL || g_object_get_data (G_OBJECT (row), "cr-waits") != NULL)
    return;
  if (!gtk_widget_get_mapped (cell))
    {
      if (g_object_get_data (G_OBJECT (row), "cr-named") == NULL)
        cr_row_name_set (row);
      return;
    }
  g_object_set_data (G_OBJECT (row), "cr-waits", row);
  gtk_widget_add_tick_callback (row, tick_cb, NULL, NULL);
}

static void
changed_cb (GtkWidget *part, GParamSpec *pspec, GtkWidget *cell)
{
  cr_row_name_update (cell);
}

static void
watch (GtkWidget *widget, GtkWidget *cell)
{
  g_signal_connect_object (widget, "notify::visible", G_CALLBACK (changed_cb), cell, 0);
  if (GTK_IS_LABEL (widget))
    g_signal_connect_object (widget, "notify::label", G_CALLBACK (changed_cb), cell, 0);
  else if (GTK_IS_INSCRIPTION (widget))
    g_signal_connect_object (widget, "notify::text", G_CALLBACK (changed_cb), cell, 0);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    watch (child, cell);
}

void
cr_row_name_watch (GtkWidget *cell)
{
  watch (cell, cell);
  /* The row is known from here on. */
  g_signal_connect (cell, "map", G_CALLBACK (cr_row_name_update), NULL);
}

void
cr_row_name_drop_down (GtkDropDown *menu, const char *name)
{
  GtkWidget *button = gtk_widget_get_first_child (GTK_WIDGET (menu));

  if (GTK_IS_TOGGLE_BUTTON (button))
    gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                    -1);
  cr_tip_tell_choices (GTK_WIDGET (menu));
}
