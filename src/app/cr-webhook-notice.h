/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* A notice on the desktop when an endpoint of webhooks fails for hours or was disabled: one for
 * each, of which the later takes the place of the earlier. A click on it activates
 * `app.show-webhook` with (b: @is_second, s: the endpoint). */
void cr_webhook_notice_watch (CrEngine *engine, GApplication *application, gboolean is_second);
/* What it said is no longer so. */
void cr_webhook_notice_withdraw (GApplication *application, const char *webhook_id);

G_END_DECLS
