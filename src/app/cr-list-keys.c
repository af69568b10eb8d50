/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-list-keys.h"

static GtkWidget *
find_focused_row (GtkWidget *list, GtkWidget *focus)
{
  for (GtkWidget *widget = focus; widget != NULL && widget != list;
       widget = gtk_widget_get_parent (widget))
    if (GTK_IS_LIST_VIEW (gtk_widget_get_parent (widget)))
      return widget;
  return NULL;
}

static gboolean
key_cb (GtkEventControllerKey *keys,
        guint key,
        guint code,
        GdkModifierType modifiers,
        gpointer user_data)
{
  GtkWidget *list = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (keys));
  GtkWidget *root = GTK_WIDGET (gtk_widget_get_root (list));
  GtkDirectionType direction;
  GtkWidget *row;
  gboolean is_moved;

  if (key == GDK_KEY_Tab && (modifiers & GDK_CONTROL_MASK) == 0)
    direction = GTK_DIR_TAB_FORWARD;
  else if (key == GDK_KEY_ISO_Left_Tab)
    direction = GTK_DIR_TAB_BACKWARD;
  else
    return FALSE;

  row = find_focused_row (list, gtk_root_get_focus (GTK_ROOT (root)));
  if (row == NULL || gtk_widget_child_focus (row, direction))
    return row != NULL;

  /* What cannot be focused is passed over. */
  gtk_widget_set_can_focus (list, FALSE);
  is_moved = gtk_widget_child_focus (root, direction);
  gtk_widget_set_can_focus (list, TRUE);
  return is_moved;
}

void
cr_list_keys_add (GtkWidget *list)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), NULL);
  gtk_widget_add_controller (list, keys);
}
