/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-object-dialect.h"
#include "export/cr-s3-reply.h"
#include "export/cr-sigv4.h"

#include <string.h>

/* Path style: endpoint/bucket/key. Virtual-host style: scheme://bucket.host/key. */
static char *
make_url (const CrObjectAccount *account, const char *key, const char *query)
{
  g_autofree char *bucket = cr_sigv4_encode (account->bucket, FALSE);
  g_autofree char *path = cr_sigv4_encode (key != NULL ? key : "", TRUE);
  const char *scheme_end = strstr (account->endpoint, "://");
  g_autofree char *base = NULL;

  if (account->is_virtual && scheme_end != NULL)
    base = g_strdup_printf ("%.*s://%s.%s/", (int) (scheme_end - account->endpoint),
                            account->endpoint, bucket, scheme_end + 3);
  else
    base = g_strconcat (account->endpoint, "/", bucket, path[0] != '\0' ? "/" : "", NULL);

  return g_strconcat (base, path, query != NULL ? "?" : "", query, NULL);
}

static char *
make_query (const CrObjectCall *call)
{
  g_autofree char *key = NULL;
  g_autofree char *upload = call->upload != NULL ? cr_sigv4_encode (call->upload, FALSE) : NULL;

  switch (call->verb)
    {
    case CR_OBJECT_LIST:
      key = cr_sigv4_encode (call->key, FALSE);
      return g_strconcat ("list-type=2&max-keys=2&prefix=", key, NULL);
    case CR_OBJECT_UPLOADS:
      key = cr_sigv4_encode (call->key, FALSE);
      return g_strconcat ("prefix=", key, "&uploads=", NULL);
    case CR_OBJECT_BEGIN:
      return g_strdup ("uploads=");
    case CR_OBJECT_PART:
      return g_strdup_printf ("partNumber=%u&uploadId=%s", call->part, upload);
    case CR_OBJECT_COMPLETE:
    case CR_OBJECT_ABORT:
    case CR_OBJECT_PARTS:
      return g_strconcat ("uploadId=", upload, NULL);
    case CR_OBJECT_PUT:
    case CR_OBJECT_GET:
    case CR_OBJECT_HEAD:
    case CR_OBJECT_DELETE:
    default:
      return NULL;
    }
}

static GBytes *
make_complete (const CrObjectCall *call)
{
  GString *text = g_string_new ("<CompleteMultipartUpload>");

  for (guint i = 0; i < call->tags->len; i++)
    {
      g_autofree char *tag = g_markup_escape_text (g_ptr_array_index (call->tags, i), -1);

      g_string_append_printf (text, "<Part><PartNumber>%u</PartNumber><ETag>%s</ETag></Part>",
                              i + 1, tag);
    }
  g_string_append (text, "</CompleteMultipartUpload>");
  return g_string_free_to_bytes (text);
}

static const char *const methods[] = {
  [CR_OBJECT_PUT] = "PUT",   [CR_OBJECT_GET] = "GET",       [CR_OBJECT_HEAD] = "HEAD",
  [CR_OBJECT_LIST] = "GET",  [CR_OBJECT_DELETE] = "DELETE", [CR_OBJECT_BEGIN] = "POST",
  [CR_OBJECT_PART] = "PUT",  [CR_OBJECT_COMPLETE] = "POST", [CR_OBJECT_ABORT] = "DELETE",
  [CR_OBJECT_PARTS] = "GET", [CR_OBJECT_UPLOADS] = "GET",
};

static char *
from_hex (const char *hex)
{
  guint8 bytes[32];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] =
        (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return g_base64_encode (bytes, sizeof bytes);
}

/* What the storage compares with what arrived: the newer checksum where it takes one, else MD5,
 * which all of them know. A part may carry the newer one only where the upload was begun with it.
 */
static gboolean
sends_md5 (const CrObjectAccount *account, CrObjectVerb verb)
{
  return verb == CR_OBJECT_PART || (verb == CR_OBJECT_PUT && !account->sends_checksum);
}

static char **
make_checksums (const CrObjectAccount *account, const CrObjectCall *call, const char *sha256)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *md5 = NULL;
  g_autofree char *newer = NULL;

  if (call->body != NULL && sends_md5 (account, call->verb))
    {
      md5 = call->body_md5 != NULL ? g_strdup (call->body_md5) : cr_object_md5 (call->body);
      g_strv_builder_add_many (builder, "content-md5", md5, NULL);
    }
  else if (call->body != NULL && call->verb == CR_OBJECT_PUT)
    {
      newer = from_hex (sha256);
      g_strv_builder_add_many (builder, "x-amz-checksum-sha256", newer, NULL);
    }
  if (account->sends_checksum && call->verb == CR_OBJECT_HEAD)
    g_strv_builder_add_many (builder, "x-amz-checksum-mode", "ENABLED", NULL);

  return g_strv_builder_end (builder);
}

/* Source: Amazon S3 API Reference: PutObject, GetObject, ListObjectsV2, DeleteObject,
 * CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload, ListParts,
 * ListMultipartUploads; Cloud Storage XML API, which has the same. */
