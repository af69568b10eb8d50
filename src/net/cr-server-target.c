/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-server-private.h"

#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>

/* libsoup has a path only after GLib took the dots out of it (RFC 3986 §5.2.4), so that what
 * somebody in front of us let pass as one thing would be another here. What was really sent is
 * looked at in the socket before libsoup reads it, with a connection for each request, see
 * add_default_headers(). Bytes that arrive in the microseconds between this look and libsoup's
 * first are the exception: of them the path without dots is what is asked for.
 *
 * So it is of all that comes by our own TLS: in the socket it is sealed, and libsoup keeps the
 * GTlsConnection, which has no way of looking ahead, to itself. Every check of ours is made on the
 * path that is answered. */

#define MARK "cr-target"
#define PEEK_BYTES 8192

typedef enum
{
  TARGET_UNSEEN,
  TARGET_CUT, /* it does not end in what there was to see */
  TARGET_DOTTED,
  TARGET_PLAIN,
} TargetKind;

typedef struct
{
  TargetKind kind;
  GSource *watch; /* (owned) (nullable) */
} Target;

static void
stop_watch (Target *target)
{
  if (target->watch == NULL)
    return;

  g_source_destroy (target->watch);
  g_clear_pointer (&target->watch, g_source_unref);
}

static void
target_free (gpointer data)
{
  stop_watch (data);
  g_free (data);
}

/* @part: of a path, percent-encoded */
static gboolean
is_dots (const char *part, gsize n_bytes)
{
  guint n_dots = 0;

  for (gsize i = 0; i < n_bytes; n_dots++)
    if (part[i] == '.')
      i++;
    else if (n_bytes - i >= 3 && g_ascii_strncasecmp (part + i, "%2e", 3) == 0)
      i += 3;
    else
      return FALSE;
  return n_dots == 1 || n_dots == 2;
}

static gboolean
has_dots (const char *path, gsize n_bytes)
{
  gsize start = 0;

  for (gsize i = 0; i <= n_bytes; i++)
    if (i == n_bytes || path[i] == '/')
      {
        if (is_dots (path + start, i - start))
          return TRUE;
        start = i + 1;
      }
  return FALSE;
}

/* The second word of the first line that is not empty, without its query. */
static TargetKind
judge (const char *text, gsize n_bytes)
{
  gsize at = 0, start;

  while (at < n_bytes && (text[at] == '\r' || text[at] == '\n'))
    at++;
  while (at < n_bytes && strchr (" \t\r\n", text[at]) == NULL)
    at++;
  while (at < n_bytes && (text[at] == ' ' || text[at] == '\t'))
    at++;
  start = at;
  while (at < n_bytes && strchr (" \t\r\n?#", text[at]) == NULL)
    at++;
  if (at == n_bytes)
    return TARGET_CUT;
  return has_dots (text + start, at - start) ? TARGET_DOTTED : TARGET_PLAIN;
}

static void
peek (Target *target, int fd)
{
  char text[PEEK_BYTES];
  gssize n = recv (fd, text, sizeof text, MSG_PEEK | MSG_DONTWAIT);

  if (n > 0)
    target->kind = judge (text, (gsize) n);
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
  Target *target = user_data;

  peek (target, fd);
  stop_watch (target);
  return G_SOURCE_REMOVE;
}

/* Before anything was read of @message. What is not there yet is waited for ahead of libsoup. */
void
cr_server_look_at_target (CrServer *self, SoupServerMessage *message)
{
  GSocket *socket = soup_server_message_get_socket (message);
  Target *target;

  if (self->is_private || self->has_certificate || socket == NULL)
    return;

  target = g_new0 (Target, 1);
  g_object_set_data_full (G_OBJECT (message), MARK, target, target_free);
  peek (target, g_socket_get_fd (socket));
  if (target->kind != TARGET_UNSEEN)
    return;

  target->watch = g_unix_fd_source_new (g_socket_get_fd (socket), G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_priority (target->watch, G_PRIORITY_HIGH);
  g_source_set_callback (target->watch, G_SOURCE_FUNC (readable_cb), target, NULL);
  g_source_attach (target->watch, g_main_context_get_thread_default ());
}

guint
cr_server_check_target (SoupServerMessage *message)
{
  Target *target = g_object_get_data (G_OBJECT (message), MARK);

  if (target != NULL && target->kind == TARGET_DOTTED)
    return SOUP_STATUS_NOT_FOUND;
  return target != NULL && target->kind == TARGET_CUT ? SOUP_STATUS_BAD_REQUEST : 0;
}
