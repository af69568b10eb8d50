/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-scheduler.h"

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "connect/cr-lapse.h"
#include "connect/cr-no-answer.h"
#include "engine/cr-clock-jump.h"
#include "engine/cr-outage-book.h"
#include "engine/cr-scheduler-look.h"
#include "engine/cr-time-asking.h"
#include "export/cr-export-flow.h"
#include "pull/cr-pull-flow.h"
#include "store/cr-exports-table.h"
#include "store/cr-pulls-table.h"

#define MAX_PULLS 8
#define MAX_RUNS 8
#define LONGEST_SLEEP_MS (60 * 1000)
#define STORAGE_WAIT_MS (10 * 1000)

/* A flow that runs: a pull or an export run. */
typedef struct
{
  CrScheduler *scheduler;    /* (owned) */
  char *id;                  /* (owned): of the pull or run */
  char *lane;                /* (owned): connection or destination: one at a time in each */
  CrPullFlow *pull;          /* (owned) (nullable) */
  CrExportFlow *run;         /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  gboolean is_stopping;
} Work;

struct _CrScheduler
{
  GObject parent_instance;

  CrSchedulerParts parts; /* objects owned */
  CrSourceGates *gates;   /* (owned) */
  CrOutageBook *outages;  /* (owned) (nullable): until it closes */
  GHashTable *work;       /* (owned): id → Work */
  GHashTable *lanes;      /* (owned): set of lanes in use, strings of their Work */
  GHashTable *stranded;   /* (owned): ids whose rows say running, as the store cannot write */
  gint64 stranded_until_ms;
  CrTimeAsking *asking;  /* (owned) */
  GError *storage_error; /* (owned) (nullable) */
  guint n_pulls;
  guint n_runs;
  guint n_pauses;
  guint timer_id;
  gboolean is_looking;
  gboolean must_look_again;
  gboolean is_closing;
  gboolean is_asleep;
  gboolean has_looked;
  CrClockJump jump;
  GTask *closing; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrScheduler, cr_scheduler, G_TYPE_OBJECT)

static guint keyring_signal;
static guint storage_signal;
static guint withdrawn_signal;

static void look (CrScheduler *self);
static void order_wake (CrScheduler *self, const CrWakeOrder *order);

/* Running -------------------------------------------------------------------------------------- */

static void
work_free (gpointer data)
{
  Work *work = data;

  g_free (work->id);
  g_free (work->lane);
  g_clear_object (&work->pull);
  g_clear_object (&work->run);
  g_object_unref (work->cancellable);
  g_object_unref (work->scheduler);
  g_free (work);
}

static void
finish_closing (CrScheduler *self)
{
  if (self->closing != NULL && g_hash_table_size (self->work) == 0 && !self->is_looking)
    {
      g_autoptr (GTask) task = g_steal_pointer (&self->closing);

      g_task_return_boolean (task, TRUE);
    }
}

static void
end_work (Work *work)
{
  g_autoptr (CrScheduler) self = g_object_ref (work->scheduler);

  if (work->pull != NULL)
    self->n_pulls--;
  else
    self->n_runs--;
  g_hash_table_remove (self->lanes, work->lane);
  g_hash_table_remove (self->work, work->id);
  finish_closing (self);
  cr_scheduler_wake (self);
}

/* The code says whether the keyring is locked, missing or refused. */
static void
tell_keyring (CrScheduler *self, CrWaitReason reason, const char *code, const char *message)
{
  g_autoptr (GError) error = NULL;
  int value = CR_ERROR_KEYRING_LOCKED;

  if (reason == CR_WAIT_KEYRING_LOCKED)
    {
      cr_enum_from_string (CR_TYPE_ERROR_CODE, code, &value);
      error = g_error_new_literal (CR_ERROR, value,
                                   message != NULL ? message : "The keyring is locked.");
    }
  g_signal_emit (self, keyring_signal, 0, error);
}

/* Takes @error. */
static void
set_storage_error (CrScheduler *self, GError *error)
{
  if (self->storage_error == NULL && error == NULL)
    return;

  g_clear_error (&self->storage_error);
  self->storage_error = error;
  g_signal_emit (self, storage_signal, 0, error);
}

/* What is told is stored: it can write again. */
static void
changed_cb (CrChanges *changes,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            CrScheduler *self)
{
  set_storage_error (self, NULL);
}

