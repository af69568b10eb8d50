/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "base/cr-discard.h"
#include "base/cr-error.h"
#include "fhir/cr-files.h"
#include "model/cr-explain.h"
#include "store/cr-attachments-table.h"
#include "store/cr-records-table.h"

#define CHUNK 200

typedef struct
{
  char *patient_id; /* (owned) */
  char *source_id;  /* (owned) (nullable) */
  char *type;       /* (owned) (nullable): NULL: those of all records */
  char *id;         /* (owned) (nullable) */
  guint version;
  guint n; /* of the file that is read */
  guint offset, limit;
  gboolean free_only;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->patient_id);
  g_free (question->source_id);
  g_free (question->type);
  g_free (question->id);
  g_free (question);
}

static Question *
question_new (const CrFileQuestion *asked)
{
  Question *question = g_new0 (Question, 1);

  question->patient_id = g_strdup (asked->patient_id);
  question->source_id = g_strdup (asked->source_id);
  question->type = g_strdup (asked->type);
  question->id = g_strdup (asked->id);
  question->version = asked->version;
  question->n = asked->n;
  question->offset = asked->offset;
  question->limit = asked->limit;
  question->free_only = asked->free_only;
  return question;
}

static char *
to_hex (const guint8 *bytes, gsize n)
{
  GString *hex = g_string_sized_new (2 * n);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  return g_string_free (hex, FALSE);
}

/* What became of a link, if it was looked at for this version. */
static void
take_row (CrRecordFile *file, const CrAttachmentRow *row)
{
  file->status = row->status;
  file->http_status = row->http_status;
  file->fetched_ms = row->fetched_ms;
  if (row->status != CR_ATTACHMENT_KEPT)
    return;

  file->n_bytes = (gint64) row->n_bytes;
  file->binary_id = g_strdup (row->binary_id);
  if (row->has_hash)
    file->sha256 = to_hex (row->sha256, sizeof row->sha256);
  if (row->content_type != NULL)
    {
      g_free (file->content_type);
      file->content_type = g_strdup (row->content_type);
    }
}

/* Of an earlier version only the address is known: what is there is shown. */
static gboolean
is_about (const CrAttachmentRow *row, CrRecord *record)
{
  return row->seq == record->sequence || record->version < record->n_versions;
}

static GHashTable *
rows_by_url (GPtrArray *rows, CrRecord *record)
{
  GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < rows->len; i++)
    {
      CrAttachmentRow *row = g_ptr_array_index (rows, i);

      if (is_about (row, record))
        g_hash_table_insert (table, row->url, row);
    }

  return table;
}

static GPtrArray *
files_of (CrDb *db, CrRecord *record, GError **error)
{
  gsize n_bytes;
  const char *body = g_bytes_get_data (record->body, &n_bytes);
  g_autoptr (GPtrArray) files = cr_files_find (body, n_bytes, error);
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GHashTable) by_url = NULL;

  if (files != NULL && files->len > 0)
    rows = cr_attachments_table_list (db, record->rid, error);
  if (files == NULL || (files->len > 0 && rows == NULL))
    return NULL;

  by_url = rows != NULL ? rows_by_url (rows, record) : NULL;

  for (guint i = 0; i < files->len; i++)
    {
      CrRecordFile *file = g_ptr_array_index (files, i);
      const CrAttachmentRow *row;

      file->source_id = g_strdup (record->source_id);
      file->type = g_strdup (record->type);
      file->id = g_strdup (record->id);
      row = file->url != NULL ? g_hash_table_lookup (by_url, file->url) : NULL;
      if (row != NULL)
        take_row (file, row);
    }

  return g_steal_pointer (&files);
}

static CrRecord *
get_record (CrDb *db, const Question *question, GError **error)
{
  g_autoptr (CrRecord) record =
      cr_records_table_get (db, question->patient_id, question->source_id, question->type,
                            question->id, question->version, error);
  int is_held =
      record != NULL && question->free_only ? cr_records_table_is_held (db, record, error) : 0;

  if (is_held > 0)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                         "This record waits until somebody has decided whether it is of the right "
                         "patient. Decide the hold first.");
  return is_held == 0 ? g_steal_pointer (&record) : NULL;
}

