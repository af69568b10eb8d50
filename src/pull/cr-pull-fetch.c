/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "fhir/cr-bundle.h"
#include "pull/cr-pull-ask.h"
#include "pull/cr-pull-attachment.h"
#include "pull/cr-pull-probe.h"
#include "store/cr-attachments-table.h"

#define MAX_FILES 20000
#define MAX_BYTES ((gsize) 48 * 1024 * 1024)
#define SAVE_AT 20
#define SAVE_AT_BYTES ((gsize) 8 * 1024 * 1024)

typedef struct
{
  CrPullContext *context;
  CrQuery *query;   /* (owned) */
  CrPullSave *save; /* (owned) */
  GPtrArray *files; /* (owned) (nullable): of CrWantedFile; NULL: not looked yet */
  GPtrArray *ready; /* (owned): of CrBundle */
  GPtrArray *rows;  /* (owned): of CrAttachmentRow, in files, to be stored */
  gsize n_ready;    /* bytes */
  guint position;
  guint n_active;
  guint n_not_there[CR_ATTACHMENT_UNREADABLE + 1];
  guint n_failed;
  gboolean has_more; /* than are asked for at once: the next pull finds them */
  gboolean is_looking;
  gboolean is_saving;
  gboolean is_settled;
  CrAskEnd *end; /* (owned) (nullable) */
} Fetch;

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;

  g_object_unref (fetch->query);
  cr_pull_save_unref (fetch->save);
  g_clear_pointer (&fetch->files, g_ptr_array_unref);
  g_ptr_array_unref (fetch->ready);
  g_ptr_array_unref (fetch->rows);
  g_clear_pointer (&fetch->end, cr_ask_end_free);
  g_free (fetch);
}

static void go_on (GTask *task);

static void
end_with (Fetch *fetch, CrAskEnd *end)
{
  if (fetch->end == NULL)
    fetch->end = end;
  else
    cr_ask_end_free (end);
}

/* Looking -------------------------------------------------------------------------------------- */

typedef struct
{
  CrConnection *connection; /* (owned) */
  char *base_url;           /* (owned) */
  gint64 since_ms;
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;

  g_object_unref (look->connection);
  g_free (look->base_url);
  g_free (look);
}

static gpointer
look_func (CrDb *db, gpointer data, GError **error)
{
  Look *look = data;

  return cr_pull_attachments_find (db, look->connection, look->base_url, look->since_ms,
                                   MAX_FILES + 1, error);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  GError *error = NULL;

  fetch->is_looking = FALSE;
  fetch->files = cr_store_read_finish (CR_STORE (source), result, &error);
  if (fetch->files == NULL)
    end_with (fetch, cr_ask_end_for_error (fetch->context, error));
  else if (fetch->files->len > MAX_FILES)
    {
      fetch->has_more = TRUE;
      g_ptr_array_set_size (fetch->files, MAX_FILES);
    }
  go_on (task);
}

static void
look (GTask *task)
{
  Fetch *fetch = g_task_get_task_data (task);
  CrPullParts *parts = &fetch->context->parts;
  Look *question = g_new0 (Look, 1);

  question->connection = g_object_ref (parts->connection);
  question->base_url = g_strdup (parts->source->fhir_base_url);
  question->since_ms = cr_pull_tried_since_ms (fetch->context, 0);
  fetch->is_looking = TRUE;
  cr_store_read_async (parts->store, CR_READ_BULK, look_func, question, look_free,
                       (GDestroyNotify) g_ptr_array_unref, fetch->context->cancellable, looked_cb,
                       g_object_ref (task));
}

/* Storing -------------------------------------------------------------------------------------- */

static gboolean
save_rows (CrDb *db, const CrRecordOwner *owner, gpointer data, gint64 now_ms, GError **error)
{
  GPtrArray *rows = data;

  for (guint i = 0; i < rows->len; i++)
    {
      CrAttachmentRow *row = g_ptr_array_index (rows, i);

      row->fetched_ms = now_ms;
      if (!cr_attachments_table_save (db, owner, row, error))
        return FALSE;
    }

  return TRUE;
}

static void
add_words (GString *words, guint n, const char *what)
{
  if (n == 0)
    return;

  g_string_append (words, words->len > 0 ? " " : "");
  g_string_append_printf (words, CR_SAID ("%u %s"), n, what);
}

