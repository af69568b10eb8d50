/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-badges.h"

#include "app/cr-feed.h"
#include "app/cr-overview-feed.h"
#include "engine/cr-list-model.h"

/* Beyond that the number in the sidebar says no more to anybody. */
#define N_LOOKED_AT 1000
/* The page itself is quicker. */
#define OVERVIEW_PAUSE_MS 3000
/* Whose access ends in a week needs a call now. */
#define SOON_DAYS 7

struct _CrBadges
{
  GObject parent_instance;

  CrFeed *holds;         /* (owned) (nullable) */
  GListModel *reconnect; /* (owned) (nullable): counted, never filled */
  CrFeed *destinations;  /* (owned) (nullable) */
  CrFeed *webhooks;      /* (owned) (nullable) */
  CrOverviewFeed *needs; /* (owned) (nullable) */
  guint n_holds;
  guint n_reconnect;
  guint n_destinations;
  guint n_webhooks;
  guint n_needs;
};

G_DEFINE_FINAL_TYPE (CrBadges, cr_badges, G_TYPE_OBJECT)

static guint changed_signal;

static void
set (CrBadges *self, guint *slot, guint n)
{
  if (*slot == n)
    return;
  *slot = n;
  g_signal_emit (self, changed_signal, 0);
}

static void
holds_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrBadges *self = user_data;

  if (items != NULL)
    set (self, &self->n_holds, items->len);
}

static void
reconnect_cb (GListModel *model, guint position, guint removed, guint added, CrBadges *self)
{
  set (self, &self->n_reconnect, cr_list_model_get_total (CR_LIST_MODEL (model)));
}

static void
destinations_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrBadges *self = user_data;
  guint n = 0;

  for (guint i = 0; items != NULL && i < items->len; i++)
    {
      CrDestinationStatus status = CR_DESTINATION (items->pdata[i])->status;

      n += status == CR_DESTINATION_FAILING || status == CR_DESTINATION_ACTION_REQUIRED;
    }
  if (items != NULL)
    set (self, &self->n_destinations, n);
}

static void
webhooks_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrBadges *self = user_data;
  guint n = 0;

  for (guint i = 0; items != NULL && i < items->len; i++)
    n += cr_webhook_endpoint_needs_somebody (items->pdata[i]) ? 1 : 0;
  if (items != NULL)
    set (self, &self->n_webhooks, n);
}

static void
needs_cb (CrOverview *overview, const GError *error, gpointer user_data)
{
  CrBadges *self = user_data;

  if (overview != NULL)
    set (self, &self->n_needs, overview->needs->len);
}

static void
cr_badges_dispose (GObject *object)
{
  CrBadges *self = CR_BADGES (object);

  g_clear_pointer (&self->holds, cr_feed_stop);
  if (self->reconnect != NULL)
    g_signal_handlers_disconnect_by_data (self->reconnect, self);
  g_clear_object (&self->reconnect);
  g_clear_pointer (&self->destinations, cr_feed_stop);
  g_clear_pointer (&self->webhooks, cr_feed_stop);
  g_clear_pointer (&self->needs, cr_overview_feed_stop);
  G_OBJECT_CLASS (cr_badges_parent_class)->dispose (object);
}

static void
cr_badges_class_init (CrBadgesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_badges_dispose;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
cr_badges_init (CrBadges *self)
{
}

CrBadges *
cr_badges_new (CrEngine *engine)
{
  CrBadges *self = g_object_new (CR_TYPE_BADGES, NULL);
  CrListFilter filter = { .kind = CR_LIST_HOLDS, .open_only = TRUE };

  self->holds = cr_feed_new (engine, &filter, N_LOOKED_AT, CR_FEED_ON (HOLD), holds_cb, self);
  filter = (CrListFilter){ .kind = CR_LIST_RECONNECT,
                           .within_days = SOON_DAYS,
                           .called = CR_CALLED_NOT_YET };
  self->reconnect = cr_engine_list_model (engine, &filter);
  g_signal_connect (self->reconnect, "items-changed", G_CALLBACK (reconnect_cb), self);
  filter = (CrListFilter){ .kind = CR_LIST_DESTINATIONS };
  self->destinations =
      cr_feed_new (engine, &filter, N_LOOKED_AT, CR_FEED_ON (DESTINATION) | CR_FEED_ON (RUN),
                   destinations_cb, self);
  filter = (CrListFilter){ .kind = CR_LIST_WEBHOOKS };
  self->webhooks =
      cr_feed_new (engine, &filter, N_LOOKED_AT, CR_FEED_ON (WEBHOOK), webhooks_cb, self);
  self->needs = cr_overview_feed_new (engine, OVERVIEW_PAUSE_MS, needs_cb, self);
  return self;
}

guint
cr_badges_get_overview (CrBadges *self)
{
  g_return_val_if_fail (CR_IS_BADGES (self), 0);

  return self->n_needs;
}

guint
cr_badges_get_patients (CrBadges *self)
{
  g_return_val_if_fail (CR_IS_BADGES (self), 0);

  return self->n_holds;
}

guint
cr_badges_get_reconnect (CrBadges *self)
{
  g_return_val_if_fail (CR_IS_BADGES (self), 0);

  return self->n_reconnect;
}

guint
cr_badges_get_destinations (CrBadges *self)
{
  g_return_val_if_fail (CR_IS_BADGES (self), 0);

  return self->n_destinations;
}

guint
cr_badges_get_webhooks (CrBadges *self)
{
  g_return_val_if_fail (CR_IS_BADGES (self), 0);

  return self->n_webhooks;
}
