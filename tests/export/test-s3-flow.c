/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "export/cr-object-sender.h"
#include "export/cr-sigv4.h"
#include "store/cr-reconcile.h"

#include <string.h>

typedef struct
{
  char *endpoint;
  char *bucket;
  char *region;
  char *access_key;
  char *secret;
} Keys;

static void
keys_clear (Keys *keys)
{
  g_free (keys->endpoint);
  g_free (keys->bucket);
  g_free (keys->region);
  g_free (keys->access_key);
  g_free (keys->secret);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Keys, keys_clear)

static void
read_keys (Fixture *fixture, Keys *keys)
{
  g_autoptr (GBytes) answer = export_test_http (fixture, "GET", "/_sandbox?counts=no", NULL);
  g_autoptr (JsonObject) root = cr_json_parse (g_bytes_get_data (answer, NULL),
                                               (gssize) g_bytes_get_size (answer), "it", NULL);
  JsonObject *bucket = cr_json_object (root, "bucket");

  keys->endpoint = g_strdup (cr_json_string (bucket, "endpoint"));
  keys->bucket = g_strdup (cr_json_string (bucket, "bucket"));
  keys->region = g_strdup (cr_json_string (bucket, "region"));
  keys->access_key = g_strdup (cr_json_string (bucket, "access_key"));
  keys->secret = g_strdup (cr_json_string (bucket, "secret_key"));
}

static void
add_bucket (Fixture *fixture, const Keys *keys, const char *file_type)
{
  export_test_add_destination (fixture, "s3", "endpoint", keys->endpoint, "bucket", keys->bucket,
                               "region", keys->region, "access-key", keys->access_key, "prefix",
                               "/clinic a/", "file-type", file_type, NULL);
  export_test_set_secret (fixture, keys->secret);
}

static CrSender *
make_sender (Fixture *fixture, const char *secret)
{
  g_autoptr (GHashTable) secrets = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  CrSenderParts parts = { fixture->client, cr_time_now_ms, fixture->destination, secrets };
  g_autoptr (GError) error = NULL;
  CrSender *sender;

  g_hash_table_insert (secrets, (gpointer) "secret", g_strdup (secret));
  sender = cr_sender_kind_find ("s3")->make (&parts, &error);
  g_assert_no_error (error);
  return sender;
}

static GBytes *
get_object (Fixture *fixture, const Keys *keys, const char *key)
{
  g_autoptr (CrSender) sender = make_sender (fixture, keys->secret);
  CrObjectCall call = { .verb = CR_OBJECT_GET, .key = key };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (CrReply) reply = NULL;

  cr_object_sender_call_async (CR_OBJECT_SENDER (sender), &call, NULL, export_test_keep, &result);
  reply =
      cr_object_sender_call_finish (CR_OBJECT_SENDER (sender), export_test_wait (&result), NULL);
  g_assert_nonnull (reply);
  g_assert_cmpuint (reply->status, ==, 200);
  return g_bytes_ref (reply->body);
}

static void
test_backfill (Fixture *fixture, gconstpointer data)
{
  g_auto (Keys) keys = { 0 };
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) second = NULL;
  g_autoptr (JsonObject) manifest = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autofree char *key = NULL;
  JsonArray *parts;
  gint64 n_lines = 0;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  read_keys (fixture, &keys);
  add_bucket (fixture, &keys, data);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpstr (run->error_message, ==, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS);
  g_assert_cmpuint (run->n_files, ==, 3);

  key = g_strdup_printf ("clinic a/%s/manifest.json", run->id);
  text = get_object (fixture, &keys, key);
  manifest =
      cr_json_parse (g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text), "m", NULL);
  parts = cr_json_array (manifest, "parts");
  g_assert_cmpuint (json_array_get_length (parts), ==, 3);
  for (guint i = 0; i < json_array_get_length (parts); i++)
    {
      JsonObject *part = cr_json_array_object (parts, i);
      g_autofree char *name = g_strconcat ("clinic a/", cr_json_string (part, "name"), NULL);
      g_autoptr (GBytes) object = get_object (fixture, &keys, name);
      gsize n;
      gconstpointer bytes = g_bytes_get_data (object, &n);
      g_autofree char *sha256 = cr_sha256_hex (bytes, n);
      gint64 lines = 0;

      g_assert_cmpstr (sha256, ==, cr_json_string (part, "sha256"));
      g_assert_true (cr_json_int (part, "lines", &lines));
      n_lines += lines;
    }
  g_assert_cmpint (n_lines, ==, N_RECORDS);

  second = export_test_run (fixture, CR_RUN_TRIGGER_PULL_COMPLETED, NULL);
  g_assert_cmpint (second->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (second->n_items, ==, 0);
}

