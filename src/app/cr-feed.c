/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-feed.h"

#include "base/cr-error.h"
#include "base/cr-turn.h"

#define PAUSE_MS 200
#define TICK_S 20
/* For how long an answer waits for a turn of the main loop with room for it. */
#define WAIT_US 100000

struct _CrFeed
{
  GObject parent_instance;

  CrEngine *engine;      /* (owned) (nullable): until stopped */
  GStringChunk *strings; /* (owned): those of the filter */
  CrListFilter filter;
  char *id; /* (owned) (nullable): one object instead of a list */
  guint limit;
  guint kinds;
  CrFeedFunc func; /* (nullable): until stopped */
  gpointer user_data;
  GCancellable *cancellable; /* (owned) */
  guint timeout_id;
  guint tick_id;   /* 0: what was told is not told again */
  GPtrArray *last; /* (owned) (nullable): to be told again */
  guint idle_id;
  gint64 came_us;
  GPtrArray *items; /* (owned) (nullable): what came, until it is told */
  GError *error;    /* (owned) (nullable) */
  gboolean is_loading;
  gboolean is_dirty;
};

G_DEFINE_FINAL_TYPE (CrFeed, cr_feed, G_TYPE_OBJECT)

static void load (CrFeed *self);

static void
tell (CrFeed *self)
{
  g_autoptr (GPtrArray) items = g_steal_pointer (&self->items);
  g_autoptr (GError) error = g_steal_pointer (&self->error);

  self->is_loading = FALSE;
  if (self->func == NULL || (error != NULL && cr_error_is_cancelled (error)))
    return;

  if (self->tick_id != 0 && items != NULL)
    {
      g_clear_pointer (&self->last, g_ptr_array_unref);
      self->last = g_ptr_array_ref (items);
    }
  self->func (items, error, self->user_data);
  if (self->func != NULL && self->is_dirty)
    cr_feed_refresh (self);
}

static gboolean
idle_cb (gpointer user_data)
{
  g_autoptr (CrFeed) self = g_object_ref (user_data);

  if (cr_turn_is_used () && g_get_monotonic_time () - self->came_us < WAIT_US)
    return G_SOURCE_CONTINUE;
  self->idle_id = 0;
  tell (self);
  return G_SOURCE_REMOVE;
}

/* A page has several feeds, whose answers often come at once: each is shown in a turn of its own.
 * Takes @items and @error. */
static void
deliver (CrFeed *self, GPtrArray *items, GError *error)
{
  self->items = items;
  self->error = error;
  self->came_us = g_get_monotonic_time ();
  if (self->func != NULL && cr_turn_is_used ())
    self->idle_id = g_idle_add_full (G_PRIORITY_DEFAULT, idle_cb, self, NULL);
  else
    tell (self);
}

static gboolean
tick_cb (gpointer user_data)
{
  g_autoptr (CrFeed) self = g_object_ref (user_data);
  g_autoptr (GPtrArray) last = self->last != NULL ? g_ptr_array_ref (self->last) : NULL;

  if (last != NULL && !self->is_loading && self->func != NULL)
    self->func (last, NULL, self->user_data);
  return G_SOURCE_CONTINUE;
}

void
cr_feed_keep_time (CrFeed *self)
{
  g_return_if_fail (CR_IS_FEED (self));

  if (self->tick_id == 0)
    self->tick_id = g_timeout_add_seconds (TICK_S, tick_cb, self);
}

static void
got_list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrFeed) self = user_data;
  GError *error = NULL;
  GPtrArray *items = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  deliver (self, items, error);
}

static void
got_object_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrFeed) self = user_data;
  GError *error = NULL;
  GPtrArray *items = NULL;
  gpointer object = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (object != NULL)
    {
      items = g_ptr_array_new_with_free_func (g_object_unref);
      g_ptr_array_add (items, object);
    }
  deliver (self, items, error);
}

static void
load (CrFeed *self)
{
  self->is_loading = TRUE;
  self->is_dirty = FALSE;
  if (self->id != NULL)
    cr_engine_get_async (self->engine, self->filter.kind, self->id, self->cancellable,
                         got_object_cb, g_object_ref (self));
  else
    cr_engine_list_async (self->engine, &self->filter, 0, self->limit, self->cancellable,
                          got_list_cb, g_object_ref (self));
}

