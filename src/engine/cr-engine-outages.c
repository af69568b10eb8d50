/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-catalog.h"
#include "engine/cr-engine-order.h"
#include "store/cr-sources-table.h"

static void
tried_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (cr_source_gates_try_finish (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gpointer
find_func (CrDb *db, gpointer data, GError **error)
{
  return cr_sources_table_get (db, ((CrOrder *) data)->id, error);
}

static void
found_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = CR_ENGINE (object);
  GError *error = NULL;
  g_autoptr (CrSource) source = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr (CrClient) client = NULL;
  CrGateRules rules;

  if (source == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  rules = (CrGateRules){ .id = source->id, .fhir_base_url = source->fhir_base_url };
  client = cr_client_trusting (self->client, source->ca_file);
  cr_source_gates_try_async (cr_scheduler_get_gates (self->scheduler), client, &rules,
                             g_task_get_cancellable (task), tried_cb, g_object_ref (task));
}

void
cr_engine_try_source_async (CrEngine *self,
                            const char *id,
                            const char *person,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_try_source_async, cancellable, callback, user_data);

  cr_order_run (self, find_func, cr_order_new (self, id, person), "source.try", CR_CHANGE_SOURCE,
                g_object_unref,
                cr_engine_task (self, cr_engine_try_source_async, cancellable, found_cb, task));
}

gboolean
cr_engine_try_source_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
