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
keep_all (const char *const *wanted, const char *const *given, GHashTable *parameters)
{
  for (guint i = 0; wanted[i] != NULL; i++)
    {
      g_autofree char *rest = NULL;

      if (!is_parameter (wanted[i]))
        continue;
      if (is_rest (wanted[i]) && wanted[i + 1] == NULL)
        rest = g_strjoinv ("/", (char **) given + i);
      if (!keep (parameters, wanted[i], decode (rest != NULL ? rest : given[i])))
        return FALSE;
    }
  return TRUE;
}

static gboolean
fits (const char *wanted, const char *given)
{
  g_autofree char *plain = NULL;

  if (is_parameter (wanted))
    return *given != '\0';
  if (strchr (given, '%') == NULL)
    return strcmp (wanted, given) == 0;

  plain = decode (given);
  return g_strcmp0 (wanted, plain) == 0;
}

char **
cr_route_split (const char *path)
{
  return g_strsplit (path, "/", -1);
}

gboolean
cr_route_match (const char *const *wanted, const char *const *given, GHashTable **parameters)
{
  g_autoptr (GHashTable) found = NULL;
  gboolean has_rest = FALSE;
  guint i;

  for (i = 0; wanted[i] != NULL && given[i] != NULL && !has_rest; i++)
    {
      has_rest = is_rest (wanted[i]) && wanted[i + 1] == NULL;
      if (!has_rest && !fits (wanted[i], given[i]))
        return FALSE;
    }
  if (!has_rest && (wanted[i] != NULL || given[i] != NULL))
    return FALSE;

  found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!keep_all (wanted, given, found))
    return FALSE;
  *parameters = g_steal_pointer (&found);
  return TRUE;
}
