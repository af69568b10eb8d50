/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-help-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-row-name.h"
#include "model/cr-explain.h"

#include <glib/gi18n.h>

struct _CrHelpDialog
{
  AdwWindow parent_instance;

  GtkWidget *page;
  AdwPreferencesGroup *records;
  AdwPreferencesGroup *destinations;
};

G_DEFINE_FINAL_TYPE (CrHelpDialog, cr_help_dialog, ADW_TYPE_WINDOW)

static void
add_state (AdwPreferencesGroup *group, const CrExplanation *state)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name (state->icon);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (state->title));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), _ (state->sentence));
  gtk_widget_add_css_class (icon, state->tone);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_preferences_group_add (group, row);
}

static void
name_rows (GtkWidget *widget)
{
  if (ADW_IS_ACTION_ROW (widget))
    {
      adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (widget), 0);
      cr_row_name_set (widget);
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    name_rows (child);
}

static void
cr_help_dialog_class_init (CrHelpDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-help-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrHelpDialog, page);
  gtk_widget_class_bind_template_child (widget_class, CrHelpDialog, records);
  gtk_widget_class_bind_template_child (widget_class, CrHelpDialog, destinations);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_help_dialog_init (CrHelpDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (int i = CR_RECORD_STATUS_NONE; i <= CR_RECORD_STATUS_HELD; i++)
    add_state (self->records, cr_explain_record_status ((CrRecordStatus) i));
  for (int i = CR_DESTINATION_IDLE; i <= CR_DESTINATION_DISABLED; i++)
    add_state (self->destinations, cr_explain_destination ((CrDestinationStatus) i));
  name_rows (self->page);
}

GtkWidget *
cr_help_dialog_new (GtkWindow *parent)
{
  return g_object_new (CR_TYPE_HELP_DIALOG, "transient-for", parent, NULL);
}
