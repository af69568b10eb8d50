/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-uploads.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "export/cr-sender.h"
#include "store/cr-log-tables.h"
#include "store/cr-uploads-table.h"

#include <string.h>

/* For one file: a storage that does not answer is asked again later. */
#define PATIENCE_S 10
#define SOON_MS (10 * 1000)
#define LOOK_AGAIN_MS 200
#define FIRST_WAIT_MS (30 * 1000)
#define LONGEST_WAIT_MS (6 * 60 * 60 * 1000)
/* After that credentials of a destination that was removed are no longer kept for it. */
#define KEPT_MS (7 * 24 * 60 * 60 * (gint64) 1000)
#define LONGEST_SLEEP_S (10 * 60)

typedef struct
{
  char *destination_id; /* (owned) (nullable) */
  GPtrArray *notes;     /* (owned) (nullable): of CrUploadNote */
  guint n_seen;
  GHashTable *silent;       /* (owned): ids of destinations → why they are asked no more now */
  const CrSenderKind *kind; /* of the one in hand */
  GCancellable *patience;   /* (owned) (nullable) */
  guint patience_id;
  gulong closing_id;
  gboolean is_out_of_time;
  gint64 until_us; /* monotonic: until then what is being written is waited for */
  char *rest;      /* (owned) (nullable): what is still there */
} Cleaning;

static void
cleaning_free (gpointer data)
{
  Cleaning *self = data;

  g_free (self->destination_id);
  g_clear_pointer (&self->notes, g_ptr_array_unref);
  g_hash_table_unref (self->silent);
  g_clear_object (&self->patience);
  g_free (self->rest);
  g_free (self);
}

static void do_next (GTask *task);

static CrUploadNote *
current (GTask *task)
{
  Cleaning *self = g_task_get_task_data (task);

  return g_ptr_array_index (self->notes, self->n_seen - 1);
}

/* What became of one --------------------------------------------------------------------------- */

typedef struct
{
  gint64 n;
  char *destination_id; /* (owned) */
  char *message;        /* (owned) (nullable): what is still there */
  gint64 next_ms;
  gint64 now_ms;
  gboolean is_over; /* it is gone, or given up */
  gboolean is_given_up;
} Outcome;

static void
outcome_free (gpointer data)
{
  Outcome *self = data;

  g_free (self->destination_id);
  g_free (self->message);
  g_free (self);
}

static gpointer
settle_func (CrDb *db, gpointer data, GError **error)
{
  Outcome *self = data;
  g_autoptr (CrAuditEntry) entry = NULL;

  if (!self->is_over)
    return cr_uploads_table_postpone (db, self->n, self->next_ms, self->message, error) ? CR_DONE
                                                                                        : NULL;
  if (!cr_uploads_table_strike (db, self->n, error))
    return NULL;
  if (!self->is_given_up)
    return CR_DONE;

  entry = cr_audit_entry_new (NULL, "destination.rest", self->destination_id, self->message,
                              self->now_ms);
  return cr_audit_table_add (db, entry, error) ? CR_DONE : NULL;
}

static char *
say_place (CrDestination *destination)
{
  const char *bucket = cr_destination_get (destination, "bucket");
  const char *prefix = cr_destination_get (destination, "prefix");

  return prefix != NULL && prefix[0] != '\0' ? g_strdup_printf ("%s/%s", bucket, prefix)
                                             : g_strdup (bucket);
}

static gboolean
needs_person (const GError *error)
{
  return !cr_error_is_retryable (error) && !cr_error_is_keyring (error);
}

