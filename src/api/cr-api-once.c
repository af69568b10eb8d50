/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-once.h"

#include "api/cr-api-private.h"
#include "engine/cr-engine-answers.h"

#include <string.h>

#define HEADER "Idempotency-Key"
#define REPLAYED "Idempotent-Replayed"
#define SUCCESS 200

/* What waits for the store: the call with what is to be done next, or with its answer. */
typedef struct
{
  CrApiCall *call;
  CrApiHandler next;
  guint status;
  char *text; /* (owned) (nullable) */
} Wait;

static Wait *
wait_new (CrApiCall *call)
{
  Wait *wait = g_new0 (Wait, 1);

  wait->call = call;
  return wait;
}

static void
wait_free (Wait *wait)
{
  g_free (wait->text);
  g_free (wait);
}

/* One key is one request: the body, and where it was sent. An address that names a patient could be
 * guessed from a digest of it alone, which outlives the patient where that one was removed; the key
 * is kept nowhere. */
static char *
describe_request (CrApiCall *call, const char *key)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  GBytes *body = cr_exchange_get_body (call->exchange);
  gsize n_bytes;
  const guchar *bytes = g_bytes_get_data (body, &n_bytes);
  const char *path = cr_exchange_get_path (call->exchange);

  g_checksum_update (checksum, (const guchar *) key, (gssize) strlen (key) + 1);
  g_checksum_update (checksum, (const guchar *) path, (gssize) strlen (path) + 1);
  g_checksum_update (checksum, bytes, (gssize) n_bytes);
  return g_strconcat (call->route->method, g_checksum_get_string (checksum), NULL);
}

static gboolean
check_key (CrApiCall *call, const char *key)
{
  gsize n = strlen (key);

  for (gsize i = 0; i < n; i++)
    if (key[i] < '!' || key[i] > '~')
      n = 0;
  if (n >= 1 && n <= 255)
    return TRUE;

  cr_api_fail (call, CR_API_BAD_REQUEST, HEADER,
               "Idempotency-Key must be 1 to 255 visible ASCII characters.");
  return FALSE;
}

/* Whose removal takes the answer along; but that to the removal itself stays. */
static const char *
find_patient (CrApiCall *call)
{
  if (call->route->tombstone != NULL)
    return NULL;
  return g_str_has_prefix (call->route->pattern, "/patients/{id}")
           ? cr_api_parameter (call, "id")
           : cr_api_string (call, "patient_id");
}

static void
let_go (CrApiCall *call)
{
  g_hash_table_remove (call->api->running, call->once);
  g_clear_pointer (&call->once, g_free);
}

static void
refuse_other (CrApiCall *call)
{
  cr_api_fail (call, CR_API_CONFLICT, HEADER,
               "This Idempotency-Key was used for another request. Take a new one.");
}

/* Whether nothing has to be kept of the answer. */
static gboolean
is_known (CrApiCall *call, guint status)
{
  return call->route->tombstone != NULL && status == SUCCESS;
}

static void
answer_again (CrApiCall *call, const CrAnswer *answer)
{
  if (is_known (call, answer->status))
    {
      cr_exchange_set_header (call->exchange, REPLAYED, "true");
      cr_api_reply (call, call->route->tombstone (call));
      return;
    }
  if (answer->body == NULL)
    {
      cr_api_fail (call, CR_API_CONFLICT, HEADER,
                   "A request with this Idempotency-Key was done already, but what was answered "
                   "cannot be read from the keyring now. Read what it made.");
      return;
    }

  cr_exchange_set_header (call->exchange, REPLAYED, "true");
  cr_exchange_reply (call->exchange, answer->status, "application/json", answer->body);
  cr_api_call_free (call);
}

static void
begun_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;
  CrApiCall *call = wait->call;
  CrApiHandler next = wait->next;
  GError *error = NULL;
  g_autoptr (CrAnswer) answer = cr_engine_begin_answer_finish (CR_ENGINE (source), result, &error);

  wait_free (wait);
  if (answer != NULL && answer->state == CR_ANSWER_NEW)
    {
      next (call);
      return;
    }

  let_go (call);
  if (answer == NULL)
    cr_api_fail_with (call, error, NULL);
  else if (answer->state == CR_ANSWER_OTHER)
    refuse_other (call);
  else if (answer->state == CR_ANSWER_DONE)
    answer_again (call, answer);
  else
    cr_api_fail (
        call, CR_API_CONFLICT, HEADER,
        "Chartroom was stopped while a request with this Idempotency-Key was under way, so "
        "it is not known whether it was done. Look, and take a new key.");
}

void
cr_api_once_begin (CrApiCall *call, CrApiHandler next)
{
  const char *key = cr_exchange_get_header (call->exchange, HEADER);
  GHashTable *running = call->api->running;
  g_autofree char *whole = NULL;
  g_autofree char *once = NULL;
  g_autofree char *request = NULL;
  const char *other;
  Wait *wait;

  if (key == NULL || call->route->access != CR_API_ACCESS_WRITE)
    {
      next (call);
      return;
    }
  if (!check_key (call, key))
    return;

  whole = g_strconcat (call->key_id, " ", key, NULL);
  once = g_compute_checksum_for_string (G_CHECKSUM_SHA256, whole, -1);
  request = describe_request (call, key);
  other = g_hash_table_lookup (running, once);
  if (other != NULL && strcmp (other, request) != 0)
    refuse_other (call);
  else if (other != NULL)
    {
      cr_exchange_set_header (call->exchange, "Retry-After", "1");
      cr_api_fail (call, CR_API_CONFLICT, HEADER,
                   "A request with this Idempotency-Key is under way. Ask again in a moment.");
    }
  else
    {
      wait = wait_new (call);
      wait->next = next;
      call->once = g_strdup (once);
      g_hash_table_insert (running, g_strdup (once), g_strdup (request));
      cr_engine_begin_answer_async (call->engine, once, request, find_patient (call), begun_cb,
                                    wait);
    }
}

static void
settled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;
  CrApiCall *call = wait->call;
  g_autoptr (GError) error = NULL;

  /* It was done, and is said so; a second request will not be told what it came to. */
  if (!cr_engine_settle_answer_finish (CR_ENGINE (source), result, &error))
    g_info ("The answer to a write of the API could not be kept: %s", error->message);

  let_go (call);
  cr_exchange_reply_text (call->exchange, wait->status, "application/json", wait->text);
  cr_api_call_free (call);
  wait_free (wait);
}

/* What may go better the next time is not kept. */
void
cr_api_once_settle (CrApiCall *call, guint status, const char *text)
{
  Wait *wait = wait_new (call);

  wait->status = status;
  wait->text = g_strdup (text);
  cr_engine_settle_answer_async (call->engine, call->once,
                                 status >= 500 || status == 429 ? 0 : status,
                                 is_known (call, status) ? NULL : text, settled_cb, wait);
}
