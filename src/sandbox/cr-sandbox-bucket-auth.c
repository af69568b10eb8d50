/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "sandbox/cr-description.h"
#include "sandbox/cr-sandbox-bucket.h"
#include "sandbox/cr-sandbox-sigv4.h"
#include "sandbox/cr-sandbox-text.h"

#define MAX_SKEW_MS 900000

/* What the Authorization header says. */
typedef struct
{
  char *access_key;     /* (owned) */
  char *day;            /* (owned) */
  char *region;         /* (owned) */
  char *service;        /* (owned) */
  char *signed_headers; /* (owned) */
  char *signature;      /* (owned) */
} Claim;

static void
claim_clear (Claim *claim)
{
  g_free (claim->access_key);
  g_free (claim->day);
  g_free (claim->region);
  g_free (claim->service);
  g_free (claim->signed_headers);
  g_free (claim->signature);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Claim, claim_clear)

static gboolean
read_scope (Claim *claim, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);

  if (g_strv_length (parts) != 5 || strcmp (parts[4], "aws4_request") != 0)
    return FALSE;

  claim->access_key = g_strdup (parts[0]);
  claim->day = g_strdup (parts[1]);
  claim->region = g_strdup (parts[2]);
  claim->service = g_strdup (parts[3]);
  return TRUE;
}

static gboolean
read_claim (Claim *claim, const char *header)
{
  g_auto (GStrv) parts = NULL;
  gboolean has_scope = FALSE;

  if (header == NULL || !g_str_has_prefix (header, "AWS4-HMAC-SHA256 "))
    return FALSE;

  parts = g_strsplit (header + strlen ("AWS4-HMAC-SHA256 "), ",", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *part = g_strstrip (parts[i]);

      if (g_str_has_prefix (part, "Credential=") && !has_scope)
        has_scope = read_scope (claim, part + strlen ("Credential="));
      else if (g_str_has_prefix (part, "SignedHeaders=") && claim->signed_headers == NULL)
        claim->signed_headers = g_strdup (part + strlen ("SignedHeaders="));
      else if (g_str_has_prefix (part, "Signature=") && claim->signature == NULL)
        claim->signature = g_strdup (part + strlen ("Signature="));
    }

  return has_scope && claim->signed_headers != NULL && claim->signature != NULL;
}

static gboolean
read_amz_date (const char *text, gint64 *ms)
{
  int y, mo, d, h, mi, s;
  char end;

  if (text == NULL || sscanf (text, "%4d%2d%2dT%2d%2d%2d%c", &y, &mo, &d, &h, &mi, &s, &end) != 7 ||
      end != 'Z' || mo < 1 || mo > 12)
    return FALSE;

  *ms = cr_sandbox_text_civil_ms (y, mo, d) + ((gint64) h * 3600 + mi * 60 + s) * 1000;
  return TRUE;
}

static gboolean
refuse (CrVisit *x, guint status, const char *code, const char *message)
{
  cr_sandbox_bucket_fail (x, status, code, message);
  return FALSE;
}

static const char *
get_header (gpointer user_data, const char *name)
{
  return cr_visit_header (user_data, name);
}

