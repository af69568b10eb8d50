/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-bundle.h"

#include "base/cr-error.h"
#include "fhir/cr-canonical.h"
#include "fhir/cr-fhir-base.h"
#include "fhir/cr-outcome.h"
#include "fhir/cr-span.h"

#include <string.h>

struct _CrBundle
{
  gatomicrefcount ref_count;

  GBytes *page;          /* (owned) */
  GStringChunk *strings; /* (owned) */
  GArray *entries;       /* (owned): of CrIncoming */
  GArray *references;    /* (owned): of CrReference, those of one entry after those of the other */
  GArray *attachments;   /* (owned): of CrAttachment */
  const char *next;      /* (unowned) (nullable): in strings, as all below */
  const char *self_link; /* (unowned) (nullable) */
  gint64 total;
  guint n_skipped;
  guint n_damaged;
  const char *outcome_severity; /* (unowned) (nullable) */
  GString *outcome_text;        /* (owned) */
};

/* How many references of one record are looked through for the same one. */
#define SAME_WINDOW 32

/* What splitting needs beside the bundle it fills. */
typedef struct
{
  CrBundle *bundle; /* (unowned) */
  CrSpans spans;
  CrCanonical canonical;
  CrFhirBase base;
  gboolean is_utf8;
  const char *last_type; /* (unowned) (nullable): in the bundle's strings */
} Split;