static void
tell_storage (CrScheduler *self, CrWaitReason reason, const char *code, const char *message)
{
  int value = CR_ERROR_NO_SPACE;

  if (reason != CR_WAIT_STORAGE)
    return;

  cr_enum_from_string (CR_TYPE_ERROR_CODE, code, &value);
  set_storage_error (self, g_error_new_literal (CR_ERROR, value, message));
}

void
cr_scheduler_tell_storage (CrScheduler *self, const GError *error)
{
  if (cr_error_is_storage (error))
    set_storage_error (self, g_error_copy (error));
}

/* The store took no more, not even how the work ended. Its row still says running, so it is kept
 * here what must begin again; what was stored stays. */
static void
strand (CrScheduler *self, const char *id, const GError *error)
{
  g_hash_table_add (self->stranded, g_strdup (id));
  self->stranded_until_ms = self->parts.clock () + STORAGE_WAIT_MS;
  cr_scheduler_tell_storage (self, error);
}

/* It was let go for the computer's sleep. */
static void
begin_again (CrScheduler *self, const char *id)
{
  g_hash_table_add (self->stranded, g_strdup (id));
  self->stranded_until_ms = 0;
}

static void
pulled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Work *work = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrPull) pull = cr_pull_flow_run_finish (CR_PULL_FLOW (source), result, &error);

  /* A person may cancel a pull between its being listed and its start: then there is nothing to do.
   */
  if (g_error_matches (error, CR_ERROR, CR_ERROR_CONFLICT))
    g_info ("Pull %s had ended before it began", work->id);
  else if (pull == NULL)
    {
      g_warning ("Pull %s stopped: %s", work->id, error->message);
      strand (work->scheduler, work->id, error);
    }
  else if (pull->status == CR_PULL_RUNNING)
    begin_again (work->scheduler, work->id);
  else
    {
      tell_keyring (work->scheduler, pull->waiting_for, pull->error_code, pull->error_message);
      tell_storage (work->scheduler, pull->waiting_for, pull->error_code, pull->error_message);
    }
  end_work (work);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Work *work = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrExportRun) run = cr_export_flow_run_finish (CR_EXPORT_FLOW (source), result, &error);

  if (run != NULL && run->status == CR_RUN_RUNNING)
    begin_again (work->scheduler, work->id);
  if (run == NULL)
    {
      g_warning ("Export run %s stopped: %s", work->id, error->message);
      if (!g_error_matches (error, CR_ERROR, CR_ERROR_CONFLICT))
        strand (work->scheduler, work->id, error);
    }
  else
    tell_keyring (work->scheduler, run->waiting_for, run->error_code, run->error_message);
  if (run != NULL && run->is_withdrawal)
    g_signal_emit (work->scheduler, withdrawn_signal, 0);
  end_work (work);
}

static Work *
begin_work (CrScheduler *self, const char *id, const char *lane)
{
  Work *work = g_new0 (Work, 1);

  work->scheduler = g_object_ref (self);
  work->id = g_strdup (id);
  g_hash_table_remove (self->stranded, id);
  work->lane = g_strdup (lane);
  work->cancellable = g_cancellable_new ();
  g_hash_table_insert (self->work, work->id, work);
  g_hash_table_add (self->lanes, work->lane);
  return work;
}

static void
start_pull (CrScheduler *self, CrDue *due)
{
  CrPullParts parts = { .store = self->parts.store,
                        .client = self->parts.client,
                        .changes = self->parts.changes,
                        .clock = self->parts.clock,
                        .pull = due->pull,
                        .connection = due->connection,
                        .source = due->source,
                        .per_minute = due->per_minute,
                        .gates = self->gates };
  g_autoptr (CrToken) token =
      cr_tokens_for (self->parts.tokens, due->connection->id, due->source->fhir_base_url);
  Work *work = begin_work (self, due->pull->id, due->connection->id);

  parts.token = token;
  work->pull = cr_pull_flow_new (&parts);
  self->n_pulls++;
  cr_pull_flow_run_async (work->pull, work->cancellable, pulled_cb, work);
}

