/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-actions.h"

#include "app/cr-backup-verbs.h"
#include "app/cr-changes-page.h"
#include "app/cr-compare-page.h"
#include "app/cr-connect-dialog.h"
#include "app/cr-destination-dialog.h"
#include "app/cr-destination-page.h"
#include "app/cr-dialogs.h"
#include "app/cr-help-dialog.h"
#include "app/cr-looks-page.h"
#include "app/cr-note-dialog.h"
#include "app/cr-patient-dialog.h"
#include "app/cr-patient-page.h"
#include "app/cr-patients-page.h"
#include "app/cr-preferences-dialog.h"
#include "app/cr-record-page.h"
#include "app/cr-run-page.h"
#include "app/cr-shortcuts-dialog.h"
#include "app/cr-source-actions.h"
#include "app/cr-source-dialog.h"
#include "app/cr-suspend-dialog.h"
#include "app/cr-text-dialog.h"
#include "base/cr-enum.h"

#include <glib/gi18n.h>

/* An object is asked for first; the action's name says what comes then. */
typedef struct
{
  CrWindow *window; /* (owned) */
  char *action;     /* (owned) */
} Ask;

static void
ask_free (Ask *ask)
{
  g_object_unref (ask->window);
  g_free (ask->action);
  g_free (ask);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ask, ask_free)

static const char *
text_of (GVariant *parameter)
{
  return g_variant_get_string (parameter, NULL);
}

static void
present (GtkWidget *dialog)
{
  cr_dialogs_present (GTK_WINDOW (dialog));
}

static void
connect_to (CrWindow *self, const char *patient_id, const char *source_id)
{
  present (cr_connect_dialog_new (GTK_WINDOW (self), cr_window_get_engine (self), patient_id,
                                  source_id, cr_window_get_person (self)));
}

static gboolean
are_joined (GPtrArray *pulls)
{
  for (guint i = 0; i < pulls->len; i++)
    if (!CR_PULL (g_ptr_array_index (pulls, i))->is_joined)
      return FALSE;
  return TRUE;
}

static void
pull_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) pulls = cr_engine_start_pull_finish (CR_ENGINE (source), result, &error);

  if (pulls != NULL && are_joined (pulls))
    cr_window_say (self, _ ("Already under way: this joins the pull that is there"));
  else if (pulls != NULL)
    cr_window_say (self, _ ("Pulling records"));
  else
    cr_window_say_error (self, _ ("The pull could not be started"), error);
}

static void
use_connection (CrWindow *self, const char *action, CrConnection *connection)
{
  if (g_str_equal (action, "reconnect"))
    connect_to (self, connection->patient_id, connection->source_id);
  else if (g_str_equal (action, "note-connection"))
    present (cr_note_dialog_new (GTK_WINDOW (self), cr_window_get_engine (self), connection,
                                 cr_window_get_person (self)));
  else
    cr_engine_start_pull_async (cr_window_get_engine (self), connection->patient_id, connection->id,
                                FALSE, cr_window_get_person (self),
                                cr_window_get_cancellable (self), pull_started_cb,
                                g_object_ref (self));
}

static void
use_source (CrWindow *self, const char *action, CrSource *source)
{
  CrEngine *engine = cr_window_get_engine (self);
  const char *person = cr_window_get_person (self);
  GtkWidget *dialog = g_str_equal (action, "suspend-source")
                        ? cr_suspend_dialog_new (GTK_WINDOW (self), engine, source, person)
                        : cr_source_dialog_new (GTK_WINDOW (self), engine, source, person);

  present (dialog);
  if (g_str_equal (action, "test-source"))
    cr_source_dialog_test (CR_SOURCE_DIALOG (dialog));
}

static void
use_destination (CrWindow *self, const char *action, CrDestination *destination)
{
  GtkWidget *dialog = cr_destination_dialog_new (GTK_WINDOW (self), cr_window_get_engine (self),
                                                 destination, cr_window_get_person (self));

  present (dialog);
  if (g_str_equal (action, "test-destination"))
    cr_destination_dialog_test (CR_DESTINATION_DIALOG (dialog));
}

static void
use_patient (CrWindow *self, CrPatient *patient)
{
  present (cr_patient_dialog_new (GTK_WINDOW (self), cr_window_get_engine (self), patient,
                                  cr_window_get_person (self), NULL, NULL));
}

