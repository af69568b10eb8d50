/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"
#include "connect/cr-ask-patient.h"
#include "connect/cr-judge.h"
#include "connect/cr-sign-client.h"
#include "connect/cr-tokens-private.h"
#include "fhir/cr-portal-rules.h"
#include "net/cr-oauth.h"
#include "store/cr-connections-table.h"

#include <string.h>

#define MAX_MARGIN_MS 60000
#define MIN_MARGIN_MS 1000
#define MAX_ROUNDS 4
#define REFRESH_TOKEN_AT 3
#define CONSENT_SLACK_MS (60 * 60 * G_GINT64_CONSTANT (1000))

typedef enum
{
  STEP_READ,
  STEP_OPEN_KEYRING,
  STEP_DECIDE,
  STEP_GET_SECRET,
  STEP_REFRESH,
  STEP_SAVE,
  STEP_LAPSE,
} Step;

typedef struct
{
  CrTokens *keeper; /* (owned) */
  Step step;
  guint round;
  gboolean renew;
  gboolean renewed;
  gboolean is_late;    /* what is being saved was granted to an earlier fetch */
  CrHolding *holding;  /* (owned) */
  CrSealer *sealer;    /* (owned) (nullable) */
  CrTokenPair *tokens; /* (owned) (nullable) */
  char *secret;        /* (owned) (nullable) */
  char *assertion;     /* (owned) (nullable): in place of a secret */
  char *scopes;        /* (owned) (nullable): as granted anew */
  gint64 access_expires_ms;
  gint64 consent_ends_ms;
  gint64 now_ms;             /* by our clock, put right when it is known to be wrong */
  CrConnectionStatus lapsed; /* for STEP_LAPSE */
  CrFailureCode code;
  char *note;            /* (owned) (nullable) */
  gboolean has_moved_on; /* the connection is no longer what was read */
  CrTold *told;          /* (owned) (nullable) */
} Fetch;

static void
fetch_free (gpointer data)
{
  Fetch *self = data;

  cr_under_way_end (&self->keeper->under_way);
  g_object_unref (self->keeper);
  cr_holding_free (self->holding);
  g_clear_pointer (&self->sealer, cr_sealer_unref);
  g_clear_pointer (&self->tokens, cr_token_pair_free);
  g_clear_pointer (&self->secret, cr_vault_secret_free);
  g_clear_pointer (&self->assertion, cr_secret_free);
  g_free (self->scopes);
  g_free (self->note);
  g_clear_pointer (&self->told, cr_told_free);
  g_free (self);
}

static void advance (GTask *task);

static const char *
host_of (Fetch *self, char **keep)
{
  g_autoptr (GUri) uri =
      g_uri_parse (self->holding->source->fhir_base_url, G_URI_FLAGS_ENCODED, NULL);

  *keep = g_strdup (uri != NULL && g_uri_get_host (uri) != NULL ? g_uri_get_host (uri)
                                                                : CR_SAID ("The portal"));
  return *keep;
}

static void
return_lapsed (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);
  g_autofree char *host = NULL;

  g_task_return_new_error (task, CR_ERROR, CR_ERROR_SIGN_IN,
                           "Access to %s has ended. Ask the patient to connect again.",
                           host_of (self, &host));
}

static void
return_token (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);

  g_task_return_pointer (task, g_strconcat ("Bearer ", self->tokens->access_token, NULL), g_free);
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Fetch *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (cr_store_read_finish (CR_STORE (object), result, &error) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (self->holding->connection->status != CR_CONNECTION_ACTIVE ||
      self->holding->connection->sealed_tokens == NULL)
    {
      return_lapsed (task);
      return;
    }

  self->step = STEP_OPEN_KEYRING;
  advance (g_steal_pointer (&task));
}

static void
got_sealer_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Fetch *self = g_task_get_task_data (task);
  CrConnection *connection = self->holding->connection;
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->sealer, cr_sealer_unref);
  g_clear_pointer (&self->tokens, cr_token_pair_free);
  self->sealer = cr_vault_get_sealer_finish (CR_VAULT (object), result, &error);
  if (self->sealer != NULL)
    plain = cr_sealer_open (self->sealer, connection->sealed_tokens, connection->id, &error);
  if (plain != NULL)
    self->tokens = cr_token_pair_from_bytes (plain, &error);

  if (g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_KEYRING_MISSING,
                             "The key that opens this workspace's tokens is not in the keyring. "
                             "Restore the keyring, or ask the patients to connect again.");
  else if (self->tokens == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    {
      self->step = STEP_DECIDE;
      advance (g_steal_pointer (&task));
    }
}