static void
start_run (CrScheduler *self, CrDue *due)
{
  CrExportParts parts = { .store = self->parts.store,
                          .client = self->parts.client,
                          .vault = self->parts.vault,
                          .changes = self->parts.changes,
                          .clock = self->parts.clock,
                          .run = due->run,
                          .destination = due->destination,
                          .uploads = self->parts.uploads };
  Work *work = begin_work (self, due->run->id, due->destination->id);

  work->run = cr_export_flow_new (&parts);
  self->n_runs++;
  cr_export_flow_run_async (work->run, work->cancellable, exported_cb, work);
}

static void
start (CrScheduler *self, CrDue *due)
{
  const char *lane = due->pull != NULL ? due->connection->id : due->destination->id;

  if (self->n_pauses > 0 || self->is_asleep || g_hash_table_contains (self->lanes, lane))
    return;
  if (due->pull != NULL && self->n_pulls < MAX_PULLS)
    start_pull (self, due);
  else if (due->run != NULL && self->n_runs < MAX_RUNS)
    start_run (self, due);
}

static gboolean
timer_cb (gpointer user_data)
{
  CrScheduler *self = user_data;

  self->timer_id = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

static void
sleep_until (CrScheduler *self, gint64 next_ms)
{
  gint64 wait_ms = LONGEST_SLEEP_MS;

  if (next_ms > 0)
    wait_ms = CLAMP (next_ms - self->parts.clock (), 50, LONGEST_SLEEP_MS);
  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->timer_id = g_timeout_add ((guint) wait_ms, timer_cb, self);
}

static gint64
next_look_ms (CrScheduler *self, CrLookAnswer *answer)
{
  gint64 next_ms = answer != NULL ? answer->next_ms : 0;

  if (g_hash_table_size (self->stranded) > 0 && (next_ms == 0 || self->stranded_until_ms < next_ms))
    next_ms = self->stranded_until_ms;
  return next_ms;
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrScheduler) self = user_data;
  g_autoptr (GError) error = NULL;
  CrLookAnswer *answer = cr_store_write_finish (CR_STORE (source), result, &error);

  self->is_looking = FALSE;
  if (answer == NULL)
    g_warning ("The schedule could not be read: %s", error->message);
  if (answer != NULL && answer->outages != NULL && self->outages != NULL)
    {
      self->has_looked = TRUE;
      cr_outage_book_restore (self->outages, answer->outages);
    }
  if (answer != NULL)
    cr_look_answer_tell (answer, self->parts.changes);
  if (self->is_closing)
    finish_closing (self);
  else
    {
      for (guint i = 0; answer != NULL && i < answer->due->len; i++)
        start (self, g_ptr_array_index (answer->due, i));
      if (answer != NULL && answer->to_ask != NULL)
        cr_time_asking_begin (self->asking, answer->to_ask);
      sleep_until (self, next_look_ms (self, answer));
      if (self->must_look_again)
        cr_scheduler_wake (self);
    }
  g_clear_pointer (&answer, cr_look_answer_free);
}

static GStrv
list_stranded (CrScheduler *self)
{
  g_autofree gpointer *ids = g_hash_table_get_keys_as_array (self->stranded, NULL);

  return g_strdupv ((char **) ids);
}

/* A clock that was set leaves what waits for a time far away, or all of it due at once; what waits
 * for the world outside may find it back, as some sleeps look like this. */
static gboolean
find_jump (CrScheduler *self)
{
  CrWakeOrder order = { .network = TRUE, .shift_ms = cr_clock_jump_find (&self->jump) };

  if (order.shift_ms == 0)
    return FALSE;

  g_message ("The clock went %s by %" G_GINT64_FORMAT " s", order.shift_ms < 0 ? "back" : "forward",
             ABS (order.shift_ms) / 1000);
  order_wake (self, &order);
  return TRUE;
}

static void
look (CrScheduler *self)
{
  CrSkew *skew = cr_client_get_skew (self->parts.client);
  CrLookQuestion *question;

  if (self->is_closing || self->is_asleep || find_jump (self))
    return;
  if (self->is_looking)
    {
      self->must_look_again = TRUE;
      return;
    }

  self->is_looking = TRUE;
  self->must_look_again = FALSE;
  question = g_new0 (CrLookQuestion, 1);
  question->now_ms = self->parts.clock ();
  question->is_sure = cr_skew_look (skew) == CR_SKEW_FINE;
  question->true_ms = cr_skew_now_ms (skew);
  question->is_first = !self->has_looked;
  question->no_schedule = self->parts.no_schedule;
  if (self->stranded_until_ms <= question->now_ms)
    question->stranded = list_stranded (self);
  cr_store_write_async (self->parts.store, CR_WRITE_FAST, cr_look_func, question,
                        cr_look_question_free, cr_look_answer_free, NULL, looked_cb,
                        g_object_ref (self));
}

