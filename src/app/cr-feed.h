/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

#define CR_TYPE_FEED (cr_feed_get_type ())
G_DECLARE_FINAL_TYPE (CrFeed, cr_feed, CR, FEED, GObject)

/* A short list that is asked for again, at most five times a second, after something of @kinds
 * changed. @func is never called after cr_feed_stop(). */
typedef void (*CrFeedFunc) (GPtrArray *items, const GError *error, gpointer user_data);

#define CR_FEED_ON(kind) (1u << CR_CHANGE_##kind)

CrFeed *cr_feed_new (CrEngine *engine,
                     const CrListFilter *filter,
                     guint limit,
                     guint kinds,
                     CrFeedFunc func,
                     gpointer user_data);
/* The same for one object: @items holds it, or @error is CR_ERROR_NOT_FOUND. */
CrFeed *cr_feed_new_for_object (CrEngine *engine,
                                CrListKind kind,
                                const char *id,
                                guint kinds,
                                CrFeedFunc func,
                                gpointer user_data);
void cr_feed_set_limit (CrFeed *self, guint limit);
/* What was told last is told again now and then: its “5 minutes ago” would stand for hours. */
void cr_feed_keep_time (CrFeed *self);
void cr_feed_refresh (CrFeed *self);
void cr_feed_stop (CrFeed *self); /* Takes @self. */

G_END_DECLS
