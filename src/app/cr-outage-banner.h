/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-banner.h"
#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* Keeps a banner that says which portals do not answer, for as long as one does not. */
typedef struct _CrOutageBanner CrOutageBanner;

CrOutageBanner *cr_outage_banner_new (CrBanner *banner, CrEngine *engine);
void cr_outage_banner_free (CrOutageBanner *self);

/* “Stopped answering 10:12, 3 patients wait; next try 10:17” */
char *cr_outage_words (CrSource *source, gint64 now_ms);
char *cr_slow_words (CrSource *source, gint64 now_ms);

G_END_DECLS
