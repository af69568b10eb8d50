/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-title.h"

#include "app/cr-text-size.h"

#include <glib/gi18n.h>

void
cr_title_show (AdwWindowTitle *title, GtkLabel *line, CrPage *page, gboolean is_sandbox)
{
  const char *words = page == NULL ? NULL : cr_page_get_title (page);
  gboolean is_below, is_headed = FALSE;

  g_return_if_fail (ADW_IS_WINDOW_TITLE (title));
  g_return_if_fail (GTK_IS_LABEL (line));

  words = words != NULL ? words : "Chartroom";
  is_below = page != NULL && cr_page_get_narrow (page) && cr_text_is_large (GTK_WIDGET (line));
  if (page != NULL)
    g_object_get (page, "headed", &is_headed, NULL);
  adw_window_title_set_title (title, is_below ? "" : words);
  adw_window_title_set_subtitle (title,
                                 page != NULL && is_sandbox && !is_below ? _ ("Sandbox") : "");
  gtk_label_set_text (line, words);
  gtk_widget_set_visible (GTK_WIDGET (line), is_below && !is_headed);
}
