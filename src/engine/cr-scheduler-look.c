/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-scheduler-look.h"

#include "connect/cr-lapse.h"
#include "connect/cr-no-answer.h"
#include "pull/cr-pull-settle.h"
#include "store/cr-connections-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-outages-table.h"
#include "store/cr-pace-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-sources-table.h"

#define MAX_QUEUED 8 /* by one look; the next one goes on */

static void
due_free (gpointer data)
{
  CrDue *due = data;

  g_clear_object (&due->pull);
  g_clear_object (&due->connection);
  g_clear_object (&due->source);
  g_clear_object (&due->run);
  g_clear_object (&due->destination);
  g_free (due);
}

void
cr_look_question_free (gpointer data)
{
  CrLookQuestion *question = data;

  g_strfreev (question->stranded);
  g_free (question);
}

void
cr_look_answer_free (gpointer data)
{
  CrLookAnswer *answer = data;

  g_ptr_array_unref (answer->due);
  g_clear_pointer (&answer->lapsed, g_ptr_array_unref);
  g_clear_pointer (&answer->silent, g_ptr_array_unref);
  g_clear_pointer (&answer->outages, g_ptr_array_unref);
  g_clear_pointer (&answer->to_ask, g_ptr_array_unref);
  g_free (answer);
}

void
cr_look_answer_tell (CrLookAnswer *self, CrChanges *changes)
{
  for (guint i = 0; i < self->lapsed->len; i++)
    cr_told_tell (g_ptr_array_index (self->lapsed, i), changes);
  for (guint i = 0; i < self->silent->len; i++)
    cr_told_tell (g_ptr_array_index (self->silent, i), changes);
  if (self->has_stopped)
    cr_changes_tell (changes, CR_CHANGE_PULL, NULL, NULL);
  if (self->has_forgotten)
    cr_changes_tell (changes, CR_CHANGE_SOURCE, NULL, NULL);
}

static void
note_next (CrLookAnswer *answer, gint64 at_ms)
{
  if (at_ms > 0 && (answer->next_ms == 0 || at_ms < answer->next_ms))
    answer->next_ms = at_ms;
}

/* What comes due in the quiet hours, because they were set since or the computer slept, waits for
 * their end. */
static gboolean
is_put_off (CrDb *db, CrConnection *connection, gint64 now_ms, gboolean *ok, GError **error)
{
  gint64 at_ms = now_ms;
  CrPace pace;

  *ok = cr_pace_table_get (db, connection->source_id, &pace, error);
  if (*ok)
    at_ms = cr_pace_leave_quiet (&pace, connection->id, now_ms);
  if (at_ms > now_ms)
    *ok = cr_connections_table_set_next_pull (db, connection->id, at_ms, error);
  return at_ms > now_ms;
}

