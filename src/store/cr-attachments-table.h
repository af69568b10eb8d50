/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-attachment-row.h"
#include "store/cr-records-table.h"

G_BEGIN_DECLS

/* What is known of the files that the record @rid links to; of CrAttachmentRow. */
GPtrArray *cr_attachments_table_list (CrDb *db, gint64 rid, GError **error);
/* Finds the Binary that holds the file by its id. */
gboolean cr_attachments_table_save (CrDb *db,
                                    const CrRecordOwner *owner,
                                    CrAttachmentRow *row,
                                    GError **error);

/* References that led nowhere. */
gboolean cr_unresolved_table_add (CrDb *db,
                                  const CrRecordOwner *owner,
                                  const char *type,
                                  const char *id,
                                  guint http_status,
                                  gint64 now_ms,
                                  GError **error);
/* Whether it was tried since @since_ms. */
gboolean cr_unresolved_table_has (CrDb *db,
                                  const CrRecordOwner *owner,
                                  const char *type,
                                  const char *id,
                                  gint64 since_ms,
                                  GError **error);

G_END_DECLS
