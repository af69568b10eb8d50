/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-json.h"
#include "pull-rows.h"
#include "store/cr-attachments-table.h"

#include <string.h>

#define BINARY "/portal/fhir/Binary/{id}"
#define BYTES "\x89PNG\r\n\x1a\nas good as a face"

/* What became of the photo that the Patient links to. */
typedef struct
{
  const char *name;
  const char *url;
  const char *fault;      /* (nullable): besides */
  const char *parameters; /* (nullable) */
  CrAttachmentStatus status;
  guint n_asked; /* how often for a Binary that is a photo's */
  const char *words;
} Photo;

static const Photo photos[] = {
  { "kept", "Binary/made-photo", NULL, NULL, CR_ATTACHMENT_KEPT, 1, NULL },
  { "elsewhere", "https://files.example.org/p.png", NULL, NULL, CR_ATTACHMENT_ELSEWHERE, 0,
    "another server" },
  { "other-port", "http://127.0.0.1:9/p.png", NULL, NULL, CR_ATTACHMENT_ELSEWHERE, 0,
    "another server" },
  { "not-there", "Binary/no-such-photo", NULL, NULL, CR_ATTACHMENT_MISSING, 1,
    "could not be read" },
  { "refused", "Binary/made-photo", "not-granted", "{\"types\":[\"Binary\"]}",
    CR_ATTACHMENT_REFUSED, 1, "could not be read" },
  { "too-large", "Binary/made-photo", "attachment-large", "{\"megabytes\":50}",
    CR_ATTACHMENT_TOO_LARGE, 1, "too large" },
  { "web-page", "Binary/made-photo", "html-page", "{\"types\":[\"Binary\"]}",
    CR_ATTACHMENT_UNREADABLE, 1, "something else" },
};

static gpointer
list_rows (CrDb *db, gpointer data, GError **error)
{
  CrConnection *connection = data;
  CrRecordOwner owner = { connection->patient_id, connection->source_id,
                          connection->portal_patient_id };
  g_autoptr (GPtrArray) records =
      cr_records_table_list_changed (db, &owner, "Patient", 0, G_MAXINT64, 10, error);

  g_assert_cmpuint (records->len, ==, 1);
  return cr_attachments_table_list (db, CR_RECORD (g_ptr_array_index (records, 0))->rid, error);
}

static gpointer
get_photo (CrDb *db, gpointer data, GError **error)
{
  return cr_records_table_get (db, data, NULL, "Binary", "made-photo", 0, NULL);
}

static void
check_bytes (PullTest *test)
{
  g_autoptr (CrRecord) record = cr_rig_read (test->rig, get_photo, test->connection->patient_id);
  g_autoptr (JsonObject) binary =
      cr_json_parse (g_bytes_get_data (record->body, NULL),
                     (gssize) g_bytes_get_size (record->body), "The Binary", NULL);
  gsize n_bytes;
  g_autofree guchar *bytes = g_base64_decode (cr_json_string (binary, "data"), &n_bytes);

  g_assert_cmpmem (bytes, n_bytes, BYTES, strlen (BYTES));
  g_assert_cmpstr (cr_json_string (binary, "contentType"), ==, "image/png");
}

static void
test_photo (gconstpointer data)
{
  const Photo *photo = data;
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) before = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) again = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char *parameters = g_strdup_printf ("{\"url\":\"%s\"}", photo->url);
  CrAttachmentRow *row;
  CrQuery *files;

  pull_test_open (&test, SMALL_PERSON);
  before = pull_test_run (&test);
  g_assert_cmpint (before->status, ==, CR_PULL_COMPLETE);
  cr_rig_fault (test.rig, "patient-photo", parameters);
  if (photo->fault != NULL)
    cr_rig_fault (test.rig, photo->fault, photo->parameters);
  cr_rig_clear_log (test.rig);
  pull = pull_test_run (&test);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  queries = pull_test_queries (&test, pull->id);
  files = pull_test_query (queries, "Attachments");
  g_test_message ("%s", files->outcome);
  if (photo->words != NULL)
    g_assert_nonnull (strstr (files->outcome, photo->words));
  else
    g_assert_null (files->outcome);

  rows = cr_rig_read (test.rig, list_rows, test.connection);
  g_assert_cmpuint (rows->len, ==, 1);
  row = g_ptr_array_index (rows, 0);
  g_assert_cmpstr (row->url, ==, photo->url);
  g_assert_cmpint (row->status, ==, photo->status);
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", BINARY, 0), ==, photo->n_asked);
  if (photo->status == CR_ATTACHMENT_KEPT)
    check_bytes (&test);
  else
    g_assert_null (row->binary_id);

  /* once for each version of the Patient; what could not be read is asked for again */
  cr_rig_clear_log (test.rig);
  again = pull_test_run (&test);
  g_assert_cmpint (again->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", BINARY, 0), ==,
                    photo->status == CR_ATTACHMENT_UNREADABLE ? 1 : 0);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (photos); i++)
    {
      g_autofree char *path = g_strconcat ("/pull/photo/", photos[i].name, NULL);

      g_test_add_data_func (path, &photos[i], test_photo);
    }

  return g_test_run ();
}
