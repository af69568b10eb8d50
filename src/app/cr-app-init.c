/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-app-init.h"

#include "app/chartroom-resources.h"

#include <adwaita.h>

void
cr_app_init (void)
{
  g_autoptr (GtkCssProvider) provider = NULL;

  /* Nothing else refers to the resources, so the linker would drop them. */
  g_resources_register (chartroom_get_resource ());
  adw_init ();
  /* Text that may be copied is not marked because the focus came to it. */
  g_object_set (gtk_settings_get_default (), "gtk-label-select-on-focus", FALSE, NULL);
  provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (provider, "/io/github/chartroom/Chartroom/cr-style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}
