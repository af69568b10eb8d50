/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-none-found.h"

#include "engine/cr-list-model.h"

#define MODEL "cr-none-found-model"

static void
answered_cb (CrListModel *model, GtkWidget *label)
{
  if (g_object_get_data (G_OBJECT (label), MODEL) == model)
    gtk_widget_set_visible (label, cr_list_model_get_total (model) == 0);
}

static void
changed_cb (GListModel *model, guint position, guint removed, guint added, GtkWidget *label)
{
  if (added > 0)
    gtk_widget_set_visible (label, FALSE);
  else if (removed > 0)
    answered_cb (CR_LIST_MODEL (model), label);
}

void
cr_none_found_follow (GtkLabel *label, GListModel *model, const char *words)
{
  g_return_if_fail (GTK_IS_LABEL (label));
  g_return_if_fail (CR_IS_LIST_MODEL (model));

  gtk_label_set_text (label, words);
  /* Known again as soon as this one has answered. */
  g_object_set_data (G_OBJECT (label), MODEL, model);
  g_signal_connect_object (model, "answered", G_CALLBACK (answered_cb), label, 0);
  g_signal_connect_object (model, "items-changed", G_CALLBACK (changed_cb), label, 0);
  if (cr_list_model_get_total (CR_LIST_MODEL (model)) > 0)
    gtk_widget_set_visible (GTK_WIDGET (label), FALSE);
}
