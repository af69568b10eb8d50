/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-tokens.h"
#include "export/cr-uploads.h"
#include "net/cr-client.h"
#include "pull/cr-source-gates.h"
#include "store/cr-store.h"
#include "vault/cr-vault.h"

G_BEGIN_DECLS

#define CR_TYPE_SCHEDULER (cr_scheduler_get_type ())
G_DECLARE_FINAL_TYPE (CrScheduler, cr_scheduler, CR, SCHEDULER, GObject)

/* Looks at the rows of pulls and export runs and runs what is due: one pull a connection, one run a
 * destination, some of each at a time. Signal `keyring` (GError *error): a flow waits for the
 * keyring; NULL: one got through again. Signal `storage` (GError *error): the store cannot write;
 * NULL: it wrote again. Signal `withdrawn`: a run that took records back has ended or waits; what
 * was kept for it may be wiped. */
typedef struct
{
  CrStore *store;
  CrVault *vault;
  CrClient *client;
  CrTokens *tokens;
  CrChanges *changes;
  CrUploads *uploads;
  CrClock clock;
  CrClock boot_clock;   /* that nobody sets, as cr_time_boot_ms () */
  gboolean no_schedule; /* pulls are not started by their date */
} CrSchedulerParts;

CrScheduler *cr_scheduler_new (const CrSchedulerParts *parts);
/* Look again soon. */
void cr_scheduler_wake (CrScheduler *self);
/* Something of the engine's could not be stored; the next that is ends it. */
void cr_scheduler_tell_storage (CrScheduler *self, const GError *error);
/* Waiting for the keyring is over, or may be. */
void cr_scheduler_keyring_may_answer (CrScheduler *self);
/* The same of what waits for a network or a portal. */
void cr_scheduler_network_may_answer (CrScheduler *self);
/* There is no network; it is back. */
void cr_scheduler_set_offline (CrScheduler *self, gboolean is_offline);
CrSourceGates *cr_scheduler_get_gates (CrScheduler *self); /* (unowned) */
/* The computer goes to sleep: what is under way is let go without a failure, nothing starts; it is
 * awake: that begins again where it stood. */
void cr_scheduler_set_asleep (CrScheduler *self, gboolean is_asleep);
/* The first time it keeps what it has in its hands, the second it stops at once. FALSE: it does not
 * run here. */
gboolean cr_scheduler_cancel_pull (CrScheduler *self, const char *pull_id);
gboolean cr_scheduler_cancel_run (CrScheduler *self, const char *run_id);
/* Lets it finish what is out, or takes that back; FALSE: it does not run here, or was to go on. */
gboolean cr_scheduler_pause_run (CrScheduler *self, const char *run_id, gboolean is_paused);
gboolean cr_scheduler_is_idle (CrScheduler *self);
/* Nothing new starts; export runs finish what is out and stay queued. Pulls go on. Counted: each
 * needs its resume. */
void cr_scheduler_pause (CrScheduler *self);
void cr_scheduler_resume (CrScheduler *self);
gboolean cr_scheduler_has_runs (CrScheduler *self); /* exports are under way */

/* Suspends every flow and waits until none runs. */
void cr_scheduler_close_async (CrScheduler *self, GAsyncReadyCallback callback, gpointer user_data);
void cr_scheduler_close_finish (CrScheduler *self, GAsyncResult *result);

G_END_DECLS
