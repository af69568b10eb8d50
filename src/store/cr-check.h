/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-event.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* Looks whether the store says the truth about itself: GPtrArray of CrFinding, one a rule, each
 * with what breaks it. Reads everything once; on a reading handle. */
GPtrArray *cr_check_run (CrDb *db, GError **error);

G_END_DECLS
