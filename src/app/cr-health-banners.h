/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-banner.h"
#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* What keeps the whole engine from working well, each while it lasts: on these banners, from now
 * until the engine is gone. */
void
cr_health_banners_show (CrEngine *engine, CrBanner *keyring, CrBanner *storage, CrBanner *clock);

G_END_DECLS
