/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"
#include "connect/cr-callback-private.h"
#include "connect/cr-judge.h"
#include "connect/cr-proof.h"
#include "connect/cr-settle.h"
#include "connect/cr-sign-client.h"
#include "fhir/cr-portal-rules.h"
#include "fhir/cr-resource.h"
#include "net/cr-oauth.h"
#include "store/cr-patients-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-sources-table.h"

#define MAX_NOTE 300

static void
trip_free (gpointer data)
{
  CrTrip *self = data;

  cr_under_way_end (&self->connect->under_way);
  g_object_unref (self->connect);
  g_free (self->state);
  g_clear_pointer (&self->code, cr_secret_free);
  g_free (self->iss);
  g_free (self->error);
  g_free (self->error_description);
  g_free (self->site_words);
  g_clear_object (&self->source);
  g_clear_object (&self->patient);
  g_clear_pointer (&self->secret, cr_vault_secret_free);
  g_clear_pointer (&self->assertion, cr_secret_free);
  g_clear_pointer (&self->proof, cr_proof_free);
  g_clear_pointer (&self->grant, cr_oauth_grant_free);
  g_clear_pointer (&self->id_token, cr_id_token_free);
  cr_settlement_free (self->settlement);
  g_clear_pointer (&self->end, cr_trip_end_free);
  g_free (self);
}

void
cr_trip_end_free (CrTripEnd *self)
{
  g_clear_object (&self->session);
  g_free (self->source_id);
  g_free (self->source_name);
  g_free (self);
}

void
cr_trip_note (CrTrip *self, CrAuthStep step, CrFailureCode code, const char *description)
{
  CrSettlement *settlement = self->settlement;
  CrAuthOutcome outcome =
      code == CR_FAILURE_NONE ? CR_AUTH_OUTCOME_SUCCESS : CR_AUTH_OUTCOME_FAILURE;

  g_ptr_array_add (settlement->log,
                   cr_auth_event_of_attempt (settlement->attempt, step, outcome, code, description,
                                             settlement->now_ms));
}

/* The attempt ends here; what it leaves behind is stored next. */
void
cr_trip_fail (CrTrip *self, CrAuthStep step, CrFailureCode code, const char *description)
{
  self->settlement->code = code;
  cr_set_text (&self->settlement->note, description);
  cr_trip_note (self, step, code, description);
  self->step = STEP_SETTLE;
}

static void
return_end (GTask *task, CrFailureCode code)
{
  CrTrip *self = g_task_get_task_data (task);
  CrTripEnd *end = self->end != NULL ? g_steal_pointer (&self->end) : g_new0 (CrTripEnd, 1);

  end->code = code;
  g_task_return_pointer (task, end, (GDestroyNotify) cr_trip_end_free);
}

/* Looking changes nothing, so that a state that is unknown, used or late touches nothing. */
static gpointer
look (CrDb *db, gpointer data, GError **error)
{
  CrTrip *self = data;
  CrSettlement *settlement = self->settlement;
  g_autoptr (CrSession) session = NULL;

  settlement->attempt = cr_attempts_table_get_by_state (db, self->state, error);
  if (settlement->attempt == NULL)
    return NULL;

  session = cr_sessions_table_get (db, settlement->attempt->session_id, error);
  if (session == NULL)
    return NULL;
  self->source = cr_sources_table_get (db, settlement->attempt->source_id, error);
  if (self->source == NULL)
    return NULL;
  self->patient = cr_patients_table_get (db, settlement->attempt->patient_id, error);
  if (self->patient == NULL)
    return NULL;

  self->is_over = session->status == CR_SESSION_EXPIRED ||
                  (session->status == CR_SESSION_OPEN && settlement->now_ms >= session->expires_ms);
  settlement->session = g_steal_pointer (&session);
  return cr_client_uses_table_get (db, self->source->id, self->source->client_id, &self->use, error)
           ? self
           : NULL;
}

static CrFailureCode
fault_of_state (CrAttempt *attempt, gint64 now_ms)
{
  if (attempt->status == CR_ATTEMPT_EXPIRED)
    return CR_FAILURE_STATE_EXPIRED;
  if (attempt->status != CR_ATTEMPT_STARTED)
    return CR_FAILURE_INVALID_STATE;
  return now_ms >= attempt->state_expires_ms ? CR_FAILURE_STATE_EXPIRED : CR_FAILURE_NONE;
}

