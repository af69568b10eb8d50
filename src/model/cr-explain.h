/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-attachment-row.h"
#include "model/cr-attempt.h"
#include "model/cr-connection.h"
#include "model/cr-destination.h"
#include "model/cr-export.h"
#include "model/cr-hold.h"
#include "model/cr-patient.h"
#include "model/cr-pull.h"
#include "model/cr-session.h"
#include "model/cr-source.h"
#include "model/cr-webhook.h"
#include "model/cr-withdrawal.h"
#include "model/cr-work.h"

G_BEGIN_DECLS

/* What a person can do about a state, as the faces offer it: each has one verb of the engine behind
 * it. */
typedef enum
{
  CR_REMEDY_NONE,
  CR_REMEDY_CONNECT,     /* make a session: ask the patient to connect or retry */
  CR_REMEDY_RECONNECT,   /* make a session for that source */
  CR_REMEDY_PULL,        /* pull now */
  CR_REMEDY_REVIEW_PULL, /* open the pull history at the failed query */
  CR_REMEDY_CANCEL,
  CR_REMEDY_DECIDE_HOLD,
  CR_REMEDY_RETRY_RUN, /* retry from the destination page */
  CR_REMEDY_EDIT_DESTINATION,
  CR_REMEDY_ENABLE,
  CR_REMEDY_UNLOCK_KEYRING,
  CR_REMEDY_CHECK_KEYRING, /* ask it again, which may be to unlock it */
  CR_REMEDY_EDIT_SOURCE,
  CR_REMEDY_RESUME_SOURCE,
} CrRemedy;

/* The words of a state: one table for all faces. Strings are static, untranslated msgids marked
 * with N_(). */
typedef struct
{
  const char *title;    /* “Sign-in ended” */
  const char *sentence; /* for staff: what happened, what now */
  const char *patient;  /* (nullable): the sentence a patient sees */
  const char *icon;     /* a symbolic icon name: never colour alone */
  const char *tone;     /* CSS class: "success", "warning", "error", "accent" or "dim-label" */
  CrRemedy remedy;
} CrExplanation;

const CrExplanation *cr_explain_record_status (CrRecordStatus status);
const CrExplanation *cr_explain_connection (CrConnectionStatus status);
const CrExplanation *cr_explain_session (CrSessionStatus status);
const CrExplanation *cr_explain_attempt (CrAttemptStatus status);
const CrExplanation *cr_explain_failure (CrFailureCode code);
const CrExplanation *cr_explain_pull (CrPullStatus status);
const CrExplanation *cr_explain_wait (CrWaitReason reason);
const CrExplanation *cr_explain_waiting (CrWaitReason reason, const char *error_code);
const CrExplanation *cr_explain_work (const CrWork *work);
/* What one that is sent to does just now: it may wait. */
const CrExplanation *cr_explain_destination_now (CrDestination *destination);
const CrExplanation *cr_explain_query (CrQueryStatus status);
const CrExplanation *cr_explain_hold (CrHoldStatus status);
const CrExplanation *cr_explain_guard (CrGuardResult result);
const CrExplanation *cr_explain_destination (CrDestinationStatus status);
const CrExplanation *cr_explain_run (CrRunStatus status);
const CrExplanation *cr_explain_item (CrItemStatus status);
const CrExplanation *cr_explain_source (CrSourceStatus status);
const CrExplanation *cr_explain_attachment (CrAttachmentStatus status);
const CrExplanation *cr_explain_webhook (CrWebhookEndpoint *endpoint);
const CrExplanation *cr_explain_delivery (CrDelivery *delivery);
const CrExplanation *cr_explain_error (const char *error_code);
const char *cr_explain_pull_trigger (CrPullTrigger trigger);
const char *cr_explain_run_trigger (CrRunTrigger trigger);
const char *cr_explain_withdrawal (CrWithdrawalCause cause); /* translatable */
const CrExplanation *cr_explain_cancelled_item (CrItemStatus status);
const CrExplanation *cr_explain_withdrawn (CrItemStatus status);

G_END_DECLS
