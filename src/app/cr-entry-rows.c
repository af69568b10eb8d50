/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-entry-rows.h"

#include <adwaita.h>

static void
title_cb (AdwPreferencesRow *row, GParamSpec *pspec, GtkAccessible *text)
{
  gtk_accessible_update_property (text, GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  adw_preferences_row_get_title (row), -1);
}

static void
name (GtkWidget *row)
{
  GtkEditable *text = gtk_editable_get_delegate (GTK_EDITABLE (row));

  g_object_set (text, "accessible-role", GTK_ACCESSIBLE_ROLE_TEXT_BOX, NULL);
  g_signal_connect_object (row, "notify::title", G_CALLBACK (title_cb), text, 0);
  title_cb (ADW_PREFERENCES_ROW (row), NULL, GTK_ACCESSIBLE (text));
}

/* From 4.10 on a widget can tell of the focus of its parts, and the row does. */
void
cr_entry_rows_name (GtkWidget *root)
{
  if (gtk_get_minor_version () >= 10)
    return;
  if (ADW_IS_ENTRY_ROW (root))
    name (root);
  if (GTK_IS_BUTTON (root) && gtk_widget_get_tooltip_text (root) != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (root), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    gtk_widget_get_tooltip_text (root), -1);

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    cr_entry_rows_name (child);
}
