/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"
#include "connect/cr-discover.h"
#include "connect/cr-return-url.h"
#include "connect/cr-sign-client.h"
#include "connect/cr-tokens-private.h"
#include "net/cr-oauth.h"
#include "store/cr-connections-table.h"

#include <string.h>

#define REVOKE_S 20

typedef struct
{
  CrTokens *keeper;      /* (owned) */
  CrHolding *holding;    /* (owned) */
  CrTokenPair *tokens;   /* (owned) (nullable) */
  CrSmartConfig *config; /* (owned) (nullable) */
  char *secret;          /* (owned) (nullable): of the client */
  char *assertion;       /* (owned) (nullable): in place of a secret, for one request */
  guint n_asked;         /* of the two tokens */
  gboolean is_refused;   /* one of them */
  const char *revoked;   /* what came of asking the portal, in words */
  gint64 now_ms;
  CrTold *told; /* (owned) (nullable) */
} Leave;

static void
leave_free (gpointer data)
{
  Leave *self = data;

  cr_under_way_end (&self->keeper->under_way);
  g_object_unref (self->keeper);
  cr_holding_free (self->holding);
  g_clear_pointer (&self->tokens, cr_token_pair_free);
  g_clear_pointer (&self->config, cr_smart_config_free);
  g_clear_pointer (&self->secret, cr_vault_secret_free);
  g_clear_pointer (&self->assertion, cr_secret_free);
  g_clear_pointer (&self->told, cr_told_free);
  g_free (self);
}

static gpointer
save (CrDb *db, gpointer data, GError **error)
{
  Leave *self = data;
  g_autoptr (CrAuthEvent) event = NULL;
  g_autofree char *words = NULL;

  if (cr_holding_read (db, self->holding, error) == NULL)
    return NULL;
  if (self->holding->connection->status == CR_CONNECTION_DISCONNECTED)
    return self;

  words = g_strconcat (CR_SAID ("The clinic disconnected this source. "), self->revoked, NULL);
  event =
      cr_auth_event_of_connection (self->holding->connection, CR_AUTH_STEP_DISCONNECT,
                                   CR_AUTH_OUTCOME_SUCCESS, CR_FAILURE_NONE, words, self->now_ms);
  if (!cr_connections_table_set_status (db, self->holding->id, CR_CONNECTION_DISCONNECTED,
                                        CR_FAILURE_NONE, self->now_ms, error) ||
      !cr_auth_log_add (db, event, self->told, error))
    return NULL;

  cr_told_note (self->told, CR_CHANGE_CONNECTION, self->holding->id);
  return self;
}

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Leave *self = g_task_get_task_data (task);
  CrTokens *tokens = g_task_get_source_object (task);
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (object), result, &error) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_hash_table_remove (tokens->unsaved, self->holding->id);
  cr_told_tell (self->told, tokens->changes);
  g_task_return_boolean (task, TRUE);
}

/* Whatever the portal said, the tokens leave this computer. */
static void
finish (GTask *task, const char *revoked)
{
  Leave *self = g_task_get_task_data (task);
  CrTokens *tokens = g_task_get_source_object (task);

  self->revoked = revoked;
  self->told = cr_told_new (self->holding->connection->patient_id);
  cr_store_write_async (tokens->store, CR_WRITE_SURE, save, self, NULL, NULL, NULL, saved_cb, task);
}

static void ask_next (GTask *task);

static void
revoked_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Leave *self = g_task_get_task_data (task);
  g_autoptr (CrReply) reply = cr_client_send_finish (CR_CLIENT (object), result, NULL);

  self->is_refused |= reply == NULL || reply->status != 200;
  if (reply != NULL && self->n_asked == 1 && self->tokens->refresh_token != NULL)
    ask_next (task);
  else if (self->is_refused)
    finish (task, CR_SAID ("The portal did not confirm that it took the access back."));
  else
    finish (task, CR_SAID ("The portal took the access back."));
}

/* RFC 7009 §2.1: the refresh token first. The access token should go with it, but need not. An
 * assertion is good for one use, so with a key each request has its own. */
static void
ask_to_revoke (GTask *task)
{
  Leave *self = g_task_get_task_data (task);
  CrTokens *tokens = g_task_get_source_object (task);
  CrSource *source = self->holding->source;
  const char *secret = self->secret;
  gboolean is_refresh = self->tokens->refresh_token != NULL && self->n_asked == 0;
  gboolean is_basic = source->client_auth == CR_CLIENT_AUTH_BASIC && secret != NULL;
  gboolean is_post = source->client_auth == CR_CLIENT_AUTH_POST;
  gboolean is_key = source->client_auth == CR_CLIENT_AUTH_PRIVATE_KEY_JWT;
  char *basic = is_basic ? cr_oauth_basic (source->client_id, secret) : NULL;
  const char *const headers[] = { "Authorization", basic, NULL };
  char *form = cr_url_with_query (
      "?", (const char *const[]){
               "token", is_refresh ? self->tokens->refresh_token : self->tokens->access_token,
               "token_type_hint", is_refresh ? "refresh_token" : "access_token", "client_id",
               is_basic ? NULL : source->client_id, "client_secret", is_post ? secret : NULL,
               "client_assertion_type", is_key ? CR_OAUTH_ASSERTION_TYPE : NULL, "client_assertion",
               is_key ? self->assertion : NULL, NULL });
  g_autoptr (GBytes) body =
      g_bytes_new_with_free_func (form + 1, strlen (form + 1), cr_secret_free, form);
  g_autoptr (CrClient) client = cr_client_trusting (tokens->client, source->ca_file);
  CrRequest request = { 0 };

  self->n_asked++;
  request.method = "POST";
  request.url = self->config->revocation_endpoint;
  request.body = body;
  request.content_type = "application/x-www-form-urlencoded";
  request.accept = "application/json";
  request.total_s = REVOKE_S;
  if (basic != NULL)
    request.headers = headers;
  cr_client_send_async (client, &request, tokens->under_way.at_last, revoked_cb, task);
  cr_secret_free (basic);
}

