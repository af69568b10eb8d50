/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "cr-sandbox-rig.h"
#include "sandbox/cr-people.h"

static CrReply *
get (CrSandboxRig *rig, JsonObject *tokens, const char *path)
{
  return cr_sandbox_rig_get (rig, path, cr_json_string (tokens, "access_token"));
}

static const char *
find_next (JsonObject *bundle)
{
  JsonArray *links = cr_json_array (bundle, "link");

  for (guint i = 0; i < json_array_get_length (links); i++)
    if (g_strcmp0 (cr_json_string (cr_json_array_object (links, i), "relation"), "next") == 0)
      return cr_json_string (cr_json_array_object (links, i), "url");

  return NULL;
}

static void
add_references (JsonNode *node, GHashTable *references)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *child;

  if (JSON_NODE_HOLDS_ARRAY (node))
    for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
      add_references (json_array_get_element (json_node_get_array (node), i), references);
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return;

  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &child))
    if (g_str_equal (name, "reference"))
      g_hash_table_add (references, g_strdup (json_node_get_string (child)));
    else
      add_references (child, references);
}

/* Follows every page. Returns how many different records came. */
static guint
count_records (CrSandboxRig *rig,
               JsonObject *tokens,
               const char *type,
               GHashTable *seen,
               GHashTable *references)
{
  g_autofree char *path = g_strdup_printf ("/portal/fhir/%s?%s=%s&_count=100", type,
                                           g_str_equal (type, "Patient") ? "_id" : "patient",
                                           cr_json_string (tokens, "patient"));
  guint before = g_hash_table_size (seen);

  while (path != NULL)
    {
      g_autoptr (CrReply) reply = get (rig, tokens, path);
      g_autoptr (JsonObject) bundle = cr_reply_json (reply);
      JsonArray *entries = cr_json_array (bundle, "entry");

      g_assert_cmpuint (reply->status, ==, 200);
      for (guint i = 0; entries != NULL && i < json_array_get_length (entries); i++)
        {
          JsonObject *record = cr_json_object (cr_json_array_object (entries, i), "resource");

          g_assert_cmpstr (cr_json_string (record, "resourceType"), ==, type);
          g_assert_true (g_hash_table_add (
              seen, g_strconcat (type, "/", cr_json_string (record, "id"), NULL)));
          add_references (json_object_get_member (cr_json_array_object (entries, i), "resource"),
                          references);
        }
      g_free (path);
      path = g_strdup (find_next (bundle));
    }

  return g_hash_table_size (seen) - before;
}

static void
check_references (CrSandboxRig *rig,
                  JsonObject *tokens,
                  JsonObject *expected,
                  GHashTable *seen,
                  GHashTable *references)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GList) types = json_object_get_members (expected);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, references);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autofree char *path = g_strconcat ("/portal/fhir/", name, NULL);
      g_autoptr (CrReply) reply = NULL;
      g_auto (GStrv) parts = g_strsplit (name, "/", 2);
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, parts[0]));

      if (g_hash_table_contains (seen, name) || ((char *) name)[0] == '#')
        continue;
      reply = get (rig, tokens, path);
      g_assert_cmpuint (reply->status, ==, 200);
      g_hash_table_replace (counts, g_strdup (parts[0]), GUINT_TO_POINTER (n + 1));
    }

  g_assert_cmpuint (g_hash_table_size (counts), ==, json_object_get_size (expected));
  for (GList *l = types; l != NULL; l = l->next)
    g_assert_cmpint (json_object_get_int_member (expected, l->data), ==,
                     GPOINTER_TO_UINT (g_hash_table_lookup (counts, l->data)));
}

/* For every patient and type: what is listed is what comes over the pages, and refers to things
 * that are there. */
