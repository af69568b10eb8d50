/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-sender.h"

typedef struct
{
  CrReconciliation *what; /* (unowned) */
  guint next;
} Recount;

static void count_next (GTask *task);

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  count_next (task);
}

/* Takes @task. */
static void
count_next (GTask *task)
{
  CrSender *self = g_task_get_source_object (task);
  Recount *recount = g_task_get_task_data (task);

  if (recount->next >= recount->what->expected->len)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  CR_SENDER_GET_CLASS (self)->count_async (
      self, g_ptr_array_index (recount->what->expected, recount->next++),
      g_task_get_cancellable (task), counted_cb, task);
}

/**
 * cr_sender_recount_async:
 *
 * Asks the destination what it has: for files, each by name and size; for a FHIR server, the
 * records of each type.
 */
void
cr_sender_recount_async (CrSender *self,
                         CrReconciliation *what,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Recount *recount = g_new0 (Recount, 1);

  recount->what = what;
  g_task_set_source_tag (task, cr_sender_recount_async);
  g_task_set_task_data (task, recount, g_free);
  count_next (task);
}

gboolean
cr_sender_recount_finish (CrSender *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
