/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "fhir/cr-bundle-private.h"

#include <string.h>

/* How many references of one record are looked through for the same one. */
#define SAME_WINDOW 32

/* Text of a string node, in the bundle's strings. */
const char *
cr_split_keep_text (CrSplit *self, guint node)
{
  const CrSpan *span;
  g_autofree char *text = NULL;

  if (node == CR_SPAN_NONE || cr_spans_kind (&self->spans, node) != CR_SPAN_KIND_STRING)
    return NULL;

  span = &self->spans.nodes[node];
  if (G_LIKELY (self->bundle->is_utf8 && !span->has_escape))
    return g_string_chunk_insert_len (self->bundle->strings, self->spans.text + span->start + 1,
                                      span->end - span->start - 2);

  text = cr_spans_dup (&self->spans, node);
  return g_string_chunk_insert (self->bundle->strings, text);
}

static const char *
keep_type (CrSplit *self, const char *type, gsize n_type)
{
  g_autofree char *text = NULL;

  if (self->last_type != NULL && strncmp (self->last_type, type, n_type) == 0 &&
      self->last_type[n_type] == '\0')
    return self->last_type;

  text = g_strndup (type, n_type);
  self->last_type = g_string_chunk_insert_const (self->bundle->strings, text);
  return self->last_type;
}

/* The same for the name of a type, which most records of a page share. */
static const char *
keep_name (CrSplit *self, guint node)
{
  const CrSpan *span = &self->spans.nodes[node];

  if (G_UNLIKELY (!self->bundle->is_utf8 || span->has_escape))
    return cr_split_keep_text (self, node);

  return keep_type (self, self->spans.text + span->start + 1, span->end - span->start - 2);
}

/* An empty id is none, and one that is no text would not be the same one tomorrow. */
static const char *
keep_id (CrSplit *self, guint node)
{
  const char *id = cr_split_keep_text (self, node);

  if (id == NULL || *id == '\0' ||
      (!self->bundle->is_utf8 &&
       !g_utf8_validate_len (self->spans.text + self->spans.nodes[node].start,
                             self->spans.nodes[node].end - self->spans.nodes[node].start, NULL)))
    return NULL;

  return id;
}

static void
add_attachment (CrSplit *self, const CrIncoming *entry, guint url, guint content_type)
{
  CrAttachment attachment = { 0 };

  attachment.url = cr_split_keep_text (self, url);
  attachment.content_type = cr_split_keep_text (self, content_type);
  attachment.entry = (guint) (entry - (const CrIncoming *) (gpointer) self->bundle->entries->data);

  if (attachment.url != NULL && *attachment.url != '\0' &&
      g_ascii_strncasecmp (attachment.url, "data:", 5) != 0 &&
      g_ascii_strncasecmp (attachment.url, "urn:", 4) != 0)
    g_array_append_val (self->bundle->attachments, attachment);
}

static void
read_attachment (CrSplit *self, const CrIncoming *entry, guint node)
{
  if (cr_spans_member (&self->spans, node, "data") == CR_SPAN_NONE)
    add_attachment (self, entry,
                    cr_spans_member_of_kind (&self->spans, node, "url", CR_SPAN_KIND_STRING),
                    cr_spans_member (&self->spans, node, "contentType"));
}

/* @name: of each element of the list, the member that holds the attachment; NULL: the element is
 * the attachment */
static void
read_attachments (CrSplit *self, const CrIncoming *entry, const char *list, const char *name)
{
  guint array = cr_spans_member_of_kind (&self->spans, 0, list, CR_SPAN_KIND_ARRAY);

  for (guint i = cr_spans_first (&self->spans, array); i != CR_SPAN_NONE;
       i = cr_spans_next (&self->spans, array, i))
    read_attachment (self, entry, name != NULL ? cr_spans_member (&self->spans, i, name) : i);
}

