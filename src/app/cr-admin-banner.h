/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-banner.h"
#include "app/cr-window.h"

G_BEGIN_DECLS

/* Grey buttons say why, where the page of the window has any that are for admins. */
void cr_admin_banner_look (CrBanner *self, CrWindow *window);
/* Looks again whenever something was painted: rows come when they are loaded. */
void cr_admin_banner_watch (CrBanner *self);

G_END_DECLS