static void
got_object_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Ask) ask = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (object == NULL)
    cr_window_say_error (ask->window, _ ("It is not there any more"), error);
  else if (!cr_window_may_go_on (ask->window, ask->action))
    return;
  else if (CR_IS_CONNECTION (object))
    use_connection (ask->window, ask->action, CR_CONNECTION (object));
  else if (CR_IS_SOURCE (object))
    use_source (ask->window, ask->action, CR_SOURCE (object));
  else if (CR_IS_DESTINATION (object))
    use_destination (ask->window, ask->action, CR_DESTINATION (object));
  else if (CR_IS_PATIENT (object))
    use_patient (ask->window, CR_PATIENT (object));
}

static void
ask_for (CrWindow *self, GSimpleAction *action, CrListKind kind, GVariant *parameter)
{
  Ask *ask;

  if (cr_window_get_engine (self) == NULL)
    return;
  ask = g_new (Ask, 1);
  *ask = (Ask){ g_object_ref (self), g_strdup (g_action_get_name (G_ACTION (action))) };
  cr_engine_get_async (cr_window_get_engine (self), kind, text_of (parameter),
                       cr_window_get_cancellable (self), got_object_cb, ask);
}

static void
with_connection_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  ask_for (self, action, CR_LIST_CONNECTIONS, parameter);
}

static void
with_source_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  ask_for (self, action, CR_LIST_SOURCES, parameter);
}

static void
with_destination_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  ask_for (self, action, CR_LIST_DESTINATIONS, parameter);
}

static void
with_patient_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  ask_for (self, action, CR_LIST_PATIENTS, parameter);
}

/* Going somewhere ------------------------------------------------------------------------------ */

static void
section_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  cr_window_show_section (self, text_of (parameter));
}

static void
back_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  cr_window_go_back (self);
}

static void
search_patients_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  if (cr_window_get_engine (self) == NULL)
    return;
  if (!CR_IS_PATIENTS_PAGE (cr_window_get_page (self)))
    cr_window_show_section (self, "patients");
  cr_page_set_search_mode (cr_window_get_page (self), TRUE);
}

/* What the page has to search in; where there is nothing, who is looked for is a patient. */
static void
search_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  CrPage *page = cr_window_get_page (self);

  if (page != NULL && !cr_page_search (page))
    search_patients_cb (action, parameter, self);
}

static void
refresh_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  CrPage *page = cr_window_get_page (self);

  if (page != NULL)
    cr_page_refresh (page);
}

static void
show_patient_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  CrEngine *engine = cr_window_get_engine (self);

  if (engine != NULL)
    cr_window_push (self, cr_patient_page_new (engine, text_of (parameter)));
}

static void
show_patients_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  int group;

  if (cr_window_get_engine (self) == NULL ||
      !cr_enum_from_string (CR_TYPE_PATIENT_GROUP, text_of (parameter), &group))
    return;
  cr_window_show_section (self, "patients");
  cr_patients_page_show_group (CR_PATIENTS_PAGE (cr_window_get_page (self)),
                               (CrPatientGroup) group);
}

/* The tab has the name of the action. From the patient's own page this only turns to it. */
static void
show_tab_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  const char *tab = g_action_get_name (G_ACTION (action)) + strlen ("show-");
  CrPage *page = cr_window_get_page (self);

  if (page == NULL)
    return;
  if (!CR_IS_PATIENT_PAGE (page) ||
      g_strcmp0 (cr_patient_page_get_patient_id (CR_PATIENT_PAGE (page)), text_of (parameter)) != 0)
    show_patient_cb (action, parameter, self);
  cr_patient_page_show_tab (CR_PATIENT_PAGE (cr_window_get_page (self)), tab);
}

static void
show_record_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  CrEngine *engine = cr_window_get_engine (self);
  const char *patient_id, *source_id, *type, *id;

  g_variant_get (parameter, "(&s&s&s&s)", &patient_id, &source_id, &type, &id);
  if (engine != NULL)
    cr_window_push (self, cr_record_page_new (engine, patient_id, source_id, type, id));
}

static void
compare_versions_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  CrEngine *engine = cr_window_get_engine (self);
  const char *patient_id, *source_id, *type, *id;

  g_variant_get (parameter, "(&s&s&s&s)", &patient_id, &source_id, &type, &id);
  if (engine != NULL)
    cr_window_push (self, cr_compare_page_new (engine, patient_id, source_id, type, id));
}

static void
show_pull_changes_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  CrEngine *engine = cr_window_get_engine (self);

  if (engine != NULL)
    cr_window_push (self, cr_changes_page_new (engine, text_of (parameter)));
}

static void
show_looks_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  CrEngine *engine = cr_window_get_engine (self);

  if (engine != NULL)
    cr_window_push (self, cr_looks_page_new (engine, text_of (parameter)));
}