static char *
say (const CrUploadNote *note, const GError *error, gboolean is_given_up)
{
  g_autofree char *place = say_place (note->destination);
  g_autofree char *why = g_strdup (error->message);

  if (g_str_has_suffix (why, "."))
    why[strlen (why) - 1] = '\0';
  if (is_given_up)
    return g_strdup_printf (
        CR_SAID ("Parts of a file that was never finished remain in “%s”, and with the destination "
                 "removed nobody here can take them away: %s. Abort the unfinished multipart "
                 "uploads there, or give the bucket a lifecycle rule that does so after a day."),
        place, why);
  if (note->removed_ms > 0)
    return g_strdup_printf (
        CR_SAID ("Parts of a file that was never finished are still in “%s”: %s. It is tried again "
                 "for a week; until then the keyring keeps what the destination signed in with."),
        place, why);
  if (needs_person (error))
    return g_strdup_printf (
        CR_SAID ("Parts of a file that was never finished are still in “%s”: %s. Allow the key to "
                 "list and abort multipart uploads, or give the bucket a lifecycle rule that "
                 "aborts them after a day."),
        place, why);

  return g_strdup_printf (CR_SAID ("Parts of a file that was never finished are still in “%s”: %s. "
                                   "It is tried again."),
                          place, why);
}

static gint64
wait_ms (const CrUploadNote *note)
{
  return MIN ((gint64) FIRST_WAIT_MS << MIN (note->attempts, 16), LONGEST_WAIT_MS);
}

static void
settled_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (cr_store_write_finish (CR_STORE (store), result, &error) == NULL &&
      !cr_error_is_cancelled (error))
    g_warning ("What became of an unfinished upload was not kept: %s", error->message);
  cr_changes_tell (self->changes, CR_CHANGE_DESTINATION, current (task)->destination->id, NULL);
  do_next (task);
}

static gboolean
look_again_cb (gpointer user_data)
{
  do_next (user_data);
  return G_SOURCE_REMOVE;
}

/* Takes @task. @error: (nullable): why it is still there */
static void
settle (GTask *task, const GError *error)
{
  CrEngine *self = g_task_get_source_object (task);
  Cleaning *cleaning = g_task_get_task_data (task);
  const CrUploadNote *note = current (task);
  gboolean is_in_use = g_error_matches (error, CR_ERROR, CR_ERROR_IN_USE);
  Outcome *outcome;

  if (is_in_use && g_get_monotonic_time () < cleaning->until_us)
    {
      cleaning->n_seen--;
      g_timeout_add (LOOK_AGAIN_MS, look_again_cb, task);
      return;
    }

  outcome = g_new0 (Outcome, 1);
  outcome->n = note->n;
  outcome->destination_id = g_strdup (note->destination->id);
  outcome->now_ms = self->clock ();
  outcome->next_ms = outcome->now_ms + (is_in_use ? SOON_MS : wait_ms (note));
  outcome->is_given_up = error != NULL && !is_in_use && note->removed_ms > 0 &&
                         (needs_person (error) || outcome->now_ms - note->removed_ms > KEPT_MS);
  outcome->is_over = error == NULL || outcome->is_given_up;
  if (error != NULL && !is_in_use)
    {
      outcome->message = say (note, error, outcome->is_given_up);
      g_hash_table_insert (cleaning->silent, g_strdup (note->destination->id),
                           g_error_copy (error));
      g_free (cleaning->rest);
      cleaning->rest = g_strdup (outcome->message);
      g_message ("An unfinished upload of %s stays: %s", note->destination->id, error->message);
    }
  cr_store_write_async (self->store, CR_WRITE_SURE, settle_func, outcome, outcome_free, NULL, NULL,
                        settled_cb, task);
}

/* Doing it ------------------------------------------------------------------------------------- */

static void
end_patience (Cleaning *self, CrEngine *engine)
{
  g_clear_handle_id (&self->patience_id, g_source_remove);
  g_cancellable_disconnect (engine->cancellable, self->closing_id);
  self->closing_id = 0;
  g_clear_object (&self->patience);
}

static void
cleaned_cb (GObject *sender, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  Cleaning *cleaning = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  g_task_propagate_boolean (G_TASK (result), &error);
  end_patience (cleaning, self);
  if (self->is_closing)
    {
      do_next (task);
      return;
    }
  if (error != NULL && cleaning->is_out_of_time)
    {
      g_clear_error (&error);
      error = g_error_new_literal (CR_ERROR, CR_ERROR_OFFLINE, "The storage does not answer");
    }
  settle (task, error);
}

