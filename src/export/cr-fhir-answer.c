/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-fhir-batch.h"

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "base/cr-way.h"
#include "fhir/cr-resource.h"
#include "fhir/cr-span.h"

#include <string.h>

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
  { 400, CR_ERROR_BAD_INPUT, FALSE, CR_SAID ("The server does not take this record") },
  { 401, CR_ERROR_SIGN_IN, TRUE, CR_SAID ("The server asked to sign in for this record") },
  { 403, CR_ERROR_REFUSED, TRUE, CR_SAID ("The server does not permit writing this record") },
  { 404, CR_ERROR_REFUSED, TRUE, CR_SAID ("The server has no place for records of this type") },
  { 405, CR_ERROR_REFUSED, TRUE,
    CR_SAID ("The server does not permit making records with our ids") },
  { 409, CR_ERROR_CONFLICT, TRUE, CR_SAID ("Another write was in the way") },
  { 410, CR_ERROR_CONFLICT, FALSE,
    CR_SAID ("The record was deleted at the server; restore it there") },
  { 412, CR_ERROR_CONFLICT, TRUE, CR_SAID ("More than one record of the server matches") },
  { 413, CR_ERROR_TOO_LARGE, FALSE, CR_SAID ("The record is larger than the server takes") },
  { 422, CR_ERROR_BAD_INPUT, FALSE, CR_SAID ("The record breaks a rule of the server") },
};

static const Refusal *
find_refusal (guint status)
{
  static const Refusal busy = { 0, CR_ERROR_BUSY, TRUE,
                                CR_SAID ("The server failed with this record") };
  static const Refusal odd = { 0, CR_ERROR_REFUSED, FALSE,
                               CR_SAID ("The server did not take this record") };

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
  const char *words =
      is_missing ? CR_SAID ("The server misses a record this one points at") : refusal->words;

  g_clear_pointer (&outcome->error_code, g_free);
  g_clear_pointer (&outcome->error_message, g_free);
  outcome->is_retryable = FALSE;
  outcome->status = status >= 200 && status < 300 ? CR_ITEM_SENT : CR_ITEM_FAILED;
  if (outcome->status == CR_ITEM_SENT)
    return;

  outcome->is_retryable = is_missing || refusal->is_retryable;
  outcome->error_code = g_strdup (cr_enum_to_string (CR_TYPE_ERROR_CODE, (int) code));
  outcome->error_message =
      text != NULL ? g_strdup_printf (CR_SAID ("%s (%u): %.*s"), words, status, MAX_TEXT, text)
                   : g_strdup_printf (CR_SAID ("%s (%u)"), words, status);
}

static gboolean
is_outcome (const CrSpans *spans, guint node)
{
  guint type = cr_spans_member_of_kind (spans, node, "resourceType", CR_SPAN_KIND_STRING);

  return type != CR_SPAN_NONE && cr_spans_text_is (spans, type, "OperationOutcome");
}

static char *
outcome_text (const CrSpans *spans, guint response, guint entry)
{
  guint node = cr_spans_member_of_kind (spans, response, "outcome", CR_SPAN_KIND_OBJECT);
  const CrSpan *span;

  if (node == CR_SPAN_NONE)
    node = cr_spans_member_of_kind (spans, entry, "resource", CR_SPAN_KIND_OBJECT);
  if (node == CR_SPAN_NONE || !is_outcome (spans, node))
    return NULL;

  span = &spans->nodes[node];
  return cr_outcome_text (spans->text + span->start, span->end - span->start, NULL, NULL);
}

void
cr_fhir_answer_free (CrFhirAnswer *self)
{
  g_free (self->text);
  g_free (self->place);
  g_free (self);
}

/**
 * cr_fhir_place_read:
 * @location: (nullable): `[base/]Type/id[/_history/version]`
 *
 * Returns: (transfer full) (nullable): the id in it
 */
char *
cr_fhir_place_read (const char *location, const char *type)
{
  g_auto (GStrv) parts = g_strsplit (location != NULL ? location : "", "/", -1);

  for (guint i = g_strv_length (parts); i > 1; i--)
    if (g_str_equal (parts[i - 2], type) && cr_fhir_id_is_valid (parts[i - 1]))
      return g_strdup (parts[i - 1]);

  return NULL;
}