static void
show_destination_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  CrEngine *engine = cr_window_get_engine (self);
  CrPage *page = cr_window_get_page (self);
  const char *id = text_of (parameter);

  if (engine == NULL ||
      (CR_IS_DESTINATION_PAGE (page) &&
       g_strcmp0 (cr_destination_page_get_id (CR_DESTINATION_PAGE (page)), id) == 0))
    return;
  cr_window_push (self, cr_destination_page_new (engine, id));
}

static void
show_run_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  CrEngine *engine = cr_window_get_engine (self);

  if (engine != NULL)
    cr_window_push (self, cr_run_page_new (engine, text_of (parameter)));
}

/* Adding, and the rest ------------------------------------------------------------------------- */

static void
connect_patient_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  if (cr_window_get_engine (self) != NULL)
    connect_to (self, parameter == NULL ? NULL : text_of (parameter), NULL);
}

static void
patient_added_cb (CrPatient *patient, gpointer self)
{
  gtk_widget_activate_action (self, "win.show-patient", "s", patient->id);
}

static void
add_patient_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  if (cr_window_get_engine (self) != NULL)
    present (cr_patient_dialog_new (self, cr_window_get_engine (self), NULL,
                                    cr_window_get_person (self), patient_added_cb, self));
}

static void
add_source_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  if (cr_window_get_engine (self) != NULL)
    present (cr_source_dialog_new (self, cr_window_get_engine (self), NULL,
                                   cr_window_get_person (self)));
}

static void
import_sources_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  cr_source_actions_import (self);
}

static void
vendor_clients_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  cr_source_actions_vendors (self);
}

static void
import_file_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  cr_source_actions_import_file (self, text_of (parameter));
}

static void
add_destination_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  if (cr_window_get_engine (self) != NULL)
    present (cr_destination_dialog_new (self, cr_window_get_engine (self), NULL,
                                        cr_window_get_person (self)));
}

static void
try_samples_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  if (cr_window_is_sandbox (self))
    cr_window_start_samples (self);
  else
    gtk_widget_activate_action (self, "app.open-sandbox", NULL);
}

static void
copy_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (self), text_of (parameter));
  cr_window_say (self, _ ("Copied"));
}

static void
say_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  cr_window_say (self, text_of (parameter));
}

static void
explain_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  const char *heading, *body;

  g_variant_get (parameter, "(&s&s)", &heading, &body);
  cr_dialogs_say (self, heading, body);
}

static void
show_text_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  const char *title, *text;

  g_variant_get (parameter, "(&s&s)", &title, &text);
  cr_text_dialog_present (self, title, text);
}

static void
unlock_keyring_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  if (cr_window_get_engine (self) != NULL)
    cr_engine_retry_keyring (cr_window_get_engine (self));
}

static void
retry_open_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  cr_window_open (self);
}

static void
preferences_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  present (cr_preferences_dialog_new (self, cr_window_get_engine (self),
                                      cr_window_get_person (self), cr_window_is_admin (self)));
}

static void
help_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  present (cr_help_dialog_new (self));
}

static void
shortcuts_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  present (cr_shortcuts_dialog_new (self));
}

static void
about_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  cr_dialogs_about (self);
}

/* What changes where records come from or go to. Looking at a destination and trying again what
 * failed is for everybody. */
static const char *const for_admins[] = {
  "add-source",
  "import-sources",
  "vendor-clients",
  "import-file",
  "suspend-source",
  "edit-source",
  "test-source",
  "resume-source",
  "remove-source",
  "add-destination",
  "edit-destination",
  "test-destination",
  "remove-destination",
  "enable-destination",
  "disable-destination",
  "back-up",
  "restore-backup",
  "undo-restore",
  "discard-aside",
  "add-webhook",
  "edit-webhook",
  "remove-webhook",
  "show-webhook",
  "test-webhook",
  "enable-webhook",
  "disable-webhook",
  "rotate-webhook",
  "replay-webhook",
  "redeliver",
  "give-up-delivery",
  "rewind-destination",
  "duplicate-destination",
  NULL,
};

void
cr_actions_set_admin (CrWindow *window, gboolean is_admin)
{
  for (guint i = 0; for_admins[i] != NULL; i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (window), for_admins[i]);

      if (action != NULL)
        g_simple_action_set_enabled (G_SIMPLE_ACTION (action), is_admin);
    }
}

