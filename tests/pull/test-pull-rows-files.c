/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-json.h"
#include "fhir/cr-bundle.h"
#include "net-test.h"
#include "pull-rows.h"
#include "store/cr-attachments-table.h"
#include "store/cr-records-table.h"

#include <string.h>

#define BINARY "/portal/fhir/Binary/{id}"

static gpointer
list_files (CrDb *db, gpointer data, GError **error)
{
  CrConnection *connection = data;
  CrRecordOwner owner = { connection->patient_id, connection->source_id,
                          connection->portal_patient_id };
  g_autoptr (GPtrArray) records =
      cr_records_table_list_changed (db, &owner, "DocumentReference", 0, G_MAXINT64, 1000, error);
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_attachment_row_free);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (records, i);
      g_autoptr (GPtrArray) rows = cr_attachments_table_list (db, record->rid, error);

      while (rows != NULL && rows->len > 0)
        g_ptr_array_add (all, g_ptr_array_steal_index (rows, 0));
    }

  return all;
}

static GPtrArray *
files_of (PullTest *test)
{
  return cr_rig_read (test->rig, list_files, test->connection);
}

static gpointer
get_binary (CrDb *db, gpointer data, GError **error)
{
  char **key = data;

  return cr_records_table_get (db, key[0], NULL, "Binary", key[1], 0, error);
}

/* The Binary that is kept says, byte for byte, the file of which the row has the figures. */
static void
check_file (PullTest *test, CrAttachmentRow *row)
{
  const char *key[] = { test->connection->patient_id, row->binary_id };
  g_autoptr (CrRecord) record = cr_rig_read (test->rig, get_binary, key);
  g_autoptr (JsonObject) binary =
      cr_json_parse (g_bytes_get_data (record->body, NULL),
                     (gssize) g_bytes_get_size (record->body), "The Binary", NULL);
  gsize n_bytes;
  g_autofree guchar *bytes = g_base64_decode (cr_json_string (binary, "data"), &n_bytes);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, n_bytes);
  GString *hex = g_string_new (NULL);

  for (guint i = 0; i < sizeof row->sha256; i++)
    g_string_append_printf (hex, "%02x", row->sha256[i]);
  g_assert_cmpuint (n_bytes, ==, row->n_bytes);
  g_assert_cmpuint (n_bytes, >, 0);
  g_assert_cmpstr (hex->str, ==, sha256);
  g_assert_cmpstr (cr_json_string (binary, "contentType"), ==, row->content_type);
  g_string_free (hex, TRUE);
}

static void
check_form (PullTest *test, gboolean is_raw)
{
  g_autoptr (GPtrArray) files = files_of (test);

  g_assert_cmpuint (files->len, >, 0);
  for (guint i = 0; i < files->len; i++)
    {
      CrAttachmentRow *row = g_ptr_array_index (files, i);

      g_assert_cmpint (row->status, ==, CR_ATTACHMENT_KEPT);
      g_assert_cmpint (row->is_raw, ==, is_raw);
      check_file (test, row);
    }
}

static void
check_raw (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  check_form (test, TRUE);
}

static void
check_fhir (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  check_form (test, FALSE);
}

static void
check_missing (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_autoptr (GPtrArray) files = files_of (test);

  g_assert_cmpuint (files->len, >, 0);
  for (guint i = 0; i < files->len; i++)
    {
      CrAttachmentRow *row = g_ptr_array_index (files, i);

      g_assert_cmpint (row->status, ==, CR_ATTACHMENT_MISSING);
      g_assert_cmpuint (row->http_status, ==, 404);
      g_assert_null (row->binary_id);
    }
  g_assert_cmpuint (pull_test_stored_count (test, "Binary"), ==, 0);
}

static void
check_elsewhere (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_autoptr (GPtrArray) files = files_of (test);

  g_assert_cmpuint (files->len, >, 0);
  for (guint i = 0; i < files->len; i++)
    g_assert_cmpint (((CrAttachmentRow *) g_ptr_array_index (files, i))->status, ==,
                     CR_ATTACHMENT_ELSEWHERE);
  g_assert_cmpuint (cr_rig_count (test->rig, "GET", BINARY, 0), ==, 0);
}

static void
check_web_page (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  g_autoptr (GPtrArray) files = files_of (test);

  for (guint i = 0; i < files->len; i++)
    g_assert_cmpint (((CrAttachmentRow *) g_ptr_array_index (files, i))->status, ==,
                     CR_ATTACHMENT_UNREADABLE);
  g_assert_cmpuint (pull_test_stored_count (test, "Binary"), ==, 0);
}

