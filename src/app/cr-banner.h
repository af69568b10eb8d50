/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_BANNER (cr_banner_get_type ())
G_DECLARE_FINAL_TYPE (CrBanner, cr_banner, CR, BANNER, AdwBin)

/* A line across the window that stays. @button, @action: (nullable). */
void cr_banner_show (CrBanner *self,
                     const char *icon,
                     const char *text,
                     const char *button,
                     const char *action);
/* Of its button. @target: (nullable); a floating one is taken. */
void cr_banner_set_action (CrBanner *self, const char *action, GVariant *target);
void cr_banner_hide (CrBanner *self);

G_END_DECLS