static gint64
margin_ms (CrConnection *connection)
{
  gint64 life_ms = connection->access_expires_ms - connection->updated_ms;

  return CLAMP (life_ms / 10, MIN_MARGIN_MS, MAX_MARGIN_MS);
}

static void
lapse (Fetch *self, CrConnectionStatus status, CrFailureCode code, const char *note)
{
  self->lapsed = status;
  self->code = code;
  cr_set_text (&self->note, note);
  self->step = STEP_LAPSE;
}

/* Access without a refresh token ends on its date, if it is sure what the date is: else whether the
 * portal still takes the token decides. A portal that refuses it before has taken it back. */
static void
decide_without_refresh (CrTokens *tokens, Fetch *self, gboolean is_over)
{
  gboolean is_sure = cr_skew_look (cr_client_get_skew (tokens->client)) == CR_SKEW_FINE;

  if (is_over && (is_sure || self->renew))
    lapse (self, CR_CONNECTION_EXPIRED, CR_FAILURE_NONE, CR_LAPSE_ENDED);
  else if (self->renew)
    lapse (self, CR_CONNECTION_REFRESH_FAILED, CR_FAILURE_REFRESH_REFUSED,
           CR_SAID ("The portal refuses the access it gave, and there is no refresh token."));
}

void
cr_unsaved_free (gpointer data)
{
  CrUnsaved *self = data;

  g_bytes_unref (self->replaces);
  g_clear_pointer (&self->tokens, cr_token_pair_free);
  g_free (self->scopes);
  g_free (self);
}

/* Keeps what could not be saved. */
static void
keep_unsaved (CrTokens *tokens, Fetch *self)
{
  CrUnsaved *unsaved = g_new0 (CrUnsaved, 1);

  unsaved->replaces = g_bytes_ref (self->holding->connection->sealed_tokens);
  unsaved->tokens = g_steal_pointer (&self->tokens);
  unsaved->scopes = g_strdup (self->scopes);
  unsaved->access_expires_ms = self->access_expires_ms;
  unsaved->consent_ends_ms = self->consent_ends_ms;
  g_hash_table_replace (tokens->unsaved, g_strdup (self->holding->id), unsaved);
}

/* Whether there is something to save first; what a new sign-in has made pointless is dropped. */
static gboolean
take_unsaved (CrTokens *tokens, Fetch *self)
{
  CrUnsaved *unsaved = g_hash_table_lookup (tokens->unsaved, self->holding->id);
  gboolean fits = unsaved != NULL &&
                  g_bytes_equal (unsaved->replaces, self->holding->connection->sealed_tokens);

  if (fits)
    {
      cr_token_pair_free (self->tokens);
      self->tokens = g_steal_pointer (&unsaved->tokens);
      cr_set_text (&self->scopes, unsaved->scopes);
      self->access_expires_ms = unsaved->access_expires_ms;
      self->consent_ends_ms = unsaved->consent_ends_ms;
    }
  g_hash_table_remove (tokens->unsaved, self->holding->id);
  return fits;
}

static void
decide (GTask *task)
{
  CrTokens *tokens = g_task_get_source_object (task);
  Fetch *self = g_task_get_task_data (task);
  CrConnection *connection = self->holding->connection;
  gint64 end_ms = connection->access_expires_ms;
  gboolean is_over = end_ms > 0 && self->now_ms >= end_ms;
  gboolean is_near = end_ms > 0 && self->now_ms >= end_ms - margin_ms (connection);

  self->is_late = take_unsaved (tokens, self);
  if (self->is_late)
    self->step = STEP_SAVE;
  else if (self->tokens->refresh_token == NULL)
    decide_without_refresh (tokens, self, is_over);
  else if (is_near || self->renew)
    self->step =
        self->holding->source->client_auth == CR_CLIENT_AUTH_NONE ? STEP_REFRESH : STEP_GET_SECRET;

  if (self->step != STEP_DECIDE)
    {
      advance (task);
      return;
    }

  return_token (task);
  g_object_unref (task);
}

static void
got_secret_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Fetch *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *host = NULL;

  g_clear_pointer (&self->secret, cr_vault_secret_free);
  self->secret = cr_vault_get_finish (CR_VAULT (object), result, &error);
  if (g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_REFUSED,
                             "The client secret for %s is not in the keyring. Enter it again under "
                             "Sources.",
                             host_of (self, &host));
  else if (self->secret == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    {
      self->step = STEP_REFRESH;
      advance (g_steal_pointer (&task));
    }
}