/* A vendor's own words may say more than the code of the standard. */
static CrFailureCode
refine (CrTrip *self, CrFailureCode code, const char *description)
{
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (self->source->type, NULL);
  const char *nick = rules != NULL ? cr_portal_rules_find_error (rules, description) : NULL;
  int value;

  if (nick != NULL && cr_enum_from_string (CR_TYPE_FAILURE_CODE, nick, &value))
    return (CrFailureCode) value;

  return cr_judge_client (code, &self->use, self->settlement->now_ms);
}

static void
judge_query (CrTrip *self)
{
  g_autofree char *words = NULL;
  CrFailureCode code;

  if (self->is_over)
    {
      cr_trip_fail (
          self, CR_AUTH_STEP_CALLBACK, CR_FAILURE_SESSION_EXPIRED,
          CR_SAID (
              "The link ended while the patient was at the portal. The portal's answer was not "
              "used."));
      self->step = STEP_CLAIM;
    }
  else if (self->is_doubled)
    {
      cr_trip_fail (
          self, CR_AUTH_STEP_CALLBACK, CR_FAILURE_OAUTH_CALLBACK_FAILED,
          CR_SAID (
              "The portal's answer says the same thing twice, which is not allowed. It was not "
              "used."));
      self->step = STEP_CLAIM;
    }
  else if (self->error != NULL)
    {
      code = refine (self, cr_judge_authorization (self->error), self->site_words);
      words = self->error_description != NULL
                ? g_strdup_printf (CR_SAID ("The portal answered %s: %s"), self->error,
                                   self->error_description)
                : g_strdup_printf (CR_SAID ("The portal answered %s."), self->error);
      cr_trip_fail (self,
                    code == CR_FAILURE_USER_DENIED ? CR_AUTH_STEP_CONSENT : CR_AUTH_STEP_CALLBACK,
                    code, words);
      self->step = STEP_CLAIM;
    }
  else if (self->code == NULL)
    {
      cr_trip_fail (self, CR_AUTH_STEP_CALLBACK, CR_FAILURE_OAUTH_CALLBACK_FAILED,
                    CR_SAID ("The portal sent the browser back without a code."));
      self->step = STEP_CLAIM;
    }
  else
    {
      cr_trip_note (self, CR_AUTH_STEP_CONSENT, CR_FAILURE_NONE,
                    CR_SAID ("The patient agreed at the portal."));
      cr_trip_note (self, CR_AUTH_STEP_CALLBACK, CR_FAILURE_NONE,
                    CR_SAID ("The portal sent the browser back with a code."));
      self->step = STEP_OPEN_KEYRING;
    }
}

static void
looked_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrTrip *self = g_task_get_task_data (task);
  CrSettlement *settlement = self->settlement;
  g_autoptr (GError) error = NULL;
  CrFailureCode fault;

  if (cr_store_read_finish (CR_STORE (object), result, &error) == NULL)
    {
      if (g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
        return_end (task, CR_FAILURE_INVALID_STATE);
      else
        g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  fault = fault_of_state (settlement->attempt, settlement->now_ms);
  if (fault != CR_FAILURE_NONE)
    {
      return_end (task, fault);
      return;
    }

  self->end = g_new0 (CrTripEnd, 1);
  self->end->session = g_steal_pointer (&settlement->session);
  self->end->source_id = g_strdup (self->source->id);
  self->end->source_name = g_strdup (self->source->name);
  settlement->told = cr_told_new (settlement->attempt->patient_id);
  settlement->session_url =
      cr_connect_get_session_url (g_task_get_source_object (task), self->end->session);
  judge_query (self);
  cr_trip_advance (g_steal_pointer (&task));
}

static gpointer
keep_log (CrDb *db, gpointer data, GError **error)
{
  CrSettlement *settlement = data;
  CrAuthEvent *event = g_ptr_array_index (settlement->log, settlement->log->len - 1);

  return cr_auth_log_add (db, event, settlement->told, error) ? settlement : NULL;
}

static void
log_kept_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrTrip *self = g_task_get_task_data (task);
  CrConnect *connect = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (cr_store_write_finish (CR_STORE (object), result, &error) != NULL)
    cr_told_tell (self->settlement->told, connect->changes);
  else
    g_message ("A step of a sign-in could not be noted: %s", error->message);

  self->end->can_reload = TRUE;
  return_end (task, CR_FAILURE_KEYRING_UNAVAILABLE);
}

