/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cr-error.h"
#include "sandbox/cr-sandbox-span.h"

struct _CrShelf
{
  int fd;
  goffset end;
  GHashTable *entries; /* (owned): "Type/id" to CrShelfEntry, which it owns */
  GHashTable *types;   /* (owned): type to GPtrArray of CrShelfEntry, in the order they came */
  GHashTable *keys;    /* (owned): "Type param value" to GPtrArray of CrShelfEntry */
};

static void
entry_free (CrShelfEntry *entry)
{
  g_free (entry->type);
  g_free (entry->id);
  g_ptr_array_unref (entry->keys);
  g_free (entry);
}

static void
add_key (CrShelf *self,
         CrShelfEntry *entry,
         const char *param,
         const char *system,
         const char *value)
{
  char *key = g_strdup_printf ("%s %s %s%s%s", entry->type, param, system != NULL ? system : "",
                               system != NULL ? "|" : "", value);
  GPtrArray *list = g_hash_table_lookup (self->keys, key);

  if (list == NULL)
    {
      list = g_ptr_array_new ();
      g_hash_table_insert (self->keys, g_strdup (key), list);
    }
  if (list->len > 0 && g_ptr_array_index (list, list->len - 1) == entry)
    {
      g_free (key);
      return;
    }
  g_ptr_array_add (list, entry);
  g_ptr_array_add (entry->keys, key);
}

static void
drop_keys (CrShelf *self, CrShelfEntry *entry)
{
  for (guint i = 0; i < entry->keys->len; i++)
    {
      GPtrArray *list = g_hash_table_lookup (self->keys, g_ptr_array_index (entry->keys, i));

      if (list != NULL)
        g_ptr_array_remove (list, entry);
    }
  g_ptr_array_set_size (entry->keys, 0);
}

/* Identifiers are one or many; a tag is a Coding, whose `code` is what `value` is to the other. */
static void
add_tokens (CrShelf *self,
            CrShelfEntry *entry,
            CrSandboxSpan list,
            const char *param,
            const char *member)
{
  CrSandboxSpan name = { NULL, 0 }, item = { NULL, 0 };
  gboolean many = cr_sandbox_span_is (list, '[');

  if (!many)
    item = list;
  while (many ? cr_sandbox_span_next (list, &name, &item) : item.start != NULL)
    {
      g_autofree char *system = cr_sandbox_span_member_string (item, "system");
      g_autofree char *value = cr_sandbox_span_member_string (item, member);

      if (value != NULL)
        {
          add_key (self, entry, param, NULL, value);
          if (system != NULL)
            add_key (self, entry, param, system, value);
        }
      if (!many)
        return;
    }
}

static void
index_body (CrShelf *self, CrShelfEntry *entry, const char *body, gsize length)
{
  CrSandboxSpan root, list, meta;

  if (!cr_sandbox_span_check (body, length, &root))
    return;

  if (cr_sandbox_span_member (root, "identifier", &list))
    add_tokens (self, entry, list, "identifier", "value");
  if (cr_sandbox_span_member (root, "meta", &meta) && cr_sandbox_span_member (meta, "tag", &list))
    add_tokens (self, entry, list, "_tag", "code");
}

static CrShelfEntry *
ensure_entry (CrShelf *self, const char *type, const char *id)
{
  CrShelfEntry *entry = cr_shelf_find (self, type, id);
  GPtrArray *list;

  if (entry != NULL)
    return entry;

  entry = g_new0 (CrShelfEntry, 1);
  entry->type = g_strdup (type);
  entry->id = g_strdup (id);
  entry->keys = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_insert (self->entries, g_strconcat (type, "/", id, NULL), entry);
  list = g_hash_table_lookup (self->types, type);
  if (list == NULL)
    {
      list = g_ptr_array_new ();
      g_hash_table_insert (self->types, g_strdup (type), list);
    }
  g_ptr_array_add (list, entry);
  return entry;
}

/* Reads one record of the file. Returns where the next begins, or NULL at a torn end. */
static const char *
load_one (CrShelf *self, const char *start, const char *p, const char *end)
{
  const char *line_end = memchr (p, '\n', (gsize) (end - p));
  g_autofree char *line = line_end != NULL ? g_strndup (p, (gsize) (line_end - p)) : NULL;
  g_auto (GStrv) parts = g_strsplit (line != NULL ? line : "", " ", -1);
  CrShelfEntry *entry;
  gsize length;

  if (g_strv_length (parts) != 6)
    return NULL;

  length = (gsize) g_ascii_strtoull (parts[5], NULL, 10);
  if (length + 1 > (gsize) (end - line_end - 1) || line_end[1 + length] != '\n')
    return NULL;

  entry = ensure_entry (self, parts[1], parts[2]);
  entry->version = (guint) g_ascii_strtoull (parts[3], NULL, 10);
  entry->updated_ms = g_ascii_strtoll (parts[4], NULL, 10);
  entry->is_deleted = parts[0][0] == 'D';
  entry->offset = line_end + 1 - start;
  entry->length = length;
  drop_keys (self, entry);
  if (!entry->is_deleted)
    index_body (self, entry, line_end + 1, length);
  return line_end + 1 + length + 1;
}

static void
load (CrShelf *self)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new_from_fd (self->fd, FALSE, NULL);
  const char *start = file != NULL ? g_mapped_file_get_contents (file) : NULL;
  const char *end = start != NULL ? start + g_mapped_file_get_length (file) : NULL;

  for (const char *p = start; p != NULL && p < end;)
    {
      p = load_one (self, start, p, end);
      if (p != NULL)
        self->end = p - start;
    }
}

