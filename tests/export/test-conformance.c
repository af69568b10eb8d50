/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check-sizes: table. Every kind of destination for files goes through the same cases; a new row of
 * the table of kinds that is not here fails the first of them. */
#include "export-test.h"

#include "base/cr-first.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "export/cr-object-sender.h"

#include <glib/gstdio.h>
#include <string.h>

typedef enum
{
  STORE_FOLDER,
  STORE_BUCKET,
  STORE_CONTAINER,
} Store;

static const struct
{
  const char *kind;
  Store store;
} stores[] = {
  { "s3", STORE_BUCKET },
  { "gcs", STORE_BUCKET },
  { "azure", STORE_CONTAINER },
  { "folder", STORE_FOLDER },
};

typedef struct
{
  const char *kind;
  Store store;
} Case;

#define BIG (2 * CR_OBJECT_PART_BYTES + 1000000)

typedef struct
{
  CrDestination *destination;
  GHashTable *secrets;
  CrSender *sender;
  CrParcel parcel;
} Rig;

static void
set (Rig *rig, const char *name, const char *value)
{
  g_hash_table_insert (rig->destination->settings, g_strdup (name), g_strdup (value));
}

static void
make_sender (Fixture *fixture, Rig *rig)
{
  CrSenderParts parts = { fixture->client, cr_time_now_ms, rig->destination, rig->secrets };
  const CrSenderKind *kind = cr_sender_kind_find (rig->destination->kind);
  g_autoptr (GError) error = NULL;

  g_clear_object (&rig->sender);
  g_assert_true (cr_sender_kind_check (kind, rig->destination, rig->secrets, &error));
  rig->sender = kind->make (&parts, &error);
  g_assert_no_error (error);
}

static void
set_up_storage (Fixture *fixture, Rig *rig, const char *member)
{
  g_autoptr (GBytes) answer = export_test_http (fixture, "GET", "/_sandbox?counts=no", NULL);
  g_autoptr (JsonObject) root = cr_json_parse (g_bytes_get_data (answer, NULL),
                                               (gssize) g_bytes_get_size (answer), "it", NULL);
  JsonObject *where = cr_json_object (root, member);

  set (rig, "endpoint", cr_json_string (where, "endpoint"));
  set (rig, "bucket", cr_json_string (where, "bucket"));
  set (rig, "access-key", cr_json_string (where, "access_key"));
  set (rig, "prefix", "clinic ü/+");
  if (cr_json_string (where, "region") != NULL)
    set (rig, "region", cr_json_string (where, "region"));
  g_hash_table_insert (rig->secrets, g_strdup ("secret"),
                       g_strdup (cr_json_string (where, "secret_key")));
}

/* With CHARTROOM_REAL_S3 or CHARTROOM_REAL_AZURE, “endpoint bucket key secret”, the cases that need
 * no fault run against a server that others wrote. */
static gboolean
set_up_real (Rig *rig, Store store)
{
  const char *text =
      g_getenv (store == STORE_BUCKET ? "CHARTROOM_REAL_S3" : "CHARTROOM_REAL_AZURE");
  g_auto (GStrv) words = g_strsplit (text != NULL ? text : "", " ", -1);

  if (g_strv_length (words) != 4)
    return FALSE;

  set (rig, "endpoint", words[0]);
  set (rig, "bucket", words[1]);
  set (rig, "access-key", words[2]);
  set (rig, "prefix", "conformance ü/+");
  g_hash_table_insert (rig->secrets, g_strdup ("secret"), g_strdup (words[3]));
  return TRUE;
}

static CrRecord *
make_record (gint64 rid, gsize n_bytes)
{
  CrRecord *record = cr_record_new (rid);
  g_autofree char *fill = g_strnfill (n_bytes, 'x');
  char *body = g_strdup_printf (
      "{\"resourceType\":\"Binary\",\"id\":\"b%" G_GINT64_FORMAT "\",\"data\":\"%s\"}", rid, fill);

  record->sequence = rid;
  record->patient_id = g_strdup ("p1");
  record->source_id = g_strdup ("fhirsrc_a");
  record->type = g_strdup ("Binary");
  record->id = g_strdup_printf ("b%" G_GINT64_FORMAT, rid);
  record->n_bytes = strlen (body);
  record->body = g_bytes_new_take (body, strlen (body));
  return record;
}

