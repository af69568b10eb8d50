/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-once.h"
#include "api/cr-api-private.h"

#include "base/cr-json-raw.h"
#include "base/cr-json.h"
#include "engine/cr-engine-api-keys.h"
#include "engine/cr-engine-looks.h"
#include "fhir/cr-span.h"

#include <string.h>

#define JSON "application/json"
#define BEARER "Bearer "

void
cr_api_call_free (CrApiCall *call)
{
  if (call->free_data != NULL)
    call->free_data (call->data);
  g_clear_pointer (&call->body, json_object_unref);
  g_object_unref (call->exchange);
  g_object_unref (call->engine);
  g_free (call->key_id);
  g_free (call->person);
  g_free (call->once);
  g_free (call);
}

GCancellable *
cr_api_cancellable (CrApiCall *call)
{
  return cr_exchange_get_cancellable (call->exchange);
}

static void
reply (CrApiCall *call, guint status, const char *text)
{
  if (call->once != NULL)
    {
      cr_api_once_settle (call, status, text);
      return;
    }
  cr_exchange_reply_text (call->exchange, status, JSON, text);
  cr_api_call_free (call);
}

void
cr_api_reply (CrApiCall *call, JsonObject *object)
{
  g_autofree char *text = cr_json_object_to_text (object, FALSE);

  json_object_unref (object);
  reply (call, 200, text);
}

static void
fail (CrApiCall *call, CrApiCode code, const char *param, const char *message)
{
  g_autofree char *text =
      cr_api_error_text (code, param, message, cr_exchange_get_request_id (call->exchange));

  reply (call, cr_api_code_status (code), text);
}

void
cr_api_fail (CrApiCall *call, CrApiCode code, const char *param, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  fail (call, code, param, message);
}

/* The engine's words name the member they are about. */
static const char *
guess_param (CrApiCall *call, const char *message)
{
  const CrApiBody *body = call->route->body;

  for (guint i = 0; body != NULL && i < body->n_fields; i++)
    if (strstr (message, body->fields[i].name) != NULL)
      return body->fields[i].name;
  return NULL;
}

void
cr_api_fail_with (CrApiCall *call, GError *error, const char *param)
{
  g_autoptr (GError) owned = error;
  CrApiCode code = cr_api_code_of_error (error);

  if (param == NULL && code == CR_API_INVALID_DATA)
    param = guess_param (call, error->message);
  if (code == CR_API_INTERNAL_ERROR)
    g_warning ("A request of the API failed: %s", error->message);
  fail (call, code, param,
        code == CR_API_UNAVAILABLE ? "Chartroom is being closed. Try again later."
                                   : error->message);
}

const char *
cr_api_parameter (CrApiCall *call, const char *name)
{
  return cr_exchange_get_parameter (call->exchange, name);
}

const char *
cr_api_query (CrApiCall *call, const char *name)
{
  return cr_exchange_get_query (call->exchange, name);
}

guint
cr_api_query_number (CrApiCall *call, const char *name, guint fallback)
{
  const char *text = cr_api_query (call, name);

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : fallback;
}

const char *
cr_api_string (CrApiCall *call, const char *name)
{
  return call->body != NULL ? cr_json_string (call->body, name) : NULL;
}

char *
cr_api_object_text (CrApiCall *call, const char *name)
{
  g_auto (CrSpans) spans = { 0 };
  gsize n_bytes;
  const char *text;
  guint node;

  if (call->body == NULL || cr_json_object (call->body, name) == NULL)
    return NULL;

  text = g_bytes_get_data (cr_exchange_get_body (call->exchange), &n_bytes);
  if (!cr_spans_scan (&spans, text, n_bytes))
    return NULL;
  node = cr_spans_member_of_kind (&spans, 0, name, CR_SPAN_KIND_OBJECT);
  if (node == CR_SPAN_NONE)
    return NULL;
  return cr_json_compact (text + spans.nodes[node].start,
                          spans.nodes[node].end - spans.nodes[node].start);
}

void
cr_api_note_look (CrApiCall *call, CrLookKind kind)
{
  cr_engine_note_look (call->engine, cr_api_parameter (call, "id"), kind, call->person);
}

