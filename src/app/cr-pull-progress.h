/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_PULL_PROGRESS (cr_pull_progress_get_type ())
G_DECLARE_FINAL_TYPE (CrPullProgress, cr_pull_progress, CR, PULL_PROGRESS, AdwBin)

/* A pull under way: how far, how much, and a button to cancel it. */
void cr_pull_progress_show (CrPullProgress *self, CrEngine *engine, CrPull *pull); /* (nullable) */

G_END_DECLS