static CrBundle *
bundle_new (GBytes *page)
{
  CrBundle *self = g_new0 (CrBundle, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->page = g_bytes_ref (page);
  self->strings = g_string_chunk_new (4096);
  self->entries = g_array_new (FALSE, TRUE, sizeof (CrIncoming));
  self->references = g_array_new (FALSE, FALSE, sizeof (CrReference));
  self->attachments = g_array_new (FALSE, FALSE, sizeof (CrAttachment));
  self->outcome_text = g_string_new (NULL);
  self->total = -1;
  return self;
}

static void
split_clear (Split *self)
{
  cr_spans_clear (&self->spans);
  cr_canonical_clear (&self->canonical);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Split, split_clear)

/* Text of a string node, in the bundle's strings. */
static const char *
keep_text (Split *self, guint node)
{
  const CrSpan *span;
  g_autofree char *text = NULL;

  if (node == CR_SPAN_NONE || cr_spans_kind (&self->spans, node) != CR_SPAN_KIND_STRING)
    return NULL;

  span = &self->spans.nodes[node];
  if (G_LIKELY (self->is_utf8 && !span->has_escape))
    return g_string_chunk_insert_len (self->bundle->strings, self->spans.text + span->start + 1,
                                      span->end - span->start - 2);

  text = cr_spans_dup (&self->spans, node);
  return g_string_chunk_insert (self->bundle->strings, text);
}

static const char *
keep_type (Split *self, const char *type, gsize n_type)
{
  g_autofree char *text = NULL;

  if (self->last_type != NULL && strncmp (self->last_type, type, n_type) == 0 &&
      self->last_type[n_type] == '\0')
    return self->last_type;

  text = g_strndup (type, n_type);
  self->last_type = g_string_chunk_insert_const (self->bundle->strings, text);
  return self->last_type;
}

/* An empty id is none, and one that is no text would not be the same one tomorrow. */
static const char *
keep_id (Split *self, guint node)
{
  const char *id = keep_text (self, node);

  if (id == NULL || *id == '\0' ||
      (!self->is_utf8 &&
       !g_utf8_validate_len (self->spans.text + self->spans.nodes[node].start,
                             self->spans.nodes[node].end - self->spans.nodes[node].start, NULL)))
    return NULL;

  return id;
}

static void
add_attachment (Split *self, guint url, guint content_type)
{
  CrAttachment attachment = { 0 };

  attachment.url = keep_text (self, url);
  attachment.content_type = keep_text (self, content_type);
  attachment.entry = self->bundle->entries->len - 1;

  if (attachment.url != NULL && *attachment.url != '\0' &&
      g_ascii_strncasecmp (attachment.url, "data:", 5) != 0 &&
      g_ascii_strncasecmp (attachment.url, "urn:", 4) != 0)
    g_array_append_val (self->bundle->attachments, attachment);
}

static void
read_attachment (Split *self, guint node)
{
  if (cr_spans_member (&self->spans, node, "data") == CR_SPAN_NONE)
    add_attachment (self, cr_spans_member_of_kind (&self->spans, node, "url", CR_SPAN_KIND_STRING),
                    cr_spans_member (&self->spans, node, "contentType"));
}

/* @name: of each element of the list, the member that holds the attachment; NULL: the element is
 * the attachment */
static void
read_attachments (Split *self, guint resource, const char *list, const char *name)
{
  guint array = cr_spans_member_of_kind (&self->spans, resource, list, CR_SPAN_KIND_ARRAY);

  for (guint i = cr_spans_first (&self->spans, array); i != CR_SPAN_NONE;
       i = cr_spans_next (&self->spans, array, i))
    read_attachment (self, name != NULL ? cr_spans_member (&self->spans, i, name) : i);
}

static gboolean
is_known (Split *self, const CrIncoming *entry, const CrReferenceParts *parts)
{
  const GArray *all = self->bundle->references;
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
read_reference (Split *self, CrIncoming *entry, guint node)
{
  const CrSpan *span = &self->spans.nodes[node];
  const char *text = self->spans.text + span->start + 1;
  gsize n_bytes = span->end - span->start - 2;
  g_autofree char *decoded = NULL;
  CrReferenceParts parts;
  CrReference reference;

  if (G_UNLIKELY (span->has_escape || !self->is_utf8))
    {
      text = decoded = cr_spans_dup (&self->spans, node);
      n_bytes = strlen (decoded);
    }
  if (!cr_reference_parse (&self->base, text, n_bytes, &parts) || is_known (self, entry, &parts))
    return;

  reference.type = keep_type (self, parts.type, parts.n_type);
  reference.id = g_string_chunk_insert_len (self->bundle->strings, parts.id, (gssize) parts.n_id);
  g_array_append_val (self->bundle->references, reference);
  entry->n_references++;

  if (strcmp (reference.type, "Binary") == 0)
    add_attachment (self, node, CR_SPAN_NONE);
}

/* Nodes lie in the order written, so no walk is needed. */
static void
read_references (Split *self, CrIncoming *entry, guint resource)
{
  const CrSpans *spans = &self->spans;

  for (guint i = resource + 1; i < spans->nodes[resource].after; i++)
    if (spans->nodes[i].kind == CR_SPAN_KIND_STRING && cr_spans_key_is (spans, i, "reference", 9))
      read_reference (self, entry, i);
}

static void
read_stamps (Split *self, CrIncoming *entry, guint resource)
{
  guint meta = cr_spans_member (&self->spans, resource, "meta");

  entry->version_id = keep_text (self, cr_spans_member (&self->spans, meta, "versionId"));
  entry->last_updated = keep_text (self, cr_spans_member (&self->spans, meta, "lastUpdated"));
}

static void
check_utf8 (Split *self, const CrIncoming *entry)
{
  if (!self->is_utf8 && !g_utf8_validate_len (entry->body, entry->n_bytes, NULL))
    self->bundle->n_damaged++;
}

static gboolean
read_resource (Split *self, guint resource, guint type, CrEntryMode mode, GError **error)
{
  const CrSpan *span = &self->spans.nodes[resource];
  CrIncoming *entry;

  g_array_set_size (self->bundle->entries, self->bundle->entries->len + 1);
  entry = &g_array_index (self->bundle->entries, CrIncoming, self->bundle->entries->len - 1);
  entry->type = keep_text (self, type);
  entry->id = keep_id (self, cr_spans_member (&self->spans, resource, "id"));
  entry->body = self->spans.text + span->start;
  entry->n_bytes = span->end - span->start;
  entry->mode = mode;
  read_stamps (self, entry, resource);
  check_utf8 (self, entry);

  read_references (self, entry, resource);
  if (strcmp (entry->type, "DocumentReference") == 0)
    read_attachments (self, resource, "content", "attachment");
  else if (strcmp (entry->type, "DiagnosticReport") == 0)
    read_attachments (self, resource, "presentedForm", NULL);
  else if (strcmp (entry->type, "Media") == 0)
    read_attachment (self, cr_spans_member (&self->spans, resource, "content"));

  if (cr_bytes_hash (entry->body, entry->n_bytes, entry->sha256) &&
      cr_canonical_hash (&self->canonical, &self->spans, resource, entry->content))
    return TRUE;

  g_set_error_literal (error, CR_ERROR, CR_ERROR_INTERNAL, "SHA-256 could not be computed");
  return FALSE;
}

static void
read_outcome (Split *self, guint resource)
{
  CrBundle *bundle = self->bundle;
  const char *severity = cr_outcome_read (&self->spans, resource, bundle->outcome_text, NULL);

  bundle->outcome_severity = cr_outcome_worse (bundle->outcome_severity, severity);
}

/* An outcome is told by what it is, since some servers forget to say so in `search.mode`. */
static gboolean
read_entry (Split *self, guint node, GError **error)
{
  const CrSpans *spans = &self->spans;
  guint resource = cr_spans_member_of_kind (spans, node, "resource", CR_SPAN_KIND_OBJECT);
  guint type = cr_spans_member_of_kind (spans, resource, "resourceType", CR_SPAN_KIND_STRING);
  guint mode = cr_spans_member (spans, cr_spans_member (spans, node, "search"), "mode");

  if (type == CR_SPAN_NONE || cr_spans_text_is (spans, type, ""))
    {
      self->bundle->n_skipped++;
      return TRUE;
    }
  if (cr_spans_text_is (spans, type, "OperationOutcome"))
    {
      read_outcome (self, resource);
      return TRUE;
    }

  return read_resource (
      self, resource, type,
      cr_spans_text_is (spans, mode, "include") ? CR_ENTRY_INCLUDE : CR_ENTRY_MATCH, error);
}

static void
read_links (Split *self)
{
  const CrSpans *spans = &self->spans;
  guint links = cr_spans_member_of_kind (spans, 0, "link", CR_SPAN_KIND_ARRAY);

  for (guint i = cr_spans_first (spans, links); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, links, i))
    {
      guint relation = cr_spans_member (spans, i, "relation");
      const char *url = keep_text (self, cr_spans_member (spans, i, "url"));

      if (url == NULL || *url == '\0')
        continue;
      if (cr_spans_text_is (spans, relation, "next") && self->bundle->next == NULL)
        self->bundle->next = url;
      else if (cr_spans_text_is (spans, relation, "self") && self->bundle->self_link == NULL)
        self->bundle->self_link = url;
    }
}

static void
read_total (Split *self)
{
  guint node = cr_spans_member_of_kind (&self->spans, 0, "total", CR_SPAN_KIND_NUMBER);
  g_autofree char *text = cr_spans_dup (&self->spans, node);
  gint64 total;

  if (text != NULL && g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, &total, NULL))
    self->bundle->total = total;
}

