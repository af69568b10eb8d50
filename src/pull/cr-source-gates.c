/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-source-gates.h"

#include "base/cr-error.h"
#include "net/cr-hop.h"
#include "net/cr-retry.h"
#include "pull/cr-budget.h"

#define MINUTE_MS G_GINT64_CONSTANT (60000)
#define MOST_PAUSE_MS MINUTE_MS /* a longer one is left to the answer that refuses */
#define TRY_S 15
#define ROOM_BYTES ((gsize) 16 * 1024 * 1024)
#define ROOM_PATIENCE_MS (30 * 1000)

/* How long a source that does not answer is left alone, after each try. */
static const gint64 outage_ms[] = { 1 * MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS,
                                    15 * MINUTE_MS };

struct _CrSourceGates
{
  grefcount ref_count;
  CrClock clock;
  GHashTable *gates;         /* (owned): id of a source to Gate */
  CrOutageFunc told;         /* (nullable) */
  gpointer told_data;        /* (unowned) */
  CrAskedFunc asked;         /* (nullable) */
  gpointer asked_data;       /* (unowned) */
  GCancellable *cancellable; /* (owned): of tries */
  CrRoom *room;              /* (owned) */
};

typedef struct
{
  char *source_id; /* (owned) */
  guint n_active;
  GQueue waiting;         /* of GTask (owned) */
  gint64 closed_until_ms; /* 0: open */
  CrReply *said;          /* (owned) (nullable): why it is closed */
  GError *trouble;        /* (owned) (nullable): or this */
  guint n_tries;          /* that failed, since it stopped answering */
  gboolean is_trying;
  GPtrArray *trials; /* (owned): of GTask (owned): those that wait for the end of the try */
  CrBudget budget;
  gint64 paused_until_ms; /* its budget is used up, as it said itself */
  guint timer;
} Gate;

/* Whether a source answers, asked once for all who want to know. */
typedef struct
{
  CrSourceGates *gates; /* (owned) */
  Gate *gate;           /* (unowned) */
} Trial;

/* One request. */
typedef struct
{
  CrSourceGates *gates; /* (owned) */
  Gate *gate;           /* (unowned): lives as long as the gates */
  CrClient *client;     /* (owned) */
  CrRequest request;    /* what it points at is copied */
  char *try_url;        /* (owned) (nullable) */
  guint max_parallel;
  guint per_minute;
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
  g_clear_handle_id (&gate->timer, g_source_remove);
  g_ptr_array_unref (gate->trials);
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
  g_free (turn->try_url);
  g_clear_object (&turn->request.token);
  g_clear_pointer (&turn->request.room, cr_room_unref);
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
  self->cancellable = g_cancellable_new ();
  self->room = cr_room_new (ROOM_BYTES, ROOM_PATIENCE_MS);
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
  g_object_unref (self->cancellable);
  cr_room_unref (self->room);
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
      gate->trials = g_ptr_array_new_with_free_func (g_object_unref);
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

/* A source may say that nothing is left until then. */
static void
heed_budget (CrSourceGates *self, Gate *gate, const CrReply *reply)
{
  static const char *const names[] = { "ratelimit", "x-ratelimit", "x-rate-limit" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *remaining = g_strconcat (names[i], "-remaining", NULL);
      g_autofree char *reset = g_strconcat (names[i], "-reset", NULL);
      const char *left = cr_reply_header (reply, remaining);
      gint64 wait_ms;

      if (left == NULL || !g_str_equal (left, "0"))
        continue;
      wait_ms = cr_retry_after_ms (cr_reply_header (reply, reset), cr_time_now_ms ());
      if (wait_ms > 0 && wait_ms <= MOST_PAUSE_MS)
        gate->paused_until_ms = self->clock () + wait_ms;
      return;
    }
}

static void
tell (CrSourceGates *self, Gate *gate)
{
  if (self->told != NULL)
    self->told (gate->source_id, gate->trouble, gate->n_tries,
                MAX (gate->closed_until_ms - self->clock (), 0), self->told_data);
}

static void
end_trials (Gate *gate, const GError *error)
{
  g_autoptr (GPtrArray) trials = gate->trials;

  gate->trials = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < trials->len; i++)
    if (error != NULL)
      g_task_return_error (g_ptr_array_index (trials, i), g_error_copy (error));
    else
      g_task_return_boolean (g_ptr_array_index (trials, i), TRUE);
}

/* Whether that says that nobody there answers. */
static gboolean
is_out (const CrReply *reply, const GError *error)
{
  return reply != NULL ? reply->status >= 500 : cr_error_is_retryable (error);
}

