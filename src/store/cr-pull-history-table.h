/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-pull-history.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* What a pull changed: what is missed first, then versions in the order they came. @type is
 * nullable: all; @with_body: the body of the version, for words. */
GPtrArray *cr_pull_changes_table_list (CrDb *db,
                                       const char *pull_id,
                                       const char *type,
                                       gboolean with_body,
                                       guint offset,
                                       guint limit,
                                       GError **error);
gint64
cr_pull_changes_table_count (CrDb *db, const char *pull_id, const char *type, GError **error);
/* 1: the records of the pull wait for a decision about the patient; -1 on error. */
int cr_pull_changes_table_is_held (CrDb *db, const char *pull_id, GError **error);
GPtrArray *cr_pull_types_table_list (CrDb *db, const char *pull_id, GError **error); /* by name */

/* After each save of a pull: a wait begins when it waits, and ends when it does not. */
gboolean cr_pull_waits_table_note (CrDb *db, CrPull *pull, gint64 now_ms, GError **error);
GPtrArray *cr_pull_waits_table_list (CrDb *db, const char *pull_id, GError **error);

/* Of one pull the newest 5,000 lines are kept, of one connection those of its newest 20 pulls. */
gboolean cr_pull_lines_table_add (CrDb *db, const char *pull_id, GPtrArray *lines, GError **error);
GPtrArray *cr_pull_lines_table_list (CrDb *db,
                                     const char *pull_id,
                                     guint offset,
                                     guint limit,
                                     GError **error); /* oldest first */
gint64 cr_pull_lines_table_count (CrDb *db, const char *pull_id, GError **error);

G_END_DECLS
