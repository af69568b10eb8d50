/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "fhir/cr-resource.h"
#include "pull-rows.h"
#include "store/cr-records-table.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define LONG_ID                                                                                    \
  "Ab/9|~%20.0123456789012345678901234567890123456789012345678901234567890123456789012345678"

/* Resources as portals write them. Each is kept as it is, to the byte. */
typedef struct
{
  const char *name;
  const char *id; /* it is kept under */
  const char *text;
  gsize n_bytes; /* 0: to its end */
} Odd;

#define BYTES(text) text, sizeof text - 1

static const Odd odds[] = {
  { "C01-code-out-of-range", "c01",
    "{\"resourceType\":\"Condition\",\"id\":\"c01\",\"clinicalStatus\":\"M\",\"abatementAge\":[]"
    "}" },
  { "C02-long-id", LONG_ID, "{\"resourceType\":\"Condition\",\"id\":\"" LONG_ID "\"}" },
  { "C04-contained", "c04",
    "{\"resourceType\":\"Condition\",\"id\":\"c04\",\"contained\":[{\"resourceType\":"
    "\"Practitioner\",\"id\":\"inside\"}],\"recorder\":{\"reference\":\"#inside\"}}" },
  { "C09-no-content", "c09",
    "{\"resourceType\":\"DocumentReference\",\"id\":\"c09\",\"content\":[{\"attachment\":{"
    "\"_url\":{\"extension\":[{\"url\":"
    "\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"masked\"}]}}},"
    "{\"attachment\":{\"contentType\":\"text/plain\",\"data\":\"SGk=\"}}]}" },
  { "C14-decimals", "c14",
    "{\"resourceType\":\"Condition\",\"id\":\"c14\",\"extension\":[{\"valueDecimal\":1.10},{"
    "\"valueDecimal\":0.0},{\"valueDecimal\":-0},{\"valueDecimal\":1e-3},{\"valueDecimal\":1E+2},"
    "{\"valueDecimal\":123456789012345678901234567890.123},{\"valueInteger\":9007199254740993}]}" },
  { "C14-sixty-digits", "c14b",
    "{\"resourceType\":\"Condition\",\"id\":\"c14b\",\"extension\":[{\"valueDecimal\":"
    "123456789012345678901234567890123456789012345678901234567890}]}" },
  { "C15-no-utf-8", "c15",
    BYTES (
        "{\"resourceType\":\"Condition\",\"id\":\"c15\",\"code\":{\"text\":\"Fl\xfcgel \xc3\"}}") },
  { "C16-local-code", "c16",
    "{\"resourceType\":\"Condition\",\"id\":\"c16\",\"code\":{\"coding\":[{\"system\":"
    "\"urn:oid:1.2.840.114350.1.13\",\"code\":\"4711\"}],\"text\":\"Bad back\"}}" },
  { "C18-values-as-given", "c18",
    "{\"resourceType\":\"Observation\",\"id\":\"c18\",\"valueQuantity\":{\"comparator\":\"<\","
    "\"value\":0.50}, \"component\":[{\"valueRatio\":{\"numerator\":{\"value\":1},\"denominator\":"
    "{\"value\":128}}}]}" },
  { "D01-zones-and-parts", "d01",
    "{\"resourceType\":\"Condition\",\"id\":\"d01\",\"onsetDateTime\":"
    "\"2024-05-06T23:30:00-08:00\",\"abatementDateTime\":\"2024-05\",\"recordedDate\":\"2024\"}" },
  { "duplicate-keys", "second",
    "{\"resourceType\":\"Condition\",\"id\":\"first\",\"id\":\"second\",\"note\":1,\"note\":2}" },
};

static gpointer
get_record (CrDb *db, gpointer data, GError **error)
{
  char **key = data;

  return cr_records_table_get (db, key[0], NULL, key[1], key[2], 0, error);
}

