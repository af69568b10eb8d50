/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "model/cr-backup.h"
#include "model/cr-event.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* Copies of a database file that a store may have open. All of it takes as long as reading the
 * file, so it belongs on a worker. */

typedef void (*CrSnapshotTold) (gint64 done, gint64 total, gpointer data);

/* As the data are at its beginning, however many writes come meanwhile. @to is made, readable by
 * its owner alone, and is not there after an error. */
gboolean cr_snapshot_take (const char *from,
                           const char *to,
                           CrSnapshotTold told,
                           gpointer data,
                           GCancellable *cancellable,
                           GError **error);
/* Whether the copy is whole and opens here: checked page by page, brought to the newest schema,
 * every body compared with its hash, and counted. */
gboolean cr_snapshot_check (const char *path,
                            CrBackup *backup,
                            CrSnapshotTold told,
                            gpointer data,
                            GCancellable *cancellable,
                            GError **error);
/* Ids of those whose secrets may be in the keyring: @kind is `source`, `vendor`, `destination` or
 * `webhook`. */
GPtrArray *cr_snapshot_list_ids (CrDb *db, const char *kind, GError **error);
gboolean cr_snapshot_count (CrDb *db, CrBackup *backup, GError **error);
/* Removals carried out since then: who restores an older copy brings their patients back. */
gint64 cr_snapshot_count_removals (CrDb *db, gint64 since_ms, GError **error); /* -1 on error */
gint64 cr_snapshot_last_backup (CrDb *db, GError **error); /* when; 0: never; -1 on error */
/* Writes who restored it. What the settings name of this computer and is not here is forgotten:
 * without its certificate the pages would not open. */
gboolean cr_snapshot_adopt (const char *path, CrAuditEntry *entry, GError **error);

G_END_DECLS
