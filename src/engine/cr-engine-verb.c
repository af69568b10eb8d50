/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "store/cr-log-tables.h"

typedef struct
{
  CrStoreFunc func;
  gpointer data;
  GDestroyNotify free_data;
  GDestroyNotify free_result;
  CrAuditEntry *entry; /* (owned) (nullable) */
  CrChangeKind change;
  char *object;     /* (owned) (nullable) */
  char *patient_id; /* (owned) (nullable) */
} Verb;

static void
verb_free (gpointer data)
{
  Verb *verb = data;

  if (verb->free_data != NULL)
    verb->free_data (verb->data);
  g_clear_object (&verb->entry);
  g_free (verb->object);
  g_free (verb->patient_id);
  g_free (verb);
}

static gpointer
verb_func (CrDb *db, gpointer data, GError **error)
{
  Verb *verb = data;
  gpointer result = verb->func (db, verb->data, error);

  if (result != NULL && verb->entry != NULL && !cr_audit_table_add (db, verb->entry, error))
    {
      if (verb->free_result != NULL)
        verb->free_result (result);
      return NULL;
    }

  return result;
}

static void
verb_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  Verb *verb = g_object_get_data (G_OBJECT (task), "verb");
  GError *error = NULL;
  gpointer value = cr_store_write_finish (CR_STORE (source), result, &error);

  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  cr_changes_tell (self->changes, verb->change, verb->object, verb->patient_id);
  if (verb->entry != NULL)
    cr_changes_tell (self->changes, CR_CHANGE_AUDIT, NULL, NULL);
  g_task_return_pointer (task, value, verb->free_result);
}

void
cr_engine_run_verb (CrEngine *self, const CrVerb *plan, GTask *task)
{
  Verb *verb = g_new0 (Verb, 1);

  verb->func = plan->func;
  verb->data = plan->data;
  verb->free_data = plan->free_data;
  verb->free_result = plan->free_result;
  verb->change = plan->change;
  verb->object = g_strdup (plan->object);
  verb->patient_id = g_strdup (plan->patient_id);
  if (plan->person != NULL && plan->action != NULL)
    verb->entry =
        cr_audit_entry_new (plan->person, plan->action, plan->forgets_object ? NULL : plan->object,
                            plan->detail, self->clock ());

  g_object_set_data_full (G_OBJECT (task), "verb", verb, verb_free);
  cr_store_write_async (self->store, CR_WRITE_SURE, verb_func, verb, NULL, verb->free_result,
                        g_task_get_cancellable (task), verb_cb, task);
}

GTask *
cr_engine_task (CrEngine *self,
                gpointer tag,
                GCancellable *cancellable,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  return task;
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GDestroyNotify free_result = g_task_get_task_data (task);
  GError *error = NULL;
  gpointer value = cr_store_read_finish (CR_STORE (source), result, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, value, free_result);
}

void
cr_engine_read (CrEngine *self,
                CrReader reader,
                CrStoreFunc func,
                gpointer data,
                GDestroyNotify free_data,
                GDestroyNotify free_result,
                GTask *task)
{
  g_task_set_task_data (task, free_result, NULL);
  cr_store_read_async (self->store, reader, func, data, free_data, free_result,
                       g_task_get_cancellable (task), read_cb, task);
}
