/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-backup-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-backup-facts.h"
#include "app/cr-dialogs.h"
#include "app/cr-entry-rows.h"
#include "app/cr-problem.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "engine/cr-engine-backup.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrBackupDialog
{
  AdwWindow parent_instance;

  GtkButton *cancel;
  GtkButton *go;
  GtkStack *stack;
  AdwPreferencesGroup *asked;
  GtkEditable *file;
  GtkEditable *passphrase;
  GtkEditable *again;
  GtkWidget *secrets_row;
  GtkSwitch *secrets;
  GtkLabel *problem;
  GtkLabel *doing;
  GtkProgressBar *bar;
  GtkLabel *meanwhile;
  GtkListBox *facts;
  AdwPreferencesGroup *held;
  AdwStatusPage *done;

  gboolean restores;
  gboolean is_left;
  CrEngine *engine;          /* (owned) (nullable) */
  CrWorkspace *workspace;    /* (owned) (nullable) */
  char *person;              /* (owned) (nullable) */
  CrRehearsal *rehearsal;    /* (owned) (nullable): what is being looked at */
  GCancellable *cancellable; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrBackupDialog, cr_backup_dialog, ADW_TYPE_WINDOW)

static guint restored_signal;

static gboolean
is_at (CrBackupDialog *self, const char *page)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), page) == 0;
}

static void
changed_cb (CrBackupDialog *self)
{
  const char *passphrase = gtk_editable_get_text (self->passphrase);
  gboolean is_fine = gtk_editable_get_text (self->file)[0] != '\0' && passphrase[0] != '\0';

  if (!self->restores)
    is_fine = is_fine && g_strcmp0 (passphrase, gtk_editable_get_text (self->again)) == 0;
  gtk_widget_set_sensitive (GTK_WIDGET (self->go), is_fine);
}

static void
show (CrBackupDialog *self, const char *page)
{
  gtk_stack_set_visible_child_name (self->stack, page);
  gtk_widget_set_visible (GTK_WIDGET (self->go), !is_at (self, "work") && !is_at (self, "done"));
  gtk_button_set_label (self->cancel, is_at (self, "done") ? _ ("_Close") : _ ("_Cancel"));
  if (self->is_left && (is_at (self, "ask") || is_at (self, "review")))
    gtk_window_destroy (GTK_WINDOW (self));
}

void
cr_backup_dialog_leave (CrBackupDialog *self)
{
  g_return_if_fail (CR_IS_BACKUP_DIALOG (self));

  if (is_at (self, "work"))
    self->is_left = TRUE;
  else
    gtk_window_destroy (GTK_WINDOW (self));
}

static void
complain (CrBackupDialog *self, const GError *error)
{
  if (cr_error_is_cancelled (error))
    return;
  show (self, "ask");
  cr_problem_show (self->problem, cr_local_words (error->message), NULL);
}

static void
told_cb (CrBackupStep step, double fraction, gpointer user_data)
{
  CrBackupDialog *self = user_data;
  static const char *const words[] = {
    [CR_BACKUP_COPYING] = N_ ("Taking a picture of the data…"),
    [CR_BACKUP_WRITING] = N_ ("Writing the file…"),
    [CR_BACKUP_READING] = N_ ("Reading the file…"),
    [CR_BACKUP_CHECKING] = N_ ("Checking that all of it is as it was…"),
  };

  gtk_label_set_text (self->doing, _ (words[step]));
  gtk_progress_bar_set_fraction (self->bar, fraction);
}

static void
begin_work (CrBackupDialog *self)
{
  cr_problem_show (self->problem, NULL, NULL);
  told_cb (self->restores ? CR_BACKUP_READING : CR_BACKUP_COPYING, 0, self);
  show (self, "work");
}

static void
finish (CrBackupDialog *self, const char *title, const char *words)
{
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  adw_status_page_set_title (self->done, title);
  adw_status_page_set_description (self->done, escaped);
  show (self, "done");
  gtk_widget_grab_focus (GTK_WIDGET (self->cancel));
}

/* Making --------------------------------------------------------------------------------------- */

