/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "base/cr-way.h"
#include "store/cr-schema.h"

/* A thread of the store with its own handle. A pool of one thread that is never shared does the
 * functions one after the other, in the order asked. */
typedef struct
{
  CrDb *db;          /* (owned) */
  GThreadPool *pool; /* (owned) */
  gboolean is_bulk;  /* goes after what a screen waits for */
} Lane;

struct _CrStore
{
  GObject parent_instance;

  Lane writer;
  Lane readers[CR_READ_BULK + 1];
  gboolean is_closed;
};

G_DEFINE_FINAL_TYPE (CrStore, cr_store, G_TYPE_OBJECT)

typedef struct
{
  Lane *lane; /* (unowned) */
  CrDurability durability;
  gboolean is_outside; /* of any transaction */
  CrStoreFunc func;
  gpointer data; /* (owned) */
  GDestroyNotify free_data;
  GDestroyNotify free_result;
} Job;

static void
job_drop_data (Job *job)
{
  if (job->free_data != NULL)
    job->free_data (g_steal_pointer (&job->data));
  job->free_data = NULL;
}

static void
job_free (gpointer data)
{
  Job *job = data;

  job_drop_data (job);
  g_free (job);
}

/* Takes @error. The task is let go here: no thread of ours holds one once it is joined. */
static void
settle (GTask *task, gpointer result, GError *error)
{
  Job *job = g_task_get_task_data (task);

  job_drop_data (job);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, result, job->free_result);
  g_object_unref (task);
}

static gpointer
throw_away (Job *job, gpointer result)
{
  if (result != NULL && job->free_result != NULL)
    job->free_result (result);
  return NULL;
}

static gpointer
run_write (Job *job, GError **error)
{
  CrDb *db = job->lane->db;
  GError *failure = NULL;
  gpointer result = NULL;

  if (job->is_outside)
    return job->func (db, job->data, error);

  cr_db_set_durable (db, job->durability == CR_WRITE_SURE);
  if (!cr_db_begin (db, error))
    return NULL;

  result = job->func (db, job->data, &failure);
  if (failure == NULL && cr_db_commit (db, &failure))
    return result;

  cr_db_rollback (db);
  g_propagate_error (error, failure);
  return throw_away (job, result);
}

static void
write_thread (gpointer data, gpointer user_data)
{
  GTask *task = data;
  GError *error = NULL;
  gpointer result = NULL;

  cr_way_give ();

  /* Once begun, a write goes to its end and tells what came of it: whoever cancelled must not
   * believe that nothing was written. */
  if (!g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    result = run_write (g_task_get_task_data (task), &error);
  settle (task, result, error);
}

static void
cancelled_cb (GCancellable *cancellable, gpointer db)
{
  cr_db_interrupt (db);
}

static gpointer
run_read (Job *job, GCancellable *cancellable, GError **error)
{
  CrDb *db = job->lane->db;
  gulong handler = 0;
  GError *failure = NULL;
  gpointer result = NULL;

  if (!cr_db_begin (db, error))
    return NULL;
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), db, NULL);

  result = job->func (db, job->data, &failure);
  g_cancellable_disconnect (cancellable, handler);
  if (!cr_db_commit (db, NULL))
    cr_db_rollback (db);
  if (failure == NULL && !g_cancellable_set_error_if_cancelled (cancellable, &failure))
    return result;

  g_propagate_error (error, failure);
  return throw_away (job, result);
}

static void
read_thread (gpointer data, gpointer user_data)
{
  GTask *task = data;
  GCancellable *cancellable = g_task_get_cancellable (task);
  Job *job = g_task_get_task_data (task);
  GError *error = NULL;
  gpointer result = NULL;

  if (job->lane->is_bulk)
    cr_way_give ();
  if (!g_cancellable_set_error_if_cancelled (cancellable, &error))
    result = run_read (job, cancellable, &error);
  settle (task, result, error);
}

static void
lane_close (Lane *lane)
{
  if (lane->pool != NULL)
    g_thread_pool_free (g_steal_pointer (&lane->pool), FALSE, TRUE);
  g_clear_pointer (&lane->db, cr_db_close);
}

/* What goes through from front to back is read once: a large cache would keep it for nothing. */
#define BULK_CACHE "PRAGMA cache_size = -4096"

static gboolean
lane_open (Lane *lane, const char *path, CrDbMode mode, GError **error)
{
  g_autoptr (GError) failure = NULL;

  lane->db = cr_db_open (path, mode, error);
  if (lane->db == NULL || (mode == CR_DB_WRITE && !cr_schema_migrate (lane->db, error)))
    return FALSE;

  lane->pool =
      g_thread_pool_new (mode == CR_DB_WRITE ? write_thread : read_thread, NULL, 1, TRUE, &failure);
  if (lane->pool != NULL)
    return TRUE;

  g_set_error_literal (error, CR_ERROR, CR_ERROR_INTERNAL,
                       "This computer has no room for another thread. Close other programs and try "
                       "again.");
  return FALSE;
}

static void
cr_store_finalize (GObject *object)
{
  g_assert (CR_STORE (object)->is_closed);

  G_OBJECT_CLASS (cr_store_parent_class)->finalize (object);
}

static void
cr_store_class_init (CrStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_store_finalize;
}

static void
cr_store_init (CrStore *self)
{
}

/* A new file is made before the database opens it, readable by its owner alone; SQLite gives its
 * side files the same permissions. */
