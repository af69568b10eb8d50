/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-banner.h"
#include "app/cr-window.h"

G_BEGIN_DECLS

/* Grey buttons say why, where the page of the window has any that are for admins. */
void cr_admin_banner_look (CrBanner *self, CrWindow *window);
/* Once the page has shown what it has just been told. */
void cr_admin_banner_look_soon (CrBanner *self, CrWindow *window);

G_END_DECLS
