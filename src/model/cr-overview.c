/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-overview.h"

/* The nicks are public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrNeedKind,
                    cr_need_kind,
                    G_DEFINE_ENUM_VALUE (CR_NEED_HOLD, "hold"),
                    G_DEFINE_ENUM_VALUE (CR_NEED_SIGN_IN, "sign-in"),
                    G_DEFINE_ENUM_VALUE (CR_NEED_SIGN_IN_SOON, "sign-in-soon"),
                    G_DEFINE_ENUM_VALUE (CR_NEED_PULL_FAILED, "pull-failed"),
                    G_DEFINE_ENUM_VALUE (CR_NEED_PULL_PARTIAL, "pull-partial"),
                    G_DEFINE_ENUM_VALUE (CR_NEED_WAITING, "waiting"),
                    G_DEFINE_ENUM_VALUE (CR_NEED_DESTINATION, "destination"),
                    G_DEFINE_ENUM_VALUE (CR_NEED_STALE, "stale"),
                    G_DEFINE_ENUM_VALUE (CR_NEED_WEBHOOK, "webhook"))

void
cr_need_free (CrNeed *self)
{
  g_free (self->key);
  g_free (self->id);
  g_free (self->source_id);
  g_free (self->name);
  g_free (self->code);
  g_free (self->error);
  g_free (self->detail);
  g_free (self);
}

void
cr_portal_trouble_free (CrPortalTrouble *self)
{
  g_free (self->source_id);
  g_free (self->name);
  g_free (self);
}

CrOverview *
cr_overview_new (void)
{
  CrOverview *self = g_new0 (CrOverview, 1);

  self->needs = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_need_free);
  self->work = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_work_free);
  self->troubles = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_portal_trouble_free);
  return self;
}

void
cr_overview_free (CrOverview *self)
{
  g_ptr_array_unref (self->needs);
  g_ptr_array_unref (self->work);
  g_ptr_array_unref (self->troubles);
  g_free (self);
}

/**
 * cr_overview_sum:
 * @n_days: how many of the last days, today being one
 */
gint64
cr_overview_sum (const CrOverview *self, CrOverviewCount count, guint n_days)
{
  gint64 sum = 0;

  g_return_val_if_fail (self != NULL && n_days <= CR_OVERVIEW_DAYS, 0);

  for (guint i = CR_OVERVIEW_DAYS - n_days; i < CR_OVERVIEW_DAYS; i++)
    sum += self->counts[count][i];
  return sum;
}
