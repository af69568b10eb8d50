/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-backup.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a backup holds, beside what is here now, in rows and in words. @now: (nullable): what is
 * here cannot be read */
void cr_backup_facts_fill (GtkListBox *list, const CrBackup *backup, const CrBackup *now);
char *cr_backup_facts_warn (const CrBackup *backup, const CrBackup *now);

G_END_DECLS
