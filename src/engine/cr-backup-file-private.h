/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-backup-file.h"

G_BEGIN_DECLS

#define CR_BACKUP_FORMAT 1
#define CR_BACKUP_PART_HEAD 9
#define CR_BACKUP_BUFFER (256 * 1024)

/* Takes @error: what the disk says becomes ours; what is ours or a cancel stays. */
GError *cr_backup_file_translate (GError *error, const char *doing);

G_END_DECLS
