/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-object-file.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-way.h"
#include "export/cr-sigv4.h"

#include <archive.h>
#include <archive_entry.h>
#include <libdeflate.h>
#include <string.h>

#define LEVEL 6 /* as gzip itself */

/* A parcel comes with its lines, or with the records to make them of. */
static CrFileLines *
take_lines (CrParcel *parcel, GError **error)
{
  CrRecord *first = parcel->records->len > 0 ? g_ptr_array_index (parcel->records, 0) : NULL;
  g_autoptr (CrFileLines) lines = NULL;

  lines = cr_file_lines_new (first != NULL ? first->type : "");
  for (guint i = 0; i < parcel->records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (parcel->records, i);
      CrLine line = { record->patient_id, record->source_id, { record->rid, record->sequence } };

      line.body = g_bytes_get_data (record->body, &line.n_bytes);
      if (!cr_file_lines_add (lines, &line, error))
        return NULL;
    }

  return g_steal_pointer (&lines);
}

/* One gzip member without a time in its head, so that the same lines make the same file.
 * Source: RFC 1952 */
static GBytes *
compress_gzip (const CrBuffer *lines, GError **error)
{
  struct libdeflate_compressor *compressor = libdeflate_alloc_compressor (LEVEL);
  g_auto (CrBuffer) out = { 0 };

  if (compressor == NULL)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_INTERNAL, "Compressing could not start");
      return NULL;
    }

  cr_buffer_reserve (&out, libdeflate_gzip_compress_bound (compressor, lines->len));
  out.len = libdeflate_gzip_compress (compressor, lines->data, lines->len, out.data, out.size);
  libdeflate_free_compressor (compressor);
  if (out.len == 0)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_INTERNAL, "Compressing did not end");
      return NULL;
    }

  return cr_buffer_take (&out);
}

static la_ssize_t
write_cb (struct archive *archive, void *data, const void *buffer, size_t n_bytes)
{
  cr_buffer_append (data, buffer, n_bytes);
  return (la_ssize_t) n_bytes;
}

static gboolean
write_zip (struct archive *zip,
           const CrBuffer *lines,
           const char *name,
           gint64 when_ms,
           CrBuffer *out)
{
  struct archive_entry *entry = archive_entry_new ();
  gboolean ok;

  archive_entry_set_pathname (entry, name);
  archive_entry_set_size (entry, (la_int64_t) lines->len);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0644);
  archive_entry_set_mtime (entry, when_ms / 1000, 0);

  ok = archive_write_set_format_zip (zip) == ARCHIVE_OK &&
       archive_write_set_bytes_in_last_block (zip, 1) == ARCHIVE_OK &&
       archive_write_open (zip, out, NULL, write_cb, NULL) == ARCHIVE_OK &&
       archive_write_header (zip, entry) == ARCHIVE_OK &&
       archive_write_data (zip, lines->data, lines->len) == (la_ssize_t) lines->len &&
       archive_write_close (zip) == ARCHIVE_OK;
  archive_entry_free (entry);
  return ok;
}

static GBytes *
compress_zip (const CrBuffer *lines, CrParcel *parcel, GError **error)
{
  g_autofree char *base = g_path_get_basename (parcel->item->name);
  g_autofree char *name = NULL;
  g_auto (CrBuffer) out = { 0 };
  struct archive *zip = archive_write_new ();
  gboolean ok;

  if (g_str_has_suffix (base, ".zip"))
    base[strlen (base) - strlen (".zip")] = '\0';
  ok = write_zip (zip, lines, base, parcel->run->created_ms, &out);
  archive_write_free (zip);
  if (!ok)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_INTERNAL, "Compressing did not end");
      return NULL;
    }

  return cr_buffer_take (&out);
}

static char *
describe (const CrFileLines *lines, const char *sha256)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char *owners = cr_file_lines_owners (lines->owners);
  g_autofree char *head = NULL;

  cr_json_set_string (object, "type", lines->type);
  json_object_set_int_member (object, "lines", lines->marks->len);
  json_object_set_int_member (object, "lines_bytes", (gint64) lines->bytes.len);
  json_object_set_string_member (object, "lines_sha256", sha256);
  head = cr_json_object_to_text (object, FALSE);
  head[strlen (head) - 1] = '\0';
  return g_strconcat (head, ",\"owners\":", owners, "}", NULL);
}

static GBytes *
pack (const CrBuffer *lines, CrFileType file_type, CrParcel *parcel, GError **error)
{
  return file_type == CR_FILE_TYPE_GZIP ? compress_gzip (lines, error)
                                        : compress_zip (lines, parcel, error);
}

/**
 * cr_object_file_new:
 *
 * One line a record, in order: its stored bytes with CR and LF between tokens dropped. A Patient
 * gets the clinic's identifier; nothing else changes. `lines` is a JSON object that becomes the
 * part's entry in the manifest.
 */
CrObjectFile *
cr_object_file_new (CrParcel *parcel, CrFileType file_type, GError **error)
{
  g_autoptr (CrFileLines) made = parcel->lines == NULL ? take_lines (parcel, error) : NULL;
  CrFileLines *lines = made != NULL ? made : parcel->lines;
  g_autoptr (CrObjectFile) self = g_new0 (CrObjectFile, 1);

  if (lines == NULL)
    return NULL;

  self->sha256 = cr_sha256_hex (lines->bytes.data, lines->bytes.len);
  self->lines = describe (lines, self->sha256);
  if (file_type == CR_FILE_TYPE_GZIP || file_type == CR_FILE_TYPE_ZIP)
    {
      gconstpointer data;
      gsize n_bytes;

      self->bytes = pack (&lines->bytes, file_type, parcel, error);
      cr_buffer_clear (&lines->bytes);
      if (self->bytes == NULL)
        return NULL;
      data = g_bytes_get_data (self->bytes, &n_bytes);
      g_free (self->sha256);
      self->sha256 = cr_sha256_hex (data, n_bytes);
    }
  else
    self->bytes = cr_buffer_take (&lines->bytes);
  return g_steal_pointer (&self);
}

void
cr_object_file_free (CrObjectFile *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->sha256);
  g_free (self->lines);
  g_free (self);
}

static void
make_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  CrFileType file_type = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (task), "file-type"));
  GError *error = NULL;
  CrObjectFile *file;

  cr_way_give ();
  file = cr_object_file_new (data, file_type, &error);
  if (file != NULL)
    g_task_return_pointer (task, file, (GDestroyNotify) cr_object_file_free);
  else
    g_task_return_error (task, error);
}

/**
 * cr_object_file_new_async:
 * @parcel: must stay as it is until the callback ran, also after cancelling
 *
 * cr_object_file_new () on GLib's pool of threads.
 */
void
cr_object_file_new_async (CrParcel *parcel,
                          CrFileType file_type,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_object_file_new_async);
  g_object_set_data (G_OBJECT (task), "file-type", GINT_TO_POINTER (file_type));
  g_task_set_task_data (task, parcel, NULL);
  g_task_run_in_thread (task, make_in_thread);
}

CrObjectFile *
cr_object_file_new_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
