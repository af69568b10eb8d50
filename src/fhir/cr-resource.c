/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-resource.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "fhir/cr-span.h"

#include <string.h>

#define WHAT CR_SAID ("The record")

/**
 * cr_resource_identity:
 * @type: (out) (optional): `resourceType`
 * @id: (out) (optional) (nullable): NULL when the resource has none
 * @error: %CR_ERROR_BAD_REPLY when @body is no JSON or no resource
 */
gboolean
cr_resource_identity (const char *body, gsize n_bytes, char **type, char **id, GError **error)
{
  g_auto (CrSpans) spans = { 0 };
  guint type_node;

  if (!cr_spans_scan_named (&spans, body, n_bytes, WHAT, error))
    return FALSE;

  type_node = cr_spans_member_of_kind (&spans, 0, "resourceType", CR_SPAN_KIND_STRING);
  if (type_node == CR_SPAN_NONE || cr_spans_text_is (&spans, type_node, ""))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_REPLY, "The record is no FHIR resource");
      return FALSE;
    }

  if (type != NULL)
    *type = cr_spans_dup (&spans, type_node);
  if (id != NULL)
    *id = cr_spans_dup (&spans, cr_spans_member_of_kind (&spans, 0, "id", CR_SPAN_KIND_STRING));

  return TRUE;
}

static gboolean
is_line_end (char c)
{
  return c == '\n' || c == '\r';
}

/**
 * cr_resource_to_line:
 * @body: JSON the scanner accepted: its strings hold no raw line ends
 *
 * Returns: (transfer full): @body itself when it is one line already
 * Source: https://github.com/ndjson/ndjson-spec
 */
GBytes *
cr_resource_to_line (GBytes *body)
{
  gsize n_bytes;
  const char *text = g_bytes_get_data (body, &n_bytes);
  gsize n_kept = 0;
  char *line;

  if (n_bytes == 0 ||
      (memchr (text, '\n', n_bytes) == NULL && memchr (text, '\r', n_bytes) == NULL))
    return g_bytes_ref (body);

  line = g_malloc (n_bytes);
  for (gsize i = 0; i < n_bytes; i++)
    if (!is_line_end (text[i]))
      line[n_kept++] = text[i];

  return g_bytes_new_take (line, n_kept);
}

static void
start_line (GString *out, guint depth)
{
  g_string_append_c (out, '\n');
  for (guint i = 0; i < depth; i++)
    g_string_append (out, "  ");
}

static void
write_pretty (GString *out, const CrSpans *spans, guint node, guint depth)
{
  const CrSpan *span = &spans->nodes[node];
  gboolean is_object = span->kind == CR_SPAN_KIND_OBJECT;

  if (!is_object && span->kind != CR_SPAN_KIND_ARRAY)
    {
      g_string_append_len (out, spans->text + span->start, span->end - span->start);
      return;
    }

  g_string_append_c (out, is_object ? '{' : '[');
  for (guint i = cr_spans_first (spans, node); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, node, i))
    {
      const CrSpan *child = &spans->nodes[i];

      if (i > node + 1)
        g_string_append_c (out, ',');
      start_line (out, depth + 1);
      if (is_object)
        {
          g_string_append_c (out, '"');
          g_string_append_len (out, spans->text + child->key, child->n_key);
          g_string_append (out, "\": ");
        }
      write_pretty (out, spans, i, depth + 1);
    }
  if (span->after > node + 1)
    start_line (out, depth);
  g_string_append_c (out, is_object ? '}' : ']');
}

/**
 * cr_resource_pretty:
 *
 * Returns: (transfer full): @body indented, for reading only; number text, escapes and order stay,
 *   bytes that are no UTF-8 are replaced; what is no JSON comes back as it is
 */
char *
cr_resource_pretty (const char *body, gsize n_bytes)
{
  g_auto (CrSpans) spans = { 0 };
  g_autoptr (GString) out = NULL;

  if (!cr_spans_scan (&spans, body, n_bytes))
    return cr_span_valid_utf8 (body, n_bytes);

  out = g_string_sized_new (n_bytes * 2);
  write_pretty (out, &spans, 0, 0);
  return cr_span_valid_utf8 (out->str, out->len);
}
