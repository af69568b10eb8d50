/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-object-sender.h"

#include "base/cr-said.h"

#include <gnutls/crypto.h>
#include <string.h>

#define WORDS CR_SAID ("write files")
/* Of one file; they share its bytes. */
#define PARTS_AT_ONCE 3
/* A part that was cut off may be there whole, and be noted after the upload was aborted. */
#define LATE_MS 1000
#define MAX_ABORTS 4

/* What one file needs. With @n_parts 0 it goes in one request. */
typedef struct
{
  char *key;          /* (owned) */
  GBytes *body;       /* (owned) */
  char *body_sha256;  /* (owned) (nullable) */
  char *content_type; /* (owned) (nullable) */
  guint n_parts;
  guint n_begun;       /* parts that were sent */
  guint n_out;         /* parts that are on their way */
  guint n_aborts;      /* of this upload, after it failed */
  gboolean was_cut;    /* a part ended without an answer */
  gboolean is_late;    /* what may come late has had its time */
  GPtrArray *left;     /* (owned) (nullable): ids of uploads that an earlier try left behind */
  gboolean is_left;    /* @upload is one of them */
  CrUploadMark *mark;  /* (owned) (nullable): what is written down of it */
  gboolean is_aborted; /* the storage said so */
  char *upload;        /* (owned) (nullable) */
  GPtrArray *tags;     /* (owned): of char *, one a part; NULL until it has arrived */
  CrObjectVerb verb;   /* what is out, other than parts */
  GError *error;       /* (owned) (nullable): why the parts are taken away again */
  gint64 retry_after_ms;
  char *etag; /* (owned) (nullable) */
  char *md5;  /* (owned) (nullable): base64 */
} Upload;

static void
upload_free (Upload *self)
{
  g_free (self->key);
  g_bytes_unref (self->body);
  g_free (self->body_sha256);
  g_free (self->content_type);
  g_clear_pointer (&self->left, g_ptr_array_unref);
  g_clear_pointer (&self->mark, cr_upload_mark_free);
  g_free (self->upload);
  g_ptr_array_unref (self->tags);
  g_clear_error (&self->error);
  g_free (self->etag);
  g_free (self->md5);
  g_free (self);
}

/* One part on its way. */
typedef struct
{
  GTask *task; /* (unowned): it waits for all of its parts */
  guint part;  /* from 1 */
} Part;

static void call (GTask *task, CrObjectVerb verb);
static void send_parts (GTask *task);

static void
settle (Upload *self)
{
  if (self->mark != NULL)
    cr_upload_mark_settle (self->mark);
}

/* Takes @task. Why the file did not arrive counts, not whether tidying worked. */
static void
return_failure (GTask *task)
{
  Upload *self = g_task_get_task_data (task);

  g_clear_pointer (&self->mark, cr_upload_mark_free);
  g_task_return_error (task, g_steal_pointer (&self->error));
  g_object_unref (task);
}

static gboolean
abort_again_cb (gpointer task)
{
  call (task, CR_OBJECT_ABORT);
  return G_SOURCE_REMOVE;
}

static gboolean
look_again_cb (gpointer task)
{
  call (task, CR_OBJECT_PARTS);
  return G_SOURCE_REMOVE;
}

static gboolean
list_cb (gpointer task)
{
  call (task, CR_OBJECT_UPLOADS);
  return G_SOURCE_REMOVE;
}

/* Takes @task. */
static void
wait_for_late (GTask *task, guint wait_ms, GSourceFunc function)
{
  g_autoptr (GSource) source = g_timeout_source_new (wait_ms);

  g_source_set_callback (source, function, task, NULL);
  g_source_attach (source, g_task_get_context (task));
}

/* Takes @task and @error. Nothing of the file stays there: also not where nobody heard how it was
 * to be called. */
static void
fail (GTask *task, GError *error, gboolean was_answered)
{
  Upload *self = g_task_get_task_data (task);
  CrObjectSender *sender = g_task_get_source_object (task);

  self->error = error;
  if (self->upload != NULL)
    call (task, CR_OBJECT_ABORT);
  else if (self->verb == CR_OBJECT_BEGIN && !was_answered &&
           cr_object_sender_get_dialect (sender)->read_uploads != NULL)
    wait_for_late (task, LATE_MS / 4, list_cb);
  else
    return_failure (task);
}

