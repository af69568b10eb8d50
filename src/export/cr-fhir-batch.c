/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-fhir-batch.h"

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-json.h"
#include "fhir/cr-resource.h"

#include <string.h>

typedef struct
{
  CrRecord *record;
} Namespace;

static char *
map_id (const char *type, const char *id, gpointer data)
{
  CrRecord *record = ((Namespace *) data)->record;

  return cr_fhir_name (record->source_id, record->patient_id, type, id);
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

static gboolean
prepare_namespaced (GBytes **body,
                    CrRecord *record,
                    const char *base,
                    const char *id,
                    GError **error)
{
  Namespace space = { record };

  return replace (body, cr_resource_rewrite_ids (*body, base, map_id, &space, error)) &&
         ensure_id (body, id, error) && add_origin (body, record, error);
}

static gboolean
prepare (GBytes **body,
         CrRecord *record,
         const char *base,
         CrFhirIds ids,
         const char *id,
         GError **error)
{
  if (ids == CR_FHIR_IDS_NAMESPACED && !prepare_namespaced (body, record, base, id, error))
    return FALSE;
  if (ids == CR_FHIR_IDS_SOURCE && !ensure_id (body, id, error))
    return FALSE;
  if (!g_str_equal (record->type, "Patient"))
    return TRUE;

  return replace (
      body, cr_resource_add_identifier (*body, CR_PATIENT_ID_SYSTEM, record->patient_id, error));
}

/**
 * cr_fhir_entry_new:
 * @fhir_base_url: (nullable): of the record's source, whose absolute references are its own
 * @outcome: kept by the caller
 *
 * The record as it is sent, edited by byte ranges alone.
 *
 * Errors: CR_ERROR_BAD_INPUT when the source's own id is none a FHIR server takes
 */
CrFhirEntry *
cr_fhir_entry_new (CrRecord *record,
                   const char *fhir_base_url,
                   CrFhirIds ids,
                   CrExportEntry *outcome,
                   GError **error)
{
  g_autofree char *id =
      ids == CR_FHIR_IDS_NAMESPACED
          ? cr_fhir_name (record->source_id, record->patient_id, record->type, record->id)
          : g_strdup (record->id);
  g_autoptr (GBytes) body = g_bytes_ref (record->body);
  CrFhirEntry *self;

  if (!cr_fhir_id_is_valid (id))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "The source's own id of this %s is too long or has characters that no FHIR "
                   "server takes; use namespaced ids",
                   record->type);
      return NULL;
    }
  if (!prepare (&body, record, fhir_base_url, ids, id, error))
    return NULL;

  self = g_new0 (CrFhirEntry, 1);
  self->body = g_steal_pointer (&body);
  self->url = g_strconcat (record->type, "/", id, NULL);
  self->entry = outcome;
  return self;
}

void
cr_fhir_entry_free (CrFhirEntry *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->url);
  g_free (self);
}

/**
 * cr_fhir_batch_new:
 * @entries: (element-type CrFhirEntry)
 *
 * Returns: a Bundle of type batch: one upsert an entry, resources byte for byte as they are
 * Source: FHIR R4, http.html “batch/transaction” and “update as create”
 */
GBytes *
cr_fhir_batch_new (GPtrArray *entries, guint first, guint n_entries)
{
  GString *text = g_string_new ("{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[");

  for (guint i = first; i < first + n_entries; i++)
    {
      const CrFhirEntry *entry = g_ptr_array_index (entries, i);
      gsize n_bytes;
      const char *data = g_bytes_get_data (entry->body, &n_bytes);

      if (i > first)
        g_string_append_c (text, ',');
      g_string_append (text, "{\"resource\":");
      g_string_append_len (text, data, (gssize) n_bytes);
      g_string_append_printf (text, ",\"request\":{\"method\":\"PUT\",\"url\":\"%s\"}}",
                              entry->url);
    }
  g_string_append (text, "]}");
  return g_string_free_to_bytes (text);
}

static gboolean
says (const char *text, const char *const *words)
{
  g_autofree char *folded = g_ascii_strdown (text, -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (folded, words[i]) != NULL)
      return TRUE;

  return FALSE;
}

/* Servers have no code of their own for it; these are the words of HAPI, Firely, IBM, Google and
 * Medplum. */
static gboolean
is_missing_reference (guint status, const char *text)
{
  static const char *const words[] = { "not found, specified in path",
                                       "reference_not_found",
                                       "could not be resolved",
                                       "unresolved reference",
                                       "unable to resolve",
                                       "referenced resource",
                                       "invalid reference",
                                       "does not exist",
                                       "reference",
                                       NULL };

  return (status == 400 || status == 404 || status == 409 || status == 412 || status == 422) &&
         text != NULL && says (text, words);
}

typedef struct
{
  guint status;
  CrErrorCode code;
  gboolean is_retryable;
  const char *words;
} Refusal;