static void
test_totals (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (12);
  g_autoptr (GHashTable) types = g_hash_table_new (g_str_hash, g_str_equal);
  gint64 largest = 0, smallest = G_MAXINT64;

  for (guint i = 0; i < 12; i++)
    {
      JsonObject *patient = cr_sandbox_rig_patient (rig, i);
      JsonObject *records = cr_json_object (patient, "records");
      g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, i, NULL);
      g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_autoptr (GHashTable) references =
          g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_autoptr (GList) names = json_object_get_members (records);
      gint64 total = json_object_get_int_member (patient, "total");

      for (GList *l = names; l != NULL; l = l->next)
        {
          g_assert_cmpint (count_records (rig, tokens, l->data, seen, references), ==,
                           json_object_get_int_member (records, l->data));
          g_hash_table_add (types, (gpointer) g_intern_string (l->data));
        }
      g_assert_cmpuint (g_hash_table_size (seen), ==, total);
      check_references (rig, tokens, cr_json_object (patient, "references"), seen, references);
      largest = MAX (largest, total);
      smallest = MIN (smallest, total);
    }

  g_assert_cmpint (largest, >=, 2900);
  g_assert_cmpint (smallest, <=, 150);
  g_assert_cmpuint (g_hash_table_size (types), >=, 22);
}

/* The types of US Core 6 that are about a patient, in each chart but the smallest. */
static void
test_types (void)
{
  static const char *const types[] = { "AllergyIntolerance",
                                       "CarePlan",
                                       "CareTeam",
                                       "Condition",
                                       "Coverage",
                                       "Device",
                                       "DiagnosticReport",
                                       "DocumentReference",
                                       "Encounter",
                                       "FamilyMemberHistory",
                                       "Goal",
                                       "Immunization",
                                       "MedicationDispense",
                                       "MedicationRequest",
                                       "Observation",
                                       "Patient",
                                       "Procedure",
                                       "Provenance",
                                       "QuestionnaireResponse",
                                       "RelatedPerson",
                                       "ServiceRequest",
                                       "Specimen" };
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (12);

  for (guint i = 0; i < 12; i++)
    for (guint j = 0; j < G_N_ELEMENTS (types); j++)
      g_assert_true (json_object_has_member (
          cr_json_object (cr_sandbox_rig_patient (rig, i), "records"), types[j]));
}

static void
test_same_seed (void)
{
  g_autoptr (CrPeople) one = cr_people_new (7, 12), two = cr_people_new (7, 12),
                       other = cr_people_new (8, 12);

  for (guint i = 12; i-- > 0;)
    {
      CrChart *a = cr_people_chart (one, i);
      CrChart *b;

      cr_people_chart (two, (i + 5) % 12);
      b = cr_people_chart (two, i);
      g_assert_cmpuint (a->records->len, ==, b->records->len);
      for (guint j = 0; j < a->records->len; j++)
        g_assert_cmpstr (((CrChartRecord *) g_ptr_array_index (a->records, j))->json, ==,
                         ((CrChartRecord *) g_ptr_array_index (b->records, j))->json);
      g_assert_cmpstr (cr_people_get (one, i)->portal_id, !=, cr_people_get (other, i)->portal_id);
    }
}

static void
test_spellings (void)
{
  static const char *const spellings[] = { "\"value\":1.10,",
                                           "\"value\":0.0,",
                                           "\"value\":7.0e0,",
                                           "\"value\":120.50,",
                                           "\"value\":1E+2,",
                                           "\"value\":-0.0,",
                                           "\"value\":12345678901234567890.123,",
                                           "\"value\":0.12345678901234567890,",
                                           "A\\/B",
                                           "\\u00e4t",
                                           "\\ud83d\\ude00" };
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autoptr (CrReply) exam = get (rig, tokens, "/portal/fhir/Observation?category=exam");
  g_autoptr (CrReply) pretty =
      get (rig, tokens, "/portal/fhir/Observation?category=exam&_pretty=true");
  g_autoptr (CrReply) patient = get (rig, tokens, "/portal/fhir/Patient");
  g_autoptr (CrReply) coverage = get (rig, tokens, "/portal/fhir/Coverage");

  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++)
    g_assert_nonnull (strstr (exam->body, spellings[i]));
  g_assert_nonnull (strstr (pretty->body, "\"value\": 1.10,\n"));
  g_assert_nonnull (strstr (patient->body, "\"valueDecimal\":9007199254740993"));
  g_assert_nonnull (strstr (coverage->body, "\"value\":120.50,"));
}

