/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-backup.h"

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"
#include "config.h"
#include "engine/cr-backup-file.h"
#include "engine/cr-engine-private.h"
#include "engine/cr-restore-private.h"
#include "store/cr-snapshot.h"

#include <glib/gstdio.h>
#include <string.h>

/* The command that asked has its answer by then. */
#define RESTART_MS 200

/* Making --------------------------------------------------------------------------------------- */

typedef struct
{
  CrBackup *about; /* (owned) (nullable): NULL once it was given away */
  char *path;
  char *passphrase;
  char *person;
  char *from;          /* (owned): the database */
  char *snapshot;      /* (owned): of it */
  GPtrArray *names;    /* (owned) (nullable): secrets to ask for */
  guint at;            /* the next of them */
  GByteArray *secrets; /* (owned) (nullable): NULL: they stay here */
  CrProgress *progress;
  gboolean no_secrets;
  gboolean replaces;
} Making;

static void
making_free (gpointer data)
{
  Making *making = data;

  g_unlink (making->snapshot);
  g_clear_pointer (&making->about, cr_backup_free);
  g_free (making->path);
  cr_secret_free (making->passphrase);
  g_free (making->person);
  g_free (making->from);
  g_free (making->snapshot);
  g_clear_pointer (&making->names, g_ptr_array_unref);
  if (making->secrets != NULL)
    cr_secret_wipe_array (making->secrets);
  g_clear_pointer (&making->secrets, g_byte_array_unref);
  cr_progress_unref (making->progress);
  g_free (making);
}

static gpointer
nothing_func (CrDb *db, gpointer data, GError **error)
{
  return CR_DONE;
}

static void
noted_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Making *making = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  /* The file is there, whether or not it could be noted. */
  if (g_task_propagate_pointer (G_TASK (result), &error) == NULL)
    g_warning ("A backup was made, but not noted: %s", error->message);
  g_task_return_pointer (task, g_steal_pointer (&making->about), (GDestroyNotify) cr_backup_free);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  Making *making = g_task_get_task_data (task);
  CrVerb verb = { .func = nothing_func,
                  .person = making->person,
                  .action = "backup.create",
                  .detail =
                      making->about->has_secrets ? NULL : CR_SAID ("without passwords and access"),
                  .change = CR_CHANGE_SETTING };
  GError *error = NULL;
  GTask *noting;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  noting = cr_engine_task (self, cr_engine_back_up_async, NULL, noted_cb, g_steal_pointer (&task));
  cr_engine_run_verb (self, &verb, noting);
}