static gboolean
is_known (CrSplit *self, const CrIncoming *entry, const CrReferenceParts *parts)
{
  const GArray *all = self->references;
  guint n = MIN (entry->n_references, SAME_WINDOW);

  for (guint i = all->len - n; i < all->len; i++)
    {
      const CrReference *known = &g_array_index (all, CrReference, i);

      if (strncmp (known->id, parts->id, parts->n_id) == 0 && known->id[parts->n_id] == '\0' &&
          strncmp (known->type, parts->type, parts->n_type) == 0 &&
          known->type[parts->n_type] == '\0')
        return TRUE;
    }

  return FALSE;
}

static void
read_reference (CrSplit *self, CrIncoming *entry, guint node)
{
  const CrSpan *span = &self->spans.nodes[node];
  const char *text = self->spans.text + span->start + 1;
  gsize n_bytes = span->end - span->start - 2;
  g_autofree char *decoded = NULL;
  CrReferenceParts parts;
  CrReference reference;

  if (G_UNLIKELY (span->has_escape || !self->bundle->is_utf8))
    {
      text = decoded = cr_spans_dup (&self->spans, node);
      n_bytes = strlen (decoded);
    }
  if (!cr_reference_parse (&self->base, text, n_bytes, &parts) || is_known (self, entry, &parts))
    return;

  reference.type = keep_type (self, parts.type, parts.n_type);
  reference.id = g_string_chunk_insert_len (self->bundle->strings, parts.id, (gssize) parts.n_id);
  g_array_append_val (self->references, reference);
  entry->n_references++;

  if (strcmp (reference.type, "Binary") == 0)
    add_attachment (self, entry, node, CR_SPAN_NONE);
}

/* Nodes lie in the order written, so no walk is needed. */
static void
read_references (CrSplit *self, CrIncoming *entry)
{
  const CrSpans *spans = &self->spans;

  g_array_set_size (self->references, 0);
  for (guint i = 1; i < spans->n_nodes; i++)
    if (spans->nodes[i].kind == CR_SPAN_KIND_STRING && cr_spans_key_is (spans, i, "reference", 9))
      read_reference (self, entry, i);
  entry->references =
      g_memdup2 (self->references->data, self->references->len * sizeof (CrReference));
}

static void
read_stamps (CrSplit *self, CrIncoming *entry, guint resource)
{
  guint meta = cr_spans_member (&self->spans, resource, "meta");

  entry->version_id = cr_split_keep_text (self, cr_spans_member (&self->spans, meta, "versionId"));
  entry->last_updated =
      cr_split_keep_text (self, cr_spans_member (&self->spans, meta, "lastUpdated"));
}

/* Id of the Patient that a Reference, or the only element of a list of them, points at. */
static const char *
patient_of (CrSplit *self, guint node)
{
  const CrSpan *span;
  const char *text;
  gsize n_bytes;
  g_autofree char *decoded = NULL;
  CrReferenceParts parts;

  if (cr_spans_kind (&self->spans, node) == CR_SPAN_KIND_ARRAY)
    {
      guint first = cr_spans_first (&self->spans, node);

      if (first == CR_SPAN_NONE || cr_spans_next (&self->spans, node, first) != CR_SPAN_NONE)
        return NULL;
      node = first;
    }

  node = cr_spans_member_of_kind (&self->spans, node, "reference", CR_SPAN_KIND_STRING);
  if (node == CR_SPAN_NONE)
    return NULL;

  span = &self->spans.nodes[node];
  text = self->spans.text + span->start + 1;
  n_bytes = span->end - span->start - 2;
  if (G_UNLIKELY (span->has_escape || !self->bundle->is_utf8))
    {
      text = decoded = cr_spans_dup (&self->spans, node);
      n_bytes = strlen (decoded);
    }
  if (!cr_reference_parse (&self->base, text, n_bytes, &parts) ||
      parts.n_type != strlen ("Patient") || strncmp (parts.type, "Patient", parts.n_type) != 0)
    return NULL;

  return g_string_chunk_insert_len (self->bundle->strings, parts.id, (gssize) parts.n_id);
}