static void
tried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Trial *trial = user_data;
  g_autoptr (CrSourceGates) self = trial->gates;
  Gate *gate = trial->gate;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = cr_client_send_finish (CR_CLIENT (source), result, &error);

  g_free (trial);
  gate->is_trying = FALSE;
  cr_source_gates_note_asked (self, gate->source_id,
                              (int) cr_client_send_n_sent (CR_CLIENT (source), result), reply);
  if (cr_error_is_cancelled (error))
    {
      end_trials (gate, error);
      return;
    }

  if (is_out (reply, error))
    {
      if (error == NULL)
        cr_reply_check (reply, &error);
      gate->closed_until_ms = 0;
      cr_source_gates_set_outage (self, gate->source_id, error,
                                  reply != NULL ? reply->retry_after_ms : 0);
    }
  else
    {
      cr_source_gates_clear (self, gate->source_id);
      if (reply != NULL && asks_for_patience (reply))
        cr_source_gates_heed (self, gate->source_id, reply);
    }
  end_trials (gate, reply == NULL || reply->status >= 500 ? error : NULL);
}

static void
try (CrSourceGates *self, Gate *gate, CrClient *client, const char *url)
{
  CrRequest request = {
    .url = url, .max_bytes = 16 * 1024 * 1024, .max_attempts = 1, .total_s = TRY_S
  };
  Trial *trial;

  if (gate->is_trying)
    return;

  trial = g_new (Trial, 1);
  *trial = (Trial){ cr_source_gates_ref (self), gate };
  gate->is_trying = TRUE;
  cr_client_send_async (client, &request, self->cancellable, tried_cb, trial);
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
  cr_source_gates_note_asked (turn->gates, gate->source_id,
                              (int) cr_client_send_n_sent (CR_CLIENT (source), result) - 1, reply);
  turn->lacks_token = cr_client_send_lacks_token (CR_CLIENT (source), result);
  if (reply != NULL)
    heed_budget (turn->gates, gate, reply);
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

static gboolean
timer_cb (gpointer user_data)
{
  Trial *due = user_data;

  due->gate->timer = 0;
  let_in (due->gates, due->gate);
  return G_SOURCE_REMOVE;
}

/* Returns whether the next one must wait for the minute's budget; it comes back by itself. */
static gboolean
must_save (CrSourceGates *self, Gate *gate, const Turn *turn, gint64 now_ms)
{
  gint64 wait_ms = gate->paused_until_ms - now_ms;
  Trial *due;

  if (wait_ms <= 0)
    wait_ms = cr_budget_take (&gate->budget, turn->per_minute, now_ms);
  if (wait_ms <= 0)
    return FALSE;

  if (gate->timer == 0)
    {
      due = g_new (Trial, 1);
      *due = (Trial){ self, gate };
      gate->timer = g_timeout_add_full (G_PRIORITY_DEFAULT, (guint) MIN (wait_ms, MINUTE_MS),
                                        timer_cb, due, g_free);
    }
  return TRUE;
}

/* Whoever waits is let in as far as there is room: one when nobody knows whether the source is
 * back, and nobody before a source that did not answer has been tried.
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

      if (gate->closed_until_ms <= now_ms && gate->trouble != NULL && turn->try_url != NULL)
        {
          try (self, gate, turn->client, turn->try_url);
          return;
        }
      if (gate->closed_until_ms <= now_ms &&
          (gate->n_active >= room || must_save (self, gate, turn, now_ms)))
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
      cr_source_gates_note_asked (self, gate->source_id, 1, NULL);
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
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Not sent any more");
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

static void
watch_caller (GTask *task, GCancellable *no_more)
{
  Turn *turn = g_task_get_task_data (task);
  GCancellable *cancellable = no_more != NULL ? no_more : g_task_get_cancellable (task);

  if (cancellable == NULL)
    return;

  turn->caller_gone = g_cancellable_source_new (cancellable);
  g_source_set_callback (turn->caller_gone, G_SOURCE_FUNC (caller_gone_cb), task, NULL);
  g_source_attach (turn->caller_gone, g_task_get_context (task));
}

static char *
try_url (const CrGateRules *rules)
{
  return rules->fhir_base_url != NULL ? cr_source_join (rules->fhir_base_url, "metadata") : NULL;
}

void
cr_source_gates_send_async (CrSourceGates *self,
                            CrClient *client,
                            const CrGateRules *rules,
                            const CrRequest *request,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Turn *turn = g_new0 (Turn, 1);

  turn->gates = cr_source_gates_ref (self);
  turn->gate = gate_of (self, rules->id);
  turn->client = g_object_ref (client);
  turn->request = *request;
  turn->request.url = g_strdup (request->url);
  turn->request.accept = g_strdup (request->accept);
  turn->request.token = request->token != NULL ? g_object_ref (request->token) : NULL;
  turn->request.room = request->room != NULL ? cr_room_ref (request->room) : NULL;
  turn->try_url = try_url (rules);
  turn->max_parallel = MAX (1, rules->max_parallel);
  turn->per_minute = rules->per_minute;
  g_task_set_source_tag (task, cr_source_gates_send_async);
  g_task_set_task_data (task, turn, turn_free);
  g_task_set_check_cancellable (task, FALSE);
  watch_caller (task, rules->no_more);
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

/* Those who were sent away together do not come back together, here or from other clinics. */
static gint64
next_try_ms (guint n_tries)
{
  gint64 wait_ms = outage_ms[MIN (n_tries, G_N_ELEMENTS (outage_ms)) - 1];

  return wait_ms - wait_ms / 10 + g_random_int_range (0, (int) (wait_ms / 5));
}

/* Said once for all patients of the source; those who find out together count as one. */
void
cr_source_gates_set_outage (CrSourceGates *self,
                            const char *source_id,
                            const GError *error,
                            gint64 asked_ms)
{
  Gate *gate = gate_of (self, source_id);
  gint64 now_ms = self->clock ();

  if (gate->trouble != NULL && gate->closed_until_ms > now_ms)
    return;
  if (gate->trouble == NULL)
    g_message ("Source %s does not answer; its pulls wait: %s", source_id, error->message);

  g_clear_pointer (&gate->said, cr_reply_free);
  g_clear_error (&gate->trouble);
  gate->trouble = g_error_copy (error);
  gate->n_tries++;
  gate->closed_until_ms = now_ms + (asked_ms > 0 ? asked_ms : next_try_ms (gate->n_tries));
  tell (self, gate);
  let_in (self, gate);
}

/* As it was when the engine ended. Nothing is told. */
void
cr_source_gates_restore (CrSourceGates *self,
                         const char *source_id,
                         const GError *error,
                         guint n_tries,
                         gint64 left_ms)
{
  Gate *gate = gate_of (self, source_id);

  gate_open (gate);
  gate->trouble = g_error_copy (error);
  gate->n_tries = n_tries;
  gate->closed_until_ms = self->clock () + MAX (left_ms, 0);
}

const GError *
cr_source_gates_get_trouble (CrSourceGates *self, const char *source_id)
{
  return gate_of (self, source_id)->trouble;
}

gboolean
cr_source_gates_is_out (CrSourceGates *self, const char *source_id)
{
  return cr_source_gates_get_trouble (self, source_id) != NULL;
}

gint64
cr_source_gates_left_ms (CrSourceGates *self, const char *source_id)
{
  return MAX (gate_of (self, source_id)->closed_until_ms - self->clock (), 0);
}

void
cr_source_gates_clear (CrSourceGates *self, const char *source_id)
{
  Gate *gate = gate_of (self, source_id);
  gboolean was_out = gate->trouble != NULL;

  gate_open (gate);
  gate->n_tries = 0;
  if (was_out)
    {
      g_message ("Source %s answers again", source_id);
      tell (self, gate);
    }
  let_in (self, gate);
}

static void
forgive (CrSourceGates *self, Gate *gate)
{
  if (gate->trouble == NULL)
    return;

  gate->n_tries = 0;
  gate->closed_until_ms = MIN (gate->closed_until_ms, self->clock ());
}

void
cr_source_gates_forgive (CrSourceGates *self, const char *source_id)
{
  GHashTableIter iter;
  gpointer gate;

  g_hash_table_iter_init (&iter, self->gates);
  while (g_hash_table_iter_next (&iter, NULL, &gate))
    if (source_id == NULL || g_str_equal (((Gate *) gate)->source_id, source_id))
      forgive (self, gate);
}

void
cr_source_gates_watch (CrSourceGates *self, CrOutageFunc func, gpointer user_data)
{
  self->told = func;
  self->told_data = user_data;
}

void
cr_source_gates_watch_asked (CrSourceGates *self, CrAskedFunc func, gpointer user_data)
{
  self->asked = func;
  self->asked_data = user_data;
}

void
cr_source_gates_note_asked (CrSourceGates *self, const char *source_id, int n, const CrReply *reply)
{
  if (self->asked != NULL)
    self->asked (source_id, n, reply, self->asked_data);
}

void
cr_source_gates_stop (CrSourceGates *self)
{
  self->told = NULL;
  self->asked = NULL;
  g_cancellable_cancel (self->cancellable);
}

void
cr_source_gates_try_async (CrSourceGates *self,
                           CrClient *client,
                           const CrGateRules *rules,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Gate *gate = gate_of (self, rules->id);
  g_autofree char *url = try_url (rules);

  g_task_set_source_tag (task, cr_source_gates_try_async);
  g_ptr_array_add (gate->trials, task);
  /* That a person could not wait makes nobody wait longer afterwards. */
  if (!gate->is_trying && gate->n_tries > 0)
    gate->n_tries--;
  try (self, gate, client, url);
}

gboolean
cr_source_gates_try_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

CrRoom *
cr_source_gates_get_room (CrSourceGates *self)
{
  return self->room;
}
