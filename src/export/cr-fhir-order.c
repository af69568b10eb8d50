/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-fhir-batch.h"

#include "base/cr-error.h"

/* Where an entry is known to be written, before it is answered; NULL under a condition. */
static char *
known_place (const CrFhirEntry *entry)
{
  return entry->write != CR_FHIR_WRITE_MATCHED ? g_strdup (entry->url) : NULL;
}

/* Which record was kept under which place: `Type/id` → CrFhirEntry */
static GHashTable *
list_known (GPtrArray *entries, guint first, guint n)
{
  GHashTable *known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < n; i++)
    {
      CrFhirEntry *entry = g_ptr_array_index (entries, first + i);
      char *place = known_place (entry);

      if (place != NULL)
        g_hash_table_insert (known, place, entry);
    }

  return known;
}

/**
 * cr_fhir_answers_check:
 * @answers: to the entries from @first on, one each
 *
 * A batch is answered in its own order, and nothing else says which answer is whose. Locations tell
 * when a server does otherwise: one that is the place of another record of the batch, or that comes
 * twice. Then a refusal could count for what was taken, and a record be written over another.
 *
 * Returns: %FALSE with CR_ERROR_BAD_REPLY; then no outcome is known
 * Source: FHIR R4, http.html “batch/transaction response”: entries in the order of the request
 */
gboolean
cr_fhir_answers_check (GPtrArray *entries, guint first, GPtrArray *answers, GError **error)
{
  g_autoptr (GHashTable) known = list_known (entries, first, answers->len);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < answers->len; i++)
    {
      const CrFhirEntry *entry = g_ptr_array_index (entries, first + i);
      const CrFhirAnswer *answer = g_ptr_array_index (answers, i);
      const char *type = entry->record->type;
      g_autofree char *id = cr_fhir_place_read (answer->place, type);
      char *place = id != NULL ? g_strconcat (type, "/", id, NULL) : NULL;
      const CrFhirEntry *owner = place != NULL ? g_hash_table_lookup (known, place) : NULL;

      if (place == NULL || (g_hash_table_add (seen, place) && (owner == NULL || owner == entry)))
        continue;
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                           "The server answered the records of a batch in another order, or keeps "
                           "two of them as one, so that it is not known which of them it has; "
                           "that has to be mended at the server");
      return FALSE;
    }

  return TRUE;
}
