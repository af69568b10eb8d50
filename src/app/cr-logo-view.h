/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Shows the logo of a source in @avatar, or the letters of its name until it is there.
 * @source_id: (nullable): the letters alone */
void cr_logo_view_show (AdwAvatar *avatar, CrEngine *engine, const char *source_id);

G_END_DECLS