static char *
member_text (const CrSpans *spans, guint node, const char *name)
{
  guint member = cr_spans_member_of_kind (spans, node, name, CR_SPAN_KIND_STRING);

  return member != CR_SPAN_NONE ? cr_spans_dup (spans, member) : NULL;
}

static CrFhirAnswer *
read_entry (const CrSpans *spans, guint entry)
{
  CrFhirAnswer *self = g_new0 (CrFhirAnswer, 1);
  guint response = cr_spans_member_of_kind (spans, entry, "response", CR_SPAN_KIND_OBJECT);
  g_autofree char *status = member_text (spans, response, "status");
  guint64 number = status != NULL ? g_ascii_strtoull (status, NULL, 10) : 0;

  self->status = number > 99 && number < 600 ? (guint) number : 500;
  self->text = number == 0              ? g_strdup (CR_SAID ("no status came back for it"))
             : response != CR_SPAN_NONE ? outcome_text (spans, response, entry)
                                        : NULL;
  self->place = member_text (spans, response, "location");
  return self;
}

static GPtrArray *
read_entries (const CrSpans *spans, guint n_entries, GError **error)
{
  g_autoptr (GPtrArray) answers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_fhir_answer_free);
  guint type = cr_spans_member_of_kind (spans, 0, "resourceType", CR_SPAN_KIND_STRING);
  guint list = cr_spans_member_of_kind (spans, 0, "entry", CR_SPAN_KIND_ARRAY);

  if (type != CR_SPAN_NONE && list != CR_SPAN_NONE && cr_spans_text_is (spans, type, "Bundle"))
    for (guint i = cr_spans_first (spans, list); i != CR_SPAN_NONE;
         i = cr_spans_next (spans, list, i))
      g_ptr_array_add (answers, read_entry (spans, i));
  if (answers->len == n_entries)
    return g_steal_pointer (&answers);

  g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                       "The server did not answer each record of a batch; check that its "
                       "address is that of a FHIR server");
  return NULL;
}

/**
 * cr_fhir_answer_read:
 * @answer: the body of the answer to a batch of @n_entries
 *
 * Pure, for any thread: an answer that carries every resource back is large, so that it is only
 * scanned.
 *
 * Returns: (transfer full) (element-type CrFhirAnswer): one an entry, in order
 * Errors: CR_ERROR_BAD_REPLY when it is no answer to this batch; then no outcome is known
 */
GPtrArray *
cr_fhir_answer_read (GBytes *answer, guint n_entries, GError **error)
{
  gsize n_bytes = 0;
  const char *data = answer != NULL ? g_bytes_get_data (answer, &n_bytes) : NULL;
  g_auto (CrSpans) spans = { 0 };

  if (!cr_spans_scan_named (&spans, data != NULL ? data : "", n_bytes,
                            CR_SAID ("The answer to a batch"), error) ||
      cr_spans_kind (&spans, 0) != CR_SPAN_KIND_OBJECT)
    {
      if (error != NULL && *error == NULL)
        g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                             "The answer to a batch is no JSON object");
      g_prefix_error_literal (error, "What answered is no FHIR server; check its address: ");
      return NULL;
    }
  if (is_outcome (&spans, 0))
    {
      g_autofree char *text = cr_outcome_text (data, n_bytes, NULL, NULL);

      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                   "The server said yes to a batch and answered an error: %.*s", MAX_TEXT,
                   text != NULL ? text : CR_SAID ("without words"));
      return NULL;
    }

  return read_entries (&spans, n_entries, error);
}