static gboolean
check_payload (CrVisit *x, GBytes *body)
{
  const char *claimed = cr_visit_header (x, "x-amz-content-sha256");
  g_autofree char *hash = NULL;

  if (claimed == NULL)
    return refuse (x, 400, "MissingSecurityHeader", "x-amz-content-sha256 is missing");
  if (strcmp (claimed, "UNSIGNED-PAYLOAD") == 0)
    return TRUE;

  hash = cr_sandbox_sigv4_hash (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  return strcmp (hash, claimed) == 0 ||
         refuse (x, 400, "XAmzContentSHA256Mismatch",
                 "The provided 'x-amz-content-sha256' header does not match what was computed.");
}

static gboolean
check_signed_headers (const char *signed_headers)
{
  g_auto (GStrv) names = g_strsplit (signed_headers, ";", -1);

  for (guint i = 1; names[0] != NULL && names[i] != NULL; i++)
    if (strcmp (names[i - 1], names[i]) >= 0)
      return FALSE;

  return g_strv_contains ((const char *const *) names, "host") &&
         g_strv_contains ((const char *const *) names, "x-amz-date");
}

static gboolean
check_time (CrVisit *x, const char *date, const Claim *claim)
{
  CrFaults *faults = x->house->faults;
  gint64 ahead = cr_faults_take (faults, "s3-skew", NULL)
                   ? cr_faults_int (faults, "s3-skew", "seconds", 3600) * 1000
                   : 0;
  gint64 ms;

  if (!read_amz_date (date, &ms) || strncmp (date, claim->day, 8) != 0)
    return refuse (x, 403, "AccessDenied",
                   "x-amz-date is missing, or not the date that was signed");
  if (ABS (x->now_ms + ahead - ms) > MAX_SKEW_MS)
    return refuse (x, 403, "RequestTimeTooSkewed",
                   "The difference between the request time and the current time is too large.");

  return TRUE;
}

/**
 * cr_sandbox_bucket_check_signature:
 *
 * Returns: whether the request is signed by the one key of this bucket; else an error was answered
 */
gboolean
cr_sandbox_bucket_check_signature (CrVisit *x, GBytes *body)
{
  g_auto (Claim) claim = { 0 };
  const char *date = cr_visit_header (x, "x-amz-date");
  g_autofree char *path = g_uri_unescape_string (x->raw_path, NULL);
  g_autofree char *secret = cr_description_make_secret (x->house->seed, "bucket secret", 40);
  g_autofree char *expected = NULL;
  CrSandboxSigv4Request request = { x->method, path, x->raw_query, date };

  if (cr_visit_header (x, "Authorization") == NULL)
    return refuse (x, 403, "AccessDenied", "Access Denied");
  if (!read_claim (&claim, cr_visit_header (x, "Authorization")) || path == NULL ||
      !check_signed_headers (claim.signed_headers))
    return refuse (x, 400, "AuthorizationHeaderMalformed",
                   "The authorization header is malformed.");
  if (strcmp (claim.access_key, cr_sandbox_bucket_access_key ()) != 0)
    return refuse (x, 403, "InvalidAccessKeyId",
                   "The AWS Access Key Id you provided does not exist in our records.");
  if (strcmp (claim.region, CR_SANDBOX_BUCKET_REGION) != 0 &&
      cr_faults_take (x->house->faults, "s3-region", NULL))
    {
      cr_visit_set_header (x, "x-amz-bucket-region", CR_SANDBOX_BUCKET_REGION);
      return refuse (x, 400, "AuthorizationHeaderMalformed", "The region is wrong.");
    }
  if (cr_faults_is_on (x->house->faults, "s3-token", NULL) &&
      g_strcmp0 (cr_visit_header (x, "x-amz-security-token"),
                 cr_faults_string (x->house->faults, "s3-token", "token", "temporary")) != 0)
    return refuse (x, 400, "InvalidToken", "The provided token is malformed or otherwise invalid.");
  if (strcmp (claim.region, CR_SANDBOX_BUCKET_REGION) != 0 || strcmp (claim.service, "s3") != 0)
    return refuse (x, 400, "AuthorizationHeaderMalformed",
                   "The authorization header is malformed; the region is wrong; expecting "
                   "'" CR_SANDBOX_BUCKET_REGION "'");
  if (!check_time (x, date, &claim))
    return FALSE;

  request.region = claim.region;
  request.service = claim.service;
  request.signed_headers = claim.signed_headers;
  request.payload_hash = cr_visit_header (x, "x-amz-content-sha256");
  if (request.payload_hash == NULL)
    return check_payload (x, body);
  request.secret_key = secret;
  request.get_header = get_header;
  request.user_data = x;
  expected = cr_sandbox_sigv4_sign (&request);
  if (strcmp (expected, claim.signature) != 0)
    return refuse (
        x, 403, "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided.");

  return check_payload (x, body);
}
