/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* Tells on the desktop what needs somebody: once when it begins and once when it is over, also
 * across restarts, and once a day what there is. Names no patient. A click activates
 * `app.show-need` with (b: @is_second, s: an action of the window, s: its target or nothing). */
typedef struct _CrNotices CrNotices;

CrNotices *cr_notices_new (CrEngine *engine, GApplication *application, gboolean is_second);
void cr_notices_free (CrNotices *self);

G_END_DECLS
