/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-json-raw.h"

#include "base/cr-id.h"
#include "base/cr-json.h"

#include <string.h>

/* json-glib makes doubles of numbers. A value that must keep its digits stands in a tree as a
 * string that begins with a mark which nobody outside of this process knows, and in text as
 * itself. */
static const char *
get_mark (void)
{
  static gsize mark = 0;

  if (g_once_init_enter (&mark))
    g_once_init_leave (&mark, (gsize) cr_random_hex (16));
  return (const char *) mark;
}

/**
 * cr_json_compact:
 * @text: one JSON value, known to be one
 *
 * Returns: (transfer full): without the space between its tokens, so on one line, and otherwise as
 *   it is
 */
char *
cr_json_compact (const char *text, gsize n_bytes)
{
  GString *compact = g_string_sized_new (n_bytes);
  gboolean in_string = FALSE;

  for (gsize i = 0; i < n_bytes; i++)
    {
      char c = text[i];

      if (in_string && c == '\\' && i + 1 < n_bytes)
        g_string_append_c (compact, text[i++]);
      else if (c == '"')
        in_string = !in_string;
      else if (!in_string && g_ascii_isspace (c))
        continue;
      g_string_append_c (compact, text[i]);
    }
  return g_string_free (compact, FALSE);
}

/**
 * cr_json_set_raw:
 * @text: (nullable): a JSON object; NULL, and what is none, become an empty one
 *
 * Sets the member to what @text says, to the digit. It is read back from text only.
 */
void
cr_json_set_raw (JsonObject *object, const char *name, const char *text)
{
  gboolean is_empty = text == NULL || strcmp (text, "{}") == 0;
  g_autoptr (JsonObject) parsed = is_empty ? NULL : cr_json_parse (text, -1, name, NULL);
  g_autofree char *compact = NULL;
  g_autofree char *encoded = NULL;
  g_autofree char *marked = NULL;

  if (parsed == NULL || json_object_get_size (parsed) == 0)
    {
      json_object_set_object_member (object, name, json_object_new ());
      return;
    }

  compact = cr_json_compact (text, strlen (text));
  encoded = g_base64_encode ((const guchar *) compact, strlen (compact));
  marked = g_strconcat (get_mark (), encoded, NULL);
  json_object_set_string_member (object, name, marked);
}

/* Takes @text, as json-glib wrote it. */
char *
cr_json_unmark (char *text)
{
  const char *mark = get_mark ();
  const char *at = text, *found;
  GString *plain = NULL;

  while ((found = strstr (at, mark)) != NULL)
    {
      const char *encoded = found + strlen (mark);
      const char *end = strchr (encoded, '"');
      g_autofree char *part = g_strndup (encoded, (gsize) (end - encoded));
      gsize n_bytes;
      g_autofree guchar *bytes = g_base64_decode (part, &n_bytes);

      if (plain == NULL)
        plain = g_string_new (NULL);
      g_string_append_len (plain, at, found - 1 - at);
      g_string_append_len (plain, (const char *) bytes, (gssize) n_bytes);
      at = end + 1;
    }
  if (plain == NULL)
    return text;

  g_string_append (plain, at);
  g_free (text);
  return g_string_free (plain, FALSE);
}
