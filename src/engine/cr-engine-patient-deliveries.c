/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"
#include "engine/cr-engine-views.h"

#include "store/cr-patient-deliveries.h"

static gpointer
deliveries_func (CrDb *db, gpointer data, GError **error)
{
  return cr_patient_deliveries_list (db, data, error);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *deliveries = cr_store_read_finish (CR_STORE (source), result, &error);

  if (deliveries != NULL)
    g_task_return_pointer (task, deliveries, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
cr_engine_deliveries_async (CrEngine *self,
                            const char *patient_id,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_deliveries_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_BULK, deliveries_func, g_strdup (patient_id), g_free,
                       (GDestroyNotify) g_ptr_array_unref, cancellable, read_cb, task);
}

GPtrArray *
cr_engine_deliveries_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
count_func (CrDb *db, gpointer data, GError **error)
{
  g_autofree gint64 *n = g_new0 (gint64, 1);

  return cr_patient_deliveries_count (db, data, n, error) ? g_steal_pointer (&n) : NULL;
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autofree gint64 *n = cr_store_read_finish (CR_STORE (source), result, &error);

  if (n != NULL)
    g_task_return_int (task, (gssize) *n);
  else
    g_task_return_error (task, error);
}

void
cr_engine_count_delivered_async (CrEngine *self,
                                 const char *destination_id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_count_delivered_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_BULK, count_func, g_strdup (destination_id), g_free,
                       g_free, cancellable, counted_cb, task);
}

gint64
cr_engine_count_delivered_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}
