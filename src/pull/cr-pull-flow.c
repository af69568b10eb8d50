/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-flow.h"

#include "base/cr-error.h"
#include "fhir/cr-capability.h"
#include "fhir/cr-portal-rules.h"
#include "pull/cr-pull-ask.h"
#include "pull/cr-pull-begin.h"
#include "pull/cr-pull-confirm.h"
#include "pull/cr-pull-log.h"
#include "pull/cr-pull-narrow.h"
#include "pull/cr-pull-probe.h"
#include "pull/cr-pull-settle.h"
#include "store/cr-pulls-table.h"

typedef enum
{
  STEP_BEGIN,   /* mark it running, read its queries */
  STEP_PLAN,    /* make its queries, once */
  STEP_ASK,     /* searches and reads, several at a time */
  STEP_WEIGH,   /* what refusals mean beside the answers */
  STEP_FOLLOW,  /* references, then attachments */
  STEP_CONFIRM, /* what is no longer listed */
  STEP_SETTLE,  /* its end, in one transaction */
  STEP_DONE,
} Step;

struct _CrPullFlow
{
  GObject parent_instance;

  CrPullContext context; /* parts owned one by one */
  GPtrArray *queries;    /* (owned) (nullable): of CrQuery */
  GCancellable *outer;   /* (owned) (nullable) */
  gulong outer_id;
  Step step;
  guint n_active;
  guint n_queries; /* also those that are being stored */
  CrAskEnd *end;   /* (owned) (nullable): why it stops before its queries are done */
  gboolean is_suspended;
  guint stop_timer;
};

#define STOP_MS (10 * 1000)

G_DEFINE_FINAL_TYPE (CrPullFlow, cr_pull_flow, G_TYPE_OBJECT)

static void advance (CrPullFlow *self, GTask *task);

static CrPull *
get_pull (CrPullFlow *self)
{
  return self->context.parts.pull;
}

static void
tell (CrPullFlow *self)
{
  cr_changes_tell (self->context.parts.changes, CR_CHANGE_PULL, get_pull (self)->id,
                   get_pull (self)->patient_id);
}

static void
set_error (CrPull *pull, const GError *error)
{
  g_free (pull->error_code);
  g_free (pull->error_message);
  pull->error_code = error != NULL ? g_strdup (cr_error_nick (error)) : NULL;
  pull->error_message = error != NULL ? g_strdup (error->message) : NULL;
}

/* Takes @error. */
static void
stop (CrPullFlow *self, GError *error)
{
  if (self->end == NULL)
    self->end = cr_ask_end_for_error (&self->context, error);
  else
    g_error_free (error);
}

/* A query that a crash or a wait caught in the middle goes on from its mark. */
static void
resume_queries (GPtrArray *queries)
{
  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      if (query->status == CR_QUERY_RUNNING)
        query->status = CR_QUERY_PENDING;
    }
}

/* Begin ---------------------------------------------------------------------------------------- */

static void
begun_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrPullFlow *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_auto (GStrv) kin = NULL;

  self->queries = cr_pull_begin_finish (CR_STORE (source), result, &kin, &error);
  if (self->queries == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  cr_pull_context_set_kin (&self->context, NULL, (const char *const *) kin);
  resume_queries (self->queries);
  self->n_queries = self->queries->len;
  tell (self);
  self->step = self->queries->len == 0 ? STEP_PLAN : STEP_ASK;
  advance (self, task);
}

static void
begin (CrPullFlow *self, GTask *task)
{
  CrPull *pull = get_pull (self);

  pull->status = CR_PULL_RUNNING;
  pull->waiting_for = CR_WAIT_NONE;
  pull->wait_until_ms = 0;
  if (pull->started_ms == 0)
    pull->started_ms = self->context.parts.clock ();
  set_error (pull, NULL);
  cr_pull_begin_async (&self->context, begun_cb, g_object_ref (task));
}

/* Plan ----------------------------------------------------------------------------------------- */