static char *
outcome_in_words (Fetch *fetch)
{
  const guint *n = fetch->n_not_there;
  GString *words = g_string_new (NULL);

  add_words (words, n[CR_ATTACHMENT_MISSING] + n[CR_ATTACHMENT_REFUSED],
             CR_SAID ("of the files that records link to could not be read at the portal."));
  add_words (words, n[CR_ATTACHMENT_ELSEWHERE],
             CR_SAID ("are on another server, where this patient's access must not be sent."));
  add_words (words, n[CR_ATTACHMENT_TOO_LARGE], CR_SAID ("are too large to be kept."));
  add_words (words, n[CR_ATTACHMENT_UNREADABLE], CR_SAID ("came as something else than the file."));
  add_words (words, fetch->n_failed,
             CR_SAID ("files could not be read this time; the next pull tries again."));
  if (fetch->has_more)
    add_words (
        words, fetch->files->len,
        CR_SAID (
            "files are as many as one pull asks for, and there are more; the next pull goes on."));

  return g_string_free (words, words->len == 0);
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  GError *error = NULL;

  fetch->is_saving = FALSE;
  if (!cr_pull_save_finish (fetch->save, result, fetch->query, &error))
    {
      g_clear_pointer (&fetch->end, cr_ask_end_free);
      fetch->end = cr_ask_end_for_store (fetch->context, error);
      fetch->is_settled = TRUE;
    }
  cr_changes_tell (fetch->context->parts.changes, CR_CHANGE_QUERY, fetch->query->pull_id,
                   fetch->context->parts.connection->patient_id);
  go_on (task);
}

static guint
count_skipped (Fetch *fetch, gboolean is_end)
{
  guint n = is_end ? fetch->n_failed : 0;

  for (guint i = CR_ATTACHMENT_KEPT + 1; i < G_N_ELEMENTS (fetch->n_not_there); i++)
    n += fetch->n_not_there[i];
  return n;
}

static void
store_ready (GTask *task, gboolean is_end)
{
  Fetch *fetch = g_task_get_task_data (task);
  g_autoptr (GPtrArray) bundles = g_steal_pointer (&fetch->ready);
  g_autofree char *outcome = outcome_in_words (fetch);
  gboolean has_failed = is_end && (fetch->n_failed > 0 || fetch->has_more);
  CrQueryMark mark = { .status = has_failed ? CR_QUERY_FAILED
                               : is_end     ? CR_QUERY_COMPLETE
                                            : CR_QUERY_RUNNING,
                       .error_code = has_failed ? "busy" : NULL,
                       .pages = fetch->position,
                       .n_skipped = count_skipped (fetch, is_end),
                       .total = fetch->files->len,
                       .outcome = outcome };

  fetch->ready = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_bundle_unref);
  fetch->n_ready = 0;
  cr_pull_save_also (fetch->save, save_rows, g_steal_pointer (&fetch->rows),
                     (GDestroyNotify) g_ptr_array_unref);
  fetch->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_attachment_row_free);
  fetch->is_saving = TRUE;
  fetch->is_settled = is_end;
  cr_pull_save_async (fetch->save, bundles, "attachment", &mark, stored_cb, g_object_ref (task));
}

/* Reading -------------------------------------------------------------------------------------- */

/* One file on its way. */
typedef struct
{
  GTask *task;        /* (owned) */
  CrWantedFile *file; /* (unowned): in files */
} Reading;

static void
reading_free (Reading *reading)
{
  g_object_unref (reading->task);
  g_free (reading);
}

/* Its rows are to be stored; they say what became of it. */
static void
settle_file (Fetch *fetch, CrWantedFile *file)
{
  CrAttachmentRow *row = g_ptr_array_index (file->rows, 0);

  if (row->status != CR_ATTACHMENT_KEPT)
    fetch->n_not_there[row->status]++;
  while (file->rows->len > 0)
    g_ptr_array_add (fetch->rows, g_ptr_array_steal_index_fast (file->rows, 0));
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;
  Fetch *fetch = g_task_get_task_data (reading->task);
  CrBundle *bundle = cr_wanted_file_read_finish (result);

  fetch->n_active--;
  if (bundle != NULL)
    {
      guint n_entries;
      const CrIncoming *entries = cr_bundle_get_entries (bundle, &n_entries);

      fetch->n_ready += n_entries > 0 ? entries[0].n_bytes : 0;
      g_ptr_array_add (fetch->ready, bundle);
    }
  settle_file (fetch, reading->file);
  go_on (g_object_ref (reading->task));
  reading_free (reading);
}

/* A refusal is a fact about this file; what the server could not do just now is none. */
static void
take_refusal (Fetch *fetch, CrWantedFile *file, CrReply *reply)
{
  g_autoptr (GError) error = NULL;

  if (cr_ask_must_wait (fetch->context, reply))
    end_with (fetch, cr_ask_end_for_wait (fetch->context, reply));
  else if (reply->status == 401 && !cr_reply_check (reply, &error))
    end_with (fetch, cr_ask_end_for_error (fetch->context, g_steal_pointer (&error)));
  else if (reply->status >= 500 || reply->status == 408 || reply->status == 425)
    fetch->n_failed++;
  else
    {
      cr_wanted_file_set_status (file,
                                 reply->status == 404 || reply->status == 410
                                     ? CR_ATTACHMENT_MISSING
                                     : CR_ATTACHMENT_REFUSED,
                                 reply->status);
      settle_file (fetch, file);
    }
}

static void
probed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  CrAskEnd *end = cr_pull_probe_finish (result);

  fetch->n_active--;
  if (end == NULL)
    fetch->n_failed++;
  else
    end_with (fetch, end);
  go_on (task);
}

