/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"
#include "engine/cr-engine-views.h"

#include <string.h>

#include "store/cr-overview.h"

typedef struct
{
  gint64 days[CR_OVERVIEW_DAYS];
  gint64 now_ms;
} Question;

static gpointer
overview_func (CrDb *db, gpointer data, GError **error)
{
  const Question *question = data;

  return cr_overview_read (db, question->days, question->now_ms, error);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  CrOverview *overview = cr_store_read_finish (CR_STORE (source), result, &error);

  if (overview != NULL)
    g_task_return_pointer (task, overview, (GDestroyNotify) cr_overview_free);
  else
    g_task_return_error (task, error);
}

void
cr_engine_overview_async (CrEngine *self,
                          const gint64 *days,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_overview_async, cancellable, callback, user_data);
  Question *question = g_new (Question, 1);

  memcpy (question->days, days, sizeof question->days);
  question->now_ms = self->clock ();
  cr_store_read_async (self->store, CR_READ_SCREEN, overview_func, question, g_free,
                       (GDestroyNotify) cr_overview_free, cancellable, read_cb, task);
}

CrOverview *
cr_engine_overview_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