static gboolean
impatient_cb (gpointer user_data)
{
  Cleaning *self = user_data;

  self->patience_id = 0;
  self->is_out_of_time = TRUE;
  g_cancellable_cancel (self->patience);
  return G_SOURCE_REMOVE;
}

static void
closing_cb (GCancellable *cancellable, GCancellable *patience)
{
  g_cancellable_cancel (patience);
}

/* Takes @task. */
static void
clean (GTask *task, GHashTable *secrets)
{
  CrEngine *self = g_task_get_source_object (task);
  Cleaning *cleaning = g_task_get_task_data (task);
  const CrUploadNote *note = current (task);
  CrSenderParts parts = { self->client, self->clock, note->destination, secrets, self->uploads };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrSender) sender = cleaning->kind->make (&parts, &error);

  if (sender == NULL || CR_SENDER_GET_CLASS (sender)->clean_async == NULL)
    {
      settle (task, error);
      return;
    }

  cleaning->patience = g_cancellable_new ();
  cleaning->is_out_of_time = FALSE;
  cleaning->patience_id = g_timeout_add_seconds (PATIENCE_S, impatient_cb, cleaning);
  cleaning->closing_id = g_cancellable_connect (self->cancellable, G_CALLBACK (closing_cb),
                                                g_object_ref (cleaning->patience), g_object_unref);
  CR_SENDER_GET_CLASS (sender)->clean_async (sender, note, cleaning->patience, cleaned_cb, task);
}

static void
got_secrets_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) secrets = cr_sender_secrets_finish (result, &error);

  if (secrets != NULL)
    clean (task, secrets);
  else if (cr_error_is_cancelled (error))
    do_next (task);
  else
    settle (task, error);
}

static gboolean
timer_cb (gpointer user_data)
{
  CrEngine *self = user_data;

  self->cleaning_timer = 0;
  cr_engine_go_on_cleaning (self, NULL);
  return G_SOURCE_REMOVE;
}

static void
next_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrEngine) self = user_data;
  g_autofree gint64 *next_ms = cr_store_read_finish (CR_STORE (store), result, NULL);
  gint64 wait_s;

  if (self->is_closing || next_ms == NULL || *next_ms <= 0)
    return;

  wait_s = (*next_ms - self->clock ()) / 1000 + 1;
  g_clear_handle_id (&self->cleaning_timer, g_source_remove);
  self->cleaning_timer =
      g_timeout_add_seconds ((guint) CLAMP (wait_s, 1, LONGEST_SLEEP_S), timer_cb, self);
}

static gpointer
next_func (CrDb *db, gpointer data, GError **error)
{
  gint64 next_ms = cr_uploads_table_next_ms (db, error);

  return next_ms >= 0 ? g_memdup2 (&next_ms, sizeof next_ms) : NULL;
}

/* Takes @task. The credentials of what was removed may go when the last of it is gone. */
static void
end (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  Cleaning *cleaning = g_task_get_task_data (task);
  gboolean had_removed = FALSE;

  for (guint i = 0; i < cleaning->notes->len; i++)
    had_removed |= ((CrUploadNote *) g_ptr_array_index (cleaning->notes, i))->removed_ms > 0;
  if (!self->is_closing && (had_removed || cleaning->notes->len == 0))
    cr_engine_go_on_removing (self);
  if (!self->is_closing && cleaning->notes->len > 0)
    cr_store_read_async (self->store, CR_READ_SCREEN, next_func, NULL, NULL, g_free, NULL, next_cb,
                         g_object_ref (self));
  g_task_return_pointer (task, g_steal_pointer (&cleaning->rest), g_free);
  g_object_unref (task);
}

