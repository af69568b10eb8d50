/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-pull.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* Of the last complete pull of the connection of the pull `p`. */
#define CR_PULL_LAST_PAGES                                                                         \
  "(SELECT l.pages FROM pull l WHERE l.connection_id = p.connection_id"                            \
  " AND l.status = 'complete' ORDER BY l.created_ms DESC LIMIT 1)"

/* A connection has at most one pull that is not final: adding a second gives back the first by
 * @pull_id (joined). */
gboolean cr_pulls_table_add (CrDb *db, CrPull *pull, char **pull_id, GError **error);
CrPull *cr_pulls_table_get (CrDb *db, const char *id, GError **error);
/* That brought a version, and that was under way then; NULL without error: none. */
CrPull *cr_pulls_table_get_of_version (CrDb *db, gint64 sequence, GError **error);
CrPull *cr_pulls_table_get_at (CrDb *db,
                               const char *patient_id,
                               const char *source_id,
                               gint64 ms,
                               GError **error);
/* A person stopped it; it ends once what it has in its hands is kept. */
gboolean cr_pulls_table_stop (CrDb *db, const char *id, GError **error);
gboolean cr_pulls_table_save (
    CrDb *db,
    CrPull *pull,
    GError **error); /* status (checked against the allowed moves), waits, times, counters, error */
GPtrArray *cr_pulls_table_list (CrDb *db,
                                const char *patient_id,
                                const char *connection_id,
                                guint offset,
                                guint limit,
                                GError **error); /* newest first; NULLs: all */
gint64
cr_pulls_table_count (CrDb *db, const char *patient_id, const char *connection_id, GError **error);
GPtrArray *cr_pulls_table_list_open (CrDb *db, GError **error); /* not final, oldest first */
gboolean cr_pulls_table_requeue (CrDb *db,
                                 GError **error); /* at start: running goes back to queued */

gboolean cr_queries_table_add (CrDb *db, GPtrArray *queries, GError **error);
gboolean cr_queries_table_save (CrDb *db,
                                CrQuery *query,
                                GError **error); /* everything but kind, type, path */
GPtrArray *
cr_queries_table_list (CrDb *db, const char *pull_id, GError **error); /* in their order */

G_END_DECLS
