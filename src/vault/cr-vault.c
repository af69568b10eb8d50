/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/cr-vault.h"

#include <libsecret/secret.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-secret.h"
#include "vault/cr-keyring.h"

#define SEALING_KEY_NAME CR_VAULT_SEALING_KEY
#define SEALING_KEY_LABEL "Chartroom sealing key"
#define KEY_BYTES 32

struct _CrVault
{
  GObject parent_instance;

  char *workspace_id; /* (owned): read by the thread, never changed */
  GThread *thread;    /* (owned) (nullable): NULL once closed */
  GAsyncQueue *jobs;  /* (owned): GTask (owned), or the end mark */
  CrSealer *sealer;   /* (owned) (nullable): used by the main thread only */
};

G_DEFINE_FINAL_TYPE (CrVault, cr_vault, G_TYPE_OBJECT)

typedef struct _Job Job;
typedef void (*JobFunc) (Job *job, GTask *task);

/* One piece of work for the thread, which alone touches it until the task returns. */
struct _Job
{
  JobFunc run;
  char *workspace_id;
  char *name;
  char *label;  /* (nullable) */
  char *secret; /* (nullable): wiped when freed */
  gboolean may_create;
  gboolean is_quiet; /* nobody is shown a prompt */
  CrVaultChange change;
  gpointer data; /* (nullable): of the change */
  GDestroyNotify free_data;
};

static void
job_free (gpointer data)
{
  Job *job = data;

  g_free (job->workspace_id);
  g_free (job->name);
  g_free (job->label);
  cr_secret_free (job->secret);
  if (job->free_data != NULL)
    job->free_data (job->data);
  g_free (job);
}

static gpointer
thread_func (gpointer data)
{
  GAsyncQueue *jobs = data;
  gpointer item;

  while ((item = g_async_queue_pop (jobs)) != (gpointer) jobs)
    {
      g_autoptr (GTask) task = item;
      Job *job = g_task_get_task_data (task);

      if (!g_task_return_error_if_cancelled (task))
        job->run (job, task);
    }

  g_async_queue_unref (jobs);
  return NULL;
}

/* Takes @job. */
static void
push_job (CrVault *self, GTask *task, JobFunc run, const char *name, Job *job)
{
  job->run = run;
  job->workspace_id = g_strdup (self->workspace_id);
  job->name = g_strdup (name);
  g_task_set_task_data (task, job, job_free);

  if (self->thread != NULL)
    g_async_queue_push (self->jobs, task);
  else
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The vault is closed");
      g_object_unref (task);
    }
}

static void
run_get (Job *job, GTask *task)
{
  GError *error = NULL;
  char *secret = cr_keyring_get (job->workspace_id, job->name, !job->is_quiet,
                                 g_task_get_cancellable (task), &error);

  if (secret != NULL)
    g_task_return_pointer (task, secret, (GDestroyNotify) cr_vault_secret_free);
  else
    g_task_return_error (task, error);
}