/* Those that can be read and the one that cannot. */
static void
check_counted_apart (PullTest *test, CrPull *pull, GPtrArray *queries)
{
  CrQuery *query = pull_test_query (queries, "Attachments");

  g_assert_cmpuint (query->n_skipped, ==, 1);
  g_assert_cmpuint (query->n_received, >, 1);
  g_assert_cmpint (query->total, ==, query->n_received + 1);
  g_assert_cmpuint (query->n_received, ==, pull_test_stored_count (test, "Binary"));
}

static const PullRow rows[] = {
  { "C05-raw-bytes", NULL, NULL, "Attachments", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE,
    .check = check_raw },
  { "C05-fhir-whatever-is-asked", "attachment-form", "{\"form\":\"fhir\"}", "Attachments",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, NULL, TRUE, .check = check_fhir },
  { "C06-absolute-address", "absolute-attachments", "{}", "Attachments", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, NULL, TRUE, .check = check_raw },
  { "C06-on-another-server", "attachment-url", "{\"url\":\"https://files.example.org/\"}",
    "Attachments", CR_PULL_COMPLETE, CR_QUERY_COMPLETE, "another server", .is_odd = TRUE,
    .check = check_elsewhere },
  { "C08-not-there", "attachment-missing", "{}", "Attachments", CR_PULL_COMPLETE, CR_QUERY_COMPLETE,
    "could not be read", .is_odd = TRUE, .check = check_missing },
  { "P11-web-page-for-a-file", "html-page", "{\"types\":[\"Binary\"]}", "Attachments",
    CR_PULL_COMPLETE, CR_QUERY_COMPLETE, "something else", .check = check_web_page },
  { "C19-counted-apart", "attachment-missing", "{\"count\":1}", "Attachments", CR_PULL_COMPLETE,
    CR_QUERY_COMPLETE, "1 of the files", .is_odd = TRUE, .check = check_counted_apart },
  { "C19-file-not-ready", "status", "{\"types\":[\"Binary\"],\"status\":500}", "Attachments",
    CR_PULL_PARTIAL, CR_QUERY_FAILED, "next pull tries again" },
};

/* Asked for once for each version of what links to it, though its bytes never come twice. */
static void
test_once (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;
  g_autoptr (CrPull) third = NULL;
  guint n_files;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "attachment-new", "{}");
  cr_rig_clear_log (test.rig);
  first = pull_test_run (&test);
  n_files = cr_rig_count (test.rig, "GET", BINARY, 200);
  g_assert_cmpuint (n_files, >, 1);
  g_assert_cmpuint (n_files, ==, pull_test_stored_count (&test, "Binary"));

  cr_rig_clear_log (test.rig);
  second = pull_test_run (&test);
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", BINARY, 0), ==, 0);
  g_assert_cmpuint (second->n_changed + second->n_new, ==, 0);

  cr_rig_fault (test.rig, "changed-records", "{\"types\":[\"DocumentReference\"],\"n\":1000}");
  third = pull_test_run (&test);
  g_assert_cmpint (third->status, ==, CR_PULL_COMPLETE);
  /* Those that reports link to stay as they are. */
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", BINARY, 200), >, 0);
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", BINARY, 200), <, n_files);
}

#define N_DOCUMENTS 2149