static void
test_mismatch (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (12);
  guint n_different = 0;

  for (guint i = 0; i < 12; i++)
    {
      JsonObject *clinic = cr_sandbox_rig_patient (rig, i);
      g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, i, NULL);
      g_autofree char *path =
          g_strconcat ("/portal/fhir/Patient/", cr_json_string (tokens, "patient"), NULL);
      g_autoptr (CrReply) reply = get (rig, tokens, path);
      g_autoptr (JsonObject) patient = cr_reply_json (reply);
      JsonObject *name = cr_json_array_object (cr_json_array (patient, "name"), 0);
      gboolean same =
          g_strcmp0 (cr_json_string (patient, "birthDate"),
                     cr_json_string (clinic, "birth_date")) == 0 &&
          g_strcmp0 (cr_json_string (name, "family"), cr_json_string (clinic, "family")) == 0;

      g_assert_cmpint (same, ==, !json_object_get_boolean_member (clinic, "mismatch"));
      g_assert_cmpstr (cr_reply_header (reply, "ETag"), ==, "W/\"1\"");
      g_assert_nonnull (cr_reply_header (reply, "Last-Modified"));
      n_different += same ? 0 : 1;
    }

  g_assert_cmpuint (n_different, ==, 1);
}

static void
test_searches (void)
{
  static const struct
  {
    const char *query;
    guint status;
  } rows[] = {
    { "Observation?category=vital-signs,laboratory", 200 },
    { "Observation?nonsense=1", 400 },
    { "Immunization?nonsense=1", 200 },
    { "Observation?patient=somebody-else", 403 },
    { "Medication", 400 },
    { "Nonsense", 404 },
    { "Observation?page=nonsense", 410 },
    { "Observation/nobody", 404 },
    { "Organization", 200 },
    { "Condition?_lastUpdated=ge2001-01-01&_summary=count", 200 },
  };
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autoptr (CrReply) anonymous = cr_sandbox_rig_get (rig, "/portal/fhir/Observation", NULL);
  g_autoptr (CrReply) after = get (rig, tokens, "/portal/fhir/Condition?_lastUpdated=ge2101-01-01");
  g_autoptr (JsonObject) bundle = cr_reply_json (after);

  g_assert_cmpuint (anonymous->status, ==, 401);
  g_assert_cmpint (json_object_get_int_member (bundle, "total"), ==, 0);
  g_assert_false (json_object_has_member (bundle, "entry"));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/portal/fhir/", rows[i].query, NULL);
      g_autoptr (CrReply) reply = get (rig, tokens, path);

      g_assert_cmpuint (reply->status, ==, rows[i].status);
    }
}

static void
test_other_patient (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (2);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autofree char *path =
      g_strconcat ("/portal/fhir/Patient/",
                   cr_json_string (cr_sandbox_rig_patient (rig, 1), "portal_patient_id"), NULL);
  g_autoptr (CrReply) reply = get (rig, tokens, path);

  g_assert_cmpuint (reply->status, ==, 404);
}

