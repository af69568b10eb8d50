/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  CR_ATTEMPT_STARTED,
  CR_ATTEMPT_ACTIVE,
  CR_ATTEMPT_FAILED,
  CR_ATTEMPT_EXPIRED,
} CrAttemptStatus;

#define CR_TYPE_ATTEMPT_STATUS (cr_attempt_status_get_type ())
GType cr_attempt_status_get_type (void);
gboolean cr_attempt_status_can_become (CrAttemptStatus from, CrAttemptStatus to);

/* Why an attempt failed: the stable codes of the wire contract. */
typedef enum
{
  CR_FAILURE_NONE,
  CR_FAILURE_USER_DENIED,
  CR_FAILURE_OAUTH_CALLBACK_FAILED,
  CR_FAILURE_TOKEN_EXCHANGE_FAILED,
  CR_FAILURE_INVALID_STATE,
  CR_FAILURE_STATE_EXPIRED,
  CR_FAILURE_PORTAL_ERROR,
  CR_FAILURE_PATIENT_UNKNOWN,
  CR_FAILURE_ID_TOKEN_INVALID,
  CR_FAILURE_DIFFERENT_PORTAL_PATIENT,
  CR_FAILURE_SCOPES_INSUFFICIENT,
  CR_FAILURE_REGISTRATION_REFUSED,
  CR_FAILURE_CLIENT_NOT_ACTIVE,
  CR_FAILURE_SOURCE_UNREACHABLE,
  CR_FAILURE_KEYRING_UNAVAILABLE,
  CR_FAILURE_REFRESH_REFUSED,
  CR_FAILURE_NO_ANSWER,     /* the patient never came back from the portal */
  CR_FAILURE_SOURCE_CLOSED, /* suspended, gone or not enabled: trying again does not help */
  CR_FAILURE_PATIENT_AMBIGUOUS,
  CR_FAILURE_SITE_NOT_ENABLED,
  CR_FAILURE_SESSION_EXPIRED,
  CR_FAILURE_SCOPES_REDUCED,
} CrFailureCode;

#define CR_TYPE_FAILURE_CODE (cr_failure_code_get_type ())
GType cr_failure_code_get_type (void);

#define CR_TYPE_ATTEMPT (cr_attempt_get_type ())
G_DECLARE_FINAL_TYPE (CrAttempt, cr_attempt, CR, ATTEMPT, GObject)

/* One authorization inside a session. */
struct _CrAttempt
{
  GObject parent_instance;

  char *id;            /* (owned): att_… */
  char *session_id;    /* (owned) */
  char *patient_id;    /* (owned) */
  char *source_id;     /* (owned) */
  char *connection_id; /* (owned) (nullable): set when active */
  CrAttemptStatus status;
  char *state;             /* (owned): OAuth `state`, url-safe, single use */
  GBytes *sealed_verifier; /* (owned) (nullable): PKCE code_verifier, sealed to the attempt's id;
                              dropped once used */
  char *redirect_uri;      /* (owned) */
  char *token_endpoint;    /* (owned) */
  char *scopes;            /* (owned): asked for */
  CrFailureCode failure_code;
  char *failure_description; /* (owned) (nullable): the portal's own words, never shown to a patient
                                raw */
  gint64 failure_ms;
  gint64 state_expires_ms;
  gint64 created_ms;

  /* Derived, when asked for: what became of the connection it made. */
  GObject *connection; /* (owned) (nullable): a CrConnection */
};

CrAttempt *cr_attempt_new (const char *id);

G_END_DECLS
