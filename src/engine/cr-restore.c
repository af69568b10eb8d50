/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-restore.h"

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "base/cr-secret.h"
#include "base/cr-time.h"
#include "engine/cr-backup-file.h"
#include "engine/cr-restore-aside.h"
#include "engine/cr-restore-private.h"
#include "store/cr-snapshot.h"
#include "vault/cr-vault.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

struct _CrRehearsal
{
  GObject parent_instance;

  CrWorkspace *workspace; /* (owned) */
  CrBackup *backup;       /* (owned) */
  GBytes *secrets;        /* (owned) (nullable): wiped when freed */
  char *folder;           /* (owned) (nullable): NULL once it is committed */
  gboolean is_undo;       /* of what stands aside, not of a file */
};

G_DEFINE_FINAL_TYPE (CrRehearsal, cr_rehearsal, G_TYPE_OBJECT)

static void
cr_rehearsal_finalize (GObject *object)
{
  CrRehearsal *self = CR_REHEARSAL (object);

  if (self->folder != NULL)
    cr_restore_remove_folder (self->folder);
  g_free (self->folder);
  g_clear_pointer (&self->secrets, g_bytes_unref);
  g_clear_pointer (&self->backup, cr_backup_free);
  g_clear_object (&self->workspace);
  G_OBJECT_CLASS (cr_rehearsal_parent_class)->finalize (object);
}

static void
cr_rehearsal_class_init (CrRehearsalClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_rehearsal_finalize;
}

static void
cr_rehearsal_init (CrRehearsal *self)
{
  self->backup = cr_backup_new ();
}

CrBackup *
cr_rehearsal_get_backup (CrRehearsal *self)
{
  g_return_val_if_fail (CR_IS_REHEARSAL (self), NULL);

  return self->backup;
}

/* Rehearsing ----------------------------------------------------------------------------------- */

typedef struct
{
  CrRehearsal *rehearsal; /* (owned) */
  char *path;             /* (owned) (nullable): NULL for what stands aside */
  char *passphrase;       /* (owned) (nullable) */
  CrProgress *progress;   /* (owned) */
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_clear_object (&reading->rehearsal);
  g_free (reading->path);
  cr_secret_free (reading->passphrase);
  cr_progress_unref (reading->progress);
  g_free (reading);
}

static void
checked_cb (gint64 done, gint64 total, gpointer data)
{
  cr_progress_tell (data, CR_BACKUP_CHECKING, done, total);
}

static gboolean
make_folder (CrRehearsal *self, GError **error)
{
  g_autofree char *template = cr_workspace_get_path (self->workspace, CR_RESTORE_BEGUN "XXXXXX");
  int code;

  if (g_mkdtemp_full (template, 0700) != NULL)
    {
      self->folder = g_steal_pointer (&template);
      return TRUE;
    }
  code = errno;
  g_set_error (error, CR_ERROR, code == ENOSPC ? CR_ERROR_NO_SPACE : CR_ERROR_READ_ONLY,
               "Chartroom cannot write in its data folder: %s.", g_strerror (code));
  return FALSE;
}

static void
copied_cb (gint64 done, gint64 total, gpointer data)
{
  cr_progress_tell (data, CR_BACKUP_COPYING, done, total);
}

/* A copy, so that it stays aside as it is until it is in place. Its secrets never left the keyring.
 */
static gboolean
copy_aside (Reading *reading, const char *database, GCancellable *cancellable, GError **error)
{
  CrRehearsal *self = reading->rehearsal;
  g_autofree char *aside =
      cr_workspace_get_path (self->workspace, CR_RESTORE_DATABASE CR_RESTORE_ASIDE);

  self->is_undo = TRUE;
  self->backup->created_ms = cr_restore_aside_ms (self->workspace);
  self->backup->workspace_id = cr_restore_dup_aside_id (self->workspace);
  self->backup->is_sandbox = cr_workspace_is_sandbox (self->workspace);
  self->backup->has_secrets = TRUE;
  if (!cr_restore_has_aside (self->workspace) || self->backup->workspace_id == NULL)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_NOT_FOUND,
                   "No data from before a restore are kept aside.");
      return FALSE;
    }
  return cr_snapshot_take (aside, database, copied_cb, reading->progress, cancellable, error);
}