static void
check_kept (PullTest *test, const char *type, const char *id, const char *text, gsize n_bytes)
{
  const char *key[] = { test->connection->patient_id, type, id };
  g_autoptr (CrRecord) record = cr_rig_read (test->rig, get_record, key);

  g_assert_nonnull (record);
  g_assert_cmpmem (g_bytes_get_data (record->body, NULL), g_bytes_get_size (record->body), text,
                   n_bytes);
}

static const char *
type_of (const Odd *odd)
{
  static const char lead[] = "{\"resourceType\":\"";
  g_autofree char *type =
      g_strndup (odd->text + strlen (lead), strcspn (odd->text + strlen (lead), "\""));

  return g_intern_string (type);
}

static void
test_odd (gconstpointer data)
{
  const Odd *odd = data;
  const char *type = type_of (odd);
  gsize n_bytes = odd->n_bytes != 0 ? odd->n_bytes : strlen (odd->text);
  g_autofree char *base64 = g_base64_encode ((const guchar *) odd->text, n_bytes);
  g_autofree char *parameters =
      g_strdup_printf ("{\"types\":[\"%s\"],\"base64\":\"%s\"}", type, base64);
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) again = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "extra-entry", parameters);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  pull_test_check_words (pull, queries);
  check_kept (&test, type, odd->id, odd->text, n_bytes);

  again = pull_test_run (&test);
  g_assert_cmpint (again->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (again->n_new + again->n_changed, ==, 0);
}

/* What is shown of a time is what the portal wrote, wherever this computer stands: part of a date
 * is no midnight. */
static void
test_times_shown (void)
{
  static const char *const zones[] = { "UTC", "Pacific/Auckland", "America/Los_Angeles" };
  static const char *const times[] = { "2024", "2024-05", "2024-05-06", "2024-05-06T23:30:00-08:00",
                                       "2024-05-06T00:00:00+14:00" };

  for (guint i = 0; i < G_N_ELEMENTS (zones) * G_N_ELEMENTS (times); i++)
    {
      const char *time = times[i % G_N_ELEMENTS (times)];
      g_autofree char *text =
          g_strdup_printf ("{\"resourceType\":\"Observation\",\"effectiveDateTime\":\"%s\"}", time);
      g_autoptr (CrSummary) summary = NULL;

      g_setenv ("TZ", zones[i / G_N_ELEMENTS (times)], TRUE);
      tzset ();
      summary = cr_summary_read (text, strlen (text), NULL, NULL);
      g_assert_cmpstr (summary->date, ==, time);
    }
  g_unsetenv ("TZ");
  tzset ();
}

/* Without an id: kept under what it is made of, once, however often it comes. */
static void
test_no_id (void)
{
  static const char text[] = "{\"resourceType\":\"Goal\",\"description\":{\"text\":\"Walk\"}}";
  g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));
  g_autofree char *parameters =
      g_strdup_printf ("{\"types\":[\"Goal\"],\"base64\":\"%s\"}", base64);
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) again = NULL;
  guint n_before;

  pull_test_open (&test, SMALL_PERSON);
  pull = pull_test_run (&test);
  n_before = pull_test_stored_count (&test, "Goal");
  cr_rig_fault (test.rig, "extra-entry", parameters);
  g_clear_object (&pull);
  pull = pull_test_run (&test);
  again = pull_test_run (&test);
  g_assert_cmpint (again->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (pull->n_new, ==, 1);
  g_assert_cmpuint (again->n_new, ==, 0);
  g_assert_cmpuint (pull_test_stored_count (&test, "Goal"), ==, n_before + 1);
}

static void
check_goes_on (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (pull->n_failed_queries, ==, 1);
  g_assert_cmpuint (pull_test_stored_count (test, "Patient"), ==, 1);
  g_assert_cmpuint (pull_test_stored_count (test, "Encounter"), >, 0);
}

#ifdef __SANITIZE_ADDRESS__
#define MAX_PEAK_KB (2048 * 1024)
#else
#define MAX_PEAK_KB (400 * 1024)
#endif