/* A permission that ended on the day the patient chose is no fault of anybody's. */
static gboolean
consent_is_over (Fetch *self)
{
  gint64 end_ms = self->holding->connection->consent_ends_ms;

  return end_ms > 0 && self->now_ms >= end_ms - CONSENT_SLACK_MS;
}

static void
signed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Fetch *self = g_task_get_task_data (task);
  GError *error = NULL;

  g_clear_pointer (&self->assertion, cr_secret_free);
  self->assertion = cr_sign_client_finish (CR_VAULT (object), result, &error);
  if (self->assertion == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  self->step = STEP_REFRESH;
  advance (g_steal_pointer (&task));
}

static void
get_secret (GTask *task)
{
  CrTokens *tokens = g_task_get_source_object (task);
  Fetch *self = g_task_get_task_data (task);
  CrSource *source = self->holding->source;
  CrSignRequest request = { source, self->holding->connection->token_endpoint, NULL, self->now_ms };
  g_autofree char *name = cr_source_secret_name (source);

  if (source->client_auth == CR_CLIENT_AUTH_PRIVATE_KEY_JWT)
    cr_sign_client_async (tokens->vault, tokens->client, &request, g_task_get_cancellable (task),
                          signed_cb, task);
  else
    cr_vault_get_async (tokens->vault, name, g_task_get_cancellable (task), got_secret_cb, task);
}

/* Only a refusal of the patient's grant is a lapse; everything else waits or is the clinic's to put
 * right, and the refresh token stays. */