/* How many have to be found for the list that is asked for. */
static guint
enough (const Question *question)
{
  return question->limit > 0 && question->limit < G_MAXUINT - question->offset
           ? question->offset + question->limit
           : G_MAXUINT;
}

/* Takes @files. The part of them that is asked for. */
static GPtrArray *
cut (const Question *question, GPtrArray *files)
{
  if (files == NULL)
    return NULL;

  if (files->len > enough (question))
    g_ptr_array_set_size (files, (int) enough (question));
  g_ptr_array_remove_range (files, 0, MIN (question->offset, files->len));
  return files;
}

/* Records that mostly have none are passed over: looking at each would read all there is. */
static gboolean
list_type (CrDb *db, const Question *question, const char *type, GPtrArray *all, GError **error)
{
  CrRecordFilter filter = { .patient_id = question->patient_id,
                            .source_id = question->source_id,
                            .type = type,
                            .free_only = question->free_only };

  for (guint offset = 0; all->len < enough (question); offset += CHUNK)
    {
      g_autoptr (GPtrArray) records =
          cr_records_table_list (db, &filter, TRUE, offset, CHUNK, error);

      if (records == NULL)
        return FALSE;
      for (guint i = 0; i < records->len; i++)
        {
          g_autoptr (GPtrArray) files = files_of (db, g_ptr_array_index (records, i), error);

          if (files == NULL)
            return FALSE;
          g_ptr_array_extend_and_steal (all, g_steal_pointer (&files));
        }
      if (records->len < CHUNK)
        break;
    }

  return TRUE;
}

static gpointer
list_func (CrDb *db, gpointer data, GError **error)
{
  static const char *const types[] = { "DocumentReference", "DiagnosticReport", "Media",
                                       "Patient",           "Communication",    "Consent" };
  Question *question = data;
  g_autoptr (CrRecord) record = NULL;
  g_autoptr (GPtrArray) all = NULL;

  if (question->id != NULL)
    {
      record = get_record (db, question, error);
      return record != NULL ? cut (question, files_of (db, record, error)) : NULL;
    }

  all = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (!list_type (db, question, types[i], all, error))
      return NULL;

  return cut (question, g_steal_pointer (&all));
}

/* Of the Binary that a link led to. */
static GBytes *
read_binary (CrDb *db, const Question *question, CrRecordFile *file, GError **error)
{
  g_autoptr (CrRecord) binary = cr_records_table_get (db, question->patient_id, file->source_id,
                                                      "Binary", file->binary_id, 0, error);
  gsize n_bytes;
  const char *body;
  GBytes *bytes;

  if (binary == NULL)
    return NULL;

  body = g_bytes_get_data (binary->body, &n_bytes);
  bytes = cr_files_read (body, n_bytes, 1);
  return bytes != NULL ? bytes : g_bytes_new_static ("", 0);
}

static CrRecordFile *
pick (GPtrArray *files, guint n, GError **error)
{
  if (files->len == 0)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_NOT_FOUND, "This record has no file.");
  else if (n == 0 && files->len > 1)
    g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                 "This record has %u files: say which by its number.", files->len);
  else if (n > files->len)
    g_set_error (error, CR_ERROR, CR_ERROR_NOT_FOUND, "This record has no file number %u.", n);
  else
    return g_ptr_array_index (files, MAX (n, 1) - 1);

  return NULL;
}

static gpointer
read_func (CrDb *db, gpointer data, GError **error)
{
  Question *question = data;
  g_autoptr (CrRecord) record = get_record (db, question, error);
  g_autoptr (GPtrArray) files = record != NULL ? files_of (db, record, error) : NULL;
  CrRecordFile *file = files != NULL ? pick (files, question->n, error) : NULL;
  gsize n_bytes;
  const char *body;

  if (file == NULL)
    return NULL;
  if (file->status != CR_ATTACHMENT_KEPT)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_NOT_FOUND,
                           cr_explain_attachment (file->status)->sentence);
      return NULL;
    }

  body = g_bytes_get_data (record->body, &n_bytes);
  file->body = file->binary_id != NULL ? read_binary (db, question, file, error)
                                       : cr_files_read (body, n_bytes, file->n);
  return file->body != NULL ? g_object_ref (file) : NULL;
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *files = cr_store_read_finish (CR_STORE (source), result, &error);

  if (files != NULL)
    g_task_return_pointer (task, files, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
cr_engine_list_files_async (CrEngine *self,
                            const CrFileQuestion *question,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_list_files_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_BULK, list_func, question_new (question), question_free,
                       (GDestroyNotify) g_ptr_array_unref, cancellable, listed_cb, task);
}

