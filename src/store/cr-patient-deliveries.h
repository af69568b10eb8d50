/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-patient-delivery.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

GPtrArray *cr_patient_deliveries_list (CrDb *db, const char *patient_id, GError **error);

gboolean
cr_patient_deliveries_count (CrDb *db, const char *destination_id, gint64 *n, GError **error);

G_END_DECLS
