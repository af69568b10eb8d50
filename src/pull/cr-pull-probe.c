/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-probe.h"

#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "pull/cr-pull-log.h"

#define PROBE_S 15

typedef struct
{
  CrPullContext *context;
  char *url; /* (owned) */
  gint64 sent_us;
} Probe;

static void
probe_free (gpointer data)
{
  Probe *probe = data;

  g_free (probe->url);
  g_free (probe);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Probe *probe = g_task_get_task_data (task);
  CrPullContext *context = probe->context;
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_client_send_finish (CR_CLIENT (source), result, &error);
  CrAskEnd *end = NULL;

  context->n_requests++;
  cr_source_gates_note_asked (context->parts.gates, context->parts.source->id,
                              (int) cr_client_send_n_sent (CR_CLIENT (source), result), reply);
  cr_pull_log_add (context, probe->url, (g_get_monotonic_time () - probe->sent_us) / 1000, reply,
                   error);
  cr_pull_note_outage (context, reply, error);
  if (reply == NULL)
    end = cr_ask_end_for_error (context, error);
  else if (cr_ask_must_wait (context, reply) || reply->status >= 500)
    {
      if (reply->status == 429 && reply->retry_after_ms > 0)
        cr_source_gates_heed (context->parts.gates, context->parts.source->id, reply);
      end = cr_ask_end_for_wait (context, reply);
    }

  g_task_return_pointer (task, end, (GDestroyNotify) cr_ask_end_free);
}

static void
got_token_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Probe *probe = g_task_get_task_data (task);
  CrPullContext *context = probe->context;
  GError *error = NULL;
  char *value = cr_token_get_finish (CR_TOKEN (source), result, &error);
  CrRequest request = { .url = probe->url,
                        .max_bytes = 16 * 1024 * 1024,
                        .max_attempts = 1,
                        .total_s = context->patience_s > 0 ? context->patience_s : PROBE_S };

  if (value == NULL)
    {
      g_task_return_pointer (task, cr_ask_end_for_error (context, error),
                             (GDestroyNotify) cr_ask_end_free);
      g_object_unref (task);
      return;
    }

  cr_secret_free (value);
  probe->sent_us = g_get_monotonic_time ();
  cr_client_send_async (context->parts.client, &request, context->cancellable, answered_cb, task);
}

/* The statement of a source, or that there was none: it says whether anybody is there. */
void
cr_pull_note_outage (CrPullContext *context, const CrReply *reply, const GError *error)
{
  CrPullParts *parts = &context->parts;
  g_autoptr (GError) status = NULL;

  if (reply != NULL && reply->status >= 500)
    {
      cr_reply_check (reply, &status);
      cr_source_gates_set_outage (parts->gates, parts->source->id, status, reply->retry_after_ms);
    }
  else if (reply == NULL && cr_error_is_retryable (error))
    cr_source_gates_set_outage (parts->gates, parts->source->id, error, 0);
}

/* Others have found out already. */
static CrAskEnd *
end_for_outage (CrPullContext *context)
{
  CrPullParts *parts = &context->parts;
  const GError *trouble = cr_source_gates_get_trouble (parts->gates, parts->source->id);

  return trouble != NULL && cr_source_gates_left_ms (parts->gates, parts->source->id) > 0
           ? cr_ask_end_for_error (context, g_error_copy (trouble))
           : NULL;
}

void
cr_pull_probe_async (CrPullContext *context, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  CrAskEnd *end = end_for_outage (context);
  Probe *probe = g_new0 (Probe, 1);

  probe->context = context;
  probe->url = cr_ask_url (context, "metadata", 0);
  g_task_set_source_tag (task, cr_pull_probe_async);
  g_task_set_task_data (task, probe, probe_free);
  if (end != NULL)
    {
      g_task_return_pointer (task, end, (GDestroyNotify) cr_ask_end_free);
      g_object_unref (task);
      return;
    }

  cr_token_get_async (context->parts.token, FALSE, context->cancellable, got_token_cb, task);
}

CrAskEnd *
cr_pull_probe_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
