/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-auth-log.h"
#include "model/cr-connection.h"
#include "model/cr-hold.h"
#include "model/cr-session.h"
#include "model/cr-source.h"
#include "vault/cr-vault.h"

G_BEGIN_DECLS

/* Everything one trip to a portal leaves behind, for one transaction. Filled on the main thread,
 * lent to the store's thread while it works. */
typedef struct
{
  CrAttempt *attempt; /* (owned) */
  char *session_url;  /* (owned): for the event */
  GPtrArray *log;     /* (owned): of CrAuthEvent, in their order */
  gint64 now_ms;

  /* When it failed. */
  CrFailureCode code;
  char *note; /* (owned) (nullable): for staff */

  /* When it succeeded. */
  CrSealer *sealer;        /* (owned) (nullable) */
  CrTokenPair *tokens;     /* (owned) (nullable) */
  char *portal_patient_id; /* (owned) (nullable) */
  char *scopes;            /* (owned) (nullable): granted */
  gint64 access_expires_ms;
  gint64 consent_ends_ms; /* 0: not said */
  char *ungranted;        /* (owned) (nullable): scopes asked for and not granted */
  const char *client_id;  /* (unowned) (nullable): what the portal accepted */
  CrGuardResult guard;
  char *guard_detail; /* (owned) (nullable) */

  /* What came of it. */
  CrSession *session; /* (owned) (nullable): as it is afterwards */
  CrTold *told;       /* (owned) */
} CrSettlement;

void cr_settlement_free (CrSettlement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSettlement, cr_settlement_free)

/* A CrStoreFunc. @data: CrSettlement, given back; its code may become different_portal_patient. */
gpointer cr_settle (CrDb *db, gpointer data, GError **error);
/* Ends an open session and puts its event into the outbox; gives it as it is afterwards. */
CrSession *cr_settle_session (CrDb *db,
                              const char *session_id,
                              const char *url,
                              gboolean complete,
                              CrTold *told,
                              gint64 now_ms,
                              GError **error);

G_END_DECLS
