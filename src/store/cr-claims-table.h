/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-ranges-table.h"

G_BEGIN_DECLS

/* Where records go under their sources' own ids, the first to have one keeps it: another record by
 * the same id, of another source or patient, would be written over it. */
gboolean cr_claims_matter (CrDb *db, const char *destination_id);
gboolean
cr_claims_table_take (CrDb *db, const char *destination_id, const CrRange *range, GError **error);
gboolean
cr_claims_table_take_one (CrDb *db, const char *destination_id, gint64 rid, GError **error);
/* 1: another record has the id there; -1: error */
int cr_claims_table_is_other (CrDb *db, const char *destination_id, gint64 rid, GError **error);

G_END_DECLS
