/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-fhir-batch.h"

#include "base/cr-first.h"

#include <string.h>

#define BASE "https://portal.example/r4"

static CrRecord *
make_record (const char *type, const char *id, const char *body)
{
  CrRecord *record = cr_record_new (1);

  record->patient_id = g_strdup ("p 1");
  record->source_id = g_strdup ("fhirsrc_a");
  record->type = g_strdup (type);
  record->id = g_strdup (id);
  record->body = g_bytes_new (body, strlen (body));
  record->n_bytes = strlen (body);
  record->sequence = 7;
  return record;
}

static char *
text_of (GBytes *bytes)
{
  gsize n;
  const char *data = g_bytes_get_data (bytes, &n);

  return g_strndup (data, n);
}

static void
test_names (void)
{
  g_autofree char *a = cr_fhir_name ("s", "p", "Observation", "1");
  g_autofree char *again = cr_fhir_name ("s", "p", "Observation", "1");
  g_autofree char *other = cr_fhir_name ("s", "p2", "Observation", "1");
  g_autofree char *shifted = cr_fhir_name ("sp", "", "Observation", "1");
  g_autofree char *longest = g_strnfill (300, 'x');
  g_autofree char *of_long = cr_fhir_name ("s", "p", "Observation", longest);

  g_assert_cmpstr (a, ==, again);
  g_assert_cmpstr (a, !=, other);
  g_assert_cmpstr (a, !=, shifted);
  g_assert_true (cr_fhir_id_is_valid (a));
  g_assert_true (g_ascii_isalpha (a[0]));
  g_assert_true (cr_fhir_id_is_valid (of_long));

  g_assert_false (cr_fhir_id_is_valid (""));
  g_assert_false (cr_fhir_id_is_valid (longest));
  g_assert_false (cr_fhir_id_is_valid ("a_b"));
}

static void
test_order (void)
{
  static const char *const order[] = { "Organization",     "Practitioner",      "Patient",
                                       "Encounter",        "Condition",         "Observation",
                                       "DiagnosticReport", "DocumentReference", "Provenance" };

  for (guint i = 1; i < G_N_ELEMENTS (order); i++)
    g_assert_cmpuint (cr_fhir_type_rank (order[i - 1]), <, cr_fhir_type_rank (order[i]));
  g_assert_cmpuint (cr_fhir_type_rank ("Patient"), <, cr_fhir_type_rank ("SomethingNew"));
  g_assert_cmpuint (cr_fhir_type_rank ("SomethingNew"), <, cr_fhir_type_rank ("Provenance"));
}

static CrFhirEntry *
make_entry (CrRecord *record, CrFhirIds ids, CrExportEntry *outcome, GError **error)
{
  return cr_fhir_entry_new (record, &(CrFhirManner){ BASE, ids }, outcome, error);
}

static void
test_namespaced (void)
{
  g_autoptr (CrRecord) record =
      make_record ("Observation", "o/odd id",
                   "{\"resourceType\":\"Observation\",\"id\":\"o1\",\"valueQuantity\":{\"value\":"
                   "1.10},\"subject\":{\"reference\":\"Patient/pp\"},\"encounter\":{\"reference\":"
                   "\"" BASE "/Encounter/e1\"},\"note\":\"\\u00e4\"}");
  g_autoptr (GError) error = NULL;
  CrFhirEntry *entry;
  g_autofree char *own = cr_fhir_name ("fhirsrc_a", "p 1", "Observation", "o1");
  g_autofree char *patient = cr_fhir_name ("fhirsrc_a", "p 1", "Patient", "pp");
  g_autofree char *encounter = cr_fhir_name ("fhirsrc_a", "p 1", "Encounter", "e1");
  g_autofree char *text = NULL;
  g_autofree char *url = g_strconcat ("Observation/", own, NULL);

  g_free (record->id);
  record->id = g_strdup ("o1");
  entry = make_entry (record, CR_FHIR_IDS_NAMESPACED, NULL, &error);
  g_assert_no_error (error);
  text = text_of (entry->body);

  g_assert_cmpstr (entry->url, ==, url);
  g_assert_nonnull (strstr (text, own));
  g_assert_nonnull (strstr (text, patient));
  g_assert_nonnull (strstr (text, encounter));
  g_assert_nonnull (strstr (text, "\"value\":1.10}"));
  g_assert_nonnull (strstr (text, "\\u00e4"));
  g_assert_nonnull (strstr (text, "urn:chartroom:source:fhirsrc_a"));
  g_assert_nonnull (strstr (text, "\"o1\""));
  g_assert_null (strstr (text, "Patient/pp"));
  g_assert_null (strstr (text, BASE));
  cr_fhir_entry_free (entry);
}

