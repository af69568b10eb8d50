/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-steps.h"
#include "export/cr-fhir-batch.h"
#include "fhir/cr-resource.h"
#include "store/cr-claims-table.h"
#include "store/cr-exports-table.h"

typedef struct
{
  CrDb *db;
  CrExportLoad *load;
  CrRecord *record;
  GError *error; /* (owned) (nullable) */
} Finding;

static void
find_place (Finding *self, const char *type, const char *id)
{
  CrParcel *parcel = &self->load->parcel;
  g_autofree char *key = cr_fhir_place_key (self->record, type, id);
  g_autofree char *place = NULL;
  gint64 sequence;

  if (self->error != NULL || g_hash_table_contains (parcel->places, key))
    return;

  sequence = cr_delivered_table_find (self->db, parcel->item->destination_id, self->record->rid,
                                      type, id, &place, &self->error);
  if (place == NULL && sequence == 0)
    place = g_strdup ("");
  g_hash_table_insert (parcel->places, g_steal_pointer (&key), g_steal_pointer (&place));
}

/* Asked for exactly what will be rewritten; changes nothing. */
static char *
find_place_cb (const char *type, const char *id, gpointer data)
{
  find_place (data, type, id);
  return NULL;
}

static void
find_claimed (Finding *self, gboolean claims_ids)
{
  CrParcel *parcel = &self->load->parcel;
  int is_other;

  if (!claims_ids || self->error != NULL)
    return;

  is_other = cr_claims_table_is_other (self->db, parcel->item->destination_id, self->record->rid,
                                       &self->error);
  if (is_other > 0)
    g_hash_table_add (parcel->claimed, self->record);
}

/**
 * cr_export_load_places:
 *
 * Which ids the destination has chosen for the records of a parcel and for what they point at. Read
 * right before it is sent, when everything they wait for has been settled.
 */
gpointer
cr_export_load_places (CrDb *db, gpointer data, GError **error)
{
  CrExportLoad *self = data;
  CrParcel *parcel = &self->parcel;
  Finding finding = { db, self, NULL, NULL };
  gboolean claims_ids = cr_claims_matter (db, parcel->item->destination_id);

  parcel->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  parcel->claimed = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < parcel->records->len && finding.error == NULL; i++)
    {
      CrRecord *record = g_ptr_array_index (parcel->records, i);
      const char *base = g_hash_table_lookup (parcel->base_urls, record->source_id);
      g_autoptr (GBytes) same = NULL;

      finding.record = record;
      find_place (&finding, record->type, record->id);
      find_claimed (&finding, claims_ids);
      /* What is no resource is refused when it is prepared. */
      same = cr_resource_rewrite_ids (record->body, base, find_place_cb, &finding, NULL);
    }

  if (finding.error != NULL)
    g_propagate_error (error, finding.error);
  return NULL;
}