static void
cr_scheduler_finalize (GObject *object)
{
  CrScheduler *self = CR_SCHEDULER (object);

  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_clear_pointer (&self->outages, cr_outage_book_free);
  g_clear_pointer (&self->gates, cr_source_gates_unref);
  g_clear_pointer (&self->asking, cr_time_asking_free);
  g_hash_table_unref (self->lanes);
  g_hash_table_unref (self->work);
  g_hash_table_unref (self->stranded);
  g_clear_error (&self->storage_error);
  g_clear_object (&self->parts.store);
  g_clear_object (&self->parts.vault);
  g_clear_object (&self->parts.client);
  g_clear_object (&self->parts.tokens);
  g_clear_object (&self->parts.changes);
  g_clear_object (&self->parts.uploads);

  G_OBJECT_CLASS (cr_scheduler_parent_class)->finalize (object);
}

static void
cr_scheduler_class_init (CrSchedulerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_scheduler_finalize;

  keyring_signal = g_signal_new ("keyring", CR_TYPE_SCHEDULER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  storage_signal = g_signal_new ("storage", CR_TYPE_SCHEDULER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  withdrawn_signal = g_signal_new ("withdrawn", CR_TYPE_SCHEDULER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
cr_scheduler_init (CrScheduler *self)
{
  self->work = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, work_free);
  self->lanes = g_hash_table_new (g_str_hash, g_str_equal);
  self->stranded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

CrScheduler *
cr_scheduler_new (const CrSchedulerParts *parts)
{
  CrScheduler *self = g_object_new (CR_TYPE_SCHEDULER, NULL);

  self->parts = *parts;
  self->gates = cr_source_gates_new (parts->boot_clock);
  self->outages = cr_outage_book_new (self->gates, parts->store, parts->changes, parts->clock,
                                      (void (*) (gpointer)) cr_scheduler_wake, self);
  self->asking = cr_time_asking_new (parts->client);
  cr_clock_jump_init (&self->jump, parts->clock, parts->boot_clock);
  g_object_ref (parts->store);
  g_object_ref (parts->vault);
  g_object_ref (parts->client);
  g_object_ref (parts->tokens);
  g_object_ref (parts->changes);
  g_object_ref (parts->uploads);
  g_signal_connect_object (parts->changes, "changed", G_CALLBACK (changed_cb), self, 0);
  g_signal_connect_object (cr_client_get_skew (parts->client), "changed",
                           G_CALLBACK (cr_scheduler_wake), self, G_CONNECT_SWAPPED);
  return self;
}

void
cr_scheduler_wake (CrScheduler *self)
{
  g_return_if_fail (CR_IS_SCHEDULER (self));

  if (self->is_closing)
    return;

  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->timer_id = g_timeout_add (0, timer_cb, self);
}

static void
woken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrScheduler) self = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_store_write_finish (CR_STORE (source), result, &error) == NULL)
    g_warning ("Waiting work could not be woken: %s", error->message);
  cr_scheduler_wake (self);
}

static void
order_wake (CrScheduler *self, const CrWakeOrder *order)
{
  cr_store_write_async (self->parts.store, CR_WRITE_FAST, cr_wake_func,
                        g_memdup2 (order, sizeof *order), g_free, NULL, NULL, woken_cb,
                        g_object_ref (self));
}

void
cr_scheduler_keyring_may_answer (CrScheduler *self)
{
  CrWakeOrder order = { .keyring = TRUE };

  g_return_if_fail (CR_IS_SCHEDULER (self));

  order_wake (self, &order);
}

void
cr_scheduler_network_may_answer (CrScheduler *self)
{
  CrWakeOrder order = { .network = TRUE };

  g_return_if_fail (CR_IS_SCHEDULER (self));

  if (self->is_closing)
    return;

  cr_source_gates_forgive (self->gates, NULL);
  order_wake (self, &order);
}

void
cr_scheduler_set_offline (CrScheduler *self, gboolean is_offline)
{
  g_return_if_fail (CR_IS_SCHEDULER (self));

  if (self->outages != NULL)
    cr_outage_book_set_offline (self->outages, is_offline);
  if (!is_offline)
    cr_scheduler_network_may_answer (self);
}

CrSourceGates *
cr_scheduler_get_gates (CrScheduler *self)
{
  g_return_val_if_fail (CR_IS_SCHEDULER (self), NULL);

  return self->gates;
}

static gboolean
cancel_work (CrScheduler *self, const char *id)
{
  Work *work = g_hash_table_lookup (self->work, id);

  if (work == NULL)
    return FALSE;

  if (work->pull != NULL && !work->is_stopping)
    {
      work->is_stopping = TRUE;
      cr_pull_flow_stop (work->pull);
    }
  else
    g_cancellable_cancel (work->cancellable);
  return TRUE;
}

gboolean
cr_scheduler_cancel_pull (CrScheduler *self, const char *pull_id)
{
  g_return_val_if_fail (CR_IS_SCHEDULER (self), FALSE);

  return cancel_work (self, pull_id);
}

gboolean
cr_scheduler_cancel_run (CrScheduler *self, const char *run_id)
{
  g_return_val_if_fail (CR_IS_SCHEDULER (self), FALSE);

  return cancel_work (self, run_id);
}

void
cr_scheduler_pause (CrScheduler *self)
{
  GHashTableIter iter;
  Work *work;

  g_return_if_fail (CR_IS_SCHEDULER (self));

  self->n_pauses++;
  g_hash_table_iter_init (&iter, self->work);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &work))
    if (work->run != NULL)
      cr_export_flow_suspend (work->run);
}

