/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "webhook/cr-webhook-request.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "net/cr-address.h"
#include "webhook/cr-signature.h"

#include <string.h>

#define DEADLINE_S 5
#define BODY_BYTES 4096

static gboolean
names_private_host (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return cr_address_is_private (address);
  return g_ascii_strcasecmp (host, "localhost") == 0 || g_str_has_suffix (host, ".localhost") ||
         g_str_has_suffix (host, ".local") || g_str_has_suffix (host, ".internal");
}

/**
 * cr_webhook_url_check:
 * @allows_private: an admin let this host be on this computer or the local network
 *
 * What a name means is looked at again whenever it is connected to. Errors: CR_ERROR_BAD_INPUT,
 * whose message begins with the name of the field.
 *
 * Source: contract §7.1; portals W05
 */
gboolean
cr_webhook_url_check (const char *url, gboolean allows_private, GError **error)
{
  g_autoptr (GUri) uri = NULL;

  if (!cr_url_is_allowed (url, error))
    {
      g_prefix_error_literal (error, "url: ");
      return FALSE;
    }

  uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  if (uri == NULL || g_uri_get_fragment (uri) != NULL)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "url: leave out the part that begins with #");
      return FALSE;
    }
  if (!allows_private && names_private_host (g_uri_get_host (uri)))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "url: %s is on this computer or the local network; an admin must allow it first",
                   g_uri_get_host (uri));
      return FALSE;
    }

  return TRUE;
}

/**
 * cr_webhook_body:
 *
 * Returns: (transfer full): the envelope, of the same bytes at every attempt
 *
 * Source: contract §7.2
 */
GBytes *
cr_webhook_body (CrDelivery *delivery)
{
  g_autofree char *created = cr_time_to_string (delivery->created_ms);
  /* Ids, types, versions and times of our own need no escapes. */
  char *json = g_strdup_printf ("{\"id\":\"%s\",\"object\":\"event\",\"type\":\"%s\","
                                "\"api_version\":\"%s\",\"created_at\":\"%s\","
                                "\"data\":{\"object\":%s}}",
                                delivery->id, delivery->type, delivery->api_version, created,
                                delivery->data);

  return g_bytes_new_take (json, strlen (json));
}

/* Sending -------------------------------------------------------------------------------------- */

typedef struct
{
  CrDeliveryAttempt *attempt; /* (owned) */
  gint64 began_us;
  gint64 retry_after_ms;
} Sending;

static void
sending_free (gpointer data)
{
  Sending *sending = data;

  g_clear_object (&sending->attempt);
  g_free (sending);
}

static char *
readable_body (GBytes *body)
{
  gsize size;
  const char *data = g_bytes_get_data (body, &size);
  g_autofree char *text =
      size > 0 ? g_utf8_make_valid (data, (gssize) MIN (size, BODY_BYTES)) : NULL;
  const char *end;

  if (text == NULL)
    return NULL;

  /* What was cut or put in may have made it longer than it was. */
  g_utf8_validate (text, (gssize) MIN (strlen (text), BODY_BYTES), &end);
  return g_strndup (text, (gsize) (end - text));
}

static char *
status_words (guint status)
{
  if (status >= 200 && status <= 299)
    return NULL;
  if (status >= 300 && status <= 399)
    return g_strdup_printf (
        CR_SAID ("It answered %u, which sends elsewhere; that is not followed."), status);
  if (status == 410)
    return g_strdup (CR_SAID ("It answered 410: it does not want events any more."));
  return g_strdup_printf (CR_SAID ("It answered %u."), status);
}

static void
sent_cb (GObject *client, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Sending *sending = g_task_get_task_data (task);
  CrDeliveryAttempt *attempt = sending->attempt;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = cr_client_send_finish (CR_CLIENT (client), result, &error);

  attempt->took_ms = (g_get_monotonic_time () - sending->began_us) / 1000;
  if (reply != NULL)
    {
      attempt->status = reply->status;
      attempt->error = status_words (reply->status);
      attempt->body = readable_body (reply->body);
      sending->retry_after_ms = reply->retry_after_ms;
    }
  else
    attempt->error = g_strconcat (error->message, ".", NULL);
  g_task_return_boolean (task, TRUE);
}

void
cr_webhook_send_async (CrClient *client,
                       CrWebhookEndpoint *endpoint,
                       CrDelivery *delivery,
                       const char *const *secrets,
                       gboolean allows_private,
                       gint64 now_ms,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (client, NULL, callback, user_data);
  Sending *sending = g_new0 (Sending, 1);
  g_autoptr (GBytes) body = cr_webhook_body (delivery);
  gint64 at_s = now_ms / 1000;
  g_autofree char *time = g_strdup_printf ("%" G_GINT64_FORMAT, at_s);
  g_autofree char *own = cr_signature_of_contract (secrets[0], at_s, body);
  g_autofree char *standard = cr_signature_standard (secrets, delivery->id, at_s, body);
  const char *const headers[] = {
    "Medblocks-Signature", own,      "webhook-id", delivery->id, "webhook-timestamp", time,
    "webhook-signature",   standard, NULL
  };
  CrRequest request = { .method = "POST",
                        .url = endpoint->url,
                        .accept = "*/*",
                        .headers = headers,
                        .body = body,
                        .content_type = "application/json",
                        .connect_s = DEADLINE_S,
                        .idle_s = DEADLINE_S,
                        .total_s = DEADLINE_S,
                        .max_attempts = 1,
                        .cut_bytes = BODY_BYTES,
                        .refuses_private = !allows_private,
                        /* Receivers tell events that come twice by their ids. */
                        .is_repeatable = TRUE };

  g_task_set_source_tag (task, cr_webhook_send_async);
  g_task_set_task_data (task, sending, sending_free);
  sending->attempt = cr_delivery_attempt_new ();
  sending->attempt->at_ms = now_ms;
  sending->began_us = g_get_monotonic_time ();
  cr_client_send_async (client, &request, NULL, sent_cb, task);
}

CrDeliveryAttempt *
cr_webhook_send_finish (CrClient *client, GAsyncResult *result, gint64 *retry_after_ms)
{
  Sending *sending = g_task_get_task_data (G_TASK (result));

  *retry_after_ms = sending->retry_after_ms;
  return g_steal_pointer (&sending->attempt);
}
