/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "cr-sandbox-rig.h"
#include "sandbox/cr-sandbox-sigv4.h"
#include "sandbox/cr-sandbox-span.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

typedef struct
{
  const char *method;
  const char *path;
  const char *query;
  const char *headers[10]; /* name, value, … */
  const char *signed_headers;
  const char *payload_hash;
  const char *signature;
} Vector;

/* AWS, "Signature Calculations for the Authorization Header", its four examples. */
static const Vector vectors[] = {
  { "GET",
    "/test.txt",
    NULL,
    { "host", "examplebucket.s3.amazonaws.com", "range", "bytes=0-9", "x-amz-content-sha256", EMPTY,
      "x-amz-date", "20130524T000000Z" },
    "host;range;x-amz-content-sha256;x-amz-date",
    EMPTY,
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
  { "PUT",
    "/test$file.text",
    NULL,
    { "date", "Fri, 24 May 2013 00:00:00 GMT", "host", "examplebucket.s3.amazonaws.com",
      "x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
      "x-amz-date", "20130524T000000Z", "x-amz-storage-class", "REDUCED_REDUNDANCY" },
    "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
  { "GET",
    "/",
    "lifecycle",
    { "host", "examplebucket.s3.amazonaws.com", "x-amz-content-sha256", EMPTY, "x-amz-date",
      "20130524T000000Z" },
    "host;x-amz-content-sha256;x-amz-date",
    EMPTY,
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
  { "GET",
    "/",
    "prefix=J&max-keys=2",
    { "host", "examplebucket.s3.amazonaws.com", "x-amz-content-sha256", EMPTY, "x-amz-date",
      "20130524T000000Z" },
    "host;x-amz-content-sha256;x-amz-date",
    EMPTY,
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
};

static const char *
vector_header (gpointer user_data, const char *name)
{
  const Vector *vector = user_data;

  for (guint i = 0; i + 1 < G_N_ELEMENTS (vector->headers) && vector->headers[i] != NULL; i += 2)
    if (strcmp (vector->headers[i], name) == 0)
      return vector->headers[i + 1];

  return NULL;
}

static void
test_vectors (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      const Vector *vector = &vectors[i];
      CrSandboxSigv4Request request = {
        vector->method,         vector->path,         vector->query,
        "20130524T000000Z",     "us-east-1",          "s3",
        vector->signed_headers, vector->payload_hash, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        vector_header,          (gpointer) vector
      };
      g_autofree char *signature = cr_sandbox_sigv4_sign (&request);

      g_assert_cmpstr (signature, ==, vector->signature);
    }
}

/* What to get wrong, one thing at a time. */
typedef struct
{
  const char *access_key;
  const char *secret_key;
  const char *region;
  const char *payload_hash;
  gint64 skew_ms;
  const char *md5;
} Wrong;

typedef struct
{
  const char *host;
  const char *date;
  const char *hash;
} Signed;

static const char *
signed_header (gpointer user_data, const char *name)
{
  const Signed *signed_values = user_data;

  return strcmp (name, "host") == 0                 ? signed_values->host
       : strcmp (name, "x-amz-content-sha256") == 0 ? signed_values->hash
                                                    : signed_values->date;
}

static CrReply *
send (CrSandboxRig *rig,
      const char *method,
      const char *key,
      const char *query,
      const char *body,
      const Wrong *wrong)
{
  static const Wrong nothing;
  const Wrong *w = wrong != NULL ? wrong : &nothing;
  JsonObject *about = cr_json_object (rig->about, "bucket");
  g_autofree char *path = g_strconcat ("/s3/", key, NULL);
  g_autofree char *encoded = cr_sandbox_sigv4_encode (path, TRUE);
  g_autofree char *target =
      g_strdup_printf ("%s%s%s", encoded, query != NULL ? "?" : "", query != NULL ? query : "");
  g_autofree char *hash = cr_sandbox_sigv4_hash (body, body != NULL ? strlen (body) : 0);
  g_autoptr (GDateTime) time =
      g_date_time_new_from_unix_utc ((cr_sandbox_rig_now_ms + w->skew_ms) / 1000);
  g_autofree char *date = g_date_time_format (time, "%Y%m%dT%H%M%SZ");
  Signed values = { strstr (cr_sandbox_get_uri (rig->sandbox), "//") + 2, date,
                    w->payload_hash != NULL ? w->payload_hash : hash };
  const char *region = w->region != NULL ? w->region : cr_json_string (about, "region");
  CrSandboxSigv4Request request = { method,
                                    path,
                                    query,
                                    date,
                                    region,
                                    "s3",
                                    "host;x-amz-content-sha256;x-amz-date",
                                    values.hash,
                                    w->secret_key != NULL ? w->secret_key
                                                          : cr_json_string (about, "secret_key"),
                                    signed_header,
                                    &values };
  g_autofree char *signature = cr_sandbox_sigv4_sign (&request);
  g_autofree char *authorization = g_strdup_printf (
      "AWS4-HMAC-SHA256 Credential=%s/%.8s/%s/s3/aws4_request,SignedHeaders=%s,Signature=%s",
      w->access_key != NULL ? w->access_key : cr_json_string (about, "access_key"), date, region,
      request.signed_headers, signature);
  SoupMessage *message = cr_sandbox_rig_message (rig, method, target);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autoptr (GBytes) bytes = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;

  soup_message_headers_append (headers, "Authorization", authorization);
  soup_message_headers_append (headers, "x-amz-date", date);
  soup_message_headers_append (headers, "x-amz-content-sha256", values.hash);
  if (w->md5 != NULL)
    soup_message_headers_append (headers, "Content-MD5", w->md5);
  return cr_sandbox_rig_send (rig, message, "application/x-ndjson", bytes);
}

static char *
find_element (CrReply *reply, const char *name, guint index)
{
  g_autofree char *open = g_strdup_printf ("<%s>", name);
  const char *p = reply->body;

  for (guint i = 0; i <= index; i++)
    {
      p = p != NULL ? strstr (p, open) : NULL;
      p = p != NULL ? p + strlen (open) : NULL;
    }

  return p != NULL ? g_strndup (p, strcspn (p, "<")) : NULL;
}

static void
test_objects (void)
{
  static const char key[] = "clinic-lake/run 1/patient_id=ü/Obs+1.ndjson";
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (CrReply) put = send (rig, "PUT", key, NULL, "{\"v\":1.10}\n", NULL);
  g_autoptr (CrReply) get = NULL, head = NULL, removed = NULL, gone = NULL, bucket = NULL,
                      none = NULL;

  g_assert_cmpuint (put->status, ==, 200);
  g_assert_cmpstr (cr_reply_header (put, "ETag"), ==, "\"80d5892934739472e35f5235d3de9273\"");
  cr_sandbox_rig_restart (rig);
  get = send (rig, "GET", key, NULL, NULL, NULL);
  g_assert_cmpstr (get->body, ==, "{\"v\":1.10}\n");
  g_assert_cmpstr (cr_reply_header (get, "Content-Type"), ==, "application/x-ndjson");
  head = send (rig, "HEAD", key, NULL, NULL, NULL);
  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpuint (head->length, ==, 0);
  g_assert_cmpstr (cr_reply_header (head, "Content-Length"), ==, "11");
  removed = send (rig, "DELETE", key, NULL, NULL, NULL);
  g_assert_cmpuint (removed->status, ==, 204);
  gone = send (rig, "GET", key, NULL, NULL, NULL);
  g_assert_cmpuint (gone->status, ==, 404);
  g_assert_nonnull (strstr (gone->body, "<Code>NoSuchKey</Code>"));
  bucket = send (rig, "HEAD", "clinic-lake", NULL, NULL, NULL);
  g_assert_cmpuint (bucket->status, ==, 200);
  none = send (rig, "GET", "other/key", NULL, NULL, NULL);
  g_assert_nonnull (strstr (none->body, "<Code>NoSuchBucket</Code>"));
}

static void
test_refusals (void)
{
  static const struct
  {
    Wrong wrong;
    guint status;
    const char *code;
  } rows[] = {
    { { .access_key = "SOMEBODY" }, 403, "InvalidAccessKeyId" },
    { { .secret_key = "guess" }, 403, "SignatureDoesNotMatch" },
    { { .region = "eu-west-1" }, 400, "AuthorizationHeaderMalformed" },
    { { .payload_hash = EMPTY }, 400, "XAmzContentSHA256Mismatch" },
    { { .skew_ms = 901000 }, 403, "RequestTimeTooSkewed" },
    { { .skew_ms = -901000 }, 403, "RequestTimeTooSkewed" },
    { { .md5 = "AAAAAAAAAAAAAAAAAAAAAA==" }, 400, "BadDigest" },
  };
  static const Wrong allowed = { .payload_hash = "UNSIGNED-PAYLOAD", .skew_ms = 840000 };
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (CrReply) anonymous = cr_sandbox_rig_get (rig, "/s3/clinic-lake/k", NULL);
  g_autoptr (CrReply) good = NULL;

  g_assert_cmpuint (anonymous->status, ==, 403);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CrReply) reply = send (rig, "PUT", "clinic-lake/k", NULL, "body", &rows[i].wrong);
      g_autofree char *code = find_element (reply, "Code", 0);

      g_assert_cmpuint (reply->status, ==, rows[i].status);
      g_assert_cmpstr (code, ==, rows[i].code);
    }
  good = send (rig, "PUT", "clinic-lake/k", NULL, "body", &allowed);
  g_assert_cmpuint (good->status, ==, 200);
}

static void
test_listing (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autofree char *token = NULL, *query = NULL, *third = NULL, *none = NULL, *prefix = NULL;
  g_autoptr (CrReply) first = NULL, second = NULL, folders = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *key = g_strdup_printf ("clinic-lake/a/%u", i);
      g_autoptr (CrReply) reply = send (rig, "PUT", key, NULL, "x", NULL);

      g_assert_cmpuint (reply->status, ==, 200);
    }
  first = send (rig, "GET", "clinic-lake", "list-type=2&prefix=a%2F&max-keys=2", NULL, NULL);
  token = find_element (first, "NextContinuationToken", 0);
  g_assert_nonnull (token);
  query = g_strdup_printf ("list-type=2&prefix=a%%2F&max-keys=2&continuation-token=%s", token);
  second = send (rig, "GET", "clinic-lake", query, NULL, NULL);
  third = find_element (second, "Key", 0);
  none = find_element (second, "Key", 1);
  g_assert_cmpstr (third, ==, "a/2");
  g_assert_null (none);
  g_assert_nonnull (strstr (second->body, "<IsTruncated>false<"));
  folders = send (rig, "GET", "clinic-lake", "list-type=2&delimiter=%2F", NULL, NULL);
  prefix = find_element (folders, "Prefix", 1);
  g_assert_cmpstr (prefix, ==, "a/");
}