/* Nothing was used up yet, so the trip goes on where it is once the keyring is unlocked and the
 * page loaded again. */
static void
wait_for_keyring (GTask *task, const GError *error)
{
  CrTrip *self = g_task_get_task_data (task);
  CrConnect *connect = g_task_get_source_object (task);

  cr_trip_note (self, CR_AUTH_STEP_EXCHANGE, CR_FAILURE_KEYRING_UNAVAILABLE, error->message);
  cr_store_write_async (connect->store, CR_WRITE_FAST, keep_log, self->settlement, NULL, NULL, NULL,
                        log_kept_cb, task);
}

static void
open_proof (CrTrip *self)
{
  CrAttempt *attempt = self->settlement->attempt;
  g_autoptr (GBytes) plain = NULL;

  if (attempt->sealed_verifier != NULL)
    plain = cr_sealer_open (self->settlement->sealer, attempt->sealed_verifier, attempt->id, NULL);
  if (plain != NULL)
    self->proof = cr_proof_unpack (plain);
}

static void
got_sealer_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrTrip *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  self->settlement->sealer = cr_vault_get_sealer_finish (CR_VAULT (object), result, &error);
  if (cr_error_is_cancelled (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (self->settlement->sealer == NULL)
    {
      wait_for_keyring (g_steal_pointer (&task), error);
      return;
    }

  open_proof (self);
  self->step = self->source->client_auth == CR_CLIENT_AUTH_NONE ? STEP_CLAIM : STEP_GET_SECRET;
  cr_trip_advance (g_steal_pointer (&task));
}

static void
signed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrTrip *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  self->assertion = cr_sign_client_finish (CR_VAULT (object), result, &error);
  if (cr_error_is_keyring (error))
    {
      wait_for_keyring (g_steal_pointer (&task), error);
      return;
    }
  if (cr_error_is_cancelled (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  if (self->assertion == NULL)
    cr_trip_fail (self, CR_AUTH_STEP_EXCHANGE, CR_FAILURE_REGISTRATION_REFUSED, error->message);
  self->step = STEP_CLAIM;
  cr_trip_advance (g_steal_pointer (&task));
}

/* Without a proof there is nothing to exchange, which the next step says. */
static void
sign_client (GTask *task)
{
  CrConnect *connect = g_task_get_source_object (task);
  CrTrip *self = g_task_get_task_data (task);
  CrSignRequest request = { self->source, self->settlement->attempt->token_endpoint, NULL,
                            cr_skew_now_ms (cr_client_get_skew (connect->client)) };

  if (self->proof == NULL)
    {
      self->step = STEP_CLAIM;
      cr_trip_advance (task);
      return;
    }

  request.algorithm = self->proof->algorithm[0] != '\0' ? self->proof->algorithm : NULL;
  cr_sign_client_async (connect->vault, connect->client, &request, g_task_get_cancellable (task),
                        signed_cb, task);
}

static void
got_secret_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrTrip *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  self->secret = cr_vault_get_finish (CR_VAULT (object), result, &error);
  if (cr_error_is_keyring (error))
    {
      wait_for_keyring (g_steal_pointer (&task), error);
      return;
    }
  if (self->secret == NULL && !g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  if (self->secret == NULL)
    cr_trip_fail (self, CR_AUTH_STEP_EXCHANGE, CR_FAILURE_REGISTRATION_REFUSED,
                  CR_SAID ("The client secret of this source is not in the keyring. Enter it again "
                           "under Sources."));
  self->step = STEP_CLAIM;
  cr_trip_advance (g_steal_pointer (&task));
}

/* One use: the verifier leaves the store with this. What has failed already is stored with it. */
static gpointer
claim (CrDb *db, gpointer data, GError **error)
{
  CrSettlement *settlement = data;
  CrAttempt *taken = cr_attempts_table_take (db, settlement->attempt->state, error);

  if (taken == NULL)
    return NULL;

  g_set_object (&settlement->attempt, taken);
  g_object_unref (taken);
  return settlement->code != CR_FAILURE_NONE ? cr_settle (db, settlement, error) : settlement;
}

static void
return_settled (GTask *task)
{
  CrTrip *self = g_task_get_task_data (task);
  CrConnect *connect = g_task_get_source_object (task);
  CrSettlement *settlement = self->settlement;

  g_set_object (&self->end->session, settlement->session);
  cr_told_tell (settlement->told, connect->changes);
  return_end (task, settlement->code);
}

static void
claimed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrTrip *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (cr_store_write_finish (CR_STORE (object), result, &error) == NULL)
    {
      if (g_error_matches (error, CR_ERROR, CR_ERROR_CONFLICT) ||
          g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
        {
          g_clear_pointer (&self->end, cr_trip_end_free);
          return_end (task, CR_FAILURE_INVALID_STATE);
        }
      else
        g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  if (self->settlement->code != CR_FAILURE_NONE)
    {
      return_settled (task);
      return;
    }

  self->step = STEP_EXCHANGE;
  cr_trip_advance (g_steal_pointer (&task));
}

static void
took_grant (CrTrip *self)
{
  CrSettlement *settlement = self->settlement;
  CrOAuthGrant *grant = self->grant;
  gint64 now_ms = cr_skew_right_ms (cr_client_get_skew (self->connect->client), settlement->now_ms);
  g_autofree char *scope_words = NULL;
  g_autofree char *words = NULL;

  settlement->client_id = self->source->client_id;
  settlement->tokens = cr_token_pair_new (grant->access_token, grant->refresh_token);
  settlement->scopes = g_strdup (grant->scope != NULL ? grant->scope : settlement->attempt->scopes);
  if (grant->expires_in_s > 0)
    settlement->access_expires_ms = now_ms + grant->expires_in_s * 1000;
  if (grant->consent_in_s > 0)
    settlement->consent_ends_ms = now_ms + grant->consent_in_s * 1000;
  settlement->ungranted = cr_judge_scopes (settlement->attempt->scopes, grant->scope, &scope_words);

  words = g_strconcat (
      CR_SAID ("The portal gave access."),
      grant->refresh_token == NULL
          ? CR_SAID (" It gave no refresh token: the patient must sign in again when access "
                     "ends.")
          : "",
      NULL);
  cr_trip_note (self, CR_AUTH_STEP_EXCHANGE, CR_FAILURE_NONE, words);
  if (scope_words != NULL)
    cr_trip_note (self, CR_AUTH_STEP_SCOPES, CR_FAILURE_SCOPES_REDUCED, scope_words);
  self->step = grant->id_token != NULL ? STEP_CHECK_ID_TOKEN : STEP_ASK_PATIENT;
}

/* The code is used up then, so it is stored how it ended. */
void
cr_trip_say_if_given_up (GError **error)
{
  if (!cr_error_is_cancelled (*error))
    return;

  g_clear_error (error);
  g_set_error (error, CR_ERROR, CR_ERROR_OFFLINE,
               "Chartroom was closed before the portal answered.");
}

/* Some servers repeat what they were sent: “Invalid authorization code: …”. */
static char *
words_of_refusal (CrTrip *self, GAsyncResult *result)
{
  char *said = cr_oauth_token_get_description (result);
  char *clean;

  said = cr_secret_hide (said, self->code);
  said = cr_secret_hide (said, self->secret);
  said = cr_secret_hide (said, self->assertion);
  said = cr_secret_hide (said, self->proof->verifier);
  clean = cr_clean_text (said, MAX_NOTE);
  g_free (said);
  return clean;
}

static void
exchanged_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrTrip *self = g_task_get_task_data (task);
  g_autofree char *oauth_error = NULL;
  g_autofree char *clean = words_of_refusal (self, result);
  g_autofree char *words = NULL;
  g_autoptr (GError) error = NULL;

  self->grant = cr_oauth_token_finish (CR_CLIENT (object), result, &oauth_error, &error);
  g_clear_pointer (&self->code, cr_secret_free);
  cr_trip_say_if_given_up (&error);
  if (self->grant != NULL)
    took_grant (self);
  else
    {
      words = clean != NULL ? g_strdup_printf ("%s: %s", error->message, clean)
                            : g_strdup (error->message);
      cr_trip_fail (self, CR_AUTH_STEP_EXCHANGE,
                    refine (self, cr_judge_exchange (oauth_error, error), clean), words);
    }
  cr_trip_advance (g_steal_pointer (&task));
}

static void
exchange (GTask *task)
{
  CrConnect *connect = g_task_get_source_object (task);
  CrTrip *self = g_task_get_task_data (task);
  CrAttempt *attempt = self->settlement->attempt;
  g_autoptr (CrClient) client = cr_client_trusting (connect->client, self->source->ca_file);
  CrOAuthRequest request = { 0 };

  if (self->proof == NULL)
    {
      cr_trip_fail (self, CR_AUTH_STEP_EXCHANGE, CR_FAILURE_KEYRING_UNAVAILABLE,
                    CR_SAID ("The keyring's key is not the one this sign-in was begun with."));
      cr_trip_advance (task);
      return;
    }

  if (!cr_proof_accepts (self->proof, self->iss))
    {
      cr_trip_fail (self, CR_AUTH_STEP_CALLBACK, CR_FAILURE_OAUTH_CALLBACK_FAILED,
                    CR_SAID ("The answer is from another server than the one the patient was sent "
                             "to. Its code was "
                             "not used."));
      cr_trip_advance (task);
      return;
    }

  request.token_endpoint = attempt->token_endpoint;
  request.total_s = connect->token_total_s;
  request.auth = cr_judge_auth (self->source->client_auth);
  request.client_id = self->source->client_id;
  request.client_secret = self->secret;
  request.client_assertion = self->assertion;
  request.parameters =
      (const char *const[]){ "grant_type",    "authorization_code",  "code",
                             self->code,      "redirect_uri",        attempt->redirect_uri,
                             "code_verifier", self->proof->verifier, NULL };
  cr_oauth_token_async (client, &request, connect->under_way.at_last, exchanged_cb, task);
}

static void
settled_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (object), result, &error) == NULL)
    g_task_return_error (task, error);
  else
    return_settled (task);
}

