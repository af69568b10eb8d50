/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-workspace.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What was there before a restore and is kept beside what came: the database and the identity that
 * names its secrets in the keyring. It goes with the next restore, with the next removal of a
 * patient, or when somebody says so. Its secrets go after it, and not before: their names are noted
 * in a file until the keyring has let go of them. All of it blocks, for as long as small files
 * take. */

#define CR_RESTORE_ASIDE ".before-restore"

gboolean cr_restore_has_aside (CrWorkspace *workspace);
gint64 cr_restore_aside_ms (CrWorkspace *workspace); /* when it was put aside; 0: there is none */
/* Names its secrets. Returns: (transfer full) (nullable) */
char *cr_restore_dup_aside_id (CrWorkspace *workspace);
/* NOT_FOUND when there is none */
gboolean cr_restore_discard_aside (CrWorkspace *workspace, GError **error);

/* Names of workspaces whose secrets nobody needs once they are not those of what is here or aside.
 */
gboolean cr_restore_note_left (CrWorkspace *workspace, const char *id, GError **error);
void cr_restore_strike_left (CrWorkspace *workspace, const char *id);
/* Returns: (transfer full): those that can go now */
GStrv cr_restore_list_left (CrWorkspace *workspace);

G_END_DECLS
