/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-records-table.h"

G_BEGIN_DECLS

/* A stream is the part of a record's identity that a whole pull shares; see CrRecordOwner. */
gint64 cr_streams_find (CrDb *db, const CrRecordOwner *owner, gboolean add, GError **error);
gint64 cr_streams_count_records (CrDb *db, const char *patient_id, GError **error);
gboolean cr_streams_forget (CrDb *db,
                            const char *patient_id,
                            const char *source_id,
                            GError **error); /* source NULL: all of the patient */

G_END_DECLS
