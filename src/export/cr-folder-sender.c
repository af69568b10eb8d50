/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-said.h"
#include "export/cr-object-file.h"
#include "export/cr-senders.h"
#include "export/cr-withdrawing.h"

#include "base/cr-id.h"
#include "base/cr-way.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CR_TYPE_FOLDER_SENDER (cr_folder_sender_get_type ())
G_DECLARE_FINAL_TYPE (CrFolderSender, cr_folder_sender, CR, FOLDER_SENDER, CrSender)

#define PIECE_BYTES (128 * 1024)

struct _CrFolderSender
{
  CrSender parent_instance;

  char *path;             /* (owned) */
  CrObjectLayout *layout; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrFolderSender, cr_folder_sender, CR_TYPE_SENDER)

/* What one write needs; nothing of the sender's, so that it may run on any thread. */
typedef struct
{
  char *folder;
  char *name;
  GBytes *bytes;
} Write;

static void
write_free (Write *self)
{
  g_free (self->folder);
  g_free (self->name);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}

static gboolean
fail (int number, const char *what, GError **error)
{
  CrErrorCode code = number == ENOSPC || number == EDQUOT                   ? CR_ERROR_NO_SPACE
                   : number == EROFS || number == EACCES || number == EPERM ? CR_ERROR_READ_ONLY
                   : number == ENOENT || number == ENOTDIR                  ? CR_ERROR_NOT_FOUND
                                                                            : CR_ERROR_REFUSED;

  g_set_error (error, CR_ERROR, code, "%s: %s", what, g_strerror (number));
  return FALSE;
}

static gboolean
sync_folder (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && (fsync (fd) == 0 || errno == EINVAL);
  int number = errno;

  if (fd >= 0)
    close (fd);
  return ok || fail (number, CR_SAID ("The folder could not be written to"), error);
}

/* Each from that of the file up to the destination's own: those between may just have been made. */
static gboolean
sync_folders (const char *top, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  while (sync_folder (folder, error))
    {
      char *above;

      if (strlen (folder) <= strlen (top))
        return TRUE;
      above = g_path_get_dirname (folder);
      g_free (folder);
      folder = above;
    }

  return FALSE;
}

static gboolean
write_all (int fd, GBytes *bytes)
{
  gsize left;
  const char *data = g_bytes_get_data (bytes, &left);

  while (left > 0)
    {
      gssize n = write (fd, data, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      left -= (gsize) n;
    }

  return fsync (fd) == 0;
}

/* Under another name first, and renamed when all of it is on the disk. */
static gboolean
replace_file (const char *path, GBytes *bytes, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".part", NULL);
  int fd = open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean ok;
  int number;

  if (fd < 0)
    return fail (errno, CR_SAID ("A file could not be made in the folder"), error);

  ok = write_all (fd, bytes);
  number = errno;
  if (close (fd) != 0 && ok)
    {
      ok = FALSE;
      number = errno;
    }
  if (ok && g_rename (temporary, path) != 0)
    {
      ok = FALSE;
      number = errno;
    }
  if (ok)
    return TRUE;

  g_unlink (temporary);
  return fail (number, CR_SAID ("A file could not be written to the folder"), error);
}