static gboolean
write_request (const CrObjectAccount *account,
               const CrObjectCall *call,
               gint64 now_ms,
               CrObjectRequest *request,
               GError **error)
{
  CrSigV4Key key = { account->access_key, account->secret,
                     account->region != NULL ? account->region : "us-east-1", "s3",
                     account->token };
  gboolean is_of_bucket = call->verb == CR_OBJECT_LIST || call->verb == CR_OBJECT_UPLOADS;
  g_autofree char *query = make_query (call);
  g_autofree char *sha256 = NULL;
  g_auto (GStrv) checksums = NULL;
  gconstpointer data = "";
  gsize n_bytes = 0;

  request->method = methods[call->verb];
  request->url = make_url (account, is_of_bucket ? NULL : call->key, query);
  request->body = call->verb == CR_OBJECT_COMPLETE ? make_complete (call)
                : call->body != NULL               ? g_bytes_ref (call->body)
                                                   : NULL;
  request->content_type = call->verb == CR_OBJECT_COMPLETE ? g_strdup ("application/xml")
                                                           : g_strdup (call->content_type);
  if (request->body != NULL && g_bytes_get_size (request->body) > 0)
    data = g_bytes_get_data (request->body, &n_bytes);
  sha256 = call->body_sha256 != NULL ? g_strdup (call->body_sha256) : cr_sha256_hex (data, n_bytes);
  checksums = make_checksums (account, call, sha256);
  request->headers = cr_sigv4_headers (&key, request->method, request->url, sha256,
                                       (const char *const *) checksums, now_ms);
  if (request->headers != NULL)
    return TRUE;

  g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT, "The endpoint is no address; check it");
  return FALSE;
}

static const char *
body_of (const CrReply *reply, gsize *n_bytes)
{
  const char *body = reply->body != NULL ? g_bytes_get_data (reply->body, n_bytes) : NULL;

  if (body == NULL)
    *n_bytes = 0;
  return body != NULL ? body : "";
}

/* A 200 is not enough: Complete answers it before it knows how it ends, and what stands between may
 * answer a page of its own. */
static gboolean
check (const CrObjectAccount *account,
       const CrObjectCall *call,
       const CrReply *reply,
       const char *words,
       GError **error)
{
  gsize n_bytes;
  const char *body = body_of (reply, &n_bytes);
  const char *wanted = call->verb == CR_OBJECT_COMPLETE ? "CompleteMultipartUploadResult"
                     : call->verb == CR_OBJECT_BEGIN    ? "InitiateMultipartUploadResult"
                     : call->verb == CR_OBJECT_LIST     ? "ListBucketResult"
                     : call->verb == CR_OBJECT_UPLOADS  ? "ListMultipartUploadsResult"
                                                        : NULL;

  if (reply->status >= 200 && reply->status < 300 && call->verb == CR_OBJECT_COMPLETE &&
      g_strstr_len (body, (gssize) n_bytes, "<Error>") != NULL)
    {
      CrReply inner = *reply;

      inner.status = 500;
      return cr_s3_reply_check (&inner, words, account->region, error);
    }
  if (!cr_s3_reply_check (reply, words, account->region, error))
    return FALSE;
  if (wanted != NULL && g_strstr_len (body, (gssize) n_bytes, wanted) != NULL)
    return TRUE;
  if (wanted == NULL && ((call->verb != CR_OBJECT_PUT && call->verb != CR_OBJECT_PART) ||
                         cr_reply_header (reply, "etag") != NULL))
    return TRUE;

  g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY,
               "What answered is no object storage, though it said yes to %s; check the endpoint",
               words);
  return FALSE;
}

static char *
read_upload (const CrReply *reply)
{
  gsize n_bytes;
  const char *body = body_of (reply, &n_bytes);

  return cr_s3_reply_text (body, n_bytes, "UploadId");
}

static char *
read_tag (const CrObjectCall *call, const CrReply *reply)
{
  return g_strdup (cr_reply_header (reply, "etag"));
}

static GPtrArray *
read_uploads (const char *key, const CrReply *reply)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  gsize n_bytes;
  const char *body = body_of (reply, &n_bytes);
  g_autofree char *text = g_strndup (body, n_bytes);
  g_autofree char *escaped = g_markup_escape_text (key, -1);
  g_autofree char *wanted = g_strdup_printf ("<Key>%s</Key>", escaped);
  g_auto (GStrv) uploads = g_strsplit (text, "<Upload>", -1);

  for (guint i = 1; uploads[0] != NULL && uploads[i] != NULL; i++)
    {
      char *id = strstr (uploads[i], wanted) != NULL
                   ? cr_s3_reply_text (uploads[i], strlen (uploads[i]), "UploadId")
                   : NULL;

      if (id != NULL)
        g_ptr_array_add (ids, id);
    }

  return ids;
}

/* The region the storage names, and whether it knows the newer checksums. */
static gboolean
learn (CrObjectAccount *account, const char *region, gboolean had_checksum, const CrReply *reply)
{
  g_autofree char *right = cr_s3_reply_region (reply);
  gsize n_bytes;
  const char *body = body_of (reply, &n_bytes);
  g_autofree char *code = NULL;

  if (reply->status < 300)
    return FALSE;
  if (right != NULL && g_strcmp0 (right, region) != 0)
    {
      g_free (account->region);
      account->region = g_steal_pointer (&right);
      return TRUE;
    }

  code = cr_s3_error_code (body, n_bytes);
  if (had_checksum && cr_s3_refuses_checksum (reply->status, code))
    {
      account->sends_checksum = FALSE;
      return TRUE;
    }

  return FALSE;
}

const CrObjectDialect cr_s3_dialect = {
  .has_uploads = TRUE,
  .signs_body = TRUE,
  .sends_md5 = sends_md5,
  .write = write_request,
  .check = check,
  .read_upload = read_upload,
  .read_tag = read_tag,
  .read_uploads = read_uploads,
  .learn = learn,
};
