/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-under-way.h"

#define PATIENCE_MS 20000

void
cr_under_way_init (CrUnderWay *self)
{
  self->at_once = g_cancellable_new ();
  self->at_last = g_cancellable_new ();
  self->patience_ms = PATIENCE_MS;
}

void
cr_under_way_clear (CrUnderWay *self)
{
  g_clear_object (&self->at_once);
  g_clear_object (&self->at_last);
}

static gboolean
stopped_cb (gpointer user_data)
{
  g_task_return_boolean (G_TASK (user_data), TRUE);
  return G_SOURCE_REMOVE;
}

static void
return_if_done (CrUnderWay *self)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GSource) idle = NULL;

  if (self->n > 0 || self->stopping == NULL)
    return;

  task = g_steal_pointer (&self->stopping);
  if (self->patience != NULL)
    g_source_destroy (self->patience);
  g_clear_pointer (&self->patience, g_source_unref);
  idle = g_idle_source_new ();
  g_task_attach_source (task, idle, stopped_cb);
}

void
cr_under_way_begin (CrUnderWay *self)
{
  self->n++;
}

void
cr_under_way_end (CrUnderWay *self)
{
  g_assert (self->n > 0);

  self->n--;
  return_if_done (self);
}

gboolean
cr_under_way_is_stopping (CrUnderWay *self)
{
  return g_cancellable_is_cancelled (self->at_once);
}

static gboolean
patience_over_cb (gpointer user_data)
{
  CrUnderWay *self = user_data;

  g_clear_pointer (&self->patience, g_source_unref);
  g_cancellable_cancel (self->at_last);
  return G_SOURCE_REMOVE;
}

void
cr_under_way_stop (CrUnderWay *self, GTask *task)
{
  g_assert (!cr_under_way_is_stopping (self));

  g_cancellable_cancel (self->at_once);
  self->stopping = task;
  if (self->n > 0)
    {
      self->patience = g_timeout_source_new (self->patience_ms);
      g_source_set_callback (self->patience, patience_over_cb, self, NULL);
      g_source_attach (self->patience, g_task_get_context (task));
    }
  return_if_done (self);
}
