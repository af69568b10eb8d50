/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-json.h"
#include "base/cr-time.h"
#include "sandbox/cr-description.h"
#include "sandbox/cr-sandbox-bucket.h"
#include "sandbox/cr-sandbox-sigv4.h"
#include "sandbox/cr-sandbox-text.h"

#define MAX_KEYS 1000

const char *
cr_sandbox_bucket_access_key (void)
{
  return "SANDBOXKEY0000000001";
}

void
cr_sandbox_bucket_fail (CrVisit *x, guint status, const char *code, const char *message)
{
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>");

  g_string_append_printf (out, "%s</Code><Message>", code);
  cr_sandbox_text_add_html (out, message);
  g_string_append (out, "</Message><RequestId>0000000000000000</RequestId></Error>");
  cr_visit_answer_string (x, status, "application/xml", out);
}

/* Returns: (transfer full): the decoded key, "" for the bucket itself */
static char *
find_key (CrVisit *x)
{
  const char *p = x->raw_path;
  char *key;

  for (guint slashes = 0; *p != '\0'; p++)
    if (*p == '/' && ++slashes == 3)
      break;
  key = g_uri_unescape_string (*p == '/' ? p + 1 : p, NULL);
  return key != NULL ? key : g_strdup ("");
}

static void
add_object (GString *out, const CrSandboxObject *object, gboolean encode)
{
  g_autofree char *stored = cr_time_to_string (object->stored_ms);
  g_autofree char *encoded = encode ? cr_sandbox_sigv4_encode (object->key, TRUE) : NULL;

  g_string_append (out, "<Contents><Key>");
  cr_sandbox_text_add_html (out, encode ? encoded : object->key);
  g_string_append_printf (out,
                          "</Key><LastModified>%s</LastModified><ETag>&quot;%s&quot;</ETag>"
                          "<Size>%" G_GSIZE_FORMAT
                          "</Size><StorageClass>STANDARD</StorageClass></Contents>",
                          stored, object->etag, object->size);
}

/* What stands before the delimiter is listed once. */
static char *
common_prefix (const char *key, const char *prefix, const char *delimiter)
{
  const char *found;

  if (delimiter == NULL || delimiter[0] == '\0')
    return NULL;

  found = strstr (key + strlen (prefix), delimiter);
  return found != NULL ? g_strndup (key, (gsize) (found - key) + strlen (delimiter)) : NULL;
}

/* One listing as it is written. */
typedef struct
{
  const char *prefix;
  const char *delimiter; /* (nullable) */
  gboolean encode;
  guint max;
  char *from;        /* (owned): keys up to this one were listed before */
  char *last;        /* (owned) (nullable): the last key that was looked at */
  char *last_prefix; /* (owned) (nullable) */
  guint n;
  gboolean is_truncated;
} Listing;

static void
listing_init (Listing *listing, CrVisit *x)
{
  const char *prefix = cr_visit_query (x, "prefix");
  const char *token = cr_visit_query (x, "continuation-token");
  const char *after = cr_visit_query (x, "start-after");
  const char *max = cr_visit_query (x, "max-keys");
  gsize length;

  memset (listing, 0, sizeof *listing);
  listing->prefix = prefix != NULL ? prefix : "";
  listing->delimiter = cr_visit_query (x, "delimiter");
  listing->encode = g_strcmp0 (cr_visit_query (x, "encoding-type"), "url") == 0;
  listing->max = max != NULL ? (guint) MIN (g_ascii_strtoull (max, NULL, 10), MAX_KEYS) : MAX_KEYS;
  if (token != NULL)
    {
      g_autofree guchar *plain = g_base64_decode (token, &length);

      listing->from = g_strndup ((const char *) plain, length);
    }
  else
    listing->from = g_strdup (after != NULL ? after : "");
}

static void
listing_clear (Listing *listing)
{
  g_free (listing->from);
  g_free (listing->last);
  g_free (listing->last_prefix);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Listing, listing_clear)

static gboolean
is_listed (Listing *listing, const char *key, const char *common)
{
  if (strcmp (key, listing->from) <= 0)
    return TRUE;

  return common != NULL && (g_strcmp0 (common, listing->last_prefix) == 0 ||
                            g_str_has_prefix (listing->from, common));
}

/* Returns: FALSE when there is no room for @object */
static gboolean
list_object (Listing *listing, GString *out, const CrSandboxObject *object)
{
  g_autofree char *common = common_prefix (object->key, listing->prefix, listing->delimiter);

  if (is_listed (listing, object->key, common))
    return TRUE;
  if (listing->n == listing->max)
    {
      listing->is_truncated = TRUE;
      return FALSE;
    }

  listing->n++;
  g_free (listing->last);
  listing->last = g_strdup (object->key);
  if (common == NULL)
    {
      add_object (out, object, listing->encode);
      return TRUE;
    }

  g_string_append (out, "<CommonPrefixes><Prefix>");
  cr_sandbox_text_add_html (out, common);
  g_string_append (out, "</Prefix></CommonPrefixes>");
  g_free (listing->last_prefix);
  listing->last_prefix = g_steal_pointer (&common);
  return TRUE;
}

