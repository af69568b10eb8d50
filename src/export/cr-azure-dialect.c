/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-said.h"
#include "export/cr-object-dialect.h"
#include "export/cr-s3-reply.h"
#include "export/cr-shared-key.h"
#include "export/cr-sigv4.h"

#include <string.h>

/* The version whose rules are followed; newer ones are not asked for. */
#define VERSION "2023-11-03"

static char *
block_id (guint part)
{
  g_autofree char *number = g_strdup_printf ("part-%08u", part);

  return g_base64_encode ((const guchar *) number, strlen (number));
}

static char *
make_query (const CrObjectCall *call)
{
  g_autofree char *id = NULL;
  g_autofree char *encoded = NULL;

  switch (call->verb)
    {
    case CR_OBJECT_LIST:
      encoded = cr_sigv4_encode (call->key, FALSE);
      return g_strconcat ("comp=list&maxresults=2&prefix=", encoded, "&restype=container", NULL);
    case CR_OBJECT_PART:
      id = block_id (call->part);
      encoded = cr_sigv4_encode (id, FALSE);
      return g_strconcat ("blockid=", encoded, "&comp=block", NULL);
    case CR_OBJECT_COMPLETE:
      return g_strdup ("comp=blocklist");
    case CR_OBJECT_PUT:
    case CR_OBJECT_GET:
    case CR_OBJECT_HEAD:
    case CR_OBJECT_DELETE:
    case CR_OBJECT_BEGIN:
    case CR_OBJECT_ABORT:
    case CR_OBJECT_PARTS:
    case CR_OBJECT_UPLOADS:
    default:
      return NULL;
    }
}

static GBytes *
make_block_list (const CrObjectCall *call)
{
  GString *text = g_string_new ("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");

  for (guint i = 0; i < call->tags->len; i++)
    g_string_append_printf (text, "<Uncommitted>%s</Uncommitted>",
                            (const char *) g_ptr_array_index (call->tags, i));
  g_string_append (text, "</BlockList>");
  return g_string_free_to_bytes (text);
}

static gboolean
sends_md5 (const CrObjectAccount *account, CrObjectVerb verb)
{
  return TRUE;
}

static char *
format_date (gint64 now_ms)
{
  static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
  static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (now_ms / 1000);

  return g_strdup_printf (
      "%s, %02d %s %04d %02d:%02d:%02d GMT", days[g_date_time_get_day_of_week (when) - 1],
      g_date_time_get_day_of_month (when), months[g_date_time_get_month (when) - 1],
      g_date_time_get_year (when), g_date_time_get_hour (when), g_date_time_get_minute (when),
      g_date_time_get_second (when));
}

static GStrvBuilder *
make_headers (const CrObjectCall *call, const CrObjectRequest *request, gint64 now_ms)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  g_autofree char *date = format_date (now_ms);
  g_autofree char *md5 = call->body_md5 != NULL ? g_strdup (call->body_md5)
                       : request->body != NULL  ? cr_object_md5 (request->body)
                                                : NULL;

  g_strv_builder_add_many (builder, "x-ms-date", date, "x-ms-version", VERSION, NULL);
  if (md5 != NULL)
    g_strv_builder_add_many (builder, "Content-MD5", md5, NULL);
  if (call->verb == CR_OBJECT_PUT)
    g_strv_builder_add_many (builder, "x-ms-blob-type", "BlockBlob", NULL);
  if (call->verb == CR_OBJECT_COMPLETE && call->content_type != NULL)
    g_strv_builder_add_many (builder, "x-ms-blob-content-type", call->content_type, NULL);
  return builder;
}

/* Signs @builder's headers with the type of the body, which is sent by other means. */
static char **
sign (const CrObjectAccount *account,
      const CrObjectRequest *request,
      GStrvBuilder *builder,
      GError **error)
{
  gsize n_bytes = request->body != NULL ? g_bytes_get_size (request->body) : 0;
  g_auto (GStrv) headers = g_strv_builder_end (builder);
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) signed_ones = g_strv_builder_new ();
  g_auto (GStrv) counted = NULL;
  g_autofree char *to_sign = NULL;
  g_autofree char *authorization = NULL;

  g_strv_builder_addv (all, (const char **) headers);
  if (request->content_type != NULL)
    g_strv_builder_add_many (all, "Content-Type", request->content_type, NULL);
  counted = g_strv_builder_end (all);
  to_sign = cr_shared_key_to_sign (account->access_key, request->method, request->url,
                                   (const char *const *) counted, n_bytes);
  authorization =
      cr_shared_key_authorization (account->access_key, account->secret, to_sign, error);
  if (authorization == NULL)
    return NULL;

  g_strv_builder_addv (signed_ones, (const char **) headers);
  g_strv_builder_add_many (signed_ones, "Authorization", authorization, NULL);
  return g_strv_builder_end (signed_ones);
}

