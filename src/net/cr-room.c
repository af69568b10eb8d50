/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-room.h"

#include "net/cr-hop.h"

struct _CrRoom
{
  gatomicrefcount ref_count;
  gsize max_bytes;
  guint patience_ms;

  GMutex lock; /* of what follows, and of the shares */
  gsize n_held;
  gsize n_stuck;  /* of them, by those who wait for more */
  GQueue waiting; /* of Wait, in the order they came */
};

struct _CrRoomShare
{
  CrRoom *room; /* (owned) */
  gsize n_bytes;
};

typedef struct
{
  CrRoomShare *share; /* (unowned): the one who waits has it */
  gsize n_bytes;      /* in all */
  GTask *task;        /* (unowned): whose data this is; it lives until it returns */
  GSource *gone;      /* (owned) (nullable): the caller has gone */
  GSource *over;      /* (owned): it waited long enough */
} Wait;

/**
 * cr_room_new:
 * @max_bytes: held at a time. An answer that is larger by itself waits until it is alone
 * @patience_ms: whoever waited as long is let in all the same: too much memory is the lesser evil
 *   when somebody holds what he has for another reason
 */
CrRoom *
cr_room_new (gsize max_bytes, guint patience_ms)
{
  CrRoom *self = g_new0 (CrRoom, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->max_bytes = max_bytes;
  self->patience_ms = patience_ms;
  g_mutex_init (&self->lock);
  g_queue_init (&self->waiting);
  return self;
}

CrRoom *
cr_room_ref (CrRoom *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
cr_room_unref (CrRoom *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (g_queue_is_empty (&self->waiting));
  g_mutex_clear (&self->lock);
  g_free (self);
}

gsize
cr_room_get_held (CrRoom *self)
{
  gsize n;

  g_mutex_lock (&self->lock);
  n = self->n_held;
  g_mutex_unlock (&self->lock);
  return n;
}

CrRoomShare *
cr_room_enter (CrRoom *self)
{
  CrRoomShare *share = g_new0 (CrRoomShare, 1);

  share->room = cr_room_ref (self);
  return share;
}

/* Called with the lock held. What those hold who wait themselves is not given back before they are
 * let in, so it must not keep the first of them waiting. */
static gboolean
has_room (CrRoom *self, CrRoomShare *share, gsize n_bytes, gsize n_stuck)
{
  return self->n_held + (n_bytes - share->n_bytes) <= self->max_bytes || self->n_held == n_stuck;
}

static void
take (CrRoomShare *share, gsize n_bytes)
{
  share->room->n_held += n_bytes - share->n_bytes;
  share->n_bytes = n_bytes;
}

static void
wait_free (gpointer data)
{
  Wait *wait = data;

  cr_stop_source (&wait->gone);
  cr_stop_source (&wait->over);
  g_free (wait);
}

static gboolean
let_in_cb (gpointer user_data)
{
  g_task_return_boolean (user_data, TRUE);
  return G_SOURCE_REMOVE;
}

/* Called with the lock held. Goes on in the context of the one who waits, and never at once: the
 * last holder of an answer may let it go anywhere. */
static void
let_in (CrRoom *self, Wait *wait)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_queue_remove (&self->waiting, wait);
  self->n_stuck -= wait->share->n_bytes;
  take (wait->share, wait->n_bytes);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, let_in_cb, wait->task, g_object_unref);
  g_source_attach (source, g_task_get_context (wait->task));
}

/* Called with the lock held. */
static void
let_in_first (CrRoom *self)
{
  Wait *wait;

  while ((wait = g_queue_peek_head (&self->waiting)) != NULL &&
         has_room (self, wait->share, wait->n_bytes, self->n_stuck))
    let_in (self, wait);
}

void
cr_room_share_shrink (CrRoomShare *self, gsize n_bytes)
{
  CrRoom *room = self->room;

  g_mutex_lock (&room->lock);
  if (n_bytes < self->n_bytes)
    take (self, n_bytes);
  let_in_first (room);
  g_mutex_unlock (&room->lock);
}

