/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine-views.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_TREND_VIEW (cr_trend_view_get_type ())
G_DECLARE_FINAL_TYPE (CrTrendView, cr_trend_view, CR, TREND_VIEW, AdwBin)

/* How a measured value went over time, drawn and as a list; invisible when there are not two. */
void cr_trend_view_show (CrTrendView *self, CrEngine *engine, CrRecord *record);

G_END_DECLS
