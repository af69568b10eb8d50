/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-language.h"

#include <string.h>

/* A language of a few words, as msgfmt writes one. The words are sorted by the first of each two,
 * which has its context and \004 before it; the very first is "". */
typedef struct
{
  const char *text;
  const char *said;
} CatalogWords;

static inline void
catalog_append_number (GByteArray *array, gsize number)
{
  guint32 little = GUINT32_TO_LE ((guint32) number);

  g_byte_array_append (array, (const guint8 *) &little, sizeof little);
}

static inline CrLanguage *
catalog_new (const CatalogWords *words, gsize n)
{
  GByteArray *array = g_byte_array_new ();
  gsize offset = 28 + n * 16;
  const gsize head[] = { 0x950412de, 0, n, 28, 28 + n * 8, 0, 0 };
  g_autoptr (GBytes) bytes = NULL;
  CrLanguage *language;

  for (guint i = 0; i < G_N_ELEMENTS (head); i++)
    catalog_append_number (array, head[i]);
  for (gsize i = 0; i < 2 * n; i++)
    {
      gsize length = strlen (i < n ? words[i].text : words[i - n].said);

      catalog_append_number (array, length);
      catalog_append_number (array, offset);
      offset += length + 1;
    }
  for (gsize i = 0; i < 2 * n; i++)
    {
      const char *text = i < n ? words[i].text : words[i - n].said;

      g_byte_array_append (array, (const guint8 *) text, (guint) strlen (text) + 1);
    }

  bytes = g_byte_array_free_to_bytes (array);
  language = cr_language_new (bytes, NULL);
  g_assert_nonnull (language);
  return language;
}
