/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-s3-reply.h"

#include "base/cr-error.h"
#include "base/cr-said.h"

#include <string.h>

typedef struct
{
  const char *code;
  CrErrorCode remedy;
  const char *words; /* one %s: the verb */
} S3Error;

static const S3Error s3_errors[] = {
  { "AccessDenied", CR_ERROR_REFUSED,
    CR_SAID ("The access key may not %s here; give it that permission") },
  { "AllAccessDisabled", CR_ERROR_REFUSED,
    CR_SAID ("The access key may not %s here; give it that permission") },
  { "AccountProblem", CR_ERROR_REFUSED,
    CR_SAID ("The storage account may not %s now; ask its provider") },
  { "NoSuchBucket", CR_ERROR_NOT_FOUND,
    CR_SAID ("There is no bucket of that name to %s in; check its name") },
  { "InvalidBucketName", CR_ERROR_BAD_INPUT,
    CR_SAID ("No bucket can have that name, so there is none to %s in; check it") },
  { "SignatureDoesNotMatch", CR_ERROR_SIGN_IN,
    CR_SAID ("The secret key was not accepted to %s; enter it again") },
  { "InvalidAccessKeyId", CR_ERROR_SIGN_IN,
    CR_SAID ("The access key is not known there, so it cannot %s; enter it again") },
  { "InvalidToken", CR_ERROR_SIGN_IN,
    CR_SAID ("The access key was not accepted to %s; enter it again") },
  { "ExpiredToken", CR_ERROR_SIGN_IN,
    CR_SAID ("The access key has expired and cannot %s; enter a new one") },
  { "QuotaExceeded", CR_ERROR_REFUSED,
    CR_SAID ("The bucket is full, so nothing more can %s; make room or raise its quota") },
  { "EntityTooLarge", CR_ERROR_TOO_LARGE,
    CR_SAID ("The file is larger than the bucket takes to %s") },
  { "NotImplemented", CR_ERROR_REFUSED, CR_SAID ("The storage does not know how to %s as asked") },
  { "SlowDown", CR_ERROR_BUSY, CR_SAID ("The bucket asked for fewer requests while trying to %s") },
  { "ServiceUnavailable", CR_ERROR_BUSY, CR_SAID ("The storage is not available to %s just now") },
  { "InternalError", CR_ERROR_BUSY, CR_SAID ("The storage failed to %s just now") },
  { "RequestTimeout", CR_ERROR_BUSY, CR_SAID ("The storage waited too long to %s") },
};

static char *
xml_text (const char *body, gsize n_bytes, const char *open, const char *close)
{
  const char *start = g_strstr_len (body, (gssize) n_bytes, open);
  const char *end;

  if (start == NULL)
    return NULL;

  start += strlen (open);
  end = g_strstr_len (start, (gssize) (n_bytes - (gsize) (start - body)), close);
  return end != NULL && end - start < 1000 ? g_strndup (start, (gsize) (end - start)) : NULL;
}

/**
 * cr_s3_error_code:
 *
 * Returns: (transfer full) (nullable): the `Code` of an error document; %NULL when there is none
 * Source: Amazon S3 API Reference, “Error responses”. `Message` may be empty (radosgw) and is not
 *   used.
 */
char *
cr_s3_error_code (const char *body, gsize n_bytes)
{
  return xml_text (body, n_bytes, "<Code>", "</Code>");
}

/**
 * cr_s3_reply_text:
 *
 * Returns: (transfer full) (nullable): what the first @element holds, at most 1,000 bytes of it
 */
char *
cr_s3_reply_text (const char *body, gsize n_bytes, const char *element)
{
  g_autofree char *open = g_strdup_printf ("<%s>", element);
  g_autofree char *close = g_strdup_printf ("</%s>", element);

  return xml_text (body, n_bytes, open, close);
}

/**
 * cr_s3_refuses_checksum:
 *
 * Whether an answer may mean that the storage does not know `x-amz-checksum-sha256`. Stores say it
 * in different ways, so that anything that is no fault of the key, the bucket or the permission
 * counts: the request is only repeated once without the header.
 */
gboolean
cr_s3_refuses_checksum (guint status, const char *code)
{
  static const char *const codes[] = {
    "NotImplemented", "InvalidRequest", "InvalidArgument",           "SignatureDoesNotMatch",
    "InvalidDigest",  "BadDigest",      "XAmzContentSHA256Mismatch", NULL
  };

  return status == 501 || (code == NULL && status == 400) ||
         (code != NULL && g_strv_contains (codes, code));
}

static void
set_error (GError **error, CrErrorCode code, const CrReply *reply, const char *words)
{
  g_autoptr (GUri) uri = g_uri_parse (reply->url, G_URI_FLAGS_ENCODED, NULL);

  g_set_error (error, CR_ERROR, (int) code, "%s: %s",
               uri != NULL ? g_uri_get_host (uri) : "storage", words);
}

