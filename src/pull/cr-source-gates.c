/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-source-gates.h"

#include "base/cr-error.h"
#include "net/cr-hop.h"

/* How long a source that does not answer is left alone. */
#define OUTAGE_MS (60 * 1000)

struct _CrSourceGates
{
  grefcount ref_count;
  CrClock clock;
  GHashTable *gates; /* (owned): id of a source to Gate */
};

typedef struct
{
  char *source_id; /* (owned) */
  guint n_active;
  GQueue waiting;         /* of GTask (owned) */
  gint64 closed_until_ms; /* 0: open */
  CrReply *said;          /* (owned) (nullable): why it is closed */
  GError *trouble;        /* (owned) (nullable): or this */
} Gate;

/* One request. */
typedef struct
{
  CrSourceGates *gates; /* (owned) */
  Gate *gate;           /* (unowned): lives as long as the gates */
  CrClient *client;     /* (owned) */
  CrRequest request;    /* what it points at is copied */
  guint max_parallel;
  gint64 sent_us;       /* monotonic; 0: not sent */
  GSource *caller_gone; /* (owned) (nullable): while it waits */
  gboolean lacks_token;
} Turn;

static void let_in (CrSourceGates *self, Gate *gate);

static void
gate_open (Gate *gate)
{
  gate->closed_until_ms = 0;
  g_clear_pointer (&gate->said, cr_reply_free);
  g_clear_error (&gate->trouble);
}

static void
gate_free (gpointer data)
{
  Gate *gate = data;

  g_assert (g_queue_is_empty (&gate->waiting));
  gate_open (gate);
  g_free (gate->source_id);
  g_free (gate);
}

static void
turn_free (gpointer data)
{
  Turn *turn = data;

  cr_stop_source (&turn->caller_gone);
  g_free ((char *) turn->request.url);
  g_free ((char *) turn->request.accept);
  g_clear_object (&turn->request.token);
  g_object_unref (turn->client);
  cr_source_gates_unref (turn->gates);
  g_free (turn);
}

CrSourceGates *
cr_source_gates_new (CrClock clock)
{
  CrSourceGates *self = g_new0 (CrSourceGates, 1);

  g_ref_count_init (&self->ref_count);
  self->clock = clock;
  self->gates = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, gate_free);
  return self;
}

CrSourceGates *
cr_source_gates_ref (CrSourceGates *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
cr_source_gates_unref (CrSourceGates *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_hash_table_unref (self->gates);
  g_free (self);
}

static Gate *
gate_of (CrSourceGates *self, const char *source_id)
{
  Gate *gate = g_hash_table_lookup (self->gates, source_id);

  if (gate == NULL)
    {
      gate = g_new0 (Gate, 1);
      gate->source_id = g_strdup (source_id);
      g_queue_init (&gate->waiting);
      g_hash_table_insert (self->gates, gate->source_id, gate);
    }

  return gate;
}

static CrReply *
reply_copy (const CrReply *reply, gint64 left_ms)
{
  CrReply *copy = g_new0 (CrReply, 1);

  *copy = *reply;
  copy->body = g_bytes_ref (reply->body);
  copy->url = g_strdup (reply->url);
  copy->headers = g_hash_table_ref (reply->headers);
  copy->retry_after_ms = left_ms;
  return copy;
}

/* A 503 may be about one kind of record alone; who knows better says so. */
static gboolean
asks_for_patience (const CrReply *reply)
{
  return reply->retry_after_ms > 0 && reply->status == 429;
}

static void
close_gate (CrSourceGates *self, Gate *gate, const CrReply *reply)
{
  gate_open (gate);
  gate->closed_until_ms = self->clock () + reply->retry_after_ms;
  gate->said = reply_copy (reply, reply->retry_after_ms);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Turn *turn = g_task_get_task_data (task);
  Gate *gate = turn->gate;
  GError *error = NULL;
  CrReply *reply = cr_client_send_finish (CR_CLIENT (source), result, &error);

  gate->n_active--;
  turn->lacks_token = cr_client_send_lacks_token (CR_CLIENT (source), result);
  if (reply != NULL && asks_for_patience (reply))
    close_gate (turn->gates, gate, reply);
  else if (reply != NULL && reply->status < 500 && gate->closed_until_ms <= turn->gates->clock ())
    cr_source_gates_clear (turn->gates, gate->source_id);

  let_in (turn->gates, gate);
  if (reply != NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify) cr_reply_free);
  else
    g_task_return_error (task, error);
}