/* Takes @task. After an abort: what came late goes too.
 * Source: Amazon S3 API Reference, AbortMultipartUpload: parts on their way may succeed, so that it
 * may be necessary to abort several times; ListParts tells */
static void
looked (GTask *task, const CrReply *reply)
{
  Upload *self = g_task_get_task_data (task);
  gboolean is_there = reply != NULL && reply->status < 300;
  gboolean is_known = is_there || (reply != NULL && reply->status == 404);
  /* Whoever may not list parts may still abort. */
  gboolean is_gone = self->is_aborted && reply != NULL && !is_there && reply->status < 500;
  gboolean may_come = self->was_cut && !self->is_late;

  if (is_there && self->n_aborts < MAX_ABORTS)
    wait_for_late (task, LATE_MS / 4 << self->n_aborts, abort_again_cb);
  else if (!is_there && may_come)
    {
      self->is_late = TRUE;
      wait_for_late (task, LATE_MS, is_known ? look_again_cb : abort_again_cb);
    }
  else
    {
      if (!is_there && (is_known || is_gone))
        settle (self);
      return_failure (task);
    }
}

static void
marked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Upload *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->mark = cr_uploads_mark_finish (CR_UPLOADS (source), result, &error);
  if (self->mark != NULL)
    {
      call (task, CR_OBJECT_BEGIN);
      return;
    }

  g_task_return_error (task, error);
  g_object_unref (task);
}

/* Takes @task. */
static void
begin_parts (GTask *task)
{
  Upload *self = g_task_get_task_data (task);
  CrObjectSender *sender = g_task_get_source_object (task);
  CrUploads *uploads = cr_object_sender_get_uploads (sender);

  if (!cr_object_sender_get_dialect (sender)->has_uploads)
    send_parts (task);
  else if (uploads == NULL)
    call (task, CR_OBJECT_BEGIN);
  else
    cr_uploads_mark_async (uploads, cr_object_sender_get_destination (sender), self->key, marked_cb,
                           task);
}

/* Takes @task. What an engine that was killed had begun under this name goes first. */
static void
abort_left (GTask *task)
{
  Upload *self = g_task_get_task_data (task);

  g_clear_pointer (&self->upload, g_free);
  self->is_left = FALSE;
  if (self->left == NULL || self->left->len == 0)
    {
      if (self->error != NULL)
        return_failure (task);
      else
        begin_parts (task);
      return;
    }

  self->upload = g_ptr_array_steal_index_fast (self->left, 0);
  self->is_left = TRUE;
  call (task, CR_OBJECT_ABORT);
}

static gboolean
add_digest (GByteArray *digests, const char *tag)
{
  g_autofree char *clean = cr_object_tag_clean (tag);
  guint8 digest[16];

  if (clean == NULL || strlen (clean) != 2 * sizeof digest)
    return FALSE;

  for (guint i = 0; i < sizeof digest; i++)
    {
      int high = g_ascii_xdigit_value (clean[2 * i]);
      int low = g_ascii_xdigit_value (clean[2 * i + 1]);

      if (high < 0 || low < 0)
        return FALSE;
      digest[i] = (guint8) (high << 4 | low);
    }
  g_byte_array_append (digests, digest, sizeof digest);
  return TRUE;
}

/* Some storage does not name the ETag of what was put together; it is the MD5 of the parts' MD5s.
 * Source: Amazon S3 User Guide, “Checking object integrity”, multipart uploads */
static char *
tag_of_parts (GPtrArray *tags)
{
  g_autoptr (GByteArray) digests = g_byte_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  guint8 digest[16];

  for (guint i = 0; i < tags->len; i++)
    if (!add_digest (digests, g_ptr_array_index (tags, i)))
      return NULL;

  if (gnutls_hash_fast (GNUTLS_DIG_MD5, digests->data, digests->len, digest) != 0)
    return NULL;
  for (guint i = 0; i < sizeof digest; i++)
    g_string_append_printf (text, "%02x", digest[i]);
  return g_strdup_printf ("%s-%u", text->str, tags->len);
}

/* Takes @task once no part is on its way any more: what is aborted while one is could get it
 * afterwards. */
static void
part_ended (GTask *task)
{
  Upload *self = g_task_get_task_data (task);

  if (self->error == NULL && self->n_begun < self->n_parts)
    send_parts (task);
  else if (self->n_out == 0 && self->error != NULL)
    fail (task, g_steal_pointer (&self->error), TRUE);
  else if (self->n_out == 0)
    call (task, CR_OBJECT_COMPLETE);
}

