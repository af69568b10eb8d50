/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-source-words.h"

#include <string.h>

#include "store/cr-search.h"

#define MAX_WORDS 2000 /* of one source: a brand may list thousands of clinics */

/* Ways to write one word. The first is the one names are compared and sorted by. */
static const char *const same[][6] = {
  { "st", "saint", "sainte", "snt" },
  { "mt", "mount" },
  { "ft", "fort" },
  { "hosp", "hospital", "hospitals", "hsptl" },
  { "med", "medical", "medicine" },
  { "ctr", "center", "centre", "centers", "cntr" },
  { "univ", "university" },
  { "dr", "doctor", "drs" },
  { "assoc", "associates", "association" },
  { "reg", "regional", "regl" },
  { "mem", "memorial", "meml" },
  { "comm", "community" },
  { "gen", "general" },
  { "natl", "national" },
  { "intl", "international" },
  { "peds", "pediatrics", "pediatric", "paediatrics", "paediatric" },
  { "ortho", "orthopedics", "orthopedic", "orthopaedics", "orthopaedic" },
  { "gyn", "gynecology", "gynaecology" },
  { "svcs", "services", "service" },
  { "cty", "county" },
  { "dept", "department" },
  { "grp", "group" },
  { "inst", "institute" },
  { "n", "north" },
  { "s", "south" },
  { "e", "east" },
  { "w", "west" },
};

static const char *const states[][2] = {
  { "al", "Alabama" },        { "ak", "Alaska" },        { "az", "Arizona" },
  { "ar", "Arkansas" },       { "ca", "California" },    { "co", "Colorado" },
  { "ct", "Connecticut" },    { "de", "Delaware" },      { "dc", "District of Columbia" },
  { "fl", "Florida" },        { "ga", "Georgia" },       { "hi", "Hawaii" },
  { "id", "Idaho" },          { "il", "Illinois" },      { "in", "Indiana" },
  { "ia", "Iowa" },           { "ks", "Kansas" },        { "ky", "Kentucky" },
  { "la", "Louisiana" },      { "me", "Maine" },         { "md", "Maryland" },
  { "ma", "Massachusetts" },  { "mi", "Michigan" },      { "mn", "Minnesota" },
  { "ms", "Mississippi" },    { "mo", "Missouri" },      { "mt", "Montana" },
  { "ne", "Nebraska" },       { "nv", "Nevada" },        { "nh", "New Hampshire" },
  { "nj", "New Jersey" },     { "nm", "New Mexico" },    { "ny", "New York" },
  { "nc", "North Carolina" }, { "nd", "North Dakota" },  { "oh", "Ohio" },
  { "ok", "Oklahoma" },       { "or", "Oregon" },        { "pa", "Pennsylvania" },
  { "pr", "Puerto Rico" },    { "ri", "Rhode Island" },  { "sc", "South Carolina" },
  { "sd", "South Dakota" },   { "tn", "Tennessee" },     { "tx", "Texas" },
  { "ut", "Utah" },           { "vt", "Vermont" },       { "va", "Virginia" },
  { "wa", "Washington" },     { "wv", "West Virginia" }, { "wi", "Wisconsin" },
  { "wy", "Wyoming" },
};

static const char *const *
find_same (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    for (guint j = 0; j < G_N_ELEMENTS (same[i]) && same[i][j] != NULL; j++)
      if (strcmp (same[i][j], word) == 0)
        return same[i];

  return NULL;
}

static gboolean
is_apostrophe (gunichar c)
{
  return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || c == 0x02BC || c == 0x00B4;
}

/* Of all kinds: one counts as a letter, another falls into a space and an accent when it is folded.
 */
static char *
drop_apostrophes (const char *text)
{
  GString *plain = g_string_new (NULL);

  if (!g_utf8_validate (text, -1, NULL))
    return g_string_free (plain, FALSE);
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!is_apostrophe (g_utf8_get_char (p)))
      g_string_append_unichar (plain, g_utf8_get_char (p));
  return g_string_free (plain, FALSE);
}

/* Whether the dot at @dot ends no word: “U.C.L.A.”, and on demand “example.org”. */
static gboolean
is_inside (GString *words, gsize start, const char *dot, gboolean joins_at_dots)
{
  if (words->len == start)
    return FALSE;
  if (joins_at_dots && g_ascii_isalnum (dot[1]))
    return TRUE;

  return words->len == start + 1 || (dot[1] != '\0' && dot[2] == '.');
}

