/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What a run withdrew from its destination and what that answered; can be saved as a file. */
#define CR_TYPE_RECEIPT_BOX (cr_receipt_box_get_type ())
G_DECLARE_FINAL_TYPE (CrReceiptBox, cr_receipt_box, CR, RECEIPT_BOX, AdwBin)

void cr_receipt_box_show (CrReceiptBox *self, CrEngine *engine, const char *run_id);

G_END_DECLS
