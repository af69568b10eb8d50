/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-canonical.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

/* Up to here sorting in place beats calling a sort. */
#define FEW_MEMBERS 24

void
cr_canonical_init (CrCanonical *self)
{
  self->bytes = g_string_sized_new (4096);
  self->order = g_array_new (FALSE, FALSE, sizeof (guint));
}

void
cr_canonical_clear (CrCanonical *self)
{
  if (self->bytes != NULL)
    g_string_free (g_steal_pointer (&self->bytes), TRUE);
  g_clear_pointer (&self->order, g_array_unref);
}

static int
compare_plain (const char *a, gsize n_a, const char *b, gsize n_b)
{
  int order = memcmp (a, b, MIN (n_a, n_b));

  return order != 0 ? order : (n_a > n_b) - (n_a < n_b);
}

static int
compare_decoded (const CrSpans *spans, const CrSpan *a, const CrSpan *b)
{
  g_autoptr (GString) text_a = g_string_new (NULL);
  g_autoptr (GString) text_b = g_string_new (NULL);

  cr_span_decode (text_a, spans->text + a->key, a->n_key);
  cr_span_decode (text_b, spans->text + b->key, b->n_key);
  return compare_plain (text_a->str, text_a->len, text_b->str, text_b->len);
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer data)
{
  const CrSpans *spans = data;
  const CrSpan *node_a = &spans->nodes[*(const guint *) a];
  const CrSpan *node_b = &spans->nodes[*(const guint *) b];

  if (G_UNLIKELY (node_a->key_has_escape || node_b->key_has_escape))
    return compare_decoded (spans, node_a, node_b);

  return compare_plain (spans->text + node_a->key, node_a->n_key, spans->text + node_b->key,
                        node_b->n_key);
}

/* Stable, so that a repeated name keeps its order. */
static void
sort_members (const CrSpans *spans, guint *nodes, guint n)
{
  if (n > FEW_MEMBERS)
    {
      g_qsort_with_data (nodes, (int) n, sizeof (guint), compare_keys, (gpointer) spans);
      return;
    }

  for (guint i = 1; i < n; i++)
    {
      guint node = nodes[i];
      guint j = i;

      for (; j > 0 && compare_keys (&nodes[j - 1], &node, (gpointer) spans) > 0; j--)
        nodes[j] = nodes[j - 1];
      nodes[j] = node;
    }
}

/* Escapes are written one way, since the same text may be escaped or not. What is no text, such
 * as a lone surrogate, stays as written: two different ones must not become equal. */
static void
write_text (GString *into, const char *content, gsize n_bytes, gboolean has_escape)
{
  g_autoptr (GString) decoded = NULL;

  g_string_append_c (into, '"');
  if (G_LIKELY (!has_escape))
    g_string_append_len (into, content, (gssize) n_bytes);
  else
    {
      decoded = g_string_sized_new (n_bytes);
      cr_span_decode (decoded, content, n_bytes);
      if (strstr (decoded->str, "\xef\xbf\xbd") != NULL)
        g_string_append_len (into, content, (gssize) n_bytes);
      else
        cr_span_escape (into, decoded->str, decoded->len);
    }
  g_string_append_c (into, '"');
}

typedef enum
{
  KEEP_ALL,
  ROOT, /* meta loses its stamps */
  META,
} Part;

static gboolean
is_stamp (const CrSpans *spans, guint node)
{
  return cr_spans_key_is (spans, node, "versionId", 9) ||
         cr_spans_key_is (spans, node, "lastUpdated", 11);
}

static gboolean
has_content (const CrSpans *spans, guint meta)
{
  for (guint i = cr_spans_first (spans, meta); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, meta, i))
    if (!is_stamp (spans, i))
      return TRUE;

  return FALSE;
}

static gboolean
is_meta (const CrSpans *spans, guint node)
{
  return cr_spans_kind (spans, node) == CR_SPAN_KIND_OBJECT &&
         cr_spans_key_is (spans, node, "meta", 4);
}

