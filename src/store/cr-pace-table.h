/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-connection.h"
#include "model/cr-pace.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

#define CR_PACE_INTERVAL "pull-interval-hours"
#define CR_PACE_INTERVAL_OF CR_PACE_INTERVAL "." /* then the id of a source */
#define CR_PACE_QUIET "pull-quiet-hours"
#define CR_PACE_PER_MINUTE "pull-requests-per-minute." /* then the id of a source */
#define CR_PACE_GAP "pull-gap-minutes"

gboolean cr_pace_table_get (CrDb *db, const char *source_id, CrPace *pace, GError **error);
/* How many requests the source may get; 0: nobody said. */
guint cr_pace_table_per_minute (CrDb *db, const char *source_id);
gboolean cr_pace_table_replan (CrDb *db, gint64 now_ms, GError **error);
gboolean cr_pace_table_plan (CrDb *db,
                             const char *connection_id,
                             gint64 end_ms,
                             gboolean retries,
                             GError **error);
gboolean cr_pace_table_shift (CrDb *db, gint64 by_ms, GError **error);

G_END_DECLS