/* The elements that put a resource into a patient's compartment; those that may name several people
 * (participants, members) prove nothing.
 *
 * Source: FHIR R4, compartmentdefinition-patient.html */
static const char *
read_about (CrSplit *self, const CrIncoming *entry, guint resource)
{
  static const struct
  {
    const char *text;
    gsize n;
  } names[] = {
    { "subject", 7 }, { "patient", 7 }, { "beneficiary", 11 }, { "for", 3 }, { "individual", 10 }
  };
  const CrSpans *spans = &self->spans;
  const char *about = NULL;

  if (strcmp (entry->type, "Patient") == 0)
    return entry->id;

  for (guint i = cr_spans_first (spans, resource); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, resource, i))
    for (guint j = 0; j < G_N_ELEMENTS (names); j++)
      if (spans->nodes[i].n_key > 2 && cr_spans_key_is (spans, i, names[j].text, names[j].n))
        {
          const char *id = patient_of (self, i);

          if (id != NULL)
            about = id;
        }

  return about;
}

static void
check_utf8 (CrSplit *self, const CrIncoming *entry)
{
  if (!self->bundle->is_utf8 && !g_utf8_validate_len (entry->body, entry->n_bytes, NULL))
    self->bundle->n_damaged++;
}

/* The scanner has taken these bytes before, as a part of their page. */
gboolean
cr_split_complete (CrSplit *self, CrIncoming *entry, GError **error)
{
  cr_spans_scan (&self->spans, entry->body, entry->n_bytes);
  read_references (self, entry);
  if (strcmp (entry->type, "DocumentReference") == 0)
    read_attachments (self, entry, "content", "attachment");
  else if (strcmp (entry->type, "DiagnosticReport") == 0)
    read_attachments (self, entry, "presentedForm", NULL);
  else if (strcmp (entry->type, "Media") == 0)
    read_attachment (self, entry, cr_spans_member (&self->spans, 0, "content"));
  else if (strcmp (entry->type, "Patient") == 0)
    read_attachments (self, entry, "photo", NULL);

  entry->complete = NULL;
  if (cr_canonical_hash (&self->canonical, &self->spans, 0, entry->content))
    return TRUE;

  g_set_error_literal (error, CR_ERROR, CR_ERROR_INTERNAL, "SHA-256 could not be computed");
  return FALSE;
}

/* On whichever thread needs it. */
static gboolean
complete_late (const CrIncoming *incoming, GError **error)
{
  CrBundle *bundle = incoming->page;
  const CrIncoming *first = (const void *) bundle->entries->data;

  if (bundle->late == NULL)
    {
      bundle->late = g_new0 (CrSplit, 1);
      cr_split_init (bundle->late, bundle);
    }
  return cr_split_complete (
      bundle->late, &g_array_index (bundle->entries, CrIncoming, (guint) (incoming - first)),
      error);
}

gboolean
cr_split_outline (CrSplit *self, guint resource, guint type, CrEntryMode mode, GError **error)
{
  const CrSpan *span = &self->spans.nodes[resource];
  CrIncoming *entry;

  g_array_set_size (self->bundle->entries, self->bundle->entries->len + 1);
  entry = &g_array_index (self->bundle->entries, CrIncoming, self->bundle->entries->len - 1);
  entry->page = self->bundle;
  entry->complete = complete_late;
  entry->type = keep_name (self, type);
  entry->id = keep_id (self, cr_spans_member (&self->spans, resource, "id"));
  entry->body = self->spans.text + span->start;
  entry->n_bytes = span->end - span->start;
  entry->mode = mode;
  read_stamps (self, entry, resource);
  entry->about = read_about (self, entry, resource);
  check_utf8 (self, entry);
  /* Its content is its name. */
  return entry->id != NULL || complete_late (entry, error);
}
