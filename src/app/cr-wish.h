/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-window.h"

G_BEGIN_DECLS

/* What a notice asks a window to show, now or as soon as it can: its engine may be opening yet, or
 * somebody may have to unlock it first. A later wish takes the place of an earlier one. What is
 * gone meanwhile is said over the overview.
 * @action: one that cr-notice-words.c gives, with its @target */
void cr_wish_make (CrWindow *window, const char *action, const char *target);

G_END_DECLS