/* Asked again for half as many until there is no half; never was it held whole. */
static void
check_halved (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  struct rusage usage;

  check_goes_on (test, pull, queries);
  getrusage (RUSAGE_SELF, &usage);
  g_test_message ("peak %ld KB", usage.ru_maxrss);
  g_assert_cmpuint (cr_rig_count (test->rig, "GET", "/portal/fhir/Condition", 200), >, 5);
  g_assert_cmpint (usage.ru_maxrss, <, MAX_PEAK_KB);
}

static gpointer
list_of_type (CrDb *db, gpointer data, GError **error)
{
  char **key = data;
  CrRecordFilter filter = { .patient_id = key[0], .type = key[1] };

  return cr_records_table_list (db, &filter, TRUE, 0, 10000, error);
}

/* The bodies of all of them behind each other. */
static char *
all_text (PullTest *test, const char *type, const char *reached)
{
  const char *key[] = { test->connection->patient_id, type };
  g_autoptr (GPtrArray) records = cr_rig_read (test->rig, list_of_type, key);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (records, i);

      if (reached != NULL)
        g_assert_cmpstr (record->reached, ==, reached);
      g_string_append_len (text, g_bytes_get_data (record->body, NULL),
                           (gssize) g_bytes_get_size (record->body));
    }

  return g_string_free (text, FALSE);
}

/* Of what the search lists nothing; yet each result that a report names is there, and so are the
 * members that those name, all of them read by themselves and counted. */
static void
check_hydrated (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  static const char lead[] = "\"reference\":\"Observation/";
  g_autofree char *reports = all_text (test, "DiagnosticReport", "search");
  g_autofree char *results = all_text (test, "Observation", "reference");
  g_autofree char *both = g_strconcat (reports, results, NULL);
  CrQuery *references = pull_test_query (queries, "References");
  guint n_named = 0;

  g_assert_cmpuint (pull_test_query (queries, "Observation")->n_received, ==, 0);
  for (const char *at = strstr (both, lead); at != NULL; at = strstr (at, lead))
    {
      const char *id = at + strlen (lead);
      g_autofree char *member = g_strndup (id, strcspn (id, "\""));
      const char *key[] = { test->connection->patient_id, "Observation", member };
      g_autoptr (CrRecord) record = cr_rig_read (test->rig, get_record, key);

      g_assert_nonnull (record);
      n_named++;
      at = id;
    }
  g_test_message ("%u named, %u kept", n_named, pull_test_stored_count (test, "Observation"));
  g_assert_cmpuint (n_named, >, 5);
  g_assert_cmpuint (pull_test_stored_count (test, "Observation"), >, 5);
  g_assert_cmpuint (references->n_received, ==, references->n_new);
  g_assert_cmpint (references->total, ==, references->n_received + references->n_skipped);
}

static void
check_text_kept (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_autofree char *text = all_text (test, "Observation", "search");
  g_autofree char *base = g_strconcat ("\"reference\":\"", test->source->fhir_base_url, "/", NULL);

  g_assert_nonnull (strstr (text, base));
  g_assert_null (strstr (text, "\"reference\":\"Patient/"));
  g_assert_cmpuint (pull_test_query (queries, "References")->n_skipped, ==, 0);
}

#define CONDITIONS "\"types\":[\"Condition\"]"

