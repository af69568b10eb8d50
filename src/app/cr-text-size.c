/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-text-size.h"

int
cr_text_dpi (GtkWidget *widget)
{
  int dpi = CR_TEXT_USUAL_DPI;

  g_return_val_if_fail (GTK_IS_WIDGET (widget), dpi);

  g_object_get (gtk_widget_get_settings (widget), "gtk-xft-dpi", &dpi, NULL);
  return MAX (dpi, CR_TEXT_USUAL_DPI);
}

int
cr_text_enlarge (GtkWidget *widget, int size)
{
  return (int) ((gint64) size * cr_text_dpi (widget) / CR_TEXT_USUAL_DPI);
}
