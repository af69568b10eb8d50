/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-trend.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_TREND_LINE (cr_trend_line_get_type ())
G_DECLARE_FINAL_TYPE (CrTrendLine, cr_trend_line, CR, TREND_LINE, GtkWidget)

/* The values of a trend over time, with the reference range as a band between dashed lines; the one
 * of @date is a filled square, the others are circles. Borrows @trend. */
void cr_trend_line_set (CrTrendLine *self, const CrTrend *trend, const char *date);

G_END_DECLS
