/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-local-words.h"

#include "base/cr-said.h"
#include "config.h"
#include "connect/cr-languages.h"

#include <glib/gi18n.h>

/* Rows ask for the same again and again. What was asked for longer ago than this many others is
 * forgotten. */
#define MAX_KEPT 2000

typedef struct
{
  const CrLanguage *language; /* (unowned) (nullable): of the window */
  CrSaid *said;               /* (owned): in it */
  GHashTable *fresh;          /* (owned): text → in the language */
  GHashTable *stale;          /* (owned): the same, of before */
} Words;

static GHashTable *
table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* The catalogs name their own language, so that this is the one that gettext found. */
static const CrLanguage *
choose (void)
{
  const char *code = g_dpgettext2 (GETTEXT_PACKAGE, "language of these words", "en");
  const char *names[] = { code, NULL };

  return cr_languages_choose (NULL, names);
}

static Words *
get (void)
{
  static gsize made = 0;

  if (g_once_init_enter (&made))
    {
      Words *words = g_new (Words, 1);

      *words = (Words){ choose (), NULL, table_new (), table_new () };
      words->said = cr_said_new (words->language);
      g_once_init_leave (&made, (gsize) words);
    }

  return (Words *) made;
}

const CrLanguage *
cr_local_language (void)
{
  return get ()->language;
}

/**
 * cr_local_words:
 * @text: (nullable): what the engine said: the message of an error, why a query failed
 *
 * The engine says everything in English, as it stores it and as programs read it; this is what a
 * window shows. For the main thread.
 *
 * Returns: (transfer none) (nullable): @text in the language of this process, valid until some
 *   thousand others were asked for
 */
const char *
cr_local_words (const char *text)
{
  Words *words;
  char *said = NULL;
  const char *kept;

  if (text == NULL)
    return NULL;

  words = get ();
  kept = g_hash_table_lookup (words->fresh, text);
  if (kept != NULL)
    return kept;

  kept = g_hash_table_lookup (words->stale, text);
  said = kept != NULL ? g_strdup (kept) : cr_said_tell (words->said, text);
  if (g_hash_table_size (words->fresh) >= MAX_KEPT)
    {
      g_hash_table_unref (words->stale);
      words->stale = words->fresh;
      words->fresh = table_new ();
    }
  g_hash_table_insert (words->fresh, g_strdup (text), said);
  return said;
}
