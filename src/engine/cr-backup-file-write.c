/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-backup-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixoutputstream.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"
#include "vault/cr-sealed-file.h"

/* Half of the size at a fraction of the time. */
#define DEFLATE_LEVEL 1

static void
wiped_free (gpointer data)
{
  GByteArray *bytes = data;

  cr_secret_wipe_array (bytes);
  g_byte_array_unref (bytes);
}

GBytes *
cr_backup_file_keep_secret (GByteArray *bytes)
{
  return g_bytes_new_with_free_func (bytes->data, bytes->len, wiped_free, bytes);
}

GError *
cr_backup_file_translate (GError *error, const char *doing)
{
  CrErrorCode code = CR_ERROR_READ_ONLY;
  GError *ours;

  if (error->domain == CR_ERROR || cr_error_is_cancelled (error))
    return error;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    code = CR_ERROR_NO_SPACE;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
           g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    code = CR_ERROR_NOT_FOUND;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA) ||
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
    code = CR_ERROR_CORRUPT;
  ours = code == CR_ERROR_NO_SPACE
           ? g_error_new (CR_ERROR, (int) code,
                          "%s: the disk is full. Free some space, or choose another place.", doing)
           : g_error_new (CR_ERROR, (int) code, "%s: %s", doing, error->message);
  g_error_free (error);
  return ours;
}

static gboolean
write_head (GOutputStream *out, char kind, guint64 n, GCancellable *cancellable, GError **error)
{
  guint8 head[CR_BACKUP_PART_HEAD];
  guint64 big = GUINT64_TO_BE (n);

  head[0] = (guint8) kind;
  memcpy (head + 1, &big, sizeof big);
  return g_output_stream_write_all (out, head, sizeof head, NULL, cancellable, error);
}

static gboolean
write_part (GOutputStream *out,
            char kind,
            gconstpointer bytes,
            gsize n,
            GCancellable *cancellable,
            GError **error)
{
  return write_head (out, kind, n, cancellable, error) &&
         g_output_stream_write_all (out, bytes, n, NULL, cancellable, error);
}

static gboolean
write_about (GOutputStream *out, CrBackup *about, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char *text = NULL;

  json_object_set_int_member (object, "format", CR_BACKUP_FORMAT);
  cr_json_set_time (object, "created_at", about->created_ms);
  cr_json_set_string (object, "version", about->version);
  cr_json_set_string (object, "workspace", about->workspace_id);
  json_object_set_boolean_member (object, "sandbox", about->is_sandbox);
  json_object_set_int_member (object, "database_bytes", about->n_bytes);
  text = cr_json_object_to_text (object, FALSE);
  return write_part (out, 'm', text, strlen (text), cancellable, error);
}

static gboolean
write_database (GOutputStream *out,
                const CrBackupParts *parts,
                CrProgress *progress,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (parts->database);
  g_autoptr (GFileInputStream) in = g_file_read (file, cancellable, error);
  g_autofree guint8 *buffer = g_malloc (CR_BACKUP_BUFFER);
  gint64 total = parts->about->n_bytes;
  gint64 done = 0;

  if (in == NULL || !write_head (out, 'd', (guint64) total, cancellable, error))
    return FALSE;
  while (done < total)
    {
      gssize n =
          g_input_stream_read (G_INPUT_STREAM (in), buffer,
                               (gsize) MIN (total - done, CR_BACKUP_BUFFER), cancellable, error);

      if (n <= 0 || !g_output_stream_write_all (out, buffer, (gsize) n, NULL, cancellable, error))
        return FALSE;
      done += n;
      cr_progress_tell (progress, CR_BACKUP_WRITING, done, total);
    }
  return TRUE;
}

static gboolean
write_parts (GOutputStream *base,
             const CrBackupParts *parts,
             const char *passphrase,
             CrProgress *progress,
             GCancellable *cancellable,
             GError **error)
{
  g_autoptr (GOutputStream) sealed = cr_sealed_output_new (base, passphrase, error);
  g_autoptr (GZlibCompressor) deflate =
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW, DEFLATE_LEVEL);
  g_autoptr (GOutputStream) out = NULL;
  gsize n = 0;
  gconstpointer secrets = parts->secrets != NULL ? g_bytes_get_data (parts->secrets, &n) : NULL;

  if (sealed == NULL)
    return FALSE;
  out = g_converter_output_stream_new (sealed, G_CONVERTER (deflate));
  if (!write_about (out, parts->about, cancellable, error) ||
      (parts->secrets != NULL && !write_part (out, 's', secrets, n, cancellable, error)) ||
      !write_database (out, parts, progress, cancellable, error) ||
      !write_head (out, 'e', 0, cancellable, error))
    return FALSE;

  cr_sealed_output_set_whole (CR_SEALED_OUTPUT (sealed));
  return g_output_stream_close (out, cancellable, error);
}

static gboolean
set_errno_error (GError **error)
{
  int code = errno;

  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
  return FALSE;
}

static gboolean
check_name (const char *path, gboolean replaces, GError **error)
{
  if (replaces || !g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                       "There is a file of that name already. It was left as it is.");
  return FALSE;
}

static gboolean
write_and_name (const CrBackupParts *parts,
                const char *path,
                const char *part,
                gboolean replaces,
                const char *passphrase,
                CrProgress *progress,
                GCancellable *cancellable,
                GError **error)
{
  int fd = g_open (part, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
  g_autoptr (GOutputStream) base = NULL;
  gboolean ok;

  if (fd < 0)
    return set_errno_error (error);

  base = g_unix_output_stream_new (fd, FALSE);
  ok = write_parts (base, parts, passphrase, progress, cancellable, error) &&
       (fsync (fd) == 0 || set_errno_error (error));
  if (close (fd) != 0 && ok)
    ok = set_errno_error (error);
  ok = ok && check_name (path, replaces, error) &&
       (g_rename (part, path) == 0 || set_errno_error (error));
  if (!ok)
    g_unlink (part);
  return ok;
}

gboolean
cr_backup_file_write (const CrBackupParts *parts,
                      const char *path,
                      gboolean replaces,
                      const char *passphrase,
                      CrProgress *progress,
                      GCancellable *cancellable,
                      GError **error)
{
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  GError *trouble = NULL;

  if (!check_name (path, replaces, error))
    return FALSE;
  if (write_and_name (parts, path, part, replaces, passphrase, progress, cancellable, &trouble))
    return TRUE;

  g_propagate_error (
      error, cr_backup_file_translate (trouble, CR_SAID ("The backup could not be written")));
  return FALSE;
}
