/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-tip.h"

#include <adwaita.h>

#define KEY "cr-tip"

static gboolean
query_cb (GtkWidget *widget,
          int x,
          int y,
          gboolean is_keyboard,
          GtkTooltip *tooltip,
          gpointer user_data)
{
  const char *text = cr_tip_get (widget);

  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

const char *
cr_tip_get (GtkWidget *widget)
{
  g_return_val_if_fail (GTK_IS_WIDGET (widget), NULL);

  return g_object_get_data (G_OBJECT (widget), KEY);
}

void
cr_tip_set (GtkWidget *widget, const char *text)
{
  g_return_if_fail (GTK_IS_WIDGET (widget));

  if (g_strcmp0 (text, cr_tip_get (widget)) == 0)
    return;
  if (g_signal_handler_find (widget, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, query_cb, NULL) == 0)
    g_signal_connect (widget, "query-tooltip", G_CALLBACK (query_cb), NULL);
  g_object_set_data_full (G_OBJECT (widget), KEY, g_strdup (text), g_free);
  gtk_widget_set_has_tooltip (widget, text != NULL);
  if (text != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                    text, -1);
  else
    gtk_accessible_reset_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION);
}

/* Words that are cut off ---------------------------------------------------------------------- */

/* An inscription keeps its layout to itself. */
static gboolean
is_inscription_cut (GtkInscription *inscription)
{
  GtkWidget *widget = GTK_WIDGET (inscription);
  gboolean is_one_line = gtk_inscription_get_min_lines (inscription) <= 1;
  g_autoptr (PangoLayout) layout =
      gtk_widget_create_pango_layout (widget, gtk_inscription_get_text (inscription));
  int width, height;

  if (!is_one_line)
    {
      pango_layout_set_width (layout, gtk_widget_get_width (widget) * PANGO_SCALE);
      pango_layout_set_wrap (layout, gtk_inscription_get_wrap_mode (inscription));
    }
  pango_layout_get_pixel_size (layout, &width, &height);
  return is_one_line ? width > gtk_widget_get_width (widget)
                     : height > gtk_widget_get_height (widget);
}

static GtkLabel *
find_cut (GtkWidget *widget)
{
  GtkLabel *found = NULL;

  if (GTK_IS_LABEL (widget))
    return pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (widget)))
             ? GTK_LABEL (widget)
             : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_child_visible (child) && !GTK_IS_POPOVER (child))
      found = find_cut (child);
  return found;
}

static gboolean
query_cut_cb (GtkWidget *widget,
              int x,
              int y,
              gboolean is_keyboard,
              GtkTooltip *tooltip,
              gpointer user_data)
{
  GtkLabel *cut = find_cut (widget);

  if (cut != NULL)
    gtk_tooltip_set_text (tooltip, gtk_label_get_text (cut));
  else if (GTK_IS_INSCRIPTION (widget) && is_inscription_cut (GTK_INSCRIPTION (widget)))
    gtk_tooltip_set_text (tooltip, gtk_inscription_get_text (GTK_INSCRIPTION (widget)));
  else
    return FALSE;
  return TRUE;
}

void
cr_tip_tell_cut (GtkWidget *text)
{
  g_return_if_fail (GTK_IS_WIDGET (text));

  if (g_signal_handler_find (text, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, query_cut_cb, NULL) != 0)
    return;
  gtk_widget_set_has_tooltip (text, TRUE);
  g_signal_connect (text, "query-tooltip", G_CALLBACK (query_cut_cb), NULL);
}

/* Choices ------------------------------------------------------------------------------------- */

/* The list has one under the pointer, or with the focus; the rest shows only one. */
static GtkWidget *
find_pointed (GtkWidget *widget, int x, int y, gboolean is_keyboard)
{
  if (!GTK_IS_POPOVER (widget))
    return widget;
  if (is_keyboard)
    return gtk_root_get_focus (gtk_widget_get_root (widget));
  return gtk_widget_pick (widget, x, y, GTK_PICK_DEFAULT);
}

static gboolean
query_choice_cb (GtkWidget *widget,
                 int x,
                 int y,
                 gboolean is_keyboard,
                 GtkTooltip *tooltip,
                 gpointer user_data)
{
  GtkWidget *at = find_pointed (widget, x, y, is_keyboard);
  GtkLabel *cut = at != NULL ? find_cut (at) : NULL;

  if (cut != NULL)
    gtk_tooltip_set_text (tooltip, gtk_label_get_text (cut));
  return cut != NULL;
}

static gboolean
is_dropped_down (GtkWidget *widget)
{
  return GTK_IS_POPOVER (widget) && (gtk_widget_get_ancestor (widget, GTK_TYPE_DROP_DOWN) != NULL ||
                                     gtk_widget_get_ancestor (widget, ADW_TYPE_COMBO_ROW) != NULL);
}

void
cr_tip_tell_choices (GtkWidget *menu)
{
  g_return_if_fail (GTK_IS_WIDGET (menu));

  if ((GTK_IS_DROP_DOWN (menu) || ADW_IS_COMBO_ROW (menu) || ADW_IS_ENTRY_ROW (menu) ||
       is_dropped_down (menu)) &&
      g_signal_handler_find (menu, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, query_choice_cb, NULL) == 0)
    {
      gtk_widget_set_has_tooltip (menu, TRUE);
      g_signal_connect (menu, "query-tooltip", G_CALLBACK (query_choice_cb), NULL);
    }
  if (GTK_IS_POPOVER (menu))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (menu); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    cr_tip_tell_choices (child);
}