static void
test_patient (void)
{
  static const CrFhirIds both[] = { CR_FHIR_IDS_NAMESPACED, CR_FHIR_IDS_SOURCE };

  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      g_autoptr (CrRecord) record =
          make_record ("Patient", "pp", "{\"resourceType\":\"Patient\",\"id\":\"pp\"}");
      CrFhirEntry *entry = make_entry (record, both[i], NULL, NULL);
      g_autofree char *text = text_of (entry->body);

      g_assert_nonnull (strstr (text, "urn:medblocks:patient-id"));
      g_assert_nonnull (strstr (text, "\"p 1\""));
      cr_fhir_entry_free (entry);
    }
}

/* A type without identifier carries its old id as a tag; one that came without an id gets one. */
static void
test_odd_resources (void)
{
  g_autoptr (CrRecord) binary = make_record (
      "Binary", "b1", "{\"resourceType\":\"Binary\",\"id\":\"b1\",\"contentType\":\"text/plain\"}");
  g_autoptr (CrRecord) nameless =
      make_record ("Observation", "sha256-00", "{\"resourceType\":\"Observation\"}");
  CrFhirEntry *entry = make_entry (binary, CR_FHIR_IDS_NAMESPACED, NULL, NULL);
  g_autofree char *text = text_of (entry->body);
  g_autofree char *second = NULL;
  g_autofree char *id = NULL;

  g_assert_nonnull (strstr (text, "\"tag\""));
  g_assert_nonnull (strstr (text, "\"b1\""));
  cr_fhir_entry_free (entry);

  entry = make_entry (nameless, CR_FHIR_IDS_NAMESPACED, NULL, NULL);
  second = text_of (entry->body);
  id = g_strdup_printf ("\"id\":\"%s\"", strchr (entry->url, '/') + 1);
  g_assert_nonnull (strstr (second, id));
  cr_fhir_entry_free (entry);
}

/* X02 */
static void
test_unusable_source_id (void)
{
  g_autofree char *id = g_strnfill (80, 'a');
  g_autoptr (CrRecord) record =
      make_record ("Observation", id, "{\"resourceType\":\"Observation\"}");
  g_autoptr (GError) error = NULL;

  g_assert_null (make_entry (record, CR_FHIR_IDS_SOURCE, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
  g_assert_null (strstr (error->message, id));
}

static GPtrArray *
make_entries (guint n, CrExportEntry **outcomes)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_fhir_entry_free);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("o%u", i);
      g_autofree char *body =
          g_strdup_printf ("{\"resourceType\":\"Observation\",\"id\":\"%s\",\"value\":1.10}", id);
      g_autoptr (CrRecord) record = make_record ("Observation", id, body);

      outcomes[i] = cr_export_entry_new (i, i);
      g_ptr_array_add (entries, make_entry (record, CR_FHIR_IDS_SOURCE, outcomes[i], NULL));
    }

  return entries;
}

