/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-routes.h"

#include <string.h>

static char *
decode (const char *text)
{
  char *plain = g_uri_unescape_string (text, NULL);

  if (plain != NULL && !g_utf8_validate (plain, -1, NULL))
    g_clear_pointer (&plain, g_free);

  return plain;
}

static gboolean
is_parameter (const char *part)
{
  return part[0] == '{' && g_str_has_suffix (part, "}");
}

static gboolean
is_rest (const char *part)
{
  return part[0] == '{' && g_str_has_suffix (part, "*}");
}

/* Takes @value. */
static gboolean
keep (GHashTable *parameters, const char *part, char *value)
{
  gsize length = strlen (part) - (is_rest (part) ? 3 : 2);

  if (value == NULL)
    return FALSE;

  g_hash_table_insert (parameters, g_strndup (part + 1, length), value);
  return TRUE;
}

static gboolean
match_part (const char *wanted, const char *given, GHashTable *parameters)
{
  g_autofree char *plain = NULL;

  if (is_parameter (wanted))
    return *given != '\0' && keep (parameters, wanted, decode (given));

  plain = decode (given);
  return g_strcmp0 (wanted, plain) == 0;
}

gboolean
cr_route_match (const char *pattern, const char *path, GHashTable **parameters)
{
  g_auto (GStrv) wanted = g_strsplit (pattern, "/", -1);
  g_auto (GStrv) given = g_strsplit (path, "/", -1);
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  guint i;

  for (i = 0; wanted[i] != NULL && given[i] != NULL; i++)
    {
      if (is_rest (wanted[i]) && wanted[i + 1] == NULL)
        {
          g_autofree char *rest = g_strjoinv ("/", given + i);

          if (!keep (found, wanted[i], decode (rest)))
            return FALSE;
          *parameters = g_steal_pointer (&found);
          return TRUE;
        }
      if (!match_part (wanted[i], given[i], found))
        return FALSE;
    }

  if (wanted[i] != NULL || given[i] != NULL)
    return FALSE;

  *parameters = g_steal_pointer (&found);
  return TRUE;
}