/* Takes @task. */
static void
answer_closed (GTask *task, Gate *gate, gint64 now_ms)
{
  if (gate->said != NULL)
    g_task_return_pointer (task, reply_copy (gate->said, gate->closed_until_ms - now_ms),
                           (GDestroyNotify) cr_reply_free);
  else
    g_task_return_error (task, g_error_copy (gate->trouble));
  g_object_unref (task);
}

/* Whoever waits is let in as far as there is room: one when nobody knows whether the source is
 * back.
 */
static void
let_in (CrSourceGates *self, Gate *gate)
{
  g_autoptr (CrSourceGates) kept = cr_source_gates_ref (self);
  gint64 now_ms = self->clock ();

  while (!g_queue_is_empty (&gate->waiting))
    {
      GTask *task = g_queue_peek_head (&gate->waiting);
      Turn *turn = g_task_get_task_data (task);
      guint room = gate->closed_until_ms == 0 ? turn->max_parallel : 1;

      if (gate->closed_until_ms <= now_ms && gate->n_active >= room)
        return;

      g_queue_pop_head (&gate->waiting);
      cr_stop_source (&turn->caller_gone);
      if (gate->closed_until_ms > now_ms)
        {
          answer_closed (task, gate, now_ms);
          continue;
        }
      gate->n_active++;
      turn->sent_us = g_get_monotonic_time ();
      cr_client_send_async (turn->client, &turn->request, g_task_get_cancellable (task),
                            answered_cb, task);
    }
}

static gboolean
caller_gone_cb (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;
  Turn *turn = g_task_get_task_data (task);

  g_queue_remove (&turn->gate->waiting, task);
  cr_stop_source (&turn->caller_gone);
  g_task_return_error_if_cancelled (task);
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

static void
watch_caller (GTask *task)
{
  Turn *turn = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (cancellable == NULL)
    return;

  turn->caller_gone = g_cancellable_source_new (cancellable);
  g_source_set_callback (turn->caller_gone, G_SOURCE_FUNC (caller_gone_cb), task, NULL);
  g_source_attach (turn->caller_gone, g_task_get_context (task));
}

void
cr_source_gates_send_async (CrSourceGates *self,
                            CrClient *client,
                            const char *source_id,
                            guint max_parallel,
                            const CrRequest *request,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Turn *turn = g_new0 (Turn, 1);

  turn->gates = cr_source_gates_ref (self);
  turn->gate = gate_of (self, source_id);
  turn->client = g_object_ref (client);
  turn->request = *request;
  turn->request.url = g_strdup (request->url);
  turn->request.accept = g_strdup (request->accept);
  turn->request.token = request->token != NULL ? g_object_ref (request->token) : NULL;
  turn->max_parallel = MAX (1, max_parallel);
  g_task_set_source_tag (task, cr_source_gates_send_async);
  g_task_set_task_data (task, turn, turn_free);
  g_task_set_check_cancellable (task, FALSE);
  watch_caller (task);
  g_queue_push_tail (&turn->gate->waiting, task);
  let_in (self, turn->gate);
}

CrReply *
cr_source_gates_send_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
cr_source_gates_send_lacks_token (GAsyncResult *result)
{
  return ((Turn *) g_task_get_task_data (G_TASK (result)))->lacks_token;
}

gint64
cr_source_gates_took_ms (GAsyncResult *result)
{
  Turn *turn = g_task_get_task_data (G_TASK (result));

  return turn->sent_us > 0 ? (g_get_monotonic_time () - turn->sent_us) / 1000 : -1;
}

/* @reply: about the whole source, with a time to wait */
void
cr_source_gates_heed (CrSourceGates *self, const char *source_id, const CrReply *reply)
{
  Gate *gate = gate_of (self, source_id);

  close_gate (self, gate, reply);
  let_in (self, gate);
}

/* Said once for all patients of the source. */
void
cr_source_gates_set_outage (CrSourceGates *self, const char *source_id, const GError *error)
{
  Gate *gate = gate_of (self, source_id);

  if (gate->trouble == NULL)
    g_message ("Source %s does not answer; its pulls wait: %s", source_id, error->message);
  g_clear_pointer (&gate->said, cr_reply_free);
  g_clear_error (&gate->trouble);
  gate->trouble = g_error_copy (error);
  gate->closed_until_ms = self->clock () + OUTAGE_MS;
  let_in (self, gate);
}

gboolean
cr_source_gates_is_out (CrSourceGates *self, const char *source_id)
{
  return gate_of (self, source_id)->trouble != NULL;
}

void
cr_source_gates_clear (CrSourceGates *self, const char *source_id)
{
  Gate *gate = gate_of (self, source_id);

  if (gate->trouble != NULL)
    g_message ("Source %s answers again", source_id);
  gate_open (gate);
  let_in (self, gate);
}
