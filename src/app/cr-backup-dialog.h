/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_BACKUP_DIALOG (cr_backup_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrBackupDialog, cr_backup_dialog, CR, BACKUP_DIALOG, AdwWindow)

/* Makes a backup. */
GtkWidget *cr_backup_dialog_new (GtkWindow *parent, CrEngine *engine, const char *person);
/* Rehearses one, shows what it holds beside what is here, and then restores it.
 * @engine: (nullable): the store does not open; then @workspace is locked, the dialog emits
 * `restored` when the new data are in their place, and the caller opens them */
GtkWidget *cr_backup_dialog_new_restore (GtkWindow *parent,
                                         CrEngine *engine,
                                         CrWorkspace *workspace,
                                         const char *person);
/* Closes it, or as soon as what it does is done: nothing more is asked. */
void cr_backup_dialog_leave (CrBackupDialog *self);

G_END_DECLS
