/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-overview.h"
#include "model/cr-patient-delivery.h"
#include "model/cr-trend.h"

G_BEGIN_DECLS

/* What screens show that is more than a list of objects. */

/* What a clinic wants to know at a glance. @days: 30, when each day that is counted begins. */
void cr_engine_overview_async (CrEngine *self,
                               const gint64 *days,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
CrOverview *cr_engine_overview_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* How much of a patient has reached each destination: → GPtrArray of CrPatientDelivery. */
void cr_engine_deliveries_async (CrEngine *self,
                                 const char *patient_id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GPtrArray *cr_engine_deliveries_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* → how many patients a destination has got records of; -1 and @error. */
void cr_engine_count_delivered_async (CrEngine *self,
                                      const char *destination_id,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gint64 cr_engine_count_delivered_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* The lines of CR_LIST_AUDIT that @filter leaves, as a table with commas, newest first. */
void cr_engine_save_audit_async (CrEngine *self,
                                 const CrListFilter *filter,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GBytes *cr_engine_save_audit_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* The values of the same kind as that of an Observation, of the same patient at any source; none
 * when it has no single number. */
void cr_engine_trend_async (CrEngine *self,
                            CrRecord *record,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
CrTrend *cr_engine_trend_finish (CrEngine *self, GAsyncResult *result, GError **error);

G_END_DECLS
