/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-connect-private.h"
#include "connect/cr-proof.h"
#include "connect/cr-settle.h"
#include "model/cr-patient.h"
#include "net/cr-id-token.h"
#include "net/cr-oauth.h"
#include "store/cr-client-uses-table.h"

G_BEGIN_DECLS

typedef enum
{
  STEP_LOOK,
  STEP_OPEN_KEYRING,
  STEP_GET_SECRET,
  STEP_CLAIM,
  STEP_EXCHANGE,
  STEP_CHECK_ID_TOKEN,
  STEP_ASK_PATIENT,
  STEP_SETTLE,
} CrTripStep;

typedef struct
{
  CrConnect *connect; /* (owned) */
  CrTripStep step;
  char *state;              /* (owned) */
  char *code;               /* (owned) (nullable) */
  char *iss;                /* (owned) (nullable): who answered, if that was said */
  char *error;              /* (owned) (nullable): the portal's OAuth error */
  char *error_description;  /* (owned) (nullable): the portal's words, cleaned */
  gboolean is_doubled;      /* a parameter came more than once */
  gboolean is_over;         /* the session ended meanwhile */
  CrClientUse use;          /* of the client id */
  char *site_words;         /* (owned) (nullable): description and address of the error */
  CrSource *source;         /* (owned) (nullable) */
  CrPatient *patient;       /* (owned) (nullable): the clinic's */
  char *secret;             /* (owned) (nullable): the client's; wiped */
  char *assertion;          /* (owned) (nullable): in place of a secret; wiped */
  CrProof *proof;           /* (owned) (nullable) */
  CrOAuthGrant *grant;      /* (owned) (nullable) */
  CrIdToken *id_token;      /* (owned) (nullable): once it is believed */
  CrSettlement *settlement; /* (owned) */
  CrTripEnd *end;           /* (owned) (nullable) */
} CrTrip;

/* cr-callback.c: takes @task and does the step it stands at. */
void cr_trip_advance (GTask *task);
void cr_trip_note (CrTrip *self, CrAuthStep step, CrFailureCode code, const char *description);
/* The attempt ends; what it leaves behind is stored next. */
void cr_trip_fail (CrTrip *self, CrAuthStep step, CrFailureCode code, const char *description);
void cr_trip_say_if_given_up (GError **error);

/* cr-callback-identity.c: who signed in. Both take @task. */
void cr_trip_check_id_token (GTask *task);
void cr_trip_ask_patient (GTask *task);

G_END_DECLS
