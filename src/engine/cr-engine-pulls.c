/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "base/cr-error.h"
#include "pull/cr-pull-settle.h"
#include "store/cr-connections-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-pull-marks-table.h"
#include "store/cr-pulls-table.h"

typedef struct
{
  char *patient_id;    /* (owned) (nullable) */
  char *connection_id; /* (owned) (nullable) */
  char *person;        /* (owned) */
  gboolean is_whole;   /* not only what changed */
  gint64 now_ms;
} Start;

static void
start_free (gpointer data)
{
  Start *start = data;

  g_free (start->patient_id);
  g_free (start->connection_id);
  g_free (start->person);
  g_free (start);
}

static GPtrArray *
find_connections (CrDb *db, Start *start, GError **error)
{
  g_autoptr (CrPatient) patient = NULL;
  CrConnection *one;
  GPtrArray *connections;

  if (start->connection_id == NULL)
    {
      patient = cr_patients_table_get (db, start->patient_id, error);
      return patient != NULL ? cr_connections_table_list (db, start->patient_id, error) : NULL;
    }

  one = cr_connections_table_get (db, start->connection_id, error);
  if (one == NULL)
    return NULL;
  if (start->patient_id != NULL && !g_str_equal (one->patient_id, start->patient_id))
    {
      g_object_unref (one);
      g_set_error (error, CR_ERROR, CR_ERROR_NOT_FOUND, "This patient has no such connection.");
      return NULL;
    }

  connections = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (connections, one);
  return connections;
}

static CrPull *
queue_pull (CrDb *db, CrConnection *connection, Start *start, GError **error)
{
  g_autofree char *joined = NULL;
  g_autoptr (CrPull) pull = cr_pull_new_for (connection, CR_PULL_TRIGGER_MANUAL, start->now_ms);
  CrPull *stored;

  pull->person = g_strdup (start->person);
  if ((start->is_whole && !cr_pull_marks_table_forget_all (db, connection->id, error)) ||
      !cr_pulls_table_add (db, pull, &joined, error))
    return NULL;

  stored = cr_pulls_table_get (db, joined, error);
  if (stored != NULL)
    stored->is_joined = !g_str_equal (joined, pull->id);
  return stored;
}

static gpointer
start_func (CrDb *db, gpointer data, GError **error)
{
  Start *start = data;
  g_autoptr (GPtrArray) connections = find_connections (db, start, error);
  g_autoptr (GPtrArray) pulls = g_ptr_array_new_with_free_func (g_object_unref);

  if (connections == NULL)
    return NULL;

  for (guint i = 0; i < connections->len; i++)
    {
      CrConnection *connection = g_ptr_array_index (connections, i);
      CrPull *pull;

      if (connection->status != CR_CONNECTION_ACTIVE)
        continue;
      pull = queue_pull (db, connection, start, error);
      if (pull == NULL)
        return NULL;
      g_ptr_array_add (pulls, pull);
    }

  if (pulls->len == 0)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_SIGN_IN,
                   "There is no active connection to pull from. Ask the patient to connect.");
      return NULL;
    }

  return g_steal_pointer (&pulls);
}

void
cr_engine_start_pull_async (CrEngine *self,
                            const char *patient_id,
                            const char *connection_id,
                            gboolean is_whole,
                            const char *person,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_start_pull_async, cancellable, callback, user_data);
  Start *start = g_new0 (Start, 1);
  CrVerb verb = { .func = start_func,
                  .data = start,
                  .free_data = start_free,
                  .free_result = (GDestroyNotify) g_ptr_array_unref,
                  .person = person,
                  .action = "pull.start",
                  .object = connection_id != NULL ? connection_id : patient_id,
                  .change = CR_CHANGE_PULL,
                  .patient_id = patient_id };

  start->patient_id = g_strdup (patient_id);
  start->connection_id = g_strdup (connection_id);
  start->person = g_strdup (person);
  start->is_whole = is_whole;
  start->now_ms = self->clock ();
  cr_engine_run_verb (self, &verb, task);
}

GPtrArray *
cr_engine_start_pull_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct
{
  char *id; /* (owned) */
  gint64 now_ms;
  gboolean is_running; /* its flow was told and ends it */
} Cancel;

static void
cancel_free (gpointer data)
{
  Cancel *cancel = data;

  g_free (cancel->id);
  g_free (cancel);
}

static gpointer
cancel_func (CrDb *db, gpointer data, GError **error)
{
  Cancel *cancel = data;
  g_autoptr (CrPull) pull = cr_pulls_table_get (db, cancel->id, error);

  if (pull == NULL)
    return NULL;
  if (cr_pull_status_is_final (pull->status))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_CONFLICT, "This pull has ended already.");
      return NULL;
    }
  if (cancel->is_running)
    return cr_pulls_table_stop (db, pull->id, error) ? CR_DONE : NULL;

  return cr_pull_settle_cancelled (db, pull, cancel->now_ms, error) ? CR_DONE : NULL;
}

void
cr_engine_cancel_pull_async (CrEngine *self,
                             const char *pull_id,
                             const char *person,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_cancel_pull_async, cancellable, callback, user_data);
  Cancel *cancel = g_new0 (Cancel, 1);
  CrVerb verb = { .func = cancel_func,
                  .data = cancel,
                  .free_data = cancel_free,
                  .person = person,
                  .action = "pull.cancel",
                  .object = pull_id,
                  .change = CR_CHANGE_PULL };

  cancel->id = g_strdup (pull_id);
  cancel->now_ms = self->clock ();
  cancel->is_running = cr_scheduler_cancel_pull (self->scheduler, pull_id);
  cr_engine_run_verb (self, &verb, task);
}

gboolean
cr_engine_cancel_pull_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