static gboolean
write_file (const Write *work, GError **error)
{
  g_autofree char *path = g_build_filename (work->folder, work->name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  /* A disk that is not mounted must not be filled below its mount point. */
  if (!g_file_test (work->folder, G_FILE_TEST_IS_DIR))
    return fail (ENOENT, CR_SAID ("The folder is not there"), error);
  if (g_mkdir_with_parents (parent, 0700) != 0)
    return fail (errno, CR_SAID ("A folder could not be made in the folder"), error);

  return replace_file (path, work->bytes, error) && sync_folders (work->folder, path, error);
}

static void
write_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  cr_way_give ();
  if (write_file (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
run_write (CrFolderSender *self,
           const char *name,
           GBytes *bytes,
           GAsyncReadyCallback callback,
           GTask *user_data)
{
  g_autoptr (GTask) task =
      g_task_new (self, g_task_get_cancellable (user_data), callback, user_data);
  Write *work = g_new0 (Write, 1);

  work->folder = g_strdup (self->path);
  work->name = g_strdup (name);
  work->bytes = g_bytes_ref (bytes);
  g_task_set_task_data (task, work, (GDestroyNotify) write_free);
  g_task_run_in_thread (task, write_in_thread);
}

static void
wrote_part_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrParcel *parcel = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }

  cr_parcel_all_sent (parcel);
  g_task_return_boolean (task, TRUE);
}

static void
made_file_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrFolderSender *self = g_task_get_source_object (task);
  CrParcel *parcel = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (CrObjectFile) file = cr_object_file_new_finish (result, &error);

  if (file == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  parcel->item->bytes = (gint64) g_bytes_get_size (file->bytes);
  g_free (parcel->item->sha256);
  parcel->item->sha256 = g_steal_pointer (&file->sha256);
  g_free (parcel->item->lines);
  parcel->item->lines = g_steal_pointer (&file->lines);
  run_write (self, parcel->item->name, file->bytes, wrote_part_cb, g_steal_pointer (&task));
}

static void
cr_folder_sender_send_async (CrSender *sender,
                             CrParcel *parcel,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  CrFolderSender *self = CR_FOLDER_SENDER (sender);
  GTask *task = g_task_new (sender, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_folder_sender_send_async);
  g_task_set_task_data (task, parcel, NULL);
  cr_object_file_new_async (parcel, self->layout->file_type, cancellable, made_file_cb, task);
}

static gboolean
finish_boolean (CrSender *sender, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
sealed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
cr_folder_sender_seal_async (CrSender *sender,
                             CrExportRun *run,
                             GPtrArray *items,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  CrFolderSender *self = CR_FOLDER_SENDER (sender);
  GTask *task = g_task_new (sender, cancellable, callback, user_data);
  g_autoptr (GBytes) manifest = cr_object_manifest_new (self->layout, run, items);
  g_autofree char *name = g_build_filename (run->id, "manifest.json", NULL);

  g_task_set_source_tag (task, cr_folder_sender_seal_async);
  run_write (self, name, manifest, sealed_cb, task);
}

static gboolean
is_written (const char *folder, GError **error)
{
  g_autofree char *token = cr_random_hex (8);
  g_autofree char *name = g_strdup_printf (".chartroom-test-%s", token);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (token, strlen (token));
  g_autofree char *back = NULL;
  Write work = { (char *) folder, name, bytes };

  if (!write_file (&work, error))
    return FALSE;

  if (!g_file_get_contents (path, &back, NULL, NULL) || g_strcmp0 (back, token) != 0)
    {
      g_unlink (path);
      return fail (EIO, CR_SAID ("What was written could not be read back"), error);
    }
  if (g_unlink (path) != 0)
    return fail (errno, CR_SAID ("A file could not be removed from the folder"), error);

  return TRUE;
}

static void
test_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_finding_free);
  g_autoptr (GError) error = NULL;
  gboolean ok = is_written (data, &error);

  g_ptr_array_add (
      findings,
      cr_finding_new ("write", ok,
                      ok ? CR_SAID ("A file was written, read back and removed") : error->message));
  g_task_return_pointer (task, findings, (GDestroyNotify) g_ptr_array_unref);
}

static void
cr_folder_sender_test_async (CrSender *sender,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (sender, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_folder_sender_test_async);
  g_task_set_task_data (task, g_strdup (CR_FOLDER_SENDER (sender)->path), g_free);
  g_task_run_in_thread (task, test_in_thread);
}

static GPtrArray *
cr_folder_sender_test_finish (CrSender *sender, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct
{
  CrDifference *each; /* (unowned) */
  char *path;         /* (owned) */
} Look;

static void
look_free (gpointer data)
{
  Look *self = data;

  g_free (self->path);
  g_free (self);
}

/* A file that cannot be opened is as good as gone; one that breaks off while it is read is not what
 * was written. */
static gboolean
is_as_written (const char *path, const CrDifference *each, GCancellable *cancellable)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *piece = g_malloc (PIECE_BYTES);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat found;
  gssize n = -1;

  if (fd < 0)
    return FALSE;
  if (fstat (fd, &found) == 0 && S_ISREG (found.st_mode) && found.st_size == each->bytes)
    while ((n = read (fd, piece, PIECE_BYTES)) > 0 && !g_cancellable_is_cancelled (cancellable))
      g_checksum_update (sum, piece, n);
  close (fd);

  return n == 0 && g_strcmp0 (g_checksum_get_string (sum), each->sha256) == 0;
}

static void
look_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Look *self = data;

  self->each->n_found =
      is_as_written (self->path, self->each, cancellable) ? self->each->n_expected : 0;
  g_task_return_boolean (task, TRUE);
}

/* By what is in the file: reading it costs little here. */
static void
cr_folder_sender_count_async (CrSender *sender,
                              CrDifference *each,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (sender, cancellable, callback, user_data);
  Look *look = g_new0 (Look, 1);

  look->each = each;
  look->path = g_build_filename (CR_FOLDER_SENDER (sender)->path, each->name, NULL);
  g_task_set_source_tag (task, cr_folder_sender_count_async);
  g_task_set_task_data (task, look, look_free);
  g_task_run_in_thread (task, look_in_thread);
}

typedef struct
{
  CrParcel *parcel; /* (unowned): the caller leaves it alone until the callback */
  char *folder;     /* (owned) */
} Taking;

static void
taking_free (gpointer data)
{
  Taking *self = data;

  g_free (self->folder);
  g_free (self);
}

/* Folders whose names tell a patient go with their last file. */
static void
remove_empty_parents (const char *folder, const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path);

  while (strlen (parent) > strlen (folder) && g_rmdir (parent) == 0)
    {
      char *next = g_path_get_dirname (parent);

      g_free (parent);
      parent = next;
    }
}

