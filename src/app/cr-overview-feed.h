/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine-views.h"

G_BEGIN_DECLS

#define CR_TYPE_OVERVIEW_FEED (cr_overview_feed_get_type ())
G_DECLARE_FINAL_TYPE (CrOverviewFeed, cr_overview_feed, CR, OVERVIEW_FEED, GObject)

/* The overview, asked for again after something changed, not more often than every @pause_ms, and
 * every minute, so that days and weeks pass. @func is never called after
 * cr_overview_feed_stop(). */
typedef void (*CrOverviewFunc) (CrOverview *overview, const GError *error, gpointer user_data);

CrOverviewFeed *
cr_overview_feed_new (CrEngine *engine, guint pause_ms, CrOverviewFunc func, gpointer user_data);
void cr_overview_feed_refresh (CrOverviewFeed *self);
void cr_overview_feed_stop (CrOverviewFeed *self); /* Takes @self. */

G_END_DECLS