/* The array of references moved while it grew. */
static void
point_at_references (CrBundle *self)
{
  guint first = 0;

  for (guint i = 0; i < self->entries->len; i++)
    {
      CrIncoming *entry = &g_array_index (self->entries, CrIncoming, i);

      entry->references = &g_array_index (self->references, CrReference, first);
      first += entry->n_references;
    }
}

/* The answer's own resourceType, fit to stand in a sentence. */
static char *
name_of_type (Split *self, guint type)
{
  char *name = cr_spans_dup (&self->spans, type);

  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalpha (*c) || c - name > 60)
      {
        g_free (name);
        return g_strdup ("resource of an unknown type");
      }

  return name;
}

/* Returns: the node of the resourceType at the root, or %CR_SPAN_NONE with @error set */
static guint
check_root (Split *self, const char *what, GError **error)
{
  guint type = cr_spans_member_of_kind (&self->spans, 0, "resourceType", CR_SPAN_KIND_STRING);
  g_autoptr (GString) text = NULL;

  if (type == CR_SPAN_NONE || cr_spans_text_is (&self->spans, type, ""))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is JSON but no FHIR resource", what);
      return CR_SPAN_NONE;
    }
  if (!cr_spans_text_is (&self->spans, type, "OperationOutcome"))
    return type;

  text = g_string_new (NULL);
  cr_outcome_read (&self->spans, 0, text, NULL);
  g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is an error message instead of records: %s",
               what, text->len > 0 ? text->str : "no reason was given");
  return CR_SPAN_NONE;
}

static gboolean
check_bundle (Split *self, const char *what, guint type, GError **error)
{
  guint entries = cr_spans_member (&self->spans, 0, "entry");
  g_autofree char *name = NULL;

  if (!cr_spans_text_is (&self->spans, type, "Bundle"))
    {
      name = name_of_type (self, type);
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is a %s, not a Bundle", what, name);
      return FALSE;
    }

  if (entries == CR_SPAN_NONE || cr_spans_kind (&self->spans, entries) == CR_SPAN_KIND_ARRAY ||
      cr_spans_kind (&self->spans, entries) == CR_SPAN_KIND_NULL)
    return TRUE;

  g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is a Bundle whose entry is no list", what);
  return FALSE;
}