static const PullRow rows[] = {
  { "C11-reference-to-nothing", "extra-entry",
    "{" CONDITIONS ",\"text\":\"{\\\"resourceType\\\":\\\"Condition\\\",\\\"id\\\":\\\"c11\\\","
    "\\\"recorder\\\":{\\\"reference\\\":\\\"Practitioner/nobody\\\"}}\"}",
    "References", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, "could not be read", .is_odd = TRUE },
  { "C12-results-of-reports", "hidden-records",
    "{\"types\":[\"Observation\"],\"n\":100000,\"status\":200}", "Observation", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, .is_odd = TRUE, .check = check_hydrated },
  { "C12-results-not-granted", "status", "{\"types\":[\"Observation\"],\"status\":403,\"count\":1}",
    "Observation", CR_PULL_COMPLETE, CR_QUERY_NOT_GRANTED, "403" },
  { "C13-absolute-references", "absolute-references", "{}", "References", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE, .check = check_text_kept },
  { "C13-more-slashes", "absolute-references", "{\"slashes\":3}", "References", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE, .check = check_text_kept },
  { "C20-bundle-of-200-MB", "big-answer", "{" CONDITIONS "}", "Condition", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "larger than", .person = SMALL_PERSON, .check = check_halved },
  { "C20-pages-too-large", "pad-entries", "{" CONDITIONS ",\"kilobytes\":10240}", "Condition",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE, .person = SMALL_PERSON },
  { "C20-resource-of-20-MB", "pad-entries", "{" CONDITIONS ",\"kilobytes\":20480,\"count\":1}",
    "Condition", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE, .person = SMALL_PERSON },
  { "C20-packed-a-thousandfold", "gzip-bomb", "{" CONDITIONS "}", "Condition", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "larger than", .person = SMALL_PERSON, .check = check_halved },
  { "R03-a-byte-a-second", "drip", "{" CONDITIONS "}", "Condition", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "too long", .person = SMALL_PERSON, .patience_s = 10, .check = check_goes_on },
  { "R03-hangs-up-always", "cut-connection", "{" CONDITIONS "}", "Condition", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "", .person = SMALL_PERSON, .check = check_goes_on },
};

/* Deeper than anything has a reason to be. */
static void
test_deep (void)
{
  g_autofree char *open = g_strnfill (10000, '[');
  g_autofree char *close = g_strnfill (10000, ']');
  g_autofree char *text = g_strdup_printf (
      "{\"resourceType\":\"Condition\",\"id\":\"deep\",\"note\":%s%s}", open, close);
  g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));
  g_autofree char *parameters = g_strdup_printf ("{" CONDITIONS ",\"base64\":\"%s\"}", base64);
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "extra-entry", parameters);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_test_message ("%s", pull_test_query (queries, "Condition")->outcome);
  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  g_assert_cmpint (pull_test_query (queries, "Condition")->status, ==, CR_QUERY_FAILED);
  pull_test_check_words (pull, queries);
  check_goes_on (&test, pull, queries);
}

/* A byte order mark in front is no part of the answer. */
static void
test_mark (void)
{
  static const char text[] =
      "\xef\xbb\xbf{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":1,"
      "\"entry\":[{\"resource\":{\"resourceType\":\"Goal\",\"id\":\"bom\"}}]}";
  g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));
  g_autofree char *parameters =
      g_strdup_printf ("{\"types\":[\"Goal\"],\"base64\":\"%s\"}", base64);
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "raw-answer", parameters);
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  check_kept (&test, "Goal", "bom", "{\"resourceType\":\"Goal\",\"id\":\"bom\"}",
              strlen ("{\"resourceType\":\"Goal\",\"id\":\"bom\"}"));
}

