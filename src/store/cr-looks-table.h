/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-look.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* A person who goes on looking at the same within 15 minutes makes one line longer. Of a patient
 * who is not here nothing is kept. */
gboolean cr_looks_table_add (CrDb *db, CrLook *look, GError **error);
GPtrArray *cr_looks_table_list (CrDb *db,
                                const char *patient_id,
                                guint offset,
                                guint limit,
                                GError **error);                                /* newest first */
gint64 cr_looks_table_count (CrDb *db, const char *patient_id, GError **error); /* -1 on error */

G_END_DECLS