/* Source: Azure Storage REST API: Put Blob, Get Blob, Delete Blob, List Blobs, Put Block, Put Block
 * List */
static gboolean
write_request (const CrObjectAccount *account,
               const CrObjectCall *call,
               gint64 now_ms,
               CrObjectRequest *request,
               GError **error)
{
  static const char *const methods[] = {
    [CR_OBJECT_PUT] = "PUT",   [CR_OBJECT_GET] = "GET",       [CR_OBJECT_HEAD] = "HEAD",
    [CR_OBJECT_LIST] = "GET",  [CR_OBJECT_DELETE] = "DELETE", [CR_OBJECT_BEGIN] = "PUT",
    [CR_OBJECT_PART] = "PUT",  [CR_OBJECT_COMPLETE] = "PUT",  [CR_OBJECT_ABORT] = "PUT",
    [CR_OBJECT_PARTS] = "GET", [CR_OBJECT_UPLOADS] = "GET",
  };
  g_autofree char *container = cr_sigv4_encode (account->bucket, FALSE);
  g_autofree char *key = call->verb == CR_OBJECT_LIST ? NULL : cr_sigv4_encode (call->key, TRUE);
  g_autofree char *query = make_query (call);
  g_autoptr (GStrvBuilder) builder = NULL;

  request->method = methods[call->verb];
  request->url = g_strconcat (account->endpoint, "/", container, key != NULL ? "/" : "",
                              key != NULL ? key : "", query != NULL ? "?" : "", query, NULL);
  request->body = call->verb == CR_OBJECT_COMPLETE ? make_block_list (call)
                : call->body != NULL               ? g_bytes_ref (call->body)
                                                   : NULL;
  request->content_type = call->verb == CR_OBJECT_COMPLETE ? g_strdup ("application/xml")
                        : call->body == NULL               ? NULL
                        : call->verb == CR_OBJECT_PART     ? g_strdup ("application/octet-stream")
                                                           : g_strdup (call->content_type);
  builder = make_headers (call, request, now_ms);
  request->headers = sign (account, request, builder, error);
  return request->headers != NULL;
}

typedef struct
{
  const char *code;
  CrErrorCode remedy;
  const char *words; /* one %s: the verb */
} AzureError;

static const AzureError azure_errors[] = {
  { "AuthenticationFailed", CR_ERROR_SIGN_IN,
    CR_SAID ("The account name or its key was not accepted to %s; enter them again") },
  { "AuthorizationFailure", CR_ERROR_SIGN_IN,
    CR_SAID ("The account name or its key was not accepted to %s; enter them again") },
  { "InvalidAuthenticationInfo", CR_ERROR_SIGN_IN,
    CR_SAID ("The account name or its key was not accepted to %s; enter them again") },
  { "AuthorizationPermissionMismatch", CR_ERROR_REFUSED,
    CR_SAID ("The account key may not %s here; give it that permission") },
  { "InsufficientAccountPermissions", CR_ERROR_REFUSED,
    CR_SAID ("The account key may not %s here; give it that permission") },
  { "AuthorizationProtocolMismatch", CR_ERROR_REFUSED,
    CR_SAID ("The account only lets https %s; change the endpoint") },
  { "AuthorizationSourceIPMismatch", CR_ERROR_REFUSED,
    CR_SAID ("The account's firewall does not let this computer %s; add its address there") },
  { "KeyBasedAuthenticationNotPermitted", CR_ERROR_REFUSED,
    CR_SAID (
        "The account does not let keys %s; allow “storage account key access” in its settings") },
  { "AccountIsDisabled", CR_ERROR_REFUSED, CR_SAID ("The account is disabled and cannot %s") },
  { "ContainerNotFound", CR_ERROR_NOT_FOUND,
    CR_SAID ("There is no container of that name to %s in; check its name") },
  { "ResourceNotFound", CR_ERROR_NOT_FOUND,
    CR_SAID ("There is nothing of that name to %s in; check the account and the container") },
  { "ContainerBeingDeleted", CR_ERROR_NOT_FOUND,
    CR_SAID ("The container is being deleted, so nothing can %s in it; make another") },
  { "InvalidResourceName", CR_ERROR_BAD_INPUT,
    CR_SAID ("No container can have that name, so there is none to %s in; check it") },
  { "InvalidUri", CR_ERROR_BAD_INPUT, CR_SAID ("The endpoint is not one to %s at; check it") },
  { "RequestBodyTooLarge", CR_ERROR_TOO_LARGE,
    CR_SAID ("The file is larger than the container takes to %s") },
  { "Md5Mismatch", CR_ERROR_BUSY,
    CR_SAID ("What arrived was not what was sent to %s; it is sent again") },
  { "ServerBusy", CR_ERROR_BUSY,
    CR_SAID ("The storage asked for fewer requests while trying to %s") },
  { "InternalError", CR_ERROR_BUSY, CR_SAID ("The storage failed to %s just now") },
  { "OperationTimedOut", CR_ERROR_BUSY, CR_SAID ("The storage waited too long to %s") },
};

