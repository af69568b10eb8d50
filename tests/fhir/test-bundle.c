/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fhir/cr-bundle.h"

#include <string.h>

#define BASE "https://fhir.example.org/r4"
#define BUNDLE(entries)                                                                            \
  "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[" entries "]}"
#define PATIENT "{\"resourceType\":\"Patient\",\"id\":\"p1\"}"

static CrBundle *
split (const char *text)
{
  g_autoptr (GBytes) page = g_bytes_new (text, strlen (text));
  GError *error = NULL;
  CrBundle *bundle = cr_bundle_split (page, BASE, &error);

  g_assert_no_error (error);
  return bundle;
}

static void
test_one_page (void)
{
  static const char observation[] =
      "{ \"resourceType\" : \"Observation\",\r\n \"id\":\"o\\u00e9\", "
      "\"meta\":{\"versionId\":\"3\","
      "\"lastUpdated\":\"2025-01-02T03:04:05Z\"},\"valueQuantity\":{\"value\":1.10},"
      "\"subject\":{\"reference\":\"Patient\\/p1\"} }";
  g_autofree char *text = g_strdup_printf ("\xef\xbb\xbf{\"resourceType\":\"Bundle\",\"total\":7,"
                                           "\"link\":[{\"relation\":\"self\",\"url\":\"x\"},"
                                           "{\"relation\":\"next\",\"url\":\"https:\\/\\/"
                                           "fhir.example.org\\/r4?page=2&a=b%%20c\"}],\"entry\":["
                                           "{\"resource\":%s,\"search\":{\"mode\":\"match\"}},"
                                           "{\"resource\":%s,\"search\":{\"mode\":\"include\"}}]}",
                                           observation, PATIENT);
  g_autoptr (CrBundle) bundle = split (text);
  g_autofree char *expected = g_compute_checksum_for_string (G_CHECKSUM_SHA256, observation, -1);
  g_autoptr (GString) hex = g_string_new (NULL);
  guint n;
  const CrIncoming *entries = cr_bundle_get_entries (bundle, &n);

  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpstr (entries[0].type, ==, "Observation");
  g_assert_cmpstr (entries[0].id, ==, "o\xc3\xa9");
  g_assert_cmpstr (entries[0].version_id, ==, "3");
  g_assert_cmpstr (entries[0].last_updated, ==, "2025-01-02T03:04:05Z");
  g_assert_cmpint (entries[0].mode, ==, CR_ENTRY_MATCH);
  g_assert_cmpmem (entries[0].body, entries[0].n_bytes, observation, strlen (observation));
  for (guint i = 0; i < CR_CONTENT_HASH_SIZE; i++)
    g_string_append_printf (hex, "%02x", entries[0].sha256[i]);
  g_assert_cmpstr (hex->str, ==, expected);
  g_assert_cmpuint (entries[0].n_references, ==, 1);
  g_assert_cmpstr (entries[0].references[0].type, ==, "Patient");
  g_assert_cmpstr (entries[0].references[0].id, ==, "p1");

  g_assert_cmpstr (entries[1].type, ==, "Patient");
  g_assert_cmpint (entries[1].mode, ==, CR_ENTRY_INCLUDE);
  g_assert_null (entries[1].version_id);
  g_assert_cmpint (cr_bundle_get_total (bundle), ==, 7);
  g_assert_cmpstr (cr_bundle_get_next (bundle), ==, BASE "?page=2&a=b%20c");
  g_assert_cmpstr (cr_bundle_get_self_link (bundle), ==, "x");
  g_assert_null (cr_bundle_get_outcome_text (bundle));
}

/* A page without entries ends a search and is no mistake, whatever links and parts it has. */
static void
test_empty_pages (void)
{
  static const char *const pages[] = {
    "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"}",
    "{\"resourceType\":\"Bundle\",\"entry\":[]}",
    "{\"resourceType\":\"Bundle\",\"entry\":null,\"total\":-4}",
    "{\"resourceType\":\"Bundle\",\"unknown\":{\"entry\":[{\"resource\":" PATIENT
    "}]},\"link\":[1,{}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      g_autoptr (CrBundle) bundle = split (pages[i]);
      guint n = 9;

      cr_bundle_get_entries (bundle, &n);
      g_assert_cmpuint (n, ==, 0);
      g_assert_cmpint (cr_bundle_get_total (bundle), ==, -1);
      g_assert_null (cr_bundle_get_next (bundle));
    }
}

