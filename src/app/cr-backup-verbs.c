/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-backup-verbs.h"

#include "app/cr-backup-dialog.h"
#include "app/cr-dialogs.h"
#include "app/cr-words.h"
#include "engine/cr-engine-backup.h"
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

/* Back to what was there before a restore ---------------------------------------------------------
 */

typedef struct
{
  CrWindow *window;       /* (owned) */
  CrRehearsal *rehearsal; /* (owned) (nullable) */
} Undoing;

static void
undoing_free (gpointer data)
{
  Undoing *undoing = data;

  g_clear_object (&undoing->rehearsal);
  g_object_unref (undoing->window);
  g_free (undoing);
}

static void
undone_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_restore_finish (CR_ENGINE (engine), result, &error))
    cr_window_say_error (self, _ ("Nothing was put back"), error);
}

static void
undo (gpointer user_data)
{
  Undoing *undoing = user_data;
  CrEngine *engine = cr_window_get_engine (undoing->window);

  if (engine != NULL)
    cr_engine_restore_async (engine, undoing->rehearsal, FALSE,
                             cr_window_get_person (undoing->window), NULL, undone_cb,
                             g_object_ref (undoing->window));
}

static char *
say_aside (const CrBackup *aside)
{
  g_autofree char *time = cr_words_exact_time (aside->created_ms);
  g_autofree char *patients = cr_words_number (aside->n_patients);
  g_autofree char *records = cr_words_number (aside->n_records);

  return g_strdup_printf (
      _ ("Put aside: %s\nPatients: %s\nRecords: %s\n\nWhat is here now is put aside in its place, "
         "so that this can be undone too."),
      time, patients, records);
}

static void
rehearsed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Undoing *undoing = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  undoing->rehearsal = cr_restore_rehearse_finish (result, &error);
  if (undoing->rehearsal == NULL)
    {
      cr_window_say_error (undoing->window, _ ("Nothing was put back"), error);
      undoing_free (undoing);
      return;
    }
  if (!cr_window_may_go_on (undoing->window, "undo-restore"))
    {
      undoing_free (undoing);
      return;
    }
  words = say_aside (cr_rehearsal_get_backup (undoing->rehearsal));
  cr_dialogs_confirm (GTK_WINDOW (undoing->window), _ ("Go Back to the Data Before the Restore?"),
                      words, _ ("_Go Back"), undo, undoing, undoing_free);
}

static void
undo_restore_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *self = user_data;
  CrEngine *engine = cr_window_get_engine (self);
  Undoing *undoing;

  if (engine == NULL)
    return;
  undoing = g_new0 (Undoing, 1);
  undoing->window = g_object_ref (self);
  cr_restore_rehearse_async (cr_engine_get_workspace (engine), NULL, NULL, NULL, NULL,
                             cr_window_get_cancellable (self), rehearsed_cb, undoing);
}

static void
discarded_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_engine_discard_aside_finish (CR_ENGINE (engine), result, &error))
    cr_window_say (self, _ ("The data from before the restore are deleted"));
  else
    cr_window_say_error (self, _ ("The data from before the restore are still there"), error);
}

static void
discard (gpointer user_data)
{
  CrWindow *self = user_data;
  CrEngine *engine = cr_window_get_engine (self);

  if (engine != NULL)
    cr_engine_discard_aside_async (engine, cr_window_get_person (self), NULL, discarded_cb,
                                   g_object_ref (self));
}

static void
discard_aside_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  cr_dialogs_confirm (user_data, _ ("Delete the Earlier Data?"),
                      _ ("These are the data as they were before the restore. After this you "
                         "cannot go back to them. Their keys in the keyring are deleted too."),
                      _ ("_Delete"), discard, g_object_ref (user_data), g_object_unref);
}

void
cr_backup_verbs_add (CrWindow *window)
{
  static const GActionEntry entries[] = {
    { "back-up", back_up_cb, NULL, NULL, NULL, { 0 } },
    { "restore-backup", restore_backup_cb, NULL, NULL, NULL, { 0 } },
    { "undo-restore", undo_restore_cb, NULL, NULL, NULL, { 0 } },
    { "discard-aside", discard_aside_cb, NULL, NULL, NULL, { 0 } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}
