/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "export/cr-object-sender.h"

/* Parts that were on their way may come after an abort, so that it is looked again. */
#define MAX_ROUNDS 5
#define FIRST_WAIT_MS 100
#define LATE_MS 1000
/* What was asked for just before its engine was killed may begin after we looked. */
#define YOUNG_MS (10 * 1000)

typedef struct
{
  char *key;      /* (owned) */
  char *known;    /* (owned) (nullable): how the storage called it */
  GPtrArray *ids; /* (owned) (nullable): of char *: still to be aborted */
  char *id;       /* (owned) (nullable): the one in hand */
  CrObjectVerb verb;
  gint64 begun_ms;
  guint n_rounds;
  gboolean was_found;
  gboolean is_late; /* what may come late has had its time */
  gboolean lists;   /* what is there; else only the one that is known can be asked for */
} Clean;

static void
clean_free (gpointer data)
{
  Clean *self = data;

  g_free (self->key);
  g_free (self->known);
  g_clear_pointer (&self->ids, g_ptr_array_unref);
  g_free (self->id);
  g_free (self);
}

static void call (GTask *task, CrObjectVerb verb);

/* Takes @task. */
static void
finish (GTask *task)
{
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* Takes @task and @error. */
static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

static gboolean
again_cb (gpointer user_data)
{
  GTask *task = user_data;
  Clean *self = g_task_get_task_data (task);

  call (task, self->lists ? CR_OBJECT_UPLOADS : CR_OBJECT_ABORT);
  return G_SOURCE_REMOVE;
}

/* Takes @task. */
static void
look_again (GTask *task, guint wait_ms)
{
  Clean *self = g_task_get_task_data (task);
  g_autoptr (GSource) source = NULL;

  if (self->n_rounds >= MAX_ROUNDS)
    {
      fail (task, g_error_new_literal (CR_ERROR, CR_ERROR_BUSY,
                                       "The storage says that they are gone, and then that they "
                                       "are there"));
      return;
    }

  source = g_timeout_source_new (wait_ms);
  g_source_set_callback (source, again_cb, task, NULL);
  g_source_attach (source, g_task_get_context (task));
}

/* Takes @task. Nothing is there; what was on its way may still come, also to what was aborted
 * before by whoever took up the same file. */
static void
look_for_late (GTask *task)
{
  Clean *self = g_task_get_task_data (task);

  if (!self->is_late)
    {
      self->is_late = TRUE;
      look_again (task, LATE_MS);
    }
  else
    finish (task);
}

/* Takes @task. */
static void
abort_next (GTask *task)
{
  Clean *self = g_task_get_task_data (task);

  g_clear_pointer (&self->id, g_free);
  if (self->ids->len == 0)
    {
      look_again (task, FIRST_WAIT_MS << self->n_rounds);
      return;
    }

  self->id = g_ptr_array_steal_index_fast (self->ids, 0);
  call (task, CR_OBJECT_ABORT);
}

static gboolean
is_too_young (CrObjectSender *sender, Clean *self)
{
  gint64 age_ms = cr_object_sender_now_ms (sender) - self->begun_ms;

  return !self->was_found && self->known == NULL && age_ms >= 0 && age_ms < YOUNG_MS;
}

/* Takes @task. Whoever works on it here has begun it anew: the list may hold that too. */
static void
listed (GTask *task, const CrReply *reply)
{
  Clean *self = g_task_get_task_data (task);
  CrObjectSender *sender = g_task_get_source_object (task);
  CrUploads *uploads = cr_object_sender_get_uploads (sender);
  const char *destination_id = cr_object_sender_get_destination (sender)->id;

  g_clear_pointer (&self->ids, g_ptr_array_unref);
  self->ids = cr_object_sender_get_dialect (sender)->read_uploads (self->key, reply);
  self->lists = TRUE;
  self->was_found |= self->ids->len > 0;
  self->n_rounds++;
  if (uploads != NULL && cr_uploads_is_under_way (uploads, destination_id, self->key))
    fail (task, g_error_new_literal (CR_ERROR, CR_ERROR_IN_USE, "The file is being written"));
  else if (self->ids->len > 0)
    abort_next (task);
  else if (is_too_young (sender, self))
    fail (task, g_error_new_literal (CR_ERROR, CR_ERROR_IN_USE,
                                     "The storage may still be told to begin the file"));
  else
    look_for_late (task);
}

/* Takes @task. */
static void
begin_known (GTask *task)
{
  Clean *self = g_task_get_task_data (task);

  self->id = g_strdup (self->known);
  self->was_found = TRUE;
  call (task, CR_OBJECT_ABORT);
}

/* Takes @task. */
static void
aborted (GTask *task)
{
  Clean *self = g_task_get_task_data (task);

  if (self->lists)
    abort_next (task);
  else
    call (task, CR_OBJECT_PARTS);
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrObjectSender *sender = CR_OBJECT_SENDER (source);
  Clean *self = g_task_get_task_data (task);
  CrObjectCall done = { .verb = self->verb, .key = self->key };
  const char *words = self->verb == CR_OBJECT_ABORT ? CR_SAID ("abort unfinished uploads")
                                                    : CR_SAID ("list unfinished uploads");
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_object_sender_call_finish (sender, result, &error);
  guint status = reply != NULL ? reply->status : 0;
  gboolean ok = reply != NULL && cr_object_sender_check (sender, &done, reply, words, &error);
  gboolean is_refused = status >= 400 && status < 500;

  if (self->verb == CR_OBJECT_UPLOADS && ok)
    listed (task, reply);
  else if (self->verb == CR_OBJECT_UPLOADS && (is_refused || status == 501) &&
           self->known != NULL && !self->lists)
    begin_known (task);
  else if (self->verb == CR_OBJECT_ABORT && (ok || status == 404))
    aborted (task);
  /* Whoever may not list parts may still abort, and was told that it is done. */
  else if (self->verb == CR_OBJECT_PARTS && is_refused)
    look_for_late (task);
  else if (self->verb == CR_OBJECT_PARTS && ok)
    {
      self->n_rounds++;
      look_again (task, FIRST_WAIT_MS << self->n_rounds);
    }
  else
    {
      fail (task, g_steal_pointer (&error));
      return;
    }
  g_clear_error (&error);
}

/* Takes @task. */
static void
call (GTask *task, CrObjectVerb verb)
{
  Clean *self = g_task_get_task_data (task);
  CrObjectCall what = { .verb = verb, .key = self->key, .upload = self->id };

  self->verb = verb;
  cr_object_sender_call_async (g_task_get_source_object (task), &what,
                               g_task_get_cancellable (task), called_cb, task);
}

/**
 * cr_object_clean_async:
 *
 * Aborts what the storage lists under exactly this name, until it lists nothing; where it does not
 * list, what it called the file when it was begun. CR_ERROR_IN_USE: not to be touched now.
 * Source: Amazon S3 API Reference, ListMultipartUploads, AbortMultipartUpload, ListParts
 */
void
cr_object_clean_async (CrSender *sender,
                       const CrUploadNote *note,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (sender, cancellable, callback, user_data);
  Clean *self = g_new0 (Clean, 1);

  self->key = g_strdup (note->key);
  self->known = g_strdup (note->upload);
  self->begun_ms = note->begun_ms;
  g_task_set_source_tag (task, cr_object_clean_async);
  g_task_set_task_data (task, self, clean_free);
  if (cr_object_sender_get_dialect (CR_OBJECT_SENDER (sender))->read_uploads != NULL)
    call (task, CR_OBJECT_UPLOADS);
  else
    finish (task);
}