static gboolean
is_left_out (const CrSpans *spans, guint node, Part part)
{
  if (part == META)
    return is_stamp (spans, node);

  return part == ROOT && is_meta (spans, node) && !has_content (spans, node);
}

static void write_node (CrCanonical *self, const CrSpans *spans, guint node, Part part);

static void
write_object (CrCanonical *self, const CrSpans *spans, guint node, Part part)
{
  guint first = self->order->len;
  guint n;

  for (guint i = cr_spans_first (spans, node); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, node, i))
    if (part == KEEP_ALL || !is_left_out (spans, i, part))
      g_array_append_val (self->order, i);
  n = self->order->len - first;
  if (n > 1)
    sort_members (spans, &g_array_index (self->order, guint, first), n);

  g_string_append_c (self->bytes, '{');
  for (guint i = 0; i < n; i++)
    {
      guint child = g_array_index (self->order, guint, first + i);
      const CrSpan *span = &spans->nodes[child];

      if (i > 0)
        g_string_append_c (self->bytes, ',');
      write_text (self->bytes, spans->text + span->key, span->n_key, span->key_has_escape);
      g_string_append_c (self->bytes, ':');
      write_node (self, spans, child, part == ROOT && is_meta (spans, child) ? META : KEEP_ALL);
    }
  g_string_append_c (self->bytes, '}');
  g_array_set_size (self->order, first);
}

static void
write_array (CrCanonical *self, const CrSpans *spans, guint node)
{
  g_string_append_c (self->bytes, '[');
  for (guint i = cr_spans_first (spans, node); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, node, i))
    {
      if (i > node + 1)
        g_string_append_c (self->bytes, ',');
      write_node (self, spans, i, KEEP_ALL);
    }
  g_string_append_c (self->bytes, ']');
}

static void
write_node (CrCanonical *self, const CrSpans *spans, guint node, Part part)
{
  const CrSpan *span = &spans->nodes[node];

  if (span->kind == CR_SPAN_KIND_OBJECT)
    write_object (self, spans, node, part);
  else if (span->kind == CR_SPAN_KIND_ARRAY)
    write_array (self, spans, node);
  else if (span->kind == CR_SPAN_KIND_STRING && span->has_escape)
    write_text (self->bytes, spans->text + span->start + 1, span->end - span->start - 2, TRUE);
  else
    g_string_append_len (self->bytes, spans->text + span->start, span->end - span->start);
}

/**
 * cr_canonical_write:
 * @node: a resource
 *
 * The content that decides whether a record changed: members sorted by the bytes of their names,
 * no whitespace, number text as written (1.10 and 1.1 are two contents), strings with one way of
 * escaping, the stamps `meta.versionId` and `meta.lastUpdated` left out and with them a meta that
 * holds nothing else. `meta.source`, profiles and tags count as content: nothing in FHIR lets
 * them change by themselves.
 *
 * Returns: (transfer none): good until the next call
 */
const GString *
cr_canonical_write (CrCanonical *self, const CrSpans *spans, guint node)
{
  g_string_truncate (self->bytes, 0);
  write_node (self, spans, node, ROOT);
  return self->bytes;
}

/* @hash: (out): %CR_CONTENT_HASH_SIZE bytes of SHA-256 */
gboolean
cr_bytes_hash (const char *bytes, gsize n_bytes, guint8 *hash)
{
  return gnutls_hash_fast (GNUTLS_DIG_SHA256, bytes, n_bytes, hash) == 0;
}

/* @content: (out): %CR_CONTENT_HASH_SIZE bytes */
gboolean
cr_canonical_hash (CrCanonical *self, const CrSpans *spans, guint node, guint8 *content)
{
  const GString *bytes = cr_canonical_write (self, spans, node);

  return cr_bytes_hash (bytes->str, bytes->len, content);
}
