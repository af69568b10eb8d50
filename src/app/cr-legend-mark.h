/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-bars.h"

G_BEGIN_DECLS

#define CR_TYPE_LEGEND_MARK (cr_legend_mark_get_type ())
G_DECLARE_FINAL_TYPE (CrLegendMark, cr_legend_mark, CR, LEGEND_MARK, GtkWidget)

/* A small square, filled as the bars of a series are; the name stands beside it. */
GtkWidget *cr_legend_mark_new (const CrSeries *series);

G_END_DECLS
