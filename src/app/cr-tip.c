/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-tip.h"

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
