/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-backup-file-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "base/cr-time.h"
#include "vault/cr-sealed-file.h"

#define MOST_ABOUT (1024 * 1024)
#define MOST_SECRETS (256 * 1024 * 1024)

static gboolean
fail_corrupt (GError **error)
{
  g_set_error_literal (error, CR_ERROR, CR_ERROR_CORRUPT,
                       "This backup is damaged, or a part at its end is missing. Use another copy "
                       "of it.");
  return FALSE;
}

static gboolean
read_exactly (GInputStream *in, gpointer buffer, gsize n, GCancellable *cancellable, GError **error)
{
  gsize n_read = 0;

  if (!g_input_stream_read_all (in, buffer, n, &n_read, cancellable, error))
    return FALSE;
  return n_read == n || fail_corrupt (error);
}

static gboolean
read_head (GInputStream *in, char *kind, guint64 *length, GCancellable *cancellable, GError **error)
{
  guint8 head[CR_BACKUP_PART_HEAD];

  if (!read_exactly (in, head, sizeof head, cancellable, error))
    return FALSE;
  *kind = (char) head[0];
  memcpy (length, head + 1, sizeof *length);
  *length = GUINT64_FROM_BE (*length);
  return TRUE;
}

static GByteArray *
read_bytes (GInputStream *in,
            guint64 length,
            guint64 most,
            GCancellable *cancellable,
            GError **error)
{
  g_autoptr (GByteArray) bytes = NULL;

  if (length > most)
    {
      fail_corrupt (error);
      return NULL;
    }
  bytes = g_byte_array_sized_new ((guint) length + 1);
  g_byte_array_set_size (bytes, (guint) length);
  return read_exactly (in, bytes->data, length, cancellable, error) ? g_steal_pointer (&bytes)
                                                                    : NULL;
}

static gboolean
take_about (CrBackup *about, JsonObject *object, GError **error)
{
  gint64 format = 0;

  if (!cr_json_int (object, "format", &format) ||
      !cr_json_int (object, "database_bytes", &about->n_bytes) || about->n_bytes <= 0 ||
      !cr_time_from_string (cr_json_string (object, "created_at"), &about->created_ms))
    return fail_corrupt (error);
  if (format > CR_BACKUP_FORMAT)
    {
      g_set_error_literal (
          error, CR_ERROR, CR_ERROR_TOO_NEW,
          "A newer Chartroom made this backup. Install that version or a later one.");
      return FALSE;
    }

  about->version = g_strdup (cr_json_string (object, "version"));
  about->workspace_id = g_strdup (cr_json_string (object, "workspace"));
  about->is_sandbox = cr_json_bool (object, "sandbox", FALSE);
  return TRUE;
}

static gboolean
read_about (GInputStream *in, CrBackup *about, GCancellable *cancellable, GError **error)
{
  g_autoptr (GByteArray) text = NULL;
  g_autoptr (JsonObject) object = NULL;
  guint64 length = 0;
  char kind = 0;

  if (!read_head (in, &kind, &length, cancellable, error))
    return FALSE;
  if (kind != 'm')
    return fail_corrupt (error);
  text = read_bytes (in, length, MOST_ABOUT, cancellable, error);
  if (text == NULL)
    return FALSE;
  object = cr_json_parse ((const char *) text->data, text->len, CR_SAID ("The backup"), NULL);
  return object != NULL ? take_about (about, object, error) : fail_corrupt (error);
}

static gboolean
check_kind (CrBackup *about, gboolean is_sandbox, GError **error)
{
  if (about->is_sandbox == is_sandbox)
    return TRUE;
  g_set_error_literal (
      error, CR_ERROR, CR_ERROR_BAD_INPUT,
      is_sandbox ? CR_SAID ("This is a backup of real patients. It cannot be restored into "
                            "the sandbox.")
                 : CR_SAID ("This is a backup of the sandbox. It cannot be restored where "
                            "real patients are."));
  return FALSE;
}

static gboolean
check_room (const CrBackupParts *parts, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (parts->database);
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GFileInfo) info =
      g_file_query_filesystem_info (file, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, NULL, NULL);
  guint64 n_free, n_needed = (guint64) parts->about->n_bytes;
  g_autofree char *needed = g_format_size (n_needed);
  g_autofree char *is_free = NULL;

  if (info == NULL || !g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE))
    return TRUE;
  n_free = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
  if (n_free > n_needed)
    return TRUE;

  is_free = g_format_size (n_free);
  g_set_error (
      error, CR_ERROR, CR_ERROR_NO_SPACE,
      "The disk of the data folder has no room for what is in this backup: it takes %s, and "
      "%s are free. Nothing was changed.",
      needed, is_free);
  return FALSE;
}

