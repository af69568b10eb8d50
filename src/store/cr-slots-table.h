/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-db.h"

G_BEGIN_DECLS

/* What happened how often, in quarters of an hour: `landed`, `delivered`, and by a trigger
 * `pull.<status>`. */
gboolean cr_slots_table_add (CrDb *db, const char *what, guint n, gint64 now_ms, GError **error);
gboolean cr_slots_table_read (CrDb *db,
                              const char *const *whats,
                              const gint64 *days,
                              guint n_days,
                              gint64 *counts,
                              GError **error);

G_END_DECLS
