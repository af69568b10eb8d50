/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sandbox/cr-sandbox-text.h"
#include "sandbox/cr-sandbox-writer.h"

#define DEFAULT_COUNT 50
#define MAX_COUNT 1000

static const char *
lookup (GPtrArray *query, const char *name)
{
  for (guint i = 0; i + 1 < query->len; i += 2)
    if (strcmp (g_ptr_array_index (query, i), name) == 0)
      return g_ptr_array_index (query, i + 1);

  return NULL;
}

/* Returns: (transfer full): name, value, … decoded */
GPtrArray *
cr_sandbox_writer_parse_query (const char *text)
{
  GPtrArray *pairs = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", "&", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_auto (GStrv) sides = g_strsplit (parts[i], "=", 2);
      char *value;

      if (sides[0] == NULL || sides[1] == NULL)
        continue;
      value = g_uri_unescape_string (sides[1], NULL);
      g_ptr_array_add (pairs, g_strdup (sides[0]));
      g_ptr_array_add (pairs, value != NULL ? value : g_strdup (""));
    }

  return pairs;
}

static void
keep_ids (GPtrArray *found, const char *ids)
{
  g_auto (GStrv) wanted = g_strsplit (ids, ",", -1);

  for (guint i = found->len; i > 0; i--)
    {
      CrShelfEntry *entry = g_ptr_array_index (found, i - 1);

      if (!g_strv_contains ((const char *const *) wanted, entry->id))
        g_ptr_array_remove_index (found, i - 1);
    }
}

static void
keep_common (GPtrArray *found, GPtrArray *other)
{
  for (guint i = found->len; i > 0; i--)
    if (!g_ptr_array_find (other, g_ptr_array_index (found, i - 1), NULL))
      g_ptr_array_remove_index (found, i - 1);
}

/**
 * cr_sandbox_writer_find:
 * @known: (out): whether every parameter is one this server knows
 *
 * Returns: (transfer container): matches of `identifier`, `_tag` and `_id`, or all of @type
 */
GPtrArray *
cr_sandbox_writer_find (CrVisit *x, const char *type, GPtrArray *query, gboolean *known)
{
  static const char *const others[] = { "_count",  "_summary", "_offset", "_total",
                                        "_format", "_sort",    "_pretty", NULL };
  GPtrArray *found = NULL;

  *known = TRUE;
  for (guint i = 0; i + 1 < query->len; i += 2)
    {
      const char *name = g_ptr_array_index (query, i);
      const char *value = g_ptr_array_index (query, i + 1);
      g_autoptr (GPtrArray) more = NULL;

      if (strcmp (name, "identifier") == 0 || strcmp (name, "_tag") == 0)
        more = cr_shelf_find_by (x->house->shelf, type, name, value);
      else if (strcmp (name, "_id") == 0)
        {
          if (found == NULL)
            found = cr_shelf_list (x->house->shelf, type);
          keep_ids (found, value);
        }
      else if (!g_strv_contains (others, name))
        *known = FALSE;
      if (more != NULL && found == NULL)
        found = g_steal_pointer (&more);
      else if (more != NULL)
        keep_common (found, more);
    }

  return found != NULL ? found : cr_shelf_list (x->house->shelf, type);
}

static void
add_links (CrVisit *x,
           GString *out,
           const CrSandboxWriterTask *task,
           guint offset,
           guint count,
           guint total)
{
  g_autoptr (GString) rest = g_string_new (NULL);

  for (guint i = 0; i + 1 < task->query->len; i += 2)
    {
      const char *name = g_ptr_array_index (task->query, i);
      g_autofree char *value =
          g_uri_escape_string (g_ptr_array_index (task->query, i + 1), ":,", FALSE);

      if (strcmp (name, "_offset") != 0 && strcmp (name, "_count") != 0)
        g_string_append_printf (rest, "%s=%s&", name, value);
    }
  cr_sandbox_text_add (out, "'link':[{'relation':'self','url':'%s/%s?%s_count=%d&_offset=%d'}",
                       cr_sandbox_writer_base (x), task->path[0], rest->str, (int) count,
                       (int) offset);
  if (offset + count < total)
    cr_sandbox_text_add (out, ",{'relation':'next','url':'%s/%s?%s_count=%d&_offset=%d'}",
                         cr_sandbox_writer_base (x), task->path[0], rest->str, (int) count,
                         (int) (offset + count));
  g_string_append_c (out, ']');
}

static void
add_entries (CrVisit *x, GString *out, GPtrArray *found, guint offset, guint count)
{
  g_string_append (out, ",\"entry\":[");
  for (guint i = offset; i < MIN (offset + count, found->len); i++)
    {
      CrShelfEntry *entry = g_ptr_array_index (found, i);
      g_autofree char *body = cr_shelf_read (x->house->shelf, entry, NULL);

      if (body == NULL)
        continue;
      cr_sandbox_text_add (out, "%s{'fullUrl':'%s/%s/%s','resource':", i > offset ? "," : "",
                           cr_sandbox_writer_base (x), entry->type, entry->id);
      g_string_append_len (out, body, (gssize) entry->length);
      g_string_append (out, ",\"search\":{\"mode\":\"match\"}}");
    }
  g_string_append_c (out, ']');
}

void
cr_sandbox_writer_search (CrVisit *x,
                          const CrSandboxWriterTask *task,
                          CrSandboxWriterResult *result)
{
  gboolean known;
  g_autoptr (GPtrArray) found = cr_sandbox_writer_find (x, task->path[0], task->query, &known);
  const char *count_text = lookup (task->query, "_count");
  const char *offset_text = lookup (task->query, "_offset");
  guint count =
      count_text != NULL ? (guint) g_ascii_strtoull (count_text, NULL, 10) : DEFAULT_COUNT;
  guint offset = offset_text != NULL ? (guint) g_ascii_strtoull (offset_text, NULL, 10) : 0;
  gboolean only_count = g_strcmp0 (lookup (task->query, "_summary"), "count") == 0 || count == 0;
  GString *out;

  if (!known)
    {
      cr_sandbox_writer_fail (
          result, 400, "not-supported",
          "Only identifier, _tag, _id, _count, _offset and _summary are known here");
      return;
    }

  out = g_string_new (NULL);
  cr_sandbox_text_add (out, "{'resourceType':'Bundle','type':'searchset','total':%d,",
                       (int) found->len);
  count = CLAMP (count, 1, MAX_COUNT);
  offset = MIN (offset, found->len);
  if (only_count)
    add_links (x, out, task, 0, 0, 0);
  else
    {
      add_links (x, out, task, offset, count, found->len);
      if (offset < found->len)
        add_entries (x, out, found, offset, count);
    }
  g_string_append_c (out, '}');
  result->status = 200;
  result->bundle = g_string_free (out, FALSE);
}