static void
sent_part_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Part *part = user_data;
  CrObjectSender *sender = CR_OBJECT_SENDER (source);
  Upload *self = g_task_get_task_data (part->task);
  CrObjectCall done = { .verb = CR_OBJECT_PART, .key = self->key, .part = part->part };
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_object_sender_call_finish (sender, result, &error);

  self->n_out -= 1;
  self->was_cut |= reply == NULL;
  if (reply != NULL)
    self->retry_after_ms = MAX (self->retry_after_ms, reply->retry_after_ms);
  if (reply != NULL && cr_object_sender_check (sender, &done, reply, WORDS, &error))
    g_ptr_array_index (self->tags, part->part - 1) =
        cr_object_sender_get_dialect (sender)->read_tag (&done, reply);
  else if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);

  part_ended (part->task);
}

/* As many as may be on their way. */
static void
send_parts (GTask *task)
{
  Upload *self = g_task_get_task_data (task);

  while (self->n_out < PARTS_AT_ONCE && self->n_begun < self->n_parts)
    {
      Part *part = g_new0 (Part, 1);
      gsize start = (gsize) self->n_begun * CR_OBJECT_PART_BYTES;
      gsize left = g_bytes_get_size (self->body) - start;
      g_autoptr (GBytes) slice =
          g_bytes_new_from_bytes (self->body, start, MIN (left, CR_OBJECT_PART_BYTES));

      self->n_begun += 1;
      self->n_out += 1;
      part->task = task;
      part->part = self->n_begun;
      cr_object_sender_call_async (g_task_get_source_object (task),
                                   &(CrObjectCall){ .verb = CR_OBJECT_PART,
                                                    .key = self->key,
                                                    .content_type = self->content_type,
                                                    .upload = self->upload,
                                                    .part = part->part,
                                                    .body = slice },
                                   g_task_get_cancellable (task), sent_part_cb, part);
    }
}

static void
note_arrival (Upload *self, const CrReply *reply)
{
  self->etag = cr_object_tag_clean (cr_reply_header (reply, "etag"));
  if (self->etag == NULL && self->verb == CR_OBJECT_COMPLETE)
    self->etag = tag_of_parts (self->tags);
  /* In the answer to a list of blocks it is of the list. */
  if (self->verb == CR_OBJECT_PUT)
    self->md5 = g_strdup (cr_reply_header (reply, "content-md5"));
}

/* Takes @task. */
static void
go_on (GTask *task, const CrReply *reply)
{
  Upload *self = g_task_get_task_data (task);
  const CrObjectDialect *dialect = cr_object_sender_get_dialect (g_task_get_source_object (task));

  switch (self->verb)
    {
    case CR_OBJECT_UPLOADS:
      self->left = dialect->read_uploads (self->key, reply);
      abort_left (task);
      break;
    case CR_OBJECT_BEGIN:
      self->upload = dialect->read_upload (reply);
      if (self->upload == NULL)
        fail (task,
              g_error_new_literal (CR_ERROR, CR_ERROR_BAD_REPLY,
                                   "The storage does not say how it calls the file"),
              TRUE);
      else
        {
          if (self->mark != NULL)
            cr_upload_mark_name (self->mark, self->upload);
          send_parts (task);
        }
      break;
    case CR_OBJECT_PUT:
    case CR_OBJECT_COMPLETE:
      note_arrival (self, reply);
      settle (self);
      g_clear_pointer (&self->mark, cr_upload_mark_free);
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      break;
    case CR_OBJECT_GET:
    case CR_OBJECT_HEAD:
    case CR_OBJECT_LIST:
    case CR_OBJECT_DELETE:
    case CR_OBJECT_ABORT:
    case CR_OBJECT_PART:
    case CR_OBJECT_PARTS:
    default:
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      break;
    }
}

