/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-overview.h"

G_BEGIN_DECLS

/* cr-overview-needs.c */
gboolean cr_overview_read_needs (CrDb *db, CrOverview *overview, gint64 now_ms, GError **error);

G_END_DECLS
