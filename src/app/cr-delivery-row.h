/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_DELIVERY_ROW (cr_delivery_row_get_type ())
G_DECLARE_FINAL_TYPE (CrDeliveryRow, cr_delivery_row, CR, DELIVERY_ROW, AdwExpanderRow)

/* One event for one endpoint; opened, it has a row for each attempt. */
GtkWidget *cr_delivery_row_new (CrEngine *engine);
void cr_delivery_row_show (CrDeliveryRow *self, CrDelivery *delivery, gboolean can_send);

G_END_DECLS