static CrExportEntry *
take_file (const char *folder, CrWithdrawal *row, GCancellable *cancellable)
{
  g_autofree char *path = g_build_filename (folder, row->file, NULL);
  CrDifference each = { .bytes = row->bytes, .sha256 = row->sha256 };
  CrExportEntry *entry;

  row->how = "file";
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !is_as_written (path, &each, cancellable))
    return cr_withdrawing_refused (
        row, CR_ERROR_CONFLICT, FALSE,
        CR_SAID (
            "The file is not as it was written, so it stays; look at it and delete it by hand"));
  if (g_unlink (path) != 0 && errno != ENOENT)
    return cr_withdrawing_refused (
        row, CR_ERROR_READ_ONLY, TRUE,
        CR_SAID ("The file could not be deleted; permit this program to do so"));

  remove_empty_parents (folder, path);
  entry = cr_export_entry_new (row->n, 0);
  entry->status = CR_ITEM_SENT;
  return entry;
}

static void
withdraw_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Taking *self = data;
  CrParcel *parcel = self->parcel;
  g_autoptr (GBytes) manifest = cr_withdrawing_manifest (parcel);
  Write work = { self->folder, parcel->item->name, manifest };
  GError *error = NULL;

  if (!write_file (&work, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  parcel->item->bytes = (gint64) g_bytes_get_size (manifest);
  cr_withdrawing_named (parcel);
  for (guint i = 0; i < parcel->withdrawn->len; i++)
    {
      CrWithdrawal *row = g_ptr_array_index (parcel->withdrawn, i);

      if (row->file != NULL)
        g_ptr_array_add (parcel->outcomes, take_file (self->folder, row, cancellable));
    }
  g_task_return_boolean (task, TRUE);
}

/* As in storage: a file that names what is withdrawn, then the files that hold nothing else go. */
static void
cr_folder_sender_withdraw_async (CrSender *sender,
                                 CrParcel *parcel,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (sender, cancellable, callback, user_data);
  Taking *taking = g_new0 (Taking, 1);

  taking->parcel = parcel;
  taking->folder = g_strdup (CR_FOLDER_SENDER (sender)->path);
  g_task_set_source_tag (task, cr_folder_sender_withdraw_async);
  g_task_set_task_data (task, taking, taking_free);
  g_task_run_in_thread (task, withdraw_in_thread);
}

static gboolean
cr_folder_sender_one_owner_an_item (CrSender *sender)
{
  return CR_FOLDER_SENDER (sender)->layout->is_by_patient;
}

static char *
cr_folder_sender_name_item (CrSender *sender,
                            CrExportRun *run,
                            const char *type,
                            const char *patient_id,
                            const char *source_id,
                            guint part)
{
  return cr_object_layout_part (CR_FOLDER_SENDER (sender)->layout, run->id, type, patient_id,
                                source_id, part);
}

static void
cr_folder_sender_finalize (GObject *object)
{
  CrFolderSender *self = CR_FOLDER_SENDER (object);

  g_free (self->path);
  cr_object_layout_free (self->layout);

  G_OBJECT_CLASS (cr_folder_sender_parent_class)->finalize (object);
}

static void
cr_folder_sender_class_init (CrFolderSenderClass *klass)
{
  CrSenderClass *sender_class = CR_SENDER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_folder_sender_finalize;

  sender_class->max_records = 20000;
  sender_class->max_bytes = 8 << 20;
  sender_class->takes_lines = TRUE;
  sender_class->max_parallel = 2;
  sender_class->one_owner_an_item = cr_folder_sender_one_owner_an_item;
  sender_class->name_item = cr_folder_sender_name_item;
  sender_class->test_async = cr_folder_sender_test_async;
  sender_class->test_finish = cr_folder_sender_test_finish;
  sender_class->send_async = cr_folder_sender_send_async;
  sender_class->send_finish = finish_boolean;
  sender_class->seal_async = cr_folder_sender_seal_async;
  sender_class->seal_finish = finish_boolean;
  sender_class->count_async = cr_folder_sender_count_async;
  sender_class->withdraw_async = cr_folder_sender_withdraw_async;
}

static void
cr_folder_sender_init (CrFolderSender *self)
{
}

/**
 * cr_folder_sender_new:
 *
 * Writes files below a folder of this computer. A file appears whole or not: it is written under
 * another name, synced and renamed; the manifest comes last.
 */
CrSender *
cr_folder_sender_new (const CrSenderParts *parts, GError **error)
{
  const char *path = cr_destination_get (parts->destination, "path");
  CrFolderSender *self;

  if (path == NULL || !g_path_is_absolute (path))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "The destination has no folder; write its whole path");
      return NULL;
    }

  self = g_object_new (CR_TYPE_FOLDER_SENDER, NULL);
  self->path = g_strdup (path);
  self->layout = cr_object_layout_new (parts->destination);
  return CR_SENDER (self);
}
