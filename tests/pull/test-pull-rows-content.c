/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "pull-rows.h"
#include "store/cr-records-table.h"

#include <string.h>

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

static void
check_reached (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_assert_cmpuint (pull_test_stored_count (test, "Observation"), >, 0);
}

#define CONDITIONS "\"types\":[\"Condition\"]"

static const PullRow rows[] = {
  { "C11-reference-to-nothing", "extra-entry",
    "{" CONDITIONS ",\"text\":\"{\\\"resourceType\\\":\\\"Condition\\\",\\\"id\\\":\\\"c11\\\","
    "\\\"recorder\\\":{\\\"reference\\\":\\\"Practitioner/nobody\\\"}}\"}",
    "References", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, "could not be read", .is_odd = TRUE },
  { "C12-results-of-reports", "status", "{\"types\":[\"Observation\"],\"status\":403,\"count\":1}",
    "Observation", CR_PULL_COMPLETE, CR_QUERY_NOT_GRANTED, "403", .check = check_reached },
  { "C20-bundle-of-200-MB", "big-answer", "{" CONDITIONS "}", "Condition", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "larger than", .person = SMALL_PERSON, .check = check_goes_on },
  { "C20-pages-too-large", "pad-entries", "{" CONDITIONS ",\"kilobytes\":10240}", "Condition",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE, .person = SMALL_PERSON },
  { "C20-resource-of-20-MB", "pad-entries", "{" CONDITIONS ",\"kilobytes\":20480,\"count\":1}",
    "Condition", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE, .person = SMALL_PERSON },
  { "C20-packed-a-thousandfold", "gzip-bomb", "{" CONDITIONS "}", "Condition", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "larger than", .person = SMALL_PERSON, .check = check_goes_on },
  { "R03-a-byte-a-second", "drip", "{" CONDITIONS "}", "Condition", CR_PULL_PARTIAL,
    CR_QUERY_FAILED, "too long", .person = SMALL_PERSON, .patience_s = 3, .check = check_goes_on },
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
  g_test_add_func ("/pull/rows/C15-byte-order-mark", test_mark);
  g_test_add_func ("/pull/rows/C20-ten-thousand-deep", test_deep);

  return g_test_run ();
}
