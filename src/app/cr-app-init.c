/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-app-init.h"

#include "app/chartroom-resources.h"
#include "app/cr-column-layout.h"
#include "app/cr-flow-layout.h"
#include "app/cr-room-layout.h"
#include "app/cr-text-size.h"

#include <adwaita.h>

gboolean
cr_app_init_toolkit (void)
{
  gboolean needs_gl = g_strcmp0 (g_getenv ("GSK_RENDERER"), "cairo") != 0;
  const char *name = gtk_get_minor_version () < 16 ? "GDK_DEBUG" : "GDK_DISABLE";
  const char *value = gtk_get_minor_version () < 16 ? "gl-disable" : "gl";
  g_autofree char *before = g_strdup (g_getenv (name));
  g_autofree char *words =
      before == NULL ? g_strdup (value) : g_strdup_printf ("%s,%s", before, value);
  gboolean is_ready;

  if (needs_gl)
    return gtk_init_check ();
  g_setenv (name, words, TRUE);
  is_ready = gtk_init_check ();
  if (before != NULL)
    g_setenv (name, before, TRUE);
  else
    g_unsetenv (name);
  return is_ready;
}

static GtkStyleProvider *
load_style (const char *name)
{
  g_autofree char *path = g_strconcat ("/io/github/chartroom/Chartroom/", name, NULL);
  GtkCssProvider *provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, path);
  return GTK_STYLE_PROVIDER (provider);
}

static void
add_style (GtkStyleProvider *provider)
{
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), provider,
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void
text_size_cb (GtkSettings *settings, GParamSpec *pspec, GtkStyleProvider *large)
{
  gtk_style_context_remove_provider_for_display (gdk_display_get_default (), large);
  if (cr_text_is_large_on (settings))
    add_style (large);
}

/* libadwaita's colours of states are as pale in high contrast. */
static void
contrast_cb (AdwStyleManager *manager, GParamSpec *pspec, gpointer user_data)
{
  static GtkStyleProvider *styles[2];
  gboolean is_dark = adw_style_manager_get_dark (manager);

  for (guint i = 0; i < G_N_ELEMENTS (styles); i++)
    {
      if (styles[i] == NULL)
        styles[i] = load_style (i == 0 ? "cr-contrast.css" : "cr-contrast-dark.css");
      gtk_style_context_remove_provider_for_display (gdk_display_get_default (), styles[i]);
    }
  if (adw_style_manager_get_high_contrast (manager))
    add_style (styles[is_dark]);
}

static void
watch_contrast (void)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  contrast_cb (manager, NULL, NULL);
  g_signal_connect (manager, "notify::high-contrast", G_CALLBACK (contrast_cb), NULL);
  g_signal_connect (manager, "notify::dark", G_CALLBACK (contrast_cb), NULL);
}

void
cr_app_init (void)
{
  g_autoptr (GtkStyleProvider) usual = NULL;
  GtkStyleProvider *large;

  /* Nothing else refers to the resources, so the linker would drop them. */
  g_resources_register (chartroom_get_resource ());
  adw_init ();
  g_type_ensure (CR_TYPE_COLUMN_LAYOUT);
  g_type_ensure (CR_TYPE_FLOW_LAYOUT);
  g_type_ensure (CR_TYPE_ROOM_LAYOUT);
  /* Text that may be copied is not marked because the focus came to it. */
  g_object_set (gtk_settings_get_default (), "gtk-label-select-on-focus", FALSE, NULL);
  usual = load_style ("cr-style.css");
  add_style (usual);
  watch_contrast ();
  large = load_style ("cr-large.css");
  text_size_cb (gtk_settings_get_default (), NULL, large);
  g_signal_connect_data (gtk_settings_get_default (), "notify::gtk-xft-dpi",
                         G_CALLBACK (text_size_cb), large,
                         (GClosureNotify) (void (*) (void)) g_object_unref, 0);
}