static void
got_secret_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Leave *self = g_task_get_task_data (task);

  self->secret = cr_vault_get_finish (CR_VAULT (object), result, NULL);
  if (self->secret == NULL)
    finish (task, CR_SAID ("The portal was not told: the client secret is not at hand."));
  else
    ask_to_revoke (task);
}

static void
signed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Leave *self = g_task_get_task_data (task);

  g_clear_pointer (&self->assertion, cr_secret_free);
  self->assertion = cr_sign_client_finish (CR_VAULT (object), result, NULL);
  if (self->assertion == NULL)
    finish (task, CR_SAID ("The portal was not told: the clinic's key is not at hand."));
  else
    ask_to_revoke (task);
}

static void
sign_client (GTask *task)
{
  Leave *self = g_task_get_task_data (task);
  CrTokens *tokens = g_task_get_source_object (task);
  CrSource *source = self->holding->source;
  CrSignRequest request = { source, self->holding->connection->token_endpoint,
                            cr_sign_client_choose (source->type, self->config, NULL),
                            self->now_ms };

  cr_sign_client_async (tokens->vault, tokens->client, &request, tokens->under_way.at_last,
                        signed_cb, task);
}

static void
ask_next (GTask *task)
{
  Leave *self = g_task_get_task_data (task);

  if (self->holding->source->client_auth == CR_CLIENT_AUTH_PRIVATE_KEY_JWT)
    sign_client (task);
  else
    ask_to_revoke (task);
}

static void
discovered_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Leave *self = g_task_get_task_data (task);
  CrTokens *tokens = g_task_get_source_object (task);
  g_autofree char *name = cr_source_secret_name (self->holding->source);

  self->config = cr_discover_finish (CR_CLIENT (object), result, NULL);
  if (self->config == NULL)
    finish (task, CR_SAID ("The portal could not be told."));
  else if (self->config->revocation_endpoint == NULL)
    finish (task, CR_SAID ("The portal offers no way to take access back; it ends by itself."));
  else if (self->holding->source->client_auth == CR_CLIENT_AUTH_BASIC ||
           self->holding->source->client_auth == CR_CLIENT_AUTH_POST)
    cr_vault_get_async (tokens->vault, name, tokens->under_way.at_last, got_secret_cb, task);
  else
    ask_next (task);
}

static void
got_sealer_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Leave *self = g_task_get_task_data (task);
  CrTokens *tokens = g_task_get_source_object (task);
  CrConnection *connection = self->holding->connection;
  g_autoptr (CrClient) client = NULL;
  g_autoptr (CrSealer) sealer = NULL;
  g_autoptr (GBytes) plain = NULL;

  sealer = cr_vault_get_sealer_finish (CR_VAULT (object), result, NULL);
  if (sealer != NULL)
    plain = cr_sealer_open (sealer, connection->sealed_tokens, connection->id, NULL);
  if (plain != NULL)
    self->tokens = cr_token_pair_from_bytes (plain, NULL);

  if (self->tokens == NULL)
    finish (task, CR_SAID ("The portal was not told: the tokens could not be opened."));
  else
    {
      client = cr_client_trusting (tokens->client, self->holding->source->ca_file);
      cr_discover_async (client, self->holding->source->fhir_base_url, FALSE,
                         tokens->under_way.at_last, discovered_cb, task);
    }
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Leave *self = g_task_get_task_data (task);
  CrTokens *tokens = g_task_get_source_object (task);
  GError *error = NULL;

  if (cr_store_read_finish (CR_STORE (object), result, &error) == NULL)
    g_task_return_error (task, error);
  else if (self->holding->connection->sealed_tokens == NULL)
    finish (g_steal_pointer (&task), CR_SAID ("There were no tokens any more."));
  else
    cr_vault_get_sealer_async (tokens->vault, FALSE, tokens->under_way.at_last, got_sealer_cb,
                               g_steal_pointer (&task));
}

/**
 * cr_tokens_disconnect_async:
 * @connection_id: `conn_…`, in any state
 *
 * Takes access back at the portal where it offers that, and in any case here. Done already is done.
 *
 * Errors: CR_ERROR_NOT_FOUND; those of the store
 * Source: RFC 7009
 */
void
cr_tokens_disconnect_async (CrTokens *self,
                            const char *connection_id,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task;
  Leave *leave;

  g_return_if_fail (CR_IS_TOKENS (self));
  g_return_if_fail (connection_id != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  leave = g_new0 (Leave, 1);
  g_task_set_source_tag (task, cr_tokens_disconnect_async);
  g_task_set_task_data (task, leave, leave_free);
  leave->keeper = g_object_ref (self);
  cr_under_way_begin (&self->under_way);
  leave->now_ms = self->clock ();
  leave->holding = cr_holding_new (connection_id);
  cr_store_read_async (self->store, CR_READ_SCREEN, cr_holding_read, leave->holding, NULL, NULL,
                       NULL, read_cb, task);
}

gboolean
cr_tokens_disconnect_finish (CrTokens *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