static void
test_batch (void)
{
  CrExportEntry *outcomes[2];
  g_autoptr (GPtrArray) entries = make_entries (2, outcomes);
  g_autoptr (GBytes) batch = cr_fhir_batch_new (entries, 0, 2);
  g_autofree char *text = text_of (batch);

  g_assert_cmpstr (text, ==,
                   "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":["
                   "{\"resource\":{\"resourceType\":\"Observation\",\"id\":\"o0\",\"value\":1.10},"
                   "\"request\":{\"method\":\"PUT\",\"url\":\"Observation/o0\"}},"
                   "{\"resource\":{\"resourceType\":\"Observation\",\"id\":\"o1\",\"value\":1.10},"
                   "\"request\":{\"method\":\"PUT\",\"url\":\"Observation/o1\"}}]}");
  cr_export_entry_free (outcomes[0]);
  cr_export_entry_free (outcomes[1]);
}

static void
test_answer (void)
{
  static const char answer[] =
      "{\"resourceType\":\"Bundle\",\"type\":\"batch-response\",\"entry\":["
      "{\"response\":{\"status\":\"201 Created\",\"outcome\":{\"resourceType\":"
      "\"OperationOutcome\",\"issue\":[{\"severity\":\"warning\",\"code\":\"invalid\","
      "\"diagnostics\":\"hm\"}]}}},"
      "{\"response\":{\"status\":\"422\",\"outcome\":{\"resourceType\":\"OperationOutcome\","
      "\"issue\":[{\"severity\":\"error\",\"code\":\"invalid\",\"diagnostics\":\"no code\"}]}}},"
      "{\"response\":{\"status\":\"400 Bad Request\",\"outcome\":{\"resourceType\":"
      "\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\"processing\","
      "\"diagnostics\":\"Resource Patient/x not found, specified in path: "
      "Observation.subject\"}]}}},"
      "{\"response\":{\"status\":\"503\"}},{\"response\":{\"status\":\"410 Gone\"}}]}";
  CrExportEntry *outcomes[5];
  g_autoptr (GPtrArray) entries = make_entries (5, outcomes);
  g_autoptr (GBytes) bytes = g_bytes_new_static (answer, strlen (answer));
  g_autoptr (GPtrArray) answers = NULL;
  g_autoptr (GError) error = NULL;

  answers = cr_fhir_answer_read (bytes, 5, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 5; i++)
    g_assert_false (
        cr_fhir_entry_answer (g_ptr_array_index (entries, i), g_ptr_array_index (answers, i)));

  g_assert_cmpint (outcomes[0]->status, ==, CR_ITEM_SENT); /* X12: a warning is no refusal */
  g_assert_cmpint (outcomes[1]->status, ==, CR_ITEM_FAILED);
  g_assert_false (outcomes[1]->is_retryable);
  g_assert_nonnull (strstr (outcomes[1]->error_message, "no code"));
  g_assert_cmpstr (outcomes[2]->error_code, ==, "not_found"); /* X03 */
  g_assert_true (outcomes[2]->is_retryable);
  g_assert_cmpstr (outcomes[3]->error_code, ==, "busy");
  g_assert_true (outcomes[3]->is_retryable);
  g_assert_cmpstr (outcomes[4]->error_code, ==, "conflict"); /* X04 */
  g_assert_false (outcomes[4]->is_retryable);

  for (guint i = 0; i < 5; i++)
    cr_export_entry_free (outcomes[i]);
}

/* Locations that show whose an answer is: of three records sent as o0, o1 and o2. */
static void
test_answer_order (void)
{
  static const struct
  {
    const char *places[3];
    gboolean is_fine;
  } rows[] = {
    { { "Observation/o0/_history/1", "https://x.example/Observation/o1", NULL }, TRUE },
    { { NULL, NULL, NULL }, TRUE },
    { { "Observation/a", "Observation/b", "Observation/c" }, TRUE }, /* ids of its own */
    { { "Observation/o0", "Patient/o2", "elsewhere" }, TRUE },
    { { "Observation/o2", "Observation/o1", "Observation/o0" }, FALSE },
    { { NULL, NULL, "Observation/o0/_history/3" }, FALSE },
    { { "Observation/a", "Observation/b", "Observation/a" }, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      CrExportEntry *outcomes[4];
      g_autoptr (GPtrArray) entries = make_entries (4, outcomes);
      g_autoptr (GPtrArray) answers = g_ptr_array_new ();
      CrFhirAnswer each[3];
      g_autoptr (GError) error = NULL;

      for (guint j = 0; j < G_N_ELEMENTS (each); j++)
        {
          each[j] = (CrFhirAnswer){ 200, NULL, (char *) rows[i].places[j] };
          g_ptr_array_add (answers, &each[j]);
        }
      g_test_message ("row %u", i);
      g_assert_cmpint (cr_fhir_answers_check (entries, 0, answers, &error), ==, rows[i].is_fine);
      g_assert_cmpint (g_error_matches (error, CR_ERROR, CR_ERROR_BAD_REPLY), ==, !rows[i].is_fine);
      for (guint j = 0; j < G_N_ELEMENTS (outcomes); j++)
        cr_export_entry_free (outcomes[j]);
    }
}

static void
test_bad_answer (void)
{
  static const char *const answers[] = { "",
                                         "<html>",
                                         "{}",
                                         "[]",
                                         "{\"resourceType\":\"Bundle\",\"entry\":[]}",
                                         "{\"resourceType\":\"OperationOutcome\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (answers[i], strlen (answers[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (cr_fhir_answer_read (bytes, 1, &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
    }
}

static GHashTable *
make_places (CrRecord *record, const char *type, const char *id, const char *place)
{
  GHashTable *places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  g_hash_table_insert (places, cr_fhir_place_key (record, type, id), g_strdup (place));
  return places;
}

/* A server that chooses ids: found by an identifier of ours, sent without an id, pointing at what
 * the server calls the target. */
static void
test_matched (void)
{
  static const char body[] =
      "{\"resourceType\":\"Observation\",\"id\":\"o1\",\"value\":1.10,\"subject\":"
      "{\"reference\":\"Patient/pp\"}}";
  g_autoptr (CrRecord) record = make_record ("Observation", "o1", body);
  g_autoptr (GHashTable) types = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) places = make_places (record, "Patient", "pp", "77");
  g_autoptr (GHashTable) nowhere = make_places (record, "Patient", "pp", "");
  g_autoptr (GHashTable) own = make_places (record, "Observation", "o1", "5");
  g_autofree char *name = cr_fhir_name ("fhirsrc_a", "p 1", "Observation", "o1");
  g_autofree char *url =
      g_strconcat ("Observation?identifier=urn%3Achartroom%3Arecord%7C", name, NULL);
  g_autofree char *text = NULL, *second = NULL;
  CrFhirManner manner = { BASE, CR_FHIR_IDS_NAMESPACED, places, types };
  CrFhirEntry *entry;

  g_hash_table_add (types, (gpointer) "Observation");
  entry = cr_fhir_entry_new (record, &manner, NULL, NULL);
  text = text_of (entry->body);
  g_assert_cmpint (entry->write, ==, CR_FHIR_WRITE_MATCHED);
  g_assert_cmpstr (entry->url, ==, url);
  g_assert_true (g_str_has_prefix (text, "{\"resourceType\":\"Observation\",\"value\":1.10,"));
  g_assert_nonnull (strstr (text, "\"Patient/77\""));
  g_assert_nonnull (strstr (text, name));
  g_assert_false (entry->is_incomplete);
  cr_fhir_entry_free (entry);

  manner.places = nowhere;
  entry = cr_fhir_entry_new (record, &manner, NULL, NULL);
  g_assert_true (entry->is_incomplete);
  cr_fhir_entry_free (entry);

  manner.places = own;
  entry = cr_fhir_entry_new (record, &manner, NULL, NULL);
  second = text_of (entry->body);
  g_assert_cmpint (entry->write, ==, CR_FHIR_WRITE_PLACED);
  g_assert_cmpstr (entry->url, ==, "Observation/5");
  g_assert_nonnull (strstr (second, "\"id\":\"5\""));
  g_assert_null (strstr (second, "\"id\":\"o1\""));
  cr_fhir_entry_free (entry);
}

static void
test_places (void)
{
  static const struct
  {
    const char *location;
    const char *place;
  } rows[] = {
    { "Observation/5/_history/1", "5" },
    { "https://x.example/Observation/fhir/Observation/a-1", "a-1" },
    { "/Observation/5", "5" },
    { "Patient/5", NULL },
    { "Observation/", NULL },
    { "Observation", NULL },
    { "", NULL },
    { NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *place = cr_fhir_place_read (rows[i].location, "Observation");

      g_assert_cmpstr (place, ==, rows[i].place);
    }
}

/* What is tried under a condition, and what is not. */
static void
test_refused_ids (void)
{
  static const struct
  {
    guint status;
    const char *text;
    gboolean wants;
  } rows[] = {
    { 405, NULL, TRUE },
    { 404, "client-assigned IDs are not enabled", TRUE },
    { 400, "HAPI-0960: client-assigned ID", TRUE },
    { 400, "no code", FALSE },
    { 409, "a reference to a Patient that is not here", FALSE },
    { 422, NULL, FALSE },
    { 410, NULL, FALSE },
    { 201, NULL, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      CrExportEntry *outcome;
      g_autoptr (GPtrArray) entries = make_entries (1, &outcome);
      CrFhirAnswer answer = { rows[i].status, (char *) rows[i].text };

      g_test_message ("%u %s", rows[i].status, rows[i].text);
      g_assert_cmpint (cr_fhir_entry_answer (g_ptr_array_index (entries, 0), &answer), ==,
                       rows[i].wants);
      cr_export_entry_free (outcome);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fhir-batch/names", test_names);
  g_test_add_func ("/fhir-batch/order", test_order);
  g_test_add_func ("/fhir-batch/namespaced", test_namespaced);
  g_test_add_func ("/fhir-batch/patient", test_patient);
  g_test_add_func ("/fhir-batch/odd-resources", test_odd_resources);
  g_test_add_func ("/fhir-batch/unusable-source-id", test_unusable_source_id);
  g_test_add_func ("/fhir-batch/batch", test_batch);
  g_test_add_func ("/fhir-batch/answer", test_answer);
  g_test_add_func ("/fhir-batch/answer-order", test_answer_order);
  g_test_add_func ("/fhir-batch/bad-answer", test_bad_answer);
  g_test_add_func ("/fhir-batch/matched", test_matched);
  g_test_add_func ("/fhir-batch/places", test_places);
  g_test_add_func ("/fhir-batch/refused-ids", test_refused_ids);

  return g_test_run ();
}
