/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-changes.h"
#include "model/cr-connection.h"
#include "model/cr-pull.h"
#include "model/cr-source.h"
#include "net/cr-client.h"
#include "pull/cr-source-gates.h"
#include "store/cr-store.h"

G_BEGIN_DECLS

/* What a pull works with; all are kept by reference. */
typedef struct
{
  CrStore *store;
  CrClient *client;
  CrChanges *changes;
  CrClock clock;
  CrToken *token;
  CrPull *pull;
  CrConnection *connection;
  CrSource *source;
  CrSourceGates *gates; /* (nullable): shared by the pulls of a source; NULL: its own */
  guint max_pages;      /* of one query; 0: as the portal's rules say */
  guint per_minute;     /* requests of all pulls of the source; 0: as the portal's rules say */
  guint patience_s;     /* for one request; 0: the default */
} CrPullParts;

#define CR_TYPE_PULL_FLOW (cr_pull_flow_get_type ())
G_DECLARE_FINAL_TYPE (CrPullFlow, cr_pull_flow, CR, PULL_FLOW, GObject)

/* Brings a connection's records in: plan → ask → save → follow → settle. Resumes where the store
 * says the pull stands. */
CrPullFlow *cr_pull_flow_new (const CrPullParts *parts);

/* Ends when the pull is final or waits; the pull as it then stands in the store. Cancelling makes
 * it cancelled and keeps what was stored; an error is only an error of the store. */
void cr_pull_flow_run_async (CrPullFlow *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
CrPull *cr_pull_flow_run_finish (CrPullFlow *self, GAsyncResult *result, GError **error);
/* Stops in order: nothing new is asked, what was asked is kept if it comes within seconds, and the
 * pull ends cancelled. */
void cr_pull_flow_stop (CrPullFlow *self);
/* Stops without an end and leaves the pull to be resumed, for an engine that closes. */
void cr_pull_flow_suspend (CrPullFlow *self);

G_END_DECLS
