/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "store/cr-source-words.h"
#include "store/cr-sources-private.h"

/* What was typed, once for all statements. A list is four stretches, each in the order of names:
 * names that begin with the text, names with its words, what has them elsewhere (an older name, the
 * city, a web address), and, only if there is nothing of these, names with the text in them. */
typedef struct
{
  char *match;       /* (owned) (nullable): all words anywhere, of the type if one is asked for */
  char *match_names; /* (owned) (nullable): all in the name */
  char *match_rest;  /* (owned) (nullable): not all in the name */
  char *part;        /* (owned) (nullable): what a name may have in it, if long enough to look */
  gboolean is_asked; /* something was typed */
  const char *type;  /* (unowned) (nullable) */
  gint64 low, high;  /* places of the names that begin with it; 1 and 0: none do */
} Search;

static void
search_clear (Search *self)
{
  g_free (self->match);
  g_free (self->match_names);
  g_free (self->match_rest);
  g_free (self->part);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

/* A type is one word, or a few: the index keeps no order of words. */
static char *
of_type (const char *match, const char *type)
{
  g_autofree char *folded = NULL;
  g_auto (GStrv) words = NULL;
  GString *typed;

  if (type == NULL)
    return g_strdup (match);

  folded = cr_source_words_fold (type);
  words = g_strsplit (folded, " ", -1);
  typed = g_string_new (NULL);
  g_string_append_printf (typed, "(%s)", match);
  for (guint i = 0; words[i] != NULL && words[i][0] != '\0'; i++)
    g_string_append_printf (typed, " AND type : \"%s\"", words[i]);
  return g_string_free (typed, FALSE);
}

static const char *const beginnings =
    "SELECT min (place), max (place) FROM source WHERE folded >= :from AND folded < :to";

static gboolean
find_beginnings (CrDb *db, Search *self, const char *text, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, beginnings);
  g_autofree char *from = cr_source_words_of_name (text);
  g_autofree char *to = g_strconcat (from, "\xF4\x8F\xBF\xBF", NULL);

  cr_stmt_bind_text (stmt, ":from", from);
  cr_stmt_bind_text (stmt, ":to", to);
  if (cr_stmt_step (stmt, error) != CR_STEP_ROW)
    return FALSE;

  self->low = MAX (cr_stmt_int64 (stmt, 0), 1);
  self->high = cr_stmt_int64 (stmt, 1);
  return TRUE;
}

/* 1, 0, or -1 on error. */
static gint64
finds_any (CrDb *db, const char *words, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT 1 FROM source_search WHERE source_search MATCH :match LIMIT 1");

  cr_stmt_bind_text (stmt, ":match", words);
  return cr_stmt_read_number (stmt, 0, error);
}

static void
set_matches (Search *self, const char *words, const char *type)
{
  g_autofree char *names = g_strdup_printf ("folded : (%s)", words);

  self->match = of_type (words, type);
  self->match_names = of_type (names, type);
  self->match_rest = g_strdup_printf ("(%s) NOT (%s)", self->match, names);
}

/* NULL when it is too short to be found in the index of parts; its beginnings of words are. */
static char *
phrase_of (const char *folded)
{
  g_auto (GStrv) pieces = g_strsplit (folded, "\"", -1);
  g_autofree char *quoted = g_strjoinv ("\"\"", pieces);

  return g_utf8_strlen (folded, -1) >= 3 ? g_strconcat ("\"", quoted, "\"", NULL) : NULL;
}

/* FALSE on error. Without @text all matches are NULL. */
static gboolean
search_init (CrDb *db, Search *self, const char *text, const char *type, GError **error)
{
  g_autofree char *words = NULL;
  g_autofree char *joined = NULL;
  g_autofree char *folded = NULL;
  gint64 n;

  self->type = type;
  if (text == NULL || text[0] == '\0' || !g_utf8_validate (text, -1, NULL))
    return TRUE;

  words = cr_source_words_match (text);
  folded = cr_source_words_of_name (text);
  self->is_asked = TRUE;
  self->part = phrase_of (folded);
  if (words == NULL)
    return TRUE;

  n = finds_any (db, words, error);
  if (n < 0)
    return FALSE;
  joined = n == 0 ? cr_source_words_match_joined (text) : NULL;
  set_matches (self, joined != NULL ? joined : words, type);
  return find_beginnings (db, self, text, error);
}

#define ROWS(found)                                                                                \
  "SELECT " CR_SOURCE_COLUMNS " FROM (" found " LIMIT :limit OFFSET :offset) AS f"                 \
  " CROSS JOIN source AS s ON s.place = f.place" CR_SOURCE_VENDOR                                  \
  " WHERE (:type IS NULL OR s.type = :type) ORDER BY s.place"

#define BEGIN                                                                                      \
  "SELECT rowid AS place FROM source_search WHERE source_search MATCH :match"                      \
  " AND rowid BETWEEN :low AND :high ORDER BY rowid"
#define NAMED                                                                                      \
  "SELECT rowid AS place FROM source_search WHERE source_search MATCH :match"                      \
  " AND NOT (rowid BETWEEN :low AND :high) ORDER BY rowid"

#define PART                                                                                       \
  "SELECT rowid AS place FROM source_part WHERE source_part MATCH :part AND (:type IS NULL"        \
  " OR (SELECT type FROM source AS t WHERE t.place = source_part.rowid) = :type)"

static const char *const all_rows = ROWS ("SELECT place FROM source ORDER BY place");
static const char *const typed_rows =
    ROWS ("SELECT place FROM source WHERE type = :type ORDER BY place");
static const char *const rows_with_part = ROWS (PART " ORDER BY rowid");

