/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-bars.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_CHART (cr_chart_get_type ())
G_DECLARE_FINAL_TYPE (CrChart, cr_chart, CR, CHART, AdwBin)

/* Bars with their title, their legend, the day that is looked at in words, and the same as a
 * table. */
void cr_chart_set_up (CrChart *self, const char *title, const CrSeries *series, guint n_series);
void cr_chart_set_values (CrChart *self, const gint64 *days, guint n_days, const gint64 *values);

G_END_DECLS
