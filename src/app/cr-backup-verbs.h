/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-window.h"

G_BEGIN_DECLS

/* `back-up`, and `restore-backup`, which also works where the store does not open. */
void cr_backup_verbs_add (CrWindow *window);

G_END_DECLS
