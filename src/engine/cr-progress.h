/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-backup.h"

G_BEGIN_DECLS

/* Carries how far a worker has come to the main thread, a few times a second at most. */
typedef struct _CrProgress CrProgress;

CrProgress *cr_progress_new (CrBackupTold told, gpointer user_data); /* told: (nullable) */
CrProgress *cr_progress_ref (CrProgress *self);
void cr_progress_unref (CrProgress *self);
/* Any thread. */
void cr_progress_tell (CrProgress *self, CrBackupStep step, gint64 done, gint64 total);
/* On the main thread: nothing is told from now on. */
void cr_progress_end (CrProgress *self);

G_END_DECLS