GPtrArray *
cr_engine_list_files_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  CrRecordFile *file = cr_store_read_finish (CR_STORE (source), result, &error);

  if (file != NULL)
    g_task_return_pointer (task, file, g_object_unref);
  else
    g_task_return_error (task, error);
}

void
cr_engine_read_file_async (CrEngine *self,
                           const CrFileQuestion *question,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_read_file_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_BULK, read_func, question_new (question), question_free,
                       g_object_unref, cancellable, read_cb, task);
}

CrRecordFile *
cr_engine_read_file_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Saving --------------------------------------------------------------------------------------- */

typedef struct
{
  char *path; /* (owned) */
  gboolean replaces;
  CrRecordFile *file; /* (owned) (nullable) */
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  g_free (save->path);
  g_clear_object (&save->file);
  g_free (save);
}

/* Takes @trouble. */
static GError *
translate (GError *trouble)
{
  CrErrorCode code = g_error_matches (trouble, G_IO_ERROR, G_IO_ERROR_NO_SPACE)
                       ? CR_ERROR_NO_SPACE
                       : CR_ERROR_READ_ONLY;
  GError *error;

  if (g_error_matches (trouble, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return trouble;

  if (g_error_matches (trouble, G_IO_ERROR, G_IO_ERROR_EXISTS))
    error = g_error_new_literal (CR_ERROR, CR_ERROR_CONFLICT,
                                 "There is a file of that name already. It was left as it is.");
  else
    error = g_error_new (CR_ERROR, (int) code, "The file cannot be written: %s", trouble->message);
  g_error_free (trouble);
  return error;
}

static void
write_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Save *save = data;
  g_autoptr (GFile) file = g_file_new_for_path (save->path);
  g_autoptr (GFileOutputStream) stream = NULL;
  GError *error = NULL;
  gsize n_bytes;
  gconstpointer bytes = g_bytes_get_data (save->file->body, &n_bytes);
  gboolean ok;

  if (save->replaces)
    stream = g_file_replace (file, NULL, FALSE,
                             G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION, cancellable,
                             &error);
  else
    stream = g_file_create (file, G_FILE_CREATE_PRIVATE, cancellable, &error);
  ok = stream != NULL &&
       g_output_stream_write_all (G_OUTPUT_STREAM (stream), bytes, n_bytes, NULL, cancellable,
                                  &error) &&
       g_output_stream_close (G_OUTPUT_STREAM (stream), cancellable, &error);
  if (stream != NULL && !ok && save->replaces)
    cr_discard_stream (G_OUTPUT_STREAM (stream));
  else if (stream != NULL && !ok)
    g_file_delete (file, NULL, NULL);

  if (error != NULL)
    g_task_return_error (task, translate (error));
  else
    g_task_return_pointer (task, g_object_ref (save->file), g_object_unref);
}

static void
read_to_save_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Save *save = g_task_get_task_data (task);
  GError *error = NULL;

  save->file = cr_engine_read_file_finish (CR_ENGINE (source), result, &error);
  if (save->file == NULL)
    g_task_return_error (task, error);
  else
    g_task_run_in_thread (task, write_thread);
}

void
cr_engine_save_file_async (CrEngine *self,
                           const CrFileQuestion *question,
                           const char *path,
                           gboolean replaces,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_save_file_async, cancellable, callback, user_data);
  Save *save = g_new0 (Save, 1);

  save->path = g_strdup (path);
  save->replaces = replaces;
  g_task_set_task_data (task, save, save_free);
  cr_engine_read_file_async (self, question, cancellable, read_to_save_cb, task);
}

CrRecordFile *
cr_engine_save_file_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
