/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"
#include "connect/cr-connect-private.h"
#include "connect/cr-discover.h"
#include "connect/cr-proof.h"
#include "connect/cr-return-url.h"
#include "connect/cr-sign-client.h"
#include "fhir/cr-portal-rules.h"
#include "model/cr-explain.h"
#include "net/cr-oauth.h"
#include "store/cr-client-uses-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-sources-table.h"

#include <string.h>

#define STATE_BYTES 24
#define NONCE_BYTES 24

typedef enum
{
  STEP_READ_SOURCE,
  STEP_OPEN_KEYRING,
  STEP_DISCOVER,
  STEP_SAVE,
} Step;

typedef struct
{
  Step step;
  CrSession *session;    /* (owned) */
  char *source_id;       /* (owned) */
  CrSource *source;      /* (owned) (nullable) */
  CrSealer *sealer;      /* (owned) (nullable) */
  char *url;             /* (owned) (nullable): where the browser goes */
  CrAttempt *attempt;    /* (owned) (nullable) */
  const char *algorithm; /* (nullable): to sign in with */
  char *note;            /* (owned) (nullable): of the step in the history */
  CrFailureCode code;
  CrTold *told; /* (owned) */
  gint64 now_ms;
} Start;

static void
start_free (gpointer data)
{
  Start *self = data;

  g_object_unref (self->session);
  g_free (self->source_id);
  g_clear_object (&self->source);
  g_clear_pointer (&self->sealer, cr_sealer_unref);
  g_free (self->url);
  g_clear_object (&self->attempt);
  g_free (self->note);
  cr_told_free (self->told);
  g_free (self);
}

static void advance (GTask *task);

/* The step in hand could not be done: what is left is to keep that in the history. */
static void
fail (GTask *task, CrFailureCode code, const char *note)
{
  Start *self = g_task_get_task_data (task);

  self->code = code;
  self->note = g_strdup (note);
  self->step = STEP_SAVE;
}

static gpointer
read_source (CrDb *db, gpointer data, GError **error)
{
  return cr_sources_table_get (db, data, error);
}

/* NULL, or why nobody signs in there just now. A page shown before may still name the source. */
static const char *
fault_of_status (CrSource *source, gint64 now_ms)
{
  CrSourceStatus status = cr_source_status_at (source, now_ms);

  return status == CR_SOURCE_WORKING || status == CR_SOURCE_MOVED
           ? NULL
           : cr_explain_source (status)->sentence;
}

static void
read_source_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Start *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->source = cr_store_read_finish (CR_STORE (object), result, &error);
  if (self->source == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  self->step = STEP_OPEN_KEYRING;
  if (fault_of_status (self->source, self->now_ms) != NULL)
    fail (task, CR_FAILURE_SOURCE_CLOSED, fault_of_status (self->source, self->now_ms));
  else if (self->source->client_id == NULL || self->source->client_id[0] == '\0')
    fail (task, CR_FAILURE_REGISTRATION_REFUSED,
          CR_SAID (
              "This source has no client id yet. Register the clinic with the portal and enter the "
              "client id under Sources."));
  advance (g_steal_pointer (&task));
}

