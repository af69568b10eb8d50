/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* Whether sources answer, the pace they are asked at, and today's count. */
gboolean cr_source_pace_fill (CrDb *db, GPtrArray *sources, gint64 now_ms, GError **error);
/* Sources as those of the outages' table, with the pace they are asked at and today's count. */
GPtrArray *cr_source_pace_page (CrDb *db,
                                const CrListFilter *filter,
                                guint offset,
                                guint limit,
                                gint64 now_ms,
                                GError **error);
CrSource *cr_source_pace_get (CrDb *db, const char *id, gint64 now_ms, GError **error);

G_END_DECLS
