/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-overview-feed.h"

#include "app/cr-words.h"
#include "base/cr-error.h"

#define TICK_S 60

struct _CrOverviewFeed
{
  GObject parent_instance;

  CrEngine *engine; /* (owned) (nullable): until stopped */
  guint pause_ms;
  CrOverviewFunc func; /* (nullable): until stopped */
  gpointer user_data;
  GCancellable *cancellable; /* (owned) */
  guint timeout_id;
  guint tick_id;
  gboolean is_loading;
  gboolean is_dirty;
};

G_DEFINE_FINAL_TYPE (CrOverviewFeed, cr_overview_feed, G_TYPE_OBJECT)

static void
got_overview_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrOverviewFeed) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrOverview) overview = cr_engine_overview_finish (CR_ENGINE (source), result, &error);

  self->is_loading = FALSE;
  if (self->func == NULL || (error != NULL && cr_error_is_cancelled (error)))
    return;

  self->func (overview, error, self->user_data);
  if (self->func != NULL && self->is_dirty)
    cr_overview_feed_refresh (self);
}

/* Days begin where this computer is, and are not all of one length. */
static void
fill_days (gint64 *days, gint64 now_ms)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (now_ms / 1000);
  g_autoptr (GDateTime) midnight =
      g_date_time_new_local (g_date_time_get_year (now), g_date_time_get_month (now),
                             g_date_time_get_day_of_month (now), 0, 0, 0);

  for (int i = 0; i < CR_OVERVIEW_DAYS; i++)
    {
      g_autoptr (GDateTime) day = g_date_time_add_days (midnight, i - (CR_OVERVIEW_DAYS - 1));

      days[i] = g_date_time_to_unix (day) * 1000;
    }
}

static void
load (CrOverviewFeed *self)
{
  gint64 days[CR_OVERVIEW_DAYS];

  self->is_loading = TRUE;
  self->is_dirty = FALSE;
  fill_days (days, cr_words_now_ms ());
  cr_engine_overview_async (self->engine, days, self->cancellable, got_overview_cb,
                            g_object_ref (self));
}

static gboolean
pause_over_cb (gpointer user_data)
{
  CrOverviewFeed *self = user_data;

  self->timeout_id = 0;
  load (self);
  return G_SOURCE_REMOVE;
}

static gboolean
tick_cb (gpointer user_data)
{
  cr_overview_feed_refresh (user_data);
  return G_SOURCE_CONTINUE;
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            CrOverviewFeed *self)
{
  if (kind != CR_CHANGE_SESSION && kind != CR_CHANGE_AUTH_EVENT && kind != CR_CHANGE_EVENT &&
      kind != CR_CHANGE_SETTING && kind != CR_CHANGE_AUDIT && kind != CR_CHANGE_LOOK)
    cr_overview_feed_refresh (self);
}

static void
cr_overview_feed_dispose (GObject *object)
{
  CrOverviewFeed *self = CR_OVERVIEW_FEED (object);

  self->func = NULL;
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_clear_handle_id (&self->tick_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->engine != NULL)
    g_signal_handlers_disconnect_by_data (self->engine, self);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_overview_feed_parent_class)->dispose (object);
}

static void
cr_overview_feed_finalize (GObject *object)
{
  g_clear_object (&CR_OVERVIEW_FEED (object)->cancellable);
  G_OBJECT_CLASS (cr_overview_feed_parent_class)->finalize (object);
}

static void
cr_overview_feed_class_init (CrOverviewFeedClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_overview_feed_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_overview_feed_finalize;
}

static void
cr_overview_feed_init (CrOverviewFeed *self)
{
  self->cancellable = g_cancellable_new ();
}

CrOverviewFeed *
cr_overview_feed_new (CrEngine *engine, guint pause_ms, CrOverviewFunc func, gpointer user_data)
{
  CrOverviewFeed *self = g_object_new (CR_TYPE_OVERVIEW_FEED, NULL);

  self->engine = g_object_ref (engine);
  self->pause_ms = pause_ms;
  self->func = func;
  self->user_data = user_data;
  self->tick_id = g_timeout_add_seconds (TICK_S, tick_cb, self);
  g_signal_connect (engine, "changed", G_CALLBACK (changed_cb), self);
  load (self);
  return self;
}

void
cr_overview_feed_refresh (CrOverviewFeed *self)
{
  g_return_if_fail (CR_IS_OVERVIEW_FEED (self));

  if (self->engine == NULL)
    return;
  if (self->is_loading)
    self->is_dirty = TRUE;
  else if (self->timeout_id == 0)
    self->timeout_id = g_timeout_add (self->pause_ms, pause_over_cb, self);
}

void
cr_overview_feed_stop (CrOverviewFeed *self)
{
  g_return_if_fail (CR_IS_OVERVIEW_FEED (self));

  g_object_run_dispose (G_OBJECT (self));
  g_object_unref (self);
}