static gboolean
prepare_file (const char *path, GError **error)
{
  int fd = g_open (path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

  if (fd >= 0)
    return g_close (fd, NULL);

  g_set_error_literal (
      error, CR_ERROR, errno == ENOSPC ? CR_ERROR_NO_SPACE : CR_ERROR_READ_ONLY,
      errno == ENOSPC
          ? CR_SAID ("The disk that holds Chartroom's data is full. Free some space and "
                     "try again.")
          : CR_SAID ("Chartroom's data file cannot be opened for writing. Check the owner "
                     "and the permissions of the data folder."));
  return FALSE;
}

/**
 * cr_store_open:
 * @path: the database file; made when it is not there
 *
 * Opens the file, brings its tables to the newest schema and starts the threads. It blocks, so it
 * belongs to the start of the program. A damaged file and one from a newer version are refused and
 * left as they are.
 *
 * Returns: (transfer full): the store; it must be closed with cr_store_close() before its last
 *   reference goes
 */
CrStore *
cr_store_open (const char *path, GError **error)
{
  g_autoptr (CrStore) self = g_object_new (CR_TYPE_STORE, NULL);

  self->readers[CR_READ_BULK].is_bulk = TRUE;
  if (prepare_file (path, error) && lane_open (&self->writer, path, CR_DB_WRITE, error) &&
      lane_open (&self->readers[CR_READ_SCREEN], path, CR_DB_READ, error) &&
      lane_open (&self->readers[CR_READ_BULK], path, CR_DB_READ, error) &&
      cr_db_exec (self->readers[CR_READ_BULK].db, BULK_CACHE, error))
    return g_steal_pointer (&self);

  cr_store_close (self);
  return NULL;
}

/* Takes @task and @job. */
static void
hand_over (CrStore *self, GTask *task, Job *job)
{
  g_task_set_task_data (task, job, job_free);
  g_task_set_check_cancellable (task, FALSE);

  if (self->is_closed)
    settle (task, NULL,
            g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The store is closed"));
  else
    g_thread_pool_push (job->lane->pool, task, NULL);
}

static Job *
job_new (Lane *lane,
         CrStoreFunc func,
         gpointer data,
         GDestroyNotify free_data,
         GDestroyNotify free_result)
{
  Job *job = g_new0 (Job, 1);

  job->lane = lane;
  job->func = func;
  job->data = data;
  job->free_data = free_data;
  job->free_result = free_result;
  return job;
}

/**
 * cr_store_write_async:
 * @durability: whether the commit must survive a power cut
 * @func: runs on the writing thread, inside a transaction that is undone when it sets its error
 * @data: (nullable): for @func, given over
 * @free_data: (nullable): frees @data, on whichever thread
 * @free_result: (nullable): frees what @func returned when nobody takes it
 * @cancellable: (nullable): skips @func when cancelled before it began; a write that has begun goes
 *   to its end
 *
 * Functions run one at a time in the order asked.
 */
void
cr_store_write_async (CrStore *self,
                      CrDurability durability,
                      CrStoreFunc func,
                      gpointer data,
                      GDestroyNotify free_data,
                      GDestroyNotify free_result,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task;
  Job *job;

  g_return_if_fail (CR_IS_STORE (self));
  g_return_if_fail (func != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_store_write_async);
  job = job_new (&self->writer, func, data, free_data, free_result);
  job->durability = durability;
  hand_over (self, task, job);
}

gpointer
cr_store_write_finish (CrStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
wipe_func (CrDb *db, gpointer data, GError **error)
{
  if (!cr_schema_drop_copies (db))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_READ_ONLY,
                           "A copy of the data that an earlier version made could not be removed. "
                           "Check the owner and the permissions of the data folder.");
      return NULL;
    }
  return GINT_TO_POINTER (cr_db_wipe (db, error));
}

/**
 * cr_store_wipe_async:
 *
 * Drops the copies that migrations made and does cr_db_wipe(), when every write asked before is
 * done.
 */
void
cr_store_wipe_async (CrStore *self,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  GTask *task;
  Job *job;

  g_return_if_fail (CR_IS_STORE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_store_wipe_async);
  job = job_new (&self->writer, wipe_func, NULL, NULL, NULL);
  job->is_outside = TRUE;
  hand_over (self, task, job);
}

gboolean
cr_store_wipe_finish (CrStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/**
 * cr_store_read_async:
 * @reader: which thread; each does its functions one at a time in the order asked
 * @func: runs there and sees the data as of its first statement; must not write
 * @cancellable: (nullable): skips @func, or ends the statement it is in
 *
 * The other arguments are those of cr_store_write_async().
 */
void
cr_store_read_async (CrStore *self,
                     CrReader reader,
                     CrStoreFunc func,
                     gpointer data,
                     GDestroyNotify free_data,
                     GDestroyNotify free_result,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  GTask *task;

  g_return_if_fail (CR_IS_STORE (self));
  g_return_if_fail (func != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_store_read_async);
  hand_over (self, task, job_new (&self->readers[reader], func, data, free_data, free_result));
}

gpointer
cr_store_read_finish (CrStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * cr_store_close:
 *
 * Lets everything that was asked come to its end, joins the threads and closes the file. What is
 * asked afterwards reports that it was cancelled. It blocks; calling it twice is allowed.
 */
void
cr_store_close (CrStore *self)
{
  g_return_if_fail (CR_IS_STORE (self));

  if (self->is_closed)
    return;

  self->is_closed = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (self->readers); i++)
    lane_close (&self->readers[i]);
  lane_close (&self->writer);
}