/* While stopping, no code is used up any more. */
void
cr_trip_advance (GTask *task)
{
  CrConnect *connect = g_task_get_source_object (task);
  CrTrip *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autofree char *name = NULL;

  if (self->step <= STEP_CLAIM && g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }

  switch (self->step)
    {
    case STEP_LOOK:
      cr_store_read_async (connect->store, CR_READ_SCREEN, look, self, NULL, NULL, NULL, looked_cb,
                           task);
      break;
    case STEP_OPEN_KEYRING:
      cr_vault_get_sealer_async (connect->vault, FALSE, cancellable, got_sealer_cb, task);
      break;
    case STEP_GET_SECRET:
      if (self->source->client_auth == CR_CLIENT_AUTH_PRIVATE_KEY_JWT)
        {
          sign_client (task);
          break;
        }
      name = cr_source_secret_name (self->source);
      cr_vault_get_async (connect->vault, name, cancellable, got_secret_cb, task);
      break;
    case STEP_CLAIM:
      cr_store_write_async (connect->store, CR_WRITE_SURE, claim, self->settlement, NULL, NULL,
                            NULL, claimed_cb, task);
      break;
    case STEP_EXCHANGE:
      exchange (task);
      break;
    case STEP_CHECK_ID_TOKEN:
      cr_trip_check_id_token (task);
      break;
    case STEP_ASK_PATIENT:
      cr_trip_ask_patient (task);
      break;
    case STEP_SETTLE:
      cr_store_write_async (connect->store, CR_WRITE_SURE, cr_settle, self->settlement, NULL, NULL,
                            NULL, settled_cb, task);
      break;
    default:
      g_assert_not_reached ();
    }
}

