/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"
#include "connect/cr-ask-patient.h"
#include "connect/cr-callback-private.h"
#include "connect/cr-check-id-token.h"
#include "fhir/cr-judge-patient.h"

/* Nothing of a token that was not checked is used. Where the portal named the patient itself, that
 * is kept in the history; where the token was to say who signed in, a bad one ends the attempt. */
static void
not_believed (CrTrip *self, const GError *error)
{
  gboolean is_needed = self->grant->patient == NULL;
  gboolean is_bad = g_error_matches (error, CR_ERROR, CR_ERROR_BAD_REPLY);
  gboolean is_unknown = g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_autofree char *words =
      g_strdup_printf (CR_SAID ("%s. It was not used%s."), error->message,
                       is_needed ? "" : CR_SAID ("; the portal named the patient with the access"));

  self->step = STEP_ASK_PATIENT;
  if (is_needed && is_bad)
    cr_trip_fail (self, CR_AUTH_STEP_PATIENT, CR_FAILURE_ID_TOKEN_INVALID, words);
  else if (is_needed && !is_unknown)
    cr_trip_fail (self, CR_AUTH_STEP_PATIENT, CR_FAILURE_SOURCE_UNREACHABLE, error->message);
  else
    cr_trip_note (self, CR_AUTH_STEP_PATIENT,
                  is_bad ? CR_FAILURE_ID_TOKEN_INVALID : CR_FAILURE_NONE, words);
}

static void
checked_id_token_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrTrip *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  self->id_token = cr_check_id_token_finish (CR_CLIENT (object), result, &error);
  cr_trip_say_if_given_up (&error);
  self->step = STEP_ASK_PATIENT;
  if (self->id_token == NULL)
    not_believed (self, error);
  cr_trip_advance (g_steal_pointer (&task));
}

void
cr_trip_check_id_token (GTask *task)
{
  CrConnect *connect = g_task_get_source_object (task);
  CrTrip *self = g_task_get_task_data (task);
  CrProof *proof = self->proof;
  g_autoptr (CrClient) client = cr_client_trusting (connect->client, self->source->ca_file);
  CrIdTokenRules rules = { proof->issuer, self->source->client_id,
                           proof->nonce[0] != '\0' ? proof->nonce : NULL,
                           cr_skew_now_ms (cr_client_get_skew (connect->client)) };

  cr_check_id_token_async (client, self->grant->id_token, &rules, proof->jwks_uri,
                           connect->under_way.at_last, checked_id_token_cb, task);
}

static void
found_patient (CrTrip *self, CrPortalPatient *portal)
{
  CrSettlement *settlement = self->settlement;
  g_autofree char *words = g_strdup_printf (
      CR_SAID ("The portal's patient is known from %s%s."), portal->from,
      portal->body == NULL ? CR_SAID ("; their demographics may not be read") : "");

  settlement->portal_patient_id = g_strdup (portal->id);
  settlement->guard = cr_judge_patient (self->patient, portal->body, &settlement->guard_detail);
  cr_trip_note (self, CR_AUTH_STEP_PATIENT, CR_FAILURE_NONE, words);
  self->step = STEP_SETTLE;
}

static void
asked_patient_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrTrip *self = g_task_get_task_data (task);
  g_autoptr (CrPortalPatient) portal = NULL;
  g_autoptr (GError) error = NULL;

  portal = cr_ask_patient_finish (CR_CLIENT (object), result, &error);
  cr_trip_say_if_given_up (&error);
  if (portal != NULL)
    found_patient (self, portal);
  else
    cr_trip_fail (self, CR_AUTH_STEP_PATIENT,
                  g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND) ? CR_FAILURE_PATIENT_UNKNOWN
                  : g_error_matches (error, CR_ERROR, CR_ERROR_CONFLICT)
                      ? CR_FAILURE_PATIENT_AMBIGUOUS
                      : CR_FAILURE_SOURCE_UNREACHABLE,
                  error->message);
  cr_trip_advance (g_steal_pointer (&task));
}

void
cr_trip_ask_patient (GTask *task)
{
  CrConnect *connect = g_task_get_source_object (task);
  CrTrip *self = g_task_get_task_data (task);
  const char *base = self->source->fhir_base_url;
  g_autofree char *origin = cr_origin_of (base);
  g_autoptr (CrClient) client = cr_client_trusting (connect->client, self->source->ca_file);
  g_autoptr (CrToken) token = NULL;
  char *value = g_strconcat ("Bearer ", self->grant->access_token, NULL);

  token = cr_fixed_token_new (origin, value);
  g_clear_pointer (&value, cr_secret_free);
  cr_ask_patient_async (client, token, base, self->grant->patient,
                        self->id_token != NULL ? self->id_token->fhir_user : NULL,
                        connect->under_way.at_last, asked_patient_cb, task);
}
