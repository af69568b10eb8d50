/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-preferences-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-settings.h"

#include <glib/gi18n.h>

#define KEY "color-scheme"

typedef struct
{
  const char *name;
  AdwColorScheme scheme;
} Scheme;

/* In the order of the rows. */
static const Scheme schemes[] = {
  { "default", ADW_COLOR_SCHEME_DEFAULT },
  { "light", ADW_COLOR_SCHEME_FORCE_LIGHT },
  { "dark", ADW_COLOR_SCHEME_FORCE_DARK },
};

struct _CrPreferencesDialog
{
  AdwWindow parent_instance;

  AdwComboRow *scheme;
  AdwActionRow *person;
  AdwActionRow *address;
  AdwActionRow *folder;

  GSettings *settings; /* (owned) (nullable): the schema is not installed */
};

G_DEFINE_FINAL_TYPE (CrPreferencesDialog, cr_preferences_dialog, ADW_TYPE_WINDOW)

static guint
find_scheme (GSettings *settings)
{
  g_autofree char *name = g_settings_get_string (settings, KEY);

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_equal (schemes[i].name, name))
      return i;
  return 0;
}

static void
scheme_cb (CrPreferencesDialog *self)
{
  const Scheme *scheme =
      &schemes[MIN (adw_combo_row_get_selected (self->scheme), G_N_ELEMENTS (schemes) - 1)];

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), scheme->scheme);
  if (self->settings != NULL)
    g_settings_set_string (self->settings, KEY, scheme->name);
}

static void
cr_preferences_dialog_dispose (GObject *object)
{
  g_clear_object (&CR_PREFERENCES_DIALOG (object)->settings);
  G_OBJECT_CLASS (cr_preferences_dialog_parent_class)->dispose (object);
}

static void
cr_preferences_dialog_class_init (CrPreferencesDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_preferences_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-preferences-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, scheme);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, person);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, address);
  gtk_widget_class_bind_template_child (widget_class, CrPreferencesDialog, folder);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_preferences_dialog_init (CrPreferencesDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->settings = cr_settings_new ();
  if (self->settings != NULL)
    adw_combo_row_set_selected (self->scheme, find_scheme (self->settings));
  g_signal_connect_swapped (self->scheme, "notify::selected", G_CALLBACK (scheme_cb), self);
}

GtkWidget *
cr_preferences_dialog_new (GtkWindow *parent, CrEngine *engine, const char *person)
{
  CrPreferencesDialog *self =
      g_object_new (CR_TYPE_PREFERENCES_DIALOG, "transient-for", parent, NULL);
  const char *url = engine == NULL ? NULL : cr_engine_get_public_url (engine);
  const char *folder =
      engine == NULL ? "" : cr_workspace_get_folder (cr_engine_get_workspace (engine));

  adw_action_row_set_subtitle (self->person, person);
  adw_action_row_set_subtitle (self->address, url != NULL ? url : _ ("not running"));
  adw_action_row_set_subtitle (self->folder, folder);
  return GTK_WIDGET (self);
}

void
cr_preferences_dialog_apply (void)
{
  g_autoptr (GSettings) settings = cr_settings_new ();

  if (settings != NULL)
    adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                        schemes[find_scheme (settings)].scheme);
}
