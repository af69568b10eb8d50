/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-event.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* The outbox: written in the transaction of the change it reports, with a delivery for each webhook
 * endpoint that wants it. */
gboolean cr_events_table_add (CrDb *db, CrEvent *event, GError **error);
GPtrArray *cr_events_table_list (CrDb *db,
                                 const char *after_id,
                                 guint limit,
                                 GError **error); /* oldest first */

GPtrArray *cr_events_table_list_newest (CrDb *db, guint offset, guint limit, GError **error);
gint64 cr_events_table_count (CrDb *db, GError **error); /* -1 on error */

/* @text: (nullable): in whose name, what or about what; @kind: (nullable): `patient` for what was
 * done to patients; @actions: (nullable): “,pull.start,pull.cancel,”, found by @text too, whose
 * words in the reader's language have it */
gint64 cr_audit_table_count (CrDb *db,
                             const char *text,
                             const char *kind,
                             const char *actions,
                             GError **error); /* -1 on error */
gboolean cr_audit_table_add (CrDb *db, CrAuditEntry *entry, GError **error);
GPtrArray *cr_audit_table_list (CrDb *db,
                                const char *text,
                                const char *kind,
                                const char *actions,
                                guint offset,
                                guint limit,
                                GError **error); /* newest first */

char *
cr_settings_table_get (CrDb *db, const char *key, GError **error); /* NULL without error: not set */
gboolean cr_settings_table_set (CrDb *db, const char *key, const char *value, GError **error);
GHashTable *cr_settings_table_all (CrDb *db, GError **error);

G_END_DECLS