static const Refusal refusals[] = {
  { 400, CR_ERROR_BAD_INPUT, FALSE, "The server does not take this record" },
  { 401, CR_ERROR_SIGN_IN, TRUE, "The server asked to sign in for this record" },
  { 403, CR_ERROR_REFUSED, TRUE, "The server does not permit writing this record" },
  { 404, CR_ERROR_REFUSED, TRUE, "The server has no place for records of this type" },
  { 405, CR_ERROR_REFUSED, TRUE, "The server does not permit making records with our ids" },
  { 409, CR_ERROR_CONFLICT, TRUE, "Another write was in the way" },
  { 410, CR_ERROR_CONFLICT, FALSE, "The record was deleted at the server; restore it there" },
  { 412, CR_ERROR_CONFLICT, TRUE, "More than one record of the server matches" },
  { 413, CR_ERROR_TOO_LARGE, FALSE, "The record is larger than the server takes" },
  { 422, CR_ERROR_BAD_INPUT, FALSE, "The record breaks a rule of the server" },
};

static const Refusal *
find_refusal (guint status)
{
  static const Refusal busy = { 0, CR_ERROR_BUSY, TRUE, "The server failed with this record" };
  static const Refusal odd = { 0, CR_ERROR_REFUSED, FALSE, "The server did not take this record" };

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    if (refusals[i].status == status)
      return &refusals[i];

  return status == 408 || status == 425 || status == 429 || status >= 500 ? &busy : &odd;
}

/* Words of a server can quote the record; only so much of them is kept. */
#define MAX_TEXT 300

/**
 * cr_fhir_outcome_set:
 * @status: of the entry
 * @text: (nullable): of its OperationOutcome
 *
 * A status of 200 to 299 is delivered, whatever warnings come with it. A missing target is told
 * apart by its code `not_found`: it is sent once more when its parents have arrived.
 */
void
cr_fhir_outcome_set (CrExportEntry *outcome, guint status, const char *text)
{
  const Refusal *refusal = find_refusal (status);
  gboolean is_missing = is_missing_reference (status, text);
  CrErrorCode code = is_missing ? CR_ERROR_NOT_FOUND : refusal->code;

  g_clear_pointer (&outcome->error_code, g_free);
  g_clear_pointer (&outcome->error_message, g_free);
  outcome->is_retryable = FALSE;
  outcome->status = status >= 200 && status < 300 ? CR_ITEM_SENT : CR_ITEM_FAILED;
  if (outcome->status == CR_ITEM_SENT)
    return;

  outcome->is_retryable = is_missing || refusal->is_retryable;
  outcome->error_code = g_strdup (cr_enum_to_string (CR_TYPE_ERROR_CODE, (int) code));
  outcome->error_message = g_strdup_printf (
      "%s (%u)%s%.*s",
      is_missing ? "The server misses a record this one points at" : refusal->words, status,
      text != NULL ? ": " : "", MAX_TEXT, text != NULL ? text : "");
}

static char *
outcome_text (JsonObject *response, JsonObject *entry)
{
  JsonObject *outcome = cr_json_object (response, "outcome");
  g_autofree char *text = NULL;

  if (outcome == NULL)
    outcome = cr_json_object (entry, "resource");
  if (outcome == NULL ||
      g_strcmp0 (cr_json_string (outcome, "resourceType"), "OperationOutcome") != 0)
    return NULL;

  text = cr_json_object_to_text (outcome, FALSE);
  return cr_outcome_text (text, strlen (text), NULL, NULL);
}

static void
read_entry (JsonObject *entry, CrExportEntry *outcome)
{
  JsonObject *response = entry != NULL ? cr_json_object (entry, "response") : NULL;
  const char *status = response != NULL ? cr_json_string (response, "status") : NULL;
  g_autofree char *text = response != NULL ? outcome_text (response, entry) : NULL;
  guint64 number = status != NULL ? g_ascii_strtoull (status, NULL, 10) : 0;

  cr_fhir_outcome_set (outcome, number > 99 && number < 600 ? (guint) number : 500,
                       number != 0 ? text : "no status came back for it");
}

/**
 * cr_fhir_batch_read:
 *
 * Fills the outcomes of the entries of a batch from what was answered.
 *
 * Errors: CR_ERROR_BAD_REPLY when it is no answer to this batch; then no outcome is known
 */
gboolean
cr_fhir_batch_read (GBytes *answer,
                    GPtrArray *entries,
                    guint first,
                    guint n_entries,
                    GError **error)
{
  gsize n_bytes;
  const char *data = g_bytes_get_data (answer, &n_bytes);
  g_autoptr (JsonObject) bundle =
      cr_json_parse (data != NULL ? data : "", (gssize) n_bytes, "The answer to a batch", error);
  JsonArray *list;

  if (bundle == NULL)
    return FALSE;

  list = cr_json_array (bundle, "entry");
  if (g_strcmp0 (cr_json_string (bundle, "resourceType"), "Bundle") != 0 || list == NULL ||
      json_array_get_length (list) != n_entries)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                           "The server did not answer each record of a batch; check that its "
                           "address is that of a FHIR server");
      return FALSE;
    }

  for (guint i = 0; i < n_entries; i++)
    {
      const CrFhirEntry *entry = g_ptr_array_index (entries, first + i);

      read_entry (cr_json_array_object (list, i), entry->entry);
    }

  return TRUE;
}
