/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-workspace.h"
#include "model/cr-backup.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Takes a backup back into a workspace that the caller has locked, with or without an engine on it:
 *
 *   rehearse: out of the sealed file into a folder of its own in the data folder, checked, counted;
 *             nothing that is there changes, and all of it is thrown away unless it is
 *   committed: the secrets go into the keyring under a new name of the workspace, so that none that
 *             is there is written over, and the folder is renamed `restore.ready`, which is the
 *             promise that it will be
 *   applied:  file by file in place of the old ones, when no store is open; after a crash, at the
 *             next opening. What was there is kept as `<file>.before-restore`: see
 *             cr-restore-aside.h. A rehearsal of that undoes the restore, and can be undone the
 *             same way. */

#define CR_TYPE_REHEARSAL (cr_rehearsal_get_type ())
G_DECLARE_FINAL_TYPE (CrRehearsal, cr_rehearsal, CR, REHEARSAL, GObject)

void cr_restore_rehearse_async (CrWorkspace *workspace,
                                const char *path,
                                const char *passphrase,
                                CrBackupTold told,
                                gpointer told_data,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
CrRehearsal *cr_restore_rehearse_finish (GAsyncResult *result, GError **error);
CrBackup *cr_rehearsal_get_backup (CrRehearsal *self);

/* @with_secrets: FALSE leaves the keyring alone: patients sign in again, and passwords are entered
 * again, unless this keyring has those of the backup's workspace. */
void cr_restore_commit_async (CrRehearsal *rehearsal,
                              gboolean with_secrets,
                              const char *person,
                              gint64 now_ms,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean cr_restore_commit_finish (CrRehearsal *rehearsal, GAsyncResult *result, GError **error);

/* Blocks; the workspace is locked and no store is open. Does what was committed, if anything, and
 * clears away what was only begun. FALSE: what is left is done by the next call. */
gboolean cr_restore_apply (CrWorkspace *workspace, GError **error);

G_END_DECLS