/* Takes @task. */
static void
do_next (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  Cleaning *cleaning = g_task_get_task_data (task);
  const CrUploadNote *note;
  const GError *silent;

  if (self->is_closing || cleaning->n_seen == cleaning->notes->len)
    {
      end (task);
      return;
    }

  note = g_ptr_array_index (cleaning->notes, cleaning->n_seen++);
  silent = g_hash_table_lookup (cleaning->silent, note->destination->id);
  cleaning->kind = cr_sender_kind_find (note->destination->kind);
  if (cr_uploads_is_under_way (self->uploads, note->destination->id, note->key))
    {
      g_autoptr (GError) error = g_error_new_literal (CR_ERROR, CR_ERROR_IN_USE, "In hand");

      settle (task, error);
    }
  else if (silent != NULL)
    settle (task, silent);
  else if (cleaning->kind == NULL)
    settle (task, NULL);
  else
    /* Nobody may be there to unlock the keyring. */
    cr_sender_secrets_async (self->vault, cleaning->kind, note->destination, TRUE,
                             self->cancellable, got_secrets_cb, task);
}

static void
listed_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Cleaning *cleaning = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  cleaning->notes = cr_store_read_finish (CR_STORE (store), result, &error);
  if (cleaning->notes == NULL)
    {
      if (!cr_error_is_cancelled (error))
        g_warning ("Unfinished uploads could not be listed: %s", error->message);
      cleaning->notes = g_ptr_array_new ();
    }
  do_next (task);
}

typedef struct
{
  char *destination_id; /* (owned) (nullable) */
  gint64 due_ms;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->destination_id);
  g_free (question);
}

static gpointer
list_func (CrDb *db, gpointer data, GError **error)
{
  Question *question = data;

  return cr_uploads_table_list (db, question->destination_id, question->due_ms, error);
}

static void
start (CrEngine *self,
       const char *destination_id,
       gint64 due_ms,
       guint patience_s,
       GAsyncReadyCallback callback,
       gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_clean_async, NULL, callback, user_data);
  Cleaning *cleaning = g_new0 (Cleaning, 1);
  Question *question = g_new0 (Question, 1);

  cleaning->silent =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_error_free);
  cleaning->until_us = g_get_monotonic_time () + patience_s * G_USEC_PER_SEC;
  g_task_set_task_data (task, cleaning, cleaning_free);
  question->destination_id = g_strdup (destination_id);
  question->due_ms = due_ms;
  cr_store_read_async (self->store, CR_READ_SCREEN, list_func, question, question_free,
                       (GDestroyNotify) g_ptr_array_unref, NULL, listed_cb, task);
}

void
cr_engine_clean_async (CrEngine *self,
                       const char *destination_id,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  start (self, destination_id, G_MAXINT64, PATIENCE_S, callback, user_data);
}

char *
cr_engine_clean_finish (CrEngine *self, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

void
cr_engine_go_on_cleaning (CrEngine *self, const char *destination_id)
{
  start (self, destination_id, destination_id != NULL ? G_MAXINT64 : self->clock (), 0, NULL, NULL);
}

static void
left_cb (CrUploads *uploads, CrEngine *self)
{
  if (!self->is_closing)
    cr_engine_go_on_cleaning (self, NULL);
}

/* What an engine left that was killed is taken away at once. */
void
cr_engine_begin_cleaning (CrEngine *self)
{
  g_signal_connect_object (self->uploads, "left", G_CALLBACK (left_cb), self, 0);
  start (self, NULL, G_MAXINT64, 0, NULL, NULL);
}

static void
clean_before_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  char *rest = cr_engine_clean_finish (CR_ENGINE (engine), result);

  g_object_set_data_full (G_OBJECT (task), "rest", rest, g_free);
  g_task_return_pointer (task, CR_DONE, NULL);
}

void
cr_engine_clean_before (CrEngine *self, const char *destination_id, GTask *task)
{
  cr_engine_clean_async (self, destination_id, clean_before_cb, task);
}

char *
cr_engine_dup_rest (CrEngine *self, GAsyncResult *result)
{
  return g_strdup (g_object_get_data (G_OBJECT (result), "rest"));
}