static gboolean
set_error (GError **error, int code)
{
  g_set_error (error, CR_ERROR, code == ENOSPC ? CR_ERROR_NO_SPACE : CR_ERROR_READ_ONLY,
               "The sandbox cannot write what it was given (%s): look at its folder",
               g_strerror (code));
  return FALSE;
}

/* @path: made if it is not there; what a kill left half written at its end is cut off */
CrShelf *
cr_shelf_new (const char *path, GError **error)
{
  g_autoptr (CrShelf) self = g_new0 (CrShelf, 1);

  self->entries =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) entry_free);
  self->types =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->keys =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->fd < 0)
    {
      set_error (error, errno);
      return NULL;
    }

  load (self);
  if (ftruncate (self->fd, self->end) != 0)
    {
      set_error (error, errno);
      return NULL;
    }

  return g_steal_pointer (&self);
}

void
cr_shelf_free (CrShelf *self)
{
  g_hash_table_unref (self->keys);
  g_hash_table_unref (self->types);
  g_hash_table_unref (self->entries);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

/* Returns: (transfer none) (nullable): deleted ones too */
CrShelfEntry *
cr_shelf_find (CrShelf *self, const char *type, const char *id)
{
  g_autofree char *name = g_strconcat (type, "/", id, NULL);

  return g_hash_table_lookup (self->entries, name);
}

/**
 * cr_shelf_find_by:
 * @param: "identifier" or "_tag"
 * @value: "system|value" or "value"
 *
 * Returns: (transfer container): of CrShelfEntry
 */
GPtrArray *
cr_shelf_find_by (CrShelf *self, const char *type, const char *param, const char *value)
{
  g_autofree char *key = g_strdup_printf ("%s %s %s", type, param, value);
  GPtrArray *list = g_hash_table_lookup (self->keys, key);
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; list != NULL && i < list->len; i++)
    g_ptr_array_add (found, g_ptr_array_index (list, i));

  return found;
}

/* Returns: (transfer container): what there is of @type, the first that came first */
GPtrArray *
cr_shelf_list (CrShelf *self, const char *type)
{
  GPtrArray *list = g_hash_table_lookup (self->types, type);
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      CrShelfEntry *entry = g_ptr_array_index (list, i);

      if (!entry->is_deleted)
        g_ptr_array_add (found, entry);
    }

  return found;
}

/* Returns: (transfer none): type to GPtrArray of CrShelfEntry, deleted ones too */
GHashTable *
cr_shelf_types (CrShelf *self)
{
  return self->types;
}

char *
cr_shelf_read (CrShelf *self, CrShelfEntry *entry, GError **error)
{
  g_autofree char *body = g_malloc (entry->length + 1);
  gsize done = 0;

  while (done < entry->length)
    {
      gssize n =
          pread (self->fd, body + done, entry->length - done, entry->offset + (goffset) done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          g_set_error (error, CR_ERROR, CR_ERROR_CORRUPT,
                       "The sandbox cannot read what it was given");
          return NULL;
        }
      done += (gsize) n;
    }
  body[entry->length] = '\0';
  return g_steal_pointer (&body);
}

/* One write, so that a kill leaves all of it or a torn end that the next start cuts off. */
static gboolean
append (CrShelf *self, GString *text, GError **error)
{
  gsize done = 0;

  while (done < text->len)
    {
      gssize n = pwrite (self->fd, text->str + done, text->len - done, self->end + (goffset) done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return set_error (error, errno);
      done += (gsize) n;
    }
  self->end += (goffset) text->len;
  return TRUE;
}

/**
 * cr_shelf_put:
 * @body: kept as it is
 *
 * Returns: (transfer none) (nullable): the entry with its new version
 */
CrShelfEntry *
cr_shelf_put (CrShelf *self,
              const char *type,
              const char *id,
              GBytes *body,
              gint64 now_ms,
              GError **error)
{
  CrShelfEntry *old = cr_shelf_find (self, type, id);
  guint version = old != NULL ? old->version + 1 : 1;
  g_autoptr (GString) text = g_string_new (NULL);
  goffset start = self->end;
  CrShelfEntry *entry;
  gsize length;
  const char *data = g_bytes_get_data (body, &length);
  gsize line;

  g_string_printf (text, "P %s %s %u %" G_GINT64_FORMAT " %" G_GSIZE_FORMAT "\n", type, id, version,
                   now_ms, length);
  line = text->len;
  g_string_append_len (text, data, (gssize) length);
  g_string_append_c (text, '\n');
  if (!append (self, text, error))
    return NULL;

  entry = ensure_entry (self, type, id);
  entry->version = version;
  entry->updated_ms = now_ms;
  entry->is_deleted = FALSE;
  entry->offset = start + (goffset) line;
  entry->length = length;
  drop_keys (self, entry);
  index_body (self, entry, data, length);
  return entry;
}

gboolean
cr_shelf_delete (CrShelf *self, CrShelfEntry *entry, gint64 now_ms, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text, "D %s %s %u %" G_GINT64_FORMAT " 0\n\n", entry->type, entry->id,
                   entry->version + 1, now_ms);
  if (!append (self, text, error))
    return FALSE;

  entry->version++;
  entry->updated_ms = now_ms;
  entry->is_deleted = TRUE;
  entry->length = 0;
  drop_keys (self, entry);
  return TRUE;
}
