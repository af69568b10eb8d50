/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-bundle.h"

#include "base/cr-error.h"
#include "fhir/cr-bundle-private.h"
#include "fhir/cr-outcome.h"

#include <string.h>

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
split_clear (CrSplit *self)
{
  cr_spans_clear (&self->spans);
  cr_canonical_clear (&self->canonical);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrSplit, split_clear)

static void
read_outcome (CrSplit *self, guint resource)
{
  CrBundle *bundle = self->bundle;
  const char *severity = cr_outcome_read (&self->spans, resource, bundle->outcome_text, NULL);

  bundle->outcome_severity = cr_outcome_worse (bundle->outcome_severity, severity);
}

/* An outcome is told by what it is, since some servers forget to say so in `search.mode`. */
static gboolean
read_entry (CrSplit *self, guint node, GError **error)
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

  return cr_split_read_resource (
      self, resource, type,
      cr_spans_text_is (spans, mode, "include") ? CR_ENTRY_INCLUDE : CR_ENTRY_MATCH, error);
}

static void
read_links (CrSplit *self)
{
  const CrSpans *spans = &self->spans;
  guint links = cr_spans_member_of_kind (spans, 0, "link", CR_SPAN_KIND_ARRAY);

  for (guint i = cr_spans_first (spans, links); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, links, i))
    {
      guint relation = cr_spans_member (spans, i, "relation");
      const char *url = cr_split_keep_text (self, cr_spans_member (spans, i, "url"));

      if (url == NULL || *url == '\0')
        continue;
      if (cr_spans_text_is (spans, relation, "next") && self->bundle->next == NULL)
        self->bundle->next = url;
      else if (cr_spans_text_is (spans, relation, "self") && self->bundle->self_link == NULL)
        self->bundle->self_link = url;
    }
}

static void
read_total (CrSplit *self)
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

      if (entry->n_references > 0)
        entry->references = &g_array_index (self->references, CrReference, first);
      first += entry->n_references;
    }
}

/* The answer's own resourceType, fit to stand in a sentence. */
static char *
name_of_type (CrSplit *self, guint type)
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
check_root (CrSplit *self, const char *what, GError **error)
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
check_bundle (CrSplit *self, const char *what, guint type, GError **error)
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
fill_from_entries (CrSplit *self, const char *what, guint type, GError **error)
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

/* @text was accepted by the scanner, so it holds no NUL. Most pages are ASCII, which takes a tenth
 * of the time to see. */
static gboolean
check_utf8 (const char *text, gsize n_bytes)
{
  guint64 bits = 0, word;
  gsize i = 0;

  for (; i + sizeof word <= n_bytes && (bits & G_GUINT64_CONSTANT (0x8080808080808080)) == 0;
       i += sizeof word)
    {
      memcpy (&word, text + i, sizeof word);
      bits |= word;
    }
  if ((bits & G_GUINT64_CONSTANT (0x8080808080808080)) == 0)
    return g_utf8_validate_len (text + i, n_bytes - i, NULL);

  return g_utf8_validate_len (text, n_bytes, NULL);
}

static CrBundle *
split (GBytes *page, const char *fhir_base_url, gboolean is_alone, GError **error)
{
  g_autoptr (CrBundle) bundle = bundle_new (page);
  g_autofree char *what = cr_fhir_base_describe_answer (fhir_base_url);
  g_auto (CrSplit) self = { .bundle = bundle };
  gsize n_bytes;
  const char *text = g_bytes_get_data (page, &n_bytes);
  gboolean is_done;
  guint type;

  cr_canonical_init (&self.canonical);
  cr_fhir_base_init (&self.base, fhir_base_url);
  if (!cr_spans_scan_named (&self.spans, text, n_bytes, what, error))
    return NULL;

  self.is_utf8 = check_utf8 (text, n_bytes);
  type = check_root (&self, what, error);
  if (type == CR_SPAN_NONE)
    return NULL;

  is_done = is_alone ? cr_split_read_resource (&self, 0, type, CR_ENTRY_MATCH, error)
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
  return (const void *) self->entries->data;
}

void
cr_bundle_set_mode (CrBundle *self, guint entry, CrEntryMode mode)
{
  g_return_if_fail (entry < self->entries->len);

  g_array_index (self->entries, CrIncoming, entry).mode = mode;
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
  return (const void *) self->attachments->data;
}