static gboolean
queue_scheduled (CrDb *db, CrLookQuestion *question, GError **error)
{
  g_autoptr (GPtrArray) connections =
      cr_connections_table_list_due (db, question->now_ms, MAX_QUEUED, error);

  if (connections == NULL)
    return FALSE;

  for (guint i = 0; i < connections->len; i++)
    {
      CrConnection *connection = g_ptr_array_index (connections, i);
      CrPullTrigger trigger =
          connection->n_retries > 0 ? CR_PULL_TRIGGER_RETRY : CR_PULL_TRIGGER_SCHEDULE;
      g_autoptr (CrPull) pull = cr_pull_new_for (connection, trigger, question->now_ms);
      gboolean ok;

      if (is_put_off (db, connection, question->now_ms, &ok, error))
        continue;
      if (!ok || !cr_pulls_table_add (db, pull, NULL, error) ||
          !cr_connections_table_set_next_pull (db, connection->id, 0, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
is_due (gboolean is_waiting, gint64 until_ms, CrLookQuestion *question, CrLookAnswer *answer)
{
  if (!is_waiting || until_ms <= question->now_ms)
    return TRUE;

  note_next (answer, until_ms);
  return FALSE;
}

static gboolean
is_stranded (CrLookQuestion *question, const char *id)
{
  return question->stranded != NULL &&
         g_strv_contains ((const char *const *) question->stranded, id);
}

static gboolean
find_pulls (CrDb *db, CrLookQuestion *question, CrLookAnswer *answer, GError **error)
{
  g_autoptr (GPtrArray) pulls = cr_pulls_table_list_open (db, error);

  if (pulls == NULL)
    return FALSE;

  for (guint i = 0; i < pulls->len; i++)
    {
      CrPull *pull = g_ptr_array_index (pulls, i);
      CrDue *due;

      if ((pull->status == CR_PULL_RUNNING && !is_stranded (question, pull->id)) ||
          !is_due (pull->status == CR_PULL_WAITING, pull->wait_until_ms, question, answer))
        continue;

      /* Stopped before a crash, or before a sleep. */
      if (pull->is_stopping)
        {
          if (!cr_pull_settle_cancelled (db, pull, question->now_ms, error))
            return FALSE;
          answer->has_stopped = TRUE;
          continue;
        }

      due = g_new0 (CrDue, 1);
      g_ptr_array_add (answer->due, due);
      due->pull = g_object_ref (pull);
      due->connection = cr_connections_table_get (db, pull->connection_id, error);
      due->source = cr_sources_table_get (db, pull->source_id, error);
      if (due->connection == NULL || due->source == NULL)
        return FALSE;
      due->per_minute = cr_pace_table_per_minute (db, pull->source_id);
    }

  return TRUE;
}

static gboolean
find_runs (CrDb *db, CrLookQuestion *question, CrLookAnswer *answer, GError **error)
{
  g_autoptr (GHashTable) paused = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) runs = NULL;
  gint64 next_ms = 0;

  if (!cr_runs_table_queue_retries (db, question->now_ms, &next_ms, error))
    return FALSE;
  note_next (answer, next_ms);
  runs = cr_runs_table_list_open (db, error);
  if (runs == NULL)
    return FALSE;

  for (guint i = 0; i < runs->len; i++)
    {
      CrExportRun *run = g_ptr_array_index (runs, i);

      if (run->waiting_for == CR_WAIT_PAUSED)
        g_hash_table_add (paused, run->destination_id);
    }
  for (guint i = 0; i < runs->len; i++)
    {
      CrExportRun *run = g_ptr_array_index (runs, i);
      CrDue *due;

      /* What comes after a paused run waits with it: it would send what that one has planned. */
      if (g_hash_table_contains (paused, run->destination_id) ||
          (run->status == CR_RUN_RUNNING && !is_stranded (question, run->id)) ||
          !is_due (run->status == CR_RUN_WAITING, run->wait_until_ms, question, answer))
        continue;

      due = g_new0 (CrDue, 1);
      g_ptr_array_add (answer->due, due);
      due->run = g_object_ref (run);
      due->destination = cr_destinations_table_get (db, run->destination_id, error);
      if (due->destination == NULL)
        return FALSE;
    }

  return TRUE;
}

/* Access that ended by its date; not while nobody knows what day it is. */
static gboolean
end_access (CrDb *db, CrLookQuestion *question, CrLookAnswer *answer, GError **error)
{
  if (question->is_sure)
    {
      answer->lapsed = cr_lapse_ended (db, question->now_ms, error);
      return answer->lapsed != NULL;
    }

  answer->lapsed = g_ptr_array_new ();
  answer->to_ask = cr_lapse_list_to_ask (db, MAX (question->now_ms, question->true_ms), error);
  return answer->to_ask != NULL;
}

static gboolean
is_awaited (CrWakeOrder *order, CrWaitReason reason)
{
  return (order->keyring && reason == CR_WAIT_KEYRING_LOCKED) ||
         (order->network && (reason == CR_WAIT_OFFLINE || reason == CR_WAIT_SOURCE_OUTAGE));
}

gpointer
cr_wake_func (CrDb *db, gpointer data, GError **error)
{
  CrWakeOrder *order = data;
  g_autoptr (GPtrArray) pulls = NULL;
  g_autoptr (GPtrArray) runs = NULL;

  if ((order->shift_ms != 0 && !cr_pace_table_shift (db, order->shift_ms, error)) ||
      (pulls = cr_pulls_table_list_open (db, error)) == NULL ||
      (runs = cr_runs_table_list_open (db, error)) == NULL)
    return NULL;

  for (guint i = 0; i < pulls->len; i++)
    {
      CrPull *pull = g_ptr_array_index (pulls, i);

      if (pull->status != CR_PULL_WAITING || !is_awaited (order, pull->waiting_for))
        continue;
      pull->wait_until_ms = 0;
      if (!cr_pulls_table_save (db, pull, error))
        return NULL;
    }
  for (guint i = 0; i < runs->len; i++)
    {
      CrExportRun *run = g_ptr_array_index (runs, i);

      if (run->status != CR_RUN_WAITING || !is_awaited (order, run->waiting_for))
        continue;
      run->wait_until_ms = 0;
      if (!cr_runs_table_save (db, run, error))
        return NULL;
    }

  return order;
}

/* Of one that nobody waits for nobody finds out whether it is over. */
static gboolean
look_at_outages (CrDb *db, CrLookQuestion *question, CrLookAnswer *answer, GError **error)
{
  int n_forgotten = cr_outages_table_forget (db, error);

  answer->has_forgotten = n_forgotten > 0;
  if (n_forgotten >= 0 && question->is_first)
    answer->outages = cr_outages_table_list (db, error);
  return n_forgotten >= 0 && (!question->is_first || answer->outages != NULL);
}

gpointer
cr_look_func (CrDb *db, gpointer data, GError **error)
{
  CrLookQuestion *question = data;
  CrLookAnswer *answer = g_new0 (CrLookAnswer, 1);

  answer->due = g_ptr_array_new_with_free_func (due_free);
  if (end_access (db, question, answer, error))
    answer->silent = cr_no_answer_settle (db, question->now_ms, error);
  if (answer->silent == NULL ||
      (!question->no_schedule && !queue_scheduled (db, question, error)) ||
      !find_pulls (db, question, answer, error) || !find_runs (db, question, answer, error) ||
      !look_at_outages (db, question, answer, error))
    {
      cr_look_answer_free (answer);
      return NULL;
    }

  note_next (answer, cr_sessions_table_next_expiry_ms (db, NULL));
  note_next (answer, cr_attempts_table_next_end_ms (db, NULL));
  if (!question->no_schedule)
    note_next (answer, cr_connections_table_next_due_ms (db, NULL));
  return answer;
}