static void
planned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrPullFlow *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (source), result, &error) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  tell (self);
  self->n_queries = self->queries->len;
  self->step = STEP_ASK;
  advance (self, task);
}

/* A server that hides its CapabilityStatement is asked everything: the statement is a hint, the
 * answers decide. */
static CrCapability *
read_capability (const CrReply *reply, GError **error)
{
  static const char unknown[] =
      "{\"resourceType\":\"CapabilityStatement\",\"fhirVersion\":\"4.0.1\"}";
  g_autoptr (GBytes) stand_in = g_bytes_new_static (unknown, sizeof unknown - 1);

  return cr_capability_parse (reply->status < 300 ? reply->body : stand_in, error);
}

static void
got_capability_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrPullFlow *self = g_task_get_source_object (task);
  CrPullParts *parts = &self->context.parts;
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_pull_send_finish (result, &error);
  g_autoptr (CrCapability) capability = NULL;
  g_autoptr (CrPortalRules) rules = NULL;

  self->context.n_requests++;
  cr_pull_note_outage (&self->context, reply, error);
  if (reply != NULL && (cr_ask_must_wait (&self->context, reply) || reply->status >= 500))
    self->end = cr_ask_end_for_wait (&self->context, reply);
  else if (reply != NULL)
    capability = read_capability (reply, &error);
  if (capability != NULL)
    rules = cr_portal_rules_load (parts->source->type, &error);
  if (rules == NULL)
    {
      if (error != NULL)
        stop (self, error);
      advance (self, task);
      return;
    }

  g_ptr_array_unref (self->queries);
  self->queries =
      cr_portal_rules_plan (rules, capability, parts->connection->scopes, parts->pull->id);
  cr_pull_plan_store_async (&self->context, self->queries, cr_portal_rules_get_full_days (rules),
                            planned_cb, g_object_ref (task));
}

static void
plan (CrPullFlow *self, GTask *task)
{
  g_autofree char *url = cr_ask_url (&self->context, "metadata", 0);
  CrRequest request = { .url = url,
                        .max_bytes = 16 * 1024 * 1024,
                        .total_s = self->context.patience_s };

  cr_pull_send_async (&self->context, &request, got_capability_cb, g_object_ref (task));
}

/* Ask and follow ------------------------------------------------------------------------------- */

static void
take_end (CrPullFlow *self, CrAskEnd *end)
{
  if (end->result == CR_ASK_DONE || self->end != NULL)
    {
      cr_ask_end_free (end);
      return;
    }

  self->end = end;
}

/* The parts join the other queries once they are stored. */
static void
narrowed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrPullFlow *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) parts = cr_pull_narrow_finish (result, &error);

  self->n_active--;
  if (parts == NULL)
    stop (self, error);
  for (guint i = 0; parts != NULL && i < parts->len; i++)
    g_ptr_array_add (self->queries, g_object_ref (g_ptr_array_index (parts, i)));
  tell (self);
  advance (self, task);
}

/* One query in the hands of an ask. */
typedef struct
{
  GTask *task;    /* (owned) */
  CrQuery *query; /* (owned) */
} Asked;

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Asked *asked = user_data;
  g_autoptr (GTask) task = asked->task;
  g_autoptr (CrQuery) query = asked->query;
  CrPullFlow *self = g_task_get_source_object (task);
  CrAskEnd *end = cr_pull_ask_finish (result);

  if (end->narrower != NULL)
    {
      guint first_n = self->n_queries;

      self->n_queries += g_strv_length (end->narrower);
      cr_pull_narrow_async (&self->context, query, (const char *const *) end->narrower, end->hint,
                            first_n, narrowed_cb, g_object_ref (task));
      cr_ask_end_free (end);
      return;
    }

  self->n_active--;
  take_end (self, end);
  advance (self, task);
}

static void
followed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrPullFlow *self = g_task_get_source_object (task);

  self->n_active--;
  take_end (self, cr_pull_follow_finish (result));
  advance (self, task);
}