/* Source: Amazon S3 API Reference, ListObjectsV2 */
static void
list_objects (CrVisit *x)
{
  g_auto (Listing) listing = { 0 };
  g_autoptr (GPtrArray) objects = NULL;
  GString *out = g_string_new (
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>" CR_SANDBOX_BUCKET_NAME
      "</Name><Prefix>");

  listing_init (&listing, x);
  objects = cr_sandbox_bucket_list (x->house->bucket, listing.prefix);
  cr_sandbox_text_add_html (out, listing.prefix);
  g_string_append_printf (out, "</Prefix><MaxKeys>%u</MaxKeys>%s", listing.max,
                          listing.encode ? "<EncodingType>url</EncodingType>" : "");
  for (guint i = 0; i < objects->len; i++)
    if (!list_object (&listing, out, g_ptr_array_index (objects, i)))
      break;

  g_string_append_printf (out, "<KeyCount>%u</KeyCount><IsTruncated>%s</IsTruncated>", listing.n,
                          listing.is_truncated ? "true" : "false");
  if (listing.is_truncated && listing.last != NULL)
    {
      g_autofree char *next =
          g_base64_encode ((const guchar *) listing.last, strlen (listing.last));

      g_string_append_printf (out, "<NextContinuationToken>%s</NextContinuationToken>", next);
    }
  g_string_append (out, "</ListBucketResult>");
  cr_visit_answer_string (x, 200, "application/xml", out);
}

static void
put_object (CrVisit *x, const char *key, GBytes *body)
{
  const char *claimed = cr_visit_header (x, "Content-MD5");
  const char *type = cr_visit_header (x, "Content-Type");
  g_autofree char *md5 = g_compute_checksum_for_bytes (G_CHECKSUM_MD5, body);
  g_autofree char *etag = g_strdup_printf ("\"%s\"", md5);
  g_autoptr (GError) error = NULL;
  guint8 digest[16];
  gsize n = sizeof digest;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  g_autofree char *base64 = NULL;

  g_checksum_update (sum, g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body));
  g_checksum_get_digest (sum, digest, &n);
  base64 = g_base64_encode (digest, n);
  if (claimed != NULL && strcmp (claimed, base64) != 0)
    cr_sandbox_bucket_fail (x, 400, "BadDigest",
                            "The Content-MD5 you specified did not match what was received.");
  else if (strlen (key) > 1024)
    cr_sandbox_bucket_fail (x, 400, "KeyTooLongError", "Your key is too long");
  else if (!cr_sandbox_bucket_put (x->house->bucket, key,
                                   type != NULL ? type : "binary/octet-stream", md5, &body, 1,
                                   x->now_ms, &error))
    cr_sandbox_bucket_fail (x, 507, "InternalError", error->message);
  else
    {
      cr_visit_set_header (x, "ETag", etag);
      cr_visit_answer_text (x, 200, "application/xml", "");
    }
}

static void
get_object (CrVisit *x, const char *key)
{
  CrSandboxObject *object = cr_sandbox_bucket_find (x->house->bucket, key);
  g_autoptr (GBytes) content =
      object != NULL ? cr_sandbox_bucket_read (x->house->bucket, object) : NULL;
  g_autoptr (GDateTime) stamp = NULL;
  g_autofree char *etag = NULL, *modified = NULL;
  gsize length;
  const char *data;

  if (content == NULL)
    {
      cr_sandbox_bucket_fail (x, 404, "NoSuchKey", "The specified key does not exist.");
      return;
    }

  stamp = g_date_time_new_from_unix_utc (object->stored_ms / 1000);
  modified = g_date_time_format (stamp, "%a, %d %b %Y %H:%M:%S GMT");
  etag = g_strdup_printf ("\"%s\"", object->etag);
  cr_visit_set_header (x, "ETag", etag);
  cr_visit_set_header (x, "Last-Modified", modified);
  cr_visit_set_header (x, "Accept-Ranges", "bytes");
  data = g_bytes_get_data (content, &length);
  cr_visit_answer (x, 200, object->content_type, g_memdup2 (data, length), length);
}