static void
got_sealer_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Start *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  self->sealer = cr_vault_get_sealer_finish (CR_VAULT (object), result, &error);
  self->step = STEP_DISCOVER;
  if (cr_error_is_cancelled (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (self->sealer == NULL)
    fail (task, CR_FAILURE_KEYRING_UNAVAILABLE, error->message);
  advance (g_steal_pointer (&task));
}

static char *
dup_scopes (CrSource *source, CrPortalRules *rules, const CrSmartConfig *config)
{
  if (source->scopes != NULL && source->scopes[0] != '\0')
    return g_strdup (source->scopes);

  return g_strdup (cr_portal_rules_get_scopes (rules, config));
}

/* What this vendor, and then this very site, wants to be told besides. */
static char *
add_rules (const char *url, CrSource *source, CrPortalRules *rules)
{
  g_autofree char *with = cr_url_with_query (url, cr_portal_rules_get_authorize (rules));

  g_autofree char *more =
      cr_url_with_exact_query (with, cr_portal_rules_get_authorize_exact (rules));

  return cr_url_with_exact_query (more, source->parameters);
}

static gboolean
asks_for_identity (const char *scopes)
{
  g_auto (GStrv) words = g_strsplit (scopes, " ", -1);

  return g_strv_contains ((const char *const *) words, "openid");
}

/* What must be known when the browser comes back. */
static CrProof *
prove (Start *self, const char *verifier, const CrSmartConfig *config)
{
  CrProof *proof = cr_proof_new (verifier, config->issuer, config->is_iss_promised);

  if (asks_for_identity (self->attempt->scopes))
    {
      g_free (proof->nonce);
      proof->nonce = cr_random_base64url (NONCE_BYTES);
    }
  if (self->algorithm != NULL)
    cr_set_text (&proof->algorithm, self->algorithm);
  if (config->jwks_uri != NULL)
    cr_set_text (&proof->jwks_uri, config->jwks_uri);
  return proof;
}

/* The authorization request of SMART App Launch, standalone launch. */
static void
compose (CrConnect *connect, Start *self, CrPortalRules *rules, const CrSmartConfig *config)
{
  g_autofree char *verifier = cr_pkce_verifier_new ();
  g_autofree char *challenge = cr_pkce_challenge (verifier);
  g_autoptr (CrProof) proof = NULL;
  g_autoptr (GBytes) plain = NULL;
  g_autofree char *redirect_uri = cr_connect_get_redirect_uri (connect);
  g_autofree char *url = NULL;
  CrAttempt *attempt = self->attempt;

  g_free (attempt->token_endpoint);
  attempt->token_endpoint = g_strdup (config->token_endpoint);
  g_free (attempt->scopes);
  attempt->scopes = dup_scopes (self->source, rules, config);
  proof = prove (self, verifier, config);
  plain = cr_proof_pack (proof);
  attempt->sealed_verifier = cr_sealer_seal (self->sealer, plain, attempt->id);

  url = cr_url_with_query (
      config->authorization_endpoint,
      (const char *const[]){
          "response_type", "code", "client_id", self->source->client_id, "redirect_uri",
          redirect_uri, "scope", attempt->scopes, "state", attempt->state, "aud",
          cr_portal_rules_takes (rules, "aud") ? self->source->fhir_base_url : NULL,
          "code_challenge", challenge, "code_challenge_method", "S256", "nonce",
          proof->nonce[0] != '\0' ? proof->nonce : NULL, NULL });
  self->url = add_rules (url, self->source, rules);
  cr_secret_wipe (verifier);
}

static void
discovered_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Start *self = g_task_get_task_data (task);
  g_autoptr (CrSmartConfig) config = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrPortalRules) rules = NULL;

  config = cr_discover_finish (CR_CLIENT (object), result, &error);
  if (config != NULL)
    rules = cr_portal_rules_load (self->source->type, &error);
  if (cr_error_is_cancelled (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  self->step = STEP_SAVE;
  if (rules != NULL && self->source->client_auth == CR_CLIENT_AUTH_PRIVATE_KEY_JWT)
    self->algorithm = cr_sign_client_choose (self->source->type, config, &error);
  if (rules != NULL && error != NULL)
    fail (task, CR_FAILURE_REGISTRATION_REFUSED, error->message);
  else if (rules != NULL)
    compose (g_task_get_source_object (task), self, rules, config);
  else
    fail (task, CR_FAILURE_SOURCE_UNREACHABLE, error->message);
  advance (g_steal_pointer (&task));
}

static CrAttempt *
attempt_begin (CrConnect *connect, Start *self)
{
  g_autofree char *id = cr_id_new ("att_", self->now_ms);
  CrAttempt *attempt = cr_attempt_new (id);

  attempt->session_id = g_strdup (self->session->id);
  attempt->patient_id = g_strdup (self->session->patient_id);
  attempt->source_id = g_strdup (self->source_id);
  attempt->status = CR_ATTEMPT_STARTED;
  attempt->state = cr_random_base64url (STATE_BYTES);
  attempt->redirect_uri = cr_connect_get_redirect_uri (connect);
  attempt->token_endpoint = g_strdup ("");
  attempt->scopes = g_strdup ("");
  attempt->state_expires_ms = self->now_ms + CR_STATE_LIFE_MS;
  attempt->created_ms = self->now_ms;
  return attempt;
}

static gboolean
save_failure (CrDb *db, Start *self, GError **error)
{
  CrAttempt *attempt = self->attempt;

  attempt->status = CR_ATTEMPT_FAILED;
  attempt->failure_code = self->code;
  attempt->failure_description = g_strdup (self->note);
  attempt->failure_ms = self->now_ms;
  return cr_attempts_table_finish (db, attempt, error);
}

static gpointer
save (CrDb *db, gpointer data, GError **error)
{
  Start *self = data;
  gboolean ok = self->code == CR_FAILURE_NONE;
  g_autoptr (CrAuthEvent) event = cr_auth_event_of_attempt (
      self->attempt, CR_AUTH_STEP_REDIRECT,
      ok ? CR_AUTH_OUTCOME_IN_PROGRESS : CR_AUTH_OUTCOME_FAILURE, self->code,
      ok ? CR_SAID ("The patient was sent to the portal to sign in.") : self->note, self->now_ms);

  if (!cr_attempts_table_add (db, self->attempt, error) ||
      (ok && !cr_client_uses_table_note (db, self->source_id, self->source->client_id, FALSE,
                                         self->now_ms, error)) ||
      (!ok && !save_failure (db, self, error)) || !cr_auth_log_add (db, event, self->told, error))
    return NULL;

  cr_told_note (self->told, CR_CHANGE_SESSION, self->session->id);
  return self;
}

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Start *self = g_task_get_task_data (task);
  CrConnect *connect = g_task_get_source_object (task);
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (object), result, &error) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  cr_told_tell (self->told, connect->changes);
  if (self->code == CR_FAILURE_NONE)
    g_task_return_pointer (task, g_steal_pointer (&self->url), g_free);
  else
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_REFUSED, "%s", self->note);
}

