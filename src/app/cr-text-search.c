/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-text-search.h"

#define STRIDE (64 * 1024) /* bytes, between two looks at whether it is still wanted */

static gunichar
fold (const char *p)
{
  return (guchar) *p < 0x80 ? (gunichar) g_ascii_tolower (*p)
                            : g_unichar_tolower (g_utf8_get_char (p));
}

/* → behind it (nullable) */
static const char *
match (const char *p, const char *end, const char *words)
{
  for (; *words != '\0'; words = g_utf8_next_char (words))
    {
      if (p >= end || fold (p) != fold (words))
        return NULL;
      p = g_utf8_next_char (p);
    }
  return p;
}

GArray *
cr_text_search (GBytes *text, const char *words, guint most, GCancellable *cancellable)
{
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (CrTextHit));
  gsize length;
  const char *start = g_bytes_get_data (text, &length);
  const char *end = start + length, *look_up = start;

  if (words[0] == '\0')
    return g_steal_pointer (&hits);
  for (const char *p = start; p < end && hits->len < most;)
    {
      const char *behind = match (p, end, words);
      CrTextHit hit = { (gsize) (p - start), behind == NULL ? 0 : (gsize) (behind - start) };

      if (behind != NULL)
        g_array_append_val (hits, hit);
      p = behind != NULL ? behind : g_utf8_next_char (p);
      if (p < look_up)
        continue;
      if (g_cancellable_is_cancelled (cancellable))
        return NULL;
      look_up = p + STRIDE;
    }
  return g_steal_pointer (&hits);
}
