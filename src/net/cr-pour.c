/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-pour.h"

/* GIO splices in pieces of 8 KB, each of which goes through the main loop three times. */
#define PIECE_BYTES (128u << 10)

typedef void (*SpliceFunc) (GOutputStream *stream,
                            GInputStream *source,
                            GOutputStreamSpliceFlags flags,
                            int io_priority,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

typedef struct
{
  GInputStream *source; /* (owned) */
  gboolean closes;
  guint8 *piece; /* (owned) */
  gsize n_read;
  gsize n_written; /* of what was read */
  gssize n_all;
} Pour;

static SpliceFunc narrowly;

static void
pour_free (gpointer data)
{
  Pour *self = data;

  g_object_unref (self->source);
  g_free (self->piece);
  g_free (self);
}

/* Takes @task and @error. */
static void
end (GTask *task, GError *error)
{
  Pour *self = g_task_get_task_data (task);

  if (self->closes)
    g_input_stream_close (self->source, NULL, NULL);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, self->n_all);
  g_object_unref (task);
}

static void write_on (GTask *task);

static void
wrote_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Pour *self = g_task_get_task_data (task);
  GError *error = NULL;
  gssize n =
      G_OUTPUT_STREAM_GET_CLASS (source)->write_finish (G_OUTPUT_STREAM (source), result, &error);

  if (n < 0)
    {
      end (task, error);
      return;
    }

  self->n_written += (gsize) n;
  self->n_all += n;
  write_on (task);
}

/* Takes @task. The stream is pending for all of the splice: its class writes, as GIO does. */
static void
write_on (GTask *task)
{
  GOutputStream *stream = g_task_get_source_object (task);
  Pour *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (self->n_written == self->n_read)
    {
      gssize n = g_input_stream_read (self->source, self->piece, PIECE_BYTES,
                                      g_task_get_cancellable (task), &error);

      if (n <= 0)
        {
          end (task, error);
          return;
        }
      self->n_read = (gsize) n;
      self->n_written = 0;
    }

  G_OUTPUT_STREAM_GET_CLASS (stream)->write_async (
      stream, self->piece + self->n_written, self->n_read - self->n_written,
      g_task_get_priority (task), g_task_get_cancellable (task), wrote_cb, task);
}

/* What is in memory can be read without waiting. */
static void
splice_async (GOutputStream *stream,
              GInputStream *source,
              GOutputStreamSpliceFlags flags,
              int io_priority,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  GTask *task;
  Pour *self;

  if (!G_IS_MEMORY_INPUT_STREAM (source) || (flags & G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET) != 0)
    {
      narrowly (stream, source, flags, io_priority, cancellable, callback, user_data);
      return;
    }

  task = g_task_new (stream, cancellable, callback, user_data);
  self = g_new0 (Pour, 1);
  self->source = g_object_ref (source);
  self->closes = (flags & G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE) != 0;
  self->piece = g_malloc (PIECE_BYTES);
  g_task_set_source_tag (task, splice_async);
  g_task_set_priority (task, io_priority);
  g_task_set_task_data (task, self, pour_free);
  write_on (task);
}

/**
 * cr_pour_widely:
 *
 * libsoup 3 writes a body with g_output_stream_splice_async() of a type of its own and lets nobody
 * choose the size of the pieces: that type gets another function for it. Without a type of that
 * name everything stays as it is.
 */
void
cr_pour_widely (void)
{
  static GMutex lock;
  static GOutputStreamClass *klass = NULL;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  GType type = klass == NULL ? g_type_from_name ("SoupBodyOutputStream") : G_TYPE_INVALID;

  if (type == G_TYPE_INVALID)
    return;

  klass = g_type_class_ref (type);
  narrowly = klass->splice_async;
  klass->splice_async = splice_async;
}