void
cr_room_share_leave (CrRoomShare *self)
{
  cr_room_share_shrink (self, 0);
  cr_room_unref (self->room);
  g_free (self);
}

typedef struct
{
  GBytes *bytes;      /* (owned) */
  CrRoomShare *share; /* (owned) */
} Held;

static void
held_free (gpointer data)
{
  Held *held = data;

  g_bytes_unref (held->bytes);
  cr_room_share_leave (held->share);
  g_free (held);
}

GBytes *
cr_room_share_hold (CrRoomShare *self, GBytes *bytes)
{
  Held *held = g_new (Held, 1);
  gsize n_bytes;
  gconstpointer data = g_bytes_get_data (bytes, &n_bytes);

  *held = (Held){ bytes, self };
  cr_room_share_shrink (self, n_bytes);
  return g_bytes_new_with_free_func (data, n_bytes, held_free, held);
}

gboolean
cr_room_share_try (CrRoomShare *self, gsize n_bytes)
{
  CrRoom *room = self->room;
  gboolean ok;

  g_mutex_lock (&room->lock);
  ok = n_bytes <= self->n_bytes ||
       (g_queue_is_empty (&room->waiting) && has_room (room, self, n_bytes, self->n_bytes));
  if (ok && n_bytes > self->n_bytes)
    take (self, n_bytes);
  g_mutex_unlock (&room->lock);
  return ok;
}

static gboolean
gone_cb (GCancellable *cancellable, gpointer user_data)
{
  Wait *wait = user_data;
  CrRoom *room = wait->share->room;
  gboolean is_waiting;

  g_mutex_lock (&room->lock);
  is_waiting = g_queue_remove (&room->waiting, wait);
  if (is_waiting)
    {
      room->n_stuck -= wait->share->n_bytes;
      let_in_first (room);
    }
  g_mutex_unlock (&room->lock);

  if (is_waiting)
    {
      g_task_return_new_error (wait->task, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                               "Operation was cancelled");
      g_object_unref (wait->task);
    }
  return G_SOURCE_REMOVE;
}

static gboolean
over_cb (gpointer user_data)
{
  Wait *wait = user_data;
  CrRoom *room = wait->share->room;

  g_mutex_lock (&room->lock);
  if (g_queue_find (&room->waiting, wait) != NULL)
    let_in (room, wait);
  g_mutex_unlock (&room->lock);
  return G_SOURCE_REMOVE;
}

static void
watch (Wait *wait, GCancellable *cancellable)
{
  GMainContext *context = g_task_get_context (wait->task);

  wait->over = g_timeout_source_new (wait->share->room->patience_ms);
  g_source_set_callback (wait->over, over_cb, wait, NULL);
  g_source_attach (wait->over, context);
  if (cancellable == NULL)
    return;

  wait->gone = g_cancellable_source_new (cancellable);
  g_source_set_callback (wait->gone, G_SOURCE_FUNC (gone_cb), wait, NULL);
  g_source_attach (wait->gone, context);
}

/* One grow of a share at a time; the share must stay until it has ended. */
void
cr_room_share_grow_async (CrRoomShare *self,
                          gsize n_bytes,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  CrRoom *room = self->room;
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Wait *wait = g_new0 (Wait, 1);

  g_return_if_fail (n_bytes > self->n_bytes);

  wait->share = self;
  wait->n_bytes = n_bytes;
  wait->task = task;
  g_task_set_source_tag (task, cr_room_share_grow_async);
  g_task_set_task_data (task, wait, wait_free);
  g_task_set_check_cancellable (task, FALSE);
  watch (wait, cancellable);

  g_mutex_lock (&room->lock);
  room->n_stuck += self->n_bytes;
  g_queue_push_tail (&room->waiting, wait);
  let_in_first (room);
  g_mutex_unlock (&room->lock);
}

gboolean
cr_room_share_grow_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
