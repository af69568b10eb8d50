/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-export-flow.h"
#include "export/cr-export-plan.h"
#include "export/cr-export-steps.h"
#include "export/cr-sender.h"

G_BEGIN_DECLS

/* A try that failed for want of the other side is made again this often before its item counts as
 * failed; with the waits below that is about half an hour. */
#define MAX_ATTEMPTS 6
#define FIRST_WAIT_MS (30 * 1000)
#define LONGEST_WAIT_MS (15 * 60 * 1000)
#define KEYRING_WAIT_MS (60 * 1000)
/* Items that failed as a whole, one after another, before the run gives up. */
#define MAX_BAD_IN_A_ROW 3
/* What missed a target is sent again twice: records that point at each other get their ids from a
 * server that chooses them the first time, and are complete the second time. */
#define MAX_SECONDS 2
/* Progress is told at most this often. */
#define TELL_EVERY_MS 250

typedef enum
{
  STEP_START,
  STEP_SECRETS,
  STEP_PLAN_BEGIN,
  STEP_PLAN_READ,
  STEP_PLAN_WRITE,
  STEP_LIST,
  STEP_SEND,
  STEP_LIST_UNSEALED,
  STEP_SEAL,
  STEP_END,
} Step;

struct _CrExportFlow
{
  GObject parent_instance;

  CrStore *store;     /* (owned) */
  CrClient *client;   /* (owned) */
  CrVault *vault;     /* (owned) (nullable) */
  CrChanges *changes; /* (owned) (nullable) */
  CrUploads *uploads; /* (owned) (nullable) */
  CrClock clock;
  CrDestination *destination; /* (owned) */
  char *run_id;               /* (owned) */

  CrExportRun *run; /* (owned) (nullable): as this flow counts it; other threads get copies */
  const CrSenderKind *kind;
  CrSender *sender;     /* (owned) (nullable) */
  CrExportPlan *plan;   /* (owned) (nullable) */
  GPtrArray *items;     /* (owned) (nullable): of CrExportItem, all of the run */
  GHashTable *patients; /* (owned): ids of patients something was delivered for */
  GQueue to_seal;       /* of CrExportSeal */
  GPtrArray *sealed;    /* (owned): of char *: other runs that got their manifest */

  Step step;
  gboolean is_second; /* sending again what missed a target */
  guint n_seconds;
  guint next;          /* the item to load next */
  CrExportLoad *ready; /* (owned) (nullable): loaded, waits for its turn */
  gboolean is_loading;
  guint n_in_flight; /* sent or being settled */
  guint rank_in_flight;
  guint n_bad_in_a_row;
  GError *error;       /* (owned) (nullable): stops the run */
  GError *store_error; /* (owned) (nullable): ends the flow */
  gint64 retry_after_ms;
  guint attempts; /* of the item whose failure stopped the run */
  gboolean is_suspended;
  gboolean is_paused; /* with is_suspended: by a person */
  gint64 told_ms;
  GTask *task; /* (owned) (nullable) */
};

/* cr-export-flow.c: its steps */
GCancellable *cr_export_flow_cancellable_of (CrExportFlow *self);
gboolean cr_export_flow_is_cancelled (CrExportFlow *self);
gboolean cr_export_flow_must_stop (CrExportFlow *self);
void cr_export_flow_go (CrExportFlow *self, Step step);
void cr_export_flow_stop_with (CrExportFlow *self, GError *error);
void cr_export_flow_stop_with_store (CrExportFlow *self, GError *error);
void cr_export_flow_tell (CrExportFlow *self, gboolean is_final);

/* cr-export-ending.c: the last step */
void cr_export_flow_end (CrExportFlow *self);

/* cr-export-sending.c: the step that sends */
void cr_export_flow_recount (CrExportFlow *self);
void cr_export_flow_pump (CrExportFlow *self);
gboolean cr_export_flow_needs_person (const GError *error);
gboolean cr_export_flow_can_wait (const GError *error);

G_END_DECLS
