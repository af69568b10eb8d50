/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-said.h"
#include "fhir/cr-edits.h"
#include "fhir/cr-fhir-base.h"
#include "fhir/cr-resource.h"
#include "fhir/cr-span.h"

#include <string.h>

#define WHAT CR_SAID ("The record")

static void
reference_span_clear (gpointer data)
{
  CrReferenceSpan *self = data;

  g_free (self->type);
  g_free (self->id);
  g_free (self->version);
}

/* Text of a string node, decoded only where it has to be.
 * Returns: (transfer full) (nullable): what @text points into, if it is not the body */
static char *
look_at_text (const CrSpans *spans, guint node, const char **text, gsize *n_bytes)
{
  const CrSpan *span = &spans->nodes[node];
  g_autoptr (GString) decoded = NULL;

  *text = spans->text + span->start + 1;
  *n_bytes = span->end - span->start - 2;
  if (!span->has_escape)
    return NULL;

  decoded = g_string_new (NULL);
  cr_span_decode (decoded, *text, *n_bytes);
  *n_bytes = decoded->len;
  *text = decoded->str;
  return g_string_free (g_steal_pointer (&decoded), FALSE);
}

static gboolean
is_reference (const CrSpans *spans, guint node)
{
  return cr_spans_kind (spans, node) == CR_SPAN_KIND_STRING &&
         cr_spans_key_is (spans, node, "reference", 9);
}

/**
 * cr_references_find:
 * @fhir_base_url: (nullable): references below it are the source's own
 * @error: %CR_ERROR_BAD_REPLY when @body is no JSON
 *
 * Returns: (transfer full) (element-type CrReferenceSpan): in the order written, repeated ones too
 */
GArray *
cr_references_find (const char *body, gsize n_bytes, const char *fhir_base_url, GError **error)
{
  g_auto (CrSpans) spans = { 0 };
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (CrReferenceSpan));
  CrFhirBase base;

  g_array_set_clear_func (found, reference_span_clear);
  cr_fhir_base_init (&base, fhir_base_url);
  if (!cr_spans_scan_named (&spans, body, n_bytes, WHAT, error))
    return NULL;

  for (guint i = 0; i < spans.n_nodes; i++)
    {
      const char *text;
      gsize n_text;
      g_autofree char *decoded = NULL;
      CrReferenceParts parts;
      CrReferenceSpan span;

      if (!is_reference (&spans, i))
        continue;
      decoded = look_at_text (&spans, i, &text, &n_text);
      if (!cr_reference_parse (&base, text, n_text, &parts))
        continue;

      span.start = spans.nodes[i].start + 1;
      span.length = spans.nodes[i].end - spans.nodes[i].start - 2;
      span.type = g_strndup (parts.type, parts.n_type);
      span.id = cr_span_valid_utf8 (parts.id, parts.n_id);
      span.version =
          parts.version != NULL ? cr_span_valid_utf8 (parts.version, parts.n_version) : NULL;
      g_array_append_val (found, span);
    }

  return g_steal_pointer (&found);
}

typedef struct
{
  CrSpans spans;
  CrEdits edits;
  CrFhirBase base;
  CrIdMap map;
  gpointer data; /* (unowned) */
} Rewrite;

static void
rewrite_clear (Rewrite *self)
{
  cr_spans_clear (&self->spans);
  cr_edits_clear (&self->edits);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rewrite, rewrite_clear)

static void
replace_text (Rewrite *self, guint node, const GString *text)
{
  const CrSpan *span = &self->spans.nodes[node];
  g_autoptr (GString) escaped = g_string_new (NULL);

  cr_span_escape (escaped, text->str, text->len);
  cr_edits_replace (&self->edits, span->start + 1, span->end - 1, escaped->str, escaped->len);
}

/* A changed reference becomes relative: the base it named is the source's. Its version goes, since
 * versions are counted anew where the record arrives. */
static void
rewrite_reference (Rewrite *self, guint node, const char *only_type)
{
  const char *text;
  gsize n_text;
  g_autofree char *decoded = look_at_text (&self->spans, node, &text, &n_text);
  g_autofree char *type = NULL;
  g_autofree char *id = NULL;
  g_autofree char *mapped = NULL;
  g_autoptr (GString) changed = NULL;
  CrReferenceParts parts;

  if (!cr_reference_parse (&self->base, text, n_text, &parts))
    return;

  type = g_strndup (parts.type, parts.n_type);
  if (only_type != NULL && strcmp (type, only_type) != 0)
    return;

  id = cr_span_valid_utf8 (parts.id, parts.n_id);
  mapped = self->map (type, id, self->data);
  if (mapped == NULL)
    return;

  changed = g_string_new (type);
  g_string_append_printf (changed, "/%s", mapped);
  g_string_append_len (changed, parts.fragment, (gssize) parts.n_fragment);
  replace_text (self, node, changed);
}

static void
rewrite_own_id (Rewrite *self, const char *type, guint node)
{
  g_autofree char *id = cr_spans_dup (&self->spans, node);
  g_autofree char *mapped = self->map (type, id, self->data);
  g_autoptr (GString) text = NULL;

  if (mapped == NULL)
    return;

  text = g_string_new (mapped);
  replace_text (self, node, text);
}

static gboolean
is_root_member (const CrSpans *spans, guint node, guint next_member)
{
  return node == next_member && cr_spans_kind (spans, node) == CR_SPAN_KIND_STRING &&
         cr_spans_key_is (spans, node, "id", 2);
}

static gboolean
is_url (const CrSpans *spans, guint node)
{
  return cr_spans_kind (spans, node) == CR_SPAN_KIND_STRING &&
         cr_spans_key_is (spans, node, "url", 3);
}

/**
 * cr_resource_rewrite_ids:
 * @body: a resource; its contained ones keep their ids
 * @fhir_base_url: (nullable): references below it are the source's own
 * @map: asked for the resource's own id and for what each reference points at
 * @error: %CR_ERROR_BAD_REPLY when @body is no resource
 *
 * References that are changed become relative and lose their version; a `#fragment` stays. Web
 * addresses of attachments that point at a Binary of the source are changed like references.
 * Everything else stays byte for byte.
 *
 * Returns: (transfer full): @body itself when nothing changed
 */
GBytes *
cr_resource_rewrite_ids (GBytes *body,
                         const char *fhir_base_url,
                         CrIdMap map,
                         gpointer data,
                         GError **error)
{
  g_auto (Rewrite) self = { .map = map, .data = data };
  gsize n_bytes;
  const char *text = g_bytes_get_data (body, &n_bytes);
  g_autofree char *type = NULL;
  guint next_member = 1;

  if (!cr_spans_scan_named (&self.spans, text, n_bytes, WHAT, error) ||
      !cr_resource_identity (text, n_bytes, &type, NULL, error))
    return NULL;

  cr_fhir_base_init (&self.base, fhir_base_url);
  cr_edits_init (&self.edits, body);
  for (guint i = 1; i < self.spans.n_nodes; i++)
    {
      if (is_root_member (&self.spans, i, next_member))
        rewrite_own_id (&self, type, i);
      else if (is_reference (&self.spans, i))
        rewrite_reference (&self, i, NULL);
      else if (is_url (&self.spans, i))
        rewrite_reference (&self, i, "Binary");
      if (i == next_member)
        next_member = self.spans.nodes[i].after;
    }

  return cr_edits_is_empty (&self.edits) ? g_bytes_ref (body) : cr_edits_finish (&self.edits);
}