typedef enum
{
  WRONG_SECRET,
  WRONG_KEY,
  WRONG_BUCKET,
  WRONG_REGION,
  SKEWED,
  DENIED,
} Wrong;

typedef struct
{
  const char *name;
  Wrong wrong;
  const char *code;
  const char *words;
} Refusal;

static const Refusal refusals[] = {
  { "wrong-secret", WRONG_SECRET, "sign_in", "secret key" },
  { "wrong-key", WRONG_KEY, "sign_in", "access key" },
  { "wrong-bucket", WRONG_BUCKET, "not_found", "no bucket" },
  { "wrong-region", WRONG_REGION, "refused", "region" },
  { "skewed", SKEWED, "refused", "clock" },
  { "denied", DENIED, "refused", "may not write files" },
};

static void
spoil (Fixture *fixture, Keys *keys, Wrong wrong)
{
  char **spoilt = wrong == WRONG_SECRET ? &keys->secret
                : wrong == WRONG_KEY    ? &keys->access_key
                : wrong == WRONG_BUCKET ? &keys->bucket
                : wrong == WRONG_REGION ? &keys->region
                                        : NULL;

  if (spoilt != NULL)
    {
      g_free (*spoilt);
      *spoilt = g_strdup ("wrong-one");
    }
  else
    export_test_fault (fixture, wrong == SKEWED ? "s3-skew" : "s3-denied",
                       wrong == SKEWED ? "{\"seconds\":3600}" : "{\"methods\":[\"PUT\"]}");
}

static gboolean
any_says (GPtrArray *findings, const char *words)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const CrFinding *finding = g_ptr_array_index (findings, i);

      g_test_message ("%s %d %s", finding->check, finding->ok, finding->message);
      if (!finding->ok && strstr (finding->message, words) != NULL)
        return TRUE;
    }

  return FALSE;
}

/* What is wrong is said in words, by the run and by the preflight alike; nothing is lost. */
static void
test_refusal (Fixture *fixture, gconstpointer data)
{
  const Refusal *refusal = data;
  g_auto (Keys) keys = { 0 };
  g_auto (Keys) right = { 0 };
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) retry = NULL;
  g_autoptr (CrDestination) destination = NULL;
  g_autoptr (CrSender) sender = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) findings = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  read_keys (fixture, &keys);
  read_keys (fixture, &right);
  spoil (fixture, &keys, refusal->wrong);
  add_bucket (fixture, &keys, "ndjson");

  sender = make_sender (fixture, keys.secret);
  cr_sender_test_async (sender, NULL, export_test_keep, &result);
  findings = cr_sender_test_finish (sender, export_test_wait (&result), NULL);
  g_assert_true (any_says (findings, refusal->words));

  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_test_message ("%s", run->error_message);
  g_assert_cmpint (run->status, ==, CR_RUN_FAILED);
  g_assert_cmpstr (run->error_code, ==, refusal->code);
  g_assert_nonnull (strstr (run->error_message, refusal->words));
  g_assert_null (strstr (run->error_message, right.secret));
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpstr (destination->action_required, ==, run->error_message);

  export_test_no_faults (fixture);
  g_hash_table_insert (fixture->destination->settings, g_strdup ("access-key"),
                       g_strdup (right.access_key));
  g_hash_table_insert (fixture->destination->settings, g_strdup ("bucket"),
                       g_strdup (right.bucket));
  g_hash_table_insert (fixture->destination->settings, g_strdup ("region"),
                       g_strdup (right.region));
  export_test_set_secret (fixture, right.secret);
  retry = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL_RETRY, run->id);
  g_assert_cmpstr (retry->error_message, ==, NULL);
  g_assert_cmpint (retry->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (retry->n_resources, ==, N_RECORDS);
}

