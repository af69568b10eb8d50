/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-db.h"

G_BEGIN_DECLS

/* Since when to ask the search @path of a connection for changes alone; 0: ask for all of it, as
 * nothing is known, the last whole listing is older than @full_after_ms or bears a date
 * that has not come yet, which a wrong clock gave it, or other scopes were granted then. -1: error.
 */
gint64 cr_pull_marks_table_since (CrDb *db,
                                  const char *connection_id,
                                  const char *path,
                                  const char *scopes,
                                  gint64 full_after_ms,
                                  gint64 now_ms,
                                  GError **error);
/* @since_ms: 0 forgets. @full_ms: of a whole listing; 0: it was none. */
gboolean cr_pull_marks_table_set (CrDb *db,
                                  const char *connection_id,
                                  const char *path,
                                  const char *scopes,
                                  gint64 since_ms,
                                  gint64 full_ms,
                                  GError **error);
/* The next pull of the connection asks for everything. */
gboolean cr_pull_marks_table_forget_all (CrDb *db, const char *connection_id, GError **error);

G_END_DECLS
