/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-catalog.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "fhir/cr-catalog-private.h"

#include <string.h>

/* An entry holds one Endpoint or Organization, with a logo in it at most. */
#define MAX_ENTRY (4 * 1024 * 1024)
#define MAX_ENTRIES 1000000
#define LOOK_EVERY 256

typedef struct
{
  CrCatalog *catalog; /* (unowned) */
  const char *text;   /* (unowned) */
  gsize n_bytes;
  CrSpans spans;
  CrCatalogProgress progress; /* (nullable) */
  gpointer user_data;
  GCancellable *cancellable; /* (unowned) (nullable) */
  char *type;                /* (owned) (nullable): the resourceType at the root */
  char *id;                  /* (owned) (nullable) */
  gboolean has_entries;
} Reader;

static void
reader_clear (Reader *self)
{
  cr_spans_clear (&self->spans);
  g_free (self->type);
  g_free (self->id);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

static gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT, message);
  return FALSE;
}

static gboolean
fail_cut (GError **error)
{
  return fail (error, CR_SAID ("The file is cut short: it ends in the middle. Download it again."));
}

/* Reads the value from @start to @end into the spans. */
static gboolean
scan (Reader *self, gsize start, gsize end, GError **error)
{
  if (end - start > MAX_ENTRY)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_TOO_LARGE,
                   "A part of the file is larger than %d MB, which no entry of a list of portals "
                   "is.",
                   MAX_ENTRY / 1024 / 1024);
      return FALSE;
    }
  if (cr_spans_scan (&self->spans, self->text + start, end - start))
    return TRUE;

  g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
               "The file is damaged: what is at byte %zu is no JSON.",
               start + self->spans.fault_at);
  return FALSE;
}

static gboolean
look_up (Reader *self, gsize at, GError **error)
{
  if (self->catalog->counts.n_entries % LOOK_EVERY != 0)
    return TRUE;
  if (self->progress != NULL)
    self->progress (at, self->n_bytes, self->user_data);

  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

/* @at is behind the bracket. Returns: behind the closing one; 0 on error */
static gsize
read_entries (Reader *self, gsize at, GError **error)
{
  at = cr_catalog_skip_space (self->text, self->n_bytes, at);
  if (at < self->n_bytes && self->text[at] == ']')
    return at + 1;

  while (at < self->n_bytes)
    {
      gsize end = cr_catalog_skip_value (self->text, self->n_bytes, at);

      if (end == 0 && self->n_bytes - at <= MAX_ENTRY)
        break;
      if (!scan (self, at, end == 0 ? self->n_bytes : end, error) || !look_up (self, at, error))
        return 0;
      if (++self->catalog->counts.n_entries > MAX_ENTRIES)
        {
          g_set_error (error, CR_ERROR, CR_ERROR_TOO_LARGE,
                       "The file has more than %d entries, which no list of portals has.",
                       MAX_ENTRIES);
          return 0;
        }

      cr_catalog_read_entry (self->catalog, &self->spans);
      at = cr_catalog_skip_space (self->text, self->n_bytes, end);
      if (at < self->n_bytes && self->text[at] == ']')
        return at + 1;
      if (at < self->n_bytes && self->text[at] != ',')
        {
          g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                       "The file is damaged: what is at byte %zu is no JSON.", at);
          return 0;
        }
      at = cr_catalog_skip_space (self->text, self->n_bytes, at + 1);
    }

  fail_cut (error);
  return 0;
}

static void
keep_root (Reader *self, const char *name)
{
  if (strcmp (name, "resourceType") == 0)
    {
      g_free (self->type);
      self->type = cr_spans_dup (&self->spans, 0);
    }
  else if (strcmp (name, "id") == 0 && self->id == NULL)
    self->id = cr_spans_dup (&self->spans, 0);
  else if (strcmp (name, "identifier") == 0)
    {
      g_free (self->id);
      self->id = cr_spans_dup (&self->spans, cr_spans_find (&self->spans, 0, "value"));
    }
}

/* A member of the root at @at: its name, a colon, its value. Returns: behind it; 0 on error */
static gsize
read_member (Reader *self, gsize at, GError **error)
{
  gsize end = self->text[at] == '"' ? cr_catalog_skip_value (self->text, self->n_bytes, at) : 0;
  g_autofree char *name = NULL;

  if (self->text[at] != '"')
    {
      fail (error, CR_SAID ("The file is damaged: it begins like JSON and is none."));
      return 0;
    }
  if (end == 0 || !scan (self, at, end, error))
    {
      if (end == 0)
        fail_cut (error);
      return 0;
    }

  name = cr_spans_dup (&self->spans, 0);
  at = cr_catalog_skip_space (self->text, self->n_bytes, end);
  if (at < self->n_bytes && self->text[at] != ':')
    {
      fail (error, CR_SAID ("The file is damaged: it begins like JSON and is none."));
      return 0;
    }
  at = cr_catalog_skip_space (self->text, self->n_bytes, at + 1);
  if (at < self->n_bytes && self->text[at] == '[' && strcmp (name, "entry") == 0)
    {
      self->has_entries = TRUE;
      return read_entries (self, at + 1, error);
    }

  end = at < self->n_bytes ? cr_catalog_skip_value (self->text, self->n_bytes, at) : 0;
  if (end == 0)
    {
      fail_cut (error);
      return 0;
    }
  if (!scan (self, at, end, error))
    return 0;
  keep_root (self, name);
  return end;
}

