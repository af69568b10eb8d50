/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The action of what more is to be read about. */
#define CR_TOAST_EXPLAIN "win.explain"

/* A word with a button, which stays long enough to be pressed. Takes a floating @target. */
AdwToast *cr_toast_new_with_button (const char *text,
                                    const char *button,
                                    const char *action,
                                    GVariant *target);

void cr_toast_add (AdwToastOverlay *overlay, AdwToast *toast);
/* What offers something for @id, such as to take back what was done to it. */
void cr_toast_dismiss (AdwToastOverlay *overlay, const char *id);
void cr_toast_set_held (AdwToastOverlay *overlay, gboolean is_held);

G_END_DECLS
