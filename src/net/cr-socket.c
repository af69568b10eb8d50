/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-socket.h"

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <libsoup/soup.h>
#include <unistd.h>

#include "base/cr-error.h"

#define PIECE_BYTES (64 * 1024)

typedef struct
{
  SoupSession *session; /* (owned) */
  SoupMessage *message; /* (owned) */
  GInputStream *stream; /* (owned) (nullable) */
  CrSocketPiece piece;
  gpointer piece_data;
  gboolean is_connected;
  gboolean is_late;
  GSource *deadline;         /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned): libsoup cancels what it was given when it aborts */
  int folder_fd;             /* (owned): the address leads through it */
} Post;

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_input_stream_close_finish (G_INPUT_STREAM (source), result, NULL);
}

static void
stop_deadline (Post *post)
{
  if (post->deadline == NULL)
    return;

  g_source_destroy (post->deadline);
  g_clear_pointer (&post->deadline, g_source_unref);
}

static void
post_free (gpointer data)
{
  Post *post = data;

  stop_deadline (post);
  g_signal_handlers_disconnect_by_data (post->message, post);
  g_clear_object (&post->stream);
  g_clear_object (&post->message);
  g_clear_object (&post->session);
  g_clear_object (&post->cancellable);
  if (post->folder_fd >= 0)
    close (post->folder_fd);
  g_free (post);
}

/* Takes @error. */
static GError *
translate (const Post *post, GError *error, gboolean has_begun)
{
  GError *ours;

  if (cr_error_is_cancelled (error) && !post->is_late)
    return error;

  ours = post->is_late ? g_error_new_literal (CR_ERROR, CR_ERROR_BUSY,
                                              "Chartroom is running and does not answer")
       : has_begun     ? g_error_new_literal (CR_ERROR, CR_ERROR_OFFLINE,
                                              "Chartroom stopped before it had answered")
                       : g_error_new_literal (CR_ERROR, CR_ERROR_NOT_FOUND,
                                              "No Chartroom is running on this workspace");
  g_error_free (error);
  return ours;
}

/* Takes @error. A stream dropped half-read would block on the rest. */
static void
post_failed (GTask *task, GError *error, gboolean has_begun)
{
  Post *post = g_task_get_task_data (task);
  g_autoptr (GCancellable) gone = g_cancellable_new ();

  if (post->stream != NULL)
    {
      g_cancellable_cancel (gone);
      soup_session_abort (post->session);
      g_input_stream_close_async (post->stream, G_PRIORITY_DEFAULT, gone, closed_cb, NULL);
    }
  g_task_return_error (task, translate (post, error, has_begun));
}

static void
got_piece_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Post *post = g_task_get_task_data (task);
  g_autoptr (GBytes) piece = NULL;
  GError *error = NULL;

  piece = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  if (piece == NULL)
    {
      post_failed (task, error, TRUE);
      return;
    }
  if (g_bytes_get_size (piece) == 0)
    {
      g_task_return_int (task, (gssize) soup_message_get_status (post->message));
      return;
    }

  if (post->piece != NULL)
    post->piece (piece, post->piece_data);
  g_input_stream_read_bytes_async (post->stream, PIECE_BYTES, G_PRIORITY_DEFAULT, post->cancellable,
                                   got_piece_cb, g_object_ref (task));
}

static void
got_stream_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Post *post = g_task_get_task_data (task);
  GError *error = NULL;

  stop_deadline (post);
  post->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (post->stream == NULL)
    {
      post_failed (task, error, post->is_connected);
      return;
    }

  g_input_stream_read_bytes_async (post->stream, PIECE_BYTES, G_PRIORITY_DEFAULT, post->cancellable,
                                   got_piece_cb, g_object_ref (task));
}

static void
starting_cb (SoupMessage *message, gpointer user_data)
{
  ((Post *) user_data)->is_connected = TRUE;
}

static gboolean
late_cb (gpointer user_data)
{
  Post *post = user_data;

  stop_deadline (post);
  post->is_late = TRUE;
  soup_session_abort (post->session);
  return G_SOURCE_REMOVE;
}

static void
start_deadline (Post *post, guint begin_ms)
{
  if (begin_ms == 0)
    return;

  post->deadline = g_timeout_source_new (begin_ms);
  g_source_set_callback (post->deadline, late_cb, post, NULL);
  g_source_attach (post->deadline, g_main_context_get_thread_default ());
}

static GCancellable *
follow (GCancellable *cancellable)
{
  GCancellable *own = g_cancellable_new ();

  if (g_cancellable_is_cancelled (cancellable))
    g_cancellable_cancel (own);
  else if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (g_cancellable_cancel), own,
                             G_CONNECT_SWAPPED);
  return own;
}

static SoupSession *
session_new (int folder_fd, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d/%s", folder_fd, name);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  SoupSession *session =
      soup_session_new_with_options ("remote-connectable", address, "timeout", 0, NULL);

  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  return session;
}

/**
 * cr_socket_post_async:
 * @folder_fd: the folder the socket is in; needed until this returns
 * @path: of the URL, with its slash
 * @body: (nullable): JSON
 * @begin_ms: in which the answer must have begun, or it is %CR_ERROR_BUSY; 0: for ever
 * @piece: (nullable) (scope notified): called in the order of the bytes, before the callback
 *
 * Has no other deadline: what is asked for may take as long as it takes. An engine that stops
 * between two pieces cannot be told from the end of the answer, so the last piece should say that
 * it is the last.
 */
void
cr_socket_post_async (int folder_fd,
                      const char *name,
                      const char *path,
                      GBytes *body,
                      guint begin_ms,
                      CrSocketPiece piece,
                      gpointer piece_data,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autofree char *url = g_strconcat ("http://localhost", path, NULL);
  Post *post = g_new0 (Post, 1);

  post->cancellable = follow (cancellable);
  post->piece = piece;
  post->piece_data = piece_data;
  post->folder_fd = fcntl (folder_fd, F_DUPFD_CLOEXEC, 3);
  post->session = session_new (post->folder_fd, name);
  post->message = soup_message_new (SOUP_METHOD_POST, url);
  soup_message_set_flags (post->message, SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect (post->message, "starting", G_CALLBACK (starting_cb), post);
  if (body != NULL)
    soup_message_set_request_body_from_bytes (post->message, "application/json", body);
  g_task_set_source_tag (task, cr_socket_post_async);
  g_task_set_task_data (task, post, post_free);

  start_deadline (post, begin_ms);
  soup_session_send_async (post->session, post->message, G_PRIORITY_DEFAULT, post->cancellable,
                           got_stream_cb, task);
}

gboolean
cr_socket_post_finish (GAsyncResult *result, guint *status, GError **error)
{
  gssize answer;
  GError *own = NULL;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  answer = g_task_propagate_int (G_TASK (result), &own);
  if (own != NULL)
    {
      g_propagate_error (error, own);
      return FALSE;
    }

  if (status != NULL)
    *status = (guint) answer;
  return TRUE;
}