static void
test_attachments (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autoptr (CrReply) documents = get (rig, tokens, "/portal/fhir/DocumentReference?_count=200");
  const char *url = strstr (documents->body, "\"url\":\"Binary/") + strlen ("\"url\":\"");
  g_autofree char *name = g_strndup (url, strcspn (url, "\""));
  g_autofree char *path = g_strconcat ("/portal/fhir/", name, NULL);
  g_autofree char *bearer = g_strconcat ("Bearer ", cr_json_string (tokens, "access_token"), NULL);
  SoupMessage *message = cr_sandbox_rig_message (rig, "GET", path);
  g_autoptr (CrReply) fhir = get (rig, tokens, path);
  g_autoptr (CrReply) raw = NULL;

  soup_message_headers_append (soup_message_get_request_headers (message), "Authorization", bearer);
  soup_message_headers_append (soup_message_get_request_headers (message), "Accept",
                               "application/pdf");
  raw = cr_sandbox_rig_send (rig, message, NULL, NULL);
  g_assert_cmpstr (cr_reply_header (raw, "Content-Type"), ==, "application/pdf");
  g_assert_true (g_str_has_prefix (raw->body, "%PDF-1.4"));
  g_assert_true (g_str_has_prefix (fhir->body, "{\"resourceType\":\"Binary\""));
  g_assert_nonnull (strstr (documents->body, "\"data\":\""));
}

/* What a fault does to a search; @needle is in the body, or not when it begins with `!`. */
static void
test_faults (void)
{
  static const struct
  {
    const char *name;
    const char *parameters;
    guint status;
    const char *needle;
  } rows[] = {
    { "status", "{\"status\":503,\"count\":1,\"types\":[\"Immunization\"]}", 503,
      "OperationOutcome" },
    { "rate-limit", "{\"count\":1}", 429, "throttled" },
    { "source-preparing", "{\"count\":1}", 429, "transient" },
    { "not-granted", "{\"types\":[\"Immunization\"],\"count\":1}", 403, "forbidden" },
    { "html-page", "{\"count\":1}", 200, "<!doctype html>" },
    { "truncated-body", "{\"count\":1}", 200, "!\"mode\":\"match\"}}]}" },
    { "not-a-bundle", "{\"count\":1}", 200, "{\"resourceType\":\"Parameters\"" },
    { "outcome-entry", "{\"count\":1,\"severity\":\"error\"}", 200, "\"severity\":\"error\"" },
    { "no-entry", "{\"count\":1}", 200, "!\"entry\"" },
    { "foreign-next", "{\"count\":1,\"url\":\"http://elsewhere.example/\"}", 200,
      "\"url\":\"http://elsewhere.example/portal" },
    { "relative-next", "{\"count\":1}", 200, "\"next\",\"url\":\"Immunization?page=" },
    { "missing-next", "{\"count\":1}", 200, "!\"next\"" },
    { "pretty", NULL, 200, "{\n  \"resourceType\": \"Bundle\"" },
    { "changed-records", "{\"n\":1,\"types\":[\"Immunization\"]}", 200, "\"language\":\"en-US\"" },
  };
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CrReply) during = NULL, after = NULL;
      gboolean absent = rows[i].needle[0] == '!';

      cr_sandbox_rig_fault (rig, rows[i].name, rows[i].parameters);
      during = get (rig, tokens, "/portal/fhir/Immunization?_count=2");
      g_assert_cmpuint (during->status, ==, rows[i].status);
      g_assert_cmpint (strstr (during->body, rows[i].needle + (absent ? 1 : 0)) == NULL, ==,
                       absent);
      cr_sandbox_rig_no_fault (rig, rows[i].name);
      after = get (rig, tokens, "/portal/fhir/Immunization?_count=2");
      g_assert_cmpuint (after->status, ==, 200);
      g_assert_cmpint (strstr (after->body, rows[i].needle + (absent ? 1 : 0)) == NULL, ==,
                       !absent);
    }
}