static void
made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrBackupDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrBackup) backup = cr_engine_back_up_finish (CR_ENGINE (source), result, &error);
  g_autofree char *patients = NULL;
  g_autofree char *records = NULL;
  g_autofree char *words = NULL;

  if (backup == NULL)
    {
      complain (self, error);
      return;
    }
  patients = cr_words_number (backup->n_patients);
  records = cr_words_number (backup->n_records);
  words = g_strdup_printf (_ ("Patients: %s. Records: %s. Copy the file to another place than this "
                              "computer, and try now and then whether it can be restored."),
                           patients, records);
  finish (self, _ ("Backed Up"), words);
}

static void
back_up (CrBackupDialog *self, const char *path, gboolean replaces)
{
  CrBackupOrder order = { .path = path,
                          .passphrase = gtk_editable_get_text (self->passphrase),
                          .no_secrets = !gtk_switch_get_active (self->secrets),
                          .replaces = replaces,
                          .told = told_cb,
                          .told_data = self };

  begin_work (self);
  cr_engine_back_up_async (self->engine, &order, self->person, self->cancellable, made_cb,
                           g_object_ref (self));
}

static void
replace_cb (gpointer user_data)
{
  CrBackupDialog *self = user_data;

  back_up (self, gtk_editable_get_text (self->file), TRUE);
}

static void
ask_and_back_up (CrBackupDialog *self)
{
  const char *path = gtk_editable_get_text (self->file);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    cr_dialogs_confirm (GTK_WINDOW (self), _ ("Replace the File?"),
                        _ ("There is a file of that name already."), _ ("_Replace"), replace_cb,
                        g_object_ref (self), g_object_unref);
  else
    back_up (self, path, FALSE);
}

/* Restoring ------------------------------------------------------------------------------------ */

static void
review (CrBackupDialog *self, const CrBackup *now)
{
  CrBackup *backup = cr_rehearsal_get_backup (self->rehearsal);
  g_autofree char *warning = cr_backup_facts_warn (backup, now);

  cr_backup_facts_fill (self->facts, backup, now);
  adw_preferences_group_set_description (self->held, warning);
  gtk_button_set_label (self->go, _ ("_Replace What Is Here"));
  gtk_widget_remove_css_class (GTK_WIDGET (self->go), "suggested-action");
  gtk_widget_add_css_class (GTK_WIDGET (self->go), "destructive-action");
  show (self, "review");
}

static void
weighed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrBackupDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrBackup) now = cr_engine_weigh_finish (CR_ENGINE (source), result, &error);

  if (now != NULL)
    review (self, now);
  else
    complain (self, error);
}

static void
rehearsed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrBackupDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  self->rehearsal = cr_restore_rehearse_finish (result, &error);
  if (self->rehearsal == NULL)
    complain (self, error);
  else if (self->engine != NULL)
    cr_engine_weigh_async (self->engine, cr_rehearsal_get_backup (self->rehearsal)->created_ms,
                           self->cancellable, weighed_cb, g_object_ref (self));
  else
    review (self, NULL);
}

static void
rehearse (CrBackupDialog *self)
{
  begin_work (self);
  cr_restore_rehearse_async (self->workspace, gtk_editable_get_text (self->file),
                             gtk_editable_get_text (self->passphrase), told_cb, self,
                             self->cancellable, rehearsed_cb, g_object_ref (self));
}

/* The window opens the new data by itself, which closes this dialog with the pages behind it. */
static void
restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrBackupDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_restore_finish (CR_ENGINE (source), result, &error))
    complain (self, error);
}

static void
committed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrBackupDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_restore_commit_finish (CR_REHEARSAL (source), result, &error) &&
      cr_restore_apply (self->workspace, &error))
    g_signal_emit (self, restored_signal, 0);
  else
    complain (self, error);
}

static void
restore (CrBackupDialog *self)
{
  gtk_label_set_text (self->doing, _ ("Putting the backup in place…"));
  gtk_progress_bar_set_fraction (self->bar, 1);
  gtk_widget_set_visible (GTK_WIDGET (self->meanwhile), FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->cancel), FALSE);
  show (self, "work");
  if (self->engine != NULL)
    cr_engine_restore_async (self->engine, self->rehearsal, TRUE, self->person, NULL, restored_cb,
                             g_object_ref (self));
  else
    cr_restore_commit_async (self->rehearsal, TRUE, self->person, cr_time_now_ms (), NULL,
                             committed_cb, g_object_ref (self));
}