static gboolean
is_asked (CrQuery *query)
{
  return query->kind == CR_QUERY_KIND_SEARCH || query->kind == CR_QUERY_KIND_READ;
}

/* The next query in hand: one that runs already is in some ask's hands. Reads, that is the Patient,
 * come before everything else: who it is must be known first. */
static CrQuery *
next_query (CrPullFlow *self, gboolean asked)
{
  gboolean must_wait = FALSE;

  for (guint i = 0; i < self->queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (self->queries, i);

      if (must_wait && query->kind != CR_QUERY_KIND_READ)
        return NULL;
      if (query->status == CR_QUERY_PENDING && is_asked (query) == asked)
        return query;
      must_wait |= query->kind == CR_QUERY_KIND_READ && query->status == CR_QUERY_RUNNING;
    }

  return NULL;
}

static void
ask (CrPullFlow *self, GTask *task)
{
  CrQuery *query;

  while (self->end == NULL && self->n_active < self->context.max_parallel &&
         (query = next_query (self, TRUE)) != NULL)
    {
      Asked *asked = g_new0 (Asked, 1);

      asked->task = g_object_ref (task);
      asked->query = g_object_ref (query);
      self->n_active++;
      query->status = CR_QUERY_RUNNING;
      cr_pull_ask_async (&self->context, query, asked_cb, asked);
    }

  if (self->n_active == 0)
    {
      self->step = STEP_WEIGH;
      advance (self, task);
    }
}

static void
weighed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrPullFlow *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (source), result, &error) == NULL)
    stop (self, error);
  self->step = STEP_FOLLOW;
  advance (self, task);
}

static void
weigh (CrPullFlow *self, GTask *task)
{
  GPtrArray *changed = cr_pull_narrow_weigh (&self->context, self->queries);

  if (changed->len == 0)
    {
      g_ptr_array_unref (changed);
      self->step = STEP_FOLLOW;
      advance (self, task);
      return;
    }

  cr_store_write_async (self->context.parts.store, CR_WRITE_FAST, cr_pull_save_queries_func,
                        changed, (GDestroyNotify) g_ptr_array_unref, NULL, NULL, weighed_cb,
                        g_object_ref (task));
}

static void
follow (CrPullFlow *self, GTask *task)
{
  CrQuery *query = self->end == NULL ? next_query (self, FALSE) : NULL;

  if (query == NULL)
    {
      self->step = STEP_CONFIRM;
      advance (self, task);
      return;
    }

  self->n_active++;
  query->status = CR_QUERY_RUNNING;
  if (query->kind == CR_QUERY_KIND_REFERENCES)
    cr_pull_follow_async (&self->context, query, followed_cb, g_object_ref (task));
  else
    cr_pull_fetch_async (&self->context, query, followed_cb, g_object_ref (task));
}

static void
confirmed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrPullFlow *self = g_task_get_source_object (task);

  self->n_active--;
  take_end (self, cr_pull_confirm_finish (result));
  self->step = STEP_SETTLE;
  advance (self, task);
}

static void
confirm (CrPullFlow *self, GTask *task)
{
  self->n_active++;
  cr_pull_confirm_async (&self->context, self->queries, confirmed_cb, g_object_ref (task));
}

/* Settle --------------------------------------------------------------------------------------- */

static void
settled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrPullFlow *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!cr_pull_settle_finish (CR_STORE (source), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  tell (self);
  cr_changes_tell (self->context.parts.changes, CR_CHANGE_CONNECTION,
                   self->context.parts.connection->id, get_pull (self)->patient_id);
  cr_changes_tell (self->context.parts.changes, CR_CHANGE_RECORD, NULL,
                   get_pull (self)->patient_id);
  cr_changes_tell (self->context.parts.changes, CR_CHANGE_HOLD, NULL, get_pull (self)->patient_id);
  cr_changes_tell (self->context.parts.changes, CR_CHANGE_RUN, NULL, NULL);
  cr_changes_tell (self->context.parts.changes, CR_CHANGE_EVENT, NULL, NULL);
  self->step = STEP_DONE;
  advance (self, task);
}

