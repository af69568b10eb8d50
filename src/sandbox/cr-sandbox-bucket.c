/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-sandbox-bucket.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-json.h"

/* A file of an object is one line of JSON, then the content. */
struct _CrSandboxBucket
{
  char *directory;     /* (owned) */
  GHashTable *objects; /* (owned): key to CrSandboxObject */
};

static void
object_free (CrSandboxObject *object)
{
  g_free (object->key);
  g_free (object->etag);
  g_free (object->content_type);
  g_free (object);
}

static char *
file_of (CrSandboxBucket *self, const char *key)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);

  return g_strconcat (self->directory, "/", hash, ".object", NULL);
}

static void
load_object (CrSandboxBucket *self, const char *path)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  const char *text = file != NULL ? g_mapped_file_get_contents (file) : NULL;
  gsize length = text != NULL ? g_mapped_file_get_length (file) : 0;
  const char *end = text != NULL ? memchr (text, '\n', length) : NULL;
  g_autoptr (JsonObject) head =
      end != NULL ? cr_json_parse (text, end - text, "The head of an object", NULL) : NULL;
  CrSandboxObject *object;

  if (head == NULL || cr_json_string (head, "key") == NULL)
    return;

  object = g_new0 (CrSandboxObject, 1);
  object->key = g_strdup (cr_json_string (head, "key"));
  object->etag = g_strdup (cr_json_string (head, "etag"));
  object->content_type = g_strdup (cr_json_string (head, "content_type"));
  cr_json_int (head, "stored_ms", &object->stored_ms);
  object->start = (gsize) (end + 1 - text);
  object->size = length - object->start;
  g_hash_table_replace (self->objects, object->key, object);
}

/* @directory: made if it is not there */
CrSandboxBucket *
cr_sandbox_bucket_new (const char *directory)
{
  CrSandboxBucket *self = g_new0 (CrSandboxBucket, 1);
  g_autoptr (GDir) dir = NULL;
  const char *name;

  self->directory = g_strdup (directory);
  self->objects =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) object_free);
  g_mkdir_with_parents (directory, 0700);
  dir = g_dir_open (directory, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      if (g_str_has_suffix (name, ".object"))
        load_object (self, path);
      else if (g_str_has_suffix (name, ".new"))
        g_unlink (path);
    }

  return self;
}

void
cr_sandbox_bucket_free (CrSandboxBucket *self)
{
  g_hash_table_unref (self->objects);
  g_free (self->directory);
  g_free (self);
}

CrSandboxObject *
cr_sandbox_bucket_find (CrSandboxBucket *self, const char *key)
{
  return g_hash_table_lookup (self->objects, key);
}

static int
compare_objects (gconstpointer a, gconstpointer b)
{
  const CrSandboxObject *const *one = a, *const *other = b;

  return strcmp ((*one)->key, (*other)->key);
}

/* Returns: (transfer container): by key, in the order of their bytes */
GPtrArray *
cr_sandbox_bucket_list (CrSandboxBucket *self, const char *prefix)
{
  GPtrArray *found = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer object;

  g_hash_table_iter_init (&iter, self->objects);
  while (g_hash_table_iter_next (&iter, NULL, &object))
    if (g_str_has_prefix (((CrSandboxObject *) object)->key, prefix))
      g_ptr_array_add (found, object);
  g_ptr_array_sort (found, compare_objects);

  return found;
}

static gboolean
write_all (int fd, const char *data, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      data += n;
      length -= (gsize) n;
    }

  return TRUE;
}

static gboolean
write_file (const char *path, const char *head, GBytes *const *parts, guint n_parts)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  gboolean ok = fd >= 0 && write_all (fd, head, strlen (head));

  for (guint i = 0; ok && i < n_parts; i++)
    ok = write_all (fd, g_bytes_get_data (parts[i], NULL), g_bytes_get_size (parts[i]));
  if (fd >= 0 && close (fd) != 0)
    ok = FALSE;

  return ok;
}

/**
 * cr_sandbox_bucket_put:
 * @parts: the content, in order
 * @error: %CR_ERROR_NO_SPACE or %CR_ERROR_READ_ONLY
 *
 * Replaces what was there in one step.
 */
gboolean
cr_sandbox_bucket_put (CrSandboxBucket *self,
                       const char *key,
                       const char *content_type,
                       const char *etag,
                       GBytes *const *parts,
                       guint n_parts,
                       gint64 now_ms,
                       GError **error)
{
  g_autofree char *path = file_of (self, key);
  g_autofree char *temporary = g_strconcat (path, ".new", NULL);
  g_autoptr (JsonObject) head = json_object_new ();
  g_autofree char *text = NULL, *line = NULL;

  json_object_set_string_member (head, "key", key);
  json_object_set_string_member (head, "etag", etag);
  json_object_set_string_member (head, "content_type", content_type);
  json_object_set_int_member (head, "stored_ms", now_ms);
  text = cr_json_object_to_text (head, FALSE);
  line = g_strconcat (text, "\n", NULL);
  if (!write_file (temporary, line, parts, n_parts) || g_rename (temporary, path) != 0)
    {
      g_set_error (error, CR_ERROR, errno == ENOSPC ? CR_ERROR_NO_SPACE : CR_ERROR_READ_ONLY,
                   "The sandbox cannot write the object (%s): look at its folder",
                   g_strerror (errno));
      g_unlink (temporary);
      return FALSE;
    }

  load_object (self, path);
  return TRUE;
}

void
cr_sandbox_bucket_delete (CrSandboxBucket *self, const char *key)
{
  g_autofree char *path = file_of (self, key);

  if (g_hash_table_remove (self->objects, key))
    g_unlink (path);
}

/* Returns: (transfer full) (nullable): the content */
GBytes *
cr_sandbox_bucket_read (CrSandboxBucket *self, CrSandboxObject *object)
{
  g_autofree char *path = file_of (self, object->key);
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  g_autoptr (GBytes) whole = file != NULL ? g_mapped_file_get_bytes (file) : NULL;

  if (whole == NULL || g_bytes_get_size (whole) < object->start + object->size)
    return NULL;

  return g_bytes_new_from_bytes (whole, object->start, object->size);
}

/* Returns: (transfer full): where the parts of an upload lie; with NULL, where the uploads do */
char *
cr_sandbox_bucket_upload_dir (CrSandboxBucket *self, const char *upload_id)
{
  return g_build_filename (self->directory, "uploads", upload_id, NULL);
}