void
cr_scheduler_resume (CrScheduler *self)
{
  g_return_if_fail (CR_IS_SCHEDULER (self));
  g_return_if_fail (self->n_pauses > 0);

  self->n_pauses--;
  cr_scheduler_wake (self);
}

gboolean
cr_scheduler_has_runs (CrScheduler *self)
{
  g_return_val_if_fail (CR_IS_SCHEDULER (self), FALSE);

  return self->n_runs > 0;
}

gboolean
cr_scheduler_pause_run (CrScheduler *self, const char *run_id, gboolean is_paused)
{
  Work *work;

  g_return_val_if_fail (CR_IS_SCHEDULER (self), FALSE);

  work = g_hash_table_lookup (self->work, run_id);
  return work != NULL && work->run != NULL && cr_export_flow_set_paused (work->run, is_paused);
}

gboolean
cr_scheduler_is_idle (CrScheduler *self)
{
  g_return_val_if_fail (CR_IS_SCHEDULER (self), TRUE);

  return g_hash_table_size (self->work) == 0;
}

/* A flow may come to its end while it is told, and take its Work with it. */
static void
suspend_all (CrScheduler *self)
{
  g_autoptr (GPtrArray) flows = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  Work *work;

  g_hash_table_iter_init (&iter, self->work);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &work))
    g_ptr_array_add (flows, work->pull != NULL ? g_object_ref ((gpointer) work->pull)
                                               : g_object_ref ((gpointer) work->run));
  for (guint i = 0; i < flows->len; i++)
    if (CR_IS_PULL_FLOW (g_ptr_array_index (flows, i)))
      cr_pull_flow_suspend (g_ptr_array_index (flows, i));
    else
      cr_export_flow_suspend (g_ptr_array_index (flows, i));
}

void
cr_scheduler_set_asleep (CrScheduler *self, gboolean is_asleep)
{
  g_return_if_fail (CR_IS_SCHEDULER (self));

  if (self->is_asleep == is_asleep || self->is_closing)
    return;

  self->is_asleep = is_asleep;
  if (is_asleep)
    suspend_all (self);
  else
    cr_scheduler_network_may_answer (self);
}

void
cr_scheduler_close_async (CrScheduler *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (CR_IS_SCHEDULER (self));
  g_return_if_fail (!self->is_closing);

  self->is_closing = TRUE;
  cr_time_asking_stop (self->asking);
  self->closing = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->closing, cr_scheduler_close_async);
  g_clear_handle_id (&self->timer_id, g_source_remove);
  suspend_all (self);
  g_clear_pointer (&self->outages, cr_outage_book_free);
  finish_closing (self);
}

void
cr_scheduler_close_finish (CrScheduler *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