static void
refused (GTask *task, const char *oauth_error, GError *error)
{
  Fetch *self = g_task_get_task_data (task);
  g_autofree char *host = NULL;
  g_autofree char *clean = cr_clean_text (oauth_error, 60);
  g_autofree char *note = NULL;

  if (cr_judge_refresh_lapses (oauth_error))
    {
      note = g_strdup_printf (CR_SAID ("The portal refused to renew access (%s)."), oauth_error);
      if (consent_is_over (self))
        lapse (self, CR_CONNECTION_EXPIRED, CR_FAILURE_NONE, CR_LAPSE_CONSENT_ENDED);
      else
        lapse (self, CR_CONNECTION_REFRESH_FAILED, CR_FAILURE_REFRESH_REFUSED, note);
      g_error_free (error);
      advance (task);
      return;
    }

  if (clean != NULL || g_error_matches (error, CR_ERROR, CR_ERROR_SIGN_IN))
    {
      g_clear_error (&error);
      g_set_error (&error, CR_ERROR, CR_ERROR_REFUSED,
                   "%s does not accept the clinic's registration (%s). Check the client id and "
                   "its secret or keys under Sources; the patient need not connect again.",
                   host_of (self, &host), clean != NULL ? clean : CR_SAID ("no reason given"));
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* Never the records of somebody else under this patient's name. */
static gboolean
is_other_patient (Fetch *self, const CrOAuthGrant *grant)
{
  g_autofree char *id =
      cr_portal_patient_id (grant->patient, self->holding->source->fhir_base_url, TRUE);

  return id != NULL && g_strcmp0 (id, self->holding->connection->portal_patient_id) != 0;
}

static void
refreshed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Fetch *self = g_task_get_task_data (task);
  g_autoptr (CrOAuthGrant) grant = NULL;
  g_autofree char *oauth_error = NULL;
  GError *error = NULL;
  CrTokenPair *fresh;

  grant = cr_oauth_token_finish (CR_CLIENT (object), result, &oauth_error, &error);
  if (grant == NULL)
    {
      refused (g_steal_pointer (&task), oauth_error, error);
      return;
    }

  if (is_other_patient (self, grant))
    {
      lapse (
          self, CR_CONNECTION_REFRESH_FAILED, CR_FAILURE_DIFFERENT_PORTAL_PATIENT,
          CR_SAID (
              "The portal renewed access for another patient than the one this connection belongs "
              "to. What it gave was thrown away."));
      advance (g_steal_pointer (&task));
      return;
    }

  fresh = cr_token_pair_new (grant->access_token, grant->refresh_token != NULL
                                                      ? grant->refresh_token
                                                      : self->tokens->refresh_token);
  cr_token_pair_free (self->tokens);
  self->tokens = fresh;
  self->consent_ends_ms = grant->consent_in_s > 0 ? self->now_ms + grant->consent_in_s * 1000
                                                  : self->holding->connection->consent_ends_ms;
  self->access_expires_ms = grant->expires_in_s > 0 ? self->now_ms + grant->expires_in_s * 1000 : 0;
  cr_set_text (&self->scopes,
               grant->scope != NULL ? grant->scope : self->holding->connection->scopes);
  self->step = STEP_SAVE;
  advance (g_steal_pointer (&task));
}

/* Those of the standard, and what this vendor wants besides. */
static char **
refresh_parameters (Fetch *self)
{
  CrHolding *holding = self->holding;
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (holding->source->type, NULL);
  const char *const *more = rules != NULL ? cr_portal_rules_get_refresh (rules) : NULL;
  GStrvBuilder *builder = g_strv_builder_new ();
  char **all;

  g_strv_builder_add_many (builder, "grant_type", "refresh_token", "refresh_token",
                           self->tokens->refresh_token, NULL);
  for (; more != NULL && more[0] != NULL && more[1] != NULL; more += 2)
    {
      const char *value = strcmp (more[1], "{redirect_uri}") == 0 ? holding->redirect_uri
                        : strcmp (more[1], "{scope}") == 0        ? holding->connection->scopes
                                                                  : more[1];

      if (value != NULL)
        g_strv_builder_add_many (builder, more[0], value, NULL);
    }

  all = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return all;
}

static void
refresh (GTask *task)
{
  CrTokens *tokens = g_task_get_source_object (task);
  Fetch *self = g_task_get_task_data (task);
  CrHolding *holding = self->holding;
  g_auto (GStrv) parameters = refresh_parameters (self);
  g_autoptr (CrClient) client = cr_client_trusting (tokens->client, holding->source->ca_file);
  CrOAuthRequest request = { 0 };

  request.token_endpoint = holding->connection->token_endpoint;
  request.auth = cr_judge_auth (holding->source->client_auth);
  request.client_id = holding->source->client_id;
  request.client_secret = self->secret;
  request.client_assertion = self->assertion;
  request.parameters = (const char *const *) parameters;
  cr_oauth_token_async (client, &request, tokens->under_way.at_last, refreshed_cb, task);
  cr_secret_wipe (parameters[REFRESH_TOKEN_AT]);
}

/* A patient may have signed in again, or staff disconnected, while the portal was asked. */
static gboolean
is_still_so (CrDb *db, Fetch *self, GError **error)
{
  CrConnection *read = self->holding->connection;
  g_autoptr (CrConnection) now = cr_connections_table_get (db, read->id, error);

  if (now == NULL)
    return FALSE;

  self->has_moved_on = now->status != CR_CONNECTION_ACTIVE || now->sealed_tokens == NULL ||
                       !g_bytes_equal (now->sealed_tokens, read->sealed_tokens);
  return TRUE;
}

/* What is granted may shrink with a renewal too. */
static gboolean
save_terms (CrDb *db, Fetch *self, GError **error)
{
  CrConnection *connection = self->holding->connection;
  g_autofree char *words = NULL;
  g_autofree char *ungranted = cr_judge_scopes (connection->asked_scopes, self->scopes, &words);
  g_autoptr (CrAuthEvent) event = NULL;

  if (ungranted != NULL && g_strcmp0 (ungranted, connection->ungranted) != 0)
    {
      event = cr_auth_event_of_connection (connection, CR_AUTH_STEP_SCOPES, CR_AUTH_OUTCOME_FAILURE,
                                           CR_FAILURE_SCOPES_REDUCED, words, self->now_ms);
      if (!cr_auth_log_add (db, event, self->told, error))
        return FALSE;
    }

  return cr_connections_table_set_terms (db, connection->id, self->consent_ends_ms, ungranted,
                                         error);
}

static gpointer
save (CrDb *db, gpointer data, GError **error)
{
  Fetch *self = data;
  CrConnection *connection = self->holding->connection;
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (CrAuthEvent) event = NULL;

  if (!is_still_so (db, self, error))
    return NULL;
  if (self->has_moved_on)
    return self;

  plain = cr_token_pair_to_bytes (self->tokens);
  sealed = cr_sealer_seal (self->sealer, plain, connection->id);
  event = cr_auth_event_of_connection (connection, CR_AUTH_STEP_REFRESH, CR_AUTH_OUTCOME_SUCCESS,
                                       CR_FAILURE_NONE, CR_SAID ("The portal renewed access."),
                                       self->now_ms);
  if (!cr_connections_table_set_tokens (
          db, connection->id, sealed, self->tokens->refresh_token != NULL, self->access_expires_ms,
          self->scopes, self->now_ms, error) ||
      !save_terms (db, self, error) || !cr_auth_log_add (db, event, self->told, error))
    return NULL;

  cr_told_note (self->told, CR_CHANGE_CONNECTION, connection->id);
  return self;
}

static gpointer
save_lapse (CrDb *db, gpointer data, GError **error)
{
  Fetch *self = data;
  CrConnection *connection = self->holding->connection;

  if (!is_still_so (db, self, error))
    return NULL;
  if (self->has_moved_on)
    return self;

  return cr_lapse (db, connection, self->lapsed, self->code, self->note, self->told, self->now_ms,
                   error)
           ? self
           : NULL;
}

/* From the start, with what the store holds now. Takes @task. */
static void
go_round (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);

  if (++self->round == MAX_ROUNDS)
    {
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_BUSY,
                               "The connection is being changed. Try again in a moment.");
      g_object_unref (task);
      return;
    }

  self->has_moved_on = FALSE;
  self->renew = FALSE;
  self->step = STEP_READ;
  advance (task);
}

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Fetch *self = g_task_get_task_data (task);
  CrTokens *tokens = g_task_get_source_object (task);
  gboolean has_lapsed = self->step == STEP_LAPSE;
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (object), result, &error) == NULL)
    {
      if (!has_lapsed && !g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
        keep_unsaved (tokens, self);
      g_task_return_error (task, error);
      return;
    }
  if (self->has_moved_on)
    {
      go_round (g_steal_pointer (&task));
      return;
    }

  cr_told_tell (self->told, tokens->changes);
  self->renewed = !has_lapsed;
  if (self->is_late)
    go_round (g_steal_pointer (&task));
  else if (has_lapsed)
    return_lapsed (task);
  else
    return_token (task);
}