static void
set_error (GError **error, CrErrorCode code, const CrReply *reply, const char *words)
{
  g_autoptr (GUri) uri = g_uri_parse (reply->url, G_URI_FLAGS_ENCODED, NULL);

  g_set_error (error, CR_ERROR, (int) code, "%s: %s",
               uri != NULL ? g_uri_get_host (uri) : "storage", words);
}

static char *
code_of (const CrReply *reply)
{
  const char *header = cr_reply_header (reply, "x-ms-error-code");
  gsize n_bytes = 0;
  const char *body = reply->body != NULL ? g_bytes_get_data (reply->body, &n_bytes) : NULL;

  return header != NULL ? g_strdup (header)
       : body != NULL   ? cr_s3_error_code (body, n_bytes)
                        : NULL;
}

/* Storage refuses what was signed more than 15 minutes ago as it does a wrong key; the Date of its
 * answer tells them apart. */
static gboolean
explain (const CrReply *reply, const char *code, const char *verb, GError **error)
{
  gboolean is_sign_in = g_str_equal (code, "AuthenticationFailed");

  if (is_sign_in && ABS (reply->clock_skew_ms) > 14 * 60 * 1000)
    {
      g_autofree char *words = g_strdup_printf (
          CR_SAID ("This computer's clock is %lld minutes %s that of the storage; set the clock"),
          (long long) ABS (reply->clock_skew_ms) / 60000,
          reply->clock_skew_ms > 0 ? CR_SAID ("ahead of") : CR_SAID ("behind"));

      set_error (error, CR_ERROR_REFUSED, reply, words);
      return TRUE;
    }

  for (guint i = 0; i < G_N_ELEMENTS (azure_errors); i++)
    if (g_str_equal (azure_errors[i].code, code))
      {
        g_auto (GStrv) halves = g_strsplit (azure_errors[i].words, "%s", 2);
        g_autofree char *words =
            g_strconcat (halves[0], halves[1] != NULL ? verb : "", halves[1], NULL);

        set_error (error, azure_errors[i].remedy, reply, words);
        return TRUE;
      }

  return FALSE;
}

static gboolean
check (const CrObjectAccount *account,
       const CrObjectCall *call,
       const CrReply *reply,
       const char *words,
       GError **error)
{
  g_autofree char *code = NULL;

  if (reply->status >= 200 && reply->status < 300)
    {
      if (cr_reply_header (reply, "x-ms-request-id") != NULL)
        return TRUE;
      g_set_error (
          error, CR_ERROR, CR_ERROR_BAD_REPLY,
          "What answered is no Azure storage, though it said yes to %s; check the endpoint", words);
      return FALSE;
    }

  code = code_of (reply);
  return code != NULL && explain (reply, code, words, error) ? FALSE
                                                             : cr_reply_check_ours (reply, error);
}

/* Blocks belong to the name of the blob alone. What is not committed is seen by nobody, goes with
 * the next commit under that name, and is dropped by the storage after a week. */
static char *
read_tag (const CrObjectCall *call, const CrReply *reply)
{
  return block_id (call->part);
}

static gboolean
learn (CrObjectAccount *account, const char *region, gboolean had_checksum, const CrReply *reply)
{
  return FALSE;
}

const CrObjectDialect cr_azure_dialect = {
  .sends_md5 = sends_md5,
  .write = write_request,
  .check = check,
  .read_tag = read_tag,
  .learn = learn,
};