/* Results in results in results: as far as one pull goes, which says so, and on in the next. */
static void
test_chain (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) again = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *references;
  guint n_before;

  pull_test_open (&test, SMALL_PERSON);
  pull = pull_test_run (&test);
  n_before = pull_test_stored_count (&test, "Observation");
  g_clear_object (&pull);
  cr_rig_fault (test.rig, "member-chain", "{\"n\":12}");
  cr_rig_fault (test.rig, "extra-entry",
                "{\"types\":[\"DiagnosticReport\"],\"text\":\"{\\\"resourceType\\\":"
                "\\\"DiagnosticReport\\\",\\\"id\\\":\\\"made\\\",\\\"result\\\":[{"
                "\\\"reference\\\":\\\"Observation/made-member-1\\\"}]}\"}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  references = pull_test_query (queries, "References");
  g_test_message ("%s", references->outcome);
  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  g_assert_cmpint (references->status, ==, CR_QUERY_FAILED);
  g_assert_nonnull (strstr (references->outcome, "Too far"));
  g_assert_cmpuint (references->n_new, ==, 9);
  g_assert_cmpuint (references->n_skipped, ==, 0);
  pull_test_check_words (pull, queries);

  again = pull_test_run (&test);
  g_assert_cmpint (again->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (pull_test_stored_count (&test, "Observation"), ==, n_before + 12);
}

#define SEARCHED                                                                                   \
  "\"AllergyIntolerance\",\"CarePlan\",\"CareTeam\",\"Condition\",\"Coverage\",\"Device\","        \
  "\"DiagnosticReport\",\"Encounter\",\"FamilyMemberHistory\",\"Goal\",\"Immunization\","          \
  "\"MedicationDispense\",\"MedicationRequest\",\"Observation\",\"Procedure\",\"Provenance\","     \
  "\"QuestionnaireResponse\",\"RelatedPerson\",\"ServiceRequest\",\"Specimen\""

/* A portal that has one kind of record is a whole portal: nothing is missing, nothing is told. */
static void
check_one_kind (PullTest *test, const char *type)
{
  g_autoptr (CrPull) pull = pull_test_run (test);
  g_autoptr (GPtrArray) queries = pull_test_queries (test, pull->id);
  guint n_none = 0;

  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_null (pull->error_message);
  g_assert_cmpuint (pull->n_failed_queries, ==, 0);
  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      if (query->kind != CR_QUERY_KIND_SEARCH || g_str_equal (query->type, type) ||
          query->status == CR_QUERY_NOT_SUPPORTED)
        continue;
      g_test_message ("%s", query->type);
      g_assert_cmpint (query->status, ==, CR_QUERY_COMPLETE);
      g_assert_cmpuint (query->n_received, ==, 0);
      g_assert_null (query->outcome);
      n_none++;
    }
  g_assert_cmpuint (n_none, >, 15);
  g_assert_cmpuint (pull_test_stored_count (test, "Patient"), ==, 1);
  g_assert_cmpuint (pull_test_stored_count (test, type), >, 0);
}

static void
test_documents_only (void)
{
  g_auto (PullTest) test = { 0 };

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "hidden-records", "{\"types\":[" SEARCHED "],\"n\":100000}");
  check_one_kind (&test, "DocumentReference");
  g_assert_cmpuint (pull_test_stored_count (&test, "Binary"), >, 0);
}

static void
test_claims_only (void)
{
  g_auto (PullTest) test = { 0 };
  g_autofree char *parameters = NULL;

  pull_test_open (&test, LARGE_PERSON);
  parameters =
      g_strdup_printf ("{\"types\":[\"ExplanationOfBenefit\"],\"text\":\"{\\\"resourceType\\\":"
                       "\\\"ExplanationOfBenefit\\\",\\\"id\\\":\\\"claim\\\",\\\"patient\\\":{"
                       "\\\"reference\\\":\\\"Patient/%s\\\"}}\"}",
                       test.connection->portal_patient_id);
  cr_rig_fault (test.rig, "hidden-records",
                "{\"types\":[\"DocumentReference\"," SEARCHED "],\"n\":100000}");
  cr_rig_fault (test.rig, "extra-entry", parameters);
  check_one_kind (&test, "ExplanationOfBenefit");
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (odds); i++)
    {
      g_autofree char *path = g_strconcat ("/pull/rows/", odds[i].name, NULL);

      g_test_add_data_func (path, &odds[i], test_odd);
    }
  pull_rows_add ("/pull/rows", rows, G_N_ELEMENTS (rows));
  g_test_add_func ("/pull/rows/C03-no-id", test_no_id);
  g_test_add_func ("/pull/rows/C12-chain-of-results", test_chain);
  g_test_add_func ("/pull/rows/C15-byte-order-mark", test_mark);
  g_test_add_func ("/pull/rows/C17-documents-only", test_documents_only);
  g_test_add_func ("/pull/rows/C17-claims-only", test_claims_only);
  g_test_add_func ("/pull/rows/C20-ten-thousand-deep", test_deep);
  g_test_add_func ("/pull/rows/D01-shown-as-written", test_times_shown);

  return g_test_run ();
}