static void
waiting_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrPullFlow *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (source), result, &error) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  tell (self);
  self->step = STEP_DONE;
  advance (self, task);
}

static void
save_waiting (CrPullFlow *self, GTask *task)
{
  CrPull *pull = get_pull (self);

  pull->status = CR_PULL_WAITING;
  pull->waiting_for = self->end->reason;
  pull->wait_until_ms = self->end->until_ms;
  set_error (pull, self->end->error);
  cr_pull_wait_async (&self->context, pull, waiting_cb, g_object_ref (task));
}

static void
settle (CrPullFlow *self, GTask *task)
{
  CrPull *pull = get_pull (self);
  CrPullStatus status = cr_pull_tally (pull, self->queries);

  pull->requests += self->context.n_requests;
  pull->bytes += self->context.n_bytes;
  pull->retries += self->context.n_retries;
  cr_pull_log_flush (&self->context);
  if (self->is_suspended)
    {
      self->step = STEP_DONE;
      advance (self, task);
      return;
    }
  if (self->end != NULL && self->end->result == CR_ASK_WAIT &&
      !g_cancellable_is_cancelled (self->context.no_more))
    {
      save_waiting (self, task);
      return;
    }

  if (self->end != NULL && g_cancellable_is_cancelled (self->context.no_more))
    status = CR_PULL_CANCELLED;
  else if (self->end != NULL)
    {
      status = pull->n_received > 0 ? CR_PULL_PARTIAL : CR_PULL_FAILED;
      set_error (pull, self->end->error);
    }
  else if (status == CR_PULL_FAILED)
    {
      g_autoptr (GError) error = g_error_new_literal (
          CR_ERROR, CR_ERROR_BAD_REPLY,
          "The portal answered none of what it was asked for. Each type of record says why.");

      set_error (pull, error);
    }
  pull->status = status;
  pull->finished_ms = self->context.parts.clock ();
  cr_pull_settle_async (&self->context, pull, settled_cb, g_object_ref (task));
}

/* Borrows @task; each step's callback holds a reference of its own. The whole flow is read here. */
static void
advance (CrPullFlow *self, GTask *task)
{
  if (self->end != NULL && self->step < STEP_SETTLE && self->n_active == 0)
    self->step = STEP_SETTLE;

  switch (self->step)
    {
    case STEP_BEGIN:
      begin (self, task);
      break;
    case STEP_PLAN:
      plan (self, task);
      break;
    case STEP_ASK:
      ask (self, task);
      break;
    case STEP_WEIGH:
      weigh (self, task);
      break;
    case STEP_FOLLOW:
      follow (self, task);
      break;
    case STEP_CONFIRM:
      confirm (self, task);
      break;
    case STEP_SETTLE:
      settle (self, task);
      break;
    case STEP_DONE:
      g_task_return_pointer (task, g_object_ref (get_pull (self)), g_object_unref);
      break;
    }
}

static void
cr_pull_flow_dispose (GObject *object)
{
  CrPullFlow *self = CR_PULL_FLOW (object);
  CrPullParts *parts = &self->context.parts;

  if (self->outer != NULL)
    g_cancellable_disconnect (self->outer, self->outer_id);
  self->outer_id = 0;
  g_clear_object (&self->outer);
  g_clear_object (&parts->store);
  g_clear_object (&parts->client);
  g_clear_object (&parts->changes);
  g_clear_object (&parts->token);
  g_clear_object (&parts->pull);
  g_clear_object (&parts->connection);
  g_clear_object (&parts->source);
  g_clear_pointer (&parts->gates, cr_source_gates_unref);
  g_clear_pointer (&self->context.lines, g_ptr_array_unref);
  g_clear_handle_id (&self->stop_timer, g_source_remove);
  g_clear_object (&self->context.cancellable);
  g_clear_object (&self->context.no_more);
  g_clear_pointer (&self->queries, g_ptr_array_unref);
  g_clear_pointer (&self->context.patients, g_hash_table_unref);
  g_clear_pointer (&self->end, cr_ask_end_free);

  G_OBJECT_CLASS (cr_pull_flow_parent_class)->dispose (object);
}