static void
test_fault_entries (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autoptr (CrReply) bare = NULL, first = NULL, second = NULL;
  g_autoptr (JsonObject) bare_bundle = NULL, bundle = NULL;
  JsonArray *entries;

  cr_sandbox_rig_fault (rig, "entry-without-resource", "{\"count\":1}");
  bare = get (rig, tokens, "/portal/fhir/Immunization?_count=2");
  bare_bundle = cr_reply_json (bare);
  entries = cr_json_array (bare_bundle, "entry");
  g_assert_null (cr_json_object (cr_json_array_object (entries, 0), "resource"));
  g_assert_nonnull (cr_json_object (cr_json_array_object (entries, 1), "resource"));

  cr_sandbox_rig_fault (rig, "loop-next", NULL);
  first = get (rig, tokens, "/portal/fhir/Immunization?_count=2");
  bundle = cr_reply_json (first);
  second = get (rig, tokens, find_next (bundle));
  g_assert_cmpstr (strstr (first->body, "\"entry\""), ==, strstr (second->body, "\"entry\""));
}

static void
test_fault_switches (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autoptr (CrReply) first = NULL, second = NULL, third = NULL, narrow = NULL, hidden = NULL,
                      list = NULL;
  g_autoptr (JsonObject) bundle = NULL, faults = NULL;
  gint64 n = json_object_get_int_member (
      cr_json_object (cr_sandbox_rig_patient (rig, 0), "records"), "Goal");

  cr_sandbox_rig_fault (rig, "rate-limit", "{\"after\":1,\"count\":1,\"retry_after\":\"7\"}");
  cr_sandbox_rig_restart (rig);
  first = get (rig, tokens, "/portal/fhir/Goal");
  second = get (rig, tokens, "/portal/fhir/Goal");
  third = get (rig, tokens, "/portal/fhir/Goal");
  g_assert_cmpuint (first->status, ==, 200);
  g_assert_cmpuint (second->status, ==, 429);
  g_assert_cmpstr (cr_reply_header (second, "Retry-After"), ==, "7");
  g_assert_cmpuint (third->status, ==, 200);

  cr_sandbox_rig_fault (rig, "require-category", NULL);
  narrow = get (rig, tokens, "/portal/fhir/Observation");
  g_assert_cmpuint (narrow->status, ==, 400);
  cr_sandbox_rig_fault (rig, "hidden-records", "{\"types\":[\"Goal\"],\"n\":1}");
  hidden = get (rig, tokens, "/portal/fhir/Goal");
  bundle = cr_reply_json (hidden);
  g_assert_cmpint (json_object_get_int_member (bundle, "total"), ==, n - 1);

  list = cr_sandbox_rig_get (rig, "/_sandbox/faults", NULL);
  faults = cr_reply_json (list);
  g_assert_cmpuint (json_array_get_length (cr_json_array (faults, "faults")), >=, 30);
}

static void
test_cut_connection (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) after = NULL;

  cr_sandbox_rig_fault (rig, "cut-connection", "{\"count\":1}");
  error = cr_sandbox_rig_fail (rig, "/portal/fhir/Observation?_count=200",
                               cr_json_string (tokens, "access_token"));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
  after = get (rig, tokens, "/portal/fhir/Observation?_count=200");
  g_assert_cmpuint (after->status, ==, 200);
}

static void
test_slow (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  gint64 start = g_get_monotonic_time ();
  g_autoptr (CrReply) reply = NULL;

  cr_sandbox_rig_fault (rig, "slow", "{\"delay_ms\":120,\"types\":[\"metadata\"]}");
  reply = cr_sandbox_rig_get (rig, "/portal/fhir/metadata", NULL);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 120000);
}

