/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-fhir-batch.h"

#include "base/cr-error.h"
#include "fhir/cr-resource.h"

#include <string.h>

typedef struct
{
  CrRecord *record;
  const CrFhirManner *manner;
  gboolean is_incomplete;
} Mapping;

/**
 * cr_fhir_place_key:
 *
 * Returns: (transfer full): the key, in a table of places, of a record with @type and @id that
 *   @record could point at. The value is the id the server chose for it; empty: it is stored here
 *   and not there yet; NULL or no key: it has the id that we choose.
 */
char *
cr_fhir_place_key (CrRecord *record, const char *type, const char *id)
{
  return g_strjoin ("\n", record->source_id, record->patient_id, type, id, NULL);
}

static const char *
find_place (const CrFhirManner *manner, CrRecord *record, const char *type, const char *id)
{
  g_autofree char *key = cr_fhir_place_key (record, type, id);

  return manner->places != NULL ? g_hash_table_lookup (manner->places, key) : NULL;
}

static gboolean
chooses_ids (const CrFhirManner *manner)
{
  return manner->matched_types != NULL && g_hash_table_size (manner->matched_types) > 0;
}

static char *
map_id (const char *type, const char *id, gpointer data)
{
  Mapping *self = data;
  CrRecord *record = self->record;
  const char *place = find_place (self->manner, record, type, id);

  if (place != NULL && place[0] != '\0')
    return g_strdup (place);
  if (place != NULL && chooses_ids (self->manner))
    self->is_incomplete = TRUE;

  return self->manner->ids == CR_FHIR_IDS_NAMESPACED
           ? cr_fhir_name (record->source_id, record->patient_id, type, id)
           : NULL;
}

/* A record that came without an id gets its first member. */
static GBytes *
insert_id (GBytes *body, const char *id)
{
  gsize n_bytes;
  const char *data = g_bytes_get_data (body, &n_bytes);
  const char *brace = memchr (data, '{', n_bytes);
  GString *text = g_string_sized_new (n_bytes + 80);
  gsize head = brace != NULL ? (gsize) (brace - data) + 1 : 0;

  g_string_append_len (text, data, (gssize) head);
  g_string_append_printf (text, "\"id\":\"%s\",", id);
  g_string_append_len (text, data + head, (gssize) (n_bytes - head));
  return g_string_free_to_bytes (text);
}

static gboolean
replace (GBytes **body, GBytes *with)
{
  if (with == NULL)
    return FALSE;

  g_bytes_unref (*body);
  *body = with;
  return TRUE;
}

static gboolean
add_origin (GBytes **body, CrRecord *record, GError **error)
{
  g_autofree char *system = g_strconcat (CR_SOURCE_SYSTEM, record->source_id, NULL);

  if (cr_resource_type_has_identifier (record->type))
    return replace (body, cr_resource_add_identifier (*body, system, record->id, error));

  return replace (body, cr_resource_add_tag (*body, system, record->id, error));
}

static gboolean
ensure_id (GBytes **body, const char *id, GError **error)
{
  g_autofree char *type = NULL;
  g_autofree char *found = NULL;
  gsize n_bytes;
  const char *data = g_bytes_get_data (*body, &n_bytes);

  if (!cr_resource_identity (data, n_bytes, &type, &found, error))
    return FALSE;

  return found != NULL || replace (body, insert_id (*body, id));
}

/* With ids of ours: the resource's own and those of what it points at. */
static gboolean
prepare_named (GBytes **body, Mapping *mapping, const char *id, GError **error)
{
  const CrFhirManner *manner = mapping->manner;

  if (manner->ids == CR_FHIR_IDS_SOURCE)
    return ensure_id (body, id, error);

  return replace (body,
                  cr_resource_rewrite_ids (*body, manner->fhir_base_url, map_id, mapping, error)) &&
         ensure_id (body, id, error) && add_origin (body, mapping->record, error);
}

/* With the server's ids: without one of its own unless @place is it, and with what it is found by.
 */
static gboolean
prepare_matched (GBytes **body,
                 Mapping *mapping,
                 const char *place,
                 const char *name,
                 GError **error)
{
  CrRecord *record = mapping->record;

  if (!replace (body, cr_resource_without_id (*body, error)) ||
      !replace (body, cr_resource_rewrite_ids (*body, mapping->manner->fhir_base_url, map_id,
                                               mapping, error)) ||
      (place != NULL && !replace (body, insert_id (*body, place))) ||
      !add_origin (body, record, error))
    return FALSE;

  return replace (body, cr_resource_type_has_identifier (record->type)
                            ? cr_resource_add_identifier (*body, CR_RECORD_SYSTEM, name, error)
                            : cr_resource_add_tag (*body, CR_RECORD_SYSTEM, name, error));
}

