/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-backup-verbs.h"

#include "app/cr-backup-dialog.h"
#include "app/cr-dialogs.h"
#include "engine/cr-local-words.h"
#include "engine/cr-workspace.h"

#include <glib/gi18n.h>

static void
back_up_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *self = user_data;
  CrEngine *engine = cr_window_get_engine (self);

  if (engine != NULL)
    cr_dialogs_present (
        GTK_WINDOW (cr_backup_dialog_new (GTK_WINDOW (self), engine, cr_window_get_person (self))));
}

static void
restored_cb (GtkWindow *dialog, CrWindow *self)
{
  cr_workspace_unlock (g_object_get_data (G_OBJECT (dialog), "workspace"));
  gtk_window_destroy (dialog);
  cr_window_open (self);
}

static void
destroyed_cb (GtkWindow *dialog, CrWorkspace *workspace)
{
  cr_workspace_unlock (workspace);
}

/* The dialog holds the folder as long as it is open. */
static void
restore_without_engine (CrWindow *self)
{
  g_autofree char *folder = cr_window_dup_folder (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrWorkspace) workspace =
      cr_workspace_open (folder, cr_window_is_sandbox (self), &error);
  GtkWidget *dialog;

  if (workspace == NULL || !cr_workspace_lock (workspace, &error))
    {
      cr_dialogs_say (GTK_WINDOW (self), _ ("The Folder Cannot Be Used"),
                      cr_local_words (error->message));
      return;
    }
  dialog = cr_backup_dialog_new_restore (GTK_WINDOW (self), NULL, workspace,
                                         cr_window_get_person (self));
  g_object_set_data (G_OBJECT (dialog), "workspace", workspace);
  g_signal_connect_object (dialog, "restored", G_CALLBACK (restored_cb), self, 0);
  g_signal_connect_data (dialog, "destroy", G_CALLBACK (destroyed_cb), g_steal_pointer (&workspace),
                         (GClosureNotify) g_object_unref, 0);
  cr_dialogs_present (GTK_WINDOW (dialog));
}

static void
restore_backup_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *self = user_data;
  CrEngine *engine = cr_window_get_engine (self);

  if (engine != NULL)
    cr_dialogs_present (GTK_WINDOW (cr_backup_dialog_new_restore (
        GTK_WINDOW (self), engine, cr_engine_get_workspace (engine), cr_window_get_person (self))));
  else if (cr_window_is_in_trouble (self))
    restore_without_engine (self);
}

void
cr_backup_verbs_add (CrWindow *window)
{
  static const GActionEntry entries[] = {
    { "back-up", back_up_cb, NULL, NULL, NULL, { 0 } },
    { "restore-backup", restore_backup_cb, NULL, NULL, NULL, { 0 } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}
