/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-records-table.h"

G_BEGIN_DECLS

/* A listing of a type that was proven complete, and by which questions: @signature names them and
 * what was granted. Only a listing by the same questions can show that a record is listed no more.
 */
gboolean cr_listings_table_keep (CrDb *db,
                                 const CrRecordOwner *owner,
                                 const char *type,
                                 const char *signature,
                                 gint64 now_ms,
                                 GError **error);

/* Notes what the complete listing that began at @since_ms should have confirmed and did not. Adds
 * their ids (char *) to @ids: those that no read has settled yet, at most @limit. */
gboolean cr_absence_table_note (CrDb *db,
                                const CrRecordOwner *owner,
                                const char *pull_id,
                                const char *type,
                                const char *signature,
                                gint64 since_ms,
                                gint64 now_ms,
                                guint limit,
                                GPtrArray *ids,
                                GError **error);

/* What a direct read answered: 404 and 410 prove that the record is gone; everything else proves
 * nothing. One that comes again is no longer absent, by whatever way it comes. */
gboolean cr_absence_table_settle (CrDb *db,
                                  const CrRecordOwner *owner,
                                  const char *pull_id,
                                  const char *type,
                                  const char *id,
                                  guint http_status,
                                  gint64 now_ms,
                                  GError **error);

G_END_DECLS
