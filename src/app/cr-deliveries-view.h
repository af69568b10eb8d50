/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine-views.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_DELIVERIES_VIEW (cr_deliveries_view_get_type ())
G_DECLARE_FINAL_TYPE (CrDeliveriesView, cr_deliveries_view, CR, DELIVERIES_VIEW, AdwBin)

/* How much of a patient has reached each destination; a row leads to the destination. */
void cr_deliveries_view_start (CrDeliveriesView *self, CrEngine *engine, const char *patient_id);

G_END_DECLS