static void
test_documents (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (CrReply) smart =
      cr_sandbox_rig_get (rig, "/portal/fhir/.well-known/smart-configuration", NULL);
  g_autoptr (CrReply) metadata = cr_sandbox_rig_get (rig, "/portal/fhir/metadata", NULL);
  g_autoptr (JsonObject) configuration = cr_reply_json (smart);
  g_autoptr (JsonObject) capability = cr_reply_json (metadata);
  g_autoptr (JsonObject) old = NULL;
  g_autoptr (CrReply) wrong = NULL;
  SoupMessage *message = cr_sandbox_rig_message (rig, "GET", "/_sandbox");
  g_autoptr (CrReply) foreign = NULL;

  g_assert_true (
      g_str_has_suffix (cr_json_string (configuration, "token_endpoint"), "/portal/token"));
  g_assert_true (cr_json_array_has (
      cr_json_array (configuration, "code_challenge_methods_supported"), "S256"));
  g_assert_cmpstr (cr_json_string (capability, "fhirVersion"), ==, "4.0.1");
  cr_sandbox_rig_fault (rig, "wrong-fhir-version", NULL);
  wrong = cr_sandbox_rig_get (rig, "/portal/fhir/metadata", NULL);
  old = cr_reply_json (wrong);
  g_assert_cmpstr (cr_json_string (old, "fhirVersion"), ==, "1.0.2");

  soup_message_headers_replace (soup_message_get_request_headers (message), "Host", "evil.example");
  foreign = cr_sandbox_rig_send (rig, message, NULL, NULL);
  g_assert_cmpuint (foreign->status, ==, 421);
}

/* The log counts, and says nothing about anybody. */
static void
test_log (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (JsonObject) tokens = cr_sandbox_rig_walk (rig, 0, NULL);
  g_autofree char *path = g_strconcat ("/portal/fhir/Patient/", cr_json_string (tokens, "patient"),
                                       "?_pretty=true", NULL);
  g_autoptr (CrReply) read = get (rig, tokens, path);
  g_autoptr (CrReply) log = cr_sandbox_rig_get (rig, "/_sandbox/log", NULL);

  g_assert_cmpuint (read->status, ==, 200);
  g_assert_nonnull (strstr (log->body, "{\"method\":\"GET\",\"path\":\"/portal/fhir/Patient/{id}\","
                                       "\"query\":\"_pretty\",\"status\":200}"));
  g_assert_null (strstr (log->body, cr_json_string (tokens, "patient")));
  g_assert_null (strstr (log->body, cr_json_string (tokens, "access_token")));
}

static void
test_listens_on_loopback_only (void)
{
  static const char *const addresses[] = { "0.0.0.0:0", "192.0.2.1:0", "nonsense", "127.0.0.1",
                                           "127.0.0.1:99999" };
  g_autofree char *dir = g_dir_make_tmp ("cr-sandbox-XXXXXX", NULL);
  CrSandboxOptions options = { dir, 1, 1, cr_time_now_ms };
  g_autoptr (CrSandbox) sandbox = cr_sandbox_new (&options, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (cr_sandbox_listen (sandbox, addresses[i], &error));
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sandbox/reader/totals", test_totals);
  g_test_add_func ("/sandbox/reader/types", test_types);
  g_test_add_func ("/sandbox/reader/same-seed", test_same_seed);
  g_test_add_func ("/sandbox/reader/spellings", test_spellings);
  g_test_add_func ("/sandbox/reader/mismatch", test_mismatch);
  g_test_add_func ("/sandbox/reader/searches", test_searches);
  g_test_add_func ("/sandbox/reader/other-patient", test_other_patient);
  g_test_add_func ("/sandbox/reader/attachments", test_attachments);
  g_test_add_func ("/sandbox/reader/faults", test_faults);
  g_test_add_func ("/sandbox/reader/fault-entries", test_fault_entries);
  g_test_add_func ("/sandbox/reader/fault-switches", test_fault_switches);
  g_test_add_func ("/sandbox/reader/cut-connection", test_cut_connection);
  g_test_add_func ("/sandbox/reader/slow", test_slow);
  g_test_add_func ("/sandbox/reader/documents", test_documents);
  g_test_add_func ("/sandbox/reader/log", test_log);
  g_test_add_func ("/sandbox/reader/listens-on-loopback-only", test_listens_on_loopback_only);
  return g_test_run ();
}
