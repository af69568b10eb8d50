/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_LEDGER_VIEW (cr_ledger_view_get_type ())
G_DECLARE_FINAL_TYPE (CrLedgerView, cr_ledger_view, CR, LEDGER_VIEW, AdwBin)

/* For each type of record: was it asked for, granted, does the portal have it, what is here. A
 * table where there is room, a line for each type in a narrow window; read when it is opened. */
void cr_ledger_view_show (CrLedgerView *self, CrEngine *engine, CrConnection *connection);

G_END_DECLS
