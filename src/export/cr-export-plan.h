/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-sender.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* What a run will send. Its functions run on the store's threads, one after another. */
typedef struct _CrExportPlan CrExportPlan;

CrExportPlan *cr_export_plan_new (CrSender *sender, CrExportRun *run);
void cr_export_plan_free (CrExportPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrExportPlan, cr_export_plan_free)

/* CrStoreFunc; data: CrExportPlan. */
gpointer cr_export_plan_begin (CrDb *db, gpointer data, GError **error); /* read */
gpointer cr_export_plan_read (CrDb *db, gpointer data, GError **error);  /* read */
gpointer cr_export_plan_write (CrDb *db, gpointer data, GError **error); /* write */
gboolean cr_export_plan_is_done (CrExportPlan *self);
guint cr_export_plan_count_items (CrExportPlan *self); /* once it is done */

/* Which connections' records may leave, and whose watermark a run may move. */
GHashTable *cr_export_blocked_owners (CrDb *db, GError **error);
gboolean cr_export_is_blocked (GHashTable *blocked, const char *patient_id, const char *source_id);
GPtrArray *cr_export_owners (CrDb *db,
                             CrExportRun *run,
                             GPtrArray *left_out, /* (nullable): of char *: gets their ids */
                             GError **error);

G_END_DECLS