static gboolean
fill_from_entries (Split *self, const char *what, guint type, GError **error)
{
  guint entries = cr_spans_member (&self->spans, 0, "entry");

  if (!check_bundle (self, what, type, error))
    return FALSE;

  for (guint i = cr_spans_first (&self->spans, entries); i != CR_SPAN_NONE;
       i = cr_spans_next (&self->spans, entries, i))
    if (!read_entry (self, i, error))
      return FALSE;

  read_links (self);
  read_total (self);
  return TRUE;
}

static CrBundle *
split (GBytes *page, const char *fhir_base_url, gboolean is_alone, GError **error)
{
  g_autoptr (CrBundle) bundle = bundle_new (page);
  g_autofree char *what = cr_fhir_base_describe_answer (fhir_base_url);
  g_auto (Split) self = { .bundle = bundle };
  gsize n_bytes;
  const char *text = g_bytes_get_data (page, &n_bytes);
  gboolean is_done;
  guint type;

  cr_canonical_init (&self.canonical);
  cr_fhir_base_init (&self.base, fhir_base_url);
  if (!cr_spans_scan_named (&self.spans, text != NULL ? text : "", n_bytes, what, error))
    return NULL;

  self.is_utf8 = g_utf8_validate_len (text, n_bytes, NULL);
  type = check_root (&self, what, error);
  if (type == CR_SPAN_NONE)
    return NULL;

  is_done = is_alone ? read_resource (&self, 0, type, CR_ENTRY_MATCH, error)
                     : fill_from_entries (&self, what, type, error);
  if (!is_done)
    return NULL;

  point_at_references (bundle);
  return g_steal_pointer (&bundle);
}

/**
 * cr_bundle_split:
 * @page: a page of a search as received; kept by the bundle
 * @fhir_base_url: (nullable): where it came from: references below it are the source's own
 * @error: %CR_ERROR_BAD_REPLY when @page is empty, cut short, no JSON, no FHIR or no Bundle, or an
 *   OperationOutcome alone, whose text it carries; %CR_ERROR_TOO_LARGE. Names the host.
 *
 * A Bundle of any type is taken: what counts is `entry.resource`. Entries without one are
 * counted; entries that are an OperationOutcome are read into the outcome, whatever their search
 * mode. An absent `entry` is an empty page. Bytes that are no UTF-8 stay in the bodies as they
 * came; texts handed out have U+FFFD for them.
 *
 * Returns: (transfer full)
 * Source: FHIR R4, bundle.html and http.html#search
 */
CrBundle *
cr_bundle_split (GBytes *page, const char *fhir_base_url, GError **error)
{
  return split (page, fhir_base_url, FALSE, error);
}

/**
 * cr_bundle_from_resource:
 * @body: the answer to a read, a Bundle read by its id too
 *
 * Returns: (transfer full): with exactly one entry; errors as in cr_bundle_split()
 */
CrBundle *
cr_bundle_from_resource (GBytes *body, const char *fhir_base_url, GError **error)
{
  return split (body, fhir_base_url, TRUE, error);
}

CrBundle *
cr_bundle_ref (CrBundle *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
cr_bundle_unref (CrBundle *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_bytes_unref (self->page);
  g_string_chunk_free (self->strings);
  g_array_unref (self->entries);
  g_array_unref (self->references);
  g_array_unref (self->attachments);
  g_string_free (self->outcome_text, TRUE);
  g_free (self);
}

const CrIncoming *
cr_bundle_get_entries (CrBundle *self, guint *n_entries)
{
  *n_entries = self->entries->len;
  return &g_array_index (self->entries, CrIncoming, 0);
}

const char *
cr_bundle_get_next (CrBundle *self)
{
  return self->next;
}

const char *
cr_bundle_get_self_link (CrBundle *self)
{
  return self->self_link;
}

gint64
cr_bundle_get_total (CrBundle *self)
{
  return self->total;
}

guint
cr_bundle_get_n_skipped (CrBundle *self)
{
  return self->n_skipped;
}

guint
cr_bundle_get_n_damaged (CrBundle *self)
{
  return self->n_damaged;
}

const char *
cr_bundle_get_outcome_severity (CrBundle *self)
{
  return self->outcome_severity;
}

const char *
cr_bundle_get_outcome_text (CrBundle *self)
{
  if (self->outcome_severity == NULL)
    return NULL;

  return self->outcome_text->len > 0 ? self->outcome_text->str : "No reason was given";
}

const CrAttachment *
cr_bundle_get_attachments (CrBundle *self, guint *n_attachments)
{
  *n_attachments = self->attachments->len;
  return &g_array_index (self->attachments, CrAttachment, 0);
}
