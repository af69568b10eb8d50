/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-desk.h"

#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "engine/cr-engine-private.h"
#include "store/cr-desk-tables.h"
#include "vault/cr-pass-hash.h"

#define MOST_WRONG 5
#define WAIT_MS (30 * 1000)

static const char *const kinds[] = { [CR_LOCK_DESK] = "desk", [CR_LOCK_ADMIN] = "admin" };

gboolean
cr_engine_has_lock (CrEngine *self, CrLockKind kind)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), FALSE);

  return self->locks[kind] != NULL;
}

typedef struct
{
  CrLockKind kind;
  char *pass;   /* (owned) (nullable) */
  char *hash;   /* (owned) (nullable) */
  char *person; /* (owned) (nullable) */
} Lock;

static void
lock_free (gpointer data)
{
  Lock *lock = data;

  cr_secret_free (lock->pass);
  g_free (lock->hash);
  g_free (lock->person);
  g_free (lock);
}

static Lock *
lock_new (CrLockKind kind, const char *pass)
{
  Lock *lock = g_new0 (Lock, 1);

  lock->kind = kind;
  lock->pass = g_strdup (pass);
  return lock;
}

/* Setting -------------------------------------------------------------------------------------- */

static gpointer
set_func (CrDb *db, gpointer data, GError **error)
{
  Lock *lock = data;

  return cr_locks_table_set (db, kinds[lock->kind], lock->hash, error) ? CR_DONE : NULL;
}

static void
set_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = CR_ENGINE (engine);
  Lock *lock = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_pointer (G_TASK (result), &error) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_free (self->locks[lock->kind]);
  self->locks[lock->kind] = g_steal_pointer (&lock->hash);
  cr_changes_tell (self->changes, CR_CHANGE_SETTING, NULL, NULL);
  g_task_return_boolean (task, TRUE);
}

static void
hash_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Lock *lock = data;

  if (lock->pass != NULL)
    lock->hash = cr_pass_hash_new (lock->pass);
  g_task_return_boolean (task, TRUE);
}

static void
hashed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  Lock *lock = g_task_get_task_data (task);
  CrVerb verb = { .func = set_func,
                  .data = lock,
                  .person = lock->person,
                  .action = lock->hash != NULL ? "lock.set" : "lock.remove",
                  .object = kinds[lock->kind],
                  .change = CR_CHANGE_SETTING };
  GTask *writing =
      cr_engine_task (self, cr_engine_set_lock_async, NULL, set_cb, g_steal_pointer (&task));

  cr_engine_run_verb (self, &verb, writing);
}

void
cr_engine_set_lock_async (CrEngine *self,
                          CrLockKind kind,
                          const char *pass,
                          const char *person,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_set_lock_async, cancellable, callback, user_data);
  Lock *lock = lock_new (kind, pass);
  GTask *hashing;

  lock->person = g_strdup (person);
  g_task_set_task_data (task, lock, lock_free);
  g_task_set_check_cancellable (task, FALSE);
  if (pass != NULL && g_utf8_strlen (pass, -1) < CR_LOCK_LEAST_CHARS)
    {
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_BAD_INPUT,
                               "That is too short: take at least %d characters.",
                               CR_LOCK_LEAST_CHARS);
      g_object_unref (task);
      return;
    }
  hashing = g_task_new (NULL, NULL, hashed_cb, task);
  g_task_set_task_data (hashing, lock, NULL);
  g_task_run_in_thread (hashing, hash_thread);
  g_object_unref (hashing);
}

gboolean
cr_engine_set_lock_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Trying --------------------------------------------------------------------------------------- */

static void
try_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Lock *lock = data;

  g_task_return_boolean (task, cr_pass_hash_matches (lock->hash, lock->pass));
}

static void
tried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = g_task_get_source_object (task);

  if (g_task_propagate_boolean (G_TASK (result), NULL))
    {
      self->n_wrong = 0;
      g_task_return_boolean (task, TRUE);
      return;
    }
  self->n_wrong++;
  self->wrong_ms = self->clock ();
  g_task_return_new_error (task, CR_ERROR, CR_ERROR_SIGN_IN, "That was not right.");
}

void
cr_engine_try_lock_async (CrEngine *self,
                          CrLockKind kind,
                          const char *pass,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_try_lock_async, cancellable, callback, user_data);
  gint64 passed_ms = self->clock () - self->wrong_ms;
  Lock *lock;
  GTask *trying;

  if (self->locks[kind] == NULL)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  if (self->n_wrong >= MOST_WRONG && passed_ms >= 0 && passed_ms < WAIT_MS)
    {
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_BUSY,
                               "Too many were wrong. Wait half a minute, then try again.");
      g_object_unref (task);
      return;
    }

  lock = lock_new (kind, pass);
  lock->hash = g_strdup (self->locks[kind]);
  trying = g_task_new (NULL, NULL, tried_cb, task);
  g_task_set_task_data (trying, lock, lock_free);
  g_task_run_in_thread (trying, try_thread);
  g_object_unref (trying);
}

gboolean
cr_engine_try_lock_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
cr_engine_load_desk (CrEngine *self, CrDb *db, GError **error)
{
  self->people = cr_people_table_list (db, error);
  for (guint i = 0; self->people != NULL && i < G_N_ELEMENTS (kinds); i++)
    {
      GError *trouble = NULL;

      self->locks[i] = cr_locks_table_get (db, kinds[i], &trouble);
      if (trouble != NULL)
        {
          g_propagate_error (error, trouble);
          return FALSE;
        }
    }
  return self->people != NULL;
}
