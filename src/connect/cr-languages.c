/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-languages.h"

#include "connect/cr-pages-resources.h"

#include <string.h>

#define FOLDER "/io/github/chartroom/pages/words/"
#define MAX_RANGES 32

/* Why not gettext: it speaks the language of the process, or of a thread where the system has a
 * locale for it and the person set no LANGUAGE, which wins over both; most clinics' computers have
 * one locale, and Flatpak brings one language only. A patient's is seldom theirs. So the catalogs
 * are built in, and each page is told which one it is written with. */
typedef struct
{
  char *code;           /* (owned): `pt-BR`, as pages name it */
  CrLanguage *language; /* (owned) (nullable): the words as written */
} Language;

typedef struct
{
  const char *text; /* not terminated */
  gsize length;
  double weight;
} Range;

static void
add (GArray *languages, char *code, CrLanguage *language)
{
  Language one = { code, language };

  g_array_append_val (languages, one);
}

static void
add_built_in (GArray *languages, const char *name)
{
  g_autofree char *path = g_strconcat (FOLDER, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  g_autoptr (CrLanguage) language = bytes != NULL ? cr_language_new (bytes, &error) : NULL;

  if (language == NULL)
    g_error ("The words “%s” were not built in: %s", name, error->message);

  /* Words for the window alone are none for patients. */
  if (cr_language_knows (language, "language of these words\004en"))
    add (languages, g_strdelimit (g_strndup (name, strcspn (name, ".")), "_", '-'),
         g_steal_pointer (&language));
}

/* They live as long as the program does. */
static GArray *
get_all (void)
{
  static gsize made = 0;

  if (g_once_init_enter (&made))
    {
      GArray *languages = g_array_new (FALSE, FALSE, sizeof (Language));
      g_auto (GStrv) names = NULL;

      /* All registered resources are looked through, as G_RESOURCE_OVERLAYS is for those alone: a
       * translator sees words of a language that is not built in yet. */
      cr_pages_files_get_resource ();
      names = g_resources_enumerate_children (FOLDER, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
      add (languages, g_strdup ("en"), NULL);
      for (guint i = 0; names != NULL && names[i] != NULL; i++)
        add_built_in (languages, names[i]);
      g_once_init_leave (&made, (gsize) languages);
    }

  return (GArray *) made;
}

gsize
cr_languages_count (void)
{
  return get_all ()->len;
}

const char *
cr_languages_get_code (gsize n)
{
  g_return_val_if_fail (n < cr_languages_count (), NULL);

  return g_array_index (get_all (), Language, n).code;
}

/**
 * cr_languages_get:
 *
 * Returns: (nullable) (transfer none): %NULL for English, the language as written
 */
const CrLanguage *
cr_languages_get (gsize n)
{
  g_return_val_if_fail (n < cr_languages_count (), NULL);

  return g_array_index (get_all (), Language, n).language;
}

static gsize
primary_length (const char *code, gsize length)
{
  gsize n = 0;

  while (n < length && code[n] != '-' && code[n] != '_')
    n++;
  return n;
}

static gboolean
is_same (const char *code, const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (code[i] == '\0' ||
        g_ascii_tolower (code[i]) != (text[i] == '_' ? '-' : g_ascii_tolower (text[i])))
      return FALSE;

  return code[length] == '\0';
}

/* From the end, part by part: “de-CH-1996” is “de-CH”, and that is “de” when there is no better.
 * Source: RFC 4647 §3.4. Who asks for “pt” or “pt-PT” reads “pt-BR” too. */
static const Language *
find (const char *text, gsize length)
{
  GArray *all = get_all ();
  gsize primary = primary_length (text, length);

  for (gsize n = length; n > 0; n--)
    for (guint i = 0; (n == length || text[n] == '-' || text[n] == '_') && i < all->len; i++)
      if (is_same (g_array_index (all, Language, i).code, text, n))
        return &g_array_index (all, Language, i);

  for (guint i = 0; primary > 0 && i < all->len; i++)
    {
      const char *code = g_array_index (all, Language, i).code;

      if (primary_length (code, strlen (code)) == primary &&
          g_ascii_strncasecmp (code, text, primary) == 0)
        return &g_array_index (all, Language, i);
    }

  return NULL;
}

/* “de-AT;q=0.8”. Source: RFC 9110 §12.4.2 and §12.5.4 */
static Range
read_range (const char *text, gsize length)
{
  Range range = { .text = text, .weight = 1 };
  const char *end = text + length;
  const char *weight = memchr (text, ';', length);

  while (range.text < end && g_ascii_isspace (*range.text))
    range.text++;
  while (range.text + range.length < end &&
         (g_ascii_isalnum (range.text[range.length]) || strchr ("-*", range.text[range.length])))
    range.length++;

  if (weight != NULL)
    weight = memchr (weight, '=', end - weight);
  if (weight != NULL)
    range.weight = g_ascii_strtod (weight + 1, NULL);
  return range;
}

/* In the order of the weights; of equal ones the first. */
static guint
read_ranges (const char *accept, Range *ranges)
{
  guint n = 0;

  for (const char *p = accept; *p != '\0' && n < MAX_RANGES;)
    {
      gsize length = strcspn (p, ",");
      Range range = read_range (p, length);
      guint at = n;

      p += length + (p[length] == ',');
      /* not a number compares to nothing */
      if (range.length == 0 || !(range.weight > 0))
        continue;
      for (; at > 0 && ranges[at - 1].weight < range.weight; at--)
        ranges[at] = ranges[at - 1];
      ranges[at] = range;
      n++;
    }

  return n;
}

/**
 * cr_languages_choose:
 * @accept: (nullable): `Accept-Language` of the browser
 * @usual: (nullable): what is spoken where the browser wants nothing that is spoken here, as
 *   g_get_language_names() lists it
 *
 * Returns: (nullable) (transfer none): the language to answer in; %NULL for English
 */
const CrLanguage *
cr_languages_choose (const char *accept, const char *const *usual)
{
  Range ranges[MAX_RANGES];
  guint n = accept != NULL ? read_ranges (accept, ranges) : 0;
  const Language *found = NULL;

  for (guint i = 0; i < n && found == NULL && *ranges[i].text != '*'; i++)
    found = find (ranges[i].text, ranges[i].length);
  for (guint i = 0; usual != NULL && usual[i] != NULL && found == NULL; i++)
    found = find (usual[i], strcspn (usual[i], ".@"));

  return found != NULL ? found->language : NULL;
}