static void
fill_parcel (Rig *rig, gsize n_bytes)
{
  CrParcel *parcel = &rig->parcel;

  parcel->run = cr_export_run_new ("");
  g_free (parcel->run->id);
  parcel->run->id = cr_id_new ("run_", cr_time_now_ms ());
  parcel->item = cr_export_item_new ("item_1");
  parcel->records = g_ptr_array_new_with_free_func (g_object_unref);
  parcel->outcomes = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_export_entry_free);
  for (gint64 i = 1; i <= 3; i++)
    g_ptr_array_add (parcel->records, make_record (i, i == 2 ? n_bytes : 10));
  parcel->item->name =
      cr_sender_name_item (rig->sender, parcel->run, "Binary", "p1", "fhirsrc_a", 1);
}

static void
rig_init (Fixture *fixture, Rig *rig, const Case *row)
{
  memset (rig, 0, sizeof *rig);
  rig->destination = cr_destination_new ("dest_1");
  rig->destination->kind = g_strdup (row->kind);
  rig->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (row->store == STORE_FOLDER)
    {
      g_autofree char *path = g_build_filename (fixture->folder, "out", NULL);

      g_mkdir (path, 0700);
      set (rig, "path", path);
    }
  else if (!set_up_real (rig, row->store))
    {
      export_test_start_sandbox (fixture);
      set_up_storage (fixture, rig, row->store == STORE_BUCKET ? "bucket" : "container");
    }
  make_sender (fixture, rig);
}

static void
rig_clear (Rig *rig)
{
  g_clear_object (&rig->sender);
  g_clear_object (&rig->destination);
  g_clear_pointer (&rig->secrets, g_hash_table_unref);
  g_clear_object (&rig->parcel.run);
  g_clear_object (&rig->parcel.item);
  g_clear_pointer (&rig->parcel.records, g_ptr_array_unref);
  g_clear_pointer (&rig->parcel.outcomes, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rig, rig_clear)

static gboolean
send_parcel (Rig *rig, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_sender_send_async (rig->sender, &rig->parcel, cancellable, export_test_keep, &result);
  return cr_sender_send_finish (rig->sender, export_test_wait (&result), error);
}

/* What a second sender, as another engine has it, finds there; NULL: nothing. */
static GBytes *
read_object (Rig *rig)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (CrReply) reply = NULL;
  g_autofree char *key = NULL;
  CrObjectCall call = { .verb = CR_OBJECT_GET };

  if (!CR_IS_OBJECT_SENDER (rig->sender))
    {
      g_autofree char *path = g_build_filename (cr_destination_get (rig->destination, "path"),
                                                rig->parcel.item->name, NULL);
      char *text;
      gsize n;

      return g_file_get_contents (path, &text, &n, NULL) ? g_bytes_new_take (text, n) : NULL;
    }

  call.key = key = cr_object_layout_key (
      cr_object_sender_get_layout (CR_OBJECT_SENDER (rig->sender)), rig->parcel.item->name);
  cr_object_sender_call_async (CR_OBJECT_SENDER (rig->sender), &call, NULL, export_test_keep,
                               &result);
  reply = cr_object_sender_call_finish (CR_OBJECT_SENDER (rig->sender), export_test_wait (&result),
                                        NULL);
  g_assert_nonnull (reply);
  return reply->status == 200 && reply->body != NULL ? g_bytes_ref (reply->body) : NULL;
}