static void
write_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Making *making = data;
  CrBackupParts parts = { .about = making->about, .database = making->snapshot };
  g_autoptr (GBytes) secrets = NULL;
  GError *error = NULL;

  if (making->secrets != NULL)
    secrets = cr_backup_file_keep_secret (g_steal_pointer (&making->secrets));
  parts.secrets = secrets;
  if (cr_backup_file_write (&parts, making->path, making->replaces, making->passphrase,
                            making->progress, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Takes @task. */
static void
write_file (GTask *task)
{
  Making *making = g_task_get_task_data (task);
  GTask *writing = g_task_new (NULL, g_task_get_cancellable (task), written_cb, task);

  making->about->has_secrets = making->secrets != NULL;
  g_task_set_task_data (writing, making, NULL);
  g_task_run_in_thread (writing, write_thread);
  g_object_unref (writing);
}

static void ask_next (GTask *task);

static void
keep_secret (Making *making, const char *secret)
{
  const char *name = g_ptr_array_index (making->names, making->at);
  gsize n_name = strlen (name) + 1, n_secret = strlen (secret) + 1;
  GByteArray *grown = g_byte_array_sized_new ((guint) (making->secrets->len + n_name + n_secret));

  /* Not by appending: a copy that grew would leave the old one unwiped. */
  g_byte_array_append (grown, making->secrets->data, making->secrets->len);
  g_byte_array_append (grown, (const guint8 *) name, (guint) n_name);
  g_byte_array_append (grown, (const guint8 *) secret, (guint) n_secret);
  cr_secret_wipe_array (making->secrets);
  g_byte_array_unref (making->secrets);
  making->secrets = grown;
}

static void
got_secret_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Making *making = g_task_get_task_data (task);
  GError *error = NULL;
  char *secret = cr_vault_get_finish (CR_VAULT (vault), result, &error);

  if (secret == NULL && !g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_error (&error);
  if (secret != NULL)
    keep_secret (making, secret);
  g_clear_pointer (&secret, cr_vault_secret_free);
  making->at++;
  ask_next (g_steal_pointer (&task));
}

/* Takes @task. */
static void
ask_next (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  Making *making = g_task_get_task_data (task);

  if (making->secrets == NULL || making->at == making->names->len)
    write_file (task);
  else
    cr_vault_get_async (self->vault, g_ptr_array_index (making->names, making->at),
                        g_task_get_cancellable (task), got_secret_cb, task);
}

static void
add_names (GPtrArray *names, const char *kind, const char *id)
{
  g_autoptr (GPtrArray) fields = NULL;

  if (g_str_equal (kind, "destination"))
    {
      fields = cr_engine_destination_secrets (id);
      for (guint i = 0; i < fields->len; i++)
        g_ptr_array_add (names, g_strdup (g_ptr_array_index (fields, i)));
    }
  else if (g_str_equal (kind, "webhook"))
    {
      g_ptr_array_add (names, CR_WEBHOOK_SECRET (id));
      g_ptr_array_add (names, CR_WEBHOOK_OLD_SECRET (id));
    }
  else
    g_ptr_array_add (names, g_strconcat (kind, "/", id, NULL));
}

/* The names are those of the copy: what came after it is in neither. */
static GPtrArray *
list_names (const char *snapshot, GError **error)
{
  static const char *const kinds[] = { "source", "vendor", "destination", "webhook" };
  g_autoptr (CrDb) db = cr_db_open (snapshot, CR_DB_READ, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (db == NULL)
    return NULL;
  g_ptr_array_add (names, g_strdup (CR_VAULT_SEALING_KEY));
  g_ptr_array_add (names, g_strdup ("client-keys"));
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (GPtrArray) ids = cr_snapshot_list_ids (db, kinds[i], error);

      if (ids == NULL)
        return NULL;
      for (guint j = 0; j < ids->len; j++)
        add_names (names, kinds[i], g_ptr_array_index (ids, j));
    }
  return g_steal_pointer (&names);
}

static void
copied_cb (gint64 done, gint64 total, gpointer data)
{
  cr_progress_tell (data, CR_BACKUP_COPYING, done, total);
}

static gboolean
copy (Making *making, GCancellable *cancellable, GError **error)
{
  g_autoptr (CrDb) db = NULL;
  GStatBuf about;

  if (!cr_snapshot_take (making->from, making->snapshot, copied_cb, making->progress, cancellable,
                         error))
    return FALSE;
  making->names = list_names (making->snapshot, error);
  if (making->names == NULL || (db = cr_db_open (making->snapshot, CR_DB_READ, error)) == NULL ||
      !cr_snapshot_count (db, making->about, error))
    return FALSE;
  if (g_stat (making->snapshot, &about) != 0)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_READ_ONLY,
                           "Chartroom cannot read in its data folder.");
      return FALSE;
    }
  making->about->n_bytes = about.st_size;
  return TRUE;
}

