/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-check-id-token.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"

#define MAX_DOCUMENT (4 * 1024 * 1024)
#define TOTAL_S 20

typedef struct
{
  char *id_token; /* (owned): wiped */
  char *issuer;   /* (owned) */
  char *client;   /* (owned): our id */
  char *nonce;    /* (owned) (nullable) */
  gint64 now_ms;
} Check;

static void
check_free (gpointer data)
{
  Check *self = data;

  cr_secret_free (self->id_token);
  g_free (self->issuer);
  g_free (self->client);
  g_free (self->nonce);
  g_free (self);
}

/* Takes @why, the reason in detail. There is nothing to check the token with, which says nothing
 * against it. */
static void
return_unchecked (GTask *task, GError *why)
{
  if (why != NULL && (cr_error_is_cancelled (why) || cr_error_is_retryable (why) ||
                      g_error_matches (why, CR_ERROR, CR_ERROR_CERTIFICATE)))
    {
      g_task_return_error (task, why);
      return;
    }

  g_task_return_new_error (task, CR_ERROR, CR_ERROR_NOT_FOUND,
                           "The id token could not be checked, because the portal's keys cannot be "
                           "read (%s)",
                           why != NULL ? why->message : CR_SAID ("it does not say where they are"));
  g_clear_error (&why);
}

static void
ask (GTask *task, const char *url, GAsyncReadyCallback callback)
{
  CrRequest request = { 0 };

  request.url = url;
  request.accept = "application/json";
  request.max_bytes = MAX_DOCUMENT;
  request.total_s = TOTAL_S;
  request.max_attempts = 2;
  request.may_leave_origin = TRUE;
  cr_client_send_async (g_task_get_source_object (task), &request, g_task_get_cancellable (task),
                        callback, task);
}

static void
got_keys_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Check *self = g_task_get_task_data (task);
  CrIdTokenRules rules = { self->issuer, self->client, self->nonce, self->now_ms };
  g_autoptr (CrReply) reply = NULL;
  g_autoptr (CrKeySet) keys = NULL;
  CrIdToken *checked;
  GError *error = NULL;

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (reply != NULL && cr_reply_check (reply, &error))
    keys = cr_key_set_parse (reply->body, &error);
  if (keys == NULL)
    {
      return_unchecked (task, error);
      return;
    }

  checked = cr_id_token_check (self->id_token, keys, &rules, &error);
  if (checked != NULL)
    g_task_return_pointer (task, checked, (GDestroyNotify) cr_id_token_free);
  else
    g_task_return_error (task, error);
}

/* It must say of itself who we think it is (OpenID Connect Discovery 1.0 §4.3). */
static void
got_configuration_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Check *self = g_task_get_task_data (task);
  g_autoptr (CrReply) reply = NULL;
  g_autoptr (JsonObject) root = NULL;
  const char *jwks_uri = NULL;
  const char *text = NULL;
  gsize n_bytes = 0;
  GError *error = NULL;

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (reply != NULL && cr_reply_check (reply, &error))
    text = g_bytes_get_data (reply->body, &n_bytes);
  if (text != NULL)
    root = cr_json_parse (text, (gssize) n_bytes, CR_SAID ("Its configuration"), &error);
  if (root != NULL && g_strcmp0 (cr_json_string (root, "issuer"), self->issuer) == 0)
    jwks_uri = cr_json_string (root, "jwks_uri");

  if (jwks_uri != NULL)
    ask (g_steal_pointer (&task), jwks_uri, got_keys_cb);
  else
    return_unchecked (task, error);
}

/**
 * cr_check_id_token_async:
 * @rules: its issuer may be %NULL: the portal did not say who issues its tokens
 * @jwks_uri: (nullable): where the keys are; %NULL: the issuer is asked
 *
 * Errors: %CR_ERROR_BAD_REPLY: the token must not be believed; %CR_ERROR_NOT_FOUND: there is
 * nothing to check it with; OFFLINE, BUSY, CERTIFICATE: the keys cannot be read now Source: OpenID
 * Connect Core 1.0 §3.1.3.7; OpenID Connect Discovery 1.0
 */
void
cr_check_id_token_async (CrClient *client,
                         const char *id_token,
                         const CrIdTokenRules *rules,
                         const char *jwks_uri,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (client, cancellable, callback, user_data);
  Check *self = g_new0 (Check, 1);
  g_autofree char *url = NULL;

  g_task_set_source_tag (task, cr_check_id_token_async);
  g_task_set_task_data (task, self, check_free);
  self->id_token = g_strdup (id_token);
  self->issuer = g_strdup (rules->issuer);
  self->client = g_strdup (rules->client_id);
  self->nonce = g_strdup (rules->nonce);
  self->now_ms = rules->now_ms;
  if (self->issuer == NULL || self->issuer[0] == '\0')
    {
      return_unchecked (task, NULL);
      g_object_unref (task);
      return;
    }

  url = g_strconcat (self->issuer, g_str_has_suffix (self->issuer, "/") ? "" : "/",
                     ".well-known/openid-configuration", NULL);
  if (jwks_uri != NULL && jwks_uri[0] != '\0')
    ask (task, jwks_uri, got_keys_cb);
  else
    ask (task, url, got_configuration_cb);
}

CrIdToken *
cr_check_id_token_finish (CrClient *client, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, client), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
