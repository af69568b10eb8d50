/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* How an area is filled: kinds are told apart without their colours. */
typedef enum
{
  CR_PATTERN_SOLID,
  CR_PATTERN_STRIPES,
  CR_PATTERN_LINES,
  CR_PATTERN_HOLLOW,
} CrPattern;

/* Strings are static. */
typedef struct
{
  const char *name;  /* translated when shown */
  const char *color; /* a named colour of the style: `success_color` */
  CrPattern pattern;
} CrSeries;

#define CR_TYPE_BARS (cr_bars_get_type ())
G_DECLARE_FINAL_TYPE (CrBars, cr_bars, CR, BARS, GtkWidget)

/* A bar for each of a row of days, made of one part for each series. The arrow keys go from day to
 * day, as the pointer does; `day` is the one looked at, -1 for none. */
GtkWidget *cr_bars_new (void);
void cr_bars_set_series (CrBars *self, const CrSeries *series, guint n_series);
/* @values: for each series @n_days numbers; both are copied. */
void cr_bars_set_values (CrBars *self, const gint64 *days, guint n_days, const gint64 *values);
int cr_bars_get_day (CrBars *self);
/* The next greater number that reads well: 1, 2, 5, 10, 20, … */
gint64 cr_bars_round_up (gint64 value);
/* Fills @area as a part of a bar is filled: for a legend. */
void cr_bars_fill (GtkSnapshot *snapshot,
                   GtkWidget *widget,
                   const CrSeries *series,
                   const graphene_rect_t *area);

G_END_DECLS