static gboolean
pause_over_cb (gpointer user_data)
{
  CrFeed *self = user_data;

  self->timeout_id = 0;
  load (self);
  return G_SOURCE_REMOVE;
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            CrFeed *self)
{
  if ((self->kinds & (1u << kind)) == 0)
    return;
  if (self->filter.patient_id != NULL && patient_id != NULL &&
      g_strcmp0 (self->filter.patient_id, patient_id) != 0)
    return;
  cr_feed_refresh (self);
}

static void
cr_feed_dispose (GObject *object)
{
  CrFeed *self = CR_FEED (object);

  self->func = NULL;
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_clear_handle_id (&self->tick_id, g_source_remove);
  g_clear_pointer (&self->last, g_ptr_array_unref);
  g_clear_handle_id (&self->idle_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->engine != NULL)
    g_signal_handlers_disconnect_by_data (self->engine, self);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_feed_parent_class)->dispose (object);
}

static void
cr_feed_finalize (GObject *object)
{
  CrFeed *self = CR_FEED (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_error (&self->error);
  g_string_chunk_free (self->strings);
  g_free (self->id);
  G_OBJECT_CLASS (cr_feed_parent_class)->finalize (object);
}

static void
cr_feed_class_init (CrFeedClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_feed_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_feed_finalize;
}

static void
cr_feed_init (CrFeed *self)
{
  self->strings = g_string_chunk_new (128);
  self->cancellable = g_cancellable_new ();
}

static void
keep (CrFeed *self, const char **text)
{
  if (*text != NULL)
    *text = g_string_chunk_insert (self->strings, *text);
}

static void
keep_filter (CrFeed *self, const CrListFilter *filter)
{
  self->filter = *filter;
  keep (self, &self->filter.patient_id);
  keep (self, &self->filter.connection_id);
  keep (self, &self->filter.source_id);
  keep (self, &self->filter.session_id);
  keep (self, &self->filter.pull_id);
  keep (self, &self->filter.destination_id);
  keep (self, &self->filter.run_id);
  keep (self, &self->filter.type);
  keep (self, &self->filter.text);
}

static CrFeed *
start (CrFeed *self, CrEngine *engine, guint kinds, CrFeedFunc func, gpointer user_data)
{
  self->engine = g_object_ref (engine);
  self->kinds = kinds;
  self->func = func;
  self->user_data = user_data;
  g_signal_connect (engine, "changed", G_CALLBACK (changed_cb), self);
  load (self);
  return self;
}

CrFeed *
cr_feed_new (CrEngine *engine,
             const CrListFilter *filter,
             guint limit,
             guint kinds,
             CrFeedFunc func,
             gpointer user_data)
{
  CrFeed *self = g_object_new (CR_TYPE_FEED, NULL);

  keep_filter (self, filter);
  self->limit = limit;
  return start (self, engine, kinds, func, user_data);
}

CrFeed *
cr_feed_new_for_object (CrEngine *engine,
                        CrListKind kind,
                        const char *id,
                        guint kinds,
                        CrFeedFunc func,
                        gpointer user_data)
{
  CrFeed *self = g_object_new (CR_TYPE_FEED, NULL);

  self->filter.kind = kind;
  self->id = g_strdup (id);
  return start (self, engine, kinds, func, user_data);
}

void
cr_feed_set_limit (CrFeed *self, guint limit)
{
  g_return_if_fail (CR_IS_FEED (self));

  self->limit = limit;
  cr_feed_refresh (self);
}

void
cr_feed_refresh (CrFeed *self)
{
  g_return_if_fail (CR_IS_FEED (self));

  if (self->engine == NULL)
    return;
  if (self->is_loading)
    self->is_dirty = TRUE;
  else if (self->timeout_id == 0)
    self->timeout_id = g_timeout_add (PAUSE_MS, pause_over_cb, self);
}

void
cr_feed_stop (CrFeed *self)
{
  g_return_if_fail (CR_IS_FEED (self));

  g_object_run_dispose (G_OBJECT (self));
  g_object_unref (self);
}
