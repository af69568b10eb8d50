/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-trend.h"

CrTrend *
cr_trend_new (void)
{
  CrTrend *self = g_new0 (CrTrend, 1);

  self->points = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_trend_point_free);
  return self;
}

void
cr_trend_free (CrTrend *self)
{
  g_free (self->unit);
  g_ptr_array_unref (self->points);
  g_free (self);
}

void
cr_trend_point_free (CrTrendPoint *self)
{
  g_free (self->date);
  g_free (self->text);
  g_free (self->source_id);
  g_free (self->id);
  g_free (self);
}

static gint
compare_points (gconstpointer a, gconstpointer b)
{
  const CrTrendPoint *left = *(CrTrendPoint *const *) a, *right = *(CrTrendPoint *const *) b;

  if (left->at_s != right->at_s)
    return left->at_s < right->at_s ? -1 : 1;
  return g_strcmp0 (left->id, right->id);
}

void
cr_trend_sort (CrTrend *self)
{
  g_ptr_array_sort (self->points, compare_points);
}
