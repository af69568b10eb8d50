/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-settings.h"

#include "config.h"

/* As the schema has it. */
#define MIN_WIDTH 360
#define MIN_HEIGHT 294
#define MAX_SIDE 16384

/* g_settings_new() ends the program when the schema is not there, and an older one lacks keys. */
static gboolean
has_keys (GSettingsSchema *schema)
{
  static const char *const keys[] = { "color-scheme",     "window-width", "window-height",
                                      "window-maximized", "goes-on",      "told-goes-on" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (!g_settings_schema_has_key (schema, keys[i]))
      return FALSE;
  return TRUE;
}

GSettings *
cr_settings_new (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema =
      source == NULL ? NULL : g_settings_schema_source_lookup (source, APP_ID, TRUE);

  if (schema == NULL || !has_keys (schema))
    return NULL;
  return g_settings_new_full (schema, NULL, NULL);
}

void
cr_settings_restore_size (GtkWindow *window)
{
  g_autoptr (GSettings) settings = cr_settings_new ();

  if (settings == NULL)
    return;
  gtk_window_set_default_size (window, g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (window);
}

/* While a window is maximized its default size stays that of before. */
void
cr_settings_save_size (GtkWindow *window)
{
  g_autoptr (GSettings) settings = cr_settings_new ();
  int width, height;

  if (settings == NULL)
    return;
  gtk_window_get_default_size (window, &width, &height);
  g_settings_set_boolean (settings, "window-maximized", gtk_window_is_maximized (window));
  if (width <= 0 || height <= 0)
    return;
  g_settings_set_int (settings, "window-width", CLAMP (width, MIN_WIDTH, MAX_SIDE));
  g_settings_set_int (settings, "window-height", CLAMP (height, MIN_HEIGHT, MAX_SIDE));
}