static void
cr_pull_flow_class_init (CrPullFlowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_pull_flow_dispose;
}

static void
cr_pull_flow_init (CrPullFlow *self)
{
  self->context.cancellable = g_cancellable_new ();
  self->context.no_more = g_cancellable_new ();
}

CrPullFlow *
cr_pull_flow_new (const CrPullParts *parts)
{
  CrPullFlow *self = g_object_new (CR_TYPE_PULL_FLOW, NULL);
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (parts->source->type, NULL);

  self->context.parts = *parts;
  g_object_ref (parts->store);
  self->context.parts.client = cr_client_trusting (parts->client, parts->source->ca_file);
  g_object_ref (parts->changes);
  g_object_ref (parts->token);
  g_object_ref (parts->pull);
  g_object_ref (parts->connection);
  g_object_ref (parts->source);
  self->context.parts.gates = parts->gates != NULL ? cr_source_gates_ref (parts->gates)
                                                   : cr_source_gates_new (parts->clock);
  self->context.page_size = rules != NULL ? cr_portal_rules_get_page_size (rules) : 0;
  self->context.max_pages = parts->max_pages;
  if (rules != NULL && parts->max_pages == 0)
    self->context.max_pages = cr_portal_rules_get_max_pages (rules);
  self->context.patience_s = parts->patience_s;
  self->context.per_minute = parts->per_minute;
  if (rules != NULL && parts->per_minute == 0)
    self->context.per_minute = cr_portal_rules_get_per_minute (rules);
  self->context.totals_count = rules == NULL || cr_portal_rules_totals_count (rules);
  self->context.max_parallel =
      rules != NULL ? MAX (1, cr_portal_rules_get_max_parallel (rules)) : 4;
  return self;
}

static void
cancel (CrPullFlow *self)
{
  g_cancellable_cancel (self->context.no_more);
  g_cancellable_cancel (self->context.cancellable);
}

static void
outer_cancelled_cb (GCancellable *outer, gpointer user_data)
{
  cancel (user_data);
}

void
cr_pull_flow_run_async (CrPullFlow *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CR_IS_PULL_FLOW (self));
  g_return_if_fail (self->step == STEP_BEGIN && self->outer == NULL);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, cr_pull_flow_run_async);
  if (cancellable != NULL)
    {
      self->outer = g_object_ref (cancellable);
      self->outer_id =
          g_cancellable_connect (cancellable, G_CALLBACK (outer_cancelled_cb), self, NULL);
    }
  advance (self, task);
}

CrPull *
cr_pull_flow_run_finish (CrPullFlow *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * cr_pull_flow_suspend:
 *
 * Stops without an end: what is in flight is dropped, what was stored stays, and the row still says
 * running, which the next start turns back into queued.
 */
void
cr_pull_flow_suspend (CrPullFlow *self)
{
  g_return_if_fail (CR_IS_PULL_FLOW (self));

  self->is_suspended = TRUE;
  cancel (self);
}

static gboolean
stop_timer_cb (gpointer user_data)
{
  CrPullFlow *self = user_data;

  self->stop_timer = 0;
  cancel (self);
  return G_SOURCE_REMOVE;
}

void
cr_pull_flow_stop (CrPullFlow *self)
{
  g_return_if_fail (CR_IS_PULL_FLOW (self));

  if (g_cancellable_is_cancelled (self->context.no_more))
    return;

  self->stop_timer = g_timeout_add (STOP_MS, stop_timer_cb, self);
  g_cancellable_cancel (self->context.no_more);
}
