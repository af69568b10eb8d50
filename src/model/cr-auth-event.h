/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-attempt.h"

G_BEGIN_DECLS

typedef enum
{
  CR_AUTH_STEP_REDIRECT,
  CR_AUTH_STEP_CONSENT,
  CR_AUTH_STEP_CALLBACK,
  CR_AUTH_STEP_EXCHANGE,
  CR_AUTH_STEP_PATIENT,
  CR_AUTH_STEP_REFRESH,
  CR_AUTH_STEP_GUARD,
  CR_AUTH_STEP_DISCONNECT,
  CR_AUTH_STEP_DECISION, /* a person about a hold */
  CR_AUTH_STEP_SCOPES,
} CrAuthStep;

#define CR_TYPE_AUTH_STEP (cr_auth_step_get_type ())
GType cr_auth_step_get_type (void);

typedef enum
{
  CR_AUTH_OUTCOME_SUCCESS,
  CR_AUTH_OUTCOME_FAILURE,
  CR_AUTH_OUTCOME_IN_PROGRESS,
} CrAuthOutcome;

#define CR_TYPE_AUTH_OUTCOME (cr_auth_outcome_get_type ())
GType cr_auth_outcome_get_type (void);

#define CR_TYPE_AUTH_EVENT (cr_auth_event_get_type ())
G_DECLARE_FINAL_TYPE (CrAuthEvent, cr_auth_event, CR, AUTH_EVENT, GObject)

/* One step of an authorization or a refresh. */
struct _CrAuthEvent
{
  GObject parent_instance;

  char *id;            /* (owned): ae_… */
  char *patient_id;    /* (owned) */
  char *session_id;    /* (owned) (nullable) */
  char *attempt_id;    /* (owned) (nullable) */
  char *connection_id; /* (owned) (nullable) */
  char *source_id;     /* (owned) */
  char *source_name;   /* (owned) (nullable): filled when read */
  CrAuthStep step;
  CrAuthOutcome outcome;
  CrFailureCode code; /* CR_FAILURE_NONE unless a failure */
  char *description;  /* (owned) (nullable) */
  gint64 at_ms;
};

CrAuthEvent *cr_auth_event_new (const char *id);

G_END_DECLS
