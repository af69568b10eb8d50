/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-bundle.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "fhir/cr-bundle-private.h"
#include "fhir/cr-outcome.h"

#include <string.h>

static CrBundle *
bundle_new (GBytes *page, const char *fhir_base_url)
{
  CrBundle *self = g_new0 (CrBundle, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->page = g_bytes_ref (page);
  self->strings = g_string_chunk_new (4096);
  self->entries = g_array_new (FALSE, TRUE, sizeof (CrIncoming));
  self->attachments = g_array_new (FALSE, FALSE, sizeof (CrAttachment));
  self->outcome_text = g_string_new (NULL);
  self->total = -1;
  if (fhir_base_url != NULL)
    self->base_url = g_string_chunk_insert (self->strings, fhir_base_url);
  return self;
}

void
cr_split_init (CrSplit *self, CrBundle *bundle)
{
  self->bundle = bundle;
  self->references = g_array_new (FALSE, FALSE, sizeof (CrReference));
  self->array = CR_SPAN_NONE;
  cr_canonical_init (&self->canonical);
  cr_fhir_base_init (&self->base, bundle->base_url);
}

void
cr_split_clear (CrSplit *self)
{
  cr_spans_clear (&self->spans);
  cr_canonical_clear (&self->canonical);
  g_clear_pointer (&self->references, g_array_unref);
  g_clear_error (&self->error);
}

/* References alone are each entry's own; its texts are the bundle's. */
static void
forget_entries (CrBundle *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    g_free ((gpointer) g_array_index (self->entries, CrIncoming, i).references);
  g_array_set_size (self->entries, 0);
  g_array_set_size (self->attachments, 0);
  self->n_skipped = self->n_damaged = 0;
  self->outcome_severity = NULL;
  g_string_truncate (self->outcome_text, 0);
}

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

  return cr_split_outline (
      self, resource, type,
      cr_spans_text_is (spans, mode, "include") ? CR_ENTRY_INCLUDE : CR_ENTRY_MATCH, error);
}

/* While the page is scanned. Of lists that share a name the last one counts, as it does for any
 * other member. */
static void
visit_entry_cb (CrSpans *spans, guint array, guint node, gpointer user_data)
{
  CrSplit *self = user_data;

  if (array != self->array)
    forget_entries (self->bundle);
  self->array = array;
  if (self->error == NULL)
    read_entry (self, node, &self->error);
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

/* The answer's own resourceType, fit to stand in a sentence. */
static char *
name_of_type (CrSplit *self, guint type)
{
  char *name = cr_spans_dup (&self->spans, type);

  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalpha (*c) || c - name > 60)
      {
        g_free (name);
        return g_strdup (CR_SAID ("resource of an unknown type"));
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
               what, text->len > 0 ? text->str : CR_SAID ("no reason was given"));
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

/* What is left of the list are elements that are no objects. */
static gboolean
finish_entries (CrSplit *self, const char *what, guint type, GError **error)
{
  guint entries = cr_spans_member (&self->spans, 0, "entry");

  if (!check_bundle (self, what, type, error))
    return FALSE;

  if (entries != self->array)
    forget_entries (self->bundle);
  for (guint i = cr_spans_first (&self->spans, entries); i != CR_SPAN_NONE;
       i = cr_spans_next (&self->spans, entries, i))
    if (!read_entry (self, i, error))
      return FALSE;

  read_links (self);
  read_total (self);
  return TRUE;
}

/* Most pages are ASCII, which takes a tenth
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

/**
 * cr_bundle_outline:
 * @page: a page of a search as received, or of one resource alone; kept by the bundle
 * @is_alone: the answer to a read, which gives exactly one entry, of a Bundle read by its id too
 * @fhir_base_url: (nullable): where it came from: references below it are the source's own
 * @error: %CR_ERROR_BAD_REPLY when @page is empty, cut short, no JSON, no FHIR or no Bundle, or an
 *   OperationOutcome alone, whose text it carries; %CR_ERROR_TOO_LARGE. Names the host.
 *
 * Finds the entries, their names, stamps and patients, and where the next page is. A Bundle of any
 * type is taken: what counts is `entry.resource`. Entries without one are counted; entries that are
 * an OperationOutcome are read into the outcome, whatever their search mode. An absent `entry` is
 * an empty page. Bytes that are no UTF-8 stay in the bodies as they came; texts handed out have
 * U+FFFD for them. The entries are not to be kept before cr_bundle_hash().
 *
 * Returns: (transfer full)
 * Source: FHIR R4, bundle.html and http.html#search
 */
CrBundle *
cr_bundle_outline (GBytes *page, const char *fhir_base_url, gboolean is_alone, GError **error)
{
  g_autoptr (CrBundle) bundle = bundle_new (page, fhir_base_url);
  g_autofree char *what = cr_fhir_base_describe_answer (fhir_base_url);
  g_auto (CrSplit) self = { 0 };
  gsize n_bytes;
  const char *text = g_bytes_get_data (page, &n_bytes);
  gboolean is_done;
  guint type;

  cr_split_init (&self, bundle);
  bundle->is_utf8 = n_bytes == 0 || check_utf8 (text, n_bytes);
  if (!is_alone)
    cr_spans_visit (&self.spans, "entry", visit_entry_cb, &self);
  if (!cr_spans_scan_named (&self.spans, text, n_bytes, what, error))
    return NULL;

  type = check_root (&self, what, error);
  if (type == CR_SPAN_NONE)
    return NULL;
  if (self.error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self.error));
      return NULL;
    }

  is_done = is_alone ? cr_split_outline (&self, 0, type, CR_ENTRY_MATCH, error)
                     : finish_entries (&self, what, type, error);
  return is_done ? g_steal_pointer (&bundle) : NULL;
}

