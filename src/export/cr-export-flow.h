/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-sender.h"
#include "model/cr-changes.h"
#include "store/cr-store.h"
#include "vault/cr-vault.h"

G_BEGIN_DECLS

typedef struct
{
  CrStore *store;
  CrClient *client;
  CrVault *vault;
  CrChanges *changes;
  CrClock clock;
  CrExportRun *run;
  CrDestination *destination;
  CrUploads *uploads;
} CrExportParts;

#define CR_TYPE_EXPORT_FLOW (cr_export_flow_get_type ())
G_DECLARE_FINAL_TYPE (CrExportFlow, cr_export_flow, CR, EXPORT_FLOW, GObject)

/* Sends what a destination has not had: plan → send → seal. Watermarks per connection move over
 * what was planned; failed entries stay in the retry list. */
CrExportFlow *cr_export_flow_new (const CrExportParts *parts);
void cr_export_flow_run_async (CrExportFlow *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
CrExportRun *cr_export_flow_run_finish (CrExportFlow *self, GAsyncResult *result, GError **error);
void cr_export_flow_suspend (CrExportFlow *self);
gboolean cr_export_flow_set_paused (CrExportFlow *self, gboolean is_paused);

G_END_DECLS