static gboolean
rehearse (Reading *reading, GCancellable *cancellable, GError **error)
{
  CrRehearsal *self = reading->rehearsal;
  g_autofree char *database = NULL;
  CrBackupParts parts = { .about = self->backup };
  gboolean ok;

  if (!make_folder (self, error))
    return FALSE;
  database = g_build_filename (self->folder, CR_RESTORE_DATABASE, NULL);
  parts.database = database;
  ok = reading->path == NULL ? copy_aside (reading, database, cancellable, error)
                             : cr_backup_file_read (&parts, reading->path, reading->passphrase,
                                                    cr_workspace_is_sandbox (self->workspace),
                                                    reading->progress, cancellable, error);
  self->secrets = parts.secrets;
  return ok && cr_snapshot_check (database, self->backup, checked_cb, reading->progress,
                                  cancellable, error);
}

static void
rehearse_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *reading = data;
  GError *error = NULL;

  if (rehearse (reading, cancellable, &error))
    g_task_return_pointer (task, g_object_ref (reading->rehearsal), g_object_unref);
  else
    {
      /* Gone when it is told, whoever lets go of the rehearsal last. */
      if (reading->rehearsal->folder != NULL)
        cr_restore_remove_folder (reading->rehearsal->folder);
      g_clear_pointer (&reading->rehearsal->folder, g_free);
      g_task_return_error (task, error);
    }
}

/**
 * cr_restore_rehearse_async:
 * @path: (nullable): the backup; %NULL for what stands aside since the last restore
 * @passphrase: (nullable): not needed for that
 * @told: (nullable): how far it is
 *
 * Errors: NOT_FOUND; BAD_INPUT when it is no backup, or one of the other kind of workspace; SIGN_IN
 *   for a wrong passphrase; CORRUPT when it is damaged or cut short; TOO_NEW; NO_SPACE
 */
void
cr_restore_rehearse_async (CrWorkspace *workspace,
                           const char *path,
                           const char *passphrase,
                           CrBackupTold told,
                           gpointer told_data,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Reading *reading = g_new0 (Reading, 1);

  g_task_set_source_tag (task, cr_restore_rehearse_async);
  reading->rehearsal = g_object_new (CR_TYPE_REHEARSAL, NULL);
  reading->rehearsal->workspace = g_object_ref (workspace);
  reading->path = g_strdup (path);
  reading->passphrase = g_strdup (passphrase);
  reading->progress = cr_progress_new (told, told_data);
  g_task_set_task_data (task, reading, reading_free);
  g_task_run_in_thread (task, rehearse_thread);
}

CrRehearsal *
cr_restore_rehearse_finish (GAsyncResult *result, GError **error)
{
  Reading *reading = g_task_get_task_data (G_TASK (result));

  cr_progress_end (reading->progress);
  /* The thread may let go of its task later than the caller of what it made. */
  g_clear_object (&reading->rehearsal);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Committing ----------------------------------------------------------------------------------- */

typedef struct
{
  char *workspace_id;  /* (owned): what it will be called */
  CrAuditEntry *entry; /* (owned) */
  CrVault *vault;      /* (owned) (nullable) */
  gsize at;            /* the next secret */
} Commit;

static void
commit_free (gpointer data)
{
  Commit *commit = data;

  if (commit->vault != NULL)
    cr_vault_close (commit->vault);
  g_clear_object (&commit->vault);
  g_clear_object (&commit->entry);
  g_free (commit->workspace_id);
  g_free (commit);
}

static gboolean
write_identity (CrRehearsal *self, const char *workspace_id, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, CR_RESTORE_IDENTITY, NULL);
  g_autoptr (JsonObject) identity = json_object_new ();
  g_autofree char *text = NULL;

  json_object_set_string_member (identity, "id", workspace_id);
  json_object_set_boolean_member (identity, "sandbox", cr_workspace_is_sandbox (self->workspace));
  text = cr_json_object_to_text (identity, TRUE);
  return cr_restore_write_file (path, text, error);
}

/* The last step is the renaming of the folder: before it nothing was changed, behind it all of it
 * will be. */
