/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-reconciliation.h"
#include "store/cr-exports-table.h"

G_BEGIN_DECLS

CrReconciliation *cr_reconcile_load (CrDb *db, const char *destination_id, GError **error);
GPtrArray *cr_reconcile_load_records (CrDb *db,
                                      const char *destination_id,
                                      gint64 after,
                                      guint n,
                                      GError **error);
CrExportRun *cr_reconcile_send (CrDb *db,
                                CrReconciliation *self,
                                const char *person,
                                gint64 now_ms,
                                GError **error);

G_END_DECLS