/* The stretches, with what each counts. */
static const struct
{
  const char *rows;
  const char *count;
} stretches[] = {
  { ROWS (BEGIN), "SELECT count(*) FROM (" BEGIN ")" },
  { ROWS (NAMED), "SELECT count(*) FROM (" NAMED ")" },
  { ROWS (NAMED), "SELECT count(*) FROM (" NAMED ")" },
};

const char *const *
cr_sources_search_statements (void)
{
  static const char *all[G_N_ELEMENTS (stretches) * 2 + 5];
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (stretches); i++)
    {
      all[n++] = stretches[i].rows;
      all[n++] = stretches[i].count;
    }
  all[n++] = all_rows;
  all[n++] = typed_rows;
  all[n++] = rows_with_part;
  all[n++] = beginnings;
  return all;
}

static void
bind_stretch (CrStmt *stmt, const Search *self, guint i)
{
  cr_stmt_bind_text (stmt, ":match",
                     i == 0   ? self->match
                     : i == 1 ? self->match_names
                              : self->match_rest);
  cr_stmt_bind_int64 (stmt, ":low", self->low);
  cr_stmt_bind_int64 (stmt, ":high", self->high);
}

static GPtrArray *
read_rows (CrStmt *stmt, const char *type, guint offset, guint limit, GError **error)
{
  cr_stmt_bind_text (stmt, ":type", type);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, cr_sources_read, error);
}

static gint64
count_stretch (CrDb *db, const Search *self, guint i, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, stretches[i].count);

  bind_stretch (stmt, self, i);
  return cr_stmt_read_number (stmt, 0, error);
}

static gint64
count_matches (CrDb *db, const Search *self, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT count(*) FROM source_search WHERE source_search MATCH :match");

  if (self->match == NULL)
    return 0;
  cr_stmt_bind_text (stmt, ":match", self->match);
  return cr_stmt_read_number (stmt, 0, error);
}

/* Moves what @from holds to the end of @to. */
static void
append (GPtrArray *to, GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add (to, g_object_ref (g_ptr_array_index (from, i)));
}

static gboolean
list_stretches (CrDb *db,
                const Search *self,
                GPtrArray *list,
                guint offset,
                guint limit,
                GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (stretches) && list->len < limit; i++)
    {
      g_autoptr (CrStmt) stmt = cr_stmt_new (db, stretches[i].rows);
      g_autoptr (GPtrArray) rows = NULL;
      gint64 n;

      bind_stretch (stmt, self, i);
      rows = read_rows (stmt, self->type, offset, limit - list->len, error);
      if (rows == NULL)
        return FALSE;

      append (list, rows);
      if (rows->len > 0)
        offset = 0;
      else if (offset > 0)
        {
          n = count_stretch (db, self, i, error);
          if (n < 0)
            return FALSE;
          offset -= (guint) MIN (n, offset);
        }
    }

  return TRUE;
}

static GPtrArray *
list_part (CrDb *db, const Search *self, guint offset, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, rows_with_part);

  cr_stmt_bind_text (stmt, ":part", self->part);
  return read_rows (stmt, self->type, offset, limit, error);
}

static GPtrArray *
list_all (CrDb *db, const char *type, guint offset, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, type != NULL ? typed_rows : all_rows);

  return read_rows (stmt, type, offset, limit, error);
}

/**
 * cr_sources_table_list:
 * @text: (nullable): what a person typed: beginnings of words of the name, an older name, the
 *   city, the state, a web address or an NPI, in any case, order and punctuation; else a part of
 *   the name
 * @type: (nullable): a vendor
 *
 * Returns: (transfer full): a page of sources: first the names that begin with @text, then those
 *   with its words, then the others, each by name
 */
GPtrArray *
cr_sources_table_list (CrDb *db,
                       const char *text,
                       const char *type,
                       guint offset,
                       guint limit,
                       GError **error)
{
  g_auto (Search) self = { 0 };
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 n;

  if (!search_init (db, &self, text, type, error))
    return NULL;
  if (!self.is_asked)
    return list_all (db, type, offset, limit, error);

  if (self.match != NULL && !list_stretches (db, &self, list, offset, limit, error))
    return NULL;
  if (list->len > 0)
    return g_steal_pointer (&list);

  n = offset > 0 ? count_matches (db, &self, error) : 0;
  if (n != 0)
    return n > 0 ? g_steal_pointer (&list) : NULL;
  return self.part != NULL ? list_part (db, &self, offset, limit, error) : g_steal_pointer (&list);
}

static gint64
count_part (CrDb *db, const Search *self, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*) FROM (" PART ")");

  if (self->part == NULL)
    return 0;
  cr_stmt_bind_text (stmt, ":part", self->part);
  cr_stmt_bind_text (stmt, ":type", self->type);
  return cr_stmt_read_number (stmt, 0, error);
}

static gint64
count_all (CrDb *db, const char *type, GError **error)
{
  g_autoptr (CrStmt) all = cr_stmt_new (db, "SELECT count(*) FROM source");
  g_autoptr (CrStmt) typed = cr_stmt_new (db, "SELECT count(*) FROM source WHERE type = :type");

  if (type == NULL)
    return cr_stmt_read_number (all, 0, error);
  cr_stmt_bind_text (typed, ":type", type);
  return cr_stmt_read_number (typed, 0, error);
}

gint64
cr_sources_table_count (CrDb *db, const char *text, const char *type, GError **error)
{
  g_auto (Search) self = { 0 };
  gint64 n;

  if (!search_init (db, &self, text, type, error))
    return -1;
  if (!self.is_asked)
    return count_all (db, type, error);

  n = count_matches (db, &self, error);
  return n != 0 ? n : count_part (db, &self, error);
}