static void
commit_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  CrRehearsal *self = source;
  Commit *commit = data;
  g_autofree char *database = g_build_filename (self->folder, CR_RESTORE_DATABASE, NULL);
  g_autofree char *ready = cr_workspace_get_path (self->workspace, CR_RESTORE_READY);
  GError *error = NULL;

  if (!cr_snapshot_adopt (database, commit->entry, &error) ||
      !write_identity (self, commit->workspace_id, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  cr_restore_sync_folder (self->folder);
  cr_restore_remove_folder (ready);
  if (g_rename (self->folder, ready) != 0)
    {
      g_task_return_new_error (
          task, CR_ERROR, CR_ERROR_READ_ONLY,
          "Chartroom cannot write in its data folder: %s. Nothing was changed.",
          g_strerror (errno));
      return;
    }
  cr_restore_sync_folder (cr_workspace_get_folder (self->workspace));
  g_clear_pointer (&self->folder, g_free);
  g_task_return_boolean (task, TRUE);
}

static void keep_next (GTask *task);

static void
kept_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (cr_vault_set_finish (CR_VAULT (vault), result, &error))
    keep_next (g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

static const char *
label_of (const char *name)
{
  if (g_str_equal (name, CR_VAULT_SEALING_KEY))
    return "Chartroom sealing key";
  if (g_str_has_prefix (name, "destination/"))
    return "Chartroom: credential of a destination";
  if (g_str_has_prefix (name, "webhook/"))
    return "Chartroom: secret of a webhook endpoint";
  if (g_str_has_prefix (name, "vendor/"))
    return "Chartroom: client secret of a vendor";
  if (g_str_has_prefix (name, "source/"))
    return "Chartroom: client secret of a portal";
  return "Chartroom: keys for signing in at portals";
}

/* Takes @task. */
static void
keep_next (GTask *task)
{
  CrRehearsal *self = g_task_get_source_object (task);
  Commit *commit = g_task_get_task_data (task);
  gsize n = 0;
  const char *text = commit->vault != NULL ? g_bytes_get_data (self->secrets, &n) : NULL;
  const char *name = text + commit->at;
  const char *secret;

  if (commit->at >= n)
    {
      g_task_run_in_thread (task, commit_thread);
      g_object_unref (task);
      return;
    }

  secret = name + strlen (name) + 1;
  if (secret >= text + n)
    {
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_CORRUPT,
                               "The passwords in this backup are damaged. Restore it without them, "
                               "or use another copy.");
      g_object_unref (task);
      return;
    }
  commit->at = (gsize) (secret - text) + strlen (secret) + 1;
  cr_vault_set_async (commit->vault, name, label_of (name), secret, g_task_get_cancellable (task),
                      kept_cb, task);
}

/**
 * cr_restore_commit_async:
 *
 * What it promised is done by cr_restore_apply ().
 *
 * Errors: of the keyring, of the disk; nothing was changed then
 */
void
cr_restore_commit_async (CrRehearsal *rehearsal,
                         gboolean with_secrets,
                         const char *person,
                         gint64 now_ms,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (rehearsal, cancellable, callback, user_data);
  Commit *commit = g_new0 (Commit, 1);
  g_autofree char *made = cr_time_to_string (rehearsal->backup->created_ms);
  gboolean keeps = with_secrets && rehearsal->secrets != NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, cr_restore_commit_async);
  /* What was promised is told as such, also when it was cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);
  commit->entry = cr_audit_entry_new (person, rehearsal->is_undo ? "backup.undo" : "backup.restore",
                                      NULL, made, now_ms);
  commit->workspace_id = keeps || rehearsal->backup->workspace_id == NULL
                           ? cr_random_hex (16)
                           : g_strdup (rehearsal->backup->workspace_id);
  commit->vault = keeps ? cr_vault_new (commit->workspace_id) : NULL;
  g_task_set_task_data (task, commit, commit_free);
  /* Where it never comes to be, what the keyring was given goes again. */
  if (keeps && !cr_restore_note_left (rehearsal->workspace, commit->workspace_id, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  keep_next (task);
}

gboolean
cr_restore_commit_finish (CrRehearsal *rehearsal, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