static void
test_outage (Fixture *fixture, gconstpointer data)
{
  g_auto (Keys) keys = { 0 };
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) waiting = NULL;
  g_autoptr (CrExportRun) end = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  read_keys (fixture, &keys);
  add_bucket (fixture, &keys, "ndjson");
  export_test_fault (fixture, "s3-status", "{\"status\":503}");
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  waiting = export_test_go (fixture, run);
  g_assert_cmpint (waiting->status, ==, CR_RUN_WAITING);
  g_assert_cmpint (waiting->wait_until_ms, >, cr_time_now_ms ());

  export_test_no_faults (fixture);
  end = export_test_go (fixture, run);
  g_assert_cmpint (end->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (end->n_resources, ==, N_RECORDS);
}

static void
test_preflight (Fixture *fixture, gconstpointer data)
{
  g_auto (Keys) keys = { 0 };
  g_autoptr (CrSender) sender = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) findings = NULL;

  export_test_start_sandbox (fixture);
  read_keys (fixture, &keys);
  add_bucket (fixture, &keys, "ndjson");
  sender = make_sender (fixture, keys.secret);
  cr_sender_test_async (sender, NULL, export_test_keep, &result);
  findings = cr_sender_test_finish (sender, export_test_wait (&result), NULL);
  g_assert_cmpuint (findings->len, ==, 5);
  g_assert_false (any_says (findings, ""));
}

static gpointer
load_expected (CrDb *db, gpointer data, GError **error)
{
  return cr_reconcile_load (db, data, error);
}

static CrReconciliation *
recount (Fixture *fixture, const Keys *keys)
{
  g_autoptr (CrSender) sender = make_sender (fixture, keys->secret);
  CrReconciliation *found = export_test_write (fixture, load_expected, fixture->destination->id);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_sender_recount_async (sender, fixture->store, found, NULL, export_test_keep, &result);
  g_assert_true (cr_sender_recount_finish (sender, export_test_wait (&result), &error));
  g_assert_no_error (error);
  return found;
}

static void
replace_object (Fixture *fixture, const Keys *keys, const char *key, GBytes *bytes)
{
  g_autoptr (CrSender) sender = make_sender (fixture, keys->secret);
  g_autoptr (GAsyncResult) result = NULL;
  gint64 retry_after_ms;

  cr_object_upload_async (CR_OBJECT_SENDER (sender), key, bytes, NULL, "text/plain", NULL,
                          export_test_keep, &result);
  g_assert_true (cr_object_upload_finish (CR_OBJECT_SENDER (sender), export_test_wait (&result),
                                          &retry_after_ms, NULL));
}

/* An object as large as before, and not the same, is told by its ETag. */
static void
test_reconcile (Fixture *fixture, gconstpointer data)
{
  g_auto (Keys) keys = { 0 };
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrReconciliation) before = NULL;
  g_autoptr (CrReconciliation) after = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GBytes) other = NULL;
  g_autofree char *key = NULL;
  guint8 *bytes;
  gsize n;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  read_keys (fixture, &keys);
  add_bucket (fixture, &keys, "ndjson");
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  before = recount (fixture, &keys);
  g_assert_cmpuint (cr_reconciliation_missing (before), ==, 0);
  g_assert_cmpuint (before->expected->len, ==, 3);
  g_assert_cmpuint (cr_reconciliation_sized (before), ==, 0);

  key = g_strdup_printf ("clinic a/%s/Patient-1.ndjson", run->id);
  text = get_object (fixture, &keys, key);
  bytes = g_bytes_unref_to_data (g_steal_pointer (&text), &n);
  bytes[n / 2] ^= 1;
  other = g_bytes_new_take (bytes, n);
  replace_object (fixture, &keys, key, other);
  after = recount (fixture, &keys);
  g_assert_cmpuint (cr_reconciliation_missing (after), ==, N_PATIENTS);
}

#define ADD(path, data, func)                                                                      \
  g_test_add (path, Fixture, data, export_test_set_up, func, export_test_tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  ADD ("/s3-flow/ndjson", "ndjson", test_backfill);
  ADD ("/s3-flow/gzip", "gzip", test_backfill);
  ADD ("/s3-flow/outage", NULL, test_outage);
  ADD ("/s3-flow/preflight", NULL, test_preflight);
  ADD ("/s3-flow/reconcile", NULL, test_reconcile);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/s3-flow/", refusals[i].name, NULL);

      ADD (path, &refusals[i], test_refusal);
    }

  return g_test_run ();
}