static void
keep (GTask *task, CrStoreFunc func)
{
  CrTokens *tokens = g_task_get_source_object (task);
  Fetch *self = g_task_get_task_data (task);

  g_clear_pointer (&self->told, cr_told_free);
  self->told = cr_told_new (self->holding->connection->patient_id);
  cr_store_write_async (tokens->store, CR_WRITE_SURE, func, self, NULL, NULL, NULL, saved_cb, task);
}

/* While stopping, what a portal gave is saved, and nothing else is begun. */
static void
advance (GTask *task)
{
  CrTokens *tokens = g_task_get_source_object (task);
  Fetch *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (self->step < STEP_SAVE && self->step != STEP_DECIDE &&
      g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }

  switch (self->step)
    {
    case STEP_READ:
      self->now_ms = cr_skew_now_ms (cr_client_get_skew (tokens->client));
      cr_store_read_async (tokens->store, CR_READ_SCREEN, cr_holding_read, self->holding, NULL,
                           NULL, NULL, read_cb, task);
      break;
    case STEP_OPEN_KEYRING:
      cr_vault_get_sealer_async (tokens->vault, FALSE, cancellable, got_sealer_cb, task);
      break;
    case STEP_DECIDE:
      decide (task);
      break;
    case STEP_GET_SECRET:
      get_secret (task);
      break;
    case STEP_REFRESH:
      refresh (task);
      break;
    case STEP_SAVE:
      keep (task, save);
      break;
    case STEP_LAPSE:
      keep (task, save_lapse);
      break;
    default:
      g_assert_not_reached ();
    }
}

void
cr_tokens_fetch_async (CrTokens *self,
                       const char *connection_id,
                       gboolean renew,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (self, self->under_way.at_once, callback, user_data);
  Fetch *fetch = g_new0 (Fetch, 1);

  g_task_set_source_tag (task, cr_tokens_fetch_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, fetch, fetch_free);
  fetch->keeper = g_object_ref (self);
  cr_under_way_begin (&self->under_way);
  fetch->renew = renew;
  fetch->holding = cr_holding_new (connection_id);
  advance (task);
}

char *
cr_tokens_fetch_finish (CrTokens *self, GAsyncResult *result, gboolean *renewed, GError **error)
{
  Fetch *fetch;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  fetch = g_task_get_task_data (G_TASK (result));
  *renewed = fetch->renewed;
  return g_task_propagate_pointer (G_TASK (result), error);
}