static void
advance (GTask *task)
{
  CrConnect *connect = g_task_get_source_object (task);
  Start *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (CrClient) client = NULL;

  switch (self->step)
    {
    case STEP_READ_SOURCE:
      cr_store_read_async (connect->store, CR_READ_SCREEN, read_source, g_strdup (self->source_id),
                           g_free, g_object_unref, cancellable, read_source_cb, task);
      break;
    case STEP_OPEN_KEYRING:
      cr_vault_get_sealer_async (connect->vault, TRUE, cancellable, got_sealer_cb, task);
      break;
    case STEP_DISCOVER:
      client = cr_client_trusting (connect->client, self->source->ca_file);
      cr_discover_async (client, self->source->fhir_base_url, TRUE, cancellable, discovered_cb,
                         task);
      break;
    case STEP_SAVE:
      cr_store_write_async (connect->store, CR_WRITE_SURE, save, self, NULL, NULL, NULL, saved_cb,
                            task);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* The keyring is asked before the patient is sent away: without it the tokens could not be kept. */
void
cr_start_async (CrConnect *self,
                CrSession *session,
                const char *source_id,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  GTask *task = g_task_new (self, self->under_way.at_once, callback, user_data);
  Start *start = g_new0 (Start, 1);

  g_task_set_source_tag (task, cr_start_async);
  g_task_set_task_data (task, start, start_free);
  start->now_ms = self->clock ();
  start->session = g_object_ref (session);
  start->source_id = g_strdup (source_id);
  start->told = cr_told_new (session->patient_id);
  start->attempt = attempt_begin (self, start);
  advance (task);
}

char *
cr_start_finish (CrConnect *self, GAsyncResult *result, CrFailureCode *code, GError **error)
{
  Start *start;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  start = g_task_get_task_data (G_TASK (result));
  *code = start->code;
  return g_task_propagate_pointer (G_TASK (result), error);
}