/* Takes @error. */
static void
take_error (GTask *task, CrWantedFile *file, GError *error, gboolean lacks_token)
{
  Fetch *fetch = g_task_get_task_data (task);
  CrAttachmentStatus status = CR_ATTACHMENT_KEPT;

  if (cr_error_is_retryable (error) && !lacks_token)
    {
      cr_pull_probe_async (fetch->context, probed_cb, g_object_ref (task));
      g_error_free (error);
      return;
    }

  fetch->n_active--;
  if (lacks_token)
    status = CR_ATTACHMENT_KEPT;
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_TOO_LARGE))
    status = CR_ATTACHMENT_TOO_LARGE;
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_REFUSED) ||
           g_error_matches (error, CR_ERROR, CR_ERROR_CERTIFICATE))
    status = CR_ATTACHMENT_REFUSED;
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_BAD_REPLY))
    status = CR_ATTACHMENT_UNREADABLE;

  if (status != CR_ATTACHMENT_KEPT)
    {
      cr_wanted_file_set_status (file, status, 0);
      settle_file (fetch, file);
      g_error_free (error);
    }
  else
    end_with (fetch, cr_ask_end_for_error (fetch->context, error));
  go_on (g_object_ref (task));
}

static void
got_reply_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;
  Fetch *fetch = g_task_get_task_data (reading->task);
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_pull_send_finish (result, &error);

  fetch->context->n_requests++;
  if (reply != NULL)
    fetch->context->n_bytes += (gint64) g_bytes_get_size (reply->body);
  if (reply != NULL && reply->status >= 200 && reply->status < 300)
    {
      cr_wanted_file_read_async (reading->file, reply, fetch->context->parts.source->fhir_base_url,
                                 read_cb, reading);
      return;
    }

  if (reply == NULL)
    take_error (reading->task, reading->file, error, cr_pull_send_lacks_token (result));
  else
    {
      fetch->n_active--;
      take_refusal (fetch, reading->file, reply);
      go_on (g_object_ref (reading->task));
    }
  reading_free (reading);
}

/* A portal may send on to where the file is kept; the token stays behind then. */
static void
read_next (GTask *task)
{
  Fetch *fetch = g_task_get_task_data (task);
  CrWantedFile *file = g_ptr_array_index (fetch->files, fetch->position++);
  g_autofree char *accept = cr_wanted_file_accept (file);
  CrRequest request = { .url = file->url,
                        .accept = accept,
                        .token = fetch->context->parts.token,
                        .max_bytes = MAX_BYTES,
                        .total_s = fetch->context->patience_s,
                        .may_leave_origin = TRUE };
  Reading *reading;

  if (file->is_elsewhere)
    {
      cr_wanted_file_set_status (file, CR_ATTACHMENT_ELSEWHERE, 0);
      settle_file (fetch, file);
      return;
    }

  reading = g_new0 (Reading, 1);
  reading->task = g_object_ref (task);
  reading->file = file;
  fetch->n_active++;
  cr_pull_send_async (fetch->context, &request, got_reply_cb, reading);
}

/* Takes @task. The one place that decides what happens next. */
static void
go_on (GTask *task)
{
  g_autoptr (GTask) owned = task;
  Fetch *fetch = g_task_get_task_data (task);
  guint n_files = fetch->files != NULL ? fetch->files->len : 0;
  gboolean is_full = fetch->rows->len >= SAVE_AT || fetch->n_ready >= SAVE_AT_BYTES;
  gboolean is_read, is_end;

  while (fetch->end == NULL && fetch->position < n_files && !is_full &&
         fetch->n_active < fetch->context->max_parallel)
    read_next (task);

  is_full = fetch->rows->len >= SAVE_AT || fetch->n_ready >= SAVE_AT_BYTES;
  is_read = fetch->files != NULL && fetch->position == n_files && fetch->n_active == 0;
  is_end = is_read && fetch->end == NULL;
  if (!fetch->is_saving && !fetch->is_settled &&
      (is_end || is_full || (fetch->end != NULL && fetch->n_active == 0 && fetch->rows->len > 0)))
    store_ready (task, is_end);

  if (fetch->n_active > 0 || fetch->is_saving || fetch->is_looking)
    return;
  if (fetch->end == NULL && fetch->is_settled)
    fetch->end = cr_ask_end_new (CR_ASK_DONE);
  if (fetch->end != NULL)
    g_task_return_pointer (task, g_steal_pointer (&fetch->end), (GDestroyNotify) cr_ask_end_free);
  else if (fetch->files == NULL)
    look (task);
}

void
cr_pull_fetch_async (CrPullContext *context,
                     CrQuery *query,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Fetch *fetch = g_new0 (Fetch, 1);

  g_task_set_source_tag (task, cr_pull_fetch_async);
  g_task_set_task_data (task, fetch, fetch_free);
  fetch->context = context;
  fetch->query = g_object_ref (query);
  fetch->save = cr_pull_save_new (context->parts.store, context->parts.connection, query,
                                  context->parts.clock);
  fetch->ready = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_bundle_unref);
  fetch->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_attachment_row_free);
  /* Before a wait: not asked for again. */
  fetch->n_not_there[CR_ATTACHMENT_MISSING] = query->n_skipped;
  go_on (task);
}
