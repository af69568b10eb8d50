/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-source.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* @quota: what is new since the last time: its @n more, of its @day; `slowed_n` is of these; and
 * what the source said, if it said anything. */
gboolean
cr_asked_table_add (CrDb *db, const char *source_id, const CrSourceQuota *quota, GError **error);
gboolean cr_asked_table_fill (CrDb *db, GPtrArray *sources, GError **error);

G_END_DECLS
