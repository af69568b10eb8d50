/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-webhook-wish.h"

#include "base/cr-secret.h"

static void
wish_free (gpointer data)
{
  CrWebhookWish *wish = data;

  g_clear_object (&wish->endpoint);
  g_free (wish->id);
  g_free (wish->person);
  g_free (wish->delivery_id);
  g_clear_pointer (&wish->secret, cr_secret_free);
  g_free (wish);
}

GTask *
cr_webhook_wish_task (CrEngine *self,
                      gpointer tag,
                      const char *id,
                      const char *person,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = cr_engine_task (self, tag, cancellable, callback, user_data);
  CrWebhookWish *wish = g_new0 (CrWebhookWish, 1);

  wish->id = g_strdup (id);
  wish->person = g_strdup (person);
  wish->now_ms = self->clock ();
  g_task_set_task_data (task, wish, wish_free);
  return task;
}

void
cr_webhook_wish_run (GTask *task,
                     CrStoreFunc func,
                     const char *action,
                     GDestroyNotify free_result,
                     GAsyncReadyCallback callback)
{
  CrEngine *self = g_task_get_source_object (task);
  CrWebhookWish *wish = g_task_get_task_data (task);
  CrVerb verb = { .func = func,
                  .data = wish,
                  .free_result = free_result,
                  .person = wish->person,
                  .action = action,
                  .object = wish->id,
                  .change = CR_CHANGE_WEBHOOK };

  cr_engine_run_verb (
      self, &verb,
      cr_engine_task (self, cr_webhook_wish_run, g_task_get_cancellable (task), callback, task));
}

void
cr_webhook_wish_done_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  g_task_propagate_pointer (G_TASK (result), &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    {
      cr_webhooks_wake (CR_ENGINE (engine)->webhooks);
      g_task_return_boolean (task, TRUE);
    }
}