/* The id of the source is not enough for a condition: two patients can have the same record, each
 * under it. */
static char *
make_condition (CrRecord *record, const char *name)
{
  return g_strdup_printf ("%s?%s=urn%%3Achartroom%%3Arecord%%7C%s", record->type,
                          cr_resource_type_has_identifier (record->type) ? "identifier" : "_tag",
                          name);
}

static gboolean
prepare (CrFhirEntry *self, const CrFhirManner *manner, GError **error)
{
  CrRecord *record = self->record;
  Mapping mapping = { record, manner, FALSE };
  const char *place = find_place (manner, record, record->type, record->id);
  g_autofree char *name =
      cr_fhir_name (record->source_id, record->patient_id, record->type, record->id);
  gboolean is_placed = place != NULL && place[0] != '\0';
  gboolean ok;

  if (is_placed ||
      (chooses_ids (manner) && g_hash_table_contains (manner->matched_types, record->type)))
    {
      self->write = is_placed ? CR_FHIR_WRITE_PLACED : CR_FHIR_WRITE_MATCHED;
      self->url =
          is_placed ? g_strconcat (record->type, "/", place, NULL) : make_condition (record, name);
      ok = prepare_matched (&self->body, &mapping, is_placed ? place : NULL, name, error);
    }
  else
    {
      const char *id = manner->ids == CR_FHIR_IDS_NAMESPACED ? name : record->id;

      if (!cr_fhir_id_is_valid (id))
        {
          g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                       "The source's own id of this %s is too long or has characters that no FHIR "
                       "server takes; use namespaced ids",
                       record->type);
          return FALSE;
        }
      self->url = g_strconcat (record->type, "/", id, NULL);
      ok = prepare_named (&self->body, &mapping, id, error);
    }

  self->is_incomplete = mapping.is_incomplete;
  return ok;
}

/**
 * cr_fhir_entry_new:
 * @outcome: kept by the caller
 *
 * The record as it is sent, edited by byte ranges alone; of a large one the body is taken. A server
 * that chooses ids itself is sent a conditional update by an identifier of ours, or a tag for types
 * that have none; once it has said under which id it keeps the record, it is sent under that.
 *
 * Errors: CR_ERROR_BAD_INPUT when the source's own id is none a FHIR server takes
 * Source: FHIR R4, http.html “conditional update”
 */
CrFhirEntry *
cr_fhir_entry_new (CrRecord *record,
                   const CrFhirManner *manner,
                   CrExportEntry *outcome,
                   GError **error)
{
  CrFhirEntry *self = g_new0 (CrFhirEntry, 1);

  self->record = g_object_ref (record);
  self->body = record->n_bytes >= CR_FHIR_LARGE ? g_steal_pointer (&record->body)
                                                : g_bytes_ref (record->body);
  self->entry = outcome;
  if (!prepare (self, manner, error) ||
      (g_str_equal (record->type, "Patient") &&
       !replace (&self->body, cr_resource_add_identifier (self->body, CR_PATIENT_ID_SYSTEM,
                                                          record->patient_id, error))))
    g_clear_pointer (&self, cr_fhir_entry_free);

  return self;
}

void
cr_fhir_entry_free (CrFhirEntry *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_object (&self->record);
  g_free (self->url);
  g_free (self);
}

/**
 * cr_fhir_batch_new:
 * @entries: (element-type CrFhirEntry): large ones lose their bodies
 *
 * Returns: a Bundle of type batch: one upsert an entry, resources byte for byte as they are
 * Source: FHIR R4, http.html “batch/transaction”, “update as create” and “conditional update”
 */
GBytes *
cr_fhir_batch_new (GPtrArray *entries, guint first, guint n_entries)
{
  GString *text = g_string_new ("{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[");

  for (guint i = first; i < first + n_entries; i++)
    {
      CrFhirEntry *entry = g_ptr_array_index (entries, i);
      gsize n_bytes;
      const char *data = g_bytes_get_data (entry->body, &n_bytes);

      if (i > first)
        g_string_append_c (text, ',');
      g_string_append (text, "{\"resource\":");
      g_string_append_len (text, data, (gssize) n_bytes);
      g_string_append_printf (text, ",\"request\":{\"method\":\"PUT\",\"url\":\"%s\"}}",
                              entry->url);
      if (n_entries == 1 && n_bytes >= CR_FHIR_LARGE)
        g_clear_pointer (&entry->body, g_bytes_unref);
    }
  g_string_append (text, "]}");
  return g_string_free_to_bytes (text);
}