static GDateTime *
xml_time (const char *body, gsize n_bytes, const char *open, const char *close)
{
  g_autofree char *text = xml_text (body, n_bytes, open, close);

  return text != NULL ? g_date_time_new_from_iso8601 (text, NULL) : NULL;
}

/* Our clock less theirs: as the storage states both, or else by the Date of its answer. */
static gint64
measure_skew (const CrReply *reply, const char *body, gsize n_bytes)
{
  g_autoptr (GDateTime) ours = xml_time (body, n_bytes, "<RequestTime>", "</RequestTime>");
  g_autoptr (GDateTime) theirs = xml_time (body, n_bytes, "<ServerTime>", "</ServerTime>");

  return ours != NULL && theirs != NULL ? g_date_time_difference (ours, theirs) / 1000
                                        : reply->clock_skew_ms;
}

static char *
skew_words (const CrReply *reply, const char *body, gsize n_bytes)
{
  gint64 skew_ms = measure_skew (reply, body, n_bytes);

  if (ABS (skew_ms) < 60000)
    return g_strdup (
        CR_SAID ("The storage says that this computer's clock is wrong; set the clock"));

  return g_strdup_printf (
      CR_SAID ("This computer's clock is %lld minutes %s that of the storage; set the clock"),
      (long long) ABS (skew_ms) / 60000, skew_ms > 0 ? CR_SAID ("ahead of") : CR_SAID ("behind"));
}

/**
 * cr_s3_reply_region:
 *
 * Returns: (transfer full) (nullable): the region an answer says the bucket is in
 */
char *
cr_s3_reply_region (const CrReply *reply)
{
  const char *header = cr_reply_header (reply, "x-amz-bucket-region");
  gsize n_bytes = 0;
  const char *body = reply->body != NULL ? g_bytes_get_data (reply->body, &n_bytes) : NULL;

  if (header != NULL)
    return g_strdup (header);

  return body != NULL ? xml_text (body, n_bytes, "<Region>", "</Region>") : NULL;
}

static char *
region_words (const CrReply *reply, const char *region)
{
  g_autofree char *right = cr_s3_reply_region (reply);

  if (right != NULL && g_strcmp0 (right, region) != 0)
    return g_strdup_printf (CR_SAID ("The bucket is in region “%s”, not “%s”; correct the region"),
                            right, region);

  return g_strdup (
      CR_SAID ("The bucket is in another region or at another endpoint, or it wants to be in "
               "the host name; correct the region, the endpoint or where the bucket stands"));
}

static gboolean
is_region_code (const char *code)
{
  return g_str_equal (code, "PermanentRedirect") || g_str_equal (code, "TemporaryRedirect") ||
         g_str_equal (code, "AuthorizationHeaderMalformed") ||
         g_str_equal (code, "IllegalLocationConstraintException");
}

/* TRUE when @code was one we have words for. */
static gboolean
explain (const CrReply *reply, const char *code, const char *verb, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (s3_errors); i++)
    if (g_str_equal (s3_errors[i].code, code))
      {
        g_auto (GStrv) halves = g_strsplit (s3_errors[i].words, "%s", 2);
        g_autofree char *words =
            g_strconcat (halves[0], halves[1] != NULL ? verb : "", halves[1], NULL);

        set_error (error, s3_errors[i].remedy, reply, words);
        return TRUE;
      }

  return FALSE;
}

/**
 * cr_s3_reply_check:
 * @verb: what was tried, in words: `write files`
 * @region: what the request was signed for
 *
 * Turns what a bucket refused into an error with the remedy. Names the host, never the key.
 */
gboolean
cr_s3_reply_check (const CrReply *reply, const char *verb, const char *region, GError **error)
{
  g_autofree char *code = NULL;
  g_autofree char *words = NULL;
  const char *body = "";
  gsize n_bytes = 0;

  if (reply->status >= 200 && reply->status < 300)
    return TRUE;

  if (reply->body != NULL)
    body = g_bytes_get_data (reply->body, &n_bytes);
  if (n_bytes > 0)
    code = cr_s3_error_code (body, n_bytes);

  if (code != NULL && g_str_equal (code, "RequestTimeTooSkewed"))
    {
      words = skew_words (reply, body, n_bytes);
      set_error (error, CR_ERROR_REFUSED, reply, words);
      return FALSE;
    }
  if ((code != NULL && is_region_code (code)) || (reply->status >= 300 && reply->status < 400))
    {
      words = region_words (reply, region);
      set_error (error, CR_ERROR_REFUSED, reply, words);
      return FALSE;
    }
  if (code != NULL && explain (reply, code, verb, error))
    return FALSE;
  if (code == NULL && reply->status == 403)
    {
      words = g_strdup_printf (CR_SAID ("The access key may not %s here; give it that permission"),
                               verb);
      set_error (error, CR_ERROR_REFUSED, reply, words);
      return FALSE;
    }

  return cr_reply_check_ours (reply, error);
}