/**
 * cr_bundle_hash:
 * @is_late: content, references and attachments wait until an entry's `complete` is called, which
 *   most never is where most records are the same as before
 *
 * The long part of the work, to be done once.
 */
gboolean
cr_bundle_hash (CrBundle *self, gboolean is_late, GError **error)
{
  g_auto (CrSplit) split = { 0 };

  cr_split_init (&split, self);
  for (guint i = 0; i < self->entries->len; i++)
    {
      CrIncoming *entry = &g_array_index (self->entries, CrIncoming, i);

      if (!cr_bytes_hash (entry->body, entry->n_bytes, entry->sha256))
        {
          g_set_error_literal (error, CR_ERROR, CR_ERROR_INTERNAL, "SHA-256 could not be computed");
          return FALSE;
        }
      if (!is_late && entry->complete != NULL && !cr_split_complete (&split, entry, error))
        return FALSE;
    }
  return TRUE;
}

static CrBundle *
split (GBytes *page, const char *fhir_base_url, gboolean is_alone, GError **error)
{
  g_autoptr (CrBundle) bundle = cr_bundle_outline (page, fhir_base_url, is_alone, error);

  return bundle != NULL && cr_bundle_hash (bundle, FALSE, error) ? g_steal_pointer (&bundle) : NULL;
}

/**
 * cr_bundle_split:
 *
 * cr_bundle_outline() of a page of a search, and cr_bundle_hash().
 *
 * Returns: (transfer full)
 */
CrBundle *
cr_bundle_split (GBytes *page, const char *fhir_base_url, GError **error)
{
  return split (page, fhir_base_url, FALSE, error);
}

/**
 * cr_bundle_from_resource:
 * @body: the answer to a read
 *
 * The same for one resource alone.
 *
 * Returns: (transfer full): with exactly one entry
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

  forget_entries (self);
  if (self->late != NULL)
    cr_split_clear (self->late);
  g_free (self->late);
  g_bytes_unref (self->page);
  g_string_chunk_free (self->strings);
  g_array_unref (self->entries);
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

  return self->outcome_text->len > 0 ? self->outcome_text->str : CR_SAID ("No reason was given");
}

const CrAttachment *
cr_bundle_get_attachments (CrBundle *self, guint *n_attachments)
{
  *n_attachments = self->attachments->len;
  return (const void *) self->attachments->data;
}