/* Both ----------------------------------------------------------------------------------------- */

static void
go_cb (CrBackupDialog *self)
{
  if (!gtk_widget_get_sensitive (GTK_WIDGET (self->go)) ||
      !gtk_widget_get_visible (GTK_WIDGET (self->go)))
    return;
  if (is_at (self, "review"))
    restore (self);
  else if (self->restores)
    rehearse (self);
  else
    ask_and_back_up (self);
}

static void
chosen_cb (const char *path, gpointer user_data)
{
  CrBackupDialog *self = user_data;

  gtk_editable_set_text (self->file, path);
}

static char *
make_name (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (cr_words_now_ms () / 1000);

  return g_date_time_format (now, "chartroom-%Y-%m-%d.backup");
}

static void
choose_cb (CrBackupDialog *self)
{
  g_autofree char *name = make_name ();

  if (self->restores)
    cr_dialogs_choose_path (GTK_WINDOW (self), FALSE, _ ("Choose a Backup"), chosen_cb,
                            g_object_ref (self), g_object_unref);
  else
    cr_dialogs_save_path (GTK_WINDOW (self), _ ("Back Up To"), name, chosen_cb, g_object_ref (self),
                          g_object_unref);
}

static void
cr_backup_dialog_dispose (GObject *object)
{
  CrBackupDialog *self = CR_BACKUP_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->rehearsal);
  g_clear_object (&self->engine);
  g_clear_object (&self->workspace);
  G_OBJECT_CLASS (cr_backup_dialog_parent_class)->dispose (object);
}

static void
cr_backup_dialog_finalize (GObject *object)
{
  CrBackupDialog *self = CR_BACKUP_DIALOG (object);

  g_object_unref (self->cancellable);
  g_free (self->person);
  G_OBJECT_CLASS (cr_backup_dialog_parent_class)->finalize (object);
}

static void
cr_backup_dialog_class_init (CrBackupDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_backup_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_backup_dialog_finalize;
  restored_signal = g_signal_new ("restored", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-backup-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, cancel);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, go);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, asked);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, file);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, passphrase);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, again);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, secrets_row);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, secrets);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, doing);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, bar);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, meanwhile);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, facts);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, held);
  gtk_widget_class_bind_template_child (widget_class, CrBackupDialog, done);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, go_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_backup_dialog_init (CrBackupDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_entry_rows_name (GTK_WIDGET (self));
}

GtkWidget *
cr_backup_dialog_new (GtkWindow *parent, CrEngine *engine, const char *person)
{
  CrBackupDialog *self = g_object_new (CR_TYPE_BACKUP_DIALOG, "transient-for", parent, NULL);
  g_autofree char *name = make_name ();
  const char *folder = g_get_user_special_dir (G_USER_DIRECTORY_DOCUMENTS);
  g_autofree char *path =
      g_build_filename (folder != NULL ? folder : g_get_home_dir (), name, NULL);

  self->engine = g_object_ref (engine);
  self->workspace = g_object_ref (cr_engine_get_workspace (engine));
  self->person = g_strdup (person);
  gtk_editable_set_text (self->file, path);
  gtk_window_set_focus (GTK_WINDOW (self), GTK_WIDGET (self->passphrase));
  return GTK_WIDGET (self);
}

GtkWidget *
cr_backup_dialog_new_restore (GtkWindow *parent,
                              CrEngine *engine,
                              CrWorkspace *workspace,
                              const char *person)
{
  CrBackupDialog *self = g_object_new (CR_TYPE_BACKUP_DIALOG, "transient-for", parent, "title",
                                       _ ("Restore a Backup"), NULL);

  self->restores = TRUE;
  self->engine = engine != NULL ? g_object_ref (engine) : NULL;
  self->workspace = g_object_ref (workspace);
  self->person = g_strdup (person);
  adw_preferences_group_set_description (
      self->asked, _ ("The backup is opened and checked first. Nothing that is here changes before "
                      "you have seen what is in it."));
  gtk_button_set_label (self->go, _ ("_Look Into It"));
  gtk_widget_set_visible (GTK_WIDGET (self->again), FALSE);
  gtk_widget_set_visible (self->secrets_row, FALSE);
  return GTK_WIDGET (self);
}