/* However many, the file of each is there; the one over the cap is told of, and all others come. */
static void
test_many (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *files;
  guint n_before;

  pull_test_open (&test, SMALL_PERSON);
  pull = pull_test_run (&test);
  n_before = pull_test_stored_count (&test, "Binary");
  g_clear_object (&pull);
  cr_rig_fault (test.rig, "many-documents", "{\"n\":2149}");
  cr_rig_fault (test.rig, "attachment-large", "{\"count\":1}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  files = pull_test_query (queries, "Attachments");
  g_test_message ("%s", files->outcome);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpint (files->status, ==, CR_QUERY_COMPLETE);
  g_assert_cmpuint (pull_test_stored_count (&test, "DocumentReference"), >, N_DOCUMENTS);
  g_assert_cmpuint (pull_test_stored_count (&test, "Binary"), ==, n_before + N_DOCUMENTS - 1);
  g_assert_cmpuint (files->n_skipped, ==, 1);
  g_assert_nonnull (strstr (files->outcome, "too large"));
}

/* More than are asked for at once: that is said, and the next pull fetches the rest. */
static void
test_more_than_at_once (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) again = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *files;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "many-documents", "{\"n\":20100}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  files = pull_test_query (queries, "Attachments");
  g_test_message ("%s", files->outcome);
  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
  g_assert_cmpint (files->status, ==, CR_QUERY_FAILED);
  g_assert_nonnull (strstr (files->outcome, "the next pull goes on"));
  g_assert_cmpuint (pull_test_stored_count (&test, "Binary"), ==, 20000);

  again = pull_test_run (&test);
  g_assert_cmpint (again->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (pull_test_stored_count (&test, "Binary"), >=, 20100);
}

#define N_NOWHERE 20001

/* One record that points at thousands of people whom the portal does not have, as is known. */
static gpointer
point_nowhere (CrDb *db, gpointer data, GError **error)
{
  CrConnection *connection = data;
  CrRecordOwner owner = { connection->patient_id, connection->source_id,
                          connection->portal_patient_id };
  g_autoptr (GString) body = g_string_new ("{\"resourceType\":\"Composition\",\"id\":\"c\","
                                           "\"author\":[");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (CrBundle) bundle = NULL;
  const CrIncoming *entries;
  CrSaveCounts counts = { 0 };
  guint n;

  for (guint i = 0; i < N_NOWHERE; i++)
    {
      g_autofree char *id = g_strdup_printf ("nobody-%u", i);

      g_string_append_printf (body, "%s{\"reference\":\"Practitioner/%s\"}", i > 0 ? "," : "", id);
      g_assert_true (
          cr_unresolved_table_add (db, &owner, "Practitioner", id, 404, cr_rig_clock (), error));
    }
  g_string_append (body, "]}");
  bytes = g_bytes_new (body->str, body->len);
  bundle = cr_bundle_from_resource (bytes, "https://portal.example/r4", error);
  entries = cr_bundle_get_entries (bundle, &n);
  g_assert_true (cr_records_table_save (db, &owner, entries, n, NULL, "search", 1, &counts, error));
  return data;
}

/* More lead nowhere than are looked through: what lies behind them is not followed, and that is
 * said. */
static void
test_behind_unresolved (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *query;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_write (test.rig, point_nowhere, test.connection);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  query = pull_test_query (queries, "References");
  g_test_message ("%s", query->outcome);
  g_assert_nonnull (query->outcome);
  g_assert_nonnull (strstr (query->outcome, "more than 20000"));
  g_assert_cmpint (query->status, ==, CR_QUERY_FAILED);
  g_assert_cmpstr (query->error_code, ==, "too_large");
  g_assert_cmpint (pull->status, ==, CR_PULL_PARTIAL);
}

/* A file that is not there is not asked for each time, nor is a reference that leads nowhere. */
static void
test_not_again (void)
{
  static const char text[] = "{\"resourceType\":\"Goal\",\"id\":\"g\",\"expressedBy\":{"
                             "\"reference\":\"Practitioner/nobody\"}}";
  g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));
  g_autofree char *parameters =
      g_strdup_printf ("{\"types\":[\"Goal\"],\"base64\":\"%s\"}", base64);
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) first = NULL;
  g_autoptr (CrPull) second = NULL;

  pull_test_open (&test, LARGE_PERSON);
  cr_rig_fault (test.rig, "attachment-missing", "{}");
  cr_rig_fault (test.rig, "extra-entry", parameters);
  first = pull_test_run (&test);
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", BINARY, 404), >, 0);
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", "/portal/fhir/Practitioner/{id}", 404), ==, 1);
  cr_rig_clear_log (test.rig);
  second = pull_test_run (&test);
  g_assert_cmpint (second->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", BINARY, 0), ==, 0);
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", "/portal/fhir/Practitioner/{id}", 0), ==, 0);
}

/* The file is somewhere else: it is read there, and the token stays here. */
static void
test_moved (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autofree char *parameters = NULL;
  Fake other;

  fake_start (&other, NULL);
  fake_answer (&other, 200, "Content-Type: text/plain", "signed and delivered");
  pull_test_open (&test, LARGE_PERSON);
  parameters = g_strdup_printf ("{\"url\":\"%s/signed?x=1\"}", other.uri);
  cr_rig_fault (test.rig, "attachment-moved", parameters);
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (other.asked->len, >, 0);
  for (guint i = 0; i < other.asked->len; i++)
    g_assert_null (asked_header (fake_asked (&other, i), "authorization"));
  check_form (&test, TRUE);
  fake_stop (&other);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  pull_rows_add ("/pull/rows", rows, G_N_ELEMENTS (rows));
  g_test_add_func ("/pull/rows/C07-many-documents", test_many);
  g_test_add_func ("/pull/rows/C07-more-than-at-once", test_more_than_at_once);
  g_test_add_func ("/pull/rows/C11-behind-unresolved", test_behind_unresolved);
  g_test_add_func ("/pull/rows/C08-C11-not-again", test_not_again);
  g_test_add_func ("/pull/rows/C10-once-a-version", test_once);
  g_test_add_func ("/pull/rows/R06-signed-file", test_moved);

  return g_test_run ();
}