/* Takes @task. */
static void
tidied (GTask *task, const CrReply *reply, gboolean ok)
{
  Upload *self = g_task_get_task_data (task);

  if (self->verb == CR_OBJECT_PARTS)
    looked (task, reply);
  else if (self->verb == CR_OBJECT_ABORT && self->error != NULL && !self->is_left)
    {
      self->n_aborts += 1;
      self->is_aborted = reply != NULL && (reply->status < 300 || reply->status == 404);
      call (task, CR_OBJECT_PARTS);
    }
  else if (self->verb == CR_OBJECT_ABORT)
    abort_left (task);
  else if (ok)
    go_on (task, reply);
  else
    return_failure (task);
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrObjectSender *sender = CR_OBJECT_SENDER (source);
  Upload *self = g_task_get_task_data (task);
  CrObjectCall done = { .verb = self->verb, .key = self->key };
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_object_sender_call_finish (sender, result, &error);
  gboolean ok = reply != NULL && cr_object_sender_check (sender, &done, reply, WORDS, &error);

  if (reply != NULL)
    self->retry_after_ms = MAX (self->retry_after_ms, reply->retry_after_ms);
  if (self->error != NULL || self->verb == CR_OBJECT_ABORT)
    {
      g_clear_error (&error);
      tidied (task, reply, ok);
    }
  /* Whoever may not list uploads may still write. */
  else if (!ok && self->verb == CR_OBJECT_UPLOADS && reply != NULL && reply->status < 500)
    {
      g_clear_error (&error);
      begin_parts (task);
    }
  else if (ok)
    go_on (task, reply);
  else
    {
      /* What is refused was not begun. */
      if (self->verb == CR_OBJECT_BEGIN && reply != NULL && reply->status >= 400 &&
          reply->status < 500)
        settle (self);
      fail (task, error, reply != NULL);
    }
}

static void
call (GTask *task, CrObjectVerb verb)
{
  Upload *self = g_task_get_task_data (task);
  CrObjectCall what = { .verb = verb, .key = self->key, .content_type = self->content_type };
  /* Parts are taken away also when the export was cancelled. */
  gboolean is_tidying = verb == CR_OBJECT_ABORT || self->error != NULL;
  GCancellable *cancellable = is_tidying ? NULL : g_task_get_cancellable (task);

  self->verb = verb;
  what.upload = self->upload;
  if (verb == CR_OBJECT_PUT)
    {
      what.body = self->body;
      what.body_sha256 = self->body_sha256;
    }
  else if (verb == CR_OBJECT_COMPLETE)
    what.tags = self->tags;
  cr_object_sender_call_async (g_task_get_source_object (task), &what, cancellable, called_cb,
                               task);
}

/**
 * cr_object_upload_async:
 * @body_sha256: (nullable): hex, where it is known already
 *
 * In one request, or in parts, some of them at once and each with its own checksum, that become the
 * file together. When it fails or is cancelled, no part stays behind; parts that a killed engine
 * left under the same name are taken away before the file is written again.
 */
void
cr_object_upload_async (CrObjectSender *sender,
                        const char *key,
                        GBytes *body,
                        const char *body_sha256,
                        const char *content_type,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (sender, cancellable, callback, user_data);
  Upload *self = g_new0 (Upload, 1);
  gsize n_bytes = g_bytes_get_size (body);

  self->key = g_strdup (key);
  self->body = g_bytes_ref (body);
  self->body_sha256 = g_strdup (body_sha256);
  self->content_type = g_strdup (content_type);
  self->tags = g_ptr_array_new_with_free_func (g_free);
  if (n_bytes > 2 * CR_OBJECT_PART_BYTES)
    self->n_parts = (guint) ((n_bytes + CR_OBJECT_PART_BYTES - 1) / CR_OBJECT_PART_BYTES);
  g_ptr_array_set_size (self->tags, (int) self->n_parts);

  g_task_set_source_tag (task, cr_object_upload_async);
  g_task_set_task_data (task, self, (GDestroyNotify) upload_free);
  if (self->n_parts == 0)
    call (task, CR_OBJECT_PUT);
  else if (cr_object_sender_get_dialect (sender)->read_uploads != NULL)
    call (task, CR_OBJECT_UPLOADS);
  else
    begin_parts (task);
}

/**
 * cr_object_upload_finish:
 * @retry_after_ms: (out): what the storage asked for; 0: nothing
 */
gboolean
cr_object_upload_finish (CrObjectSender *sender,
                         GAsyncResult *result,
                         gint64 *retry_after_ms,
                         GError **error)
{
  Upload *self = g_task_get_task_data (G_TASK (result));

  *retry_after_ms = self->retry_after_ms;
  return g_task_propagate_boolean (G_TASK (result), error);
}

const char *
cr_object_upload_etag (GAsyncResult *result)
{
  Upload *self = g_task_get_task_data (G_TASK (result));

  return self->etag;
}

const char *
cr_object_upload_md5 (GAsyncResult *result)
{
  Upload *self = g_task_get_task_data (G_TASK (result));

  return self->md5;
}
