/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-search.h"

#include "store/cr-stmt.h"

/**
 * cr_search_words:
 * @text: (nullable): what a person typed
 *
 * Returns: (transfer full) (nullable): the value for `:words` of CR_SEARCH_PATIENT, each word a
 *   beginning; %NULL when there is no word, which means everyone
 * Source: https://www.sqlite.org/fts5.html#fts5_strings: in quotes nothing is an operator
 */
char *
cr_search_words (const char *text)
{
  g_auto (GStrv) words = NULL;
  GString *match = NULL;

  if (text == NULL || !g_utf8_validate (text, -1, NULL))
    return NULL;

  words = g_strsplit_set (text, " \t\r\n", -1);
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (words[i][0] == '\0')
        continue;
      if (match == NULL)
        match = g_string_new (NULL);
      else
        g_string_append_c (match, ' ');
      g_string_append_c (match, '"');
      for (const char *p = words[i]; *p != '\0'; p++)
        {
          if (*p == '"')
            g_string_append_c (match, '"');
          g_string_append_c (match, *p);
        }
      g_string_append (match, "\"*");
    }

  return match != NULL ? g_string_free (match, FALSE) : NULL;
}

/**
 * cr_search_fold:
 *
 * Returns: (transfer full): @text without case and accents, for columns that are compared
 */
char *
cr_search_fold (const char *text)
{
  g_autofree char *apart = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);
  GString *plain = g_string_new (NULL);
  char *folded;

  for (const char *p = apart != NULL ? apart : ""; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!g_unichar_ismark (c))
        g_string_append_unichar (plain, c);
    }

  folded = g_utf8_casefold (plain->str, -1);
  g_string_free (plain, TRUE);
  return folded;
}

/**
 * cr_search_part:
 * @text: (nullable)
 *
 * Returns: (transfer full) (nullable): a pattern for `LIKE … ESCAPE '\'` on a folded column that
 *   finds @text anywhere; %NULL when there is nothing to look for
 */
char *
cr_search_part (const char *text)
{
  g_autofree char *folded = NULL;
  GString *pattern;

  if (text == NULL || text[0] == '\0')
    return NULL;

  folded = cr_search_fold (text);
  pattern = g_string_new ("%");
  for (const char *p = folded; *p != '\0'; p++)
    {
      if (*p == '%' || *p == '_' || *p == '\\')
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *p);
    }
  g_string_append_c (pattern, '%');
  return g_string_free (pattern, FALSE);
}

gboolean
cr_search_put (CrDb *db,
               gint64 n,
               const char *id,
               const char *name,
               const char *email,
               GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT OR REPLACE INTO patient_search (rowid, id, name, email)"
                       " VALUES (:n, :id, :name, :email)");

  cr_stmt_bind_int64 (stmt, ":n", n);
  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_text (stmt, ":name", name);
  cr_stmt_bind_text (stmt, ":email", email);
  return cr_stmt_run (stmt, error);
}

/* A row taken out of the index leaves its words in the old segments until they are merged; merging
 * now is what makes them go. */
gboolean
cr_search_remove (CrDb *db, gint64 n, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM patient_search WHERE rowid = :n");
  g_autoptr (CrStmt) merge =
      cr_stmt_new (db, "INSERT INTO patient_search (patient_search) VALUES ('optimize')");

  cr_stmt_bind_int64 (stmt, ":n", n);
  return cr_stmt_run (stmt, error) && cr_stmt_run (merge, error);
}