static gboolean
read_root (Reader *self, GError **error)
{
  gsize at = 0;

  if (self->n_bytes >= 3 && memcmp (self->text, "\xEF\xBB\xBF", 3) == 0)
    at = 3;
  at = cr_catalog_skip_space (self->text, self->n_bytes, at);
  if (at >= self->n_bytes)
    return fail (error, CR_SAID ("The file is empty."));
  if (self->text[at] != '{')
    return fail (error,
                 CR_SAID ("The file is no JSON. Choose a list of portals as its publisher offers "
                          "it for download: a FHIR Bundle in JSON."));

  do
    {
      at = cr_catalog_skip_space (self->text, self->n_bytes, at + 1);
      if (at >= self->n_bytes)
        return fail_cut (error);
      if (self->text[at] == '}')
        break;
      at = read_member (self, at, error);
      if (at == 0)
        return FALSE;
      at = cr_catalog_skip_space (self->text, self->n_bytes, at);
    }
  while (at < self->n_bytes && self->text[at] == ',');

  if (at >= self->n_bytes)
    return fail_cut (error);
  if (self->text[at] != '}' ||
      cr_catalog_skip_space (self->text, self->n_bytes, at + 1) < self->n_bytes)
    return fail (error, CR_SAID ("The file is damaged: there is something behind its end."));
  return TRUE;
}

static gboolean
check (Reader *self, GError **error)
{
  const CrCatalogCounts *counts = &self->catalog->counts;

  if (self->type == NULL)
    return fail (error, CR_SAID ("The file is JSON but no FHIR resource."));
  if (strcmp (self->type, "Bundle") != 0)
    {
      gboolean is_name = g_str_is_ascii (self->type) && strlen (self->type) < 60;
      g_autofree char *type = is_name ? g_strdup_printf (CR_SAID ("type %s"), self->type)
                                      : g_strdup (CR_SAID ("another type"));

      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "The file holds a resource of %s, not a Bundle of Endpoints and Organizations.",
                   type);
      return FALSE;
    }
  if (counts->n_endpoints == 0)
    return fail (
        error, CR_SAID ("The Bundle in the file holds no Endpoint, so it is no list of portals."));
  return TRUE;
}

/**
 * cr_catalog_read:
 * @text: the file; may be mapped, since it is read once from its begin to its end
 * @progress: (nullable)
 * @error: CR_ERROR_BAD_INPUT or CR_ERROR_TOO_LARGE, in words for who chose the file; or cancelled
 *
 * Memory grows with the entries that are of use, not with the file: one entry at a time is scanned.
 * Endpoints that cannot be used are counted and left out. One base URL is one source, whatever the
 * number of organizations behind it: their names become aliases of the first.
 *
 * Returns: (transfer full)
 * Source: FHIR R4, endpoint.html and organization.html; SMART App Launch 2.2, brands.html
 */
CrCatalog *
cr_catalog_read (const char *text,
                 gsize n_bytes,
                 CrCatalogProgress progress,
                 gpointer user_data,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (CrCatalog) catalog = g_new0 (CrCatalog, 1);
  g_auto (Reader) reader = { .catalog = catalog,
                             .text = text,
                             .n_bytes = n_bytes,
                             .progress = progress,
                             .user_data = user_data,
                             .cancellable = cancellable };

  catalog->sources = g_ptr_array_new_with_free_func (g_object_unref);
  catalog->organizations = g_ptr_array_new_with_free_func (cr_catalog_organization_free);
  catalog->endpoints = g_ptr_array_new_with_free_func (cr_catalog_endpoint_free);
  catalog->organization_of = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  catalog->endpoint_of = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  catalog->source_of = g_hash_table_new (g_str_hash, g_str_equal);

  if (!read_root (&reader, error) || !check (&reader, error))
    return NULL;

  catalog->publisher = g_steal_pointer (&reader.id);
  cr_catalog_join (catalog);
  return g_steal_pointer (&catalog);
}

void
cr_catalog_free (CrCatalog *self)
{
  if (self == NULL)
    return;

  g_free (self->publisher);
  g_clear_pointer (&self->source_of, g_hash_table_unref);
  g_clear_pointer (&self->endpoint_of, g_hash_table_unref);
  g_clear_pointer (&self->organization_of, g_hash_table_unref);
  g_clear_pointer (&self->endpoints, g_ptr_array_unref);
  g_clear_pointer (&self->organizations, g_ptr_array_unref);
  g_clear_pointer (&self->sources, g_ptr_array_unref);
  g_free (self);
}

const char *
cr_catalog_get_publisher (CrCatalog *self)
{
  return self->publisher;
}

GPtrArray *
cr_catalog_get_sources (CrCatalog *self)
{
  return self->sources;
}

const CrCatalogCounts *
cr_catalog_get_counts (CrCatalog *self)
{
  return &self->counts;
}