/* @joins_at_dots: “a.b” is one word, as in a web address. */
static char *
fold (const char *text, gboolean joins_at_dots)
{
  g_autofree char *bare = drop_apostrophes (text != NULL ? text : "");
  g_autofree char *plain = cr_search_fold (bare);
  GString *words = g_string_new (NULL);
  gsize start = 0; /* of the word being written */

  for (const char *p = plain; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_isalnum (c))
        g_string_append_unichar (words, c);
      else if (c == '&')
        g_string_append (words, words->len > start ? " and " : "and ");
      else if (c == '.' && is_inside (words, start, p, joins_at_dots))
        continue;
      else if (words->len > start)
        g_string_append_c (words, ' ');

      if (words->len > 0 && words->str[words->len - 1] == ' ')
        start = words->len;
    }

  while (words->len > 0 && words->str[words->len - 1] == ' ')
    g_string_truncate (words, words->len - 1);
  return g_string_free (words, FALSE);
}

/**
 * cr_source_words_fold:
 *
 * Returns: (transfer full): the words of @text, small, without accents and punctuation, a space
 *   between each: “St. Mary’s & Children’s, U.C.L.A.” is `st marys and childrens ucla`
 */
char *
cr_source_words_fold (const char *text)
{
  return fold (text, FALSE);
}

/**
 * cr_source_words_of_name:
 *
 * Returns: (transfer full): what names are sorted and compared by: `st marys hosp` for both “Saint
 *   Mary’s Hospital” and “St Marys Hosp.”
 */
char *
cr_source_words_of_name (const char *name)
{
  g_autofree char *folded = cr_source_words_fold (name);
  g_auto (GStrv) words = g_strsplit (folded, " ", -1);
  GString *text = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    {
      const char *const *group = find_same (words[i]);

      if (words[i][0] == '\0' || (strcmp (words[i], "and") == 0 && words[i + 1] != NULL))
        continue;
      if (text->len > 0)
        g_string_append_c (text, ' ');
      g_string_append (text, group != NULL ? group[0] : words[i]);
    }

  return g_string_free (text, FALSE);
}

static void
add_word (GPtrArray *words, GHashTable *seen, const char *word)
{
  char *copy;

  if (word[0] == '\0' || words->len >= MAX_WORDS || g_hash_table_contains (seen, word))
    return;

  copy = g_strdup (word);
  g_ptr_array_add (words, copy);
  g_hash_table_add (seen, copy);
}

/* Every way to write a word, and two neighbours as one, since people write “Oak Wood” and
 * “Oakwood”, “Health Care” and “Healthcare”. */
static void
add_text (GPtrArray *words, GHashTable *seen, const char *text)
{
  g_autofree char *folded = cr_source_words_fold (text);
  g_auto (GStrv) parts = g_strsplit (folded, " ", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *const *group = find_same (parts[i]);

      add_word (words, seen, parts[i]);
      for (guint j = 0; group != NULL && j < G_N_ELEMENTS (same[0]) && group[j] != NULL; j++)
        add_word (words, seen, group[j]);
      if (strcmp (parts[i], "healthcare") == 0)
        add_word (words, seen, "care");
      if (parts[i + 1] != NULL)
        {
          g_autofree char *joined = g_strconcat (parts[i], parts[i + 1], NULL);

          add_word (words, seen, joined);
        }
    }
}

/* A host is found by any label it has and what follows: `fhir.example.org` by `fhirexampleorg` and
 * `exampleorg`, which is how “example.o” is read when typed. */
static void
add_host (GPtrArray *words, GHashTable *seen, const char *url)
{
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL) : NULL;
  g_autofree char *folded = cr_source_words_fold (uri != NULL ? g_uri_get_host (uri) : NULL);
  g_auto (GStrv) labels = g_strsplit (folded, " ", -1);

  for (guint i = 0; labels[i] != NULL && (labels[i + 1] != NULL || i == 0); i++)
    {
      g_autofree char *tail = g_strjoinv (NULL, labels + i);

      add_word (words, seen, tail);
    }
}

static char *
join_words (GPtrArray *words)
{
  g_ptr_array_add (words, NULL);
  return g_strjoinv (" ", (char **) words->pdata);
}