static gboolean
read_secrets (GInputStream *in,
              CrBackupParts *parts,
              guint64 length,
              GCancellable *cancellable,
              GError **error)
{
  GByteArray *bytes = read_bytes (in, length, MOST_SECRETS, cancellable, error);

  if (bytes == NULL)
    return FALSE;
  if (bytes->len > 0 && bytes->data[bytes->len - 1] != 0)
    {
      g_byte_array_unref (bytes);
      return fail_corrupt (error);
    }
  g_clear_pointer (&parts->secrets, g_bytes_unref);
  parts->secrets = cr_backup_file_keep_secret (bytes);
  parts->about->has_secrets = TRUE;
  return TRUE;
}

static gboolean
copy_out (GInputStream *in,
          GOutputStream *out,
          CrBackupParts *parts,
          CrProgress *progress,
          GCancellable *cancellable,
          GError **error)
{
  g_autofree guint8 *buffer = g_malloc (CR_BACKUP_BUFFER);
  gint64 total = parts->about->n_bytes;
  gint64 done = 0;

  while (done < total)
    {
      gssize n = g_input_stream_read (in, buffer, (gsize) MIN (total - done, CR_BACKUP_BUFFER),
                                      cancellable, error);

      if (n < 0)
        return FALSE;
      if (n == 0)
        return fail_corrupt (error);
      if (!g_output_stream_write_all (out, buffer, (gsize) n, NULL, cancellable, error))
        return FALSE;
      done += n;
      cr_progress_tell (progress, CR_BACKUP_READING, done, total);
    }
  return TRUE;
}

static gboolean
read_database (GInputStream *in,
               CrBackupParts *parts,
               guint64 length,
               CrProgress *progress,
               GCancellable *cancellable,
               GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (parts->database);
  g_autoptr (GFileOutputStream) out = NULL;

  if (length != (guint64) parts->about->n_bytes)
    return fail_corrupt (error);
  if (!check_room (parts, error))
    return FALSE;
  out = g_file_create (file, G_FILE_CREATE_PRIVATE, cancellable, error);
  return out != NULL && copy_out (in, G_OUTPUT_STREAM (out), parts, progress, cancellable, error) &&
         g_output_stream_close (G_OUTPUT_STREAM (out), cancellable, error);
}

/* Each part once; the end proves that nothing is missing. */
static gboolean
read_parts (GInputStream *in,
            CrBackupParts *parts,
            CrProgress *progress,
            GCancellable *cancellable,
            GError **error)
{
  gboolean has_database = FALSE;
  guint64 length = 0;
  char kind = 0;
  char behind;

  while (read_head (in, &kind, &length, cancellable, error))
    {
      if (kind == 'e' && length == 0 && has_database)
        {
          gssize n = g_input_stream_read (in, &behind, 1, cancellable, error);

          return n == 0 || (n > 0 && fail_corrupt (error));
        }
      if (kind == 's' && parts->secrets == NULL && !has_database)
        {
          if (!read_secrets (in, parts, length, cancellable, error))
            return FALSE;
        }
      else if (kind == 'd' && !has_database)
        {
          if (!read_database (in, parts, length, progress, cancellable, error))
            return FALSE;
          has_database = TRUE;
        }
      else
        return fail_corrupt (error);
    }
  return FALSE;
}

static gboolean
read_file (CrBackupParts *parts,
           const char *path,
           const char *passphrase,
           gboolean is_sandbox,
           CrProgress *progress,
           GCancellable *cancellable,
           GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) base = g_file_read (file, cancellable, error);
  g_autoptr (GInputStream) sealed = NULL;
  g_autoptr (GZlibDecompressor) inflate = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW);
  g_autoptr (GInputStream) in = NULL;

  if (base == NULL)
    return FALSE;
  cr_progress_tell (progress, CR_BACKUP_READING, 0, 1);
  sealed = cr_sealed_input_new (G_INPUT_STREAM (base), passphrase, error);
  if (sealed == NULL)
    return FALSE;
  in = g_converter_input_stream_new (sealed, G_CONVERTER (inflate));
  return read_about (in, parts->about, cancellable, error) &&
         check_kind (parts->about, is_sandbox, error) &&
         read_parts (in, parts, progress, cancellable, error);
}

gboolean
cr_backup_file_read (CrBackupParts *parts,
                     const char *path,
                     const char *passphrase,
                     gboolean is_sandbox,
                     CrProgress *progress,
                     GCancellable *cancellable,
                     GError **error)
{
  GError *trouble = NULL;

  if (read_file (parts, path, passphrase, is_sandbox, progress, cancellable, &trouble))
    return TRUE;
  g_propagate_error (error,
                     cr_backup_file_translate (trouble, CR_SAID ("The backup could not be read")));
  return FALSE;
}