static char *
dup_unless_empty (const char *text)
{
  return text != NULL && text[0] != '\0' ? g_strdup (text) : NULL;
}

/* Runs to its end whether or not the browser stays. Nothing here depends on the exchange that
 * brought it. */
void
cr_callback_async (CrConnect *self,
                   const CrCallbackQuery *query,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  GTask *task = g_task_new (self, self->under_way.at_once, callback, user_data);
  CrTrip *trip = g_new0 (CrTrip, 1);

  g_task_set_source_tag (task, cr_callback_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, trip, trip_free);
  trip->connect = g_object_ref (self);
  cr_under_way_begin (&self->under_way);
  trip->state = g_strdup (query->state);
  trip->code = dup_unless_empty (query->code);
  trip->iss = dup_unless_empty (query->iss);
  trip->error = cr_clean_text (query->error, 60);
  trip->error_description = cr_clean_text (query->error_description, MAX_NOTE);
  trip->site_words =
      g_strjoin (" ", query->error_description != NULL ? query->error_description : "",
                 query->error_uri, NULL);
  trip->is_doubled = query->is_doubled;
  trip->settlement = g_new0 (CrSettlement, 1);
  trip->settlement->now_ms = self->clock ();
  trip->settlement->log = g_ptr_array_new_with_free_func (g_object_unref);
  cr_trip_advance (task);
}

CrTripEnd *
cr_callback_finish (CrConnect *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