static void
test_refusals (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } rows[] = {
    { "", "The answer of fhir.example.org is empty" },
    { "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"a\":\"b",
      "The answer of fhir.example.org is cut short at byte 53" },
    { "<!DOCTYPE html><html></html>",
      "The answer of fhir.example.org is a web page, not FHIR in JSON" },
    { "\n<HTML lang=\"en\">", "The answer of fhir.example.org is a web page, not FHIR in JSON" },
    { "<Bundle xmlns=\"http://hl7.org/fhir\"/>",
      "The answer of fhir.example.org is XML, not FHIR in JSON" },
    { "Service Unavailable", "The answer of fhir.example.org is not JSON, from byte 0 on" },
    { "{\"resourceType\":\"Bundle\"}}",
      "The answer of fhir.example.org goes on after its end, at byte 25" },
    { "[]", "The answer of fhir.example.org is JSON but no FHIR resource" },
    { "{\"error\":\"x\"}", "The answer of fhir.example.org is JSON but no FHIR resource" },
    { PATIENT, "The answer of fhir.example.org is a Patient, not a Bundle" },
    { "{\"resourceType\":\"<b>\"}",
      "The answer of fhir.example.org is a resource of an unknown type, not a Bundle" },
    { "{\"resourceType\":\"Bundle\",\"entry\":{}}",
      "The answer of fhir.example.org is a Bundle whose entry is no list" },
    { "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":"
      "\"invalid\","
      "\"details\":{\"text\":\"category is required\"}}]}",
      "The answer of fhir.example.org is an error message instead of records: category is "
      "required" },
    { "{\"resourceType\":\"OperationOutcome\"}",
      "The answer of fhir.example.org is an error message instead of records: no reason was "
      "given" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) page = g_bytes_new (rows[i].text, strlen (rows[i].text));
      g_autoptr (GError) error = NULL;

      g_assert_null (cr_bundle_split (page, BASE "/", &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
      g_assert_cmpstr (error->message, ==, rows[i].message);
    }
}

static void
test_outcomes (void)
{
#define OUTCOME(severity, text)                                                                    \
  "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"" severity                    \
  "\",\"code\":\"not-found\",\"details\":{\"text\":\"" text "\"}}]}"
  g_autoptr (CrBundle) bundle = split (BUNDLE (
      "{\"resource\":" PATIENT "},"
      "{\"resource\":" OUTCOME (
          "warning", "first") ",\"search\":{\"mode\":\"outcome\"}},"
                              "{\"resource\":" OUTCOME (
                                  "error",
                                  "second") "},"
                                            "{\"resource\":" OUTCOME (
                                                "information",
                                                "third") ",\"search\":{\"mode\":\"match\"}}"));
  guint n;

  cr_bundle_get_entries (bundle, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (cr_bundle_get_outcome_severity (bundle), ==, "error");
  g_assert_cmpstr (cr_bundle_get_outcome_text (bundle), ==, "first; second; third");
}

static void
test_odd_entries (void)
{
  g_autoptr (CrBundle) bundle = split (BUNDLE (
      "{},1,null,{\"response\":{\"status\":\"200\"}},{\"resource\":null},{\"resource\":[]},"
      "{\"resource\":{\"id\":\"x\"}},{\"resource\":{\"resourceType\":7}},"
      "{\"resource\":{\"resourceType\":\"Basic\"},\"search\":{\"mode\":\"outcome\"},\"x\":1},"
      "{\"resource\":{\"resourceType\":\"Basic\",\"id\":\"\"}},"
      "{\"resource\":{\"resourceType\":\"Basic\",\"id\":12,\"meta\":[]}},"
      "{\"resource\":" PATIENT ",\"search\":7}"));
  guint n;
  const CrIncoming *entries = cr_bundle_get_entries (bundle, &n);

  g_assert_cmpuint (cr_bundle_get_n_skipped (bundle), ==, 8);
  g_assert_cmpuint (n, ==, 4);
  g_assert_null (entries[0].id);
  g_assert_null (entries[1].id);
  g_assert_null (entries[2].id);
  g_assert_cmpint (entries[0].mode, ==, CR_ENTRY_MATCH);
  g_assert_cmpstr (entries[3].id, ==, "p1");
}

/* Ids are any text: longer than FHIR allows, with characters it does not. */
static void
test_odd_ids (void)
{
  g_autofree char *id = g_strnfill (300, 'x');
  g_autofree char *text = g_strdup_printf (
      BUNDLE ("{\"resource\":{\"resourceType\":\"Basic\",\"id\":\"%s\",\"subject\":{\"reference\":"
              "\"Patient/%s\"}}},"
              "{\"resource\":{\"resourceType\":\"Basic\",\"id\":\"a b/c|\\ud83d\\ude00?\"}}"),
      id, id);
  g_autoptr (CrBundle) bundle = split (text);
  guint n;
  const CrIncoming *entries = cr_bundle_get_entries (bundle, &n);

  g_assert_cmpstr (entries[0].id, ==, id);
  g_assert_cmpstr (entries[0].references[0].id, ==, id);
  g_assert_cmpstr (entries[1].id, ==, "a b/c|\xf0\x9f\x98\x80?");
}

static void
test_references (void)
{
  static const struct
  {
    const char *reference;
    const char *found; /* NULL: none */
  } rows[] = {
    { "Patient/1", "Patient/1" },
    { "Patient/1/_history/2", "Patient/1" },
    { "Patient/1#part", "Patient/1" },
    { BASE "/Patient/1", "Patient/1" },
    { BASE "//Patient/1", "Patient/1" },
    { "HTTPS://FHIR.example.ORG/r4/Patient/1", "Patient/1" },
    { BASE "/Patient/1/_history/2", "Patient/1" },
    { "https://fhir.example.org/R4/Patient/1", NULL },
    { "https://fhir.example.org/r4x/Patient/1", NULL },
    { "https://other.example.org/r4/Patient/1", NULL },
    { BASE, NULL },
    { BASE "/", NULL },
    { "#contained", NULL },
    { "#", NULL },
    { "", NULL },
    { "urn:uuid:6c5d9ca9-54d7-42f5-bfae-a7c19cd217f2", NULL },
    { "urn:oid:1.2.3", NULL },
    { "Patient", NULL },
    { "Patient/", NULL },
    { "/Patient/1", NULL },
    { "patient/1", NULL },
    { "Patient?identifier=x|y", NULL },
    { "Patient/1?x=y", NULL },
    { "Patient/1/$everything", NULL },
    { "Patient/1/_history/2/3", NULL },
    { "https://fhir.example.org/r4/Patient/1/name", NULL },
  };
  static const char *const bases[] = { BASE, BASE "/", BASE "///" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint j = 0; j < G_N_ELEMENTS (bases); j++)
      {
        g_autofree char *text = g_strdup_printf (
            BUNDLE ("{\"resource\":{\"resourceType\":\"Basic\",\"x\":[{\"reference\":\"%s\"}]}}"),
            rows[i].reference);
        g_autoptr (GBytes) page = g_bytes_new (text, strlen (text));
        g_autoptr (CrBundle) bundle = cr_bundle_split (page, bases[j], NULL);
        g_autofree char *found = NULL;
        guint n;
        const CrIncoming *entry = cr_bundle_get_entries (bundle, &n);

        g_test_message ("%s below %s", rows[i].reference, bases[j]);
        if (entry->n_references > 0)
          found = g_strconcat (entry->references[0].type, "/", entry->references[0].id, NULL);
        g_assert_cmpstr (found, ==, rows[i].found);
      }
}

/* Those of several entries lie in one array that moves while it grows. */
static void
test_many_references (void)
{
  g_autoptr (GString) text = g_string_new ("{\"resourceType\":\"Bundle\",\"entry\":[");
  g_autoptr (CrBundle) bundle = NULL;
  const CrIncoming *entries;
  guint n;

  for (guint i = 0; i < 500; i++)
    g_string_append_printf (
        text,
        "%s{\"resource\":{\"resourceType\":\"Basic\",\"id\":\"%u\",\"contained\":[{"
        "\"a\":{\"reference\":\"Group/%u\"}}],\"a\":{\"reference\":\"Patient/p\"},"
        "\"b\":{\"reference\":\"Patient/p\"},\"c\":{\"reference\":\"Device/%u\"}}}",
        i > 0 ? "," : "", i, i, i);
  g_string_append (text, "]}");

  bundle = split (text->str);
  entries = cr_bundle_get_entries (bundle, &n);
  g_assert_cmpuint (n, ==, 500);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (entries[i].n_references, ==, 3);
      g_assert_cmpstr (entries[i].references[0].id, ==, entries[i].id);
      g_assert_cmpstr (entries[i].references[1].type, ==, "Patient");
      g_assert_cmpstr (entries[i].references[2].type, ==, "Device");
      g_assert_cmpstr (entries[i].references[2].id, ==, entries[i].id);
    }
}

static void
test_attachments (void)
{
  static const struct
  {
    const char *url;
    const char *content_type;
    guint entry;
  } expected[] = {
    { "Binary/1", "application/pdf", 0 },
    { "https://files.example.org/2", NULL, 0 },
    { "http://x/3", "text/html", 1 },
    { "Binary/4", NULL, 2 },
    { "Binary/5", NULL, 3 },
    { "Binary/7", "image/png", 4 },
  };
  g_autoptr (CrBundle) bundle = split (
      BUNDLE ("{\"resource\":{\"resourceType\":\"DocumentReference\",\"content\":["
              "{\"attachment\":{\"contentType\":\"application/pdf\",\"url\":\"Binary/1\"}},"
              "{\"attachment\":{\"url\":\"https://files.example.org/2\"}},"
              "{\"attachment\":{\"url\":\"Binary/"
              "no\",\"data\":\"AAAA\"}},{\"attachment\":{\"title\":\"none\"}},"
              "{\"attachment\":{\"url\":\"data:text/"
              "plain,x\"}},{\"attachment\":{\"extension\":[{\"url\":\"x\"}]}}]}},"
              "{\"resource\":{\"resourceType\":\"DiagnosticReport\",\"presentedForm\":[{\"url\":"
              "\"http://x/3\","
              "\"contentType\":\"text/html\"}]}},"
              "{\"resource\":{\"resourceType\":\"Media\",\"content\":{\"url\":\"Binary/4\"}}},"
              "{\"resource\":{\"resourceType\":\"Basic\",\"subject\":{\"reference\":\"Binary/"
              "5\"},\"url\":\"Binary/6\"}},"
              "{\"resource\":{\"resourceType\":\"Patient\",\"photo\":[{\"data\":\"AAAA\"},"
              "{\"contentType\":\"image/png\",\"url\":\"Binary/7\"}]}}"));
  guint n;
  const CrAttachment *attachments = cr_bundle_get_attachments (bundle, &n);

  g_assert_cmpuint (n, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpstr (attachments[i].url, ==, expected[i].url);
      g_assert_cmpstr (attachments[i].content_type, ==, expected[i].content_type);
      g_assert_cmpuint (attachments[i].entry, ==, expected[i].entry);
    }
}

/* The bytes stay; what is handed out as text is text. */
static void
test_damaged_text (void)
{
  static const char text[] =
      BUNDLE ("{\"resource\":{\"resourceType\":\"Basic\",\"id\":\"a\",\"x\":\"M\xfcller\"}},"
              "{\"resource\":{\"resourceType\":\"Basic\",\"id\":\"\xff\",\"meta\":{\"versionId\":"
              "\"\xfe\"}}},"
              "{\"resource\":{\"resourceType\":\"Basic\",\"id\":\"\xc3\xa9\"}}");
  g_autoptr (CrBundle) bundle = split (text);
  guint n;
  const CrIncoming *entries = cr_bundle_get_entries (bundle, &n);

  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpuint (cr_bundle_get_n_damaged (bundle), ==, 2);
  g_assert_nonnull (memchr (entries[0].body, 0xfc, entries[0].n_bytes));
  g_assert_cmpstr (entries[0].id, ==, "a");
  g_assert_null (entries[1].id);
  g_assert_cmpstr (entries[1].version_id, ==, "\xef\xbf\xbd");
  g_assert_cmpstr (entries[2].id, ==, "\xc3\xa9");
}

static void
test_from_resource (void)
{
  g_autoptr (GBytes) body = g_bytes_new_static (PATIENT, strlen (PATIENT));
  g_autoptr (GBytes) outcome = g_bytes_new_static ("{\"resourceType\":\"OperationOutcome\"}", 35);
  g_autoptr (CrBundle) bundle = cr_bundle_from_resource (body, NULL, NULL);
  g_autoptr (CrBundle) again = cr_bundle_ref (bundle);
  g_autoptr (GError) error = NULL;
  guint n;
  const CrIncoming *entries = cr_bundle_get_entries (bundle, &n);

  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (entries[0].type, ==, "Patient");
  g_assert_cmpmem (entries[0].body, entries[0].n_bytes, PATIENT, strlen (PATIENT));
  g_assert_null (cr_bundle_from_resource (outcome, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
}

/* What is read late, one by one and in any order, is what is read at once. */
static void
test_late (void)
{
  static const char text[] =
      BUNDLE ("{\"resource\":{\"resourceType\":\"Observation\",\"id\":\"a\","
              "\"meta\":{\"versionId\":\"2\"},\"subject\":{\"reference\":\"Patient/p1\"},"
              "\"performer\":[{\"reference\":\"Organization/o\"},{\"reference\":\"Patient/p1\"}]}},"
              "{\"resource\":{\"value\":1.10,\"resourceType\":\"Basic\"}},"
              "{\"resource\":{\"id\":\"c\",\"resourceType\":\"Basic\",\"n\":[{\"k\":{\"z\":1,"
              "\"a\":\"\\u0041\"}}],\"s\":{\"reference\":\"Basic/d\"}}}");
  g_autoptr (GBytes) page = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr (CrBundle) whole = split (text);
  g_autoptr (CrBundle) late = cr_bundle_outline (page, BASE, FALSE, NULL);
  g_autoptr (GError) error = NULL;
  static const guint order[] = { 2, 0, 1 };
  const CrIncoming *expected, *found;
  guint n, n_late;

  g_assert_true (cr_bundle_hash (late, TRUE, &error));
  expected = cr_bundle_get_entries (whole, &n);
  found = cr_bundle_get_entries (late, &n_late);
  g_assert_cmpuint (n_late, ==, n);
  for (guint k = 0; k < n; k++)
    {
      const CrIncoming *a = &expected[order[k]], *b = &found[order[k]];

      g_assert_null (a->complete);
      g_assert_cmpmem (a->sha256, sizeof a->sha256, b->sha256, sizeof b->sha256);
      g_assert_true ((b->complete == NULL) == (b->id == NULL)); /* its content is its name */
      g_assert_true (b->complete == NULL || b->complete (b, &error));
      g_assert_null (b->complete);
      g_assert_cmpmem (a->content, sizeof a->content, b->content, sizeof b->content);
      g_assert_cmpuint (a->n_references, ==, b->n_references);
      for (guint i = 0; i < a->n_references; i++)
        {
          g_assert_cmpstr (a->references[i].type, ==, b->references[i].type);
          g_assert_cmpstr (a->references[i].id, ==, b->references[i].id);
        }
    }
  g_assert_cmpuint (expected[0].n_references, ==, 2);
}

/* Of lists that share a name the last one counts; what is no object is an entry without a record.
 */
static void
test_lists_of_one_name (void)
{
  static const struct
  {
    const char *text;
    guint n;
    guint n_skipped;
  } rows[] = {
    { "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Basic\","
      "\"id\":\"x\"}},{}],\"entry\":[{\"resource\":" PATIENT "}]}",
      1, 0 },
    { "{\"entry\":[{\"resource\":" PATIENT "}],\"entry\":[],\"resourceType\":\"Bundle\"}", 0, 0 },
    { "{\"entry\":[{\"resource\":" PATIENT "}],\"resourceType\":\"Bundle\",\"entry\":null}", 0, 0 },
    { "{\"entry\":[1,{\"resource\":" PATIENT "},null,[],{\"resource\":" PATIENT "},\"x\"],"
      "\"resourceType\":\"Bundle\"}",
      2, 4 },
    { "{\"\\u0065ntry\":[{\"resource\":" PATIENT "}],\"resourceType\":\"Bundle\"}", 1, 0 },
    { "{\"resourceType\":\"Bundle\",\"contained\":[{\"entry\":[{\"resource\":" PATIENT "}]}]}", 0,
      0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CrBundle) bundle = split (rows[i].text);
      guint n;
      const CrIncoming *entries = cr_bundle_get_entries (bundle, &n);

      g_assert_cmpuint (n, ==, rows[i].n);
      g_assert_cmpuint (cr_bundle_get_n_skipped (bundle), ==, rows[i].n_skipped);
      for (guint k = 0; k < n; k++)
        g_assert_cmpmem (entries[k].body, entries[k].n_bytes, PATIENT, strlen (PATIENT));
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fhir/bundle/one-page", test_one_page);
  g_test_add_func ("/fhir/bundle/empty-pages", test_empty_pages);
  g_test_add_func ("/fhir/bundle/refusals", test_refusals);
  g_test_add_func ("/fhir/bundle/outcomes", test_outcomes);
  g_test_add_func ("/fhir/bundle/odd-entries", test_odd_entries);
  g_test_add_func ("/fhir/bundle/odd-ids", test_odd_ids);
  g_test_add_func ("/fhir/bundle/references", test_references);
  g_test_add_func ("/fhir/bundle/many-references", test_many_references);
  g_test_add_func ("/fhir/bundle/attachments", test_attachments);
  g_test_add_func ("/fhir/bundle/damaged-text", test_damaged_text);
  g_test_add_func ("/fhir/bundle/from-resource", test_from_resource);
  g_test_add_func ("/fhir/bundle/late", test_late);
  g_test_add_func ("/fhir/bundle/lists-of-one-name", test_lists_of_one_name);
  return g_test_run ();
}
