/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-text-size.h"

#define LARGE_DPI (CR_TEXT_USUAL_DPI * 3 / 2)

static int
dpi_of (GtkSettings *settings)
{
  int dpi = CR_TEXT_USUAL_DPI;

  g_object_get (settings, "gtk-xft-dpi", &dpi, NULL);
  return MAX (dpi, CR_TEXT_USUAL_DPI);
}

int
cr_text_dpi (GtkWidget *widget)
{
  g_return_val_if_fail (GTK_IS_WIDGET (widget), CR_TEXT_USUAL_DPI);

  return dpi_of (gtk_widget_get_settings (widget));
}

gboolean
cr_text_is_large (GtkWidget *widget)
{
  return cr_text_dpi (widget) > LARGE_DPI;
}

gboolean
cr_text_is_large_on (GtkSettings *settings)
{
  g_return_val_if_fail (GTK_IS_SETTINGS (settings), FALSE);

  return dpi_of (settings) > LARGE_DPI;
}

int
cr_text_enlarge (GtkWidget *widget, int size)
{
  return (int) ((gint64) size * cr_text_dpi (widget) / CR_TEXT_USUAL_DPI);
}
