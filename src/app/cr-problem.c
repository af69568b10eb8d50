/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-problem.h"

#include "app/cr-announce.h"

#define KEY "cr-problem-field"

/* What a screen reader has for a field: the text in a row of a list, else the field itself. */
static GtkAccessible *
spoken_of (GtkWidget *field)
{
  GtkEditable *text =
      GTK_IS_LIST_BOX_ROW (field) ? gtk_editable_get_delegate (GTK_EDITABLE (field)) : NULL;

  return text != NULL ? GTK_ACCESSIBLE (text) : GTK_ACCESSIBLE (field);
}

static void
unmark (GtkWidget *field)
{
  g_signal_handlers_disconnect_by_func (field, unmark, NULL);
  gtk_widget_remove_css_class (field, "error");
  gtk_accessible_reset_state (spoken_of (field), GTK_ACCESSIBLE_STATE_INVALID);
  gtk_accessible_reset_property (spoken_of (field), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION);
}

static void
mark (GtkWidget *field, const char *text)
{
  gtk_widget_add_css_class (field, "error");
  gtk_accessible_update_state (spoken_of (field), GTK_ACCESSIBLE_STATE_INVALID,
                               GTK_ACCESSIBLE_INVALID_TRUE, -1);
  gtk_accessible_update_property (spoken_of (field), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  g_signal_connect (field, "changed", G_CALLBACK (unmark), NULL);
  gtk_widget_grab_focus (field);
}

void
cr_problem_show (GtkLabel *label, const char *text, GtkWidget *field)
{
  GtkWidget *before = g_object_get_data (G_OBJECT (label), KEY);

  if (before != NULL)
    unmark (before);
  g_object_set_data_full (G_OBJECT (label), KEY,
                          text != NULL && field != NULL ? g_object_ref (field) : NULL,
                          g_object_unref);
  gtk_label_set_text (label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL);
  if (text == NULL)
    return;
  if (field != NULL)
    mark (field, text);
  /* Where nothing can be announced only what has the focus is read out. */
  if (!cr_announce (GTK_WIDGET (label), text) && field == NULL)
    {
      /* a label takes it from its window only */
      gtk_widget_set_focusable (GTK_WIDGET (label), TRUE);
      gtk_root_set_focus (gtk_widget_get_root (GTK_WIDGET (label)), GTK_WIDGET (label));
    }
}
