/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-attempt.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrAttemptStatus,
                    cr_attempt_status,
                    G_DEFINE_ENUM_VALUE (CR_ATTEMPT_STARTED, "started"),
                    G_DEFINE_ENUM_VALUE (CR_ATTEMPT_ACTIVE, "active"),
                    G_DEFINE_ENUM_VALUE (CR_ATTEMPT_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (CR_ATTEMPT_EXPIRED, "expired"))

#define BIT(status) (1u << CR_ATTEMPT_##status)

/* From each state, the states it may become. */
static const guint next_states[] = {
  [CR_ATTEMPT_STARTED] = BIT (ACTIVE) | BIT (FAILED) | BIT (EXPIRED),
  [CR_ATTEMPT_ACTIVE] = 0,
  [CR_ATTEMPT_FAILED] = 0,
  [CR_ATTEMPT_EXPIRED] = 0,
};

gboolean
cr_attempt_status_can_become (CrAttemptStatus from, CrAttemptStatus to)
{
  return (next_states[from] & (1u << to)) != 0;
}

/* The nicks are the stable codes of the wire contract: add, never rename. */
G_DEFINE_ENUM_TYPE (CrFailureCode,
                    cr_failure_code,
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_USER_DENIED, "user_denied"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_OAUTH_CALLBACK_FAILED, "oauth_callback_failed"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_TOKEN_EXCHANGE_FAILED, "token_exchange_failed"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_INVALID_STATE, "invalid_state"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_STATE_EXPIRED, "state_expired"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_PORTAL_ERROR, "portal_error"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_PATIENT_UNKNOWN, "patient_unknown"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_ID_TOKEN_INVALID, "id_token_invalid"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_DIFFERENT_PORTAL_PATIENT,
                                         "different_portal_patient"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_SCOPES_INSUFFICIENT, "scopes_insufficient"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_REGISTRATION_REFUSED, "registration_refused"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_CLIENT_NOT_ACTIVE, "client_not_active"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_SOURCE_UNREACHABLE, "source_unreachable"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_KEYRING_UNAVAILABLE, "keyring_unavailable"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_REFRESH_REFUSED, "refresh_refused"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_NO_ANSWER, "no_answer"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_SOURCE_CLOSED, "source_closed"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_PATIENT_AMBIGUOUS, "patient_ambiguous"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_SITE_NOT_ENABLED, "site_not_enabled"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_SESSION_EXPIRED, "session_expired"),
                    G_DEFINE_ENUM_VALUE (CR_FAILURE_SCOPES_REDUCED, "scopes_reduced"))

G_DEFINE_FINAL_TYPE (CrAttempt, cr_attempt, G_TYPE_OBJECT)

static void
cr_attempt_finalize (GObject *object)
{
  CrAttempt *self = CR_ATTEMPT (object);

  g_free (self->id);
  g_free (self->session_id);
  g_free (self->patient_id);
  g_free (self->source_id);
  g_free (self->connection_id);
  g_free (self->state);
  g_free (self->redirect_uri);
  g_free (self->token_endpoint);
  g_free (self->scopes);
  g_free (self->failure_description);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->sealed_verifier, g_bytes_unref);

  G_OBJECT_CLASS (cr_attempt_parent_class)->finalize (object);
}

static void
cr_attempt_class_init (CrAttemptClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_attempt_finalize;
}

static void
cr_attempt_init (CrAttempt *self)
{
}

CrAttempt *
cr_attempt_new (const char *id)
{
  CrAttempt *self = g_object_new (CR_TYPE_ATTEMPT, NULL);

  self->id = g_strdup (id);
  return self;
}