static void
run_set (Job *job, GTask *task)
{
  GError *error = NULL;

  if (cr_keyring_set (job->workspace_id, job->name, job->label, job->secret,
                      g_task_get_cancellable (task), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
run_clear (Job *job, GTask *task)
{
  GError *error = NULL;

  if (cr_keyring_clear (job->workspace_id, job->name, !job->is_quiet, g_task_get_cancellable (task),
                        &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
run_clear_all (Job *job, GTask *task)
{
  GError *error = NULL;

  if (cr_keyring_clear_all (job->workspace_id, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* What was written is read back, so that nothing is used that would not be there after a restart.
 */
static char *
change (Job *job, GCancellable *cancellable, GError **error)
{
  GError *missing = NULL;
  GError *failed = NULL;
  char *secret = cr_keyring_get (job->workspace_id, job->name, TRUE, cancellable, &missing);
  char *changed = NULL;

  if (secret != NULL || g_error_matches (missing, CR_ERROR, CR_ERROR_NOT_FOUND))
    changed = job->change (secret, job->data, &failed);
  if (changed != NULL || failed != NULL)
    {
      g_clear_pointer (&secret, cr_vault_secret_free);
      g_clear_error (&missing);
    }
  if (changed != NULL &&
      cr_keyring_set (job->workspace_id, job->name, job->label, changed, cancellable, &failed))
    secret = cr_keyring_get (job->workspace_id, job->name, TRUE, cancellable, &failed);

  cr_secret_free (changed);
  if (secret == NULL)
    g_propagate_error (error, failed != NULL ? failed : missing);
  return secret;
}

static void
run_change (Job *job, GTask *task)
{
  GError *error = NULL;
  char *secret = change (job, g_task_get_cancellable (task), &error);

  if (secret != NULL)
    g_task_return_pointer (task, secret, (GDestroyNotify) cr_vault_secret_free);
  else
    g_task_return_error (task, error);
}

static CrSealer *
sealer_from_text (const char *text, GError **error)
{
  gsize n_bytes = 0;
  guint8 *key = g_base64_decode (text, &n_bytes);
  CrSealer *sealer = n_bytes == KEY_BYTES ? cr_sealer_new (key) : NULL;

  if (key != NULL)
    explicit_bzero (key, n_bytes);
  g_free (key);
  if (sealer == NULL)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_CORRUPT,
                         "The sealing key in the keyring is damaged; restore the keyring or connect"
                         " the patients again");

  return sealer;
}

static CrSealer *
create_sealer (Job *job, GCancellable *cancellable, GError **error)
{
  guint8 key[KEY_BYTES];
  CrSealer *sealer = NULL;
  char *text;

  cr_random_bytes (key, sizeof key);
  text = g_base64_encode (key, sizeof key);
  if (cr_keyring_set (job->workspace_id, SEALING_KEY_NAME, SEALING_KEY_LABEL, text, cancellable,
                      error))
    sealer = cr_sealer_new (key);

  explicit_bzero (key, sizeof key);
  cr_secret_free (text);
  return sealer;
}

/* A new key is read back before it is used: what it seals must open after a restart. */
static void
run_get_sealer (Job *job, GTask *task)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  CrSealer *sealer = NULL;
  char *text = cr_keyring_get (job->workspace_id, job->name, TRUE, cancellable, &error);

  if (text == NULL && job->may_create && g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      g_clear_error (&error);
      sealer = create_sealer (job, cancellable, &error);
      if (sealer != NULL)
        text = cr_keyring_get (job->workspace_id, job->name, TRUE, cancellable, &error);
      g_clear_pointer (&sealer, cr_sealer_unref);
    }
  if (text != NULL)
    sealer = sealer_from_text (text, &error);
  cr_vault_secret_free (text);

  if (sealer != NULL)
    g_task_return_pointer (task, sealer, (GDestroyNotify) cr_sealer_unref);
  else
    g_task_return_error (task, error);
}

/**
 * cr_vault_get_async:
 *
 * May take as long as a person looks at the keyring's prompt.
 */
void
cr_vault_get_async (CrVault *self,
                    const char *name,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task;

  g_return_if_fail (CR_IS_VAULT (self));
  g_return_if_fail (name != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_vault_get_async);
  push_job (self, task, run_get, name, g_new0 (Job, 1));
}

/**
 * cr_vault_get_quietly_async:
 *
 * Shows nobody a prompt: a locked keyring is an error at once. Finished by cr_vault_get_finish ().
 */
void
cr_vault_get_quietly_async (CrVault *self,
                            const char *name,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task;
  Job *job;

  g_return_if_fail (CR_IS_VAULT (self));
  g_return_if_fail (name != NULL);

  job = g_new0 (Job, 1);
  job->is_quiet = TRUE;
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_vault_get_quietly_async);
  push_job (self, task, run_get, name, job);
}

char *
cr_vault_get_finish (CrVault *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * cr_vault_set_async:
 * @label: what the desktop's password program shows; names no patient
 *
 * Replaces what is there.
 */
void
cr_vault_set_async (CrVault *self,
                    const char *name,
                    const char *label,
                    const char *secret,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task;
  Job *job;

  g_return_if_fail (CR_IS_VAULT (self));
  g_return_if_fail (name != NULL && label != NULL && secret != NULL);

  job = g_new0 (Job, 1);
  job->label = g_strdup (label);
  job->secret = g_strdup (secret);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_vault_set_async);
  push_job (self, task, run_set, name, job);
}

gboolean
cr_vault_set_finish (CrVault *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
cr_vault_clear_async (CrVault *self,
                      const char *name,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task;

  g_return_if_fail (CR_IS_VAULT (self));
  g_return_if_fail (name != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_vault_clear_async);
  push_job (self, task, run_clear, name, g_new0 (Job, 1));
}

/**
 * cr_vault_clear_quietly_async:
 *
 * The same. Finished by cr_vault_clear_finish ().
 */
void
cr_vault_clear_quietly_async (CrVault *self,
                              const char *name,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task;
  Job *job;

  g_return_if_fail (CR_IS_VAULT (self));
  g_return_if_fail (name != NULL);

  job = g_new0 (Job, 1);
  job->is_quiet = TRUE;
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_vault_clear_quietly_async);
  push_job (self, task, run_clear, name, job);
}

/**
 * cr_vault_clear_all_async:
 *
 * Lets go of everything that is kept for the workspace, when nothing needs it any more; shows
 * nobody a prompt. Finished by cr_vault_clear_finish ().
 */
void
cr_vault_clear_all_async (CrVault *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task;

  g_return_if_fail (CR_IS_VAULT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_vault_clear_all_async);
  push_job (self, task, run_clear_all, NULL, g_new0 (Job, 1));
}

gboolean
cr_vault_clear_finish (CrVault *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * cr_vault_change_async:
 * @label: as for cr_vault_set_async ()
 * @free_data: (nullable)
 *
 * Reads an item and writes what is made of it, with nothing in between.
 *
 * Errors: also those of @change; %CR_ERROR_NOT_FOUND when there is nothing and @change made nothing
 */
void
cr_vault_change_async (CrVault *self,
                       const char *name,
                       const char *label,
                       CrVaultChange change_func,
                       gpointer data,
                       GDestroyNotify free_data,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task;
  Job *job;

  g_return_if_fail (CR_IS_VAULT (self));
  g_return_if_fail (name != NULL && label != NULL && change_func != NULL);

  job = g_new0 (Job, 1);
  job->label = g_strdup (label);
  job->change = change_func;
  job->data = data;
  job->free_data = free_data;
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_vault_change_async);
  push_job (self, task, run_change, name, job);
}

char *
cr_vault_change_finish (CrVault *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * cr_vault_get_sealer_async:
 * @may_create: make a key when the keyring proves to hold none
 *
 * Errors: also %CR_ERROR_CORRUPT when what the keyring holds is no key
 */
void
cr_vault_get_sealer_async (CrVault *self,
                           gboolean may_create,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task;
  Job *job;

  g_return_if_fail (CR_IS_VAULT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_vault_get_sealer_async);
  if (self->sealer != NULL)
    {
      g_task_return_pointer (task, cr_sealer_ref (self->sealer), (GDestroyNotify) cr_sealer_unref);
      g_object_unref (task);
      return;
    }

  job = g_new0 (Job, 1);
  job->may_create = may_create;
  push_job (self, task, run_get_sealer, SEALING_KEY_NAME, job);
}

/**
 * cr_vault_get_sealer_finish:
 *
 * Returns: (transfer full): free with cr_sealer_unref ()
 */
CrSealer *
cr_vault_get_sealer_finish (CrVault *self, GAsyncResult *result, GError **error)
{
  CrSealer *sealer;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  sealer = g_task_propagate_pointer (G_TASK (result), error);
  if (sealer != NULL && self->sealer == NULL)
    self->sealer = cr_sealer_ref (sealer);

  return sealer;
}

void
cr_vault_secret_free (char *secret)
{
  secret_password_free (secret);
}

/**
 * cr_vault_close:
 *
 * Joins the thread, so it waits for a call to the keyring that is under way: cancel first. Jobs not
 * begun are answered as cancelled. Must be called before the last reference is dropped.
 */
void
cr_vault_close (CrVault *self)
{
  gpointer item;

  g_return_if_fail (CR_IS_VAULT (self));

  if (self->thread == NULL)
    return;

  while ((item = g_async_queue_try_pop (self->jobs)) != NULL)
    {
      g_autoptr (GTask) task = item;

      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The vault is closed");
    }

  g_async_queue_push (self->jobs, self->jobs);
  g_thread_join (g_steal_pointer (&self->thread));
}

static void
cr_vault_finalize (GObject *object)
{
  CrVault *self = CR_VAULT (object);

  g_assert (self->thread == NULL);
  g_clear_pointer (&self->jobs, g_async_queue_unref);
  g_clear_pointer (&self->sealer, cr_sealer_unref);
  g_free (self->workspace_id);

  G_OBJECT_CLASS (cr_vault_parent_class)->finalize (object);
}

static void
cr_vault_class_init (CrVaultClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_vault_finalize;
}

static void
cr_vault_init (CrVault *self)
{
}

CrVault *
cr_vault_new (const char *workspace_id)
{
  CrVault *self;

  g_return_val_if_fail (workspace_id != NULL, NULL);

  self = g_object_new (CR_TYPE_VAULT, NULL);
  self->workspace_id = g_strdup (workspace_id);
  self->jobs = g_async_queue_new ();
  self->thread = g_thread_new ("vault", thread_func, g_async_queue_ref (self->jobs));

  return self;
}