gboolean
cr_actions_are_behind_lock (GtkWidget *widget)
{
  const char *action =
      GTK_IS_ACTIONABLE (widget) ? gtk_actionable_get_action_name (GTK_ACTIONABLE (widget)) : NULL;

  if (!gtk_widget_get_visible (widget) || !gtk_widget_get_child_visible (widget))
    return FALSE;
  if (action != NULL && g_str_has_prefix (action, "win.") &&
      g_strv_contains (for_admins, action + strlen ("win.")))
    return TRUE;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (cr_actions_are_behind_lock (child))
      return TRUE;

  return FALSE;
}

void
cr_actions_add (CrWindow *window)
{
  static const GActionEntry entries[] = {
    { "section", section_cb, "s", NULL, NULL, { 0 } },
    { "back", back_cb, NULL, NULL, NULL, { 0 } },
    { "search", search_cb, NULL, NULL, NULL, { 0 } },
    { "search-patients", search_patients_cb, NULL, NULL, NULL, { 0 } },
    { "refresh", refresh_cb, NULL, NULL, NULL, { 0 } },
    { "show-patient", show_patient_cb, "s", NULL, NULL, { 0 } },
    { "show-patients", show_patients_cb, "s", NULL, NULL, { 0 } },
    { "show-deliveries", show_tab_cb, "s", NULL, NULL, { 0 } },
    { "show-pulls", show_tab_cb, "s", NULL, NULL, { 0 } },
    { "show-sign-ins", show_tab_cb, "s", NULL, NULL, { 0 } },
    { "show-record", show_record_cb, "(ssss)", NULL, NULL, { 0 } },
    { "compare-versions", compare_versions_cb, "(ssss)", NULL, NULL, { 0 } },
    { "show-pull-changes", show_pull_changes_cb, "s", NULL, NULL, { 0 } },
    { "show-looks", show_looks_cb, "s", NULL, NULL, { 0 } },
    { "show-destination", show_destination_cb, "s", NULL, NULL, { 0 } },
    { "show-run", show_run_cb, "s", NULL, NULL, { 0 } },
    { "show-text", show_text_cb, "(ss)", NULL, NULL, { 0 } },
    { "connect-patient", connect_patient_cb, NULL, NULL, NULL, { 0 } },
    { "connect-for", connect_patient_cb, "s", NULL, NULL, { 0 } },
    { "reconnect", with_connection_cb, "s", NULL, NULL, { 0 } },
    { "note-connection", with_connection_cb, "s", NULL, NULL, { 0 } },
    { "pull-connection", with_connection_cb, "s", NULL, NULL, { 0 } },
    { "add-patient", add_patient_cb, NULL, NULL, NULL, { 0 } },
    { "edit-patient", with_patient_cb, "s", NULL, NULL, { 0 } },
    { "add-source", add_source_cb, NULL, NULL, NULL, { 0 } },
    { "import-sources", import_sources_cb, NULL, NULL, NULL, { 0 } },
    { "vendor-clients", vendor_clients_cb, NULL, NULL, NULL, { 0 } },
    { "import-file", import_file_cb, "s", NULL, NULL, { 0 } },
    { "suspend-source", with_source_cb, "s", NULL, NULL, { 0 } },
    { "edit-source", with_source_cb, "s", NULL, NULL, { 0 } },
    { "test-source", with_source_cb, "s", NULL, NULL, { 0 } },
    { "add-destination", add_destination_cb, NULL, NULL, NULL, { 0 } },
    { "edit-destination", with_destination_cb, "s", NULL, NULL, { 0 } },
    { "test-destination", with_destination_cb, "s", NULL, NULL, { 0 } },
    { "try-samples", try_samples_cb, NULL, NULL, NULL, { 0 } },
    { "unlock-keyring", unlock_keyring_cb, NULL, NULL, NULL, { 0 } },
    { "retry-open", retry_open_cb, NULL, NULL, NULL, { 0 } },
    { "copy", copy_cb, "s", NULL, NULL, { 0 } },
    { "say", say_cb, "s", NULL, NULL, { 0 } },
    { "explain", explain_cb, "(ss)", NULL, NULL, { 0 } },
    { "preferences", preferences_cb, NULL, NULL, NULL, { 0 } },
    { "help", help_cb, NULL, NULL, NULL, { 0 } },
    { "show-help-overlay", shortcuts_cb, NULL, NULL, NULL, { 0 } },
    { "about", about_cb, NULL, NULL, NULL, { 0 } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
  cr_backup_verbs_add (window);
  cr_verbs_add (window);
  cr_destination_verbs_add (window);
  cr_hold_verbs_add (window);
  cr_webhook_verbs_add (window);
}
