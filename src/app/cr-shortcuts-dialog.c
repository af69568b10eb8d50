/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-shortcuts-dialog.h"

#include "app/cr-app-init.h"

struct _CrShortcutsDialog
{
  AdwWindow parent_instance;

  GtkWidget *page;
  GtkShortcutLabel *back;
};

G_DEFINE_FINAL_TYPE (CrShortcutsDialog, cr_shortcuts_dialog, ADW_TYPE_WINDOW)

static GtkShortcutLabel *
find_keys (GtkWidget *widget)
{
  GtkShortcutLabel *found = GTK_IS_SHORTCUT_LABEL (widget) ? GTK_SHORTCUT_LABEL (widget) : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_keys (child);
  return found;
}

/* “Ctrl+N”, or “F5, Ctrl+R” where either will do. */
static char *
say_keys (GtkShortcutLabel *label)
{
  g_auto (GStrv) each = g_strsplit (gtk_shortcut_label_get_accelerator (label), " ", -1);
  GString *words = g_string_new (NULL);

  for (guint i = 0; each[i] != NULL; i++)
    {
      g_autofree char *keys = NULL;
      GdkModifierType modifiers;
      guint key;

      if (!gtk_accelerator_parse (each[i], &key, &modifiers))
        continue;
      keys = gtk_accelerator_get_label (key, modifiers);
      g_string_append_printf (words, "%s%s", words->len > 0 ? ", " : "", keys);
    }
  return g_string_free (words, FALSE);
}

/* What is drawn as keys is read out one by one otherwise, or not at all. */
static void
name_rows (GtkWidget *widget)
{
  if (ADW_IS_ACTION_ROW (widget))
    {
      g_autofree char *keys = say_keys (find_keys (widget));
      g_autofree char *name = g_strdup_printf (
          "%s, %s", adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), keys);

      gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                      -1);
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    name_rows (child);
}

static void
cr_shortcuts_dialog_class_init (CrShortcutsDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-shortcuts-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrShortcutsDialog, page);
  gtk_widget_class_bind_template_child (widget_class, CrShortcutsDialog, back);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_shortcuts_dialog_init (CrShortcutsDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* the way its arrow points; the other is there as well */
  if (gtk_widget_get_default_direction () == GTK_TEXT_DIR_RTL)
    gtk_shortcut_label_set_accelerator (self->back, "<Alt>Right <Alt>Left");
  name_rows (self->page);
}

GtkWidget *
cr_shortcuts_dialog_new (GtkWindow *parent)
{
  return g_object_new (CR_TYPE_SHORTCUTS_DIALOG, "transient-for", parent, NULL);
}
