/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-answers.h"

#include "engine/cr-engine-private.h"

#include "store/cr-answers-table.h"

#include <string.h>

typedef struct
{
  char *key;        /* (owned) */
  char *request;    /* (owned) (nullable) */
  char *patient_id; /* (owned) (nullable) */
  CrAnswer *answer; /* (owned) (nullable) */
  GBytes *body;     /* (owned) (nullable): as it is answered, then sealed */
  guint status;     /* 0: is forgotten */
  gint64 now_ms;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_free (work->key);
  g_free (work->request);
  g_free (work->patient_id);
  g_clear_pointer (&work->answer, cr_answer_free);
  g_clear_pointer (&work->body, g_bytes_unref);
  g_free (work);
}

static GTask *
work_task (CrEngine *self,
           gpointer tag,
           const char *key,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  GTask *task = cr_engine_task (self, tag, NULL, callback, user_data);
  Work *work = g_new0 (Work, 1);

  work->key = g_strdup (key);
  work->now_ms = self->clock ();
  g_task_set_task_data (task, work, work_free);
  return task;
}

/* Beginning ------------------------------------------------------------------------------------ */

static void
return_answer (GTask *task, GBytes *plain)
{
  Work *work = g_task_get_task_data (task);

  g_clear_pointer (&work->answer->body, g_bytes_unref);
  work->answer->body = plain;
  g_task_return_pointer (task, g_steal_pointer (&work->answer), (GDestroyNotify) cr_answer_free);
}

static void
to_open_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Work *work = g_task_get_task_data (task);
  g_autoptr (CrSealer) sealer = cr_vault_get_sealer_finish (CR_VAULT (vault), result, NULL);

  return_answer (task, sealer != NULL ? cr_sealer_open (sealer, work->answer->body, work->key, NULL)
                                      : NULL);
}

static gpointer
begin_func (CrDb *db, gpointer data, GError **error)
{
  const Work *work = data;
  CrAnswerAsk ask = { work->key, work->request, work->patient_id, work->now_ms };

  return cr_answers_table_begin (db, &ask, error);
}

static void
begun_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  work->answer = cr_store_write_finish (CR_STORE (store), result, &error);
  if (work->answer == NULL)
    g_task_return_error (task, error);
  else if (work->answer->body == NULL)
    return_answer (task, NULL);
  else
    cr_vault_get_sealer_async (self->vault, FALSE, NULL, to_open_cb, g_steal_pointer (&task));
}

/**
 * cr_engine_begin_answer_async:
 * @key: a digest of the Idempotency-Key and of who sent it
 * @request: a digest of what was asked
 * @patient_id: (nullable): whose removal takes the answer along
 *
 * That it was begun is on the disk before it is done: what a crash interrupts is not done again as
 * if it were new.
 */
void
cr_engine_begin_answer_async (CrEngine *self,
                              const char *key,
                              const char *request,
                              const char *patient_id,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = work_task (self, cr_engine_begin_answer_async, key, callback, user_data);
  Work *work = g_task_get_task_data (task);

  work->request = g_strdup (request);
  work->patient_id = g_strdup (patient_id);
  cr_store_write_async (self->store, CR_WRITE_SURE, begin_func, work, NULL,
                        (GDestroyNotify) cr_answer_free, NULL, begun_cb, task);
}

/**
 * cr_engine_begin_answer_finish:
 *
 * Returns: (transfer full) (nullable): DONE without a body when the keyring does not open it
 */
CrAnswer *
cr_engine_begin_answer_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Settling ------------------------------------------------------------------------------------- */

static gpointer
settle_func (CrDb *db, gpointer data, GError **error)
{
  const Work *work = data;
  gboolean ok = work->status != 0
                  ? cr_answers_table_settle (db, work->key, work->status, work->body, error)
                  : cr_answers_table_drop (db, work->key, error);

  return ok ? CR_DONE : NULL;
}

static void
settled_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (store), result, &error) != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
write_settled (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);

  cr_store_write_async (self->store, CR_WRITE_FAST, settle_func, g_task_get_task_data (task), NULL,
                        NULL, NULL, settled_cb, task);
}

static void
to_seal_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Work *work = g_task_get_task_data (task);
  g_autoptr (CrSealer) sealer = cr_vault_get_sealer_finish (CR_VAULT (vault), result, NULL);
  g_autoptr (GBytes) plain = g_steal_pointer (&work->body);

  if (sealer != NULL)
    work->body = cr_sealer_seal (sealer, plain, work->key);
  write_settled (task);
}

/**
 * cr_engine_settle_answer_async:
 * @status: of HTTP; 0: it may go better the next time, so nothing is kept
 * @body: (nullable): %NULL: the status says enough
 */
void
cr_engine_settle_answer_async (CrEngine *self,
                               const char *key,
                               guint status,
                               const char *body,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = work_task (self, cr_engine_settle_answer_async, key, callback, user_data);
  Work *work = g_task_get_task_data (task);

  work->status = status;
  if (status == 0 || body == NULL)
    {
      write_settled (task);
      return;
    }

  work->body = g_bytes_new (body, strlen (body));
  cr_vault_get_sealer_async (self->vault, TRUE, NULL, to_seal_cb, task);
}

gboolean
cr_engine_settle_answer_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