static guint
count_uploads (Rig *rig)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (CrReply) reply = NULL;
  g_autofree char *body = NULL;
  g_auto (GStrv) parts = NULL;
  CrObjectCall call = { .verb = CR_OBJECT_UPLOADS, .key = "" };

  if (!CR_IS_OBJECT_SENDER (rig->sender) ||
      !cr_object_sender_get_dialect (CR_OBJECT_SENDER (rig->sender))->has_uploads)
    return 0;

  cr_object_sender_call_async (CR_OBJECT_SENDER (rig->sender), &call, NULL, export_test_keep,
                               &result);
  reply = cr_object_sender_call_finish (CR_OBJECT_SENDER (rig->sender), export_test_wait (&result),
                                        NULL);
  g_assert_cmpuint (reply->status, ==, 200);
  body = g_strndup (g_bytes_get_data (reply->body, NULL), g_bytes_get_size (reply->body));
  parts = g_strsplit (body, "<Upload>", -1);
  return g_strv_length (parts) - 1;
}

static void
assert_arrived (Rig *rig)
{
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autoptr (GBytes) content = read_object (rig);

  for (guint i = 0; i < rig->parcel.records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (rig->parcel.records, i);

      g_string_append_len (expected, g_bytes_get_data (record->body, NULL),
                           (gssize) g_bytes_get_size (record->body));
      g_string_append_c (expected, '\n');
    }
  g_assert_nonnull (content);
  g_assert_cmpuint (g_bytes_get_size (content), ==, expected->len);
  g_assert_cmpint (memcmp (g_bytes_get_data (content, NULL), expected->str, expected->len), ==, 0);
  g_assert_cmpuint (rig->parcel.outcomes->len, ==, rig->parcel.records->len);
  g_assert_cmpuint (count_uploads (rig), ==, 0);
}

static void
assert_nothing (Rig *rig)
{
  g_autoptr (GBytes) content = read_object (rig);

  g_assert_null (content);
  g_assert_cmpuint (count_uploads (rig), ==, 0);
}

static GPtrArray *
find (Rig *rig)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *findings;

  cr_sender_test_async (rig->sender, NULL, export_test_keep, &result);
  findings = cr_sender_test_finish (rig->sender, export_test_wait (&result), &error);
  g_assert_no_error (error);
  return findings;
}

static gboolean
says (GPtrArray *findings, gboolean ok, const char *check, const char *words)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const CrFinding *finding = g_ptr_array_index (findings, i);

      g_test_message ("%s %d %s", finding->check, finding->ok, finding->message);
      if (finding->ok == ok && (check == NULL || g_str_equal (finding->check, check)) &&
          strstr (finding->message, words) != NULL)
        return TRUE;
    }

  return FALSE;
}

static void
test_preflight (Fixture *fixture, gconstpointer data)
{
  const Case *row = data;
  g_auto (Rig) rig = { 0 };
  g_autoptr (GPtrArray) findings = NULL;

  rig_init (fixture, &rig, row);
  findings = find (&rig);
  g_assert_false (says (findings, FALSE, NULL, ""));
  g_assert_true (says (findings, TRUE, "write", "written"));
  if (row->store != STORE_FOLDER)
    g_assert_true (says (findings, TRUE, "list", "list"));
}

static void
test_put (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, 10);
  g_assert_true (send_parcel (&rig, NULL, &error));
  g_assert_no_error (error);
  assert_arrived (&rig);

  /* Twice is as once. */
  g_ptr_array_set_size (rig.parcel.outcomes, 0);
  g_assert_true (send_parcel (&rig, NULL, &error));
  assert_arrived (&rig);
}

static void
test_big_put (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, BIG);
  g_assert_true (send_parcel (&rig, NULL, &error));
  g_assert_no_error (error);
  assert_arrived (&rig);
}