static void
copy_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (copy (data, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
snapshot_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Making *making = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (!making->no_secrets)
    making->secrets = g_byte_array_new ();
  ask_next (g_steal_pointer (&task));
}

static Making *
making_new (CrEngine *self, const CrBackupOrder *order, const char *person)
{
  Making *making = g_new0 (Making, 1);
  g_autofree char *hex = cr_random_hex (8);
  g_autofree char *name = g_strconcat (CR_BACKUP_SNAPSHOT, hex, NULL);

  making->about = cr_backup_new ();
  making->about->created_ms = self->clock ();
  making->about->version = g_strdup (PACKAGE_VERSION);
  making->about->workspace_id = g_strdup (cr_workspace_get_id (self->workspace));
  making->about->is_sandbox = cr_workspace_is_sandbox (self->workspace);
  making->path = g_strdup (order->path);
  making->passphrase = g_strdup (order->passphrase);
  making->person = g_strdup (person);
  making->from = cr_workspace_get_path (self->workspace, CR_RESTORE_DATABASE);
  making->snapshot = cr_workspace_get_path (self->workspace, name);
  making->progress = cr_progress_new (order->told, order->told_data);
  making->no_secrets = order->no_secrets;
  making->replaces = order->replaces;
  return making;
}

static gboolean
check_order (const CrBackupOrder *order, GError **error)
{
  if (g_utf8_strlen (order->passphrase, -1) < CR_BACKUP_LEAST_PASSPHRASE)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "The passphrase is too short: take at least %d characters, such as four words.",
                   CR_BACKUP_LEAST_PASSPHRASE);
      return FALSE;
    }
  if (order->replaces || !g_file_test (order->path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                       "There is a file of that name already. It was left as it is.");
  return FALSE;
}

/**
 * cr_engine_back_up_async:
 *
 * Errors: BAD_INPUT for a short passphrase; CONFLICT when there is a file of that name; of the
 *   keyring, unless secrets are left out; NO_SPACE, READ_ONLY of either disk
 */
void
cr_engine_back_up_async (CrEngine *self,
                         const CrBackupOrder *order,
                         const char *person,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_back_up_async, cancellable, callback, user_data);
  GTask *copying;
  Making *making = making_new (self, order, person);
  GError *error = NULL;

  g_task_set_task_data (task, making, making_free);
  /* Once the file has its name it is there. */
  g_task_set_check_cancellable (task, FALSE);
  if (!check_order (order, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  copying = g_task_new (NULL, cancellable, snapshot_cb, task);
  g_task_set_task_data (copying, making, NULL);
  g_task_run_in_thread (copying, copy_thread);
  g_object_unref (copying);
}

CrBackup *
cr_engine_back_up_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  Making *making = g_task_get_task_data (G_TASK (result));

  cr_progress_end (making->progress);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Weighing ------------------------------------------------------------------------------------- */

static gpointer
weigh_func (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrBackup) now = cr_backup_new ();

  now->n_removals = cr_snapshot_count_removals (db, *(gint64 *) data, error);
  if (now->n_removals < 0 || !cr_snapshot_count (db, now, error))
    return NULL;
  now->last_ms = cr_snapshot_last_backup (db, error);
  return now->last_ms >= 0 ? g_steal_pointer (&now) : NULL;
}

void
cr_engine_weigh_async (CrEngine *self,
                       gint64 since_ms,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_weigh_async, cancellable, callback, user_data);

  cr_engine_read (self, CR_READ_BULK, weigh_func, g_memdup2 (&since_ms, sizeof since_ms), g_free,
                  (GDestroyNotify) cr_backup_free, task);
}

CrBackup *
cr_engine_weigh_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Restoring ------------------------------------------------------------------------------------ */

static gboolean
restart_cb (gpointer user_data)
{
  CrEngine *self = user_data;

  if (!self->is_closing)
    g_signal_emit_by_name (self, "restart");
  return G_SOURCE_REMOVE;
}

static void
committed_cb (GObject *rehearsal, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!cr_restore_commit_finish (CR_REHEARSAL (rehearsal), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_timeout_add_full (G_PRIORITY_DEFAULT, RESTART_MS, restart_cb, g_object_ref (self),
                      g_object_unref);
  g_task_return_boolean (task, TRUE);
}

void
cr_engine_restore_async (CrEngine *self,
                         CrRehearsal *rehearsal,
                         gboolean with_secrets,
                         const char *person,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_restore_async, cancellable, callback, user_data);

  g_task_set_check_cancellable (task, FALSE);
  cr_restore_commit_async (rehearsal, with_secrets, person, self->clock (), cancellable,
                           committed_cb, task);
}

gboolean
cr_engine_restore_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