gboolean
cr_api_check_id (CrApiCall *call, const char *name, const char *prefix)
{
  const char *id = cr_api_parameter (call, name);

  if (g_str_has_prefix (id, prefix) && strlen (id) <= 200)
    return TRUE;

  cr_api_fail (call, CR_API_NOT_FOUND, name, "There is nothing with this id.");
  return FALSE;
}

/* Letting in ----------------------------------------------------------------------------------- */

/* Who shows no good key is slowed down as a visitor; who does, by the key. */
static void
refuse_key (CrApiCall *call, CrApiCode code, const char *message)
{
  if (!cr_buckets_take (call->api->failures, "", g_get_monotonic_time ()))
    {
      cr_exchange_set_header (call->exchange, "Retry-After", "1");
      cr_api_fail (call, CR_API_THROTTLED, NULL,
                   "Too many requests without a good key. Wait a second.");
      return;
    }

  cr_exchange_set_header (call->exchange, "WWW-Authenticate", "Bearer");
  fail (call, code, NULL, message);
}

static gboolean
check_key (CrApiCall *call)
{
  const char *header = cr_exchange_get_header (call->exchange, "Authorization");
  CrApiKeyFault fault = CR_API_KEY_MALFORMED;
  CrApiKey *key = NULL;

  if (header == NULL)
    {
      refuse_key (call, CR_API_MISSING_KEY,
                  "Send an API key: Authorization: Bearer mb_sk_… (made in Preferences or with "
                  "chartroomctl api-key create).");
      return FALSE;
    }

  if (g_ascii_strncasecmp (header, BEARER, strlen (BEARER)) == 0)
    key = cr_engine_check_api_key (call->engine, header + strlen (BEARER), &fault);
  if (key == NULL)
    {
      refuse_key (call, fault == CR_API_KEY_EXPIRED ? CR_API_EXPIRED_KEY : CR_API_INVALID_KEY,
                  cr_api_key_fault_words (fault));
      return FALSE;
    }

  call->key_id = g_strdup (key->id);
  call->person = g_strdup_printf ("API: %s", key->name);
  if (!cr_buckets_take (call->api->calls, key->id, g_get_monotonic_time ()))
    {
      cr_exchange_set_header (call->exchange, "Retry-After", "1");
      cr_api_fail (call, CR_API_THROTTLED, NULL,
                   "This key asks too often. Wait as long as Retry-After says.");
      return FALSE;
    }
  if (key->is_read_only && call->route->access == CR_API_ACCESS_WRITE)
    {
      cr_api_fail (call, CR_API_INSUFFICIENT_SCOPE, NULL,
                   "This key may only read. Make one that may also change things.");
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_version (CrApiCall *call)
{
  const char *version = cr_exchange_get_header (call->exchange, "Version");

  if (version == NULL || strcmp (version, CR_API_VERSION) == 0)
    return TRUE;

  cr_api_fail (call, CR_API_UNSUPPORTED_VERSION, "Version",
               "This version of the API is not known here; the one that is: " CR_API_VERSION ".");
  return FALSE;
}

static gboolean
check_words (CrApiCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *param = NULL;
  CrApiCode code = CR_API_BAD_REQUEST;

  if (cr_api_check_query (call, &param, &error) &&
      (call->route->body == NULL || cr_api_read_body (call, &param, &code, &error)))
    return TRUE;

  cr_api_fail (call, code, param, "%s", error->message);
  return FALSE;
}

/* Of an answer in pieces, HEAD is told the head by nobody but us. */
static gboolean
is_head_of_stream (CrApiCall *call)
{
  if (g_strcmp0 (call->route->media, "text/event-stream") != 0 ||
      strcmp (cr_exchange_get_method (call->exchange), "HEAD") != 0)
    return FALSE;

  cr_exchange_reply (call->exchange, 200, call->route->media, NULL);
  cr_api_call_free (call);
  return TRUE;
}

static void
run_handler (CrApiCall *call)
{
  if (!is_head_of_stream (call))
    call->route->handler (call);
}

void
cr_api_call_begin (CrApi *api, const CrApiRoute *route, CrExchange *exchange)
{
  CrApiCall *call = g_new0 (CrApiCall, 1);

  call->api = api;
  call->engine = g_object_ref (api->engine);
  call->exchange = g_object_ref (exchange);
  call->route = route;
  if ((route->access == CR_API_ACCESS_OPEN || check_key (call)) && check_version (call) &&
      check_words (call))
    cr_api_once_begin (call, run_handler);
}
