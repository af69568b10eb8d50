/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_RESTORE_DATABASE "chartroom.db"
#define CR_RESTORE_IDENTITY "workspace.json"
#define CR_RESTORE_READY "restore.ready"
/* What is thrown away when nobody is at it. */
#define CR_RESTORE_BEGUN "restore.begun-"
#define CR_BACKUP_SNAPSHOT "backup.snapshot-"

/* A small file, whole or not at all, that only we may read. NO_SPACE, READ_ONLY */
gboolean cr_restore_write_file (const char *path, const char *text, GError **error);
void cr_restore_remove_folder (const char *folder);
gboolean cr_restore_sync_folder (const char *folder);

G_END_DECLS