static void
handle_key (CrVisit *x, const char *key, GBytes *body)
{
  const char *upload = cr_visit_query (x, "uploadId");

  if (cr_visit_is (x, "PUT") && upload != NULL)
    cr_sandbox_bucket_put_part (x, upload, body);
  else if (cr_visit_is (x, "PUT"))
    put_object (x, key, body);
  else if (cr_visit_is (x, "POST") && upload != NULL)
    cr_sandbox_bucket_complete_upload (x, key, upload, body);
  else if (cr_visit_is (x, "POST") && cr_visit_query (x, "uploads") != NULL)
    cr_sandbox_bucket_start_upload (x, key);
  else if (cr_visit_is (x, "DELETE") && upload != NULL)
    cr_sandbox_bucket_abort_upload (x, upload);
  else if (cr_visit_is (x, "DELETE"))
    {
      cr_sandbox_bucket_delete (x->house->bucket, key);
      cr_visit_answer_text (x, 204, "application/xml", "");
    }
  else if (cr_visit_is (x, "GET") && upload != NULL)
    cr_sandbox_bucket_list_parts (x, key, upload);
  else if (cr_visit_is (x, "GET") || cr_visit_is (x, "HEAD"))
    get_object (x, key);
  else
    cr_sandbox_bucket_fail (x, 405, "MethodNotAllowed",
                            "The specified method is not allowed here.");
}

static void
handle_bucket (CrVisit *x)
{
  if (cr_visit_is (x, "HEAD"))
    cr_visit_answer_text (x, 200, "application/xml", "");
  else if (!cr_visit_is (x, "GET"))
    cr_sandbox_bucket_fail (x, 405, "MethodNotAllowed",
                            "The specified method is not allowed here.");
  else if (cr_visit_query (x, "uploads") != NULL)
    cr_sandbox_bucket_list_uploads (x);
  else if (cr_visit_query (x, "location") != NULL)
    cr_visit_answer_text (x, 200, "application/xml",
                          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint "
                          "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>");
  else
    list_objects (x);
}

static gboolean
answer_odd (CrVisit *x)
{
  CrFaults *faults = x->house->faults;

  if (cr_faults_take (faults, "s3-hang", NULL))
    {
      x->delay_ms = (guint) cr_faults_int (faults, "s3-hang", "delay_ms", 600000);
      return FALSE;
    }
  if (cr_faults_take (faults, "s3-cut", NULL))
    cr_visit_answer_cut (x, "application/xml", g_string_new ("<ListBucketResult/>"));
  else if (cr_faults_take (faults, "s3-html", NULL))
    cr_visit_answer_text (x, 200, "text/html", "<html><body>Welcome to the hotel</body></html>");
  else if (cr_visit_is (x, "PUT") && cr_faults_take (faults, "s3-full", NULL))
    cr_sandbox_bucket_fail (x, 403, "QuotaExceeded", "");
  else if (cr_visit_header (x, "x-amz-checksum-sha256") != NULL &&
           cr_faults_take (faults, "s3-checksum", NULL))
    cr_sandbox_bucket_fail (x, 501, "NotImplemented",
                            "A header you provided implies functionality that is not implemented.");
  else if (cr_visit_is (x, "POST") && cr_visit_query (x, "uploadId") != NULL &&
           cr_faults_take (faults, "s3-complete", NULL))
    {
      cr_sandbox_bucket_fail (x, 200, "InternalError", "We encountered an internal error.");
    }
  else
    return FALSE;

  return TRUE;
}

/* The faults that every kind of object storage has. */
gboolean
cr_sandbox_bucket_answer_fault (CrVisit *x)
{
  CrFaults *faults = x->house->faults;
  gboolean is_azure = strcmp (cr_visit_segment (x, 0), "azure") == 0;
  guint status;

  if (cr_faults_has_method (faults, "s3-status", x->method) &&
      cr_faults_take (faults, "s3-status", NULL))
    {
      status = (guint) cr_faults_int (faults, "s3-status", "status", 503);
      cr_sandbox_bucket_fail (x, status, status == 503 ? "SlowDown" : "InternalError",
                              "Please reduce your request rate.");
      return TRUE;
    }
  if (cr_faults_has_method (faults, "s3-denied", x->method) &&
      cr_faults_take (faults, "s3-denied", NULL))
    {
      cr_sandbox_bucket_fail (x, 403, is_azure ? "AuthorizationPermissionMismatch" : "AccessDenied",
                              "Access Denied");
      return TRUE;
    }

  return answer_odd (x);
}

/* Everything under /s3. */
void
cr_sandbox_bucket_handle (CrVisit *x)
{
  g_autoptr (GBytes) body = cr_visit_body (x);
  g_autofree char *key = find_key (x);

  if (!cr_sandbox_bucket_check_signature (x, body) || cr_sandbox_bucket_answer_fault (x))
    return;

  if (strcmp (cr_visit_segment (x, 1), CR_SANDBOX_BUCKET_NAME) != 0)
    cr_sandbox_bucket_fail (x, 404, "NoSuchBucket", "The specified bucket does not exist");
  else if (key[0] != '\0')
    handle_key (x, key, body);
  else
    handle_bucket (x);
}
