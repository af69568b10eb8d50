/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-overview.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

CrOverview *cr_overview_read (CrDb *db, const gint64 *days, gint64 now_ms, GError **error);

G_END_DECLS
