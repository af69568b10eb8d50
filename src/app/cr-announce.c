/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-announce.h"

#include <dlfcn.h>

#define MEDIUM 1 /* of GtkAccessibleAnnouncementPriority */

typedef void (*AnnounceFunc) (GtkAccessible *accessible, const char *words, int priority);

/* GTK can since 4.14, and is asked whether it does as we build with an older one. Before that it
 * tells a screen reader of nothing that comes up beside the focus. */
gboolean
cr_announce (GtkWidget *widget, const char *words)
{
  AnnounceFunc announce = (AnnounceFunc) dlsym (RTLD_DEFAULT, "gtk_accessible_announce");

  if (announce == NULL || !gtk_widget_get_mapped (widget))
    return FALSE;
  announce (GTK_ACCESSIBLE (widget), words, MEDIUM);
  return TRUE;
}
