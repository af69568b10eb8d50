/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-span.h"

#include <string.h>

/* Returns: the first child, or %CR_SPAN_NONE */
guint
cr_spans_first (const CrSpans *self, guint node)
{
  return node != CR_SPAN_NONE && self->nodes[node].after > node + 1 ? node + 1 : CR_SPAN_NONE;
}

gboolean
cr_spans_key_is (const CrSpans *self, guint node, const char *name, gsize n_name)
{
  const CrSpan *span = &self->nodes[node];
  g_autoptr (GString) decoded = NULL;

  if (G_LIKELY (!span->key_has_escape))
    return span->n_key == n_name && memcmp (self->text + span->key, name, n_name) == 0;

  decoded = g_string_new (NULL);
  cr_span_decode (decoded, self->text + span->key, span->n_key);
  return decoded->len == n_name && memcmp (decoded->str, name, n_name) == 0;
}

static guint
member (const CrSpans *self, guint node, const char *name, gsize n_name)
{
  guint found = CR_SPAN_NONE;

  if (node == CR_SPAN_NONE || self->nodes[node].kind != CR_SPAN_KIND_OBJECT)
    return CR_SPAN_NONE;

  for (guint i = cr_spans_first (self, node); i != CR_SPAN_NONE; i = cr_spans_next (self, node, i))
    if (cr_spans_key_is (self, i, name, n_name))
      found = i;

  return found;
}

/**
 * cr_spans_member:
 * @node: an object, or anything else, %CR_SPAN_NONE included, which has no members
 *
 * Returns: its member, the last one where a name is repeated, as most readers take it; or
 *   %CR_SPAN_NONE
 */
guint
cr_spans_member (const CrSpans *self, guint node, const char *name)
{
  return member (self, node, name, strlen (name));
}

guint
cr_spans_member_of_kind (const CrSpans *self, guint node, const char *name, CrSpanKind kind)
{
  guint found = cr_spans_member (self, node, name);

  return found != CR_SPAN_NONE && self->nodes[found].kind == (guint8) kind ? found : CR_SPAN_NONE;
}

static guint
first_of_arrays (const CrSpans *self, guint node)
{
  while (node != CR_SPAN_NONE && self->nodes[node].kind == CR_SPAN_KIND_ARRAY)
    node = cr_spans_first (self, node);

  return node;
}

/**
 * cr_spans_find:
 * @path: names with dots between them, such as `"code.coding.display"`; of an array on the way
 *   the first element is taken
 *
 * Returns: the node, never an array unless it is empty, or %CR_SPAN_NONE
 */
guint
cr_spans_find (const CrSpans *self, guint node, const char *path)
{
  const char *dot;

  node = first_of_arrays (self, node);
  do
    {
      dot = strchr (path, '.');
      node = member (self, node, path, dot != NULL ? (gsize) (dot - path) : strlen (path));
      node = first_of_arrays (self, node);
      path = dot != NULL ? dot + 1 : NULL;
    }
  while (path != NULL && node != CR_SPAN_NONE);

  return node;
}

/* Whether @node is the string @text. */
gboolean
cr_spans_text_is (const CrSpans *self, guint node, const char *text)
{
  const CrSpan *span;
  g_autofree char *decoded = NULL;

  if (node == CR_SPAN_NONE || self->nodes[node].kind != CR_SPAN_KIND_STRING)
    return FALSE;

  span = &self->nodes[node];
  if (!span->has_escape)
    return span->end - span->start - 2 == strlen (text) &&
           memcmp (self->text + span->start + 1, text, strlen (text)) == 0;

  decoded = cr_spans_dup (self, node);
  return strcmp (decoded, text) == 0;
}

/**
 * cr_spans_dup:
 *
 * Returns: (transfer full) (nullable): a string's text in valid UTF-8, or a number, `true` or
 *   `false` as written; NULL for anything else, %CR_SPAN_NONE included
 */
char *
cr_spans_dup (const CrSpans *self, guint node)
{
  const CrSpan *span;
  g_autoptr (GString) text = NULL;

  if (node == CR_SPAN_NONE)
    return NULL;

  span = &self->nodes[node];
  if (span->kind == CR_SPAN_KIND_OBJECT || span->kind == CR_SPAN_KIND_ARRAY ||
      span->kind == CR_SPAN_KIND_NULL)
    return NULL;
  if (span->kind != CR_SPAN_KIND_STRING)
    return g_strndup (self->text + span->start, span->end - span->start);

  if (!span->has_escape)
    return cr_span_valid_utf8 (self->text + span->start + 1, span->end - span->start - 2);

  text = g_string_new (NULL);
  cr_span_decode (text, self->text + span->start + 1, span->end - span->start - 2);
  return cr_span_valid_utf8 (text->str, text->len);
}
