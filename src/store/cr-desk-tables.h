/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-notice.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* Names, in the order of the alphabet. */
GPtrArray *cr_people_table_list (CrDb *db, GError **error);
gboolean cr_people_table_add (CrDb *db, const char *name, gint64 now_ms, GError **error);
gboolean cr_people_table_remove (CrDb *db, const char *name, GError **error);

/* What a person shows to open a lock is kept as a slow hash alone. @hash: (nullable): none */
char *
cr_locks_table_get (CrDb *db, const char *kind, GError **error); /* NULL without error: none */
gboolean cr_locks_table_set (CrDb *db, const char *kind, const char *hash, GError **error);

/* Compares what there is now, of CrNotice, with what was told of before, and remembers it.
 * → CrNotice of what began and of what has ended */
GPtrArray *cr_notices_table_compare (CrDb *db, GPtrArray *now, gint64 now_ms, GError **error);
/* When @key, which is no incident, was last told; 0: never; -1 on error */
gint64 cr_notices_table_told (CrDb *db, const char *key, GError **error);
gboolean cr_notices_table_tell (CrDb *db, const char *key, gint64 now_ms, GError **error);

G_END_DECLS
