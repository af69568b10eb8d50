/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

#define CR_TYPE_BADGES (cr_badges_get_type ())
G_DECLARE_FINAL_TYPE (CrBadges, cr_badges, CR, BADGES, GObject)

/* How many things need somebody, for the sidebar. Signal `changed`. */
CrBadges *cr_badges_new (CrEngine *engine);
guint cr_badges_get_overview (CrBadges *self);
guint cr_badges_get_patients (CrBadges *self);
guint cr_badges_get_reconnect (CrBadges *self); /* must sign in this week, not called yet */
guint cr_badges_get_destinations (CrBadges *self);
guint cr_badges_get_webhooks (CrBadges *self); /* endpoints that fail for hours or were disabled */

G_END_DECLS