static void
add_state (GPtrArray *words, GHashTable *seen, const char *state)
{
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_ascii_strcasecmp (states[i][0], state) == 0)
      add_text (words, seen, states[i][1]);
    else if (g_ascii_strcasecmp (states[i][1], state) == 0)
      add_word (words, seen, states[i][0]);
}

/**
 * cr_source_words_of_rest:
 *
 * Returns: (transfer full): the words @source is found by beside those of its name's first form:
 *   name, brand, aliases, city, state, NPI, the hosts of its addresses
 */
char *
cr_source_words_of_rest (CrSource *source)
{
  const char *texts[] = { source->name, source->published_name, source->brand, source->login,
                          source->city, source->state,          source->npi };
  const char *urls[] = { source->website, source->portal_url, source->fhir_base_url };
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i] != NULL)
      add_text (words, seen, texts[i]);
  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    add_host (words, seen, urls[i]);
  if (source->state != NULL)
    add_state (words, seen, source->state);
  for (guint i = 0; source->aliases != NULL && source->aliases[i] != NULL; i++)
    add_text (words, seen, source->aliases[i]);

  return join_words (words);
}

/**
 * cr_source_words_brand:
 *
 * Returns: (transfer full): the same for two sources that people would take for one
 */
char *
cr_source_words_brand (CrSource *source)
{
  g_autofree char *name =
      cr_source_words_of_name (source->brand != NULL ? source->brand : source->name);
  g_autofree char *state = cr_source_words_fold (source->state);

  return g_strconcat (name, "|", state, NULL);
}

/* Each word is a beginning; an s at its end may be missing: “marys”, “mary”. */
static void
append_beginning (GString *match, const char *word)
{
  gsize n = strlen (word);

  if (n > 3 && word[n - 1] == 's' && word[n - 2] != 's')
    n--;
  if (match->len > 0)
    g_string_append_c (match, ' ');
  g_string_append_c (match, '"');
  g_string_append_len (match, word, (gssize) n);
  g_string_append (match, "\"*");
}

/* What was typed, as words; an “and” between two says nothing. */
static char **
words_typed (const char *text)
{
  const char *scheme_end = text != NULL ? strstr (text, "://") : NULL;
  g_autofree char *host =
      scheme_end != NULL ? g_strndup (scheme_end + 3, strcspn (scheme_end + 3, "/")) : NULL;
  g_autofree char *folded = fold (host != NULL ? host : text, TRUE);
  g_auto (GStrv) words = g_strsplit (folded, " ", -1);
  g_autoptr (GStrvBuilder) kept = g_strv_builder_new ();

  for (guint i = 0; words[i] != NULL && i < 16; i++)
    if (words[i][0] != '\0' && (strcmp (words[i], "and") != 0 || words[i + 1] == NULL))
      g_strv_builder_add (kept, words[i]);

  return g_strv_builder_end (kept);
}

/**
 * cr_source_words_match:
 * @text: (nullable): what a person typed
 *
 * Returns: (transfer full) (nullable): the expression that finds it, %NULL when it has no word
 * Source: https://www.sqlite.org/fts5.html#full_text_query_syntax
 */
char *
cr_source_words_match (const char *text)
{
  g_auto (GStrv) words = words_typed (text);
  g_autoptr (GString) match = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    append_beginning (match, words[i]);

  return match->len > 0 ? g_strdup (match->str) : NULL;
}

/**
 * cr_source_words_match_joined:
 *
 * Returns: (transfer full) (nullable): the expression that finds “Oakwood Clinic” for “oak wood
 *   clinic”: two neighbours as one word, whichever they are
 */
char *
cr_source_words_match_joined (const char *text)
{
  g_auto (GStrv) words = words_typed (text);
  GString *match = NULL;

  for (guint pair = 0; words[0] != NULL && words[pair + 1] != NULL; pair++)
    {
      g_autoptr (GString) one = g_string_new (NULL);

      for (guint i = 0; words[i] != NULL; i++)
        {
          g_autofree char *joined = g_strconcat (words[i], i == pair ? words[i + 1] : NULL, NULL);

          append_beginning (one, joined);
          i += i == pair;
        }
      if (match == NULL)
        match = g_string_new (NULL);
      g_string_append_printf (match, "%s(%s)", match->len > 0 ? " OR " : "", one->str);
    }

  return match != NULL ? g_string_free (match, FALSE) : NULL;
}
