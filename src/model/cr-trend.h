/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One value of one kind of observation. Numbers are for drawing; what is read is the text. */
typedef struct
{
  char *date;  /* (owned): as the record writes it */
  gint64 at_s; /* of that, seconds since 1970 */
  double value;
  char *text;      /* (owned): value and unit, as written */
  char *source_id; /* (owned) (nullable) */
  char *id;        /* (owned) (nullable): of the record */
} CrTrendPoint;

typedef struct
{
  char *unit;       /* (owned) (nullable): values in other units are left out */
  gboolean has_low; /* the range of the record that was asked about */
  gboolean has_high;
  double low;
  double high;
  GPtrArray *points; /* (owned): of CrTrendPoint, the oldest first */
} CrTrend;

CrTrend *cr_trend_new (void);
void cr_trend_free (CrTrend *self);
void cr_trend_point_free (CrTrendPoint *self);
void cr_trend_sort (CrTrend *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTrend, cr_trend_free)

G_END_DECLS