static void
test_multipart (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (CrReply) started = send (rig, "POST", "clinic-lake/big", "uploads", "", NULL);
  g_autofree char *id = find_element (started, "UploadId", 0);
  g_autofree char *one = g_strdup_printf ("partNumber=1&uploadId=%s", id);
  g_autofree char *two = g_strdup_printf ("partNumber=2&uploadId=%s", id);
  g_autofree char *all = g_strdup_printf ("uploadId=%s", id);
  g_autoptr (CrReply) first = send (rig, "PUT", "clinic-lake/big", one, "first ", NULL);
  g_autoptr (CrReply) second = NULL, bad = NULL, complete = NULL, whole = NULL, aborted = NULL;
  g_autofree char *list = NULL, *false_list = NULL;

  cr_sandbox_rig_restart (rig);
  second = send (rig, "PUT", "clinic-lake/big", two, "second", NULL);
  list = g_strdup_printf (
      "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part>"
      "<Part><PartNumber>2</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>",
      cr_reply_header (first, "ETag"), cr_reply_header (second, "ETag"));
  false_list =
      g_strdup_printf ("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag>"
                       "</Part></CompleteMultipartUpload>",
                       cr_reply_header (second, "ETag"));
  bad = send (rig, "POST", "clinic-lake/big", all, false_list, NULL);
  g_assert_cmpuint (bad->status, ==, 400);
  complete = send (rig, "POST", "clinic-lake/big", all, list, NULL);
  g_assert_cmpuint (complete->status, ==, 200);
  whole = send (rig, "GET", "clinic-lake/big", NULL, NULL, NULL);
  g_assert_cmpstr (whole->body, ==, "first second");
  g_assert_true (g_str_has_suffix (cr_reply_header (whole, "ETag"), "-2\""));
  aborted = send (rig, "DELETE", "clinic-lake/big", all, NULL, NULL);
  g_assert_cmpuint (aborted->status, ==, 404);
}

