/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-names.h"

#include <string.h>

static void
append_word (GString *words, const CrSpans *spans, guint node)
{
  g_autofree char *word = cr_spans_dup (spans, node);

  if (word == NULL || *g_strstrip (word) == '\0')
    return;

  if (words->len > 0)
    g_string_append_c (words, ' ');
  g_string_append (words, word);
}

/* A string or a list of them. */
static void
append_words (GString *words, const CrSpans *spans, guint node)
{
  if (node == CR_SPAN_NONE)
    return;
  if (cr_spans_kind (spans, node) != CR_SPAN_KIND_ARRAY)
    {
      append_word (words, spans, node);
      return;
    }

  for (guint i = cr_spans_first (spans, node); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, node, i))
    append_word (words, spans, i);
}

/**
 * cr_name_to_text:
 * @node: a HumanName, or %CR_SPAN_NONE
 *
 * Returns: (transfer full) (nullable): NULL when it holds no name
 * Source: FHIR R4, datatypes.html#HumanName
 */
char *
cr_name_to_text (const CrSpans *spans, guint node, CrNameStyle style)
{
  static const char *const parts[] = { "prefix", "given", "family", "suffix" };
  g_autoptr (GString) words = g_string_new (NULL);
  guint text = cr_spans_member (spans, node, "text");

  if (style == CR_NAME_AS_WRITTEN)
    append_words (words, spans, text);
  if (words->len == 0)
    for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
      append_words (words, spans, cr_spans_member (spans, node, parts[i]));
  if (words->len == 0)
    append_words (words, spans, text);

  return words->len > 0 ? g_strdup (words->str) : NULL;
}