typedef struct
{
  GBytes *answer; /* (owned) (nullable) */
  guint n_entries;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *self = data;

  g_clear_pointer (&self->answer, g_bytes_unref);
  g_free (self);
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *self = data;
  GError *error = NULL;
  GPtrArray *answers;

  cr_way_give ();
  answers = cr_fhir_answer_read (self->answer, self->n_entries, &error);
  if (answers != NULL)
    g_task_return_pointer (task, answers, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

/**
 * cr_fhir_answer_read_async:
 * @answer: (nullable)
 *
 * cr_fhir_answer_read() on another thread.
 */
void
cr_fhir_answer_read_async (GBytes *answer,
                           guint n_entries,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Reading *data = g_new0 (Reading, 1);

  data->answer = answer != NULL ? g_bytes_ref (answer) : NULL;
  data->n_entries = n_entries;
  g_task_set_source_tag (task, cr_fhir_answer_read_async);
  g_task_set_task_data (task, data, reading_free);
  g_task_run_in_thread (task, read_in_thread);
}

GPtrArray *
cr_fhir_answer_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* FHIR says 405; HAPI says 404 with words, others 400. A type that the server does not have at all
 * looks the same and ends the same when it is tried under a condition. */
static gboolean
refuses_our_ids (guint status, const char *text)
{
  static const char *const words[] = { "client-assigned", "client assigned", "update as create",
                                       "updatecreate",    "update-create",   NULL };

  return status == 405 || (status == 404 && !is_missing_reference (status, text)) ||
         ((status == 400 || status == 404 || status == 422) && text != NULL && says (text, words));
}

/* TRUE when it is worth another try under a condition: the server wants to choose the id, or has
 * lost what it kept under the one it chose. */
static gboolean
wants_condition (const CrFhirEntry *entry, const CrFhirAnswer *answer)
{
  switch (entry->write)
    {
    case CR_FHIR_WRITE_NAMED:
      return refuses_our_ids (answer->status, answer->text);
    case CR_FHIR_WRITE_PLACED:
      return answer->status == 404 || answer->status == 405 || answer->status == 410;
    case CR_FHIR_WRITE_MATCHED:
    default:
      return FALSE;
    }
}

static void
fail_for_now (CrExportEntry *outcome, CrErrorCode code, const char *message)
{
  outcome->status = CR_ITEM_FAILED;
  outcome->is_retryable = TRUE;
  g_free (outcome->error_code);
  g_free (outcome->error_message);
  outcome->error_code = g_strdup (cr_enum_to_string (CR_TYPE_ERROR_CODE, (int) code));
  outcome->error_message = g_strdup (message);
}

/**
 * cr_fhir_entry_wait:
 *
 * The outcome of an entry that is not sent yet, since it points at one that has no id there.
 */
void
cr_fhir_entry_wait (CrFhirEntry *self)
{
  fail_for_now (self->entry, CR_ERROR_NOT_FOUND,
                CR_SAID ("It waits for a record it points at, which the server has not got yet"));
}

/**
 * cr_fhir_entry_wait_for_id:
 *
 * The outcome of a large entry whose id the server does not take: it is loaded once more and then
 * sent under a condition.
 */
void
cr_fhir_entry_wait_for_id (CrFhirEntry *self)
{
  fail_for_now (self->entry, CR_ERROR_NOT_FOUND,
                CR_SAID ("The server chooses its id itself; it is sent once more without one"));
}

/**
 * cr_fhir_entry_answer:
 *
 * The outcome of an entry that was sent. One that was kept while something it points at has no id
 * there yet is not delivered: it is sent once more when that has one.
 *
 * Returns: %TRUE when it is to be tried under a condition
 */
gboolean
cr_fhir_entry_answer (CrFhirEntry *self, const CrFhirAnswer *answer)
{
  g_auto (GStrv) parts = g_strsplit_set (self->url, "/?", 3);
  g_autofree char *place = cr_fhir_place_read (answer->place, parts[0]);

  cr_fhir_outcome_set (self->entry, answer->status, answer->text);
  if (self->entry->status != CR_ITEM_SENT)
    return wants_condition (self, answer);

  if (self->write == CR_FHIR_WRITE_MATCHED && place == NULL)
    fail_for_now (self->entry, CR_ERROR_BAD_REPLY,
                  CR_SAID ("The server does not say under which id it keeps the record"));
  else if (self->is_incomplete)
    fail_for_now (self->entry, CR_ERROR_NOT_FOUND,
                  CR_SAID ("It was sent, but a record it points at has no id at the server yet"));
  if (place != NULL && g_strcmp0 (place, parts[1]) != 0)
    {
      g_free (self->entry->place);
      self->entry->place = g_steal_pointer (&place);
    }
  return FALSE;
}