static void
test_faults (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (CrReply) denied = NULL, allowed = NULL, skewed = NULL, busy = NULL;

  cr_sandbox_rig_fault (rig, "s3-denied", "{\"methods\":[\"DELETE\"]}");
  denied = send (rig, "DELETE", "clinic-lake/k", NULL, NULL, NULL);
  allowed = send (rig, "PUT", "clinic-lake/k", NULL, "x", NULL);
  g_assert_cmpuint (denied->status, ==, 403);
  g_assert_cmpuint (allowed->status, ==, 200);
  cr_sandbox_rig_fault (rig, "s3-skew", "{\"count\":1}");
  skewed = send (rig, "GET", "clinic-lake/k", NULL, NULL, NULL);
  g_assert_nonnull (strstr (skewed->body, "RequestTimeTooSkewed"));
  cr_sandbox_rig_fault (rig, "s3-status", "{\"count\":1}");
  busy = send (rig, "GET", "clinic-lake/k", NULL, NULL, NULL);
  g_assert_cmpuint (busy->status, ==, 503);
}

/* The scanner takes what RFC 8259 allows and nothing else. */
static void
test_span (void)
{
  static const char *const good[] = { "{}", " [1 , -0.0,1E+2 , \"\\u00e9\\/\"]\n", "null", "[[[]]]",
                                      "0" };
  static const char *const bad[] = { "",        "{",     "[1,]",     "{\"a\":1,}", "01",
                                     "1.",      "+1",    "tru",      "\"a",        "[1]x",
                                     "\"\\x\"", "{a:1}", "\"\n\"",   "1e",         ".5",
                                     "{\"a\"}", "[1 2]", "\"\xff\"", "-",          "\"\\u12g4\"" };
  g_autoptr (GString) deep = g_string_new (NULL);
  CrSandboxSpan value;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (cr_sandbox_span_check (good[i], strlen (good[i]), &value));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (cr_sandbox_span_check (bad[i], strlen (bad[i]), &value));
  for (guint i = 0; i < 100000; i++)
    g_string_append_c (deep, '[');
  g_assert_false (cr_sandbox_span_check (deep->str, deep->len, &value));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sandbox/bucket/vectors", test_vectors);
  g_test_add_func ("/sandbox/bucket/objects", test_objects);
  g_test_add_func ("/sandbox/bucket/refusals", test_refusals);
  g_test_add_func ("/sandbox/bucket/listing", test_listing);
  g_test_add_func ("/sandbox/bucket/multipart", test_multipart);
  g_test_add_func ("/sandbox/bucket/faults", test_faults);
  g_test_add_func ("/sandbox/bucket/span", test_span);
  return g_test_run ();
}