/* The second part and all that follow are refused. */
static void
test_abort (Fixture *fixture, gconstpointer data)
{
  const Case *row = data;
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, row);
  fill_parcel (&rig, BIG);
  if (row->store == STORE_FOLDER)
    g_rmdir (cr_destination_get (rig.destination, "path"));
  else
    export_test_fault (fixture, "s3-denied", "{\"methods\":[\"PUT\"],\"after\":1}");
  g_assert_false (send_parcel (&rig, NULL, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  if (row->store != STORE_FOLDER)
    export_test_no_faults (fixture);
  assert_nothing (&rig);
}

/* One part is long on its way while the others are refused: it is aborted after that one has ended,
 * and not before. */
static void
test_abort_waits (Fixture *fixture, gconstpointer data)
{
  const Case *row = data;
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 begun_us;

  rig_init (fixture, &rig, row);
  fill_parcel (&rig, BIG);
  export_test_fault (fixture, "s3-denied", "{\"methods\":[\"PUT\"],\"after\":1}");
  export_test_fault (fixture, "s3-hang", "{\"delay_ms\":1500,\"after\":2,\"count\":1}");
  begun_us = g_get_monotonic_time ();
  g_assert_false (send_parcel (&rig, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, >=, 1500000);
  export_test_no_faults (fixture);
  assert_nothing (&rig);
}

/* Three parts of eight seconds each. */
static void
test_parts_at_once (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 begun_us;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, BIG);
  export_test_fault (fixture, "s3-hang", "{\"delay_ms\":8000,\"after\":2,\"count\":3}");
  begun_us = g_get_monotonic_time ();
  g_assert_true (send_parcel (&rig, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 24000000);
  assert_arrived (&rig);
}

static gboolean
cancel_cb (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

/* Cancelled while a part is on its way: nothing stays. */
static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  const Case *row = data;
  g_auto (Rig) rig = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, row);
  fill_parcel (&rig, BIG);
  if (row->store == STORE_FOLDER)
    g_cancellable_cancel (cancellable);
  else
    {
      /* The second part: before it, uploads are listed and one is begun where there are any. */
      if (fixture->uri != NULL)
        export_test_fault (fixture, "s3-hang",
                           row->store == STORE_BUCKET
                               ? "{\"delay_ms\":30000,\"after\":3,\"count\":1}"
                               : "{\"delay_ms\":30000,\"after\":1,\"count\":1}");
      g_timeout_add (fixture->uri != NULL ? 1500 : 60, cancel_cb, cancellable);
    }
  g_assert_false (send_parcel (&rig, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_nothing (&rig);
}

/* The fault has struck as often as it was to. */
static gboolean
is_spent (Fixture *fixture, const char *fault)
{
  g_autoptr (GBytes) answer = export_test_http (fixture, "GET", "/_sandbox/faults", NULL);
  g_autofree char *text = g_strndup (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
  g_autoptr (JsonObject) root = cr_json_parse (text, -1, "it", NULL);
  JsonArray *rows = cr_json_array (root, "faults");

  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      JsonObject *row = cr_json_array_object (rows, i);

      if (g_str_equal (cr_json_string (row, "name"), fault))
        return !json_object_get_boolean_member (row, "on");
    }

  g_assert_not_reached ();
}

/* Cancelled when three parts have come that the bucket notes only later, as if nobody had aborted
 * them. */
static void
test_cancel_late (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, BIG);
  export_test_fault (fixture, "s3-late", "{\"delay_ms\":800,\"count\":3}");
  cr_sender_send_async (rig.sender, &rig.parcel, cancellable, export_test_keep, &result);
  while (!is_spent (fixture, "s3-late"))
    g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (cancellable);
  g_assert_false (cr_sender_send_finish (rig.sender, export_test_wait (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  /* Whatever is to come late has come by then. */
  g_usleep (1000000);
  assert_nothing (&rig);
}

/* Cancelled before the bucket has said how it calls the file. */
static void
test_cancel_begun (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, BIG);
  export_test_fault (fixture, "s3-hang", "{\"delay_ms\":4000,\"after\":1,\"count\":1}");
  g_timeout_add (1500, cancel_cb, cancellable);
  g_assert_false (send_parcel (&rig, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_nothing (&rig);
}

static void
test_wrong_key (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = NULL;

  rig_init (fixture, &rig, data);
  g_hash_table_insert (rig.secrets, g_strdup ("secret"), g_strdup ("d3Jvbmctc2VjcmV0"));
  make_sender (fixture, &rig);
  fill_parcel (&rig, 10);
  g_assert_false (send_parcel (&rig, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
  g_assert_nonnull (strstr (error->message, "enter"));
  g_assert_null (strstr (error->message, "d3Jvbmctc2VjcmV0"));
  findings = find (&rig);
  g_assert_true (says (findings, FALSE, "write", "enter"));
}

static void
test_wrong_bucket (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = NULL;

  rig_init (fixture, &rig, data);
  set (&rig, "bucket", "no-such-one");
  make_sender (fixture, &rig);
  fill_parcel (&rig, 10);
  g_assert_false (send_parcel (&rig, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  findings = find (&rig);
  g_assert_true (says (findings, FALSE, "write", "check its name"));
}

static void
test_skew (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, 10);
  export_test_fault (fixture, "s3-skew", "{\"seconds\":1200}");
  g_assert_false (send_parcel (&rig, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "set the clock"));
}

static const char *const denied[] = { "PUT", "GET", "DELETE" };

/* The permission that is missing is named. */
static void
test_denied (Fixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "may not write files", "may not read files",
                                       "may not delete files" };
  g_auto (Rig) rig = { 0 };

  rig_init (fixture, &rig, data);
  for (guint i = 0; i < G_N_ELEMENTS (denied); i++)
    {
      g_autofree char *parameters = g_strdup_printf ("{\"methods\":[\"%s\"]}", denied[i]);
      g_autoptr (GPtrArray) findings = NULL;

      export_test_fault (fixture, "s3-denied", parameters);
      findings = find (&rig);
      g_assert_true (says (findings, FALSE, NULL, words[i]));
      export_test_no_faults (fixture);
    }
}

static void
test_cut (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, 10);
  export_test_fault (fixture, "s3-cut", "{}");
  g_assert_false (send_parcel (&rig, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_OFFLINE);
  export_test_no_faults (fixture);
  g_assert_true (send_parcel (&rig, NULL, NULL));
  assert_arrived (&rig);
}

static void
test_busy (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, 10);
  export_test_fault (fixture, "s3-status", "{\"status\":503,\"count\":1}");
  g_assert_true (send_parcel (&rig, NULL, &error));
  g_assert_no_error (error);
  assert_arrived (&rig);
}

/* Whoever cancels does not wait for a server that never answers. */
static void
test_hang (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gint64 begun_us = g_get_monotonic_time ();

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, 10);
  export_test_fault (fixture, "s3-hang", "{\"delay_ms\":30000}");
  g_timeout_add (300, cancel_cb, cancellable);
  g_assert_false (send_parcel (&rig, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 20 * G_USEC_PER_SEC);
}

/* A 200 from something that is no storage is not “sent”. */
static void
test_html (Fixture *fixture, gconstpointer data)
{
  const Case *row = data;
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = NULL;

  if (row->store == STORE_CONTAINER)
    {
      g_test_skip ("The sandbox always names itself to Azure's clients");
      return;
    }
  rig_init (fixture, &rig, row);
  fill_parcel (&rig, 10);
  export_test_fault (fixture, "s3-html", "{}");
  g_assert_false (send_parcel (&rig, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
  findings = find (&rig);
  g_assert_true (says (findings, FALSE, "write", "check the endpoint"));
}

static void
test_full (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, 10);
  export_test_fault (fixture, "s3-full", "{}");
  g_assert_false (send_parcel (&rig, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_test_message ("%s", error->message);
}

/* S3 alone ------------------------------------------------------------------------------------- */

static void
test_200_with_error (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, BIG);
  export_test_fault (fixture, "s3-complete", "{}");
  g_assert_false (send_parcel (&rig, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BUSY);
  export_test_no_faults (fixture);
  assert_nothing (&rig);
}

/* What an engine that was killed had begun goes before the file is written again. */
static void
test_orphans (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autofree char *key = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, BIG);
  key = cr_object_layout_key (cr_object_sender_get_layout (CR_OBJECT_SENDER (rig.sender)),
                              rig.parcel.item->name);
  for (guint i = 0; i < 2; i++)
    {
      CrObjectCall call = { .verb = CR_OBJECT_BEGIN, .key = key };
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (CrReply) reply = NULL;

      cr_object_sender_call_async (CR_OBJECT_SENDER (rig.sender), &call, NULL, export_test_keep,
                                   &result);
      reply = cr_object_sender_call_finish (CR_OBJECT_SENDER (rig.sender),
                                            export_test_wait (&result), NULL);
      g_assert_cmpuint (reply->status, ==, 200);
    }
  g_assert_cmpuint (count_uploads (&rig), ==, 2);
  g_assert_true (send_parcel (&rig, NULL, NULL));
  assert_arrived (&rig);
}

static void
test_region (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = NULL;

  rig_init (fixture, &rig, data);
  set (&rig, "region", "eu-west-9");
  make_sender (fixture, &rig);
  fill_parcel (&rig, 10);
  export_test_fault (fixture, "s3-region", "{}");
  g_assert_true (send_parcel (&rig, NULL, &error));
  g_assert_no_error (error);
  make_sender (fixture, &rig);
  findings = find (&rig);
  g_assert_false (says (findings, FALSE, NULL, ""));
  g_assert_true (says (findings, TRUE, "region", "us-east-1"));
}

static void
test_token (Fixture *fixture, gconstpointer data)
{
  g_auto (Rig) rig = { 0 };
  g_autoptr (GError) error = NULL;

  rig_init (fixture, &rig, data);
  fill_parcel (&rig, 10);
  export_test_fault (fixture, "s3-token", "{\"token\":\"short-lived\"}");
  g_assert_false (send_parcel (&rig, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
  g_hash_table_insert (rig.secrets, g_strdup ("session-token"), g_strdup ("short-lived"));
  make_sender (fixture, &rig);
  g_assert_true (send_parcel (&rig, NULL, NULL));
  assert_arrived (&rig);
}

static void
test_table (void)
{
  guint n;
  const CrSenderKind *kinds = cr_sender_kinds (&n);

  for (guint i = 0; i < n; i++)
    {
      gboolean is_here = g_str_equal (kinds[i].name, "fhir");

      for (guint j = 0; j < G_N_ELEMENTS (stores); j++)
        is_here |= g_str_equal (kinds[i].name, stores[j].kind);
      g_assert_true (is_here);
    }
}

static const struct
{
  const char *name;
  void (*func) (Fixture *fixture, gconstpointer data);
  gboolean has_network; /* makes no sense for a folder */
} cases[] = {
  { "preflight", test_preflight, FALSE },
  { "put", test_put, FALSE },
  { "big-put", test_big_put, FALSE },
  { "abort", test_abort, FALSE },
  { "cancel", test_cancel, FALSE },
  { "wrong-key", test_wrong_key, TRUE },
  { "wrong-bucket", test_wrong_bucket, TRUE },
  { "clock-skew", test_skew, TRUE },
  { "permission", test_denied, TRUE },
  { "closed-mid-body", test_cut, TRUE },
  { "503-then-ok", test_busy, TRUE },
  { "hang", test_hang, TRUE },
  { "html", test_html, TRUE },
  { "full", test_full, TRUE },
};

#define ADD(path, data, func)                                                                      \
  g_test_add (path, Fixture, data, export_test_set_up, func, export_test_tear_down)

int
main (int argc, char **argv)
{
  static Case rows[G_N_ELEMENTS (stores)];

  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/conformance/table", test_table);
  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    {
      rows[i] = (Case){ stores[i].kind, stores[i].store };
      for (guint j = 0; j < G_N_ELEMENTS (cases); j++)
        {
          g_autofree char *path =
              g_strdup_printf ("/conformance/%s/%s", stores[i].kind, cases[j].name);

          if (!cases[j].has_network || stores[i].store != STORE_FOLDER)
            ADD (path, &rows[i], cases[j].func);
        }
    }
  ADD ("/conformance/s3/200-with-error", &rows[0], test_200_with_error);
  ADD ("/conformance/s3/orphans", &rows[0], test_orphans);
  ADD ("/conformance/s3/abort-waits", &rows[0], test_abort_waits);
  ADD ("/conformance/s3/parts-at-once", &rows[0], test_parts_at_once);
  ADD ("/conformance/s3/cancel-late", &rows[0], test_cancel_late);
  ADD ("/conformance/s3/cancel-begun", &rows[0], test_cancel_begun);
  ADD ("/conformance/s3/region", &rows[0], test_region);
  ADD ("/conformance/s3/session-token", &rows[0], test_token);

  return g_test_run ();
}
